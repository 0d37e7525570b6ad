"""From toncenter v3's answers to evidence: status, block, fee and what was received.

Knows: when value stays and when it goes back, which jetton wallet's word counts, finality. Must not
know: HTTP, clocks, whose an address is.

Coins are received where they stay: an uninitialised account keeps what comes to it though its
transaction is "aborted", and a bounce gives back what came. Jettons are received where a jetton wallet
executes ``internal_transfer``, and only where the index and the jetton's master both name that wallet as
the owner's: a notification proves nothing, anyone can send one. Where an endpoint runs no get-methods the
index's word stands alone, with a note; where the master gives no answer, a gap is left.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from recovery.assets import token_asset
from recovery.chains.family import RawTx
from recovery.chains.shape import Json, garbled, read_moment, read_object
from recovery.chains.ton.bodies import Move, read_internal_transfer, read_memo, read_nft_transfer
from recovery.chains.ton.codec import format_address, format_raw
from recovery.chains.ton.rows import Row, read_count, read_hash, read_row
from recovery.chains.ton.tokens import (
    check_item,
    read_derived,
    read_move,
    read_names,
    read_wallet,
)
from recovery.chains.ton.trace import (
    DEPOSITS,
    Part,
    Subject,
    Trace,
    find_payer,
    find_start_fee,
    find_subject,
    is_batch,
    part_of,
    read_trace,
)
from recovery.model import (
    AddressKey,
    Block,
    Evidence,
    Gap,
    Note,
    Party,
    Transfer,
    TransferKind,
    TxFee,
    TxStatus,
)
from recovery.networks import Network


@dataclasses.dataclass(frozen=True, slots=True)
class Look:
    """The trace, what was asked for in it, and what the evidence is of. Without a trace the
    transaction stands alone."""

    trace: Trace | None
    asked: Row
    subject: Subject


def read_look(answers: Mapping[str, Any], tx_hash: str) -> Look:
    """What a hash means, from the answers so far; raises `Garbled`."""
    told = answers.get("trace")
    if told is None:
        row = read_row(answers["tx"])
        if row.hash != tx_hash and (row.in_msg is None or row.in_msg.hash != tx_hash):
            raise garbled("the answer is about another transaction")
        return Look(None, row, Subject(row))
    trace = read_trace(told)
    asked = _find_asked(trace, told, tx_hash)
    return Look(trace, asked, find_subject(trace, asked))


def _find_asked(trace: Trace, told: Json, tx_hash: str) -> Row:
    by_message = trace.child(tx_hash)
    found = trace.rows.get(tx_hash) or by_message
    if found is not None:
        return found
    senders = [r for r in trace.rows.values() if any(m.hash == tx_hash for m in r.out_msgs)]
    if senders:
        return senders[0]
    if trace.root is not None and tx_hash in _names_of(told):
        return trace.root
    raise garbled("the trace does not hold what was asked for")


def _names_of(told: Json) -> set[str]:
    """The trace's own names: its id, its external message's hash, and that in normal form (TEP-467)."""
    names = {read_hash(told.get("trace_id"), "trace_id")}
    for field in ("external_hash", "external_hash_norm", "asked_message"):
        if told.get(field) is not None:
            names.add(read_hash(told[field], field))
    return names


def decode(network: Network, raw: RawTx) -> Evidence:
    """The evidence of one payment; raises `Garbled` where the answers contradict themselves."""
    answers = raw.answers
    look = read_look(answers, str(answers["asked"]))
    row = look.subject.row
    if row.hash != raw.tx_hash:
        raise garbled("the answers are about another transaction")
    reader = _Reader(network, answers, look)
    status = reader.status()
    evidence = Evidence(
        network=network.code,
        chain=network.chain,
        tx_hash=row.hash,
        status=status,
        block=None,
        confirmations=0,
        required_confirmations=None,
        final=False,
        fee=reader.fee(),
        transfers=(),
        notes=tuple(reader.say_what_was_asked(str(answers["asked"]))),
        aliases=tuple(reader.aliases()),
    )
    if status is TxStatus.PENDING:
        return evidence
    transfers = reader.transfers(succeeded=status is TxStatus.CONFIRMED)
    block, depth = reader.block()
    return dataclasses.replace(
        evidence,
        block=block,
        confirmations=depth,
        final=depth > 0 and reader.is_settled(),
        transfers=transfers,
        notes=(*evidence.notes, *reader.notes),
        gaps=frozenset(reader.gaps),
        failure=reader.failure() if status is TxStatus.FAILED else None,
    )


class _Reader:
    """Reads one look; what can't be known is collected on the way."""

    def __init__(self, network: Network, answers: Mapping[str, Any], look: Look) -> None:
        self.network = network
        self.answers = answers
        self.trace = look.trace
        self.subject = look.subject
        self.row = look.subject.row
        self.notes: list[Note] = []
        self.gaps: set[Gap] = set()
        self._batches: dict[str, bool] = {}

    # -- the whole transaction -------------------------------------------------------------------

    def status(self) -> TxStatus:
        """Emulated rows are predictions. A step whose trace still runs has paid nobody yet."""
        row, part = self.row, part_of(self.row)
        if row.finality == "pending":
            return TxStatus.PENDING
        if part in (Part.START, Part.STEP):
            if not row.acted and not row.out_msgs:
                return TxStatus.FAILED
            if self.trace is not None and not self.trace.complete and not self.subject.elsewhere:
                return TxStatus.PENDING
        if row.returned or (part in (Part.TOKEN, Part.NFT) and row.aborted):
            return TxStatus.FAILED
        return TxStatus.CONFIRMED

    def failure(self) -> str:
        sent_back = "aborted" if self.row.aborted else "its messages could not be sent"
        if self.row.returned:
            sent_back = "the value went back"
        return (
            sent_back
            if self.row.exit_code is None
            else f"{sent_back}, exit code {self.row.exit_code}"
        )

    def is_settled(self) -> bool:
        if self.row.finality != "finalized":
            return False
        return self.subject.direct or (self.trace is not None and self.trace.complete)

    def aliases(self) -> list[str]:
        """Other hashes by which a ledger may have written the payment down: of its message, of what led
        to it, and of the notification, which many an exchange books jettons by."""
        rows = [self.row]
        if self.trace is not None:
            above = self.trace.parent(self.row)
            while above is not None and above not in rows:
                rows.append(above)
                above = self.trace.parent(above)
            told = (r for r in self.trace.children(self.row) if part_of(r) is Part.NOTICE)
            rows += told
        names = [name for row in rows for name in (row.hash, row.in_msg.hash if row.in_msg else "")]
        if self.trace is not None:
            names += sorted(_names_of(self.answers["trace"]))
        return [name for name in dict.fromkeys(names) if name and name != self.row.hash]

    def block(self) -> tuple[Block | None, int]:
        """The masterchain block that took the transaction in, and the depth seen from the head."""
        height = self.row.mc_seqno
        if height is None:
            return None, 0
        told = self.answers.get("block")
        block_hash = ""
        if told is not None:
            block = read_object(told, "a block")
            if (read_count(block, "seqno"), block.get("workchain")) != (height, -1):
                raise garbled("the block is another than the transaction's")
            block_hash = read_hash(block.get("root_hash"), "root_hash")
        head = read_count(read_object(self.answers["head"], "head"), "seqno")
        time = read_moment(self.row.time, "now", until=1 << 32)
        return Block(height, block_hash, time), max(head - height + 1, 0)

    def fee(self) -> TxFee | None:
        """What the account that began the trace paid; the rest of a trace's fees is paid on the way."""
        paid = None if self.trace is None else find_start_fee(self.trace)
        if paid is None:
            return None
        return TxFee(self.network.native_asset, paid[0], self.party(paid[1]).address)

    def say_what_was_asked(self, asked: str) -> Iterator[Note]:
        if asked != self.row.hash:
            text = f"the hash asked for, {asked}, is that of a message or a transaction of the same trace"
            yield Note("asked_by_trace", text)
        if self.subject.elsewhere:
            count = len(self.subject.elsewhere)
            text = f"{count} payments of the trace stand in transactions of their own, named beside each"
            yield Note("paid_elsewhere", text)

    # -- what was received -----------------------------------------------------------------------

    def transfers(self, *, succeeded: bool) -> tuple[Transfer, ...]:
        found = list(self.received(self.row))
        if not succeeded:
            found = [dataclasses.replace(t, succeeded=False) for t in found]
        for row in self.subject.elsewhere:
            if row.finality == "pending":
                continue
            for transfer in self.received(row):
                found.append(
                    dataclasses.replace(
                        transfer,
                        position=f"tx:{row.hash}:{transfer.position}",
                        tx_hash=row.hash,
                        succeeded=succeeded and transfer.succeeded,
                    )
                )
        return tuple(dataclasses.replace(t, index=i) for i, t in enumerate(found))

    def received(self, row: Row) -> Iterator[Transfer]:
        """What one account transaction received: tokens, an NFT, or coins."""
        part = part_of(row)
        payment = row.payment
        if payment is None:
            return
        if payment.extra_currencies:
            text = "the message carries currencies beside the coin, which are not read here"
            self.notes.append(Note("extra_currencies", text))
        moved = None
        if part is Part.TOKEN:
            moved = self._read_token(row)
        elif part is Part.NFT:
            moved = self._read_nft(row)
        if moved is not None:
            yield moved
            return
        if part is Part.STEP:
            return
        if part is Part.NOTICE:
            text = "somebody notifies of tokens or an NFT; without the transfer itself this is worth nothing"
            self.notes.append(Note("notification_without_transfer", text))
        if payment.unread:
            self.gaps.add(Gap.MEMO)
        assert payment.source is not None
        yield Transfer(
            index=0,
            position="native",
            kind=TransferKind.NATIVE,
            asset=self.network.native_asset,
            amount=payment.value,
            senders=(self.party(payment.source),),
            recipient=self.party(row.account),
            memo=None if payment.bounced else read_memo(payment.body),
            succeeded=not row.returned,
            symbol=self.network.symbol,
            decimals=self.network.decimals,
            type=None if part is Part.PAYMENT else _TYPES.get(part, "contract_call"),
            special=part is not Part.PAYMENT,
            batched=self._batched(row),
        )

    def _batched(self, row: Row) -> bool:
        """Whether the call that paid the row paid others too; asked once for each payer."""
        if self.trace is None or part_of(row) not in DEPOSITS:
            return False
        payer = find_payer(self.trace, row)
        if payer is None:
            return False
        if payer.hash not in self._batches:
            self._batches[payer.hash] = is_batch(self.trace, payer)
        return self._batches[payer.hash]

    def _read_token(self, row: Row) -> Transfer | None:
        """Tokens taken in by a jetton wallet, where index and master name it the owner's."""
        move = read_move(row, read_internal_transfer)
        told = self._answer("wallets", row.account)
        if move is None or told is None:
            self._doubt(row, "jetton wallet", move)
            return None
        owner, master = read_wallet(told, row.account)
        if not self._master_agrees(row, owner, master):
            return None
        name, symbol, decimals = read_names(self._answer("masters", master))
        return Transfer(
            index=0,
            position="token",
            kind=TransferKind.TOKEN,
            asset=token_asset(self.network, "jetton", format_raw(master)),
            amount=move.amount,
            senders=() if move.party is None else (self.party(move.party),),
            recipient=self.party(owner),
            memo=move.memo,
            succeeded=not row.aborted,
            symbol=symbol,
            decimals=decimals,
            batched=self._batched(row),
            standard="jetton",
            name=name,
        )

    def _master_agrees(self, row: Row, owner: AddressKey, master: AddressKey) -> bool:
        """The master's own ``get_wallet_address`` is the last word where it can be had."""
        if format_raw(row.account) not in self.answers.get("derived", {}):
            if (
                row is self.row
            ):  # the endpoint runs no get-methods; the index asked the master itself
                text = (
                    "the index names the jetton's master; the master itself could not be asked here"
                )
                self.notes.append(Note("jetton_wallet_by_index", text))
            return True
        derived = read_derived(self._answer("derived", row.account))
        if derived is None:
            self.gaps.add(Gap.TOKEN_VALIDITY)
            text = (
                f"the master {format_raw(master)} could not be asked for its owner's jetton wallet"
            )
            self.notes.append(Note("jetton_wallet_unchecked", text))
            return True
        if derived == row.account:
            return True
        text = (
            f"{format_raw(row.account)} says that it is a jetton wallet of {format_raw(owner)}; "
            f"the master {format_raw(master)} names another: it is a fake"
        )
        self.notes.append(Note("fake_jetton_wallet", text))
        return False

    def _read_nft(self, row: Row) -> Transfer | None:
        move = read_move(row, read_nft_transfer)
        told = self._answer("items", row.account)
        if move is None or move.party is None or told is None:
            self._doubt(row, "NFT", move)
            return None
        check_item(told, row.account)
        assert row.payment is not None
        assert row.payment.source is not None
        return Transfer(
            index=0,
            position="nft",
            kind=TransferKind.NFT,
            asset=token_asset(self.network, "nft", format_raw(row.account)),
            amount=1,
            senders=(self.party(row.payment.source),),
            recipient=self.party(move.party),
            memo=move.memo,
            succeeded=not row.aborted,
            batched=self._batched(row),
            standard="nft",
        )

    def _doubt(self, row: Row, what: str, move: Move | None) -> None:
        """The index knows no such contract: it may be a fake, or one that the index can't read."""
        if row is not self.row or row.aborted:
            return
        # whose wallet it would be is unknown too: it may have paid us unseen
        self.gaps |= {Gap.TOKEN_VALIDITY, Gap.INTERNAL_TRANSFERS}
        claimed = "" if move is None else f" for {move.amount} base units"
        text = f"{format_raw(row.account)} was called as a {what}{claimed}; the index knows no {what} there"
        self.notes.append(Note("unknown_token_contract", text))

    def _answer(self, kind: str, key: AddressKey) -> Any:
        return read_object(self.answers.get(kind, {}), kind).get(format_raw(key))

    def party(self, key: AddressKey) -> Party:
        return Party(format_address(self.network, key), key)


_TYPES = {
    Part.NOTICE: "notification",
    Part.CHANGE: "excesses",
    Part.REFUND: "bounce",
}
"""Coins that came as something else than a payment: a reviewer looks at each."""
