"""Asking toncenter: its two dialects' paths and errors, and how an endpoint is.

Knows: v3's documents and v2's envelope, what an error status means, health. Must not know: what a
transaction paid.

Both dialects may stand behind one URL, which may end with its dialect's path or before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from recovery.chains.family import Health
from recovery.chains.shape import Json, read_list, read_moment, read_object
from recovery.chains.source import HttpAnswer, Node
from recovery.chains.ton.rows import read_count
from recovery.errors import Garbled
from recovery.networks import Network

OLDEST_SECONDS = 60
"""Masterchain blocks come every 0.4 s; an index a minute behind has lost the chain."""

_EARLY_BLOCK = 1_000_000
"""Reached in the first months of 2020, before coins were in the public's hands: an index that begins
below it lacks nothing that anybody can ask for."""

_NOT_OFFERED = frozenset({404, 405, 501})


class NotOffered(Exception):
    """The endpoint does not have this call."""


def _path(node: Node, dialect: str, call: str) -> str:
    base = urlsplit(node.url).path.rstrip("/")
    return f"/{call}" if base.endswith(f"/{dialect}") else f"/api/{dialect}/{call}"


def ask(node: Node, call: str, query: Mapping[str, str | int] | None = None) -> Json:
    """One GET of v3; raises `NotOffered` where there is no such call or nothing of the kind."""
    return _read(node, call, node.fetch_json(_path(node, "v3", call), query))


def post(node: Node, call: str, body: Any) -> Json:
    """One POST of v3."""
    return _read(node, call, node.request("POST", _path(node, "v3", call), json_body=body))


def _read(node: Node, call: str, answer: HttpAnswer) -> Json:
    if answer.status in _NOT_OFFERED:
        raise NotOffered(call)
    if answer.status != 200:
        raise node.unhealthy(f"{call}: HTTP {answer.status}: {answer.text[:120]}")
    if not isinstance(answer.body, dict) or "error" in answer.body:
        raise node.garbled(f"{call} was not answered with its document")
    return answer.body


def ask_list(node: Node, call: str, name: str, query: Mapping[str, str | int]) -> list[Any]:
    """The list that a v3 call answers with, under its name; raises `Garbled` without it."""
    return read_list(ask(node, call, query).get(name), f"{call}.{name}")


def ask_v2(node: Node, call: str, query: Mapping[str, str | int] | None = None) -> Any:
    """One call of v2: what stands in its envelope."""
    answer = node.fetch_json(_path(node, "v2", call), query)
    body = answer.body
    if not isinstance(body, dict) or not isinstance(body.get("ok"), bool):
        raise node.garbled(f"{call}: HTTP {answer.status} without v2's envelope")
    if not body["ok"]:
        raise node.unhealthy(f"{call}: {str(body.get('error'))[:120]}")
    return body.get("result")


def ask_head(network: Network, node: Node) -> tuple[Json, Health]:
    """The head and what it says of the endpoint; raises where it must not be believed."""
    try:
        return (
            _ask_head_v2(network, node) if node.api == "toncenter-v2" else _ask_head(network, node)
        )
    except NotOffered:
        raise node.unhealthy("it does not tell the masterchain's head") from None
    except Garbled as wrong:
        raise node.garbled(wrong.text) from None


def _ask_head(network: Network, node: Node) -> tuple[Json, Health]:
    info = ask(node, "masterchainInfo")
    last = read_object(info.get("last"), "masterchainInfo.last")
    first = read_count(read_object(info.get("first"), "masterchainInfo.first"), "seqno")
    wanted, told = network.parameters["global_id"], last.get("global_id")
    if last.get("workchain") != -1:
        raise node.garbled("the head is no masterchain block")
    if isinstance(told, bool) or not isinstance(told, int):
        raise node.unhealthy("it does not say which chain it is on")
    if told != wanted:
        raise node.unhealthy(f"it is on the chain {told}, not {wanted}")
    time = _read_time(node, last.get("gen_utime"))
    whole = first <= _EARLY_BLOCK and node.history != "recent"
    seqno = read_count(last, "seqno")
    return last, Health(seqno, time, "full" if whole else "recent", oldest=first)


def _read_time(node: Node, value: Any) -> datetime:
    """v3 writes block times as digits in a text, older builds as a number."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 10:
        value = int(value)
    try:
        time = read_moment(value, "gen_utime", since=1, until=1 << 32)
    except Garbled as wrong:
        raise node.named(wrong) from None
    late = (node.now() - time).total_seconds()
    if late > OLDEST_SECONDS:
        raise node.unhealthy(f"its last masterchain block is {late:.0f} s old")
    return time


def _ask_head_v2(network: Network, node: Node) -> tuple[Json, Health]:
    """v2 keeps what its liteserver keeps; the header of the last block names chain and time."""
    last = read_object(
        read_object(ask_v2(node, "getMasterchainInfo"), "result").get("last"), "last"
    )
    seqno = read_count(last, "seqno")
    shard = last.get("shard")
    asked: dict[str, str | int] = {"workchain": -1, "shard": str(shard), "seqno": seqno}
    header = read_object(ask_v2(node, "getBlockHeader", asked), "getBlockHeader")
    if header.get("global_id") != network.parameters["global_id"]:
        wanted = network.parameters["global_id"]
        raise node.unhealthy(f"it is on the chain {header.get('global_id')}, not {wanted}")
    return last, Health(seqno, _read_time(node, header.get("gen_utime")), "recent")


def fetch_health(network: Network, node: Node) -> Health:
    """What the endpoint says of itself; raises where it is on another chain or behind."""
    return ask_head(network, node)[1]
