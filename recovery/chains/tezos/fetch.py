"""Asking about operation groups: the group, and what its calls did to tokens.

Knows: which requests answer which question in either API, and what proves an absence. Must not
know: what the answers mean for money (`recovery.chains.tezos.decode`).

A node can't look up an operation by its hash: it shows its mempool and, block by block, the last
few blocks. It never proves an absence. TzKT indexes all blocks and shows no mempool.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recovery.chains.family import Absent, FetchOutcome, RawTx
from recovery.chains.shape import read_list, read_object
from recovery.chains.sidebyside import ask_side_by_side
from recovery.chains.source import Node
from recovery.chains.tezos.answer import read_int, read_tzkt
from recovery.chains.tezos.ask import Head, ask, ask_head, is_octez
from recovery.chains.tezos.decode import calls_contract, read_group
from recovery.errors import Garbled, SourceError
from recovery.model import Replacement
from recovery.networks import Network

_AT_ONCE = 8
_LOOK_BACK = 10
"""Blocks that a node is searched through: what the mempool has just lost."""

_MOST_ROWS = 10_000
_ROWS_AT_ONCE = 100
_BINS = ("validated", "applied", "unprocessed")
_REFUSALS = ("branch_delayed", "branch_refused", "refused", "outdated")
_FINAL_BEHIND = 2


def fetch(network: Network, node: Node, hashes: Sequence[str]) -> list[FetchOutcome]:
    """One outcome per hash, in order; raises `SourceError` where the source can't be believed."""
    if not hashes:
        return []
    head = ask_head(network, node)
    look = _fetch_octez if is_octez(node) else _fetch_tzkt
    return ask_side_by_side(
        lambda h: look(network, node, head, h), hashes, at_once=_AT_ONCE, name="tezos"
    )


def _raw(network: Network, node: Node, head: Head, tx_hash: str, answers: dict[str, Any]) -> RawTx:
    whole = answers | {"head": {"level": head.level}}
    return RawTx(network.code, tx_hash, node.api, node.label, node.now(), whole)


def _fetch_tzkt(network: Network, node: Node, head: Head, tx_hash: str) -> FetchOutcome:
    try:
        rows = read_list(ask(node, f"/v1/operations/{tx_hash}"), "the operations")
        if not rows:
            return _absent(network, node, head, tx_hash)
        group = read_tzkt(rows, tx_hash)
        calls = [o.row for o in group.operations if calls_contract(o) and group.applied]
        tokens = _ask_tokens(node, sorted(row for row in calls if row is not None))
    except Garbled as wrong:
        return node.named(wrong)
    except SourceError as failed:
        return failed
    return _raw(network, node, head, tx_hash, {"operations": rows, "tokens": tokens})


def _ask_tokens(node: Node, rows: Sequence[int]) -> list[Any]:
    """What changed hands in these operations, by TzKT's reckoning of the contracts' books."""
    found: list[Any] = []
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        ids = ",".join(map(str, rows[start : start + _ROWS_AT_ONCE]))
        query: dict[str, str | int] = {"transactionId.in": ids, "limit": _MOST_ROWS}
        query["sort.asc"] = "id"
        answer = read_list(ask(node, "/v1/tokens/transfers", query), "the transfers")
        if len(answer) >= _MOST_ROWS:
            raise node.unhealthy("it cuts the list of token transfers")
        found += answer
    return found


def _absent(network: Network, node: Node, head: Head, tx_hash: str) -> Absent | SourceError:
    if node.history == "recent":
        return node.unhealthy("it keeps only recent history: an older operation may exist")
    text = f"all blocks up to {head.level} were searched; an indexer shows no mempool"
    return Absent(network.code, tx_hash, node.label, text)


def _fetch_octez(network: Network, node: Node, head: Head, tx_hash: str) -> FetchOutcome:
    try:
        answers = _ask_mempool(node, tx_hash) or _ask_blocks(node, head, tx_hash)
        if answers is None:
            return node.unhealthy(
                f"a node can't look up an operation by its hash: it is neither in the mempool nor"
                f" in the last {_LOOK_BACK} blocks; an indexer must be asked"
            )
        raw = _raw(network, node, head, tx_hash, answers)
        read_group(raw)
    except Garbled as wrong:
        return node.named(wrong)
    except SourceError as failed:
        return failed
    return raw


def _ask_mempool(node: Node, tx_hash: str) -> dict[str, Any] | None:
    pool = read_object(ask(node, "/chains/main/mempool/pending_operations"), "the mempool")
    for name in (*_BINS, *_REFUSALS):
        for item in read_list(pool.get(name, []), name):
            # older nodes write pairs of hash and operation
            pair = isinstance(item, list) and len(item) == 2
            known, operation = (item[0], item[1]) if pair else (None, item)
            row = read_object(operation, "a pending operation")
            if (known if pair else row.get("hash")) == tx_hash:
                return {"pending": row, "bin": name}
    return None


def _ask_blocks(node: Node, head: Head, tx_hash: str) -> dict[str, Any] | None:
    """The group in one of the last blocks; manager operations stand in the fourth list."""
    for level in range(head.level, max(head.level - _LOOK_BACK, 0), -1):
        base = f"/chains/main/blocks/{level}"
        hashes = read_list(ask(node, f"{base}/operation_hashes/3"), "the hashes")
        if tx_hash in hashes:
            operation = ask(node, f"{base}/operations/3/{hashes.index(tx_hash)}")
            return {"operation": operation, "block": ask(node, f"{base}/header")}
    return None


def fetch_replacement(network: Network, node: Node, seen: RawTx) -> Replacement | None:
    """Whether another operation has used the counter of one once seen, for good.

    Counters rise by one; a group whose counter is used up can't come into a block any more. Only an
    indexer can say that the group itself did not use it.
    """
    first = read_group(seen).operations[0]
    if is_octez(node) or first.counter is None or first.sender is None:
        return None
    head = ask_head(network, node)
    account = read_object(ask(node, f"/v1/accounts/{first.sender}"), "the account")
    used = read_int(account.get("counter"), "counter") >= first.counter
    settled = read_int(account.get("lastActivity"), "lastActivity") + _FINAL_BEHIND <= head.level
    if not used or not settled:
        return None
    outcome = _fetch_tzkt(network, node, head, seen.tx_hash)
    if isinstance(outcome, SourceError):
        raise outcome
    return Replacement(None) if isinstance(outcome, Absent) else None
