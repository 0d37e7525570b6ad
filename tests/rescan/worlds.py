"""A night's nodes: 30 networks played from stories that can be scanned, Ethereum and Litecoin by real nodes.

On each network one deposit lies unclaimed in the blocks since the night before, and claims wait that nobody
could answer when they came.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from nodes.evm import start_chain
from nodes.litecoind import run_litecoind

from recovery.chains import load_family
from recovery.chains.codecs import format_address, parse_address
from recovery.chains.scan import Pass
from recovery.config import Config, NetworkConfig
from recovery.demo import play
from recovery.demo.fixtures import Fixture, load_fixtures, parse_json, print_json
from recovery.demo.ledgers import build_ledger
from recovery.demo.server import Replay, ReplayServer
from recovery.model import AddressKey, NetworkCode
from recovery.networks import Network, load_registry
from recovery.records.book import Book
from recovery.records.importer import import_csv
from recovery.scan.findings import store_look
from recovery.scan.looking import find_polled, watch_folder
from recovery.scan.values import Cursor
from recovery.scan.watching import open_watch
from recovery.store import Store
from recovery.times import parse_time

AT = parse_time(play.NOW)
YESTERDAY = AT - timedelta(hours=23)

FOUND: Mapping[str, str] = {
    "BTC": "payout",
    "DOGE": "coinbase_immature",
    "BCH": "cashtoken",
    "BSC": "token-transfer",
    "POL": "text-in-call-data",
    "ARB": "token-transfer",
    "OP": "several-recipients",
    "AVAXC": "token-transfer",
    "BASE": "native-transfer",
    "ETC": "token-transfer",
    "TRX": "hostile-trc20-named-usdt",
    "SOL": "token_opens_account",
    "XRP": "check_cash",
    "XLM": "claim",
    "ATOM": "native-memo-of-spaces",
    "TON": "native_without_comment",
    "HBAR": "native",
    "ALGO": "native-largest",
    "NEAR": "native",
    "APT": "native",
    "SUI": "gas-payer-receives",
    "ADA": "cip68-token",
    "DOT": "native",
    "XTZ": "fa2-token",
    "EOS": "fake-notification",
    "ZKSYNC": "native-transfer",
    "LINEA": "token-transfer",
    "CELO": "token-transfer",
    "DASH": "chainlock",
    "ZEC": "orchard_origin",
}
"""By network the story of the unclaimed deposit, near enough to its node's head for one night's scan."""

_HEADS: Mapping[str, Mapping[str, str]] = {
    "SOL": {"460000000": "459000100"},
    "EOS": {"478000000": "478000100", "477999997": "478000097", "477999998": "478000098"},
}
"""Heads that are told otherwise than the stories tell them: a night later than the deposit, not months."""


@dataclass(frozen=True, slots=True)
class World:
    """The configuration that names all nodes, and where the unclaimed deposit of each network lies."""

    config: Config
    heights: Mapping[str, int]
    keys: Mapping[str, AddressKey]


def _at_its_head(fixture: Fixture) -> Fixture:
    text = print_json([e.model_dump(by_alias=True, exclude_unset=True) for e in fixture.exchanges])
    for told, instead in _HEADS.get(fixture.network, {}).items():
        text = text.replace(told, instead)
    whole = fixture.model_dump(by_alias=True, exclude_unset=True) | {"exchanges": parse_json(text)}
    return Fixture.model_validate(whole)


def _load_stories() -> dict[str, list[Fixture]]:
    wanted = {f"{code}/{name}" for code, name in FOUND.items()}
    found = [*play._find_fixtures(), *(f for f in load_fixtures() if f.name in wanted)]
    once = {(f.network, f.file): f for f in found}
    stories: dict[str, list[Fixture]] = {}
    for fixture in once.values():
        stories.setdefault(fixture.network, []).append(_at_its_head(fixture))
    return stories


@contextlib.contextmanager
def serve_worlds(folder: Path) -> Iterator[World]:
    """All 32 networks, each by one node."""
    began = int((AT - timedelta(seconds=100)).timestamp())
    registry = load_registry()
    sections: dict[str, Any] = {}
    heights: dict[str, int] = {}
    keys: dict[str, AddressKey] = {}
    with contextlib.ExitStack() as nodes:
        for code, stories in _load_stories().items():
            if code not in FOUND:
                continue
            network = registry[code]
            ledger = build_ledger(network.family, stories)
            server = nodes.enter_context(ReplayServer(Replay(stories), ledger=ledger))
            sections[code] = {"endpoints": [server.url]}
            evidence: Any = next(f for f in stories if f.name == f"{code}/{FOUND[code]}").evidence
            heights[code] = evidence["block"]["height"]
            keys[code] = _find_recipient(network, evidence)
        eth = nodes.enter_context(start_chain("ETH", "--timestamp", str(began)))
        ltc = nodes.enter_context(run_litecoind("-rest=1", f"-mocktime={began}", blocks=120))
        sections["ETH"] = {"endpoints": [eth.anvil.url]}
        sections["LTC"] = {"endpoints": [ltc.url], "profile": "regtest"}
        keys["ETH"] = AddressKey("evm", b"\x5e" * 20)
        eth.anvil.send(from_=eth.account(0), to="0x" + "5e" * 20, value=10**18)
        eth.anvil.mine(80)
        config = Config(
            database_url="sqlite:///unused.db",
            watch_folder=str(folder / "watch"),
            networks={c: NetworkConfig.model_validate(s) for c, s in sections.items()},
        )
        at_ltc = ltc.rpc("getnewaddress")
        keys["LTC"] = parse_address(config.network(NetworkCode("LTC")), at_ltc).key
        ltc.rpc("sendtoaddress", at_ltc, Decimal("0.5"))
        ltc.mine(30)
        yield World(config, heights, keys)


def _find_recipient(network: Network, evidence: Any) -> AddressKey:
    """The last recipient that the chain names."""
    named = [t["recipient"] for t in evidence["transfers"] if t["recipient"] and t["succeeded"]]
    return parse_address(network, named[-1]).key


def fill_night(store: Store, world: World, folder: Path) -> None:
    """Addresses of ours where the deposits lie, and the cursors of a night before."""
    rows = []
    for code, key in world.keys.items():
        network = world.config.network(NetworkCode(code))
        if not Book(store).find_addresses({key}).get(key):
            rows.append(f"{code},{format_address(network, key)},deposit,found-on-{code.lower()}\n")
    path = folder / "addresses.csv"
    path.write_text("network,address,role,user\n" + "".join(rows), "utf-8")
    profiles = world.config.profiles()
    import_csv(store, "addresses", path, actor="olga", profiles=profiles)
    watch = open_watch(store, watch_folder(world.config), polled=find_polled(world.config))
    for code, height in world.heights.items():
        network = world.config.network(NetworkCode(code))
        scan = load_family(network.family).scan
        assert scan is not None
        for way in scan.plan_passes(network):
            for track in _find_tracks(way, watch.addresses_of(network.code)):
                cursor = Cursor(height - 1, "", YESTERDAY)
                store_look(store, network.code, track, findings=(), cursor=cursor, at=YESTERDAY)


def _find_tracks(way: Pass, keys: Iterator[AddressKey]) -> list[str]:
    each = [f"{way.name}:{key}" for key in keys] if way.fetch_arrivals is not None else []
    return [way.name, *each]
