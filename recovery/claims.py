"""A claim as typed becomes a `Claim`: cleaned, bounded, and refused where it makes no sense.

Knows: which parts of a claim can be checked before anything is asked. Must not know: evidence.
"""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation

from recovery.errors import BadInput
from recovery.model import Address, Claim
from recovery.networks import Network, load_registry

MAX_TEXT = 512
"""Longer than any address, memo or explorer URL that means something."""


def parse_claim(
    tx_hash: str,
    *,
    network: str | None = None,
    user: str | None = None,
    address: str | None = None,
    memo: str | None = None,
    asset: str | None = None,
    amount: str | None = None,
    development: Iterable[Network] = (),
) -> Claim:
    """Check what a person typed; raises `BadInput` that names the part and what would be right.

    An address must be one of some network; text that could be anything, of the named one or of
    one that the hash fits. ``development``: rows whose profile is in force, with addresses of
    their own. The hash is else only bounded here: which networks it fits is
    triage's answer.
    """
    row = load_registry().find(network) if network else None
    claim = Claim(
        tx_hash=_clean("HASH", tx_hash),
        network=row.code if row else None,
        user=_optional("--user", user),
        address=_optional("--address", address),
        memo=None if memo is None else _bounded("--memo", memo),
        asset=_optional("--asset", asset),
        amount=None if amount is None else parse_amount(amount),
    )
    if claim.address is not None:
        _check_address(claim, tuple(development))
    return claim


def parse_amount(text: str) -> Decimal:
    """Whole coins as a person types them; raises `BadInput`."""
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0 or abs(amount.adjusted()) > 100:
        raise BadInput(
            "bad-amount",
            f"{text[:80]!r} is not an amount",
            hint="write whole coins with a point, such as 12.5",
            where="--amount",
        )
    return amount


def _check_address(claim: Claim, development: Sequence[Network]) -> None:
    """A name or a few digits are an address only where the claim can be on that network at all:
    almost any word is a NEAR account's name, and 0x12 an address of Aptos and Sui."""
    from recovery.chains.codecs import (
        find_networks_for_address,
        find_networks_for_hash,
        parse_address,
    )

    registry = load_registry()
    assert claim.address is not None
    readings = list(find_networks_for_address(registry, claim.address))
    for row in development:
        with contextlib.suppress(BadInput):
            readings.append(parse_address(row, claim.address))
    if any(not _is_weak(reading, claim.address) for reading in readings):
        return
    if claim.network is not None:
        named = next((r for r in development if r.code == claim.network), None)
        parse_address(named or registry[claim.network], claim.address)
        return
    possible = {r.network for r in find_networks_for_hash(registry, claim.tx_hash)}
    if any(r.network in possible and not _is_cut(r, claim.address) for r in readings):
        return
    raise BadInput(
        "bad-address",
        f"{claim.address!r} is not an address of a network that this hash can be on",
        hint="paste the whole deposit address; `recovery networks` lists the networks",
        where="--address",
    )


def _is_weak(reading: Address, text: str) -> bool:
    return reading.form in ("named", "account-name", "entity-number") or _is_cut(reading, text)


def _is_cut(reading: Address, text: str) -> bool:
    """32 bytes written short: so are the chain's own system addresses, and an address cut off."""
    return reading.form == "hex32" and len(text) < 60


def _bounded(where: str, text: str) -> str:
    if len(text) > MAX_TEXT:
        raise BadInput(
            "too-long",
            f"{where} has {len(text)} characters",
            hint=f"at most {MAX_TEXT}",
            where=where,
        )
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in text if c not in "\t\n\r"):
        raise BadInput("bad-text", f"{where} has control characters", where=where)
    return text


def _clean(where: str, text: str) -> str:
    cleaned = _bounded(where, text).strip()
    if not cleaned:
        raise BadInput("empty", f"{where} is empty", where=where)
    return cleaned


def _optional(where: str, text: str | None) -> str | None:
    return None if text is None else _clean(where, text)
