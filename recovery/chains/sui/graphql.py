"""Sui's GraphQL API: the queries, and one answer read into the common shape.

Knows: the schema of ``sui-indexer-alt-graphql``. Must not know: HTTP, what rows mean for a deposit.

Lists come in pages of 50. The answers of one transaction are named ``tx`` (the first page of both
lists) and ``more`` (the pages after it, in order).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from recovery.chains.shape import garbled, read_bool, read_list, read_object, read_text
from recovery.chains.sui.seen import (
    BalanceRow,
    Handed,
    Seen,
    is_coin,
    read_address,
    read_number,
    read_signed,
    read_time,
)
from recovery.model import Block

_OWNER = (
    "owner { __typename ... on AddressOwner { address { address } }"
    " ... on ConsensusAddressOwner { address { address } }"
    " ... on ObjectOwner { address { address } } }"
)
_PAGE = "pageInfo { hasNextPage endCursor }"

_TRANSACTION = (
    "query ($digest: String!, $rows: String, $objects: String) { chainIdentifier"
    " transaction(digest: $digest) { digest sender { address } gasInput { gasSponsor { address } }"
    " effects { status executionError { message } timestamp checkpoint { sequenceNumber digest }"
    " gasEffects { gasSummary { computationCost storageCost storageRebate } }"
    f" balanceChanges(first: 50, after: $rows) {{ {_PAGE}"
    " nodes { owner { address } coinType { repr } amount } }"
    f" objectChanges(first: 50, after: $objects) {{ {_PAGE}"
    f" nodes {{ address inputState {{ {_OWNER} }}"
    f" outputState {{ {_OWNER} asMoveObject {{ contents {{ type {{ repr }} }} }} }} }} }} }} }} }}"
)

_HEAD = (
    "{ chainIdentifier checkpoint { sequenceNumber timestamp } epoch { referenceGasPrice }"
    ' serviceConfig { availableRange(type: "Query", field: "transactions",'
    ' filters: ["affectedAddress"]) { first { sequenceNumber } last { sequenceNumber } } } }'
)

_COIN = "query ($type: String!) { coinMetadata(coinType: $type) { decimals symbol name } }"

_BALANCE = (
    "query ($owner: SuiAddress!, $type: String!) { address(address: $owner)"
    " { balance(coinType: $type) { totalBalance } } }"
)

Cursors = tuple[str | None, str | None]


def ask_transaction(digest: str, after: Cursors = (None, None)) -> dict[str, Any]:
    """The request's body; ``after`` are the cursors of balance and of object changes."""
    rows, objects = after
    return {
        "query": _TRANSACTION,
        "variables": {"digest": digest, "rows": rows, "objects": objects},
    }


def ask_head() -> dict[str, Any]:
    return {"query": _HEAD, "variables": {}}


def ask_coin(coin_type: str) -> dict[str, Any]:
    return {"query": _COIN, "variables": {"type": coin_type}}


def ask_balance(owner: str, coin_type: str) -> dict[str, Any]:
    return {"query": _BALANCE, "variables": {"owner": owner, "type": coin_type}}


def find_next(tx: Any, after: Cursors) -> Cursors | None:
    """The cursors of the page after this one, None after the last; raises `Garbled`.

    A list that has ended keeps its last cursor, so that its next page is empty.
    """
    effects = read_object(read_object(tx, "transaction").get("effects"), "effects")
    cursors: list[str | None] = []
    further = False
    for name, last in zip(("balanceChanges", "objectChanges"), after, strict=True):
        page = read_object(read_object(effects.get(name), name).get("pageInfo"), "pageInfo")
        end = page.get("endCursor")
        if read_bool(page.get("hasNextPage"), "hasNextPage"):
            further = True
            if read_text(end, "endCursor") == last:
                raise garbled("a page that ends where it began")
        cursors.append(end if isinstance(end, str) else last)
    return (cursors[0], cursors[1]) if further else None


def read_transaction(answers: Mapping[str, Any]) -> Seen:
    """Raises `Garbled` where the answer has not the schema's shape."""
    tx = read_object(answers.get("tx"), "transaction")
    pages = [tx, *read_list(answers.get("more", []), "more")]
    effects = read_object(tx.get("effects"), "effects")
    status = effects.get("status")
    if status not in ("SUCCESS", "FAILURE"):
        raise garbled(f"no status: {status!r:.40}")
    sender = _address(tx.get("sender"), "the sender") if tx.get("sender") is not None else None
    return Seen(
        digest=read_text(tx.get("digest"), "the digest"),
        sender=sender,
        payer=_read_payer(tx, sender),
        succeeded=status == "SUCCESS",
        error=_read_error(effects.get("executionError")),
        fee=_read_fee(effects),
        block=_read_block(effects),
        rows=tuple(_read_row(n) for n in _nodes(pages, "balanceChanges")),
        handed=tuple(_read_handed(_nodes(pages, "objectChanges"))),
    )


def _nodes(pages: Iterable[Any], name: str) -> Iterator[dict[str, Any]]:
    for page in pages:
        effects = read_object(read_object(page, "a page").get("effects"), "effects")
        for node in read_list(read_object(effects.get(name), name).get("nodes"), name):
            yield read_object(node, name)


def _address(value: Any, what: str) -> str:
    return read_address(read_object(value, what).get("address"), what)


def _read_payer(tx: Mapping[str, Any], sender: str | None) -> str | None:
    if sender is None:  # the system pays itself
        return None
    gas = read_object(tx.get("gasInput"), "gasInput")
    return _address(gas.get("gasSponsor"), "the gas's payer")


def _read_error(value: Any) -> str | None:
    message = value.get("message") if isinstance(value, dict) else None
    return message if isinstance(message, str) else None


def _read_fee(effects: Mapping[str, Any]) -> int:
    gas = read_object(effects.get("gasEffects"), "gasEffects")
    summary = read_object(gas.get("gasSummary"), "gasSummary")
    computation, storage, rebate = (
        read_number(summary.get(name), name)
        for name in ("computationCost", "storageCost", "storageRebate")
    )
    return computation + storage - rebate


def _read_block(effects: Mapping[str, Any]) -> Block | None:
    if effects.get("checkpoint") is None:
        return None
    checkpoint = read_object(effects["checkpoint"], "the checkpoint")
    return Block(
        height=read_number(checkpoint.get("sequenceNumber"), "sequenceNumber"),
        hash=read_text(checkpoint.get("digest"), "the checkpoint's digest"),
        time=read_time(effects.get("timestamp"), "timestamp"),
    )


def _read_row(node: Mapping[str, Any]) -> BalanceRow:
    kind = read_object(node.get("coinType"), "coinType")
    return BalanceRow(
        owner=_address(node.get("owner"), "a balance's owner"),
        coin_type=read_text(kind.get("repr"), "a coin's type"),
        amount=read_signed(node.get("amount"), "a balance's change"),
    )


def _read_handed(nodes: Iterable[Mapping[str, Any]]) -> Iterator[Handed]:
    for node in nodes:
        after = node.get("outputState")
        if after is None:  # deleted, or wrapped into another object
            continue
        taker, owned = _read_owner(read_object(after, "an object"))
        moved = read_object(after, "an object").get("asMoveObject")
        if taker is None or not owned or moved is None:  # shared, frozen, inside another; a package
            continue
        contents = read_object(read_object(moved, "a Move object").get("contents"), "contents")
        kind = read_text(read_object(contents.get("type"), "a type").get("repr"), "a type")
        before = node.get("inputState")
        giver = None if before is None else _read_owner(read_object(before, "an object"))[0]
        if giver != taker and not is_coin(kind):
            yield Handed(read_address(node.get("address"), "an object"), kind, giver, taker)


_OWNED = {"AddressOwner": True, "ConsensusAddressOwner": True, "ObjectOwner": False}


def _read_owner(state: Mapping[str, Any]) -> tuple[str | None, bool]:
    """Who owns an object, and whether it is an address; nobody owns what is shared or frozen."""
    owner = read_object(state.get("owner"), "an object's owner")
    kind = read_text(owner.get("__typename"), "the kind of an owner")
    if kind in ("Shared", "Immutable"):
        return None, False
    if kind not in _OWNED:
        raise garbled(f"an owner of an unknown kind: {kind:.40}")
    return _address(owner.get("address"), "an object's owner"), _OWNED[kind]


def read_chain(value: Any) -> str:
    """The short chain identifier; newer services give the whole digest it is the beginning of."""
    text = read_text(value, "chainIdentifier")
    if re.fullmatch(r"[0-9a-f]{8}", text):
        return text
    from base58_bech32.base58 import b58decode

    try:
        return b58decode(text, max_length=44)[:4].hex()
    except ValueError:
        raise garbled(f"no chain identifier: {text:.60}") from None
