"""From a mirror node's rows to evidence: which row, its status, block, fee and transfers.

Knows: what siblings of a row mean, results. Must not know: HTTP, clocks. Transfers are made in
`recovery.chains.hedera.transfers`.

Only a result of success moved anything; fees of failures stand in the same lists. Consensus is final:
there are no forks.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from recovery.chains.family import RawTx
from recovery.chains.hedera.answer import (
    Row,
    TxKey,
    choose_row,
    moment,
    nanoseconds,
    parse_key,
    read_int,
    read_memo,
    read_rows,
    read_stamp,
)
from recovery.chains.hedera.transfers import Deal, moves_value, read_fee
from recovery.chains.shape import garbled, read_list, read_object, read_text
from recovery.errors import Garbled
from recovery.model import Block, Evidence, Gap, Memo, Note, Transfer, TxFee, TxStatus
from recovery.networks import Network

_SCHEDULES = frozenset({"SCHEDULECREATE", "SCHEDULESIGN"})


def find_row(rows: Sequence[Row], key: TxKey) -> Row | None:
    """The row that a typed id means.

    The one of its nonce and schedule, as typed. A plain id whose own row moved nothing means the one
    that did: the only child that moved value, or the execution of the schedule that it created.
    """
    row = choose_row(rows, key)
    if row is None and key.scheduled and not key.nonce:
        row = choose_row(rows, TxKey(key.id))  # created, and not executed (yet)
    if row is None or key.nonce or key.scheduled or not row.applied or moves_value(row):
        return row
    siblings = [r for r in find_siblings(rows, row) if r.applied and moves_value(r)]
    if len(siblings) == 1:
        return siblings[0]
    if row.name in _SCHEDULES and not siblings:
        return choose_row(rows, TxKey(key.id, scheduled=True)) or row
    return row


def find_siblings(rows: Sequence[Row], row: Row) -> list[Row]:
    """The other transactions of the same id, duplicates left out."""
    keys = dict.fromkeys(r.key for r in rows if r.key != row.key)
    chosen = (choose_row(rows, key) for key in keys)
    return [r for r in chosen if r is not None]


def decode(network: Network, raw: RawTx) -> Evidence:
    """Evidence of one transaction; raises `Garbled` where the answers have not their shape."""
    try:
        return _decode(network, raw)
    except Garbled as wrong:
        text = f"{network.code} {raw.source}: {raw.tx_hash}: {wrong.text}"
        raise Garbled(wrong.reference, text) from None


def _decode(network: Network, raw: RawTx) -> Evidence:
    rows = read_rows(raw.answers.get("transactions"))
    key = parse_key(raw.tx_hash)
    row = None if key is None else choose_row(rows, key)
    if row is None or key is None:
        raise garbled("the rows are of another transaction")
    if any(r.key.id != key.id for r in rows):
        raise garbled("a row of another transaction stands among them")
    airdrops = raw.answers.get("airdrops")
    tokens = read_object(raw.answers.get("tokens", {}), "tokens")
    deal = Deal(
        network,
        row,
        memo=_memo(rows, row),
        tokens=tokens,
        airdrops=None if airdrops is None else read_list(airdrops, "airdrops"),
    )
    transfers = list(deal.transfers())
    notes, gaps = list(deal.notes), set(deal.gaps)
    if row.applied and not row.key.nonce:
        for part in find_siblings(rows, row):
            if part.applied and (part.key.scheduled or not row.key.scheduled):
                other = Deal(network, part, memo=_memo(rows, part), tokens=tokens, airdrops=None)
                transfers += _point_to(part, other.transfers(), first=len(transfers))
                gaps |= other.gaps
        _note_proposal(rows, row, notes, gaps)
    if row.name == "ATOMICBATCH":
        gaps.add(Gap.INTERNAL_TRANSFERS)
        text = "a batch: each transaction in it has an id of its own"
        notes.append(Note("batch_of_transactions", text))
    block = _block(row, raw.answers.get("block"))
    head = read_object(raw.answers.get("head"), "the head")
    depth = read_int(head.get("number"), "number of the head") - block.height + 1
    payer = deal.ledger.payer
    return Evidence(
        network=network.code,
        chain=network.chain,
        tx_hash=str(row.key),
        status=TxStatus.CONFIRMED if row.applied else TxStatus.FAILED,
        block=block,
        confirmations=max(depth, 1),
        required_confirmations=None,
        final=True,
        fee=TxFee(network.native_asset, read_fee(row), payer),
        transfers=tuple(transfers),
        notes=tuple(notes),
        gaps=frozenset(gaps),
        failure=None if row.applied else row.result,
        aliases=_aliases(row),
    )


def _memo(rows: Sequence[Row], row: Row) -> Memo | None:
    """The row's own memo; a child has none and is a part of the transaction that caused it."""
    own = read_memo(row.document)
    if own is not None or not row.key.nonce:
        return own
    parent = choose_row(rows, TxKey(row.key.id, row.key.scheduled))
    return None if parent is None else read_memo(parent.document)


def _point_to(part: Row, transfers: Sequence[Transfer], *, first: int) -> list[Transfer]:
    """What another part of the same id moved: it has its key under that part's own id."""
    suffix = str(part.key).removeprefix(part.key.id)
    return [
        dataclasses.replace(
            t, index=first + i, position=f"{suffix}:{t.position}", tx_hash=str(part.key)
        )
        for i, t in enumerate(transfers)
    ]


def _note_proposal(rows: Sequence[Row], row: Row, notes: list[Note], gaps: set[Gap]) -> None:
    """A schedule that nobody has executed: nobody was paid, and nobody was refused."""
    executed = any(r.key.scheduled for r in rows)
    if row.name in _SCHEDULES and not executed:
        gaps.add(Gap.SUCCESS)
        text = "this only proposes a transaction; it is executed once all have signed, or never"
        notes.append(Note("schedule_not_executed", text))


def _aliases(row: Row) -> tuple[str, ...]:
    """Other names of the transaction: its hash, its time, and for a part the id without its number."""
    parts = () if str(row.key) == row.key.id else (row.key.id,)
    return (row.tx_hash, row.stamp, *parts)


def _block(row: Row, value: object) -> Block:
    block = read_object(value, "the block")
    period = read_object(block.get("timestamp"), "timestamp of the block")
    first, last = (read_stamp(period.get(name), name) for name in ("from", "to"))
    if not nanoseconds(first) <= nanoseconds(row.stamp) <= nanoseconds(last):
        raise garbled("the block is not the transaction's")
    block_hash = read_text(block.get("hash"), "hash of the block")
    if len(block_hash) != 98 or not block_hash.startswith("0x"):
        raise garbled("the hash of the block is none")
    return Block(read_int(block.get("number"), "number"), block_hash, moment(row.stamp))
