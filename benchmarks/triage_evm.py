"""How fast EVM hashes become evidence, beside a plain web3.py loop and the raw limit of the node.

One run, one node, the same 5,000 hashes: six of ten are token transfers, four are coin. Measured:
web3.py asking transaction, receipt and head one after the other (on a part of the hashes: it is
slow), the bare batched calls that any reader must make, and the product from hash to evidence.

Run: ``.venv/bin/python benchmarks/triage_evm.py [COUNT]``
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))  # the real nodes live there

import httpx
from nodes.anvil import Anvil, Contract

from recovery.chains.evm.family import FAMILY
from recovery.chains.family import RawTx
from recovery.chains.source import Node
from recovery.networks import load_registry

COUNT = 5_000
PER_BLOCK = 50
WEB3_PART = 500
AT_ONCE = 100
"""Hashes per call of the product, calls per batch of the raw limit."""


def make_transactions(node: Anvil, count: int) -> list[str]:
    """Mine ``count`` transactions, `PER_BLOCK` in a block; their hashes, all of them final."""
    token = Contract.deploy(node, "Erc20", "Tether USD", "USDT", 6, 10**15)
    node.hold()
    hashes: list[str] = []
    with httpx.Client(timeout=60, trust_env=False) as client:
        for start in range(0, count, PER_BLOCK):
            numbers = range(start, min(start + PER_BLOCK, count))
            calls = [
                _call(n, "eth_sendTransaction", [_transaction(node, token, n)]) for n in numbers
            ]
            answers = client.post(node.url, json=calls).json()
            hashes += [a["result"] for a in sorted(answers, key=lambda a: int(a["id"]))]
            node.mine()
    node.mine(3)
    return hashes


def _call(number: int, method: str, params: list[Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def _transaction(node: Anvil, token: Contract, number: int) -> dict[str, str]:
    sender, recipient = node.accounts[0], f"0x{0xC0FFEE0000 + number:040x}"
    fields = {"from": sender, "gas": hex(120_000), "maxFeePerGas": hex(10**11)}
    if number % 5 < 3:
        data = token.data("transfer", recipient, 1_000_000 + number)
        return fields | {"to": token.address, "data": data}
    return fields | {"to": recipient, "value": hex(10**12 + number)}


def read_by_web3(url: str, hashes: Sequence[str]) -> None:
    """The plain loop: what one writes first."""
    from web3 import Web3

    web3 = Web3(Web3.HTTPProvider(url))
    for tx_hash in hashes:
        web3.eth.get_transaction(tx_hash)  # type: ignore[arg-type]  # a hex string is taken
        web3.eth.get_transaction_receipt(tx_hash)  # type: ignore[arg-type]
        web3.eth.get_block("latest")


def read_raw(url: str, hashes: Sequence[str]) -> None:
    """The limit: transaction and receipt of every hash in batches, parsed as JSON and forgotten."""
    with httpx.Client(timeout=60, trust_env=False) as client:
        methods = ("eth_getTransactionByHash", "eth_getTransactionReceipt")
        calls = [_call(i, m, [h]) for i, h in enumerate(hashes) for m in methods]
        for start in range(0, len(calls), AT_ONCE):
            answers = client.post(url, json=calls[start : start + AT_ONCE]).json()
            if len(answers) != len(calls[start : start + AT_ONCE]):
                raise RuntimeError("the node left calls unanswered")


def read_evidence(url: str, hashes: Sequence[str]) -> None:
    """The product: fetch and decode, in parts so that memory stays small."""
    network = load_registry()["ETH"]
    node = Node(network.code, url, "jsonrpc", timeout_seconds=60)
    found = 0
    for start in range(0, len(hashes), AT_ONCE):
        for outcome in FAMILY.fetch(network, node, hashes[start : start + AT_ONCE]):
            if not isinstance(outcome, RawTx):
                raise RuntimeError(f"not found: {outcome}")
            evidence = FAMILY.decode(network, outcome)
            if not (evidence.final and len(evidence.transfers) == 1):
                raise RuntimeError(f"wrong evidence: {evidence}")
            found += 1
    node.close()
    if found != len(hashes):
        raise RuntimeError(f"{found} of {len(hashes)} found")


def measure(read: Callable[[str, Sequence[str]], None], url: str, hashes: Sequence[str]) -> float:
    """Hashes per second of one run."""
    start = time.perf_counter()
    read(url, hashes)
    return len(hashes) / (time.perf_counter() - start)


def main(count: int = COUNT) -> None:
    with Anvil(1, "--gas-limit", "100000000") as node:
        started = time.perf_counter()
        hashes = make_transactions(node, count)
        print(f"{count} transactions mined in {time.perf_counter() - started:.1f} s")
        web3 = measure(read_by_web3, node.url, hashes[:WEB3_PART])
        raw = measure(read_raw, node.url, hashes)
        ours = measure(read_evidence, node.url, hashes)
    print(f"{'reader':<32}{'hashes/s':>10}{'of web3.py':>12}{'of raw':>8}")
    rows = (("web3.py, one by one", web3), ("raw batches of 100", raw), ("hash to evidence", ours))
    for name, rate in rows:
        print(f"{name:<32}{rate:>10.0f}{rate / web3:>11.1f}×{rate / raw:>8.2f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"peak memory of this process, web3.py included: {peak} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
