"""Sui's JSON-RPC, which self-hosted nodes may still serve: one answer read into the common shape.

Knows: ``sui_getTransactionBlock`` and its kin. Must not know: HTTP, what rows mean for a deposit.

An object's change does not tell who owned it before. An object that somebody other than the sender
or the gas's payer owns afterwards was handed to him: nobody else's owned objects can be touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from recovery.chains import shape
from recovery.chains.shape import garbled, read_list, read_object, read_text
from recovery.chains.sui.seen import (
    BalanceRow,
    Handed,
    Seen,
    is_coin,
    read_address,
    read_number,
    read_signed,
)
from recovery.model import Block

SHOWN = {
    "showInput": True,
    "showEffects": True,
    "showBalanceChanges": True,
    "showObjectChanges": True,
}


def read_transaction(answers: Mapping[str, Any]) -> Seen:
    """Raises `Garbled` where the answer has not the API's shape."""
    tx = read_object(answers.get("tx"), "the transaction")
    effects = read_object(tx.get("effects"), "effects")
    status = read_object(effects.get("status"), "the status")
    if status.get("status") not in ("success", "failure"):
        raise garbled(f"no status: {status!r:.80}")
    error = status.get("error")
    sender, payer = _read_parties(tx)
    rows, unowned = _read_rows(tx)
    return Seen(
        digest=read_text(tx.get("digest"), "the digest"),
        sender=sender,
        payer=payer,
        succeeded=status["status"] == "success",
        error=error if isinstance(error, str) else None,
        fee=_read_fee(effects),
        block=read_block(tx, answers.get("checkpoint")),
        rows=rows,
        handed=tuple(_read_handed(tx, sender, payer)),
        unowned=unowned,
    )


def _read_parties(tx: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Sender and payer of the gas; the system's own transactions have neither."""
    signed = read_object(tx.get("transaction"), "the transaction's input")
    data = read_object(signed.get("data"), "the transaction's data")
    sender = read_address(data.get("sender"), "the sender")
    gas = read_object(data.get("gasData"), "gasData")
    payer = read_address(gas.get("owner"), "the gas's payer")
    if not int(sender, 16):
        return None, None
    return sender, payer


def _read_fee(effects: Mapping[str, Any]) -> int:
    used = read_object(effects.get("gasUsed"), "gasUsed")
    computation, storage, rebate = (
        read_number(used.get(name), name)
        for name in ("computationCost", "storageCost", "storageRebate")
    )
    return computation + storage - rebate


def read_block(tx: Mapping[str, Any], value: Any) -> Block | None:
    """The checkpoint that holds a transaction, None while none does."""
    if tx.get("checkpoint") is None:
        return None
    height = read_number(tx["checkpoint"], "the checkpoint")
    checkpoint = read_object(value, "the checkpoint")
    if read_number(checkpoint.get("sequenceNumber"), "sequenceNumber") != height:
        raise garbled("it is another checkpoint")
    return Block(
        height=height,
        hash=read_text(checkpoint.get("digest"), "the checkpoint's digest"),
        time=read_moment(tx.get("timestampMs"), "timestampMs"),
    )


def read_moment(value: Any, what: str) -> datetime:
    """Milliseconds since 1970, as a number or in a text."""
    return shape.read_moment(read_number(value, what), what, a_second=1000)


def _read_rows(tx: Mapping[str, Any]) -> tuple[tuple[BalanceRow, ...], int]:
    rows, unowned = [], 0
    for item in read_list(tx.get("balanceChanges"), "balanceChanges"):
        change = read_object(item, "a balance's change")
        amount = read_signed(change.get("amount"), "a balance's change")
        owner, _ = _read_owner(change.get("owner"))
        coin_type = read_text(change.get("coinType"), "a coin's type")
        if owner is None:
            unowned += 1
        else:
            rows.append(BalanceRow(owner, coin_type, amount))
    return tuple(rows), unowned


def _read_handed(tx: Mapping[str, Any], sender: str | None, payer: str | None) -> Iterator[Handed]:
    for item in read_list(tx.get("objectChanges"), "objectChanges"):
        change = read_object(item, "an object's change")
        name = read_text(change.get("type"), "the kind of a change")
        if name not in ("created", "mutated", "transferred"):  # deleted, wrapped, published
            continue
        taker, owned = _read_owner(change.get("recipient" if name == "transferred" else "owner"))
        kind = read_text(change.get("objectType"), "an object's type")
        if taker is None or not owned or is_coin(kind):
            continue
        if name == "mutated" and taker in (sender, payer):
            continue
        thing = read_address(change.get("objectId"), "an object")
        yield Handed(thing, kind, None if name == "created" else sender, taker)


def _read_owner(value: Any) -> tuple[str | None, bool]:
    """Who owns something, and whether it is an address; nobody owns what is shared or frozen."""
    if value == "Immutable":
        return None, False
    owner = read_object(value, "an owner")
    if "AddressOwner" in owner:
        return read_address(owner["AddressOwner"], "an owner"), True
    if "ObjectOwner" in owner:
        return read_address(owner["ObjectOwner"], "an owner"), False
    if "ConsensusAddressOwner" in owner:
        inner = read_object(owner["ConsensusAddressOwner"], "an owner")
        return read_address(inner.get("owner"), "an owner"), True
    if "Shared" in owner:
        return None, False
    raise garbled(f"an owner of an unknown kind: {value!r:.80}")
