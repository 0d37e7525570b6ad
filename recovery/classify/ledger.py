"""What the credit ledger says of one transaction: which of its transfers each row books.

Knows: how rows name transfers, and how a reorganisation can move a transfer away from its row. Must not
know: tables, what follows for the claim.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recovery.classify.facts import Fact, Known, Unknown
from recovery.classify.lookups import Look, Lookups, known_owner
from recovery.model import Evidence, Transfer
from recovery.records.port import Credit


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger's rows of one transaction, each at the transfer it books.

    ``doubt``: a row that does not fit, in words; then nobody knows what is booked.
    """

    rows: tuple[Credit, ...]
    placed: Mapping[int, tuple[Credit, ...]]
    doubt: str | None = None

    def booked(self, transfer: Transfer | None) -> tuple[Credit, ...]:
        return self.rows if transfer is None else self.placed.get(transfer.index, ())


def read_ledger(asked: Lookups, look: Look) -> Ledger:
    """Which transfer each row books, compared with what the row itself says.

    A reorganisation can move a transfer to another place of its block after it was booked: a row
    is then found at a stranger's transfer, or at another one of ours.
    """
    rows = asked.credits.get(look.key, ()) if look.key else ()
    aliased = [row for key in look.alias_keys for row in asked.credits.get(key, ())]
    if aliased and not rows:
        text = f"the ledger credits {aliased[0].tx_hash}, which is the same action by another hash"
        return Ledger((), {}, text)
    if not rows:
        return Ledger((), {})
    ours = [t for t in look.transfers if asked.rows_of(t)]
    placed: dict[int, tuple[Credit, ...]] = {}
    doubt = None
    for row in rows:
        named = next((t for t in ours if _is_named(row, t)), None)
        if named is None:
            doubt = f"the ledger credits {row.transfer} of this transaction, which did not reach us"
        elif row.asset != named.asset:
            doubt = f"the ledger credits another asset at {row.transfer} than arrived there"
        elif _fits_better(
            row, named, [t for t in ours if not any(_is_named(r, t) for r in rows)], look
        ):
            doubt = f"what the ledger credits at {row.transfer} arrived at another place"
        else:
            placed[named.index] = (*placed.get(named.index, ()), row)
    return Ledger(rows, placed, doubt)


def _is_named(row: Credit, transfer: Transfer) -> bool:
    return row.transfer in (transfer.position, str(transfer.index))


def _fits_better(row: Credit, named: Transfer, unnamed: Sequence[Transfer], look: Look) -> bool:
    """The row's amount and user are not those of the transfer it names, and are those of another."""

    def fits(transfer: Transfer) -> bool:
        owner = known_owner(look.routes.get(transfer.index))
        return (transfer.asset, transfer.amount) == (row.asset, row.amount) and owner == row.user

    return not fits(named) and any(fits(transfer) for transfer in unnamed)


def is_complete(asked: Lookups, evidence: Evidence, read: Ledger) -> Fact[bool]:
    """Known where the ledger is complete up to this transaction and every row of it fits."""
    if read.doubt is not None:
        return Unknown("credits", read.doubt)
    if asked.complete_through is None:
        return Unknown("credits", "the credit ledger was never declared complete")
    time = evidence.block.time if evidence.block else None
    if time is None or time > asked.complete_through:
        why = "the credit ledger is not declared complete up to this transaction"
        return Unknown("credits", why)
    return Known(True)
