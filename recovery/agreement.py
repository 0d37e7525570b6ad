"""Do two sources tell the same story of one transaction?

Knows: which fields must agree before money moves (status, block, transfers) and how to name each
that does not. Must not know: who was asked. Depth and finality may differ between honest nodes; a
trace that only one of them offers is no contradiction, and what one of them can't show is not
compared. What is not shown is not confirmed either: see `confirms`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from recovery.model import Amount, Block, Evidence, Gap, Memo, Transfer, TransferKind

_OPTIONAL = TransferKind.INTERNAL

_HIDES: Mapping[Gap, tuple[str, ...]] = {
    Gap.AMOUNT: ("amount",),
    Gap.MEMO: ("memo",),
    Gap.SENDERS: ("senders",),
    Gap.SUCCESS: ("succeeded",),
}
"""The fields of a transfer that a source with this gap says nothing about."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in which two sources differ, as each of them has it; None where it has nothing.

    ``position`` names the transfer, None where the field is the transaction's own.
    """

    field: str
    position: str | None
    first: str | None
    second: str | None


def find_differences(first: Evidence, second: Evidence) -> tuple[Difference, ...]:
    """Every field that must agree and does not, the transaction's own before the transfers'.

    A transaction that only one of them has in a block is a difference too; whether the other is
    merely behind is for its asker to find out.
    """
    found = []
    if first.status != second.status:
        found.append(Difference("status", None, first.status.value, second.status.value))
    found += _compare_blocks(first.block, second.block)
    mine, theirs = _moves(first, second), _moves(second, first)
    for position in sorted(mine.keys() | theirs.keys()):
        one, other = mine.get(position), theirs.get(position)
        if one is None or other is None:
            found.append(Difference("transfer", position, _tell(one), _tell(other)))
        else:
            found += [
                Difference(name, position, one[name], other[name])
                for name in one
                if one[name] != other[name]
            ]
    return tuple(found)


def find_disagreement(first: Evidence, second: Evidence) -> str | None:
    """How the two differ, in one sentence for a reviewer; None where they agree."""
    return tell(find_differences(first, second))


def tell(differences: tuple[Difference, ...]) -> str | None:
    """The weightiest difference in one sentence; None where there is none."""
    if not differences:
        return None
    first = differences[0]
    if first.field == "transaction":
        return "another healthy source does not know the transaction"
    if first.field == "status":
        return f"one source says {first.first}, another {first.second}"
    if first.position is None:
        return f"one source has it in {first.first or 'no block'}, another in {first.second or 'no block'}"
    alone = [d.position for d in differences if d.field == "transfer" and d.position]
    if alone:
        return f"transfers at {', '.join(alone)} are shown by one source only"
    differing = dict.fromkeys(d.position for d in differences if d.position)
    return f"the sources differ on the transfers at {', '.join(differing)}"


def confirms(first: Evidence, second: Evidence, position: str) -> bool:
    """Whether the second source shows that very transfer as the first does, block and all.

    More than no disagreement: what the second can't show, it does not confirm.
    """
    if find_differences(first, second):
        return False
    hidden = second.gaps & (_HIDES.keys() | {Gap.TOKEN_VALIDITY}) - first.gaps
    return not hidden and any(t.position == position for t in second.transfers)


def _compare_blocks(first: Block | None, second: Block | None) -> list[Difference]:
    """Of two APIs one may not tell the block's hash: then the height must do."""
    if first is None or second is None:
        if first is second:
            return []
    elif first.height == second.height and (
        first.hash == second.hash or not (first.hash and second.hash)
    ):
        return []
    return [Difference("block", None, _name(first), _name(second))]


def _name(block: Block | None) -> str | None:
    return None if block is None else f"block {block.height} {block.hash}".rstrip()


_Fields = Mapping[str, str | None]


def _moves(evidence: Evidence, other: Evidence) -> dict[str, _Fields]:
    gaps = evidence.gaps | other.gaps
    hidden = {name for gap in gaps for name in _HIDES.get(gap, ())}
    return {
        transfer.position: {k: v for k, v in _fields(transfer).items() if k not in hidden}
        for transfer in evidence.transfers
        if Gap.INTERNAL_TRANSFERS not in gaps or transfer.kind is not _OPTIONAL
    }


def _fields(transfer: Transfer) -> _Fields:
    unlock = transfer.unlock_at
    senders = {p.address for p in transfer.senders if p.address is not None}
    return {
        "asset": transfer.asset,
        "amount": _amount(transfer.amount),
        "recipient": _party(transfer),
        "senders": ", ".join(sorted(senders)),
        "memo": _memo(transfer.memo),
        "succeeded": "yes" if transfer.succeeded else "no",
        "unlock_at": unlock.isoformat() if isinstance(unlock, datetime) else _number(unlock),
    }


def _party(transfer: Transfer) -> str | None:
    """The canonical text; where the chain has none, what controls it."""
    recipient = transfer.recipient
    if recipient.address is not None:
        return recipient.address
    return None if recipient.key is None else str(recipient.key)


def _memo(memo: Memo | None) -> str | None:
    return None if memo is None else f"{memo.kind.value} {memo.value}"


def _amount(amount: Amount) -> str:
    return str(amount) if isinstance(amount, int) else format(amount.normalize(), "f")


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)


def _tell(fields: _Fields | None) -> str | None:
    """A whole transfer in a line, for one that the other source does not have."""
    if fields is None:
        return None
    return f"{fields.get('amount', 'an amount')} of {fields['asset']} to {fields['recipient']}"
