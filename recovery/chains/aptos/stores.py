"""The write set of a transaction: who owns which store, of which asset, and what lies in it after.

Knows: the framework's resources that hold coins, fungible assets and objects. Must not know:
events, nodes, whose address is ours.

Only resources of the framework count, by their exact ``0x1::`` names: another package may name
its own resources alike. A change without a resource (tables, deletions) says nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from recovery.chains.aptos.wire import derive_primary_store, read_address, read_number
from recovery.chains.shape import read_bool, read_list, read_object, read_text

COIN_STORE = "0x1::coin::CoinStore<"
FUNGIBLE_STORE = "0x1::fungible_asset::FungibleStore"
CONCURRENT_BALANCE = "0x1::fungible_asset::ConcurrentFungibleBalance"
OBJECT = "0x1::object::ObjectCore"
PAIRED_COIN = "0x1::coin::PairedCoinType"

Handle = tuple[str, int]
"""Address and creation number: the identity of an old event stream."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One place that holds one asset for one owner. ``balance`` is what lies in it afterwards,
    None where the write set does not say (the store was deleted)."""

    namespace: str
    reference: str
    owner: str
    primary: bool
    balance: int | None = None
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class WriteSet:
    """``fungible`` by store, ``coins`` by owner and coin type, ``streams`` from old event streams
    to owner and coin type, ``objects`` their owners."""

    fungible: Mapping[str, Holding] = field(default_factory=dict)
    coins: Mapping[tuple[str, str], Holding] = field(default_factory=dict)
    streams: Mapping[Handle, tuple[str, str]] = field(default_factory=dict)
    objects: Mapping[str, str] = field(default_factory=dict)


def read_write_set(changes: Any, events: Iterable[tuple[str, Any]]) -> WriteSet:
    """Raises `Garbled` where a resource of the framework has not the framework's shape.

    ``events`` are types and data of the transaction's events: of a store that was deleted in the
    same transaction they are all that is left.
    """
    resources = _by_address(changes)
    objects = {
        address: read_address(found[OBJECT].get("owner"), "an object's owner")
        for address, found in resources.items()
        if OBJECT in found
    }
    fungible: dict[str, Holding] = {}
    coins: dict[tuple[str, str], Holding] = {}
    streams: dict[Handle, tuple[str, str]] = {}
    for name, data in events:
        if name == "0x1::fungible_asset::FungibleStoreDeletion":
            store, holding = _read_deleted(data)
            fungible[store] = holding
        elif name == "0x1::coin::CoinStoreDeletion":
            streams |= _read_closed_streams(data)
    for address, found in resources.items():
        if FUNGIBLE_STORE in found and address in objects:
            fungible[address] = _read_store(address, found, objects[address])
        for name, data in found.items():
            if name.startswith(COIN_STORE) and name.endswith(">"):
                coin_type = name[len(COIN_STORE) : -1]
                coins[address, coin_type] = _read_coins(address, coin_type, data)
                for stream in ("deposit_events", "withdraw_events"):
                    streams[_read_handle(data.get(stream))] = (address, coin_type)
    return WriteSet(fungible, coins, streams, objects)


def _by_address(changes: Any) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for item in read_list(changes, "changes"):
        change = read_object(item, "a change")
        if read_text(change.get("type"), "a change's type") != "write_resource":
            continue
        resource = read_object(change.get("data"), "a resource")
        name = read_text(resource.get("type"), "a resource's type")
        if name.startswith("0x1::"):
            address = read_address(change.get("address"), "a change's address")
            found.setdefault(address, {})[name] = read_object(resource.get("data"), name)
    return found


def _read_store(address: str, found: Mapping[str, Mapping[str, Any]], owner: str) -> Holding:
    store = found[FUNGIBLE_STORE]
    metadata = read_address(
        read_object(store.get("metadata"), "a store's metadata").get("inner"), "metadata"
    )
    balance = read_number(store.get("balance"), "a store's balance")
    if CONCURRENT_BALANCE in found:
        # a store that many may pay into at once keeps its balance in an aggregator instead
        aggregator = read_object(found[CONCURRENT_BALANCE].get("balance"), "an aggregator")
        balance += read_number(aggregator.get("value"), "an aggregator's value")
    return Holding(
        namespace="fungible",
        reference=metadata,
        owner=owner,
        primary=derive_primary_store(owner, metadata) == address,
        balance=balance,
        frozen=read_bool(store.get("frozen"), "frozen"),
    )


def _read_coins(address: str, coin_type: str, data: Mapping[str, Any]) -> Holding:
    coin = read_object(data.get("coin"), "a coin store's coin")
    return Holding(
        namespace="coin",
        reference=coin_type,
        owner=address,
        primary=True,
        balance=read_number(coin.get("value"), "a coin's value"),
        frozen=read_bool(data.get("frozen"), "frozen"),
    )


def _read_handle(value: Any) -> Handle:
    stream = read_object(read_object(value, "an event stream").get("guid"), "a stream's guid")
    identity = read_object(stream.get("id"), "a stream's id")
    return (
        read_address(identity.get("addr"), "a stream's address"),
        read_number(identity.get("creation_num"), "a stream's number"),
    )


def _read_deleted(value: Any) -> tuple[str, Holding]:
    data = read_object(value, "a store's deletion")
    store = read_address(data.get("store"), "a deleted store")
    owner = read_address(data.get("owner"), "a deleted store's owner")
    metadata = read_address(data.get("metadata"), "a deleted store's metadata")
    primary = derive_primary_store(owner, metadata) == store
    return store, Holding("fungible", metadata, owner, primary)


def _read_closed_streams(value: Any) -> dict[Handle, tuple[str, str]]:
    data = read_object(value, "a coin store's deletion")
    coin_type = read_text(data.get("coin_type"), "a deleted store's coin type")
    owner = read_address(data.get("event_handle_creation_address"), "a deleted store's address")
    return {
        (owner, read_number(data.get(name), name)): (owner, coin_type)
        for name in (
            "deleted_deposit_event_handle_creation_number",
            "deleted_withdraw_event_handle_creation_number",
        )
    }
