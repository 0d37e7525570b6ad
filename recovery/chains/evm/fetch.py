"""Asking an EVM node about transactions: few batches, whatever the number of hashes.

Knows: which calls answer which question, in which order, and which can be spared. Must not know:
what the answers mean for money (`recovery.chains.evm.decode`).

One batch asks the chain, its head and every transaction with its receipt. A second asks only what
those made necessary: headers of blocks that are not final, symbols of contracts seen for the
first time, nonces of pending senders, the reason of a failure, and what proves an absence. A third
asks traces, where native coin can have moved without the receipt showing it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from recovery.chains.evm import abi, tokens
from recovery.chains.evm.facts import Facts, facts_of
from recovery.chains.evm.health import (
    Head,
    check_history,
    head_calls,
    history_calls,
    read_fault,
    read_head,
)
from recovery.chains.evm.logs import may_move_inside
from recovery.chains.family import Absent, FetchOutcome, RawTx
from recovery.chains.source import Node, RpcFault
from recovery.errors import Garbled, SourceError
from recovery.networks import Network

_TRACES_PER_REQUEST = 10
"""A trace can be megabytes, and the node replays the transaction to make it."""

_TRACERS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "debug": ("debug_traceTransaction", ({"tracer": "callTracer"},)),
    "parity": ("trace_transaction", ()),
}

_Call = tuple[str, Sequence[Any]]


@dataclass(slots=True)
class _Wanted:
    """One hash on its way: the answers so far, and which of the second batch belong to it."""

    tx_hash: str
    answers: dict[str, Any]
    calls: dict[str, _Call] = field(default_factory=dict)


def fetch(network: Network, node: Node, hashes: Sequence[str]) -> list[FetchOutcome]:
    """One outcome per hash, in order; raises `SourceError` where the node can't be believed."""
    if not hashes:
        return []
    facts = facts_of(network)
    at = node.now()
    calls = head_calls(facts)
    first = len(calls)
    for tx_hash in hashes:
        calls.append(("eth_getTransactionByHash", (tx_hash,)))
        calls.append(("eth_getTransactionReceipt", (tx_hash,)))
    answers = node.rpc_batch(calls)
    head = read_head(facts, node, answers[:first])
    outcomes: list[FetchOutcome | None] = [None] * len(hashes)
    wanted: dict[int, _Wanted] = {}
    unknown: list[int] = []
    for i, tx_hash in enumerate(hashes):
        tx, receipt = answers[first + 2 * i], answers[first + 2 * i + 1]
        try:
            known = _read_pair(node, tx, receipt)
        except SourceError as wrong:
            outcomes[i] = wrong
            continue
        if known is None:
            unknown.append(i)
        else:
            shared = {"latest": head.latest, "final": head.final}
            wanted[i] = _Wanted(tx_hash, shared | known)
    _ask_the_rest(facts, node, head, wanted, outcomes)
    if unknown:
        proofs = _prove_absent(network, node, head, [hashes[i] for i in unknown])
        outcomes = _filled(outcomes, dict(zip(unknown, proofs, strict=True)))
    found: dict[int, FetchOutcome] = {
        i: RawTx(network.code, want.tx_hash, node.api, node.label, at, want.answers)
        for i, want in wanted.items()
        if outcomes[i] is None
    }
    return [outcome for outcome in _filled(outcomes, found) if outcome is not None]


def _filled(
    outcomes: list[FetchOutcome | None], more: Mapping[int, FetchOutcome]
) -> list[FetchOutcome | None]:
    return [more.get(i, outcome) for i, outcome in enumerate(outcomes)]


def _read_pair(node: Node, tx: Any, receipt: Any) -> dict[str, Any] | None:
    """The pair's answers, or None where the node does not know the hash; raises `SourceError`."""
    for answer in (tx, receipt):
        if isinstance(answer, RpcFault):
            fault = read_fault(node, answer)
            if fault is not None:
                raise fault
    tx = None if isinstance(tx, RpcFault) else tx
    receipt = None if isinstance(receipt, RpcFault) else receipt
    if tx is None:
        if receipt is not None:
            raise node.unhealthy("it knows the receipt and not the transaction; ask again")
        return None
    if not isinstance(tx, dict) or not (receipt is None or isinstance(receipt, dict)):
        raise node.garbled("a transaction or receipt is not an object")
    if tx.get("blockHash") is None:
        return {"tx": tx}
    if receipt is None:
        raise node.unhealthy("it knows the transaction's block and not its receipt")
    if receipt.get("blockHash") != tx["blockHash"]:
        raise node.unhealthy("the chain changed between two answers; ask again")
    return {"tx": tx, "receipt": receipt}


def _ask_the_rest(
    facts: Facts,
    node: Node,
    head: Head,
    wanted: dict[int, _Wanted],
    outcomes: list[FetchOutcome | None],
) -> None:
    to_trace: list[_Wanted] = []
    contracts: dict[str, None] = {}
    for i, want in wanted.items():
        try:
            _plan(facts, head, want)
            receipt = want.answers.get("receipt")
            if receipt is not None:
                contracts |= dict.fromkeys(tokens.find_contracts(receipt, facts))
                if _needs_trace(facts, want.answers["tx"], receipt):
                    to_trace.append(want)
        except Garbled as wrong:
            outcomes[i] = node.garbled(wrong.text)
    new_ones = tokens.find_unknown(node, contracts)
    distinct = {_key(call): call for want in wanted.values() for call in want.calls.values()}
    answered = node.rpc_batch([*distinct.values(), *tokens.plan_calls(new_ones)])
    by_key = dict(zip(distinct, answered, strict=False))
    known = tokens.remember(node, new_ones, answered[len(distinct) :])
    for i, want in wanted.items():
        for name, call in want.calls.items():
            want.answers[name] = _kept(by_key[_key(call)])
        block = want.answers.get("block")
        if isinstance(block, dict) and "fault" in block:
            outcomes[i] = node.unhealthy(f"it does not show the block: {block['message'][:200]}")
        receipt = want.answers.get("receipt")
        if receipt is not None and outcomes[i] is None:
            seen = {c: known[c] for c in tokens.find_contracts(receipt, facts) if c in known}
            if seen:
                want.answers["tokens"] = seen
    _ask_traces(node, to_trace)


def _plan(facts: Facts, head: Head, want: _Wanted) -> None:
    tx, receipt = want.answers["tx"], want.answers.get("receipt")
    if receipt is None:
        sender = abi.parse_address(tx.get("from"), "from")
        want.calls["latest_nonce"] = ("eth_getTransactionCount", (sender, "latest"))
        # The height of the first batch, not the tag: the transaction may be mined meanwhile.
        final = head.final_height
        if final is None and facts.depth is not None:
            final = max(head.height - facts.depth + 1, 0)
        if final is not None:
            want.calls["final_nonce"] = ("eth_getTransactionCount", (sender, hex(final)))
        return
    height = abi.parse_quantity(receipt.get("blockNumber"), "blockNumber")
    # A final block can be neither a preconfirmation nor left by a reorg.
    settled = head.final_height is not None and height <= head.final_height
    if not (settled and _has_time(tx, receipt)):
        want.calls["block"] = ("eth_getBlockByNumber", (receipt["blockNumber"], False))
    if receipt.get("status") == "0x0" and tx.get("to") is not None:
        call = {k: tx[k] for k in ("from", "to", "value", "gas", "input") if tx.get(k) is not None}
        before = hex(max(height - 1, 0))
        want.calls["replay"] = ("eth_call", (call, before))


def _has_time(tx: dict[str, Any], receipt: dict[str, Any]) -> bool:
    logs = receipt.get("logs")
    first = logs[0] if isinstance(logs, list) and logs else None
    return any(isinstance(a, dict) and a.get("blockTimestamp") for a in (tx, receipt, first))


def _needs_trace(facts: Facts, tx: dict[str, Any], receipt: dict[str, Any]) -> bool:
    if may_move_inside(tx, receipt, facts):
        return True
    # Before Byzantium only a trace tells a success that used up all its gas from a failure.
    return receipt.get("status") is None and tx.get("gas") == receipt.get("gasUsed")


def _key(call: _Call) -> str:
    return f"{call[0]} {call[1]!r}"


_HEADER_FIELDS = ("number", "hash", "timestamp", "baseFeePerGas")


def _kept(answer: Any) -> Any:
    """What is kept of an answer: of a block its identity (its list of transactions can be
    megabytes), of a fault its words."""
    if isinstance(answer, RpcFault):
        return {"fault": answer.code, "message": answer.message, "data": answer.data}
    if isinstance(answer, dict) and "parentHash" in answer:
        return {name: answer[name] for name in _HEADER_FIELDS if name in answer}
    return answer


def _ask_traces(node: Node, wanted: Sequence[_Wanted]) -> None:
    """Ask for traces the way this node offers them, learned by its first refusals."""
    for start in range(0, len(wanted), _TRACES_PER_REQUEST):
        part = list(wanted[start : start + _TRACES_PER_REQUEST])
        for name, (method, extra) in _TRACERS.items():
            if name in node.memory.setdefault("evm_no_tracer", set()) or not part:
                continue
            part = _ask_tracer(node, name, part, [(method, (w.tx_hash, *extra)) for w in part])
        for want in part:
            want.answers.setdefault("no_trace", "the node offers no trace method")


def _ask_tracer(
    node: Node, name: str, part: Sequence[_Wanted], calls: Sequence[_Call]
) -> list[_Wanted]:
    """Fill in what one method answers; the transactions that still have no trace."""
    try:
        answers = node.rpc_batch(calls)
    except SourceError as wrong:  # traces are extra: without one the evidence says so
        for want in part:
            want.answers["no_trace"] = wrong.text
        return list(part)
    left = []
    for want, answer in zip(part, answers, strict=True):
        if isinstance(answer, dict | list) and answer:
            want.answers["trace"] = answer
            want.answers.pop("no_trace", None)
            continue
        left.append(want)
        if isinstance(answer, RpcFault):
            if _is_refusal(answer):
                node.memory["evm_no_tracer"].add(name)
            else:
                want.answers["no_trace"] = answer.message[:200]
    return left


_REFUSALS = (
    "not found",
    "not exist",
    "not available",
    "not supported",
    "unsupported",
    "not allowed",
    "not enabled",
    "not whitelisted",
    "disabled",
    "forbidden",
    "unauthorized",
)


def _is_refusal(fault: RpcFault) -> bool:
    """The method itself is not there: not this transaction, not its missing state."""
    text = fault.message.lower()
    if fault.code in (-32601, -32004):
        return True
    return "method" in text and any(words in text for words in _REFUSALS)


def _prove_absent(
    network: Network, node: Node, head: Head, hashes: Sequence[str]
) -> list[FetchOutcome]:
    """An absence, where the node's health and history prove one; what the hash is instead."""
    facts = facts_of(network)
    probes: list[_Call] = [("eth_getBlockByHash", (h, False)) for h in hashes]
    if facts.exclusion_method:
        probes += [(facts.exclusion_method, (h,)) for h in hashes]
    history = history_calls(node)
    answers = node.rpc_batch([*history, *probes])
    told = answers[len(history) :]
    try:
        head.check_fresh(facts, node)
        check_history(node, answers[: len(history)])
    except SourceError as wrong:
        return [wrong for _ in hashes]
    excluded = told[len(hashes) :] or [None] * len(hashes)
    return [
        Absent(network.code, h, node.label, _explain(block, exclusion))
        for h, block, exclusion in zip(hashes, told, excluded, strict=False)
    ]


def _explain(block: Any, exclusion: Any) -> str:
    if isinstance(block, dict) and "number" in block:
        return f"this is the hash of block {int(str(block['number']), 16)}, not of a transaction"
    if isinstance(exclusion, dict):
        return f"the sequencer left it out: {str(exclusion.get('reasonMessage'))[:200]}"
    return (
        "an ERC-4337 user operation, a Safe transaction and a bridge message have hashes of their"
        " own; the hash of the transaction that carried them is needed"
    )
