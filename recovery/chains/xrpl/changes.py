"""What a transaction's metadata says that it changed: whose balance rose, whose NFT moved.

Knows: AccountRoot, RippleState, MPToken, NFTokenPage, Escrow and PayChannel nodes. Must not know:
what the transaction asked for; the metadata is what happened.

``AffectedNodes`` is part of the ledger itself, so a node's place in it is the same on every server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from recovery.chains.shape import Json, garbled, read_list, read_object, read_text
from recovery.chains.xrpl.amounts import (
    EXACT,
    XRP,
    Coin,
    read_code,
    read_drops,
    read_hex,
    read_issued,
    read_mpt,
    read_party,
    read_uint32,
)
from recovery.model import Amount, Memo, MemoKind
from recovery.networks import Network

_ACTIONS = ("CreatedNode", "ModifiedNode", "DeletedNode")


@dataclass(frozen=True, slots=True)
class Node:
    """One changed ledger entry. ``before`` holds only the fields that changed, with old values."""

    index: int
    action: str
    type: str
    key: str
    after: Json
    before: Json | None

    def was(self, name: str) -> Any:
        """The field's old value; where it did not change, its present one."""
        if self.before is not None and name in self.before:
            return self.before[name]
        return self.after.get(name)


@dataclass(frozen=True, slots=True)
class Change:
    """By how much one account's holding of one asset changed, and by which node.

    ``step`` is the last digit that the ledger could still tell at that size of balance: a
    trust line rounds to 16 digits, so a small payment on a large balance may differ by it.
    """

    node: int
    account: bytes
    coin: Coin
    amount: Amount
    step: Amount = 0


@dataclass(frozen=True, slots=True)
class Moved:
    """An NFT that changed its owner; ``before`` is None where it was minted."""

    node: int
    token: str
    before: bytes | None
    after: bytes


@dataclass(frozen=True, slots=True)
class Changes:
    """``redeemed``: what an issuer's debts fell by, per trust line. ``locked``: by how much the XRP
    held by escrows and payment channels changed. ``routed``: accounts that such an entry or a check
    names as its destination, with the tag given there."""

    holdings: tuple[Change, ...]
    redeemed: tuple[Change, ...]
    moved: tuple[Moved, ...]
    locked: int
    routed: Mapping[bytes, Memo | None] = field(default_factory=dict)
    scales: Mapping[str, int] = field(default_factory=dict)


def read_nodes(meta: Json) -> list[Node]:
    nodes = []
    seen: set[str] = set()
    for index, item in enumerate(read_list(meta.get("AffectedNodes"), "meta.AffectedNodes")):
        entry = read_object(item, "an affected node")
        if len(entry) != 1 or next(iter(entry)) not in _ACTIONS:
            raise garbled("an affected node is neither created, modified nor deleted")
        action, body = next(iter(entry.items()))
        node = read_object(body, action)
        place = node.get("LedgerIndex")
        if place is not None and str(place) in seen:
            raise garbled("one entry of the ledger is affected twice")
        seen.add(str(place))
        created = action == "CreatedNode"
        changed = "PreviousFields" in node
        # An entry that only got a new thread pointer may have no fields at all.
        fields = node.get("NewFields" if created else "FinalFields", {})
        after = read_object(fields, "the node's fields")
        before = read_object(node["PreviousFields"], "PreviousFields") if changed else None
        if before and not after:
            raise garbled("a changed entry without its fields")
        kind = read_text(node.get("LedgerEntryType"), "LedgerEntryType")
        key = read_hex(node.get("LedgerIndex"), "LedgerIndex", digits=64)
        nodes.append(Node(index, action, kind, key, after, before))
    return nodes


def decode_changes(network: Network, nodes: Sequence[Node]) -> Changes:
    """All changes of value, in the order of the nodes; of XRP even those by nothing: a payer whose
    fee equals what he got shows none."""
    holdings: list[Change] = []
    redeemed: list[Change] = []
    routed: dict[bytes, Memo | None] = {}
    scales: dict[str, int] = {}
    locked = 0
    for node in nodes:
        if node.type == "AccountRoot":
            holdings += _account(network, node)
        elif node.type == "RippleState":
            held, owed = _trust_line(network, node)
            holdings += held
            redeemed += owed
        elif node.type == "MPToken":
            holdings += _mptoken(network, node)
        elif node.type == "MPTokenIssuance":
            scales.update(_scale(network, node))
        elif node.type in {"Escrow", "PayChannel", "Check"}:
            locked += _locked(node)
            routed.update(_route(network, node))
    return Changes(
        tuple(holdings), tuple(redeemed), tuple(_moved_tokens(nodes)), locked, routed, scales
    )


def _account(network: Network, node: Node) -> Iterator[Change]:
    if "Account" not in node.after:
        if node.before:
            raise garbled("a changed account without its name")
        return  # threaded only
    account = _account_id(network, node.after["Account"], "AccountRoot.Account")
    created = node.action == "CreatedNode"
    # A zero balance is left out of a new entry (an AMM's account is born without XRP).
    now = read_drops(node.after.get("Balance", "0" if created else None), "AccountRoot.Balance")
    was = 0 if created else read_drops(node.was("Balance"), "AccountRoot.Balance")
    yield Change(node.index, account, XRP, now - was)


def _trust_line(network: Network, node: Node) -> tuple[list[Change], list[Change]]:
    """The balance is seen from the low account: positive, and low holds what high issued."""
    if "Balance" not in node.after:
        if node.before or node.action == "CreatedNode":
            raise garbled("a changed trust line without its balance")
        return [], []
    balance = read_object(node.after["Balance"], "RippleState.Balance")
    code = read_code(balance.get("currency"), "RippleState.Balance.currency")
    now = read_issued(balance.get("value"), "RippleState.Balance.value")
    old = read_object(node.was("Balance"), "RippleState.Balance")
    was = (
        Decimal(0)
        if node.action == "CreatedNode"
        else read_issued(old.get("value"), "RippleState.Balance.value")
    )
    low = _limit_account(network, node, "LowLimit")
    high = _limit_account(network, node, "HighLimit")
    held: list[Change] = []
    owed: list[Change] = []
    for holder, issuer, sign in ((low, high, 1), (high, low, -1)):
        change = EXACT.subtract(max(sign * now, Decimal(0)), max(sign * was, Decimal(0)))
        if change:
            coin = Coin(code=code, issuer=issuer)
            step = _step(max(abs(now), abs(was)))
            held.append(Change(node.index, holder, coin, change, step))
            if change < 0:
                owed.append(Change(node.index, issuer, coin, -change, step))
    return held, owed


def _step(size: Decimal) -> Decimal:
    """One unit of the last of 15 digits: balances have 15 or 16, and each step may round once."""
    return Decimal(1).scaleb(size.adjusted() - 14) if size else Decimal(0)


def _limit_account(network: Network, node: Node, side: str) -> bytes:
    limit = read_object(node.after.get(side), f"RippleState.{side}")
    return _account_id(network, limit.get("issuer"), f"RippleState.{side}.issuer")


def _mptoken(network: Network, node: Node) -> Iterator[Change]:
    if "MPTokenIssuanceID" not in node.after:
        if node.before or node.action == "CreatedNode":
            raise garbled("a changed MPToken without its issuance")
        return
    coin = Coin(mpt=read_hex(node.after["MPTokenIssuanceID"], "MPTokenIssuanceID", digits=48))
    account = _account_id(network, node.after.get("Account"), "MPToken.Account")
    # A zero amount is left out of the entry, and a field that was left out has no old value: an
    # empty PreviousFields then is the trace of a holding that rose from nothing.
    now = read_mpt(node.after.get("MPTAmount", "0"), "MPTAmount")
    was = read_mpt(node.was("MPTAmount") or "0", "MPTAmount")
    if node.action == "CreatedNode" or (node.before == {} and "LockedAmount" not in node.after):
        was = 0
    if now != was:
        yield Change(node.index, account, coin, now - was)


def _scale(network: Network, node: Node) -> Iterator[tuple[str, int]]:
    """The issuance's id is its sequence and issuer; it says how many decimals people see."""
    if "Sequence" not in node.after or "Issuer" not in node.after:
        return
    sequence = read_uint32(node.after["Sequence"], "MPTokenIssuance.Sequence")
    issuer = _account_id(network, node.after["Issuer"], "MPTokenIssuance.Issuer")
    scale = read_uint32(node.after.get("AssetScale", 0), "AssetScale")
    yield f"{sequence:08X}{issuer.hex().upper()}", scale


def _locked(node: Node) -> int:
    """How the XRP that the entry itself holds changed; a check holds none."""
    if node.type == "Check" or (not node.after and node.action == "ModifiedNode"):
        return 0
    if isinstance(node.after.get("Amount"), dict):
        return 0  # an escrow of tokens
    now, was = (_held(node, value) for value in (node.after.get, node.was))
    if node.action == "CreatedNode":
        was = 0
    return (0 if node.action == "DeletedNode" else now) - was


def _held(node: Node, value: Any) -> int:
    amount = read_drops(value("Amount"), f"{node.type}.Amount")
    if node.type == "Escrow":
        return amount
    paid = value("Balance")
    return amount - (0 if paid is None else read_drops(paid, "PayChannel.Balance"))


def _route(network: Network, node: Node) -> Iterator[tuple[bytes, Memo | None]]:
    if not node.after and node.action == "ModifiedNode":
        return  # threaded only
    account = _account_id(network, node.after.get("Destination"), f"{node.type}.Destination")
    yield account, read_tag(node.after)


def read_tag(fields: Json) -> Memo | None:
    """The destination tag. Tag 0 is a tag; only a field that is not there is none."""
    if "DestinationTag" not in fields:
        return None
    return Memo(MemoKind.TAG, str(read_uint32(fields["DestinationTag"], "DestinationTag")))


def _moved_tokens(nodes: Sequence[Node]) -> Iterator[Moved]:
    """NFTs by owner before and after: pages split and merge, so only their union tells."""
    before: dict[str, bytes] = {}
    after: dict[str, tuple[bytes, int]] = {}
    for node in nodes:
        if node.type != "NFTokenPage" or (not node.after and node.action == "ModifiedNode"):
            continue
        owner = bytes.fromhex(node.key[:40])  # a page's index begins with its owner's AccountID
        if node.action != "CreatedNode":
            before.update(dict.fromkeys(_tokens(node.was("NFTokens")), owner))
        if node.action != "DeletedNode":
            after.update(dict.fromkeys(_tokens(node.after.get("NFTokens")), (owner, node.index)))
    for token, (owner, index) in after.items():
        if before.get(token) != owner:
            yield Moved(index, token, before.get(token), owner)


def _tokens(value: Any) -> Iterator[str]:
    for item in read_list(value, "NFTokens"):
        token = read_object(read_object(item, "NFTokens").get("NFToken"), "NFToken")
        yield read_hex(token.get("NFTokenID"), "NFTokenID", digits=64)


def _account_id(network: Network, value: Any, what: str) -> bytes:
    party = read_party(network, value, what)
    assert party.key is not None
    return party.key.payload
