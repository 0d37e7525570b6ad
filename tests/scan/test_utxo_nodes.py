"""The scan before nodes of other makes and manners: bcoin, Esplora, old dialects, gaps and nonsense."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from nodes.bcoin import Bcoin, run_bcoin

from recovery.chains.codecs import parse_address
from recovery.chains.scan import Window
from recovery.chains.source import Node
from recovery.chains.utxo.family import FAMILY
from recovery.chains.utxo.scan import fetch_block_hits
from recovery.chains.utxo.zip244 import hash_version_5
from recovery.errors import Garbled, SourceError, Unhealthy
from recovery.model import AddressKey
from recovery.networks import Network, load_registry
from recovery.times import print_time

from .utxo_blocks import SECONDS, Watched, compact, script_of, sized

OURS = AddressKey("p2pkh", b"\x21" * 20)
THEIRS = AddressKey("p2pkh", b"\x22" * 20)


def _sha(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def _transaction(value: int, key: AddressKey, *, lock: int = 0) -> bytes:
    body = compact(1) + bytes(32) + b"\xff" * 4 + b"\0" + b"\xff" * 4
    paid = compact(1) + value.to_bytes(8, "little") + sized(script_of(key))
    return b"\x01\0\0\0" + body + paid + lock.to_bytes(4, "little")


@dataclass
class Chain:
    """Blocks of a chain that was never mined, and how the node that serves them behaves."""

    network: Network
    blocks: list[bytes] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    rest: str = "off"
    verbosity: tuple[Any, ...] = (0, 1, 2)
    pruned: set[int] = field(default_factory=set)
    swapped: dict[int, int] = field(default_factory=dict)
    lock: dict[str, Any] | None = None
    parsed: dict[int, list[Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def add(self, *txs: bytes) -> None:
        parent = bytes.fromhex(self.hashes[-1])[::-1] if self.hashes else bytes(32)
        time = SECONDS.to_bytes(4, "little")
        header = b"\x04\0\0\0" + parent + bytes(32) + time + bytes(8)
        if self.network.code == "ZEC":
            header = b"\x04\0\0\0" + parent + bytes(64) + time + bytes(36) + sized(bytes(1344))
        data = header + compact(len(txs)) + b"".join(txs)
        self.blocks.append(data)
        self.hashes.append(_sha(header)[::-1].hex())

    def answer(self, method: str, params: list[Any]) -> Any:
        self.asked.append(method)
        tip = len(self.blocks) - 1
        if method == "getblockchaininfo":
            return {"blocks": tip, "headers": tip, "bestblockhash": self.hashes[-1]}
        if method == "getindexinfo":
            return {"txindex": {"synced": True, "best_block_height": tip}}
        if method == "getblockhash":
            return self.hashes[params[0]] if params[0] <= tip else _Fault(-8, "out of range")
        if method == "getblockheader":
            height = self.hashes.index(params[0])
            return {"hash": params[0], "height": height, "time": SECONDS, "confirmations": 1}
        if method == "getbestchainlock":
            return self.lock or _Fault(-1, "Unable to find any ChainLock")
        if method == "getblock":
            return self._block(*params)
        return _Fault(-32601, "Method not found")

    def _block(self, block_hash: str, verbosity: Any) -> Any:
        if verbosity in self.parsed and verbosity:
            return {"hash": block_hash, "tx": self.parsed[verbosity]}
        if not any(verbosity is known for known in self.verbosity):
            return _Fault(-1, "JSON value is not a boolean as expected")
        height = self.hashes.index(block_hash)
        if height in self.pruned:
            return _Fault(-1, "Block not available (pruned data)")
        return self.blocks[self.swapped.get(height, height)].hex()

    def get(self, path: str) -> tuple[int, bytes]:
        self.asked.append(path)
        kind, _, rest = path.strip("/").partition("/")
        if kind == "rest":
            if self.rest == "html":
                return 200, b"<html>" + b"welcome " * 40
            height = self.hashes.index(rest.removeprefix("block/").removesuffix(".bin"))
            if self.rest == "off" or height in self.pruned:
                return 404, b"not found"
            return 200, self.blocks[self.swapped.get(height, height)]
        if kind == "block-height":
            return 200, self.hashes[int(rest)].encode()
        if path == "/blocks/tip/hash":
            return 200, self.hashes[-1].encode()
        if path == "/blocks/tip/height":
            return 200, str(len(self.blocks) - 1).encode()
        if rest.endswith("/raw"):
            height = self.hashes.index(rest.removesuffix("/raw"))
            return (404, b"") if height in self.pruned else (200, self.blocks[height])
        return 200, json.dumps({"timestamp": SECONDS}).encode()


@dataclass(frozen=True)
class _Fault:
    code: int
    message: str


@contextlib.contextmanager
def _serve(chain: Chain, api: str = "core") -> Iterator[Node]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            calls = asked if isinstance(asked, list) else [asked]
            told = [_answered(call, chain.answer(call["method"], call["params"])) for call in calls]
            self._send(200, json.dumps(told if isinstance(asked, list) else told[0]).encode())

        def do_GET(self) -> None:
            self._send(*chain.get(self.path))

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    node = Node(chain.network.code, f"http://127.0.0.1:{server.server_address[1]}", api)
    try:
        yield node
    finally:
        node.close()
        server.shutdown()
        server.server_close()


def _answered(call: dict[str, Any], result: Any) -> dict[str, Any]:
    if isinstance(result, _Fault):
        return {"id": call["id"], "error": {"code": result.code, "message": result.message}}
    return {"id": call["id"], "result": result, "error": None}


@pytest.fixture
def chain_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Chain]:
    """Forty blocks of which every fifth pays us."""

    def make(code: str) -> Chain:
        monkeypatch.setenv("RECOVERY_NOW", print_time(datetime.fromtimestamp(SECONDS + 60, UTC)))
        chain = Chain(load_registry()[code].with_profile("regtest"))
        for height in range(40):
            mined = _transaction(50 * 10**8, THEIRS, lock=height)
            chain.add(mined, _transaction(height, OURS if height % 5 == 0 else THEIRS, lock=height))
        parameters = chain.network.parameters | {"genesis": chain.hashes[0]}
        chain.network = chain.network.model_copy(update={"parameters": parameters})
        return chain

    return make


def _heights(chain: Chain, node: Node, first: int = 0, last: int = 39) -> list[int]:
    watch = Watched([OURS])
    told = fetch_block_hits(chain.network, node, Window(first, last), watch)
    assert (told.covered.first, told.covered.last) == (first, last)
    for hit in told.hits:
        assert hit.sight is not None
        assert hit.sight.amount == hit.height
        assert hit.sight.position == "vout:0"
    return [hit.height for hit in told.hits]


FIFTHS = list(range(0, 40, 5))


@pytest.mark.parametrize("rest", ["on", "off", "html"])
def test_a_core_node_is_read_by_rest_or_by_hex_whatever_it_says_to_unknown_paths(
    chain_of: Callable[[str], Chain], rest: str
) -> None:
    chain = chain_of("BTC")
    chain.rest = rest
    with _serve(chain) as node:
        assert _heights(chain, node) == FIFTHS
        assert _heights(chain, node, 11, 20) == [15, 20]
        files = sum(asked.startswith("/rest") for asked in chain.asked)
        assert files == (50 if rest == "on" else 1), "a node without REST is tried once"


def test_a_node_of_old_that_wants_a_boolean_is_asked_with_one(
    chain_of: Callable[[str], Chain],
) -> None:
    chain = chain_of("DOGE")
    chain.verbosity = (False, True)
    with _serve(chain) as node:
        assert _heights(chain, node) == FIFTHS
        assert node.memory["block_verbosity"] is False


@pytest.mark.parametrize("rest", ["on", "off"])
@pytest.mark.parametrize("code", ["BTC", "LTC", "DOGE", "BCH", "DASH"])
def test_a_pruned_block_is_no_empty_one(
    chain_of: Callable[[str], Chain], code: str, rest: str
) -> None:
    chain = chain_of(code)
    chain.rest, chain.pruned = rest, {12}
    with _serve(chain) as node:
        assert _heights(chain, node, 13, 39) == [h for h in FIFTHS if h > 12]
        with pytest.raises(Unhealthy, match="pruned"):
            _heights(chain, node)


@pytest.mark.parametrize("rest", ["on", "off"])
def test_another_block_than_the_one_asked_for_is_never_believed(
    chain_of: Callable[[str], Chain], rest: str
) -> None:
    chain = chain_of("BTC")
    chain.rest, chain.swapped = rest, {15: 16}
    with _serve(chain) as node, pytest.raises(Garbled, match="is not block 15"):
        _heights(chain, node)


def test_another_chain_is_never_scanned(chain_of: Callable[[str], Chain]) -> None:
    chain = chain_of("BTC")
    with _serve(chain) as node, pytest.raises(Unhealthy, match="another chain"):
        fetch_block_hits(load_registry()["BCH"], node, Window(0, 9), Watched([OURS]))


def test_esplora_gives_raw_blocks_too(chain_of: Callable[[str], Chain]) -> None:
    chain = chain_of("BTC")
    assert FAMILY.scan is not None
    with _serve(chain, "esplora") as node:
        assert _heights(chain, node) == FIFTHS
        tip = FAMILY.scan.fetch_final(chain.network, node)
        assert (tip.height, tip.hash) == (34, chain.hashes[34])
        chain.pruned = {3}
        with pytest.raises(SourceError, match="does not have block"):
            _heights(chain, node, 0, 9)


def test_a_locked_dash_block_is_final_at_once_and_without_a_lock_the_depth_counts(
    chain_of: Callable[[str], Chain],
) -> None:
    chain = chain_of("DASH")
    scan = FAMILY.scan
    assert scan is not None
    with _serve(chain) as node:
        assert scan.fetch_final(chain.network, node).height == 34
        chain.lock = {"height": 38, "blockhash": chain.hashes[38], "known_block": True}
        assert scan.fetch_final(chain.network, node).height == 38
        chain.lock["known_block"] = False
        assert scan.fetch_final(chain.network, node).height == 34
        chain.lock |= {"known_block": True, "height": 99}
        assert scan.fetch_final(chain.network, node).height == 39


def _zcash(version: int, key: AddressKey, tail: bytes) -> bytes:
    """A transparent payment of the serialisation since version 5, and what follows its outputs."""
    head = (version | 1 << 31).to_bytes(4, "little") + bytes(16)
    return head + _transaction(7, key)[4:-4] + tail


def test_zcash_transactions_are_named_by_their_own_bytes_where_their_hash_is_a_tree(
    chain_of: Callable[[str], Chain],
) -> None:
    chain = chain_of("ZEC")
    paying = _zcash(5, OURS, bytes(3))
    chain.add(_transaction(1, THEIRS, lock=99), paying)
    with _serve(chain) as node:
        told = fetch_block_hits(chain.network, node, Window(36, 40), Watched([OURS]))
    (hit,) = told.hits
    assert (hit.tx_hash, hit.height) == (hash_version_5(paying), 40)
    assert hit.sight is not None
    assert (hit.sight.position, hit.sight.amount) == ("vout:0", 7)
    assert told.methods == ("getblock 0",)
    assert told.seen == 10


@pytest.mark.parametrize("damage", ["new", "cut"])
def test_a_block_that_can_not_be_followed_is_read_by_the_node_itself(
    chain_of: Callable[[str], Chain], damage: str
) -> None:
    """A version of tomorrow, or bytes that were lost on the way: nothing is taken for unpaid."""
    chain = chain_of("ZEC")
    if damage == "new":
        chain.add(_transaction(1, THEIRS, lock=99), _zcash(6, OURS, b"what will be"))
    else:
        chain.add(_transaction(1, THEIRS, lock=99), _transaction(7, OURS))
        chain.blocks[-1] = chain.blocks[-1][:-50]
    outputs = [{"n": 0, "value": 7e-8, "scriptPubKey": {"hex": script_of(OURS).hex()}}]
    chain.parsed = {2: [{"txid": "aa" * 32, "vout": []}, {"txid": "bb" * 32, "vout": outputs}]}
    with _serve(chain) as node:
        told = fetch_block_hits(chain.network, node, Window(36, 40), Watched([OURS]))
        assert [(hit.tx_hash, hit.height, hit.sight) for hit in told.hits] == [
            ("bb" * 32, 40, None)
        ]
        assert told.seen == 10
        chain.parsed = {}
        with pytest.raises(SourceError):
            fetch_block_hits(chain.network, node, Window(36, 40), Watched([OURS]))


@pytest.fixture(scope="module")
def bcoin() -> Iterator[Bcoin]:
    with run_bcoin(blocks=110) as node:
        yield node


@pytest.mark.xdist_group("bcoin-scan")
def test_bcoin_speaks_bitcoins_dialect(bcoin: Bcoin) -> None:
    network = load_registry()["BTC"].with_profile("bcoin-regtest")
    address = bcoin.new_address()
    key = parse_address(network, address).key
    assert key is not None
    first = bcoin.rpc("getblockcount") + 1
    paid = [bcoin.pay({address: 12_345_678, bcoin.new_address(): 70_000})]
    bcoin.mine()
    paid.append(bcoin.pay({address: 23_456_789}))
    bcoin.mine(7)
    node = Node(network.code, bcoin.url, "core")
    try:
        assert FAMILY.scan is not None
        tip = FAMILY.scan.fetch_final(network, node)
        window = Window(first, tip.height)
        told = fetch_block_hits(network, node, window, Watched([key]))
    finally:
        node.close()
    assert [hit.tx_hash for hit in told.hits] == paid
    assert [hit.sight.amount for hit in told.hits if hit.sight] == [12_345_678, 23_456_789]
    assert told.methods == ("getblock 0",)
