"""A small exchange on one real Ethereum node, and the scanner over it."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nodes.evm import Chain, start_chain

from recovery.chains.evm.codec import checksum_address
from recovery.checker import Checker
from recovery.config import Config
from recovery.model import AddressKey, NetworkCode
from recovery.networks import Network
from recovery.records.importer import import_csv
from recovery.scan.engine import Range, scan_network
from recovery.scan.findings import load_findings
from recovery.scan.looking import Eyes, watch_folder
from recovery.scan.opening import open_findings
from recovery.scan.values import Finding, Opened, ScanReport
from recovery.scan.watching import open_watch
from recovery.store import Store
from recovery.times import print_time

ETH = NetworkCode("ETH")
_numbers = itertools.count(0xA11CE)


@dataclass(slots=True)
class Exchange:
    """One desk: its records, and scans over the nodes it is told of."""

    store: Store
    config: Config
    folder: Path

    @property
    def network(self) -> Network:
        return self.config.network(ETH)

    def new_address(self, user: str, *, role: str = "deposit") -> str:
        """A fresh address of ours on Ethereum, already in the book."""
        address = checksum_address(next(_numbers).to_bytes(20, "big"))
        self.add_address(address, user, role=role)
        return address

    def add_address(self, address: str, user: str, *, role: str = "deposit") -> None:
        self.load("addresses", f"network,address,role,user\nETH,{address},{role},{user}\n")

    def load(self, kind: str, text: str, *, complete: bool = False) -> None:
        path = self.folder / f"{kind}.csv"
        path.write_text(text, "utf-8")
        mark = datetime.now(UTC) + timedelta(hours=1) if complete else None
        import_csv(
            self.store,
            kind,
            path,
            actor="olga",
            complete_through=mark,
            profiles=self.config.profiles(),
        )

    def list_token(self, asset: str, symbol: str, decimals: int) -> None:
        self.load(
            "listings",
            f"network,asset,symbol,decimals,status\nETH,{asset},{symbol},{decimals},listed\n",
        )
        now = print_time(datetime.now(UTC))
        caip = "eip155:1/slip44:60" if asset == "native" else asset
        self.load("prices", f"asset,currency,price,as_of\n{caip},USD,100,{now}\n")

    def declare_complete(self) -> None:
        self.load(
            "credits", "network,tx_hash,transfer,user,asset,amount,credited_at\n", complete=True
        )

    def eyes(self) -> Eyes:
        watch = open_watch(self.store, watch_folder(self.config))
        return Eyes(self.config, self.store, watch, rest=lambda seconds: None)

    def scan(self, first: int | None = None, last: int | None = None) -> ScanReport:
        eyes = self.eyes()
        try:
            asked = None if first is None or last is None else Range(first, last)
            return scan_network(eyes, self.store, self.network, asked=asked)
        finally:
            eyes.nodes.close()

    def open(self) -> Opened:
        checker = Checker(self.config, self.store)
        try:
            return open_findings(checker, self.network)
        finally:
            checker.nodes.close()

    def findings(self) -> tuple[Finding, ...]:
        return load_findings(self.store, ETH)


Making = Callable[..., Exchange]


@pytest.fixture(scope="module")
def eth() -> Iterator[Chain]:
    with start_chain("ETH") as chain:
        yield chain


@pytest.fixture
def fresh() -> Iterator[Chain]:
    """A chain of its own, for stories that turn it back."""
    with start_chain("ETH") as chain:
        yield chain


def _make(store: Store, url: str, folder: Path, *endpoints: str, **keys: object) -> Exchange:
    section = {"endpoints": list(endpoints), **keys}
    config = Config.model_validate(
        {
            "database_url": url,
            "watch_folder": str(folder / "watch"),
            "networks": {"ETH": section},
        }
    )
    return Exchange(store, config, folder)


@pytest.fixture
def exchange_at(store: Store, store_url: str, tmp_path: Path) -> Making:
    """An exchange on both kinds of database, at the endpoints it is given."""
    return functools.partial(_make, store, store_url, tmp_path)


@pytest.fixture
def quick_exchange_at(sqlite_store: Store, sqlite_url: str, tmp_path: Path) -> Making:
    """The same on SQLite alone, for what is not about the database."""
    return functools.partial(_make, sqlite_store, sqlite_url, tmp_path)


def key_of(address: str) -> AddressKey:
    return AddressKey("evm", bytes.fromhex(address[2:]))
