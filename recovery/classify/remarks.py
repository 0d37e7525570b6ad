"""Where the claim and the chain differ: notes for people, which decide nothing.

Knows: the claim's words beside the transfer. Must not know: verdicts.
"""

from __future__ import annotations

from fractions import Fraction

from recovery.classify.facts import Facts
from recovery.classify.results import coins
from recovery.model import Note


def compare_claim(facts: Facts) -> list[Note]:
    """One note for each thing the customer said that the transfer does not show."""
    claim, transfer = facts.claim, facts.transfer
    if transfer is None:
        return []
    notes = []
    if claim.address is not None and not facts.names_claimed:
        notes.append(
            Note(
                "claimed_address_differs", "The transfer paid another address than the claim names."
            )
        )
    written = transfer.memo.value if transfer.memo else None
    if claim.memo is not None and claim.memo != written:
        text = "The transfer carries another memo than the claim names."
        if written is None:
            text = "The claim names a memo; the transfer carries none."
        notes.append(Note("claimed_memo_differs", text))
    if claim.amount is not None:
        amount = coins(facts, transfer.amount)
        if amount is not None and amount != Fraction(claim.amount):
            notes.append(
                Note(
                    "claimed_amount_differs",
                    "The amount of the claim is not the amount that arrived.",
                )
            )
    if claim.asset is not None and not _is_same_asset(claim.asset, facts):
        notes.append(
            Note("claimed_asset_differs", "The asset of the claim is not the asset that arrived.")
        )
    return notes


def _is_same_asset(claimed: str, facts: Facts) -> bool:
    transfer = facts.transfer
    assert transfer is not None
    said = claimed.strip().casefold()
    names = {transfer.asset.casefold(), (transfer.symbol or "").casefold()}
    if facts.view.listing is not None:
        names.add(facts.view.listing.symbol.casefold())
    if facts.native:
        names.add("native")
    return said in names
