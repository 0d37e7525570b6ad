"""Layers beside the plain ledger: value that is on its way to us, or hidden, but not on our address.

Knows: the codes by which adapters note such layers. Must not know: what is done about them.
"""

from __future__ import annotations

from recovery.model import Evidence, Transfer

LAYER_NOTES = {
    "wrong_layer": "The value went into a layer beside the plain chain.",
    "mweb": "The value went into MWEB, where neither amount nor address can be seen.",
    "shielded_outputs": "The value went into a shielded pool, where only a viewing key shows it.",
    "lightning": "The payment belongs to a Lightning channel.",
    "claimable_balance": "The value waits as a claimable balance and is not on any account yet.",
    "unclaimed_bridge": "The value waits in a bridge until somebody claims it.",
    "retryable_ticket": "The value waits in a retryable ticket until somebody redeems it.",
    "ibc_in_flight": "The value is on its way over IBC: it arrives, or goes back to the sender.",
}
"""Codes of evidence notes, and what each says of the whole transaction."""

LAYER_TYPES = frozenset(
    {
        "claimable_balance",
        "pending_airdrop",
        "unclaimed_bridge",
        "retryable_ticket",
        "ibc_in_flight",
    }
)
"""Transfer types that name us as the one who may claim, while nothing has arrived."""


def find_hidden_layer(evidence: Evidence, transfer: Transfer | None) -> str | None:
    """What is beside the plain chain, in a sentence; None where it is an ordinary transfer."""
    if transfer is not None:
        kind = transfer.type
        return (
            LAYER_NOTES.get(kind, "The value waits to be claimed.") if kind in LAYER_TYPES else None
        )
    return next((LAYER_NOTES[n.code] for n in evidence.notes if n.code in LAYER_NOTES), None)
