"""The kinds of import files: their columns, and how one line becomes one row.

Knows: the outer contract's columns, and what each row must say to make sense by itself. Must not
know: files, the database's state. What rows say about each other is `recovery.records.importer`.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from recovery.assets import parse_asset
from recovery.cases.people import parse_actor, person_of
from recovery.cases.table import Role
from recovery.chains.codecs import parse_address, parse_hash
from recovery.clock import now
from recovery.errors import BadInput
from recovery.model import Address, AssetId, NetworkCode
from recovery.networks import Network, load_registry
from recovery.records.cells import (
    need,
    parse_amount,
    parse_currency,
    parse_decimals,
    parse_limit,
    parse_member,
    parse_moment,
    parse_network,
    parse_period,
    parse_position,
    parse_price,
    refuse,
)
from recovery.records.port import (
    AccountStatus,
    AddressRole,
    KeyScheme,
    ListingStatus,
    TokenFlag,
)

Cells = Mapping[str, str]
Row = dict[str, Any]
Profiles = Mapping[NetworkCode, str]

CLOCK_SKEW = timedelta(minutes=5)
"""A price from further ahead is refused: it would stay "the newest" and "fresh" for too long."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file.

    ``append_only``: a later file may not say otherwise of the same key (ledgers), else it may.
    ``period``: the key without ``valid_from`` where periods of one thing must not overlap.
    """

    name: str
    table: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    parse: Callable[[Cells, Profiles], Row]
    append_only: bool = False
    period: tuple[str, ...] = ()


def _parse_listing(cells: Cells, profiles: Profiles) -> Row:
    network = parse_network(need(cells, "network"), profiles)
    asset = _asset(network, need(cells, "asset"))
    valid_from, valid_to = parse_period(cells)
    flags = {parse_member(TokenFlag, f, "flag") for f in cells.get("flags", "").split()}
    row: Row = {
        "network": network.code,
        "asset": asset,
        "symbol": need(cells, "symbol"),
        "decimals": parse_decimals(cells["decimals"], asset=asset),
        "status": parse_member(ListingStatus, need(cells, "status"), "status").value,
        "name": cells.get("name") or None,
        "flags": " ".join(sorted(flags)),
        "valid_from": valid_from,
        "valid_to": valid_to,
    }
    for column in ("min_deposit", "denomination"):
        text = cells.get(column)
        row[column] = parse_amount(text, column, asset=asset) if text else None
    if row["denomination"] == 0:
        raise refuse("denomination 0 is no step", "leave it empty where any amount is credited")
    return row


def _parse_address(cells: Cells, profiles: Profiles) -> Row:
    network = parse_network(need(cells, "network"), profiles)
    address = parse_address(network, need(cells, "address"))
    role = parse_member(AddressRole, need(cells, "role"), "role")
    memo = _memo(cells.get("memo", ""), address)
    owner = cells.get("user") or None
    _check_routing(role, memo, owner)
    scheme = cells.get("key_scheme")
    valid_from, valid_to = parse_period(cells)
    return {
        "scheme": address.key.scheme,
        "payload": address.key.payload,
        "memo": memo,
        "network": network.code,
        "valid_from": valid_from,
        "valid_to": valid_to,
        "address": address.text,
        "role": role.value,
        "owner": owner,
        "key_scheme": parse_member(KeyScheme, scheme, "key_scheme").value if scheme else "single",
        "can_sign": _parse_can_sign(cells.get("can_sign"), network.code),
    }


def _memo(written: str, address: Address) -> str:
    """The memo exactly as written, or the one that the address itself carries."""
    if address.memo is None:
        return written if written.strip() else ""
    if written.strip() and written != address.memo.value:
        raise refuse(
            f"memo {written[:80]!r}, but the address itself carries {address.memo.value!r}"
        )
    return address.memo.value


def _check_routing(role: AddressRole, memo: str, owner: str | None) -> None:
    """A row names a user exactly where a deposit there is that user's."""
    if memo and role not in (AddressRole.SHARED, AddressRole.RETIRED):
        raise refuse(
            f"an address of role {role} has no memos",
            "an address whose memo decides has the role shared: one row without a memo, one per user's memo",
        )
    if role is AddressRole.DEPOSIT and owner is None:
        raise refuse("user is empty: a deposit address is one user's")
    if role is AddressRole.SHARED and memo and owner is None:
        raise refuse("user is empty: whose memo is it?")
    nobodys = role in (AddressRole.HOT, AddressRole.COLD) or (
        role is AddressRole.SHARED and not memo
    )
    if nobodys and owner is not None:
        raise refuse(
            f"user {owner[:80]!r}: a {role} address is no one user's",
            "leave user empty, or name the user's memo" if role is AddressRole.SHARED else "",
        )


@functools.lru_cache(maxsize=4096)
def _parse_can_sign(text: str | None, own: NetworkCode) -> str | None:
    if text is None:
        return None
    codes = {load_registry().find(name).code for name in text.replace(",", " ").split()}
    return " ".join(sorted(codes or {own}))


def _parse_account(cells: Cells, _profiles: Profiles) -> Row:
    return {
        "owner": need(cells, "user"),
        "status": parse_member(AccountStatus, need(cells, "status"), "status").value,
        "reason": cells.get("reason") or None,
    }


def _parse_credit(cells: Cells, profiles: Profiles) -> Row:
    network = parse_network(need(cells, "network"), profiles)
    asset = _asset(network, need(cells, "asset"))
    return {
        "network": network.code,
        "tx_hash": parse_hash(network, need(cells, "tx_hash")),
        "transfer": parse_position(need(cells, "transfer")),
        "owner": need(cells, "user"),
        "asset": asset,
        "amount": parse_amount(need(cells, "amount"), "amount", asset=asset),
        "credited_at": parse_moment(need(cells, "credited_at"), "credited_at"),
    }


def _parse_withdrawal(cells: Cells, profiles: Profiles) -> Row:
    network = parse_network(need(cells, "network"), profiles)
    asset = _asset(network, need(cells, "asset"))
    destination = parse_address(network, need(cells, "destination"))
    return {
        "network": network.code,
        "tx_hash": parse_hash(network, need(cells, "tx_hash")),
        "destination": destination.text,
        "asset": asset,
        "owner": need(cells, "user"),
        "amount": parse_amount(need(cells, "amount"), "amount", asset=asset),
        "scheme": destination.key.scheme,
        "payload": destination.key.payload,
        "sent_at": parse_moment(need(cells, "sent_at"), "sent_at"),
    }


def _parse_screened(cells: Cells, profiles: Profiles) -> Row:
    network = parse_network(need(cells, "network"), profiles)
    address = parse_address(network, need(cells, "address"))
    return {
        "scheme": address.key.scheme,
        "payload": address.key.payload,
        "network": network.code,
        "list_name": need(cells, "list"),
        "address": address.text,
        "reason": cells.get("reason") or None,
        "withdrawn_at": _parse_past(cells, "withdrawn_at"),
    }


def _parse_past(cells: Cells, column: str) -> datetime | None:
    """A moment that has come, None where the cell is empty: nothing is withdrawn in advance."""
    text = cells.get(column)
    if not text:
        return None
    moment = parse_moment(text, column)
    if moment > now() + CLOCK_SKEW:
        raise refuse(f"{column} {text[:80]} lies in the future")
    return moment


def _parse_exchange(cells: Cells, profiles: Profiles) -> Row:
    network = parse_network(need(cells, "network"), profiles)
    address = parse_address(network, need(cells, "address"))
    return {
        "scheme": address.key.scheme,
        "payload": address.key.payload,
        "network": network.code,
        "address": address.text,
        "name": need(cells, "name"),
    }


def _parse_price_row(cells: Cells, _profiles: Profiles) -> Row:
    as_of = parse_moment(need(cells, "as_of"), "as_of")
    if as_of > now() + CLOCK_SKEW:
        raise refuse(f"as_of {cells['as_of']} lies in the future")
    return {
        "asset": parse_asset(None, need(cells, "asset")),
        "currency": parse_currency(need(cells, "currency")),
        "as_of": as_of,
        "price": parse_price(need(cells, "price")),
    }


@functools.lru_cache(maxsize=4096)
def _asset_of(code: NetworkCode, profile: str | None, text: str) -> AssetId:
    return parse_asset(parse_network(code, {code: profile} if profile else {}), text)


def _asset(network: Network, text: str) -> AssetId:
    return _asset_of(network.code, network.profile, text)


def _parse_staff(cells: Cells, _profiles: Profiles) -> Row:
    actor = parse_actor(need(cells, "actor"), where="actor")
    role = parse_member(Role, need(cells, "role"), "role")
    if role is Role.DESK:
        others = ", ".join(member for member in Role if member is not Role.DESK)
        raise refuse("desk is the desk itself, no person's role", f"one of: {others}")
    valid_from, valid_to = parse_period(cells)
    limit = cells.get("limit")
    return {
        "person": person_of(actor),
        "role": role.value,
        "valid_from": valid_from,
        "valid_to": valid_to,
        "actor": actor,
        "most": parse_limit(limit) if limit else None,
    }


_PERIOD = ("valid_from", "valid_to")

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name="listings",
            table="listings",
            required=("network", "asset", "symbol", "decimals", "status"),
            optional=("name", "min_deposit", "denomination", "flags", *_PERIOD),
            parse=_parse_listing,
            period=("network", "asset"),
        ),
        Kind(
            name="addresses",
            table="addresses",
            required=("network", "address", "role"),
            optional=("memo", "user", "key_scheme", "can_sign", *_PERIOD),
            parse=_parse_address,
            period=("scheme", "payload", "memo", "network"),
        ),
        Kind(
            name="accounts",
            table="accounts",
            required=("user", "status"),
            optional=("reason",),
            parse=_parse_account,
        ),
        Kind(
            name="credits",
            table="credits",
            required=(
                "network",
                "tx_hash",
                "transfer",
                "user",
                "asset",
                "amount",
                "credited_at",
            ),
            optional=(),
            parse=_parse_credit,
            append_only=True,
        ),
        Kind(
            name="withdrawals",
            table="withdrawals",
            required=(
                "network",
                "tx_hash",
                "user",
                "asset",
                "amount",
                "destination",
                "sent_at",
            ),
            optional=(),
            parse=_parse_withdrawal,
            append_only=True,
        ),
        Kind(
            name="screening",
            table="screening",
            required=("network", "address", "list"),
            optional=("reason", "withdrawn_at"),
            parse=_parse_screened,
        ),
        Kind(
            name="exchanges",
            table="exchanges",
            required=("network", "address", "name"),
            optional=(),
            parse=_parse_exchange,
        ),
        Kind(
            name="prices",
            table="prices",
            required=("asset", "currency", "price", "as_of"),
            optional=(),
            parse=_parse_price_row,
        ),
        Kind(
            name="staff",
            table="staff",
            required=("actor", "role"),
            optional=("limit", *_PERIOD),
            parse=_parse_staff,
            period=("person", "role"),
        ),
    )
}


def find_kind(name: str) -> Kind:
    """The kind of that name; raises `BadInput` with the nearest one."""
    kind = KINDS.get(name.strip().lower())
    if kind is None:
        near = difflib.get_close_matches(name.lower(), KINDS, n=1, cutoff=0.5)
        meant = f", did you mean {near[0]!r}?" if near else ""
        raise BadInput(
            "unknown-import",
            f"there are no {name[:80]!r} to import{meant}",
            hint=f"one of: {', '.join(KINDS)}",
        )
    return kind
