"""How fast an EVM chain is looked through for our deposits, beside cryo and ethereum-etl.

    python benchmarks/scan_evm.py [--quick]

One run, one local anvil: 50,000 token transfers in 501 blocks, one in a hundred to an address of ours.
Measured inside each process, imports excluded, our address set mapped before:

    the limit       the bare ``eth_getLogs`` of the whole range, read and thrown away
    recovery        the same range matched against 10 million addresses, findings stored in SQLite
    cryo            ``erc20_transfers`` into a Parquet file; it matches nothing
    ethereum-etl    ``ExportTokenTransfersJob`` into a CSV file; it matches nothing

All take turns, three times (ethereum-etl once); medians count. Then the same scan against 10 thousand, 1
million and 10 million addresses, what the watch set costs, and what a provider is asked per 1,000 blocks.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))  # for its neighbour `benchmarks.peers`
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))  # the real nodes live there

import httpx
import numpy as np
from nodes.anvil import Anvil, Contract

from benchmarks import peers
from recovery.chains.evm.abi import TRANSFER
from recovery.config import Config
from recovery.model import NetworkCode
from recovery.scan.engine import Range, scan_network
from recovery.scan.looking import Eyes, watch_folder
from recovery.scan.values import ScanReport
from recovery.scan.watching import build, open_watch
from recovery.store import Store, open_store

TRANSFERS, BLOCKS = 50_000, 500
OURS = 500
SIZES = (10_000, 1_000_000, 10_000_000)
ROUNDS = 3
ETH = NetworkCode("ETH")

CRYO = """
import sys, tempfile, time
import cryo
url, last = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    began = time.perf_counter()
    told = cryo.freeze("erc20_transfers", blocks=[f"1:{int(last) + 1}"], rpc=url, output_dir=folder, verbose=False)
    seconds = time.perf_counter() - began
assert told["n_errored"] == 0, told
print(seconds)
"""

ETHEREUM_ETL = """
import inspect, sys, tempfile, time
inspect.getargspec = inspect.getfullargspec  # its parsimonious still asks for it; gone since Python 3.11
from ethereumetl.jobs.export_token_transfers_job import ExportTokenTransfersJob
from ethereumetl.jobs.exporters.token_transfers_item_exporter import token_transfers_item_exporter
from ethereumetl.providers.auto import get_provider_from_uri
from ethereumetl.thread_local_proxy import ThreadLocalProxy
from ethereumetl.web3_utils import build_web3
url, last = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    began = time.perf_counter()
    ExportTokenTransfersJob(
        start_block=1, end_block=int(last), batch_size=100, max_workers=5, tokens=None,
        web3=ThreadLocalProxy(lambda: build_web3(get_provider_from_uri(url))),
        item_exporter=token_transfers_item_exporter(folder + "/transfers.csv"),
    ).run()
    seconds = time.perf_counter() - began
print(seconds)
"""

WORKER = """
import json, sys, time
import numpy as np
from pathlib import Path
from recovery.scan.watchset import WatchSet
def private():
    lines = open("/proc/self/smaps_rollup").read().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty")) / 1024
before = private()
began = time.perf_counter()
watch = WatchSet(Path(sys.argv[1]))
loaded = time.perf_counter() - began
rows = np.random.default_rng(5).integers(0, 256, (1_000_000, 20), dtype=np.uint8)
watch.mark_held("evm", rows[:100_000])
began = time.perf_counter()
watch.mark_held("evm", rows)
print(json.dumps({"load": loaded, "lookups": len(rows) / (time.perf_counter() - began),
                  "private": private() - before - rows.nbytes / 2**20}))
"""


def make_addresses(rows: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Deposit addresses; the first `OURS` are the same for every size."""
    first = np.random.default_rng(7).integers(0, 256, (OURS, 20), dtype=np.uint8)
    rest = np.random.default_rng(rows).integers(0, 256, (rows - OURS, 20), dtype=np.uint8)
    return np.concatenate([first, rest])


def mine_transfers(node: Anvil) -> int:
    """`TRANSFERS` token transfers; the last block that holds one."""
    token = Contract.deploy(node, "Erc20", "Tether USD", "USDT", 6, 10**15)
    node.hold()
    ours = make_addresses(OURS)
    strangers = np.random.default_rng(9)
    each = TRANSFERS // BLOCKS
    with httpx.Client(timeout=60, trust_env=False) as client:
        for block in range(BLOCKS):
            calls = []
            for place in range(each):
                number = block * each + place
                if number % (TRANSFERS // OURS) == 50:
                    to = ours[number * OURS // TRANSFERS]
                else:
                    to = strangers.integers(0, 256, 20, dtype=np.uint8)
                data = token.data("transfer", "0x" + to.tobytes().hex(), 1_000_000 + number)
                fields = {"gas": hex(120_000), "maxFeePerGas": hex(10**11), "data": data}
                sent = {"from": node.accounts[0], "to": token.address, **fields}
                calls.append(_call(place, "eth_sendTransaction", [sent]))
            answers = client.post(node.url, json=calls).json()
            assert all("result" in answer for answer in answers), answers[0]
            node.mine()
    last = int(node.rpc("eth_blockNumber"), 16)
    node.mine(3)
    return last


def _call(number: int, method: str, params: list[Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def fill_book(store: Store, payloads: np.ndarray[Any, np.dtype[np.uint8]]) -> None:
    """The addresses, straight into the table: importing is measured by benchmarks/records.py."""
    ordered = payloads[np.lexsort(payloads.T[::-1])]
    connection = store.engine.raw_connection()
    try:
        driver: Any = connection.driver_connection
        driver.execute("PRAGMA synchronous=OFF")
        driver.execute("BEGIN")
        driver.executemany(
            "INSERT OR IGNORE INTO addresses (scheme, payload, memo, network, valid_from, valid_to, address,"
            " role, owner, key_scheme, can_sign) VALUES ('evm', ?, '', 'ETH', '1970-01-01 00:00:00.000000',"
            " NULL, '0x' || hex(?), 'deposit', 'u' || ?, 'single', NULL)",
            ((row, row, number) for number, row in enumerate(map(bytes, ordered))),
        )
        driver.execute("COMMIT")
    finally:
        connection.close()


@dataclass
class Desk:
    """One database with its watch set, and scans over the node."""

    store: Store
    config: Config
    size: int
    built: float
    opened: float

    def scan(self, last: int, only: str = "tokens") -> tuple[float, ScanReport]:
        """One scan of the whole range, its findings stored; the watch set is mapped before."""
        with self.store.begin() as session:
            session.connection().exec_driver_sql("DELETE FROM findings")
        eyes = Eyes(self.config, self.store, open_watch(self.store, watch_folder(self.config)))
        network = self.config.network(ETH)
        began = time.perf_counter()
        report = scan_network(eyes, self.store, network, asked=Range(1, last), only=[only])
        seconds = time.perf_counter() - began
        eyes.nodes.close()
        assert report.is_whole, report.walks
        return seconds, report


@contextmanager
def open_desk(folder: Path, url: str, size: int) -> Iterator[Desk]:
    database = f"sqlite:///{folder}/{size}.db"
    config = Config.model_validate(
        {"database_url": database, "networks": {"ETH": {"endpoints": [url]}}}
    )
    with open_store(database) as store:
        fill_book(store, make_addresses(size))
        began = time.perf_counter()
        build(store, watch_folder(config))
        built = time.perf_counter() - began
        began = time.perf_counter()
        open_watch(store, watch_folder(config))
        yield Desk(store, config, size, built, time.perf_counter() - began)


def read_limit(url: str, last: int) -> float:
    """The bare logs of the whole range, in one answer: read and thrown away."""
    query = {"fromBlock": "0x1", "toBlock": hex(last), "topics": [[TRANSFER]]}
    with httpx.Client(timeout=60, trust_env=False) as client:
        client.post(url, json=_call(1, "eth_chainId", []))
        began = time.perf_counter()
        answer = client.post(url, json=_call(1, "eth_getLogs", [query])).content
        seconds = time.perf_counter() - began
    assert answer.count(b'"topics"') == TRANSFERS + 1
    return seconds


def compare(desk: Desk, url: str, last: int) -> None:
    cryo = peers.install("cryo", "cryo==0.3.2")
    etl = peers.install("ethereum-etl", "ethereum-etl==2.4.2", "setuptools<80")
    readers: dict[str, Callable[[], float]] = {
        "the node's raw logs (limit)": lambda: read_limit(url, last),
        "recovery, findings stored": lambda: desk.scan(last)[0],
    }
    if cryo is not None:
        readers["cryo 0.3.2"] = lambda: peers.measure(cryo, CRYO, url, str(last))
    told: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(ROUNDS):
        for name, read in readers.items():
            told[name].append(read())
    seconds = {name: median(all_of) for name, all_of in told.items()}
    if etl is not None:
        seconds["ethereum-etl 2.4.2"] = peers.measure(etl, ETHEREUM_ETL, url, str(last))
    limit, ours = seconds["the node's raw logs (limit)"], seconds["recovery, findings stored"]
    print(f"{TRANSFERS:,} transfers, {OURS} of them ours, {desk.size:,} addresses watched")
    for name, spent in seconds.items():
        runs = " ".join(f"{s:.2f}" for s in told.get(name, ()))
        print(f"  {name:30} {spent:7.2f} s {limit / spent:6.2f} of the limit"
              f" {spent / ours:6.1f} x ours   {runs}")  # fmt: skip


def print_costs(desk: Desk, last: int) -> None:
    print("asked of a provider per 1,000 blocks (100 token transfers in each)")
    for name in ("tokens", "natives", "internal"):
        seconds, report = desk.scan(last, name)
        (walk,) = report.walks
        part = 1000 / (walk.last - walk.first + 1)
        print(f"  {name:10} {', '.join(walk.methods):24} {walk.spent.requests * part:8.0f} requests"
              f" {walk.spent.bytes_received * part / 2**20:8.1f} MiB received {seconds * part:7.2f} s")  # fmt: skip


def look_at_files(desk: Desk) -> tuple[dict[str, float], float]:
    """What a fresh process tells of opening and using the watch set; MiB of its files."""
    folder = open_watch(desk.store, watch_folder(desk.config)).folder
    worker = [sys.executable, "-c", WORKER, str(folder)]
    told = json.loads(subprocess.run(worker, capture_output=True, check=True).stdout)
    return told, sum(path.stat().st_size for path in folder.iterdir()) / 2**20


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--quick", action="store_true", help="up to 1 million addresses")
    sizes = SIZES[:2] if arguments.parse_args().quick else SIZES
    with tempfile.TemporaryDirectory() as place, Anvil(1) as node:
        last = mine_transfers(node)
        with ExitStack() as stack:
            desks = [stack.enter_context(open_desk(Path(place), node.url, n)) for n in sizes]
            rounds: dict[int, list[float]] = {size: [] for size in sizes}
            for _ in range(ROUNDS):  # in turn, so that a busy moment meets all
                for desk in desks:
                    seconds, report = desk.scan(last)
                    rounds[desk.size].append(seconds)
                    assert report.walks[0].findings == OURS, report.walks
            curve = [(desk, median(rounds[desk.size]), *look_at_files(desk)) for desk in desks]
            compare(desks[-1], node.url, last)
            print_costs(desks[-1], last)
        print("addresses    scan s   build s   open s   files MiB   private MiB   lookups/s")
        for desk, seconds, told, disk in curve:
            print(f"{desk.size:>10,} {seconds:8.2f} {desk.built:9.1f} {desk.opened:8.4f} {disk:11.0f}"
                  f" {told['private']:13.1f} {told['lookups']:11,.0f}")  # fmt: skip


if __name__ == "__main__":
    main()
