"""Asking an Antelope node about transactions, by Hyperion or by nodeos.

Knows: which calls make one look, what each API says of its chain, its lag and its history, and what
proves an absence. Must not know: what an action means for money (`recovery.chains.antelope.decode`).

Head and irreversible height are asked for before any transaction: what lies below that height can't
be undone any more. Hyperion answers an unknown id with HTTP 200 and ``executed: false``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recovery.chains.antelope.actions import read_number
from recovery.chains.antelope.decode import check_block_id, parse_moment
from recovery.chains.family import Absent, FetchOutcome, Health, RawTx
from recovery.chains.shape import garbled, read_object
from recovery.chains.sidebyside import ask_side_by_side
from recovery.chains.source import Node
from recovery.errors import Garbled, SourceError
from recovery.model import Replacement
from recovery.networks import Network

OLDEST_SECONDS = 60
"""A block is made every half second."""

WIDEST_LAG = 120
"""Blocks that an index may be behind its node: one minute."""

FIRST_BLOCK = 2
"""Block 1 is the genesis and holds nothing; indexes begin with either."""

_AT_ONCE = 8
_HOUR = 3_600


class NotOffered(Exception):
    """The node does not serve this path."""


@dataclass(frozen=True, slots=True)
class Head:
    """``index`` is what Hyperion says of its index; None for nodeos."""

    height: int
    irreversible: int
    time: datetime
    version: str | None
    index: Mapping[str, Any] | None = None

    def check_fresh(self, node: Node) -> None:
        age = (node.now() - self.time).total_seconds()
        if age > OLDEST_SECONDS:
            raise node.unhealthy(f"its newest block is {age:.0f} s old")

    @property
    def answer(self) -> dict[str, Any]:
        return {"head": self.height, "irreversible": self.irreversible}


def fetch(network: Network, node: Node, hashes: Sequence[str]) -> list[FetchOutcome]:
    """One outcome per id, in order; raises `SourceError` where the node can't be believed."""
    if not hashes:
        return []
    head = ask_head(network, node)
    return ask_side_by_side(
        lambda h: _fetch_one(network, node, head, h), hashes, at_once=_AT_ONCE, name="antelope"
    )


def _fetch_one(network: Network, node: Node, head: Head, tx_hash: str) -> FetchOutcome:
    try:
        look = _ask_nodeos if node.api == "nodeos" else _ask_hyperion
        answers = look(node, tx_hash)
        if answers is None:
            check_history(node, head)
            text = f"blocks {FIRST_BLOCK} to {head.height} were searched"
            return Absent(network.code, tx_hash, node.label, text)
    except Garbled as wrong:
        return node.named(wrong)
    except SourceError as failed:
        return failed
    answers = {"head": head.answer, **answers}
    return RawTx(network.code, tx_hash, node.api, node.label, node.now(), answers)


def ask_head(network: Network, node: Node) -> Head:
    """Chain, head and irreversible height; raises `Unhealthy` on another chain."""
    try:
        return (
            _head_of_info(network, node) if node.api == "nodeos" else _head_of_health(network, node)
        )
    except Garbled as wrong:
        raise node.named(wrong) from None


def _check_chain(network: Network, node: Node, chain_id: Any) -> None:
    wanted = network.parameters["chain_id"]
    if chain_id != wanted:
        raise node.unhealthy(f"it is on the chain {chain_id!s:.70}, not {wanted}")


def _head_of_info(network: Network, node: Node) -> Head:
    info = _offered(node, "/v1/chain/get_info", {})
    _check_chain(network, node, info.get("chain_id"))
    version = info.get("server_version_string")
    return _read_head(
        info.get("head_block_num"),
        info.get("last_irreversible_block_num"),
        info.get("head_block_time"),
        version,
    )


def _head_of_health(network: Network, node: Node) -> Head:
    answer = node.fetch_json("/v2/health")
    if answer.status != 200:
        raise node.unhealthy(f"/v2/health: HTTP {answer.status}")
    health = read_object(answer.body, "health")
    services = {}
    listed = health.get("health")
    for item in listed if isinstance(listed, list) else ():
        service = read_object(item, "a service")
        services[service.get("service")] = service
    chain, index = (services.get(name) for name in ("NodeosRPC", "Elasticsearch"))
    if chain is None or chain.get("status") != "OK":
        raise node.unhealthy("its own node does not answer")
    told = read_object(chain.get("service_data"), "the node's data")
    _check_chain(network, node, told.get("chain_id"))
    return _read_head(
        told.get("head_block_num"),
        told.get("last_irreversible_block"),
        told.get("head_block_time"),
        health.get("version"),
        index or {},
    )


def _read_head(
    height: Any,
    irreversible: Any,
    time: Any,
    version: Any,
    index: Mapping[str, Any] | None = None,
) -> Head:
    read = Head(
        height=read_number(height, "the head's height"),
        irreversible=read_number(irreversible, "the irreversible height"),
        time=parse_moment(time),
        version=version if isinstance(version, str) else None,
        index=index,
    )
    if read.irreversible > read.height:
        raise garbled("the irreversible block is above the head")
    return read


def post(node: Node, path: str, body: Any) -> tuple[int, dict[str, Any]]:
    """One call to nodeos: status and object. Raises `NotOffered` for a path that is not served.

    nodeos answers an unknown path with code 404 and the error ``3110003`` or with none at all; a
    trace that is missing is a 404 too, told apart by its message.
    """
    answer = node.request("POST", path, json_body=body)
    said = answer.body
    if answer.status in (404, 405) and not (
        isinstance(said, dict) and "trace api" in answer.text.lower()
    ):
        raise NotOffered(path)
    if not isinstance(said, dict):
        raise node.garbled(f"{path} was not answered with an object")
    return answer.status, said


def _offered(node: Node, path: str, body: Any) -> dict[str, Any]:
    try:
        status, answer = post(node, path, body)
    except NotOffered:
        raise node.unhealthy(f"it does not serve {path}") from None
    if status != 200:
        raise node.unhealthy(f"{path}: {explain(answer)}")
    return answer


def explain(answer: Mapping[str, Any]) -> str:
    error = answer.get("error")
    what = error.get("what") if isinstance(error, dict) else None
    return f"{what or answer.get('message')}"[:200]


def _ask_hyperion(node: Node, tx_hash: str) -> dict[str, Any] | None:
    answer = node.fetch_json("/v2/history/get_transaction", {"id": tx_hash})
    if answer.status != 200:
        raise node.unhealthy(f"it refused to look: HTTP {answer.status} {answer.text[:120]}")
    tx = read_object(answer.body, "the transaction")
    actions = tx.get("actions")
    if tx.get("trx_id") != tx_hash:
        raise garbled("it answered with another transaction")
    if tx.get("executed") is False:
        if actions:
            raise garbled("a transaction that was not executed has actions")
        return None
    answers: dict[str, Any] = {"tx": tx}
    first = actions[0] if isinstance(actions, list) and actions else None
    if isinstance(first, dict) and "block_id" not in first:
        height = read_number(first.get("block_num"), "block_num")
        block = _offered(node, "/v1/chain/get_block", {"block_num_or_id": height})
        answers["block_id"] = check_block_id(block.get("id"), height)
    return answers


def _ask_nodeos(node: Node, tx_hash: str) -> dict[str, Any] | None:
    try:
        status, trace = post(node, "/v1/trace_api/get_transaction_trace", {"id": tx_hash})
    except NotOffered:
        raise node.unhealthy("it does not keep traces (trace_api is off)") from None
    if status == 404:
        return _ask_state(node, tx_hash)
    if status != 200:
        raise node.unhealthy(f"it refused to look: {explain(trace)}")
    height = read_number(trace.get("block_num"), "block_num")
    block = _offered(node, "/v1/chain/get_block", {"block_num_or_id": height})
    included = block.get("transactions")
    for item in included if isinstance(included, list) else ():
        trx = read_object(item, "a transaction").get("trx")
        if (trx.get("id") if isinstance(trx, dict) else trx) == tx_hash:
            kept = {name: block.get(name) for name in ("id", "block_num", "timestamp")}
            return {"trace": trace, "block": {**kept, "transaction": item}}
    raise node.unhealthy("trace and block disagree on where the transaction is; ask again")


def _ask_state(node: Node, tx_hash: str) -> dict[str, Any] | None:
    """What the node tracks of a transaction without a trace, where it tracks any."""
    try:
        status, state = post(node, "/v1/chain/get_transaction_status", {"id": tx_hash})
    except NotOffered:
        return None
    if status != 200:
        raise node.unhealthy(f"get_transaction_status: {explain(state)}")
    if state.get("state") == "UNKNOWN":
        return None
    if state.get("state") in ("IN_BLOCK", "IRREVERSIBLE"):
        raise node.unhealthy("it knows the transaction and has no trace of it")
    return {"state": state}


def check_history(node: Node, head: Head) -> None:
    """Raises `Unhealthy` unless what the node does not know is nowhere on the chain."""
    head.check_fresh(node)
    if head.index is not None:
        _check_index(node, head)
        oldest = _oldest_indexed(head)
    else:
        oldest = _oldest_traced(node)
    if oldest is not None or node.history == "recent":
        raise node.unhealthy(f"it keeps recent history only (from {oldest or 'an unknown block'})")


def _check_index(node: Node, head: Head) -> None:
    index = head.index or {}
    if index.get("status") != "OK":
        raise node.unhealthy("its index is not healthy")
    told = read_object(index.get("service_data"), "the index' data")
    last = read_number(told.get("last_indexed_block"), "last_indexed_block")
    if head.height - last > WIDEST_LAG:
        raise node.unhealthy(f"its index is {head.height - last} blocks behind")
    first = read_number(told.get("first_indexed_block"), "first_indexed_block")
    missing = told.get("missing_blocks")
    if missing is None:  # older versions count what is there
        total = read_number(told.get("total_indexed_blocks"), "total_indexed_blocks")
        missing = max(last - first + 1 - total, 0)
    if read_number(missing, "missing_blocks"):
        raise node.unhealthy(f"its index lacks {missing} blocks")


def _oldest_indexed(head: Head) -> int | None:
    told = read_object((head.index or {}).get("service_data"), "the index' data")
    first = read_number(told.get("first_indexed_block"), "first_indexed_block")
    return first if first > FIRST_BLOCK else None


def _oldest_traced(node: Node) -> int | None:
    """0 where the node has no trace of the chain's first block, None where it has."""
    if "antelope_oldest" not in node.memory:
        try:
            status, block = post(node, "/v1/trace_api/get_block", {"block_num": FIRST_BLOCK})
        except NotOffered:
            raise node.unhealthy("it does not keep traces (trace_api is off)") from None
        whole = status == 200 and read_number(block.get("number"), "number") == FIRST_BLOCK
        node.memory["antelope_oldest"] = None if whole else 0
    oldest: int | None = node.memory["antelope_oldest"]
    return oldest


def fetch_health(network: Network, node: Node) -> Health:
    """What the node says of itself; raises where it is on another chain, stale, or lags."""
    head = ask_head(network, node)
    head.check_fresh(node)
    if head.index is not None:
        _check_index(node, head)
        oldest = _oldest_indexed(head)
    else:
        oldest = _oldest_traced(node)
    return Health(
        height=head.height,
        time=head.time,
        history="full" if oldest is None and node.history != "recent" else "recent",
        oldest=oldest or None,
        version=head.version,
    )


def fetch_replacement(network: Network, node: Node, seen: RawTx) -> Replacement | None:
    """Whether a transaction once seen can never be in a block any more, because it has expired.

    Its bytes name the time; an hour later every block that may have taken it is irreversible, and a
    healthy node with the whole history does not know it.
    """
    trace = seen.answers.get("trace")
    header = trace.get("transaction_header") if isinstance(trace, dict) else None
    if not isinstance(header, dict):
        return None
    head = ask_head(network, node)
    if (head.time - parse_moment(header.get("expiration"))).total_seconds() < _HOUR:
        return None
    outcome = _fetch_one(network, node, head, seen.tx_hash)
    if isinstance(outcome, SourceError):
        raise outcome
    return Replacement(None) if isinstance(outcome, Absent) else None
