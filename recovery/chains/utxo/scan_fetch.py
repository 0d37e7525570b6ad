"""Raw blocks of a window, from a Bitcoin-Core-type node or an Esplora server.

Knows: ``/rest/block/HASH.bin`` where the node serves it, else ``getblock HASH 0`` in batches, Esplora's
``/block/HASH/raw``, and that a missing block is no empty one. Must not know: what a block holds.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

from recovery.chains.source import Node, RpcFault
from recovery.chains.utxo import fetch_core, fetch_esplora
from recovery.errors import SourceError, TooMuch

_HASH_DIGITS = 64
_NO_PARENT = "0" * _HASH_DIGITS
"""What the first block of all names as the block before it."""

_BATCH_BYTES = 8_000_000
"""How much one batch of ``getblock`` is meant to bring, in bytes of blocks: twice as much in hex."""

_MOST_BLOCKS = 50
_VERBOSITIES: tuple[int | bool, ...] = (0, False)
"""How hex is asked for: a number, except with the nodes of old that insist on a boolean."""

REST, ESPLORA = "/rest/block/:hash.bin", "/block/:hash/raw"
RPC, PARSED = "getblock 0", "getblock"
"""The calls as a report names them."""


def fetch_hashes(node: Node, first: int, last: int) -> list[str]:
    """The hashes of the node's own blocks from one height to another; raises `Unhealthy` where it has
    not all of them."""
    if node.api == "esplora":
        return [fetch_esplora.ask_block_hash(node, height) for height in range(first, last + 1)]
    answers = fetch_core.ask(node, [("getblockhash", [h]) for h in range(first, last + 1)])
    for answer in answers:
        if (
            not isinstance(answer, str)
            or len(answer) != _HASH_DIGITS
            or answer.strip("0123456789abcdef")
        ):
            raise node.garbled(f"getblockhash was answered with {answer!r:.80}")
    return answers


@dataclass(frozen=True, slots=True)
class Wanted:
    """A block that is asked for: its height, its hash, and that of the block before."""

    height: int
    hash: str
    parent: str


def fetch_wanted(node: Node, first: int, last: int) -> list[Wanted]:
    """What the node's own chain has from one height to another."""
    hashes = fetch_hashes(node, max(first - 1, 0), last)
    if first == 0:
        hashes = [_NO_PARENT, *hashes]
    return [
        Wanted(first + n, block_hash, parent)
        for n, (parent, block_hash) in enumerate(itertools.pairwise(hashes))
    ]


def fetch_blocks(node: Node, wanted: Sequence[Wanted]) -> Iterator[tuple[Wanted, bytes, str]]:
    """The raw blocks in their order, each with the name of the call that gave it.

    Each names the block before as its parent: so it is the block of that height, and no error page.
    The next is on its way while one is looked through. Raises `Unhealthy` for a block that the node does not have, `Garbled` for
    something else in its place.
    """
    blocks = _fetch_in_order(node, wanted)
    context = copy_context()  # requests are counted for whoever asked

    def fetch_next() -> tuple[Wanted, bytes, str] | None:
        return next(blocks, None)

    with ThreadPoolExecutor(1, thread_name_prefix="blocks") as ahead:
        coming = ahead.submit(context.run, fetch_next)
        while (block := coming.result()) is not None:
            coming = ahead.submit(context.run, fetch_next)
            yield block


def _fetch_in_order(node: Node, wanted: Sequence[Wanted]) -> Iterator[tuple[Wanted, bytes, str]]:
    at = 0
    while at < len(wanted) and _serves_files(node):
        data = _fetch_file(node, wanted[at])
        if data is None:
            break
        yield wanted[at], data, ESPLORA if node.api == "esplora" else REST
        at += 1
    while at < len(wanted):
        part = wanted[at : at + node.memory.setdefault("blocks_at_once", 1)]
        blocks = _fetch_by_rpc(node, part)
        node.memory.setdefault(
            "block_rest", False
        )  # it has the block, and does not serve it by REST
        mean = sum(map(len, blocks)) // len(blocks)
        most = min(_BATCH_BYTES // mean, 2 * len(part), _MOST_BLOCKS)
        node.memory["blocks_at_once"] = max(most, 1)
        for block, data in zip(part, blocks, strict=True):
            yield block, data, RPC
        at += len(part)


def _serves_files(node: Node) -> bool:
    return node.api == "esplora" or bool(node.memory.get("block_rest", True))


def _fetch_file(node: Node, block: Wanted) -> bytes | None:
    """The block by GET; None where a Core node must be asked otherwise: REST is switched off (then
    hosted nodes answer with whatever they like), or the node has it not."""
    if node.api == "esplora":
        data = node.fetch_bytes(f"/block/{block.hash}/raw")
        if data is None:
            raise node.unhealthy(f"it does not have block {block.hash}")
        return _checked(node, block, data)
    proven = bool(node.memory.get("block_rest"))
    try:
        data = node.fetch_bytes(f"/rest/block/{block.hash}.bin")
        if data is None:
            return None
        _checked(node, block, data)
    except TooMuch:
        raise
    except SourceError:
        if proven:
            raise
        return None
    node.memory["block_rest"] = True
    return data


def _checked(node: Node, block: Wanted, data: bytes) -> bytes:
    if data[4:36] != bytes.fromhex(block.parent)[::-1]:
        raise node.garbled(f"what it gave is not block {block.height} ({block.hash})")
    return data


def _fetch_by_rpc(node: Node, wanted: Sequence[Wanted]) -> list[bytes]:
    known = node.memory.get("block_verbosity")
    for verbosity in _VERBOSITIES if known is None else (known,):
        answers = node.rpc_batch([("getblock", [block.hash, verbosity]) for block in wanted])
        if not any(isinstance(a, RpcFault) and fetch_core.speaks_otherwise(a) for a in answers):
            node.memory["block_verbosity"] = verbosity
            break
    blocks = []
    for block, answer in zip(wanted, answers, strict=True):
        if isinstance(answer, RpcFault):
            raise node.unhealthy(f"it does not give block {block.hash}: {answer.message}")
        if not isinstance(answer, str):
            raise node.garbled(f"getblock was answered with {type(answer).__name__}, not with hex")
        try:
            data = bytes.fromhex(answer)
        except ValueError:
            raise node.garbled(f"block {block.hash} is not hexadecimal") from None
        blocks.append(_checked(node, block, data))
    return blocks


def fetch_parsed(node: Node, block_hash: str) -> Sequence[Any]:
    """The block's transactions as the node itself reads them, object by object."""
    if node.api == "esplora":
        raise node.garbled(f"block {block_hash} has a form that is not known here")
    (block,) = fetch_core.ask(node, [("getblock", [block_hash, 2])])
    txs = block.get("tx") if isinstance(block, Mapping) else None
    if not isinstance(txs, list) or not txs:
        raise node.garbled(f"getblock does not list the transactions of {block_hash}")
    return txs
