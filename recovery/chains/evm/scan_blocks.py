"""Looking for our addresses in whole blocks: coin sent by the transactions themselves, and inside them.

Knows: ``eth_getBlockByNumber`` with transactions, and the two ways to trace a block. Must not know:
whether a transaction succeeded or what it moved: its evidence says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from recovery.chains.evm import abi
from recovery.chains.evm.fetch import is_refusal
from recovery.chains.evm.scan_logs import SCHEME, read_refusal, read_time
from recovery.chains.scan import Hit, Hits, Watch, Window
from recovery.chains.shape import garbled
from recovery.chains.source import Node, RpcFault
from recovery.model import Note
from recovery.networks import Network

_NO_TRACES = "the node traces no blocks: coin that contracts paid was not looked for"


def fetch_block_hits(network: Network, node: Node, window: Window, watch: Watch) -> Hits:
    """Every transaction of the window that sends coin to a watched address, or creates at one.

    Withdrawals of the beacon chain to one have no transaction: they are told as gaps.
    """
    heights = range(window.first, window.last + 1)
    answers = node.rpc_batch([("eth_getBlockByNumber", (hex(h), True)) for h in heights])
    hits: list[Hit] = []
    gaps: list[Note] = []
    seen = 0
    for height, answer in zip(heights, answers, strict=True):
        block = _read_block(node, height, answer)
        time = read_time(block.get("timestamp"))
        paying = [tx for tx in block["transactions"] if _pays(tx)]
        seen += len(block["transactions"])
        hits += [Hit(_hash_of(tx), height, time) for tx in _find_ours(paying, "to", watch)]
        gaps += _find_withdrawals(height, block, watch)
    return Hits(tuple(hits), window, ("eth_getBlockByNumber",), tuple(gaps), seen)


def _read_block(node: Node, height: int, answer: Any) -> dict[str, Any]:
    if isinstance(answer, RpcFault):
        raise read_refusal(node, answer)
    if answer is None:
        raise node.unhealthy(f"it does not have block {height}")
    if not isinstance(answer, dict) or not isinstance(answer.get("transactions"), list):
        raise garbled("a block is not an object with transactions")
    if abi.parse_quantity(answer.get("number"), "number") != height:
        raise node.garbled(f"it answered another block than {height}")
    return answer


def _pays(tx: Any) -> bool:
    """Whether a transaction brings coin by itself: its value, or a deposit's ``mint``."""
    if not isinstance(tx, dict):
        raise garbled("a block's transaction is not an object")
    return tx.get("value") != "0x0" or tx.get("mint") not in (None, "0x0")


def _hash_of(tx: dict[str, Any]) -> str:
    tx_hash = tx.get("hash")
    if not isinstance(tx_hash, str) or len(tx_hash) != 66:
        raise garbled("a transaction's hash is not 32 bytes")
    return tx_hash.lower()


def _find_ours(items: Sequence[dict[str, Any]], field: str, watch: Watch) -> list[dict[str, Any]]:
    """Items whose address, or whose minting sender's, is watched; creations have none: all of them."""
    owners: list[dict[str, Any]] = []
    addresses: list[str] = []
    found = []
    for item in items:
        told = [item.get(field), item.get("from") if item.get("mint") else None]
        if item.get(field) is None:
            found.append(item)  # a creation that brings coin: rare enough to be asked for
        for address in told:
            if address is not None:
                owners.append(item)
                addresses.append(abi.parse_address(address, field)[2:])
    if addresses:
        payloads = np.frombuffer(bytes.fromhex("".join(addresses)), np.uint8).reshape(-1, 20)
        found += [owners[i] for i in np.flatnonzero(watch.mark_held(SCHEME, payloads))]
    return found


def _find_withdrawals(height: int, block: dict[str, Any], watch: Watch) -> list[Note]:
    given = block.get("withdrawals") or []
    if not isinstance(given, list) or not all(isinstance(w, dict) for w in given):
        raise garbled("a block's withdrawals are not a list of objects")
    return [
        Note(
            "beacon_withdrawal",
            f"block {height}: withdrawal {abi.parse_quantity(w.get('index'), 'index')} paid"
            f" {abi.parse_quantity(w.get('amount'), 'amount')} gwei to {w.get('address')}; it has no"
            " transaction, so it can't become a case by itself",
        )
        for w in _find_ours(given, "address", watch)
    ]


def fetch_trace_hits(network: Network, node: Node, window: Window, watch: Watch) -> Hits:
    """Every transaction of the window inside which coin may have reached a watched address.

    Where the node has no traces the answer names no method, and the gap: nothing was looked through.
    """
    if node.scan_traces == "off":
        note = Note(
            "internal_transfers", "scan_traces is off: coin that contracts paid was not seen"
        )
        return Hits((), window, (), (note,))
    for name, method, extra in (
        ("parity", "trace_block", ()),
        ("debug", "debug_traceBlockByNumber", ({"tracer": "callTracer"},)),
    ):
        if name in node.memory.setdefault("evm_no_block_tracer", set()):
            continue
        hits: list[Hit] = []
        refused = False
        seen = 0
        for height in range(window.first, window.last + 1):
            answer = node.rpc(method, (hex(height), *extra))
            if isinstance(answer, RpcFault):
                if not is_refusal(answer):
                    raise read_refusal(node, answer)
                node.memory["evm_no_block_tracer"].add(name)
                refused = True
                break
            if not isinstance(answer, list):
                raise node.unhealthy(f"it does not trace block {height}")
            frames = list(_read_parity(answer) if name == "parity" else _read_debug(answer))
            seen += len(frames)
            hits += _find_paid(frames, height, watch)
        if not refused:
            return Hits(tuple(dict.fromkeys(hits)), window, (method,), seen=seen)
    return Hits((), window, (), (Note("internal_transfers", _NO_TRACES),))


def _find_paid(frames: Sequence[tuple[str | None, str]], height: int, watch: Watch) -> list[Hit]:
    if not frames:
        return []
    payloads = np.frombuffer(bytes.fromhex("".join(a for _, a in frames)), np.uint8)
    marks = watch.mark_held(SCHEME, payloads.reshape(-1, 20))
    hashes = [frames[int(i)][0] for i in np.flatnonzero(marks)]
    if None in hashes:
        raise garbled("a trace does not say whose it is")
    return [Hit(str(tx_hash), height) for tx_hash in hashes]


def _read_parity(traces: Iterable[Any]) -> Iterable[tuple[str | None, str]]:
    """Transaction and recipient of every frame below a root that carries coin."""
    for item in traces:
        if not isinstance(item, dict) or not isinstance(item.get("action"), dict):
            raise garbled("a trace's item has no action")
        if item.get("type") == "reward" or not item.get("traceAddress"):
            continue
        action, result = item["action"], item.get("result")
        made = result.get("address") if isinstance(result, dict) else None
        to = action.get("to") or action.get("refundAddress") or made
        amount = action.get("value") or action.get("balance")
        if to is not None and amount not in (None, "0x0"):
            yield _lower(item.get("transactionHash")), abi.parse_address(to, "a recipient")[2:]


def _read_debug(traces: Iterable[Any]) -> Iterable[tuple[str | None, str]]:
    for item in traces:
        if not isinstance(item, dict) or not isinstance(item.get("result"), dict):
            raise garbled("a block's trace has no result")
        stack = list(item["result"].get("calls") or [])
        while stack:
            frame = stack.pop()
            if not isinstance(frame, dict):
                raise garbled("a trace's call is not an object")
            stack += frame.get("calls") or []
            to, amount = frame.get("to"), frame.get("value")
            # geth names no value for a destroyed contract: the recipient alone must do
            if to is not None and (
                amount not in (None, "0x0") or frame.get("type") == "SELFDESTRUCT"
            ):
                yield _lower(item.get("txHash")), abi.parse_address(to, "a recipient")[2:]


def _lower(tx_hash: Any) -> str | None:
    return tx_hash.lower() if isinstance(tx_hash, str) and len(tx_hash) == 66 else None
