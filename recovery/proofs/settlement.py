"""What becomes of verification deposits: money of the customer's beside the quote. Pure.

Knows: what the trail of a case says of them. Must not know: stores, nodes, how they were found.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from recovery.cases.table import FINISHED, State

if TYPE_CHECKING:  # cases print themselves with this
    from recovery.cases.values import Case

_ENDED = FINISHED - {State.SETTLED}
_NAMES = ("network", "tx_hash", "position", "amount")


def find_settlement_lines(case: Case) -> list[dict[str, Any]]:
    """One line for each verification deposit of the case; whoever settles it pays these too.

    ``becomes``: ``credit`` or ``return``, together with the case and to the same place; ``open`` while that is
    not decided; ``credited`` where its own memo names the customer, so that the ordinary deposit system
    books it; ``released`` where the case ended without paying: it can be claimed like any deposit.
    """
    return [
        {**{name: told[name] for name in _NAMES}, "becomes": _becomes(case, told, entry.seq)}
        for entry in case.trail
        for told in entry.detail.get("deposits", ())
    ]


def _becomes(case: Case, told: Mapping[str, Any], seq: int) -> str:
    if not told["follows_case"]:
        return "credited"
    if any(entry.seq > seq and entry.to_state in _ENDED for entry in case.trail):
        return "released"
    return "open" if case.destination is None else case.destination.kind
