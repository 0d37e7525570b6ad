"""Asking Blockfrost-compatible servers and Koios, and which of their answers mean "could not ask".

Knows: paths, plan limits, "not found" of either API, the chain's magic, the age of the tip. Must not
know: any transaction.

Blockfrost says "not found" by HTTP 404 with a JSON body of its own, Koios by an empty list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recovery.chains.cardano.answer import read_count, read_time
from recovery.chains.family import Health
from recovery.chains.shape import read_object
from recovery.chains.source import HttpAnswer, Node
from recovery.errors import Garbled
from recovery.networks import Network

OLDEST_SECONDS = 600
"""Blocks come every 20 s on average and at random: ten minutes without one happen once in ten
thousand million blocks, so an older tip has lost the network."""

_LIMITS = {402: "the plan's daily limit is used up", 418: "it has banned us for asking too much"}
_LATER = {413: "it refuses the size of the question", 425: "its mempool is full"}


@dataclass(frozen=True, slots=True)
class Head:
    """The newest block."""

    height: int
    slot: int
    time: datetime

    def answer(self) -> dict[str, int]:
        """What of it is kept beside a transaction."""
        return {"height": self.height, "slot": self.slot}


def is_koios(node: Node) -> bool:
    return node.api == "koios"


def ask(node: Node, path: str, query: dict[str, str | int] | None = None) -> Any:
    """GET of Blockfrost: the JSON, or None where it says that it has no such thing."""
    answer = node.fetch_json(path, query)
    if answer.status == 404:
        body = answer.body
        if isinstance(body, dict) and body.get("status_code") == 404:
            return None
        raise node.unhealthy(f"it does not serve {path}")
    return _checked(node, path, answer)


def ask_koios(
    node: Node,
    path: str,
    body: dict[str, Any] | None = None,
    *,
    query: dict[str, str | int] | None = None,
) -> list[Any]:
    """GET, or POST with a body, of Koios: its rows."""
    method = "GET" if body is None else "POST"
    rows = _checked(node, path, node.request(method, path, query=query, json_body=body))
    if not isinstance(rows, list):
        raise node.garbled(f"{path} was not answered with a list")
    return rows


def _checked(node: Node, path: str, answer: HttpAnswer) -> Any:
    for known in (_LIMITS, _LATER):
        if answer.status in known:
            raise node.unreachable(f"HTTP {answer.status}: {known[answer.status]}")
    if answer.status != 200:
        raise node.unhealthy(f"{path}: HTTP {answer.status}: {answer.text[:200]}")
    if answer.body is None:
        raise node.garbled(f"{path} was answered with nothing")
    return answer.body


def ask_head(network: Network, node: Node) -> Head:
    """The tip of a believed server. Raises `Unhealthy` on another chain, or with an old tip."""
    _check_chain(network, node)
    try:
        if is_koios(node):
            row = read_object(_one(ask_koios(node, "/tip")), "the tip")
            # block_no is the field's older name
            height, slot, seconds = (
                row.get("block_height", row.get("block_no")),
                row.get("abs_slot"),
                row.get("block_time"),
            )
        else:
            row = read_object(ask(node, "/blocks/latest"), "the newest block")
            height, slot, seconds = row.get("height"), row.get("slot"), row.get("time")
        head = Head(
            read_count(height, "the tip's height"),
            read_count(slot, "the tip's slot"),
            read_time(seconds, "the tip's time"),
        )
    except Garbled as wrong:
        raise node.named(wrong) from None
    age = (node.now() - head.time).total_seconds()
    if age > OLDEST_SECONDS:
        raise node.unhealthy(f"its newest block is {age / 60:.0f} minutes old")
    return head


def _one(rows: list[Any]) -> Any:
    return rows[0] if len(rows) == 1 else None


def _check_chain(network: Network, node: Node) -> None:
    """The network magic: every chain made from other genesis files has another."""
    wanted = network.parameters["network_magic"]
    if node.memory.get("cardano_magic") == wanted:
        return
    try:
        if is_koios(node):
            # a path that Blockfrost has too: by its query a server of both can tell who asks
            rows = ask_koios(node, "/genesis", query={"select": "networkmagic"})
            row = read_object(_one(rows), "genesis")
            magic = row.get("networkmagic")  # a text
        else:
            magic = read_object(ask(node, "/genesis"), "genesis").get("network_magic")
    except Garbled as wrong:
        raise node.named(wrong) from None
    if isinstance(magic, bool) or str(magic) != str(wanted):
        raise node.unhealthy(f"its chain has the magic {str(magic)[:40]}, not {wanted}")
    node.memory["cardano_magic"] = wanted


def fetch_health(network: Network, node: Node) -> Health:
    """What the server says of itself; an index of this chain holds all of it."""
    head = ask_head(network, node)
    return Health(head.height, head.time, "recent" if node.history == "recent" else "full")


def ask_prices(node: Node) -> tuple[int, int, int]:
    """Fee per byte, fixed fee, and lovelace to be locked per byte of an output."""
    try:
        if is_koios(node):
            answer = node.fetch_json("/cli_protocol_params")
            row = read_object(_checked(node, "/cli_protocol_params", answer), "the parameters")
            fields = ("txFeePerByte", "txFeeFixed", "utxoCostPerByte")
            a, b, c = (read_count(row.get(f), f) for f in fields)
            return a, b, c
        row = read_object(ask(node, "/epochs/latest/parameters"), "the parameters")
        per_byte = row.get("coins_per_utxo_size")
        if isinstance(per_byte, str) and per_byte.isascii() and per_byte.isdigit():
            per_byte = int(per_byte)
        return (
            read_count(row.get("min_fee_a"), "min_fee_a"),
            read_count(row.get("min_fee_b"), "min_fee_b"),
            read_count(per_byte, "coins_per_utxo_size"),
        )
    except Garbled as wrong:
        raise node.named(wrong) from None
