"""From a node's answers to evidence, for every EVM network.

Knows: transactions, receipts, traces, finality by tag or depth, the special transaction types.
Must not know: how the answers were asked for; whose addresses these are.

Positions: ``native`` is the transaction's own value; ``log:12`` is the receipt's ``logIndex``,
which counts in the block, as everybody outside counts it; ``trace:0.1`` is a call inside. A reorg
can put the same transaction elsewhere in a block and so change ``log:``; it can't once the block
is final. Before that nobody should have booked anything under the position.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recovery.chains.evm import abi
from recovery.chains.evm.assemble import assemble
from recovery.chains.evm.facts import Facts, facts_of
from recovery.chains.evm.fees import read_fee
from recovery.chains.evm.logs import Move, check_logs, may_move_inside, read_logs
from recovery.chains.evm.traces import Frame, find_moves, parse_trace, tells_everything
from recovery.chains.family import RawTx
from recovery.chains.shape import garbled
from recovery.errors import Garbled
from recovery.model import (
    AssetId,
    Block,
    Evidence,
    Gap,
    Note,
    Replacement,
    Transfer,
    TransferKind,
    TxStatus,
)
from recovery.networks import Network

Answers = Mapping[str, Any]

_TYPES: dict[str, dict[str, str]] = {
    "op": {"0x7e": "op_deposit"},
    "celo": {"0x7e": "op_deposit", "0x7a": "celo", "0x7b": "cip64", "0x7c": "cip42"},
    "arbitrum": {
        "0x64": "arbitrum_deposit",
        "0x65": "arbitrum_unsigned",
        "0x66": "arbitrum_contract",
        "0x68": "arbitrum_retry",
        "0x69": "arbitrum_retryable",
        "0x6a": "arbitrum_internal",
    },
    "zksync": {"0x71": "zksync_eip712", "0xff": "zksync_l1", "0xfe": "zksync_upgrade"},
    "polygon": {"0x7f": "polygon_state_sync"},
}
_STANDARD_TYPES = frozenset({"0x0", "0x1", "0x2", "0x3", "0x4"})
_SPECIAL = frozenset({"op_deposit", "arbitrum_deposit", "arbitrum_retry", "zksync_l1"})
"""Coin that comes over a bridge by the protocol itself, without a sender's signature here."""


def decode(network: Network, raw: RawTx) -> Evidence:
    """Evidence of one transaction; raises `Garbled` where the answers have not their shape."""
    try:
        return _Decoder(network, raw).evidence()
    except Garbled as wrong:
        text = f"{network.code} {raw.source}: {raw.tx_hash}: {wrong.text}"
        raise Garbled(wrong.reference, text) from None


class _Decoder:
    """One decoding: what was read so far, and the remarks it left."""

    def __init__(self, network: Network, raw: RawTx) -> None:
        self.network = network
        self.raw = raw
        self.facts: Facts = facts_of(network)
        self.answers: Answers = raw.answers
        self.notes: list[Note] = []
        self.gaps: set[Gap] = set()
        tx = raw.answers.get("tx")
        if not isinstance(tx, dict) or str(tx.get("hash")).lower() != raw.tx_hash:
            raise garbled("the transaction is not the one asked for")
        self.tx: dict[str, Any] = tx
        self.input = abi.parse_data(tx.get("input"), "input")
        kind = tx.get("type") or "0x0"
        if not isinstance(kind, str):
            raise garbled("the transaction's type is not a text")
        self.type = _TYPES.get(self.facts.stack, {}).get(kind)
        if self.type is None and kind not in _STANDARD_TYPES:
            self._note("unknown_transaction_type", f"transaction type {kind} is not known here")

    def _note(self, code: str, text: str) -> None:
        self.notes.append(Note(code, text))

    def evidence(self) -> Evidence:
        receipt = self.answers.get("receipt")
        if self.tx.get("blockHash") is None or receipt is None:
            return self._pending()
        if not isinstance(receipt, dict):
            raise garbled("the receipt is not an object")
        if str(receipt.get("transactionHash")).lower() != self.raw.tx_hash:
            raise garbled("the receipt is another transaction's")
        self._compare(receipt)
        block = self._block(receipt)
        check_logs(receipt)
        status = self._place(block)
        trace = self._trace()
        succeeded = self._succeeded(receipt, trace)
        if status is TxStatus.CONFIRMED and not succeeded:
            status = TxStatus.FAILED
        transfers, fee_payer = self._transfers(receipt, trace, succeeded=succeeded)
        in_chain = status in (TxStatus.CONFIRMED, TxStatus.FAILED)
        return Evidence(
            network=self.network.code,
            chain=self.network.chain,
            tx_hash=self.raw.tx_hash,
            status=status,
            block=block if status is not TxStatus.PENDING else None,
            confirmations=self._confirmations(block) if in_chain else 0,
            required_confirmations=self.facts.depth if self.facts.final_tag is None else None,
            final=in_chain and self._is_final(block),
            fee=read_fee(self.tx, receipt, self.facts, payer=fee_payer, notes=self.notes),
            transfers=transfers,
            notes=tuple(self.notes),
            gaps=frozenset(self.gaps),
            failure=None if succeeded else self._failure(receipt),
        )

    def _compare(self, receipt: Answers) -> None:
        """What both answers tell must be the same: recipient, sender and type decide a lot."""
        for name, default in (("to", None), ("from", None), ("type", "0x0")):
            if name not in receipt:
                continue
            mine, theirs = self.tx.get(name) or default, receipt[name] or default
            if mine != theirs and str(mine).lower() != str(theirs).lower():
                raise garbled(f"transaction and receipt disagree on {name!r}")

    def _pending(self) -> Evidence:
        top = self._top_level({})
        moves = [top] if top else []
        replacement = self._replacement()
        return Evidence(
            network=self.network.code,
            chain=self.network.chain,
            tx_hash=self.raw.tx_hash,
            status=TxStatus.PENDING,
            block=None,
            confirmations=0,
            required_confirmations=self.facts.depth if self.facts.final_tag is None else None,
            final=False,
            fee=None,
            transfers=self._finish(moves),
            notes=tuple(self.notes),
            gaps=frozenset(self.gaps),
            replacement=replacement,
        )

    def _replacement(self) -> Replacement | None:
        """A pool may keep what can no longer happen: the sender's nonce says so."""
        nonce = abi.parse_quantity(self.tx.get("nonce"), "nonce")
        final = self.answers.get("final_nonce")
        latest = self.answers.get("latest_nonce")
        if isinstance(final, str) and abi.parse_quantity(final, "final nonce") > nonce:
            return Replacement(None)
        if isinstance(latest, str):
            used = abi.parse_quantity(latest, "latest nonce")
            if used > nonce:
                self._note("nonce_used", "another transaction used this nonce, not yet finally")
            elif used < nonce:
                waits = f"it waits for {nonce - used} earlier transaction(s) of its sender"
                self._note("nonce_gap", waits)
        base = _field(self.answers.get("latest"), "baseFeePerGas")
        cap = self.tx.get("maxFeePerGas") or self.tx.get("gasPrice")
        if base and cap and abi.parse_quantity(cap, "cap") < abi.parse_quantity(base, "base"):
            self._note("underpriced", "it offers less than the base fee: the sender can raise it")
        return None

    def _block(self, receipt: Answers) -> Block:
        block_hash = receipt.get("blockHash")
        if not isinstance(block_hash, str) or len(block_hash) != 66:
            raise garbled("the receipt's block hash is not 32 bytes")
        logs = receipt.get("logs")
        if not isinstance(logs, list):
            raise garbled("the receipt has no list of logs")
        stamp = self.tx.get("blockTimestamp") or receipt.get("blockTimestamp")
        if stamp is None and logs:
            stamp = _field(logs[0], "blockTimestamp")
        header = self.answers.get("block")
        if _field(header, "hash") == block_hash:
            stamp = _field(header, "timestamp")
        moment = None
        if stamp is not None:
            moment = abi.parse_moment(stamp, "the block's timestamp")
        return Block(
            abi.parse_quantity(receipt.get("blockNumber"), "blockNumber"), block_hash, moment
        )

    def _place(self, block: Block) -> TxStatus:
        """Whether the block stands in the chain, where the header at its height was asked."""
        if "block" not in self.answers:
            return TxStatus.CONFIRMED
        header = self.answers["block"]
        if header is None:
            text = "a preconfirmation: its block is not sealed yet"
            self._note("preconfirmed", text)
            return TxStatus.PENDING
        if _field(header, "hash") != block.hash:
            self._note("reorged", "the block that held it is no longer in the chain")
            return TxStatus.ORPHANED
        return TxStatus.CONFIRMED

    def _confirmations(self, block: Block) -> int:
        head = abi.parse_quantity(_field(self.answers.get("latest"), "number"), "head")
        return max(head - block.height + 1, 1)

    def _is_final(self, block: Block) -> bool:
        if block.height < self.facts.instant_below:
            return True
        if self.facts.final_tag is None:
            return self._confirmations(block) >= (self.facts.depth or 1)
        number = _field(self.answers.get("final"), "number")
        if number is None:
            self.gaps.add(Gap.FINALITY)
            tag = self.facts.final_tag
            self._note("finality_unknown", f"the node does not say which block is {tag}")
            return False
        return block.height <= abi.parse_quantity(number, "final height")

    def _trace(self) -> Frame | None:
        answer = self.answers.get("trace")
        return None if answer is None else parse_trace(answer)

    def _succeeded(self, receipt: Answers, trace: Frame | None) -> bool:
        status = receipt.get("status")
        if status is not None:
            value = abi.parse_quantity(status, "status")
            if value not in (0, 1):
                raise garbled("the receipt's status is neither 0 nor 1")
            if trace is not None and trace.failed == bool(value):
                raise garbled("the trace and the receipt disagree on success")
            return value == 1
        # Before Byzantium receipts have a state root instead. A failure always burnt all its gas
        # (there was no REVERT) and left no logs.
        if receipt.get("root") is None:
            raise garbled("the receipt has neither a status nor a state root")
        if trace is not None:
            return not trace.failed
        gas = abi.parse_quantity(self.tx.get("gas"), "gas")
        used = abi.parse_quantity(receipt.get("gasUsed"), "gasUsed")
        if used < gas or receipt.get("logs"):
            return True
        self.gaps.add(Gap.SUCCESS)
        text = "so old that its receipt does not say whether it succeeded"
        self._note("success_unknown", text)
        return True

    def _failure(self, receipt: Answers) -> str:
        replay = self.answers.get("replay")
        reason = abi.parse_revert(_field(replay, "data"))
        if reason:
            return f"execution reverted: {reason}"
        if self.tx.get("gas") is not None and self.tx.get("gas") == receipt.get("gasUsed"):
            return "out of gas"
        return "execution reverted"

    def _transfers(
        self, receipt: Answers, trace: Frame | None, *, succeeded: bool
    ) -> tuple[tuple[Transfer, ...], str | None]:
        top = self._top_level(receipt)
        mint = self._mint()
        if not succeeded:
            return self._finish(mint + self._failed(top)), None
        value = (top.sender, top.recipient, top.amount) if top else None
        reading = read_logs(receipt["logs"], self.facts, value)
        self.notes += reading.notes
        moves = mint + ([top] if top else []) + reading.moves
        moves += self._inner_moves(receipt, trace)
        if top and moves == [*mint, top]:
            self._calldata_note()
        return self._finish(moves), reading.fee_payer

    def _top_level(self, receipt: Answers) -> Move | None:
        """The transaction's own value. Zero counts where it is all that the transaction does."""
        if self.type in ("arbitrum_internal", "polygon_state_sync"):
            return None
        if self.type == "arbitrum_retryable":
            self.gaps.add(Gap.AMOUNT)
            text = (
                "a retryable ticket from Ethereum: the money is paid by its redemption, another"
                " transaction, or waits in the ticket for seven days"
            )
            self._note("retryable_ticket", text)
            return None
        value = abi.parse_quantity(self.tx.get("value"), "value")
        if not value and self.input != "0x":
            return None
        sender = abi.parse_address(self.tx.get("from"), "from")
        kind = self.type if self.type in _SPECIAL else None
        to = self.tx.get("to")
        if to is None:
            to, kind = receipt.get("contractAddress"), "contract_creation"
            if to is None and receipt.get("status") == "0x1":
                raise garbled("a contract was created and the receipt does not say where")
            if to is None or not value:
                return None
        recipient = abi.parse_address(to, "to")
        move = Move("native", TransferKind.NATIVE, self.facts.native, value, sender, recipient)
        move.type, move.special = kind, kind in _SPECIAL
        return move

    def _mint(self) -> list[Move]:
        """OP-stack deposits: ``mint`` is the sender's before anything runs, and stays so even
        where the call then fails."""
        minted = self.tx.get("mint") if self.type == "op_deposit" else None
        amount = abi.parse_quantity(minted, "mint") if minted is not None else 0
        if not amount:
            return []
        owner = abi.parse_address(self.tx.get("from"), "from")
        move = Move("mint", TransferKind.NATIVE, self.facts.native, amount, abi.ZERO, owner)
        move.type, move.special = "op_deposit", True
        return [move]

    def _failed(self, top: Move | None) -> list[Move]:
        """What the sender asked for and did not get: nothing arrived."""
        if self._mint():
            text = "the call failed, but the minted coin stays with the transaction's sender"
            self._note("mint_kept", text)
        if self.type == "zksync_l1":
            self.gaps.add(Gap.AMOUNT)
            text = "a failed transaction from Ethereum: its value went to its refund recipient"
            self._note("refunded_on_l2", text)
        asked = [top] if top else []
        sent, token = self.input, self.tx.get("to")
        if sent.startswith("0xa9059cbb") and len(sent) >= 138 and token:
            words = abi.words_of("0x" + sent[10:138])
            recipient = abi.address_of_word(words[0])
            if recipient is not None:
                contract = abi.parse_address(token, "to")
                asset = self.facts.prefix + abi.token_reference("erc20", contract)
                sender = abi.parse_address(self.tx.get("from"), "from")
                asked.append(_asked_token(asset, contract, sender, recipient, words[1]))
        for move in asked:
            move.succeeded, move.requested, move.amount = False, move.amount, 0
        return asked

    def _inner_moves(self, receipt: Answers, trace: Frame | None) -> list[Move]:
        if not may_move_inside(self.tx, receipt, self.facts):
            return []
        if trace is None:
            self.gaps.add(Gap.INTERNAL_TRANSFERS)
            why = self.answers.get("no_trace") or "no trace was asked for"
            text = f"native coin may have moved inside; the node shows no trace: {why}"
            self._note("traces_unavailable", text)
            return []
        sender, to = self.tx.get("from"), self.tx.get("to")
        if (str(sender).lower(), to and to.lower()) != (trace.sender, to and trace.to):
            raise garbled("the trace is another transaction's")
        if not tells_everything(trace):
            self.gaps.add(Gap.INTERNAL_TRANSFERS)
            text = "the trace does not say what a destroyed contract paid to whom"
            self._note("traces_incomplete", text)
        moves = []
        for found in find_moves(trace):
            move = Move(
                f"trace:{found.path}",
                TransferKind.INTERNAL,
                self.facts.native,
                found.amount,
                found.sender,
                found.recipient,
            )
            if found.kind == "SELFDESTRUCT":
                move.type, move.special = "self_destruct", True
            elif found.kind != "CALL":
                move.type = "contract_creation"
            moves.append(move)
        return moves

    def _calldata_note(self) -> None:
        """Text that a sender put beside plain coin: a remark, never a memo."""
        sent = self.input
        if not 12 <= len(sent) <= 1024:  # four bytes can be a function's name
            return
        try:
            text = bytes.fromhex(sent[2:]).decode("utf-8")
        except ValueError:
            return
        if text.isprintable():
            self._note("calldata_text", f"the sender wrote: {text[:200]}")

    def _finish(self, moves: list[Move]) -> tuple[Transfer, ...]:
        return assemble(self.network, self.tx, moves, self.answers.get("tokens") or {})


def _asked_token(asset: str, contract: str, sender: str, recipient: str, word: str) -> Move:
    return Move(
        position="call",
        kind=TransferKind.TOKEN,
        asset=AssetId(asset),
        amount=abi.int_of_word(word),
        sender=sender,
        recipient=recipient,
        token=contract,
        standard="erc20",
    )


def _field(answer: Any, name: str) -> Any:
    return answer.get(name) if isinstance(answer, dict) else None
