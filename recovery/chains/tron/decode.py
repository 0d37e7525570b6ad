"""From a node's answers to evidence, for Tron.

Knows: how body, result and solidified result make status, finality, fee and memo. Must not know:
how the answers were asked for; whose addresses these are.

What the sender signed comes from the signed bytes alone (`wire`). What became of it is the node's
word, said twice where the node has the solidified view: both must agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from recovery.chains.family import RawTx
from recovery.chains.shape import garbled, read_moment, read_object
from recovery.chains.tron import contracts, wire
from recovery.chains.tron.contracts import Reading
from recovery.chains.tron.internal import read_internal
from recovery.chains.tron.logs import read_logs
from recovery.chains.tron.moves import Move, assemble
from recovery.chains.tron.wire import Signed, read_hex, read_int, read_list
from recovery.errors import Garbled
from recovery.model import (
    Block,
    Evidence,
    Gap,
    Memo,
    MemoKind,
    Note,
    Replacement,
    Transfer,
    TxFee,
    TxStatus,
)
from recovery.networks import Network

_RESULTS = frozenset(
    {
        "REVERT",
        "BAD_JUMP_DESTINATION",
        "OUT_OF_MEMORY",
        "PRECOMPILED_CONTRACT",
        "STACK_TOO_SMALL",
        "STACK_TOO_LARGE",
        "ILLEGAL_OPERATION",
        "STACK_OVERFLOW",
        "OUT_OF_ENERGY",
        "OUT_OF_TIME",
        "JVM_STACK_OVER_FLOW",
        "UNKNOWN",
        "TRANSFER_FAILED",
        "INVALID_CODE",
    }
)
"""Words of a failed execution; SUCCESS is the only word of success, DEFAULT says nothing."""

_TOLD_TWICE = (
    "id",
    "blockNumber",
    "blockTimeStamp",
    "fee",
    "result",
    "log",
    "contract_address",
    "withdraw_amount",
    "unfreeze_amount",
    "withdraw_expire_amount",
)
"""What the head's view and the solidified one must say alike."""

_PLAIN_CALL_ENERGY = 200_000
"""Above it a token's transfer does more than book: it may pay somebody in passing."""


def decode(network: Network, raw: RawTx) -> Evidence:
    """Evidence of one transaction; raises `Garbled` where the answers have not their shape."""
    try:
        return _Decoder(network, raw).evidence()
    except Garbled as wrong:
        text = f"{network.code} {raw.source}: {raw.tx_hash}: {wrong.text}"
        raise Garbled(wrong.reference, text) from None


def parse_moment(milliseconds: int) -> datetime:
    """Tron counts in milliseconds."""
    return read_moment(milliseconds, "the block's time", a_second=1000, since=1)


def parse_memo(data: bytes) -> Memo | None:
    """Text where the bytes are readable text, else the bytes themselves."""
    if not data:
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return Memo(MemoKind.BINARY, data.hex())
    readable = all(c.isprintable() or c in "\r\n\t" for c in text)
    return Memo(MemoKind.TEXT, text) if readable else Memo(MemoKind.BINARY, data.hex())


class _Decoder:
    """One decoding: what was read so far, and the remarks it left."""

    def __init__(self, network: Network, raw: RawTx) -> None:
        self.network = network
        self.answers: Mapping[str, Any] = raw.answers
        self.tx_hash = raw.tx_hash
        self.notes: list[Note] = []
        self.gaps: set[Gap] = set()
        self.tx = read_object(raw.answers.get("tx"), "the transaction")
        self.signed: Signed = wire.parse_signed(self.tx, raw.tx_hash)

    def evidence(self) -> Evidence:
        answer = self.answers.get("info")
        if answer is None:
            return self._pending()
        info = read_object(answer, "the transaction's info")
        self._check_info(info)
        block = self._block(info)
        final = self._is_final(block, info)
        failure = self._failure(info)
        reading = contracts.read_contract(self.network, self.signed, info)
        transfers = self._transfers(info, reading, failed=failure is not None)
        head = read_int(read_object(self.answers.get("head"), "the head"), "number")
        return Evidence(
            network=self.network.code,
            chain=self.network.chain,
            tx_hash=self.tx_hash,
            status=TxStatus.CONFIRMED if failure is None else TxStatus.FAILED,
            block=block,
            confirmations=max(head - block.height + 1, 1),
            required_confirmations=None,
            final=final,
            fee=self._fee(info, reading),
            transfers=transfers,
            notes=tuple(self.notes),
            gaps=frozenset(self.gaps),
            failure=failure,
        )

    def _pending(self) -> Evidence:
        reading = contracts.read_contract(self.network, self.signed, None)
        solid = self.answers.get("solid")
        expired = (
            self.answers.get("pooled") is True
            and solid is not None
            and 0 < self.signed.expiration <= read_int(solid, "timestamp")
        )
        if expired:
            text = "it expired before any block took it, and no later block can take it any more"
            self.notes.append(Note("expired", text))
        return Evidence(
            network=self.network.code,
            chain=self.network.chain,
            tx_hash=self.tx_hash,
            status=TxStatus.PENDING,
            block=None,
            confirmations=0,
            required_confirmations=None,
            final=False,
            fee=None,
            transfers=self._finish(reading, reading.moves),
            notes=tuple(self.notes),
            gaps=frozenset(self.gaps),
            replacement=Replacement(None) if expired else None,
        )

    def _check_info(self, info: Mapping[str, Any]) -> None:
        if info.get("id") != self.tx_hash:
            raise garbled("the result is another transaction's")

    def _block(self, info: Mapping[str, Any]) -> Block:
        header = read_object(self.answers.get("block"), "the block")
        height = read_int(info, "blockNumber")
        stamp = read_int(info, "blockTimeStamp")
        if read_int(header, "number") != height or read_int(header, "timestamp") != stamp:
            raise garbled("the block is not the one of the result")
        block_hash = header.get("id")
        if not isinstance(block_hash, str) or not height:
            raise garbled("the block has no id or no height")
        return Block(height, block_hash, parse_moment(stamp))

    def _is_final(self, block: Block, info: Mapping[str, Any]) -> bool:
        """Whether the solidified view holds the same result.

        Without that view, whether the block was solidified before the result was asked for: the
        solidified height is always asked first.
        """
        answer = self.answers.get("solid_info")
        if answer is not None:
            solid_info = read_object(answer, "the solidified info")
            self._check_agreement(info, solid_info)
            return bool(solid_info)
        solid = self.answers.get("solid")
        if solid is None:
            self.gaps.add(Gap.FINALITY)
            text = "the node does not say which block is solidified"
            self.notes.append(Note("finality_unknown", text))
            return False
        return block.height <= read_int(solid, "number")

    def _check_agreement(self, info: Mapping[str, Any], solid_info: Mapping[str, Any]) -> None:
        """The two views tell the same result, where the solidified one has it already."""
        if not solid_info:
            return
        listed = ("internal_transactions",) if self._both_list(info, solid_info) else ()
        for name in (*_TOLD_TWICE, *listed):
            if info.get(name) != solid_info.get(name):
                raise garbled(f"head and solidified view disagree on {name}; ask again")
        if self._receipt(info).get("result") != self._receipt(solid_info).get("result"):
            raise garbled("head and solidified view disagree on the result; ask again")

    @staticmethod
    def _both_list(info: Mapping[str, Any], solid_info: Mapping[str, Any]) -> bool:
        return all("internal_transactions" in view for view in (info, solid_info))

    def _failure(self, info: Mapping[str, Any]) -> str | None:
        """The chain's reason of a failure, None of a success; raises `Garbled` on a contradiction.

        Three places say it: ``contractRet`` of the body, ``receipt.result`` of programs, and
        ``result`` of the info, which is there on failure only.
        """
        results = [self._contract_ret(), self._receipt(info).get("result")]
        for result in results:
            if result not in (None, "SUCCESS", "DEFAULT") and result not in _RESULTS:
                raise garbled(f"a result that is not known: {result!r:.80}")
        said = info.get("result")
        if said not in (None, "SUCESS", "SUCCESS", "FAILED"):  # SUCESS is the protocol's spelling
            raise garbled(f"a result that is not known: {said!r:.80}")
        failed = [r for r in results if r in _RESULTS]
        if bool(failed) != (said == "FAILED") or (failed and "SUCCESS" in results):
            raise garbled("body and result disagree on success")
        if failed:
            message = read_hex(info.get("resMessage", ""), "resMessage").decode("utf-8", "replace")
            shown = "".join(c for c in message if c.isprintable())[:200].strip()
            return f"{failed[0]}: {shown}" if shown else str(failed[0])
        if self.signed.kind in contracts.PROGRAMS and "SUCCESS" not in results:
            self.gaps.add(Gap.SUCCESS)
            text = "the node's answers do not say whether the call succeeded"
            self.notes.append(Note("success_unknown", text))
        return None

    def _contract_ret(self) -> Any:
        results = read_list(self.tx, "ret")
        return read_object(results[0], "ret").get("contractRet") if results else None

    def _receipt(self, info: Mapping[str, Any]) -> dict[str, Any]:
        return read_object(info.get("receipt", {}), "receipt")

    def _fee(self, info: Mapping[str, Any], reading: Reading) -> TxFee:
        payer = None if reading.owner is None else wire.text_of(reading.owner)
        return TxFee(self.network.native_asset, read_int(info, "fee"), payer)

    def _transfers(
        self, info: Mapping[str, Any], reading: Reading, *, failed: bool
    ) -> tuple[Transfer, ...]:
        if failed:
            return self._finish(reading, contracts.find_asked(self.network, self.signed, reading))
        logs = read_logs(self.network, read_list(info, "log"))
        self.notes += logs.notes
        inner = read_internal(self.network, self._internal(info))
        self.notes += inner.notes
        self.gaps |= inner.gaps
        self._note_hidden(info, logs.moves)
        return self._finish(reading, reading.moves + logs.moves + inner.moves)

    def _internal(self, info: Mapping[str, Any]) -> list[Any]:
        """The list of either view: a node behind a balancer may keep it where another does not."""
        solid = self.answers.get("solid_info") or {}
        return read_list(info, "internal_transactions") or read_list(solid, "internal_transactions")

    def _note_hidden(self, info: Mapping[str, Any], moves: list[Move]) -> None:
        """A program may have paid without the node keeping that: most nodes keep no such list."""
        if self.signed.kind not in contracts.PROGRAMS or self._internal(info):
            return
        if self.answers.get("keeps_internal") is True or is_plain_call(self.signed, info, moves):
            return
        self.gaps.add(Gap.INTERNAL_TRANSFERS)
        text = "coin or TRC-10 may have moved inside; the node keeps no internal transactions"
        self.notes.append(Note("traces_unavailable", text))

    def _finish(self, reading: Reading, moves: list[Move]) -> tuple[Transfer, ...]:
        self.notes = reading.notes + self.notes
        self.gaps |= reading.gaps
        if len({move.position for move in moves}) != len(moves):
            raise garbled("two movements have one position")
        return assemble(
            self.network,
            moves,
            memo=parse_memo(self.signed.memo),
            names=self.answers.get("names") or {},
            one_payment=contracts.read_plain_call(self.signed) is not None,
        )


def is_plain_call(signed: Signed, info: Mapping[str, Any], moves: list[Move]) -> bool:
    """One ordinary call of a token that ends in the one Transfer it asked for, and nothing else."""
    asked = contracts.read_plain_call(signed)
    if asked is None or wire.number(signed.value, 3) or wire.number(signed.value, 5):
        return False
    used = read_int(read_object(info.get("receipt", {}), "receipt"), "energy_usage_total")
    if used > _PLAIN_CALL_ENERGY or len(moves) != 1 or len(read_list(info, "log")) != 1:
        return False
    move = moves[0]
    called = wire.address(signed.value, 2)
    return (move.token, move.recipient) == (called, asked[0])
