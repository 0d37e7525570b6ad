"""How fast EVM hashes become evidence, beside a plain web3.py loop and the raw limit of the node.

One run, one node, the same 5,000 hashes: six of ten are token transfers, four are coin. Measured:
the bare batched calls that any reader must make, the product from hash to evidence and from hash to
the stored verdict, and web3.py asking transaction, receipt and head one after the other (on a part
of the hashes: it is slow). web3.py comes last, so that the peak of memory is told without it.

Run: ``.venv/bin/python benchmarks/triage_evm.py [COUNT]``
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))  # the real nodes live there

import httpx
from nodes.anvil import Anvil, Contract

from recovery.cases import desk
from recovery.chains.evm.family import FAMILY
from recovery.chains.family import RawTx
from recovery.chains.source import Node
from recovery.checker import open_checker
from recovery.classify.verdict import Cause
from recovery.config import Config
from recovery.model import Claim, NetworkCode
from recovery.networks import load_registry
from recovery.records.importer import import_csv
from recovery.store import Store

COUNT = 5_000
PER_BLOCK = 50
WEB3_PART = 500
ROUNDS = 3
"""Every reader runs so often, in turn; its median counts."""
AT_ONCE = 100
"""Hashes per call of the product, calls per batch of the raw limit."""


TOKEN: list[str] = []


def make_transactions(node: Anvil, count: int) -> list[str]:
    """Mine ``count`` transactions, `PER_BLOCK` in a block; their hashes, all of them final."""
    token = Contract.deploy(node, "Erc20", "Tether USD", "USDT", 6, 10**15)
    TOKEN.append(token.address)
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


def store_verdicts(url: str, hashes: Sequence[str]) -> None:
    """The whole line: hash to a stored case with its verdict, trail and kept answers."""
    with tempfile.TemporaryDirectory() as folder:
        config = Config.model_validate(
            {
                "database_url": f"sqlite:///{folder}/triage.db",
                "networks": {"ETH": {"endpoints": [url], "timeout_seconds": 60}},
            }
        )
        with open_checker(config) as checker:
            _import_records(checker.store, Path(folder), len(hashes))
            claims = [Claim(tx_hash=tx_hash, network=NetworkCode("ETH")) for tx_hash in hashes]
            started = time.perf_counter()
            checks = checker.check_batch(load_registry()["ETH"], claims)
            stored = desk.store_checks(
                checker.store, checks, actor="benchmark", needs_wallet=checker.needs_wallet
            )
            TAKEN.append(time.perf_counter() - started)
        causes = {case.cause for cases in stored for case in cases}
        if causes != {Cause.LISTED_DEPOSIT_MISSED, Cause.ADDRESS_NOT_OURS}:
            raise RuntimeError(f"wrong verdicts: {causes}")


TAKEN: list[float] = []
"""Seconds of the whole line, without opening the database and importing the records."""


def _import_records(store: Store, folder: Path, count: int) -> None:
    """The token and the coin listed, every second recipient ours, the ledger complete."""
    rows = {
        "listings": "network,asset,symbol,decimals,status\nETH,native,ETH,18,listed\n"
        f"ETH,eip155:1/erc20:{TOKEN[0]},USDT,6,listed\n",
        "addresses": "network,address,role,user\n"
        + "".join(f"ETH,0x{0xC0FFEE0000 + n:040x},deposit,user-{n}\n" for n in range(0, count, 2)),
        "credits": "network,tx_hash,transfer,user,asset,amount,credited_at\n",
    }
    for kind, text in rows.items():
        path = folder / f"{kind}.csv"
        path.write_text(text)
        mark = datetime.now(UTC) if kind == "credits" else None
        import_csv(store, kind, path, actor="benchmark", complete_through=mark)


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
        raws, ours = [], []
        for _ in range(ROUNDS):
            raws.append(measure(read_raw, node.url, hashes))
            ours.append(measure(read_evidence, node.url, hashes))
            store_verdicts(node.url, hashes)
        raw, whole = median(raws), len(hashes) / median(TAKEN)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        read_by_web3(node.url, hashes[:1])  # its import, of a second, is not held against it
        web3 = median(measure(read_by_web3, node.url, hashes[:WEB3_PART]) for _ in range(ROUNDS))
    print(f"{'reader':<32}{'hashes/s':>10}{'of web3.py':>12}{'of raw':>8}")
    rows = (
        ("web3.py, one by one", web3),
        ("raw batches of 100", raw),
        ("hash to evidence", median(ours)),
        ("hash to stored verdict", whole),
    )
    for name, rate in rows:
        print(f"{name:<32}{rate:>10.0f}{rate / web3:>11.1f}×{rate / raw:>8.2f}")
    print(f"peak memory of triage, before web3.py was imported: {peak} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
