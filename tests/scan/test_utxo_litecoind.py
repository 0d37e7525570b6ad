"""What a scan of a real litecoind finds: what it pays us in raw blocks, as the evidence has it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from nodes.litecoind import Litecoind, run_litecoind

from recovery.chains.codecs import format_address, parse_address
from recovery.chains.family import RawTx
from recovery.chains.scan import Window
from recovery.chains.source import Node
from recovery.chains.utxo.family import FAMILY
from recovery.chains.utxo.scan import fetch_block_hits
from recovery.config import Config
from recovery.errors import Unhealthy
from recovery.model import AddressKey, Evidence, NetworkCode, TransferKind
from recovery.networks import Network, load_registry
from recovery.scan.findings import load_findings
from recovery.scan.values import Finding, FindingState
from recovery.store import Store
from recovery.times import print_time

from .conftest import Exchange
from .utxo_blocks import Watched

pytestmark = pytest.mark.xdist_group("litecoind-scan")

LTC = NetworkCode("LTC")
FINAL = 24


class Desk(Exchange):
    """The desk of an exchange that takes LTC on a development chain."""

    @property
    def network(self) -> Network:
        return self.config.network(LTC)

    def findings(self) -> tuple[Finding, ...]:
        return load_findings(self.store, LTC)

    def own(self, **owners: str) -> None:
        rows = "".join(f"LTC,{a},deposit,{user}\n" for user, a in owners.items())
        self.load("addresses", "network,address,role,user\n" + rows)

    def list_coin(self, now: str) -> None:
        head = "network,asset,symbol,decimals,status\n"
        self.load("listings", head + "LTC,native,LTC,8,listed\n")
        asset = self.network.native_asset
        self.load("prices", f"asset,currency,price,as_of\n{asset},USD,100,{now}\n")


Making = Callable[[str], Desk]


@pytest.fixture(scope="module")
def litecoind() -> Iterator[Litecoind]:
    with run_litecoind("-rest=1", blocks=120) as node:
        yield node


@pytest.fixture
def desk_at(store: Store, store_url: str, tmp_path: Path) -> Making:
    return lambda url: _make(store, store_url, tmp_path, url)


@pytest.fixture
def quick_desk_at(sqlite_store: Store, sqlite_url: str, tmp_path: Path) -> Making:
    return lambda url: _make(sqlite_store, sqlite_url, tmp_path, url)


def _make(store: Store, url: str, folder: Path, endpoint: str) -> Desk:
    config = Config.model_validate(
        {
            "database_url": url,
            "watch_folder": str(folder / "watch"),
            "networks": {"LTC": {"endpoints": [endpoint], "profile": "regtest"}},
        }
    )
    return Desk(store, config, folder)


@contextlib.contextmanager
def _node(chain: Litecoind) -> Iterator[Node]:
    node = Node(LTC, chain.url, "core")
    try:
        yield node
    finally:
        node.close()


def _network() -> Network:
    return load_registry()["LTC"].with_profile("regtest")


def _key(address: str) -> AddressKey:
    key = parse_address(_network(), address).key
    assert key is not None
    return key


def _pay(chain: Litecoind, *addresses: str, amount: str = "0.01") -> str:
    paid = {a: Decimal(amount) for a in addresses}
    tx_hash: str = chain.rpc("sendmany", "", paid)
    return tx_hash


def _evidence(chain: Litecoind, tx_hash: str) -> Evidence:
    with _node(chain) as node:
        (raw,) = FAMILY.fetch(_network(), node, [tx_hash])
    assert isinstance(raw, RawTx), raw
    return FAMILY.decode(_network(), raw)


def _strangers(count: int, first: int = 1) -> list[str]:
    keys = [AddressKey("p2wpkh", n.to_bytes(20, "big")) for n in range(first, first + count)]
    return [str(format_address(_network(), key)) for key in keys]


@dataclass(frozen=True)
class Crowd:
    """Hundreds of transactions in some blocks, of which a few pay ours."""

    first: int
    ours: dict[str, str]
    paying: tuple[str, ...]


@pytest.fixture(scope="module")
def crowd(litecoind: Litecoind) -> Crowd:
    kinds = {"ada": "bech32", "bob": "legacy", "eve": "p2sh-segwit"}
    ours = {user: litecoind.rpc("getnewaddress", "", kind) for user, kind in kinds.items()}
    first = litecoind.rpc("getblockcount") + 1
    strangers = iter(_strangers(400))
    paying = []
    for number in range(200):
        if number % 20 == 7:
            user = list(ours)[number % 3]
            paying.append(_pay(litecoind, ours[user], next(strangers)))
        else:
            _pay(litecoind, next(strangers), next(strangers))
        if number % 22 == 21:
            litecoind.mine()
    litecoind.mine(FINAL + 3)
    return Crowd(first, ours, tuple(paying))


def test_every_payment_among_hundreds_is_found_as_the_evidence_tells_it(
    litecoind: Litecoind, crowd: Crowd, desk_at: Making
) -> None:
    desk = desk_at(litecoind.url)
    desk.own(**crowd.ours)
    report = desk.scan(crowd.first, litecoind.rpc("getblockcount") - FINAL)
    (walk,) = report.walks
    assert report.is_whole
    assert walk.methods == ("/rest/block/:hash.bin",)
    assert walk.looked_at >= 200
    assert {f.tx_hash for f in desk.findings()} == set(crowd.paying)
    assert walk.findings == len(desk.findings()) == 10
    for finding in desk.findings():
        evidence = _evidence(litecoind, finding.tx_hash)
        (told,) = [t for t in evidence.transfers if t.position == finding.position]
        assert evidence.block is not None
        assert (told.kind, told.asset, told.amount, told.recipient.key) == (
            finding.kind,
            finding.asset,
            finding.amount,
            finding.recipient,
        )
        assert (evidence.block.height, evidence.block.time) == (finding.height, finding.block_time)


def test_rest_and_batches_of_hex_show_the_same(litecoind: Litecoind) -> None:
    ours = [litecoind.rpc("getnewaddress", "", "bech32") for _ in range(3)]
    first = litecoind.rpc("getblockcount") + 1
    for address in ours:
        _pay(litecoind, address, *_strangers(5))
        litecoind.mine(3)
    window = Window(first, litecoind.rpc("getblockcount"))
    watch = Watched([_key(a) for a in ours])
    with _node(litecoind) as node:
        by_rest = fetch_block_hits(_network(), node, window, watch)
    with _node(litecoind) as node:
        node.memory["block_rest"] = False
        by_hex = fetch_block_hits(_network(), node, window, watch)
        assert node.memory["blocks_at_once"] > 1
    assert (by_rest.methods, by_hex.methods) == (("/rest/block/:hash.bin",), ("getblock 0",))
    assert by_rest.hits == by_hex.hits
    assert len(by_rest.hits) == 3
    assert by_rest.seen == by_hex.seen


def test_a_node_without_rest_is_asked_for_hex_and_asked_for_files_once() -> None:
    with run_litecoind(blocks=30) as chain, _node(chain) as node:
        miner = chain.rpc("getblock", chain.rpc("getblockhash", 5), 2)["tx"][0]["vout"][0]
        key = _key(miner["scriptPubKey"]["addresses"][0])
        told = fetch_block_hits(_network(), node, Window(0, 30), Watched([key]))
        assert told.methods == ("getblock 0",)
        assert len(told.hits) == 30
        assert {hit.sight.kind for hit in told.hits if hit.sight} == {TransferKind.REWARD}
        assert node.memory["block_rest"] is False


def test_findings_wait_are_counted_or_become_cases_by_the_check(
    litecoind: Litecoind, quick_desk_at: Making
) -> None:
    """A deposit, a coinbase that is not ripe, and change that comes back to us."""
    desk = quick_desk_at(litecoind.url)
    ada = litecoind.rpc("getnewaddress", "", "bech32")
    pool = litecoind.rpc("getnewaddress", "", "legacy")
    hot = litecoind.rpc("getnewaddress", "", "bech32")
    desk.own(ada=ada, pool=pool, hot=hot)
    _pay(litecoind, hot, amount="3")
    litecoind.mine()
    first = litecoind.rpc("getblockcount") + 1
    (coin,) = [u for u in litecoind.rpc("listunspent") if u["address"] == hot]
    raw = litecoind.rpc(
        "createrawtransaction",
        [{"txid": coin["txid"], "vout": coin["vout"]}],
        [{_strangers(1)[0]: Decimal("1")}, {hot: Decimal("1.99")}],
    )
    moved = litecoind.rpc(
        "sendrawtransaction", litecoind.rpc("signrawtransactionwithwallet", raw)["hex"]
    )
    paid = _pay(litecoind, ada)
    litecoind.mine(1, to=pool)
    litecoind.mine(FINAL + 1)
    desk.scan(first, first)
    found = {f.tx_hash: f for f in desk.findings()}
    (mined,) = set(found) - {moved, paid}
    assert set(found) == {moved, paid, mined}
    assert found[mined].kind is TransferKind.REWARD
    evidence = _evidence(litecoind, paid)
    assert evidence.block is not None
    assert evidence.block.time is not None
    desk.list_coin(print_time(evidence.block.time))
    desk.declare_complete()
    opened = desk.open()
    states = {f.tx_hash: (f.state, f.reason) for f in desk.findings()}
    assert states[paid][0] is FindingState.OPENED, (states, opened)
    assert states[moved] == (FindingState.COUNTED, "own_movement"), (states, opened)
    assert states[mined][0] is FindingState.OPENED
    assert opened.cases == {"listed_deposit_missed": 1, "time_locked": 1}


def test_coins_that_leave_mweb_are_found_and_blocks_with_mweb_are_read(
    quick_desk_at: Making,
) -> None:
    with run_litecoind("-rest=1", mweb=True, blocks=431) as chain:
        desk = quick_desk_at(chain.url)
        outside = chain.rpc("getnewaddress", "", "bech32")
        plain = chain.rpc("getnewaddress", "", "legacy")
        desk.own(ada=outside, bob=plain)
        _pay(chain, chain.rpc("getnewaddress", "", "mweb"), amount="5")
        paid = _pay(chain, plain)
        chain.mine(10)
        unspent = [u for u in chain.rpc("listunspent") if "vout" in u]
        chain.rpc("lockunspent", False, [{"txid": u["txid"], "vout": u["vout"]} for u in unspent])
        chain.rpc("sendtoaddress", outside, 1)
        (block_hash,) = chain.mine()
        hogex = chain.rpc("getblock", block_hash)["tx"][-1]
        chain.mine(FINAL)
        report = desk.scan(425, chain.rpc("getblockcount") - FINAL + 1)
        assert report.walks[0].methods == ("/rest/block/:hash.bin",), (
            "no block was left to the node"
        )
        assert {(f.tx_hash, f.amount) for f in desk.findings()} == {
            (hogex, 10**8),
            (paid, 10**6),
        }


def test_a_payment_below_the_cursor_after_a_reorganisation_is_found_by_the_overlap(
    quick_desk_at: Making,
) -> None:
    with run_litecoind("-rest=1", blocks=150) as chain:
        desk = quick_desk_at(chain.url)
        ada = chain.rpc("getnewaddress", "", "bech32")
        desk.own(ada=ada)
        lost = _pay(chain, ada)
        chain.mine(FINAL + 5)
        first = desk.scan()
        assert [f.tx_hash for f in desk.findings()] == [lost]
        height = chain.rpc("getblockcount")
        tip = first.tip.height
        assert tip == height - FINAL + 1
        chain.rpc("invalidateblock", chain.rpc("getblockhash", tip - 2))
        later = _pay(chain, ada, amount="0.02")
        chain.mine(FINAL + 8)
        assert chain.rpc("getblockcount") > height
        second = desk.scan()
        assert {f.tx_hash for f in desk.findings()} == {lost, later}
        at = next(f.height for f in desk.findings() if f.tx_hash == later)
        assert at <= tip, "it stands below the cursor"
        assert second.walks[0].findings == 1
        assert second.walks[0].first == tip + 1 - FINAL


def test_the_last_final_block_is_that_of_the_networks_depth(litecoind: Litecoind) -> None:
    assert FAMILY.scan is not None
    with _node(litecoind) as node:
        tip = FAMILY.scan.fetch_final(_network(), node)
    height = litecoind.rpc("getblockcount")
    assert tip.height == height - FINAL + 1
    assert tip.hash == litecoind.rpc("getblockhash", tip.height)
    assert tip.time is not None
    assert int(tip.time.timestamp()) == litecoind.rpc("getblockheader", tip.hash)["time"]


def test_heights_above_the_nodes_tip_are_not_empty_blocks(litecoind: Litecoind) -> None:
    height = litecoind.rpc("getblockcount")
    window = Window(height - 1, height + 1)
    with (
        _node(litecoind) as node,
        pytest.raises(Unhealthy, match=f"it is at block {height}, asked"),
    ):
        fetch_block_hits(_network(), node, window, Watched([]))
