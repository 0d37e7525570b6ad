"""An exchange on one real Ethereum node: deposits to be found, claims to be looked at, and the command for both."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from nodes.evm import Chain
from nodes.litecoind import Litecoind
from scan.conftest import Exchange
from scan.proxy import Call, Proxy, Refusal

from recovery.cases.opening import store_checks
from recovery.chains.codecs import format_address
from recovery.checks import Check, Search, UnreachableNetwork
from recovery.claims import parse_claim
from recovery.config import load_config
from recovery.model import AddressKey, NetworkCode
from recovery.store import Store, open_store
from recovery.times import print_time

from .conftest import REPOSITORY, plain_environment

ETH, LTC = NetworkCode("ETH"), NetworkCode("LTC")
LTC_FINAL = 24
_keys = itertools.count(1)
ETHER = 10**18
DEPOSITS = 6
LONG = 100
"""Blocks between two deposits: the chain is longer than what a scan looks back from its cursor, so that
a cursor which ran ahead of its findings loses them for good."""


def fill(exchange: Exchange, chain: Chain) -> None:
    """Deposits that nobody credited, in blocks apart, and claims from a time when no node answered."""
    token = chain.deploy("Erc20", "Tether USD", "USDT", 6, 10**15)
    exchange.list_token("native", "ETH", 18)
    exchange.list_token(f"eip155:1/erc20:{token.address}", "USDT", 6)
    claims = []
    for number in range(DEPOSITS):
        owner = exchange.new_address(f"user{number}")
        token.send("transfer", owner, 1_000_000 * (number + 1))
        chain.anvil.send(from_=chain.account(0), to=owner, value=ETHER)
        chain.anvil.mine(LONG)
        stray = exchange.new_address(f"claimant{number}")
        sent = chain.anvil.send(from_=chain.account(0), to=stray, value=ETHER)
        claims.append((_hash_of(sent), f"claimant{number}", stray))
    chain.anvil.mine(3)
    exchange.declare_complete()
    at = datetime.now(UTC)
    checks = []
    for tx_hash, user, address in claims:
        claim = parse_claim(tx_hash, network=ETH, user=user, address=address)
        down = UnreachableNetwork(ETH, "connection refused")
        looked = Search(claim.tx_hash, (), (), (down,), ())
        checks.append(Check(claim=claim, at=at, search=looked, found=None, judged=()))
    store_checks(exchange.store, checks, actor="front-desk")


def fill_litecoin(exchange: Exchange, node: Litecoind) -> None:
    """As many deposits in blocks apart on a Bitcoin-type chain, final by the last one."""
    network = exchange.config.network(LTC)
    exchange.load("listings", "network,asset,symbol,decimals,status\nLTC,native,LTC,8,listed\n")
    now = print_time(datetime.now(UTC))
    exchange.load("prices", f"asset,currency,price,as_of\n{network.native_asset},USD,100,{now}\n")
    for number in range(DEPOSITS):
        key = AddressKey("p2wpkh", next(_keys).to_bytes(20, "big"))  # not the wallet's own
        ours = format_address(network, key)
        exchange.load("addresses", f"network,address,role,user\nLTC,{ours},deposit,payer{number}\n")
        node.rpc("sendtoaddress", ours, Decimal(number + 1))
        node.mine(4)
    node.mine(LTC_FINAL)


def _hash_of(sent: Any) -> str:
    return str(sent["transactionHash"] if isinstance(sent, dict) else sent)


def write_config(
    folder: Path, database_url: str, *endpoints: str, litecoin: str | None = None, **keys: object
) -> Path:
    """A configuration file of its own folder, watch set included; ``litecoin`` is the URL of a regtest node."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "recovery.toml"
    lines = [f'database_url = "{database_url}"', f'watch_folder = "{folder}/watch"']
    lines += ["[networks.ETH]", f"endpoints = {list(endpoints)}"]
    lines += [f"{name} = {value}" for name, value in keys.items()]
    if litecoin is not None:
        lines += ["[networks.LTC]", f'endpoints = ["{litecoin}"]', 'profile = "regtest"']
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@dataclass(slots=True)
class Disturbed:
    """A node that counts what it is asked, and does something at some of the counts."""

    proxy: Proxy
    calls: int = 0
    at: int | None = None
    then: Callable[[], None] = lambda: None

    def plan(self, at: int | None, then: Callable[[], None]) -> None:
        """Do that once, so many calls from now on."""
        self.at = None if at is None else self.calls + at
        self.then = then


@contextlib.contextmanager
def disturbed(target: str) -> Any:
    """A proxy before a node."""

    def rule(call: Call) -> Refusal | None:
        plan.calls += 1
        if plan.calls == plan.at:
            plan.then()
        return None

    with Proxy(target, rule) as proxy:
        plan = Disturbed(proxy)
        yield plan


def begin(config: Path, *words: str, **environment: str) -> subprocess.Popen[bytes]:
    """One `recovery` command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, str(REPOSITORY / "cli.py"), *words, "--config", str(config), "--json"],
        cwd=config.parent,
        env=plain_environment(**environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def scan_limited(
    chain: Chain, url: str, folder: Path, start: Callable[[Path], Sequence[str]], *, rate: int
) -> tuple[int, float]:
    """A scan of many blocks at a node that allows so many requests a second, with the options that ``start`` gives for
    its configuration: how many there were, and the seconds between the first and the last."""
    moments: list[float] = []

    def rule(call: Call) -> Refusal | None:
        moments.append(time.monotonic())
        return None

    with Proxy(chain.anvil.url, rule) as proxy:
        config = write_config(folder / "limited", url, proxy.url, requests_per_second=rate)
        with open_store(url) as store:
            exchange = Exchange(store, load_config(str(config)), folder)
            exchange.new_address("ada")
        chain.anvil.mine(400)
        last = int(chain.anvil.rpc("eth_blockNumber"), 16) - 3
        words = ("scan", "ETH", "--from", str(last - 380), "--to", str(last))
        scan = begin(config, *words, *start(config))
        out, log = scan.communicate(timeout=120)
        assert scan.returncode == 0, log.decode()
    asked = sum(walk["cost"]["requests"] for walk in json.loads(out)["passes"])
    return asked, moments[-1] - moments[0]


def kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGKILL)


_RUN_TABLES = frozenset({"runs", "run_parts", "run_tallies", "endpoint_slots", "recovery_version"})
"""What a run says about itself."""

_MADE_UP = frozenset({"head", "previous", "hash", "digest", "id", "trace_id"})
"""Random names, and digests over them."""


def read_state(store: Store) -> dict[str, list[str]]:
    """Every row of every other table, by content: cases by their transfer, hashes over random ids left out.

    Times are compared too: the clock of all processes stands still.
    """
    metadata = sa.MetaData()
    with store.read() as session:
        connection = session.connection()
        metadata.reflect(connection)
        rows = {
            table.name: [dict(row._mapping) for row in connection.execute(sa.select(table))]
            for table in metadata.sorted_tables
            if table.name not in _RUN_TABLES
        }
    names = {
        case["id"]: f"case of {case['tx_hash']} {case['position']} {case['owner']}"
        for case in rows["cases"]
    }
    return {table: sorted(_print(row, names) for row in found) for table, found in rows.items()}


def _print(row: dict[str, Any], names: dict[str, str]) -> str:
    text = repr({k: v for k, v in sorted(row.items()) if k not in _MADE_UP})
    for case_id, name in names.items():
        text = text.replace(case_id, name)
    return re.sub(r"sha256:[0-9a-f]{64}", "DIGEST", text)
