"""What TzKT and an octez node say of one operation group, read into one list of operations.

Knows: both dialects field by field, TzKT's omitted nulls, octez' numbers as texts. Must not know: HTTP,
tokens (`recovery.chains.tezos.tokens`), what any of it is worth (`recovery.chains.tezos.decode`).

One hash names a group of operations that one account signed together; each may make contracts call
others, whose operations are internal. The group is all or nothing: where one part fails, the parts
before it are backtracked and those behind it skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recovery.chains.shape import garbled, read_list, read_moment_text, read_object
from recovery.model import Block

STATUSES = frozenset({"applied", "failed", "backtracked", "skipped"})

_MANAGER = {
    "delegation": "delegation",
    "reveal": "reveal",
    "register_constant": "register_global_constant",
    "set_delegate_parameters": "set_delegate_parameters",
    "set_deposits_limit": "set_deposits_limit",
    "increase_paid_storage": "increase_paid_storage",
    "update_consensus_key": "update_consensus_key",
    "update_secondary_key": "update_companion_key",
    "dal_publish_commitment": "dal_publish_commitment",
    "transfer_ticket": "transfer_ticket",
    "sr_add_messages": "smart_rollup_add_messages",
    "sr_cement": "smart_rollup_cement",
    "sr_execute": "smart_rollup_execute_outbox_message",
    "sr_originate": "smart_rollup_originate",
    "sr_publish": "smart_rollup_publish",
    "sr_recover_bond": "smart_rollup_recover_bond",
    "sr_refute": "smart_rollup_refute",
    "staking": "staking",
    "tx_rollup_origination": "tx_rollup_origination",
    "tx_rollup_submit_batch": "tx_rollup_submit_batch",
    "event": "event",
}
_CONSENSUS = (
    "attestation",
    "ballot",
    "dal_entrapment_evidence",
    "double_baking",
    "double_consensus",
    "double_endorsing",
    "double_preendorsing",
    "endorsement",
    "nonce_revelation",
    "preattestation",
    "preendorsement",
    "proposal",
    "vdf_revelation",
)
MOVE_NOTHING = frozenset({*_MANAGER, *_MANAGER.values(), *_CONSENSUS})
"""Kinds that pay nobody by themselves: TzKT's words and the protocol's. What bakers earn or lose by
theirs comes through the block."""

_STAKING = frozenset({"stake", "unstake", "finalize_unstake", "set_delegate_parameters"})
"""Entrypoints of an account's call to itself by which it stakes: the coin stays its own."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a contract was called with: the entrypoint and its value in Micheline or TzKT's form."""

    entrypoint: str
    value: Any


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a group, or an internal one where ``nonce`` is set.

    ``place`` counts the group's own operations from 0. ``burned`` is what storage cost.
    ``row`` is TzKT's number of it, ``moved`` how many token transfers it lists for it, where it says
    so. Amounts are mutez.
    """

    kind: str
    place: int
    nonce: int | None
    sender: str | None
    target: str | None
    amount: int
    status: str
    call: Call | None
    fee: int
    burned: int
    counter: int | None
    row: int | None = None
    moved: int | None = None
    errors: tuple[str, ...] = ()

    @property
    def position(self) -> str:
        return f"op:{self.place}" + ("" if self.nonce is None else f".{self.nonce}")


@dataclass(frozen=True, slots=True)
class Group:
    """``block`` is None where no block holds it; ``refusal`` why a node's mempool refuses it."""

    hash: str
    block: Block | None
    operations: tuple[Operation, ...]
    refusal: str | None = None

    @property
    def applied(self) -> bool:
        return all(o.status == "applied" for o in self.operations)


def read_text(value: Any, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise garbled(f"{what} is no text")
    return value


def read_int(value: Any, what: str) -> int:
    """TzKT's numbers of this size are JSON numbers."""
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise garbled(f"{what} is no whole number")
    return value


def read_digits(value: Any, what: str) -> int:
    """Octez writes every amount as a text; so does TzKT for tokens, whose amounts have no limit."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,120}", value):
        raise garbled(f"{what} is no number")
    return int(value)


def read_hash(value: Any, prefix: str, what: str) -> str:
    text = read_text(value, what)
    if not re.fullmatch(rf"{prefix}[1-9A-HJ-NP-Za-km-z]{{50}}", text):
        raise garbled(f"{what} is no hash")
    return text


def read_time(value: Any, what: str) -> datetime:
    return read_moment_text(value, what)


def _status(value: Any) -> str:
    if value not in STATUSES:
        raise garbled("a status is none of the protocol's")
    return str(value)


# ---------------------------------------------------------------------------------------- TzKT


def read_tzkt(value: Any, tx_hash: str) -> Group:
    """The rows of ``/v1/operations/{hash}``, internal ones among them."""
    rows = [read_object(row, "an operation") for row in read_list(value, "the operations")]
    if not rows:
        raise garbled("the group has no operations")
    blocks = {_tzkt_block(row, tx_hash) for row in rows}
    if len(blocks) != 1:
        raise garbled("one group stands in two blocks")
    counters = sorted({c for row in rows if (c := _counter(row)) is not None})
    places = {counter: place for place, counter in enumerate(counters)}
    operations = [_tzkt_operation(row, places) for row in rows]
    operations.sort(key=lambda o: (o.place, -1 if o.nonce is None else o.nonce))
    if len({o.position for o in operations}) != len(operations):
        raise garbled("two operations of the group have one place")
    own = {o.place for o in operations if o.nonce is None}
    if any(o.place not in own for o in operations):
        raise garbled("an internal operation without the one that made it")
    return Group(tx_hash, blocks.pop(), tuple(operations))


def _counter(row: dict[str, Any]) -> int | None:
    """Operations that no account signs (an activation) have none, and stand alone."""
    return None if row.get("counter") is None else read_int(row["counter"], "counter")


def _tzkt_block(row: dict[str, Any], tx_hash: str) -> Block:
    if row.get("hash") != tx_hash:
        raise garbled("the answer is about another group")
    return Block(
        read_int(row.get("level"), "level"),
        read_hash(row.get("block"), "B", "block"),
        read_time(row.get("timestamp"), "timestamp"),
    )


def _tzkt_operation(row: dict[str, Any], places: Mapping[int, int]) -> Operation:
    kind = read_text(row.get("type"), "type")
    counter = _counter(row)
    nonce = None if row.get("nonce") is None else read_int(row["nonce"], "nonce")
    # what no account signs has no status: it stands in a block, or it does not exist
    status = "applied" if counter is None and "status" not in row else _status(row.get("status"))
    if (row.get("initiator") is None) != (nonce is None):
        raise garbled("an internal operation has both an initiator and a nonce")
    sender, target, amount = _tzkt_parties(row, kind)
    return Operation(
        kind=kind,
        place=places[counter] if counter is not None else 0,
        nonce=nonce,
        sender=sender,
        target=target,
        amount=amount,
        status=status,
        call=_tzkt_call(row) if kind == "transaction" else None,
        fee=_optional_int(row, "bakerFee"),
        burned=_optional_int(row, "storageFee") + _optional_int(row, "allocationFee"),
        counter=counter,
        row=read_int(row.get("id"), "id"),
        moved=_optional_count(row, "tokenTransfersCount"),
        errors=tuple(_error_types(row.get("errors"))),
    )


def _optional_int(row: dict[str, Any], field: str) -> int:
    return 0 if row.get(field) is None else read_int(row[field], field)


def _optional_count(row: dict[str, Any], field: str) -> int | None:
    return None if row.get(field) is None else read_int(row[field], field)


def _tzkt_address(row: dict[str, Any], field: str) -> str | None:
    if row.get(field) is None:
        return None
    return read_text(read_object(row[field], field).get("address"), f"{field}'s address")


def _tzkt_parties(row: dict[str, Any], kind: str) -> tuple[str | None, str | None, int]:
    if kind == "transaction":
        sender = _tzkt_address(row, "sender")
        if sender is None:
            raise garbled("a transaction without a sender")
        target = _tzkt_address(row, "target")
        if target is None and row.get("status") == "applied":
            raise garbled("an applied transaction without a target")
        return sender, target, read_int(row.get("amount"), "amount")
    if kind == "origination":
        made = _tzkt_address(row, "originatedContract")
        return _tzkt_address(row, "sender"), made, _optional_int(row, "contractBalance")
    if kind == "activation":
        return None, _tzkt_address(row, "account"), read_int(row.get("balance"), "balance")
    if kind == "drain_delegate":
        amount = read_int(row.get("amount"), "amount")
        return _tzkt_address(row, "delegate"), _tzkt_address(row, "target"), amount
    return _tzkt_address(row, "sender"), None, 0


def _tzkt_call(row: dict[str, Any]) -> Call | None:
    if row.get("parameter") is None:
        return None
    parameter = read_object(row["parameter"], "parameter")
    entrypoint = read_text(parameter.get("entrypoint"), "entrypoint")
    return Call(entrypoint, parameter.get("value"))


def _error_types(value: Any) -> Iterator[str]:
    for item in value if isinstance(value, list) else []:
        said = item.get("type", item.get("id")) if isinstance(item, dict) else None
        if isinstance(said, str):
            yield said[:200]


# --------------------------------------------------------------------------------------- octez


def read_octez(answers: Mapping[str, Any], tx_hash: str) -> Group:
    """``operation`` with its ``block``'s header, or ``pending`` with the ``bin`` it lies in."""
    if answers.get("operation") is None:
        pending = read_object(answers.get("pending"), "the pending operation")
        kept = read_text(answers.get("bin"), "the mempool's part")
        refusal = None if kept in ("validated", "applied", "unprocessed") else kept
        return Group(tx_hash, None, _octez_contents(pending, pending_only=True), refusal)
    operation = read_object(answers["operation"], "the operation")
    if operation.get("hash") != tx_hash:
        raise garbled("the answer is about another group")
    header = read_object(answers.get("block"), "the block")
    block = Block(
        read_int(header.get("level"), "level"),
        read_hash(header.get("hash"), "B", "the block's hash"),
        read_time(header.get("timestamp"), "timestamp"),
    )
    return Group(tx_hash, block, _octez_contents(operation, pending_only=False))


def _octez_contents(operation: dict[str, Any], *, pending_only: bool) -> tuple[Operation, ...]:
    found: list[Operation] = []
    contents = read_list(operation.get("contents"), "contents")
    if not contents:
        raise garbled("the group has no operations")
    for place, value in enumerate(contents):
        row = read_object(value, "an operation")
        if pending_only:
            found.append(_octez_operation(row, place, None, None))
            continue
        metadata = read_object(row.get("metadata"), "metadata")
        result = read_object(metadata.get("operation_result"), "operation_result")
        found.append(_octez_operation(row, place, None, result))
        inner = metadata.get("internal_operation_results", [])
        for part in read_list(inner, "internal_operation_results"):
            internal = read_object(part, "an internal operation")
            result = read_object(internal.get("result"), "result")
            nonce = read_int(internal.get("nonce"), "nonce")
            found.append(_octez_operation(internal, place, nonce, result))
    signed = [(o.sender, o.counter) for o in found if o.counter is not None]
    if len(set(signed)) != len(signed):
        raise garbled("two operations of one sender have one counter")
    if len({o.position for o in found}) != len(found):
        raise garbled("two operations of the group have one place")
    return tuple(found)


def _octez_operation(
    row: dict[str, Any], place: int, nonce: int | None, result: dict[str, Any] | None
) -> Operation:
    kind = read_text(row.get("kind"), "kind")
    sender = read_text(row.get("source"), "source")
    target, amount = _octez_target(row, kind, sender, result)
    call = None
    if kind == "transaction" and row.get("parameters") is not None:
        parameters = read_object(row["parameters"], "parameters")
        # before Babylon there were no entrypoints: the value stood alone
        entrypoint = parameters.get("entrypoint", "default")
        call = Call(read_text(entrypoint, "entrypoint"), parameters.get("value", parameters))
    staking = call is not None and call.entrypoint in _STAKING and sender == target
    applied = result is not None and result.get("status") == "applied"
    return Operation(
        kind="staking" if staking else kind,
        place=place,
        nonce=nonce,
        sender=sender,
        target=None if staking else target,
        amount=0 if staking else amount,
        status="applied" if result is None else _status(result.get("status")),
        call=None if staking else call,
        fee=0 if nonce is not None else read_digits(row.get("fee"), "fee"),
        burned=_burned(result) if result is not None and applied and not staking else 0,
        counter=None if nonce is not None else read_digits(row.get("counter"), "counter"),
        errors=() if result is None else tuple(_octez_errors(result.get("errors"))),
    )


def _octez_target(
    row: dict[str, Any], kind: str, sender: str, result: dict[str, Any] | None
) -> tuple[str | None, int]:
    if kind == "transaction":
        destination = read_text(row.get("destination"), "destination")
        return destination, read_digits(row.get("amount"), "amount")
    if kind == "origination":
        made = (result or {}).get("originated_contracts") or [None]
        target = read_list(made, "originated_contracts")[0]
        balance = read_digits(row.get("balance"), "balance")
        return None if target is None else read_text(target, "originated_contracts"), balance
    return None, 0


def _burned(result: dict[str, Any]) -> int:
    """What accounts lost and none gained: the price of storage, whatever it was in that era."""
    change = 0
    for item in read_list(result.get("balance_updates", []), "balance_updates"):
        update = read_object(item, "a balance update")
        if update.get("kind") == "contract":
            text = read_text(update.get("change"), "change")
            if not re.fullmatch(r"-?[0-9]{1,30}", text):
                raise garbled("a change is no number")
            change += int(text)
    return max(-change, 0)


def _octez_errors(value: Any) -> Iterator[str]:
    """``proto.021-PsQuebec.contract.balance_too_low``: the protocol's name is left out."""
    for text in _error_types([{"id": e.get("id")} for e in value or [] if isinstance(e, dict)]):
        yield re.sub(r"^proto\.[^.]+\.", "", text)
