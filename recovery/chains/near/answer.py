"""One transaction as NEAR's JSON-RPC tells it: receipts, their actions and outcomes, read strictly.

Knows: the shapes of ``EXPERIMENTAL_tx_status`` and ``block``. Must not know: what moved, HTTP.
Everything that does not have the protocol's shape raises `Garbled`; what a contract writes into its
logs and arguments is its own text, and is read elsewhere, with care.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recovery.chains.near.codec import parse_address
from recovery.chains.shape import Json, garbled, read_list, read_moment, read_object, read_text
from recovery.errors import BadInput
from recovery.model import Party
from recovery.networks import Network

SYSTEM = "system"
"""In this name the protocol gives back gas, deposits of failed calls, and what an account had left."""

MOST = 2**128 - 1
_ID = re.compile(r"[1-9A-HJ-NP-Za-km-z]{32,44}")
_ACCOUNT = re.compile(r"[a-z0-9._-]{2,64}")


def read_id(value: Any, what: str) -> str:
    """A hash or receipt id in base58."""
    text = read_text(value, what)
    if not _ID.fullmatch(text):
        raise garbled(f"{what} is no hash")
    return text


def read_account(value: Any, what: str) -> str:
    text = read_text(value, what)
    if not _ACCOUNT.fullmatch(text):
        raise garbled(f"{what} is no account")
    return text


def read_amount(value: Any, what: str) -> int:
    """128 bits, written as digits in a text."""
    text = read_text(value, what)
    if not re.fullmatch(r"[0-9]{1,39}", text) or int(text) > MOST:
        raise garbled(f"{what} is no number of 128 bits")
    return int(text)


def read_height(value: Any, what: str) -> int:
    if type(value) is not int or not 0 < value < 2**63:
        raise garbled(f"{what} is no height")
    return value


def party_of(network: Network, account: str) -> Party:
    """An account; a name that this desk would not accept from a customer can't be compared."""
    try:
        address = parse_address(network, account)
    except BadInput:
        return Party(None, None)
    return Party(address.text, address.key)


@dataclass(frozen=True, slots=True)
class Action:
    """``kind`` as the protocol names it (``Transfer``, ``FunctionCall``…), with its fields."""

    kind: str
    body: Json

    @property
    def deposit(self) -> int:
        return read_amount(self.body.get("deposit"), f"{self.kind}.deposit")

    @property
    def method(self) -> str:
        return read_text(self.body.get("method_name"), "method_name")

    @property
    def arguments(self) -> Any:
        """A call's arguments as JSON, None where they are no JSON (they need not be)."""
        return parse_json(read_base64(self.body.get("args"), "args"))


@dataclass(frozen=True, slots=True)
class Receipt:
    id: str
    predecessor: str
    receiver: str
    signer: str
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """``ok`` is None while it is not executed; ``value`` is what a successful call returned."""

    id: str
    block: str
    executor: str
    burnt: int
    logs: tuple[str, ...]
    children: tuple[str, ...]
    ok: bool | None
    value: bytes | None
    failure: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """One transaction with everything it set off; ``order`` walks the receipts from cause to effect."""

    tx_hash: str
    signer: str
    receiver: str
    actions: tuple[Action, ...]
    level: str
    ok: bool | None
    failure: str | None
    outcome: Outcome
    receipts: Mapping[str, Receipt]
    outcomes: Mapping[str, Outcome]
    order: tuple[str, ...]

    @property
    def burnt(self) -> int:
        return self.outcome.burnt + sum(o.burnt for o in self.outcomes.values())

    @property
    def executed(self) -> bool:
        """Whether all that the node shows has run to its end."""
        shown = (self.outcome, *self.outcomes.values())
        return self.ok is not None and all(o.ok is not None for o in shown)


def read_answer(value: Any) -> Answer:
    """Read ``EXPERIMENTAL_tx_status``; the receipts must hang together as one tree."""
    answer = read_object(value, "the answer")
    tx = read_object(answer.get("transaction"), "transaction")
    signer = read_account(tx.get("signer_id"), "signer_id")
    receiver = read_account(tx.get("receiver_id"), "receiver_id")
    actions = read_actions(tx.get("actions"), "transaction.actions")
    ok, _, failure = _read_status(answer.get("status"))
    outcome = _read_outcome(answer.get("transaction_outcome"))
    outcomes: dict[str, Outcome] = {}
    for item in read_list(answer.get("receipts_outcome"), "receipts_outcome"):
        found = _read_outcome(item)
        if found.id in outcomes:
            raise garbled(f"two outcomes of the receipt {found.id}")
        outcomes[found.id] = found
    receipts: dict[str, Receipt] = {}
    for item in read_list(answer.get("receipts"), "receipts"):
        receipt = _read_receipt(item)
        receipts[receipt.id] = receipt
    if len(outcome.children) > 1:
        raise garbled("a transaction makes one receipt")
    for first in outcome.children:
        # a receipt that the signer sends to himself is not listed
        made = receipts.setdefault(first, Receipt(first, signer, receiver, signer, actions))
        if (made.predecessor, made.receiver) != (signer, receiver):
            raise garbled("the first receipt is not the transaction's")
    order = _walk(outcome, outcomes)
    if set(order) != set(outcomes) or not set(outcomes) <= set(receipts):
        raise garbled("receipts and outcomes do not belong together")
    level = read_text(answer.get("final_execution_status"), "final_execution_status")
    if level in ("EXECUTED", "FINAL", "EXECUTED_OPTIMISTIC") and set(receipts) != set(outcomes):
        raise garbled("executed, and a receipt lacks its outcome")
    return Answer(
        tx_hash=read_id(tx.get("hash"), "hash"),
        signer=signer,
        receiver=receiver,
        actions=actions,
        level=level,
        ok=ok,
        failure=failure,
        outcome=outcome,
        receipts=receipts,
        outcomes=outcomes,
        order=order,
    )


def _walk(root: Outcome, outcomes: Mapping[str, Outcome]) -> tuple[str, ...]:
    """From cause to effect. A child without an outcome has not run (refunds may come later)."""
    order: dict[str, None] = {}
    waiting = list(reversed(root.children))
    while waiting:
        receipt = waiting.pop()
        if receipt in order:
            raise garbled("a receipt made twice")
        if receipt in outcomes:
            order[receipt] = None
            waiting += reversed(outcomes[receipt].children)
    return tuple(order)


def _read_outcome(value: Any) -> Outcome:
    entry = read_object(value, "an outcome")
    body = read_object(entry.get("outcome"), "outcome")
    ok, returned, failure = _read_status(body.get("status"))
    return Outcome(
        id=read_id(entry.get("id"), "id"),
        block=read_id(entry.get("block_hash"), "block_hash"),
        executor=read_account(body.get("executor_id"), "executor_id"),
        burnt=read_amount(body.get("tokens_burnt"), "tokens_burnt"),
        logs=tuple(read_text(log, "a log") for log in read_list(body.get("logs"), "logs")),
        children=tuple(
            read_id(child, "a receipt id")
            for child in read_list(body.get("receipt_ids"), "receipt_ids")
        ),
        ok=ok,
        value=returned,
        failure=failure,
    )


def _read_status(value: Any) -> tuple[bool | None, bytes | None, str | None]:
    """Executed well, executed badly or not yet; what was returned; why it failed."""
    if value in ("NotStarted", "Started", "Unknown"):
        return None, None, None
    status = read_object(value, "status")
    if len(status) != 1:
        raise garbled("a status says one thing")
    ((name, body),) = status.items()
    if name == "SuccessValue":
        return True, read_base64(body, "SuccessValue"), None
    if name == "SuccessReceiptId":
        read_id(body, "SuccessReceiptId")
        return True, None, None
    if name == "Failure":
        return False, None, json.dumps(read_object(body, "Failure"), default=str)[:400]
    raise garbled(f"the status {name!r} is none of the protocol's")


def _read_receipt(value: Any) -> Receipt:
    entry = read_object(value, "a receipt")
    body = read_object(entry.get("receipt"), "receipt")
    if len(body) != 1:
        raise garbled("a receipt is of one kind")
    ((kind, inside),) = body.items()
    predecessor = read_account(entry.get("predecessor_id"), "predecessor_id")
    actions: tuple[Action, ...] = ()
    signer = predecessor
    if kind == "Action":
        content = read_object(inside, "Action")
        actions = read_actions(content.get("actions"), "actions")
        signer = read_account(content.get("signer_id"), "signer_id")
    elif kind not in ("Data", "GlobalContractDistribution"):
        raise garbled(f"a receipt of the kind {kind!r}")
    return Receipt(
        id=read_id(entry.get("receipt_id"), "receipt_id"),
        predecessor=predecessor,
        receiver=read_account(entry.get("receiver_id"), "receiver_id"),
        signer=signer,
        actions=actions,
    )


def read_actions(value: Any, what: str) -> tuple[Action, ...]:
    actions = []
    for item in read_list(value, what):
        if isinstance(item, str):
            actions.append(Action(item, {}))
            continue
        entry = read_object(item, "an action")
        if len(entry) != 1:
            raise garbled("an action is of one kind")
        ((kind, body),) = entry.items()
        actions.append(Action(kind, read_object(body, kind)))
    return tuple(actions)


@dataclass(frozen=True, slots=True)
class Header:
    height: int
    hash: str
    time: datetime


def read_header(value: Any) -> Header:
    """The header of a ``block`` answer."""
    header = read_object(read_object(value, "the block").get("header"), "header")
    nanoseconds = read_text(header.get("timestamp_nanosec"), "timestamp_nanosec")
    if not re.fullmatch(r"[0-9]{19}", nanoseconds):
        raise garbled("timestamp_nanosec is no time")
    return Header(
        height=read_height(header.get("height"), "height"),
        hash=read_id(header.get("hash"), "hash"),
        time=read_moment(int(nanoseconds) // 10**9, "timestamp_nanosec"),
    )


def read_base64(value: Any, what: str) -> bytes:
    try:
        return base64.b64decode(read_text(value, what), validate=True)
    except binascii.Error:
        raise garbled(f"{what} is no base64") from None


def parse_json(data: str | bytes) -> Any:
    """What a contract wrote, None where it is no JSON. Numbers with fractions are no amounts."""
    try:
        return json.loads(data, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
