"""Asking an EVM node about transactions: few batches, whatever the number of hashes.

Knows: which calls answer which question, in which order, and which can be spared. Must not know:
what the answers mean for money (`recovery.chains.evm.decode`).

One batch asks the chain, its head and every transaction with its receipt. A second asks only what
those made necessary: headers of blocks that are not final, symbols of contracts seen for the
first time, nonces of pending senders, the reason of a failure, and what proves an absence. A third
asks traces, where native coin can have moved without the receipt showing it.
"""

from __future__ import annotations

from collections.abc import Sequence
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
from recovery.chains.shape import garbled
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
class _Asked:
    """One hash on its way. ``calls`` are what the second batch must answer, by the answer's name.

    ``outcome`` is set where the way ended early.
    """

    tx_hash: str
    answers: dict[str, Any]
    calls: dict[str, _Call] = field(default_factory=dict)
    needs_trace: bool = False
    outcome: Absent | SourceError | None = None


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
    everyone = [_Asked(h, {"latest": head.latest, "final": head.final}) for h in hashes]
    for asked, tx, receipt in zip(
        everyone, answers[first::2], answers[first + 1 :: 2], strict=True
    ):
        try:
            asked.answers |= _read_pair(node, tx, receipt)
            _plan(facts, head, asked)
        except Garbled as wrong:
            asked.outcome = node.garbled(wrong.text)
        except SourceError as wrong:
            asked.outcome = wrong
    open_ones = [asked for asked in everyone if asked.outcome is None]
    known = [asked for asked in open_ones if "tx" in asked.answers]
    _ask_the_rest(facts, node, known)
    _ask_traces(node, [asked for asked in known if asked.needs_trace and asked.outcome is None])
    _prove_absent(network, node, head, [a for a in open_ones if "tx" not in a.answers])
    source = node.label
    return [
        asked.outcome or RawTx(network.code, asked.tx_hash, node.api, source, at, asked.answers)
        for asked in everyone
    ]


def _read_pair(node: Node, tx: Any, receipt: Any) -> dict[str, Any]:
    """The pair's answers, none where the node does not know the hash; raises `SourceError`."""
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
        return {}
    if not isinstance(tx, dict) or not (receipt is None or isinstance(receipt, dict)):
        raise garbled("a transaction or receipt is not an object")
    if tx.get("blockHash") is None:
        return {"tx": tx}
    if receipt is None:
        raise node.unhealthy("it knows the transaction's block and not its receipt")
    if receipt.get("blockHash") != tx["blockHash"]:
        raise node.unhealthy("the chain changed between two answers; ask again")
    return {"tx": tx, "receipt": receipt}


def _ask_the_rest(facts: Facts, node: Node, known: Sequence[_Asked]) -> None:
    """The second batch: every distinct call once, whichever transactions need its answer."""
    contracts = {a.tx_hash: tokens.find_contracts(a.answers.get("receipt"), facts) for a in known}
    new_ones = tokens.find_unknown(
        node, dict.fromkeys(c for found in contracts.values() for c in found)
    )
    distinct = {_key(call): call for asked in known for call in asked.calls.values()}
    answered = node.rpc_batch([*distinct.values(), *tokens.plan_calls(new_ones)])
    by_key = dict(zip(distinct, answered, strict=False))
    sayings = tokens.remember(node, new_ones, answered[len(distinct) :])
    for asked in known:
        for name, call in asked.calls.items():
            asked.answers[name] = _kept(by_key[_key(call)])
        block = asked.answers.get("block")
        if isinstance(block, dict) and "fault" in block:
            words = block["message"][:200]
            asked.outcome = node.unhealthy(f"it does not show the transaction's block: {words}")
        asked.answers["tokens"] = {c: sayings[c] for c in contracts[asked.tx_hash] if c in sayings}


def _plan(facts: Facts, head: Head, asked: _Asked) -> None:
    tx, receipt = asked.answers.get("tx"), asked.answers.get("receipt")
    if tx is None:
        return
    if receipt is None:
        sender = abi.parse_address(tx.get("from"), "from")
        asked.calls["latest_nonce"] = ("eth_getTransactionCount", (sender, "latest"))
        # The height of the first batch, not the tag: the transaction may be mined meanwhile.
        final = head.final_height
        if final is None and facts.depth is not None:
            final = max(head.height - facts.depth + 1, 0)
        if final is not None:
            asked.calls["final_nonce"] = ("eth_getTransactionCount", (sender, hex(final)))
        return
    height = abi.parse_quantity(receipt.get("blockNumber"), "blockNumber")
    # A final block can be neither a preconfirmation nor left by a reorg.
    settled = head.final_height is not None and height <= head.final_height
    if not (settled and _has_time(tx, receipt)):
        asked.calls["block"] = ("eth_getBlockByNumber", (receipt["blockNumber"], False))
    if receipt.get("status") == "0x0" and tx.get("to") is not None:
        call = {k: tx[k] for k in ("from", "to", "value", "gas", "input") if tx.get(k) is not None}
        before = hex(max(height - 1, 0))
        asked.calls["replay"] = ("eth_call", (call, before))
    asked.needs_trace = _needs_trace(facts, tx, receipt)


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


def _ask_traces(node: Node, wanted: Sequence[_Asked]) -> None:
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
    node: Node, name: str, part: Sequence[_Asked], calls: Sequence[_Call]
) -> list[_Asked]:
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
            if is_refusal(answer):
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


def is_refusal(fault: RpcFault) -> bool:
    """The method itself is not there: not this transaction, not its missing state."""
    text = fault.message.lower()
    if fault.code in (-32601, -32004):
        return True
    return "method" in text and any(words in text for words in _REFUSALS)


def _prove_absent(network: Network, node: Node, head: Head, unknown: Sequence[_Asked]) -> None:
    """An absence, where the node's health and history prove one; what the hash is instead."""
    if not unknown:
        return
    facts = facts_of(network)
    probes: list[_Call] = [("eth_getBlockByHash", (a.tx_hash, False)) for a in unknown]
    if facts.exclusion_method:
        probes += [(facts.exclusion_method, (a.tx_hash,)) for a in unknown]
    history = history_calls(node)
    answers = node.rpc_batch([*history, *probes])
    told = answers[len(history) :]
    failure: SourceError | None = None
    try:
        head.check_fresh(facts, node)
        check_history(node, answers[: len(history)])
    except SourceError as wrong:
        failure = wrong
    exclusions = told[len(unknown) :] or [None] * len(unknown)
    for asked, block, exclusion in zip(unknown, told, exclusions, strict=False):
        text = _explain(block, exclusion)
        asked.outcome = failure or Absent(network.code, asked.tx_hash, node.label, text)


def _explain(block: Any, exclusion: Any) -> str:
    if isinstance(block, dict) and "number" in block:
        return f"this is the hash of block {int(str(block['number']), 16)}, not of a transaction"
    if isinstance(exclusion, dict):
        return f"the sequencer left it out: {str(exclusion.get('reasonMessage'))[:200]}"
    return (
        "an ERC-4337 user operation, a Safe transaction and a bridge message have hashes of their"
        " own; the hash of the transaction that carried them is needed"
    )
