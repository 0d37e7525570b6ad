"""The text that a sender signs. Pure.

Knows: what a person must be able to read in a wallet before signing. Must not know: schemes, stores,
clocks, random numbers; moment and nonce are handed in. The text is stored and compared as a whole: nothing
ever reads it back, so nothing in it can be misread.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from recovery.networks import Network
from recovery.times import print_time

NONCE_BYTES = 20
"""160 random bits: a challenge can't be foreseen, and none was ever issued twice."""

_ALLOWED = re.compile(r"[\x20-\x7e]{1,200}")


def write_challenge(
    *,
    case_id: str,
    network: Network,
    address: str,
    tx_hash: str,
    nonce: str,
    issued_at: datetime,
    valid_for: timedelta,
    site: str | None = None,
) -> tuple[str, datetime]:
    """The text for one address of one case on one network, and when it ends.

    Printable ASCII in lines, none at the end: what every wallet shows and signs unchanged. It warns whoever
    is asked to sign it by somebody else: the signature gives the deposit to the case that is named. ``site`` is the
    desk's own, which a TON wallet's proof must name.
    Raises `ValueError` for a part that is not printable ASCII.
    """
    for part in (case_id, address, tx_hash, nonce, site or "none"):
        if not _ALLOWED.fullmatch(part):
            raise ValueError(f"{part[:40]!r} can't stand in a challenge")
    expires_at = (issued_at + valid_for).replace(microsecond=0)
    lines = (
        f"Proof of the sender for recovery case {case_id}",
        "",
        f"I control this address on {network.name} ({network.chain}):",
        address,
        "I claim the deposit that was sent from it in transaction:",
        tx_hash,
        "",
        "This only proves that I control the address. It moves nothing and allows nothing.",
        "If you did not open this case yourself, do not sign: it would give your deposit away.",
        "",
        *(() if site is None else (f"Site: {site}",)),
        f"Nonce: {nonce}",
        f"Issued: {print_time(issued_at.replace(microsecond=0))}",
        f"Expires: {print_time(expires_at)}",
    )
    return "\n".join(lines), expires_at
