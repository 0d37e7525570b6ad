"""Asking java-tron over HTTP, and which of its answers mean "could not ask".

Knows: paths, the two views (head and solidified), errors inside HTTP 200, a node's health. Must not
know: any transaction.

Java-tron answers HTTP 200 to nearly everything: ``{}`` is "not found", ``{"Error": …}`` is a
failure, and a plain text says that a lite node has closed its history.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recovery.chains.family import Health
from recovery.chains.shape import read_object
from recovery.chains.source import Node
from recovery.chains.tron.decode import parse_moment
from recovery.chains.tron.wire import read_hex, read_int
from recovery.errors import Garbled, SourceError, Unhealthy
from recovery.networks import Network

OLDEST_SECONDS = 60
"""A block is made every 3 s; a head older than twenty of them has lost the network."""

WIDEST_GAP = 60
"""A block is solidified when 19 of the 27 producers have built on it, usually after 18 to 20 blocks;
three times that, and the network or the node does not advance."""


class NotOffered(Exception):
    """The node does not serve this path (HTTP 404 or 405): an answer about the node."""


@dataclass(frozen=True, slots=True)
class Head:
    """Newest block, and newest solidified one (None where the node does not say)."""

    latest: dict[str, Any]
    solid: dict[str, Any] | None

    @property
    def height(self) -> int:
        return int(self.latest["number"])

    @property
    def time(self) -> datetime:
        return parse_moment(self.latest["timestamp"])

    def check_fresh(self, node: Node) -> None:
        """Raises `Unhealthy` where a newer transaction could be unknown to this node."""
        age = (node.now() - self.time).total_seconds()
        if age > OLDEST_SECONDS:
            raise node.unhealthy(f"its newest block is {age:.0f} s old")
        if self.solid is None:
            raise node.unhealthy("it does not say which block is solidified")
        gap = self.height - int(self.solid["number"])
        if gap > WIDEST_GAP:
            raise node.unhealthy(f"its solidified block is {gap} blocks behind its newest")


def ask(node: Node, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """One call: the object it answered. Raises a `SourceError`, or `NotOffered`."""
    answer = _ask_any(node, path, body)
    if not isinstance(answer, dict):
        raise node.garbled(f"{path} was not answered with an object")
    return answer


def ask_list(node: Node, path: str, body: dict[str, Any]) -> list[Any]:
    """One call that answers a list, ``{}`` where there is nothing. Raises like `ask`."""
    answer = _ask_any(node, path, body)
    if answer == {}:
        return []
    if not isinstance(answer, list):
        raise node.garbled(f"{path} was not answered with a list")
    return answer


def _ask_any(node: Node, path: str, body: dict[str, Any]) -> Any:
    answer = node.request("POST", path, json_body=body)
    if answer.status in (404, 405):
        raise NotOffered(path)
    if "lite fullnode" in answer.text[:200]:
        raise node.unhealthy("it is a lite node and has closed its history")
    if answer.status != 200:
        raise node.unhealthy(f"{path}: HTTP {answer.status}: {answer.text[:200]}")
    error = answer.body.get("Error") if isinstance(answer.body, dict) else None
    if error is not None:
        if "lack of computing resources" in str(error):
            raise node.unreachable(f"{path}: too many requests")
        raise node.unhealthy(f"{path}: {str(error)[:200]}")
    return answer.body


def ask_offered(node: Node, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Like `ask`, for what every node must serve."""
    try:
        return ask(node, path, body)
    except NotOffered:
        raise node.unhealthy(f"it does not serve {path}") from None


def ask_header(node: Node, view: str, height: int | None = None) -> dict[str, Any]:
    """A block's id, number and time, the newest without ``height``; {} where it does not exist."""
    body: dict[str, Any] = {"detail": False}
    if height is not None:
        body["id_or_num"] = str(height)
    answer = ask(node, f"/{view}/getblock", body)
    return read_header(node, answer) if answer else {}


def read_header(node: Node, answer: dict[str, Any]) -> dict[str, Any]:
    try:
        header = read_object(answer.get("block_header"), "block_header")
        raw = read_object(header.get("raw_data"), "raw_data")
        block_id = read_hex(answer.get("blockID"), "blockID")
        found = {
            "id": block_id.hex(),
            "number": read_int(raw, "number"),
            "timestamp": read_int(raw, "timestamp"),
        }
    except Garbled as wrong:
        raise node.garbled(f"a block: {wrong.text}") from None
    # The first eight bytes of a block's id are its height.
    if len(block_id) != 32 or int.from_bytes(block_id[:8], "big") != found["number"]:
        raise node.garbled("a block's id does not begin with its height")
    return found


def ask_head(network: Network, node: Node) -> Head:
    """Chain and head of a node; the solidified height is asked before any transaction is.

    Raises `Unhealthy` on another chain, or without a head.
    """
    check_chain(network, node)
    try:
        latest = ask_header(node, "wallet")
    except NotOffered:
        raise node.unhealthy("it does not serve /wallet/getblock") from None
    if not latest or not latest["number"]:
        raise node.unhealthy("it shows no newest block")
    solid = ask_solid(node)
    return Head(latest, solid)


def check_chain(network: Network, node: Node) -> None:
    wanted = network.parameters["genesis"]
    if node.memory.get("tron_genesis") == wanted:
        return
    try:
        genesis = ask_header(node, "wallet", 0)
    except NotOffered:
        raise node.unhealthy("it does not serve /wallet/getblock") from None
    if genesis.get("id") != wanted:
        raise node.unhealthy(f"its chain begins with {genesis.get('id')}, not with {wanted}")
    node.memory["tron_genesis"] = wanted


def ask_solid(node: Node) -> dict[str, Any] | None:
    """The newest solidified block by the solidified view, or by the node's own account of itself.

    A full node serves the solidified view at another port, so behind one URL it may be missing.
    """
    try:
        solid = ask_header(node, "walletsolidity")
    except NotOffered:
        node.memory["tron_no_solid_view"] = True
        return _read_node_info(node)
    if not solid:
        raise node.unhealthy("it shows no solidified block")
    return solid


def _read_node_info(node: Node) -> dict[str, Any] | None:
    """``solidityBlock`` of getnodeinfo reads ``Num:66985101,ID:…``."""
    try:
        said = ask(node, "/wallet/getnodeinfo", {}).get("solidityBlock")
        height = int(str(said).partition("Num:")[2].partition(",")[0])
        solid = ask_header(node, "wallet", height)
    except (NotOffered, ValueError):
        return None
    return solid or None


def check_history(node: Node) -> None:
    """Raises `Unhealthy` where the node can't know old transactions.

    A lite node that answers for its history all the same lacks the first blocks after genesis.
    """
    if node.history == "recent":
        raise node.unhealthy("it keeps only recent history: an older transaction may exist")
    if not node.memory.get("tron_keeps_all"):
        try:
            first = ask_header(node, "wallet", 1)
        except NotOffered:
            first = {}
        if first.get("number") != 1:
            raise node.unhealthy("it lacks the first blocks: an older transaction may exist")
        node.memory["tron_keeps_all"] = True


def fetch_health(network: Network, node: Node) -> Health:
    """What the node says of itself; raises where it is on another chain or behind."""
    head = ask_head(network, node)
    head.check_fresh(node)
    try:
        check_history(node)
        whole = True
    except Unhealthy:
        whole = False
    return Health(
        height=head.height,
        time=head.time,
        history="full" if whole else "recent",
        version=_ask_version(node),
    )


def _ask_version(node: Node) -> str | None:
    """Hosted nodes hide it; its absence says nothing."""
    try:
        info = ask(node, "/wallet/getnodeinfo", {}).get("configNodeInfo")
    except (SourceError, NotOffered):
        return None
    version = info.get("codeVersion") if isinstance(info, dict) else None
    return f"java-tron {version}"[:80] if isinstance(version, str) else None
