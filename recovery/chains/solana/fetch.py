"""Asks a Solana node: transactions, their status, block and mints, and whether the node is healthy.

Knows: the JSON-RPC methods, their errors, commitment levels, ledger coverage. Must not know: what a
transaction paid to whom.

A signature carries no date, so it is absent only where the node holds every block since the first:
most nodes keep days, and only those backed by an archive say 0 to ``getFirstAvailableBlock``.
A dropped transaction leaves no trace on any node.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recovery.chains.family import Absent, FetchOutcome, Health, RawTx
from recovery.chains.shape import read_list, read_object
from recovery.chains.solana.answer import TxAnswer, read_time, read_tx
from recovery.chains.solana.decode import read_commitment
from recovery.chains.solana.mints import metadata_address
from recovery.chains.solana.programs import advances_nonce
from recovery.chains.source import Node, RpcFault
from recovery.errors import SourceError
from recovery.model import Replacement
from recovery.networks import Network

OLDEST_SECONDS = 90
"""A block is finalized some 13 s after it was made; a node whose last one is older has lost the
network, or the network stands still: then nothing is proven either way."""

_FIRST_BLOCKS = (0, 1)
_FINALIZED = {"commitment": "finalized"}
_TX = {"encoding": "json", "commitment": "confirmed", "maxSupportedTransactionVersion": 0}
_BLOCK = {
    "transactionDetails": "none",
    "rewards": False,
    "commitment": "confirmed",
    "maxSupportedTransactionVersion": 0,
}
_ACCOUNTS = {"encoding": "base64", "commitment": "confirmed"}
_LATER = frozenset({-32004, -32005, -32014, -32016, -32019})
"""Not available yet, behind, storage out of reach: asking again may help."""
_MOST_REMEMBERED = 5_000

Call = tuple[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Head:
    """The last finalized slot and its time, and the first block the node can show."""

    slot: int
    time: datetime
    first: int

    def keeps_all(self, node: Node) -> bool:
        return self.first in _FIRST_BLOCKS and node.history != "recent"


def fetch(network: Network, node: Node, hashes: Sequence[str]) -> list[FetchOutcome]:
    """One outcome per signature; the node's health is asked first."""
    head = ask_head(network, node)
    calls: list[Call] = []
    for signature in hashes:
        calls.append(("getTransaction", (signature, _TX)))
        calls.append(("getSignatureStatuses", ([signature], {"searchTransactionHistory": True})))
    answers = node.rpc_batch(calls)
    looks = [
        _look(network, node, head, signature, answers[2 * i : 2 * i + 2])
        for i, signature in enumerate(hashes)
    ]
    _add_blocks_and_mints(node, looks)
    return [look if isinstance(look, Absent | SourceError) else look.outcome for look in looks]


class _Look:
    """One transaction that the node knows, while its block and mints are asked for."""

    def __init__(self, raw: RawTx, tx: TxAnswer | None) -> None:
        self.tx = tx
        self.answers: dict[str, Any] = dict(raw.answers)
        self.outcome: RawTx | SourceError = raw
        self._raw = raw

    def finish(self) -> None:
        raw = self._raw
        self.outcome = RawTx(raw.network, raw.tx_hash, raw.api, raw.source, raw.at, self.answers)


def _look(
    network: Network, node: Node, head: Head, signature: str, answers: Sequence[Any]
) -> _Look | Absent | SourceError:
    try:
        tx, told = (unfault(node, answer) for answer in answers)
        value = read_list(read_object(told, "the statuses").get("value"), "value")
        if len(value) != 1:
            raise node.garbled("getSignatureStatuses answered for other signatures")
        status = None if value[0] is None else read_object(value[0], "a status")
        if tx is None and status is None:
            return _not_found(network, node, head, signature)
        if status is None:
            raise node.unhealthy("it shows a transaction of which it knows no status")
        if tx is None and read_commitment(status) != "processed":
            raise node.unhealthy("it knows that the transaction exists, and does not keep it")
        read = None if tx is None else read_tx(tx)
    except SourceError as failed:
        return failed
    raw = RawTx(
        network=network.code,
        tx_hash=signature,
        api=node.api,
        source=node.label,
        at=node.now(),
        answers={"tx": tx, "status": status, "head": {"slot": head.slot, "first": head.first}},
    )
    return _Look(raw, read)


def _not_found(network: Network, node: Node, head: Head, signature: str) -> Absent | SourceError:
    if not head.keeps_all(node):
        return node.unhealthy(
            f"it keeps the blocks from {head.first} on only, and can't prove an absence"
        )
    text = f"all blocks up to slot {head.slot} searched; a dropped transaction leaves no trace"
    return Absent(network.code, signature, node.label, text)


def _add_blocks_and_mints(node: Node, looks: Iterable[_Look | Absent | SourceError]) -> None:
    """The block of each slot and the mints not known yet, in one batch for all transactions."""
    open_ones = [look for look in looks if isinstance(look, _Look) and look.tx is not None]
    slots = list(dict.fromkeys(look.tx.slot for look in open_ones if look.tx))
    known: dict[str, Any] = node.memory.setdefault("solana_mints", {})
    if len(known) > _MOST_REMEMBERED:
        known.clear()
    wanted = {look: _mints_of(look.tx) for look in open_ones if look.tx}
    unknown = [m for m in dict.fromkeys(m for ms in wanted.values() for m in ms) if m not in known]
    calls: list[Call] = [("getBlock", (slot, _BLOCK)) for slot in slots]
    calls += [("getMultipleAccounts", ([m, metadata_address(m)], _ACCOUNTS)) for m in unknown]
    answers = node.rpc_batch(calls)
    blocks = dict(zip(slots, answers, strict=False))
    told = dict(zip(unknown, answers[len(slots) :], strict=True))
    known.update({m: answer for m, answer in told.items() if not isinstance(answer, RpcFault)})
    for look, mints in wanted.items():
        assert look.tx is not None, "only those with a transaction are open"
        try:
            look.answers["block"] = unfault(node, blocks[look.tx.slot])
            look.answers["mints"] = {m: unfault(node, known.get(m, told.get(m))) for m in mints}
            look.finish()
        except SourceError as failed:
            look.outcome = failed


def _mints_of(tx: TxAnswer) -> list[str]:
    return list(dict.fromkeys(a.mint for a in (tx.tokens or {}).values()))


def unfault(node: Node, answer: Any) -> Any:
    """The result; raises the `SourceError` that an error object means."""
    if not isinstance(answer, RpcFault):
        return answer
    text = f"{answer.code} {answer.message}"
    raise node.unreachable(text) if answer.code in _LATER else node.unhealthy(text)


def ask_head(network: Network, node: Node) -> Head:
    """The node's own account of itself; raises where it must not be believed."""
    genesis, health, slot, first = (
        unfault(node, answer)
        for answer in node.rpc_batch(
            [
                ("getGenesisHash", ()),
                ("getHealth", ()),
                ("getSlot", (_FINALIZED,)),
                ("getFirstAvailableBlock", ()),
            ]
        )
    )
    wanted = network.parameters["genesis"]
    if genesis != wanted:
        raise node.unhealthy(f"it is on the chain with the genesis {genesis}, not {wanted}")
    if health != "ok":
        raise node.unhealthy(f"it is not healthy: {health}")
    if type(slot) is not int or type(first) is not int or not 0 <= first <= slot:
        raise node.garbled("slots are no numbers, or the first is behind the last")
    time = read_time(unfault(node, node.rpc("getBlockTime", (slot,))))
    if time is None:
        raise node.unhealthy("it does not say when its last block was")
    age = (node.now() - time).total_seconds()
    if age > OLDEST_SECONDS:
        raise node.unhealthy(f"its last finalized block is {age:.0f} s old")
    return Head(slot, time, first)


def fetch_health(network: Network, node: Node) -> Health:
    """What the node says of itself; raises where it is on another chain or behind."""
    head = ask_head(network, node)
    version = node.rpc("getVersion")
    core = version.get("solana-core") if isinstance(version, dict) else None
    whole = head.keeps_all(node)
    return Health(
        height=head.slot,
        time=head.time,
        history="full" if whole else "recent",
        oldest=None if whole else head.first,
        version=core if isinstance(core, str) else None,
    )


def fetch_replacement(network: Network, node: Node, seen: RawTx) -> Replacement | None:
    """Whether a transaction once seen can never land any more: its blockhash is too old.

    A blockhash serves for 150 blocks. One that spends a durable nonce does not expire with it, and
    of one that was seen without its content nobody knows: None for both.
    """
    if seen.answers.get("tx") is None:
        return None
    tx = read_tx(seen.answers["tx"])
    if tx.instructions and advances_nonce(tx.instructions[0]):
        return None
    (outcome,) = fetch(network, node, [seen.tx_hash])
    if isinstance(outcome, SourceError):
        raise outcome
    if not isinstance(outcome, Absent):
        return None
    valid = unfault(node, node.rpc("isBlockhashValid", (tx.recent_blockhash, _FINALIZED)))
    value = read_object(valid, "isBlockhashValid").get("value")
    if not isinstance(value, bool):
        raise node.garbled("isBlockhashValid says neither true nor false")
    return None if value else Replacement(None)
