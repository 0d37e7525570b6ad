"""A second opinion: the same transaction from another endpoint, and whether that one counts.

Knows: which two endpoints are independent, and how a node that is behind is told from one on a
fork. Must not know: from which value on an opinion is asked for, what follows from it.

Two endpoints are independent where different operators run them: as the configuration says
(``operator``), else as their hosts do. One host is one source, whatever ports, paths and APIs it
offers; on the machine itself (loopback) two nodes of one API at two ports are two sources.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from urllib.parse import urlsplit

from recovery.chains import load_family
from recovery.chains.family import Absent
from recovery.chains.source import Node
from recovery.checks import Found, Unheard
from recovery.errors import SourceError
from recovery.model import Block, TxStatus
from recovery.networks import Network
from recovery.triage import Answer, ask_node, readable

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def is_independent(one: Node, other: Node) -> bool:
    """Whether a lie or a fault of one endpoint leaves the other untouched, as far as anybody said."""
    if one.operator is not None or other.operator is not None:
        return _operator(one) != _operator(other)
    if _host(one) != _host(other):
        return True
    return _host(one) == "loopback" and one.api == other.api and _port(one) != _port(other)


def has_independent(nodes: Sequence[Node]) -> bool:
    """Whether a second opinion can be had at all from the endpoints of a network."""
    return any(is_independent(a, b) for i, a in enumerate(nodes) for b in nodes[i + 1 :])


def ask_second(network: Network, nodes: Sequence[Node], founds: Sequence[Found]) -> list[Found]:
    """What another endpoint says of each transaction; the independent ones are asked first.

    An endpoint that can't be asked, or has not reached the block yet, gives no opinion and the next
    one is asked. One that is healthy, has reached it and does not know the transaction disagrees.
    """
    answered = list(founds)
    by_source: dict[tuple[str, str], list[int]] = {}
    for place, found in enumerate(founds):
        by_source.setdefault((found.raw.source, found.raw.api), []).append(place)
    for source, places in by_source.items():
        first = next((n for n in nodes if (n.label, n.api) == source), None)
        others = [n for n in nodes if n is not first]
        if first is not None:
            others.sort(key=lambda node: not is_independent(first, node))
        open_ones = places
        for node in others:
            if not open_ones:
                break
            hashes = [answered[place].evidence.tx_hash for place in open_ones]
            told = ask_node(network, node, hashes)
            for place, answer in zip(open_ones, told, strict=True):
                answered[place] = _hear(network, first, node, answered[place], answer)
            open_ones = [place for place in open_ones if not _is_heard(answered[place])]
        for place in places:
            answered[place] = dataclasses.replace(answered[place], second_asked=True)
    return answered


def _is_heard(found: Found) -> bool:
    return found.second is not None or found.second_absent


def _hear(network: Network, first: Node | None, node: Node, found: Found, answer: Answer) -> Found:
    if isinstance(answer, SourceError):
        return _leave(found, node, answer.text)
    told = None if isinstance(answer, Absent) else answer.evidence
    if told is None or told.status is TxStatus.PENDING:
        block = found.evidence.block
        if block is None and told is None:
            return _leave(found, node, "it has not heard of the transaction, which is in no block")
        try:
            if block is not None and _is_behind(network, first, node, block):
                return _leave(found, node, f"it has not reached block {block.height} yet")
        except SourceError as failed:
            return _leave(found, node, failed.text)
    return dataclasses.replace(
        found,
        second=told,
        second_absent=told is None,
        second_source=node.label,
        independent=first is not None and is_independent(first, node),
    )


def _leave(found: Found, node: Node, why: str) -> Found:
    return dataclasses.replace(found, unheard=(*found.unheard, Unheard(node.label, why)))


def _is_behind(network: Network, first: Node | None, node: Node, block: Block) -> bool:
    """Whether the node is on the same chain and has not come as far as the block.

    Where the family names blocks by height, the node's head must be the other's block at that height:
    a fork shorter than the block is no honest node that is late. Elsewhere the head's time decides.
    """
    family = load_family(network.family)
    with readable(node):
        head = family.fetch_health(network, node)
    if family.fetch_block_hash is not None and first is not None:
        if head.height >= block.height:
            return False
        with readable(node):
            theirs = family.fetch_block_hash(network, node, head.height)
        with readable(first):
            ours = family.fetch_block_hash(network, first, head.height)
        return theirs == ours
    if head.time is not None and block.time is not None:
        return head.time < block.time
    return head.height < block.height


def _operator(node: Node) -> str:
    return (node.operator or _host(node)).casefold()


def _host(node: Node) -> str:
    host = (urlsplit(node.url).hostname or "").rstrip(".")
    return "loopback" if host in _LOOPBACK or host.startswith("127.") else host


def _port(node: Node) -> int | None:
    return urlsplit(node.url).port
