"""How fast Bitcoin-type blocks are looked through for our deposits, beside bitcoin-etl and bare reading.

    python benchmarks/scan_utxo.py [--quick]

First, one litecoind on regtest with blocks full of transactions (every one valid; the coins lie in a script
of 33 bytes that a push of 71 opens: inputs have the bytes of P2WPKH's and need no signing):

    the limit      every block by REST, read and thrown away, over as many connections as the scan's
    recovery       the same blocks matched against 10 million addresses, findings stored in SQLite
    bitcoin-etl    ``ExportBlocksJob`` into CSV and JSON files; it matches nothing

Imports are excluded, the watch set is mapped before; everybody has a turn in each of three rounds, and medians
count; of bitcoin-etl's batch sizes the better one. Then one day of Bitcoin: 144 blocks of 1.7 MB, drawn at random from what was counted in one
mainnet block, looked through on one core once the bytes are in memory.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))  # the real nodes live there
sys.path.insert(0, str(Path(__file__).parent.parent))  # for its neighbour `benchmarks.peers`

import httpx
import numpy as np
from nodes.litecoind import Litecoind, run_litecoind

from benchmarks import peers
from recovery.chains.codecs import format_address
from recovery.chains.scan import Watch
from recovery.chains.utxo import codec
from recovery.chains.utxo.scan import find_payments
from recovery.chains.utxo.scan_block import form_of
from recovery.config import Config
from recovery.model import AddressKey, NetworkCode
from recovery.networks import load_registry
from recovery.scan.engine import WORKERS, Range, scan_network
from recovery.scan.looking import Eyes
from recovery.scan.values import ScanReport
from recovery.scan.watchset import FORMAT, INDEX, WatchSet, write_table
from recovery.store import Store, open_store

BLOCKS, PER_BLOCK = 160, 1_500
DAY_BLOCKS, DAY_BYTES = 144, 1_700_000
SIZES = (10_000, 1_000_000, 10_000_000)
ONE_IN = 100
"""One payment in so many is to an address of ours."""

ROUNDS = 3
WANTED = 20
LIMIT, ETL = "bare reading by REST (limit)", "bitcoin-etl 1.5.2"
ETL_BATCHES = ("1", "5")
LTC = NetworkCode("LTC")

INPUTS = {1: 2759, 2: 346, 3: 84, 4: 33, 5: 25, 6: 12, 7: 7, 8: 9, 9: 4, 10: 7, 12: 3, 20: 26}
OUTPUTS = {1: 269, 2: 2448, 3: 429, 4: 47, 5: 18, 6: 16, 7: 13, 8: 6, 9: 9, 10: 3, 11: 30, 20: 27}
SCRIPTS = {"p2pkh": 4035, "p2sh": 2601, "data": 976, "p2wpkh": 442, "p2wsh": 58, "pubkey": 38}
UNLOCKING = {(107, 0): 2489, (23, 107): 936, (35, 252): 582, (0, 107): 384, (253, 0): 143}
"""Counted in mainnet block 00000000…1602407a (May 2019, 3,315 transactions): transactions by inputs and by
outputs (20: twenty and more), outputs by script, inputs by bytes of scriptSig and witness."""

SHARES = {"p2wpkh": 0.45, "p2pkh": 0.3, "p2sh": 0.2, "p2tr": 0.04, "p2wsh": 0.01}
"""What the watched addresses are."""

OPENS = b"\x1d" + bytes(29) + bytes.fromhex("757551")  # a push, OP_DROP OP_DROP OP_TRUE
PURSE = b"\x00\x20" + hashlib.sha256(OPENS).digest()

BITCOIN_ETL = """
import sys, tempfile, time
from bitcoinetl.jobs.export_blocks_job import ExportBlocksJob
from bitcoinetl.jobs.exporters.blocks_and_transactions_item_exporter import blocks_and_transactions_item_exporter
from bitcoinetl.rpc.bitcoin_rpc import BitcoinRpc
from blockchainetl.thread_local_proxy import ThreadLocalProxy
url, first, last, batch = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    began, busy = time.perf_counter(), time.process_time()
    ExportBlocksJob(
        start_block=int(first), end_block=int(last), batch_size=int(batch), max_workers=5,
        bitcoin_rpc=ThreadLocalProxy(lambda: BitcoinRpc(url)), chain="litecoin",
        item_exporter=blocks_and_transactions_item_exporter(folder + "/blocks.json", folder + "/transactions.json"),
        export_blocks=True, export_transactions=True,
    ).run()
    seconds = time.perf_counter() - began
    lines = sum(1 for _ in open(folder + "/transactions.json"))
print(lines, seconds, time.process_time() - busy)
"""


class Payments:
    """Output scripts in the recorded mix; one in `ONE_IN` pays one of ours."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.ours = 0
        self._count = 0

    def draw(self, table: dict[Any, int]) -> Any:
        return self.chance.choices(list(table), list(table.values()))[0]

    def script(self) -> bytes:
        self._count += 1
        if self._count % ONE_IN == 0:
            self.ours += 1
            scheme = list(SHARES)[self.ours % len(SHARES)]
            return write_script(scheme, our_payload(scheme, self.ours % 1000))
        kind = self.draw(SCRIPTS)
        if kind == "data":
            return b"\x6a\x28" + self.chance.randbytes(40)
        if kind == "pubkey":
            return b"\x21\x02" + self.chance.randbytes(32) + b"\xac"
        return write_script(kind, self.chance.randbytes(width_of(kind)))


def width_of(scheme: str) -> int:
    return 32 if scheme in ("p2tr", "p2wsh") else 20


def our_payload(scheme: str, number: int) -> bytes:
    return hashlib.sha256(f"{scheme}{number}".encode()).digest()[: width_of(scheme)]


def write_script(scheme: str, payload: bytes) -> bytes:
    before, behind = {
        "p2pkh": ("76a914", "88ac"),
        "p2sh": ("a914", "87"),
        "p2wpkh": ("0014", ""),
        "p2wsh": ("0020", ""),
        "p2tr": ("5120", ""),
    }[scheme]
    return bytes.fromhex(before) + payload + bytes.fromhex(behind)


def make_watch(folder: Path, size: int) -> WatchSet:
    """A watch set of so many keys, a thousand of each scheme known to `Payments`."""
    folder.mkdir(parents=True)
    tables = []
    for number, (scheme, share) in enumerate(SHARES.items()):
        known = b"".join(our_payload(scheme, n) for n in range(1000))
        rows = np.random.default_rng(number).integers(
            0, 256, (max(int(size * share) - 1000, 1), width_of(scheme)), dtype=np.uint8
        )
        first = np.frombuffer(known, np.uint8).reshape(1000, -1)
        tables.append(write_table(folder, number, scheme, np.concatenate([first, rows])))
    index = {"format": FORMAT, "imports": {"count": 0, "digest": ""}, "tables": tables, "lists": []}
    (folder / INDEX).write_text(json.dumps(index), "utf-8")
    return WatchSet(folder)


def compact(number: int) -> bytes:
    return bytes([number]) if number < 0xFD else b"\xfd" + number.to_bytes(2, "little")


def sized(data: bytes) -> bytes:
    return compact(len(data)) + data


def write_outputs(outputs: list[tuple[int, bytes]]) -> bytes:
    return compact(len(outputs)) + b"".join(
        value.to_bytes(8, "little") + sized(script) for value, script in outputs
    )


def write_transaction(
    inputs: list[tuple[bytes, bytes, list[bytes]]], outputs: list[tuple[int, bytes]]
) -> tuple[bytes, bytes]:
    """From outpoints, scriptSigs and witness items: the transaction and its hash."""
    body = compact(len(inputs))
    body += b"".join(point + sized(sig) + b"\xff" * 4 for point, sig, _ in inputs)
    body += write_outputs(outputs)
    plain = b"\x02\0\0\0" + body + bytes(4)
    tx_hash = hashlib.sha256(hashlib.sha256(plain).digest()).digest()
    if not any(items for _, _, items in inputs):
        return plain, tx_hash
    witness = b"".join(compact(len(items)) + b"".join(map(sized, items)) for _, _, items in inputs)
    return b"\x02\0\0\0\0\x01" + body + witness + bytes(4), tx_hash


class Purse:
    """Coins on the node that anyone may spend, and the blocks that are made of spending them."""

    def __init__(self, node: Litecoind) -> None:
        self.node = node
        network = load_registry()["LTC"].with_profile("regtest")
        own = format_address(network, AddressKey("p2wsh", PURSE[2:]))
        blocks = node.rpc("generatetoaddress", 3, own)
        node.mine(101)
        self.coins: list[tuple[bytes, int]] = []
        split = []
        for block in blocks:
            coinbase = node.rpc("getblock", block, 2)["tx"][0]
            value = int(coinbase["vout"][0]["value"] * 10**8)
            point = bytes.fromhex(coinbase["txid"])[::-1] + bytes(4)
            each = value // 700
            tx, tx_hash = write_transaction([self._spend(point)], [(each, PURSE)] * 700)
            split.append(tx.hex())
            self.coins += [(tx_hash + n.to_bytes(4, "little"), each) for n in range(700)]
        self.chance = random.Random(3)
        self._mine(split)

    def _spend(self, point: bytes) -> tuple[bytes, bytes, list[bytes]]:
        return point, b"", [random.Random(point).randbytes(71), OPENS]

    def _mine(self, transactions: list[str]) -> None:
        self.node.rpc("generateblock", self.node.rpc("getnewaddress"), transactions)

    def mine(self, count: int, payments: Payments) -> None:
        """One block; each transaction gives as many coins back to the purse as it spends."""
        transactions = []
        for _ in range(count):
            number = payments.draw(INPUTS)
            paying = max(payments.draw(OUTPUTS) - number, 1)
            spent = [self.coins.pop(0) for _ in range(number)]
            outputs = [(600, payments.script()) for _ in range(paying)]
            rest = [
                (value - 600 * paying if n == 0 else value) for n, (_, value) in enumerate(spent)
            ]
            tx, tx_hash = write_transaction(
                [self._spend(point) for point, _ in spent],
                outputs + [(value, PURSE) for value in rest],
            )
            self.coins += [
                (tx_hash + (paying + n).to_bytes(4, "little"), v) for n, v in enumerate(rest)
            ]
            transactions.append(tx.hex())
        self._mine(transactions)


def draw_block(payments: Payments) -> bytes:
    """A block of `DAY_BYTES` as one of Bitcoin's: every table is drawn from, every byte is fresh."""
    parts: list[bytes] = []
    size = 0
    while size < DAY_BYTES:
        inputs = []
        for _ in range(payments.draw(INPUTS)):
            sig, witness = payments.draw(UNLOCKING)
            random_bytes = payments.chance.randbytes
            items = [random_bytes(72), random_bytes(33)] if witness else []
            items += [random_bytes(witness - 107)] if witness > 107 else []
            inputs.append((random_bytes(36), random_bytes(sig), items))
        outputs = [(600, payments.script()) for _ in range(payments.draw(OUTPUTS))]
        parts.append(write_transaction(inputs, outputs)[0])
        size += len(parts[-1])
    return bytes(80) + b"\xfd" + len(parts).to_bytes(2, "little") + b"".join(parts)


def scan_day(watch: Watch, blocks: int) -> Iterator[tuple[float, int, int, int, int]]:
    """Processor seconds, bytes, transactions, hits and payments to us of each block."""
    network = load_registry()["BTC"]
    form = form_of(network)
    payments = Payments(11)
    for _ in range(blocks):
        before = payments.ours
        data = draw_block(payments)
        began = time.process_time()
        found, count = find_payments(network, form, data, watch)
        assert found is not None
        sights = [sight for paid in found for sight in paid.sights]
        yield time.process_time() - began, len(data), count, len(sights), payments.ours - before


@dataclass(frozen=True)
class Turn:
    """What one reader took: seconds on the clock, of its own process, and of the node's."""

    clock: float
    own: float
    node: float

    @property
    def both(self) -> float:
        return self.own + self.node


@dataclass
class Stopwatch:
    """Measures a turn; the node's processor time is read from the kernel."""

    pid: int

    def _read(self) -> Turn:
        stat = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        ticks = int(stat[11]) + int(stat[12])
        return Turn(time.perf_counter(), time.process_time(), ticks / os.sysconf("SC_CLK_TCK"))

    def measure(self, work: Callable[[], None]) -> Turn:
        before = self._read()
        work()
        after = self._read()
        return Turn(after.clock - before.clock, after.own - before.own, after.node - before.node)


def median_of(turns: list[Turn]) -> Turn:
    return Turn(*(median(getattr(t, f) for t in turns) for f in ("clock", "own", "node")))


def read_limit(node: Litecoind, hashes: list[str], watch: Stopwatch) -> Turn:
    """Every block by REST, read and thrown away."""
    with (
        httpx.Client(timeout=60, trust_env=False) as client,
        ThreadPoolExecutor(WORKERS) as pool,
    ):

        def read(block_hash: str) -> int:
            path = f"http://127.0.0.1:{node.port}/rest/block/{block_hash}.bin"
            return len(client.get(path).content)

        read(hashes[0])
        sizes: list[int] = []
        turn = watch.measure(lambda: sizes.extend(pool.map(read, hashes)))
    assert min(sizes) > 1000
    return turn


def scan(
    node: Litecoind, store: Store, held: WatchSet, span: Range, watch: Stopwatch
) -> tuple[Turn, ScanReport]:
    with store.begin() as session:
        session.connection().exec_driver_sql("DELETE FROM findings")
    section = {"endpoints": [node.url], "profile": "regtest"}
    config = Config.model_validate(
        {"database_url": str(store.engine.url), "networks": {"LTC": section}}
    )
    codec._match_script.cache_clear()  # what an earlier turn read must not help this one
    eyes = Eyes(config, store, held)
    reports: list[ScanReport] = []
    network = config.network(LTC)
    turn = watch.measure(lambda: reports.append(scan_network(eyes, store, network, asked=span)))
    eyes.nodes.close()
    assert reports[0].is_whole, reports[0].walks
    return turn, reports[0]


def run_peer(python: Path, watch: Stopwatch, *arguments: str) -> Turn:
    """bitcoin-etl in its own environment, its imports excluded."""
    told: list[float] = []

    def work() -> None:
        done = subprocess.run(
            [str(python), "-c", BITCOIN_ETL, *arguments],
            capture_output=True,
            text=True,
            timeout=900,
            check=True,
        )
        told.extend(map(float, done.stdout.split()[-3:]))

    node = watch.measure(work).node
    lines, clock, own = told
    assert lines > PER_BLOCK
    return Turn(clock, own, node)


def fill_book(store: Store) -> None:
    """The few addresses of ours that are paid: the scan asks the book about each hit."""
    rows = [
        (scheme, our_payload(scheme, n), f"{scheme}-{n}", f"u{n}")
        for scheme in SHARES
        for n in range(1000)
    ]
    connection = store.engine.raw_connection()
    try:
        driver: Any = connection.driver_connection
        driver.execute("BEGIN")
        driver.executemany(
            "INSERT INTO addresses (scheme, payload, memo, network, valid_from, valid_to, address,"
            " role, owner, key_scheme, can_sign) VALUES (?, ?, '', 'LTC', '1970-01-01 00:00:00.000000',"
            " NULL, ?, 'deposit', ?, 'single', NULL)",
            rows,
        )
        driver.execute("COMMIT")
    finally:
        connection.close()


def compare(place: Path, sizes: tuple[int, ...], *, blocks: int) -> None:
    """One litecoind, everybody's turn; and the curve over the sizes of the watch set."""
    with (
        run_litecoind("-rest=1", "-rpcworkqueue=64") as node,
        open_store(f"sqlite:///{place}/scan.db") as store,
    ):
        fill_book(store)
        purse, payments = Purse(node), Payments(5)
        first = node.rpc("getblockcount") + 1
        for _ in range(blocks):
            purse.mine(PER_BLOCK, payments)
        span = Range(first, node.rpc("getblockcount"))
        node.mine(24)
        hashes = [node.rpc("getblockhash", h) for h in range(span.first, span.last + 1)]
        volume = sum(node.rpc("getblock", h)["size"] for h in hashes) / 1e6
        print(
            f"{blocks} blocks, {blocks * PER_BLOCK:,} transactions, {volume:.1f} MB,"
            f" {payments.ours} payments to us"
        )
        watch = Stopwatch(node.pid)
        held = {size: make_watch(place / f"watch-{size}", size) for size in sizes}
        for each in held.values():
            scan(node, store, each, Range(first, first), watch)
        etl = peers.install("bitcoin-etl", "bitcoin-etl==1.5.2", "setuptools<80")
        turns: dict[str, list[Turn]] = {}
        for _ in range(ROUNDS):
            turns.setdefault(LIMIT, []).append(read_limit(node, hashes, watch))
            for size in sizes:
                turn, report = scan(node, store, held[size], span, watch)
                turns.setdefault(f"recovery, {size:,} watched", []).append(turn)
                assert report.walks[0].findings == payments.ours, report.walks[0]
            for batch in ETL_BATCHES:
                if etl is not None:
                    asked = (node.url, str(span.first), str(span.last), batch)
                    turn = run_peer(etl, watch, *asked)
                    turns.setdefault(f"{ETL}, batches of {batch}", []).append(turn)
        print_turns(turns, f"recovery, {sizes[-1]:,} watched", volume)
        spent, part = report.walks[0].spent, 1000 / blocks
        print(
            f"  per 1,000 blocks: {spent.requests * part:.0f} requests,"
            f" {spent.bytes_received * part / 1e6:.1f} MB received"
        )


def print_turns(turns: dict[str, list[Turn]], ours: str, volume: float) -> None:
    print(
        f"  {'':34}     MB/s    clock s  x ours   own CPU s  node's CPU s  both x ours   clock of each turn"
    )
    medians = {name: median_of(all_of) for name, all_of in turns.items()}
    base = medians[ours]
    for name, turn in medians.items():
        print(
            f"  {name:34} {volume / turn.clock:8.1f} {turn.clock:10.2f} {turn.clock / base.clock:7.1f}"
            f" {turn.own:11.2f} {turn.node:13.2f} {turn.both / base.both:12.1f}   "
            + " ".join(f"{t.clock:.2f}" for t in turns[name])
        )
    peer = min(
        (t for name, t in medians.items() if name.startswith(ETL)),
        key=lambda t: t.clock,
        default=None,
    )
    if peer is not None:
        bare = medians[LIMIT]
        print(
            f"  {WANTED} x bitcoin-etl would be {peer.clock / WANTED:.2f} s on the clock and"
            f" {peer.both / WANTED:.2f} s of processor; bare reading takes {bare.clock:.2f} and {bare.both:.2f}"
        )


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--quick", action="store_true", help="fewer blocks and addresses")
    quick = arguments.parse_args().quick
    sizes = SIZES[:2] if quick else SIZES
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), sizes, blocks=8 if quick else BLOCKS)
        watch = WatchSet(Path(folder) / f"watch-{sizes[-1]}")
        days = list(scan_day(watch, 20 if quick else DAY_BLOCKS))
    seconds, size, count, sights, ours = (sum(column) for column in zip(*days, strict=True))
    assert sights == ours, (sights, ours)
    print(f"one day of Bitcoin: {len(days)} blocks, {size / 1e6:.0f} MB, {count:,} transactions, "
          f"{sights:,} payments to us: {seconds:.2f} s of one core, {size / seconds / 1e6:.0f} MB/s")  # fmt: skip


if __name__ == "__main__":
    main()
