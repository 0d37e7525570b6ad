"""Pending, replaced, dropped, reorged and final transactions on a real node; nodes not believed."""

from __future__ import annotations

import dataclasses
import http.server
import json
import threading
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from nodes.evm import Chain, start_chain

from recovery.chains.evm.family import FAMILY
from recovery.chains.family import Absent, RawTx
from recovery.chains.source import Node
from recovery.errors import Garbled, Unhealthy
from recovery.model import Gap, TxStatus
from recovery.networks import load_registry

GWEI = 10**9
NOWHERE = "0x" + "42" * 32


def test_a_transaction_in_the_pool_is_pending(fresh: Chain) -> None:
    fresh.anvil.hold()
    tx_hash = fresh.anvil.send(from_=fresh.account(0), to=fresh.account(1), value=9)
    evidence = fresh.ask(tx_hash)
    assert (evidence.status, evidence.block, evidence.confirmations) == (TxStatus.PENDING, None, 0)
    assert not evidence.final
    assert evidence.transfers[0].amount == 9
    assert evidence.replacement is None
    fresh.anvil.mine()
    assert fresh.ask(tx_hash).status is TxStatus.CONFIRMED


def test_a_transaction_that_waits_for_an_earlier_nonce_says_so(fresh: Chain) -> None:
    fresh.anvil.hold()
    tx_hash = fresh.anvil.send(from_=fresh.account(0), to=fresh.account(1), value=9, nonce=2)
    assert [n.code for n in fresh.ask(tx_hash).notes] == ["nonce_gap"]


def test_finality_follows_the_nodes_finalized_block(fresh: Chain) -> None:
    tx_hash = fresh.anvil.send(from_=fresh.account(0), to=fresh.account(1), value=9)
    assert not fresh.ask(tx_hash).final
    fresh.anvil.mine(2)
    evidence = fresh.ask(tx_hash)
    assert evidence.final
    assert (evidence.confirmations, evidence.required_confirmations) == (3, None)


def test_a_replaced_transaction_is_found_by_its_nonce(fresh: Chain) -> None:
    fresh.anvil.hold()
    first = fresh.anvil.send(
        from_=fresh.account(0),
        to=fresh.account(1),
        value=9,
        maxFeePerGas=3 * GWEI,
        maxPriorityFeePerGas=GWEI,
        nonce=0,
    )
    seen = fresh.raw(first)
    second = fresh.anvil.send(
        from_=fresh.account(0),
        to=fresh.account(0),
        value=0,
        maxFeePerGas=30 * GWEI,
        maxPriorityFeePerGas=10 * GWEI,
        nonce=0,
    )
    fresh.anvil.mine()
    assert isinstance(fresh.outcome(first), Absent)
    find = FAMILY.fetch_replacement
    assert find is not None
    assert find(fresh.network, fresh.node, seen) is None, "used, and not yet finally"
    fresh.anvil.mine(5)
    replaced = find(fresh.network, fresh.node, seen)
    assert replaced is not None
    assert replaced.tx_hash == second


def test_a_dropped_transaction_is_absent_and_not_replaced(fresh: Chain) -> None:
    fresh.anvil.hold()
    tx_hash = fresh.anvil.send(from_=fresh.account(0), to=fresh.account(1), value=9)
    seen = fresh.raw(tx_hash)
    fresh.anvil.rpc("anvil_dropTransaction", tx_hash)
    fresh.anvil.mine(5)
    assert isinstance(fresh.outcome(tx_hash), Absent)
    assert FAMILY.fetch_replacement is not None
    assert FAMILY.fetch_replacement(fresh.network, fresh.node, seen) is None


def test_a_reorg_takes_the_transaction_away(fresh: Chain) -> None:
    tx_hash = fresh.anvil.send(from_=fresh.account(0), to=fresh.account(1), value=9)
    seen = fresh.ask(tx_hash)
    assert seen.status is TxStatus.CONFIRMED
    raw = fresh.raw(tx_hash)
    fresh.anvil.rpc("anvil_reorg", 1, [])
    assert isinstance(fresh.outcome(tx_hash), Absent)
    block = fresh.anvil.rpc("eth_getBlockByNumber", raw.answers["receipt"]["blockNumber"], False)
    stale = dataclasses.replace(raw, answers={**raw.answers, "block": block})
    evidence = FAMILY.decode(fresh.network, stale)
    assert (evidence.status, evidence.final, evidence.confirmations) == (
        TxStatus.ORPHANED,
        False,
        0,
    )


def test_a_receipt_of_an_unsealed_block_is_pending(eth: Chain) -> None:
    tx_hash = eth.anvil.send(from_=eth.account(0), to=eth.account(1), value=9)
    raw = eth.raw(tx_hash)
    early = dataclasses.replace(raw, answers={**raw.answers, "block": None})
    evidence = FAMILY.decode(eth.network, early)
    assert (evidence.status, evidence.block) == (TxStatus.PENDING, None)
    assert [n.code for n in evidence.notes] == ["preconfirmed"]


def test_an_unknown_hash_is_absent_on_a_healthy_node(eth: Chain) -> None:
    answer = eth.outcome(NOWHERE)
    assert isinstance(answer, Absent)


def test_a_block_hash_is_named_as_one(eth: Chain) -> None:
    block = eth.anvil.rpc("eth_getBlockByNumber", "0x0", False)
    answer = eth.outcome(block["hash"])
    assert isinstance(answer, Absent)
    assert "hash of block 0" in answer.text


def test_a_node_of_another_chain_is_not_believed(eth: Chain) -> None:
    node = Node(load_registry()["BSC"].code, eth.anvil.url, "jsonrpc")
    with pytest.raises(Unhealthy, match="on chain 1, not 56"):
        FAMILY.fetch(load_registry()["BSC"], node, [NOWHERE])
    with pytest.raises(Unhealthy):
        FAMILY.fetch_health(load_registry()["BSC"], node)
    node.close()


def test_recent_history_never_proves_an_absence(eth: Chain) -> None:
    node = Node(eth.network.code, eth.anvil.url, "jsonrpc", history="recent")
    (answer,) = FAMILY.fetch(eth.network, node, [NOWHERE])
    assert isinstance(answer, Unhealthy)
    assert FAMILY.fetch_health(eth.network, node).history == "recent"
    node.close()


def test_an_old_head_never_proves_an_absence(eth: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOVERY_NOW", "2031-01-01T00:00:00Z")
    answer = eth.outcome(NOWHERE)
    assert isinstance(answer, Unhealthy)
    assert "s old" in answer.text


Change = dict[str, Any]
"""What a twisted node answers to some methods: an error object, or a result."""


class _Twisted(http.server.BaseHTTPRequestHandler):
    """Passes calls on to a real node, except those that the test answers itself."""

    protocol_version = "HTTP/1.1"
    target = ""
    changes: Change
    asked: list[str]

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        calls = body if isinstance(body, list) else [body]
        type(self).asked += [c["method"] for c in calls]
        answers = [self._answer(call) for call in calls]
        data = json.dumps(answers if isinstance(body, list) else answers[0]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _answer(self, call: Any) -> Any:
        envelope = {"jsonrpc": "2.0", "id": call["id"]}
        if call["method"] in self.changes:
            return envelope | self.changes[call["method"]]
        data = json.dumps(call).encode()
        request = urllib.request.Request(self.target, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)


class Proxy:
    """A twisted node before a real one. ``changes`` may be altered while it runs."""

    def __init__(self, url: str) -> None:
        self.changes: Change = {}
        self.asked: list[str] = []
        handler = type(
            "Handler",
            (_Twisted,),
            {"target": url, "changes": self.changes, "asked": self.asked},
        )
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def proxy(eth: Chain) -> Iterator[Proxy]:
    made = Proxy(eth.anvil.url)
    yield made
    made.stop()


@pytest.fixture
def twisted(eth: Chain, proxy: Proxy) -> Iterator[Node]:
    node = Node(eth.network.code, proxy.url, "jsonrpc")
    yield node
    node.close()


REFUSED = {"error": {"code": -32601, "message": "the method does not exist/is not available"}}


def test_a_node_without_traces_leaves_a_gap_and_says_so(
    eth: Chain, proxy: Proxy, twisted: Node
) -> None:
    payer = eth.deploy("Payer")
    tx_hash = payer.send("payMany", [eth.account(1), eth.account(2)], 5, value=10)
    proxy.changes |= {"debug_traceTransaction": REFUSED, "trace_transaction": REFUSED}
    (raw,) = FAMILY.fetch(eth.network, twisted, [tx_hash])
    assert isinstance(raw, RawTx)
    evidence = FAMILY.decode(eth.network, raw)
    assert evidence.gaps == {Gap.INTERNAL_TRANSFERS}
    assert [n.code for n in evidence.notes] == ["traces_unavailable"]
    proxy.asked.clear()
    FAMILY.fetch(eth.network, twisted, [tx_hash])
    assert not [m for m in proxy.asked if "trace" in m], "a refusal is learned once"


def test_both_kinds_of_trace_give_the_same_places(eth: Chain, proxy: Proxy, twisted: Node) -> None:
    payer = eth.deploy("Payer")
    bomb = eth.deploy("Bomb", value=7)
    hashes = [
        payer.send("payMany", [eth.account(1), eth.account(2)], 5, value=10),
        payer.send("swallow", eth.account(4), 8, value=8),
        payer.send("checkAndPay", eth.account(1), 8, value=8),
        payer.send("create", value=6),
        bomb.send("explode", eth.account(8)),
    ]
    proxy.changes["debug_traceTransaction"] = REFUSED
    for tx_hash in hashes:
        (raw,) = FAMILY.fetch(eth.network, twisted, [tx_hash])
        assert isinstance(raw, RawTx)
        assert isinstance(raw.answers["trace"], list)
        assert FAMILY.decode(eth.network, raw).transfers == eth.ask(tx_hash).transfers


def test_lost_state_leaves_a_gap_for_that_transaction_only(
    eth: Chain, proxy: Proxy, twisted: Node
) -> None:
    tx_hash = eth.deploy("Payer").send("nothing", value=1)
    lost = {"error": {"code": -32000, "message": "required historical state unavailable"}}
    proxy.changes |= {"debug_traceTransaction": lost, "trace_transaction": lost}
    (raw,) = FAMILY.fetch(eth.network, twisted, [tx_hash])
    assert isinstance(raw, RawTx)
    assert "historical state" in FAMILY.decode(eth.network, raw).notes[0].text
    proxy.changes.clear()
    (raw,) = FAMILY.fetch(eth.network, twisted, [tx_hash])
    assert isinstance(raw, RawTx)
    assert not FAMILY.decode(eth.network, raw).gaps


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("eth_getTransactionByHash", {"error": {"code": 4444, "message": "pruned history"}}),
        (
            "eth_getTransactionByHash",
            {"error": {"code": -32000, "message": "cannot query unfinalized data"}},
        ),
        ("eth_syncing", {"result": {"currentBlock": "0x1", "highestBlock": "0x100"}}),
        (
            "eth_capabilities",
            {
                "result": {
                    "tx": {"disabled": False, "oldestBlock": "0x10"},
                    "receipts": {"disabled": False, "oldestBlock": "0x0"},
                }
            },
        ),
    ],
)
def test_a_node_that_can_not_know_does_not_say_absent(
    eth: Chain, proxy: Proxy, twisted: Node, method: str, answer: Any
) -> None:
    proxy.changes[method] = answer
    (outcome,) = FAMILY.fetch(eth.network, twisted, [NOWHERE])
    assert isinstance(outcome, Unhealthy)


def test_a_node_without_the_final_tag_leaves_finality_open(
    eth: Chain, proxy: Proxy, twisted: Node
) -> None:
    tx_hash = eth.anvil.send(from_=eth.account(0), to=eth.account(1), value=9)
    raw = eth.raw(tx_hash)
    untold = dataclasses.replace(raw, answers={**raw.answers, "final": None})
    evidence = FAMILY.decode(eth.network, untold)
    assert not evidence.final
    assert Gap.FINALITY in evidence.gaps


def test_an_altered_recipient_is_caught_by_the_hash(eth: Chain) -> None:
    tx_hash = eth.anvil.send(from_=eth.account(0), to=eth.account(1), value=9)
    raw = eth.raw(tx_hash)
    altered = {**raw.answers["tx"], "to": eth.account(2).lower()}
    lying = dataclasses.replace(raw, answers={**raw.answers, "tx": altered})
    assert FAMILY.verify is not None
    with pytest.raises(Garbled, match="hash to"):
        FAMILY.verify(eth.network, lying, FAMILY.decode(eth.network, raw))


def test_many_hashes_are_answered_in_their_order(eth: Chain) -> None:
    hashes = [eth.anvil.send(from_=eth.account(0), to=eth.account(1), value=n) for n in range(1, 8)]
    asked = [hashes[3], NOWHERE, *hashes, hashes[0]]
    outcomes = FAMILY.fetch(eth.network, eth.node, asked)
    assert [o.tx_hash for o in outcomes if isinstance(o, RawTx | Absent)] == asked
    assert [isinstance(o, Absent) for o in outcomes].count(True) == 1
    assert FAMILY.fetch(eth.network, eth.node, []) == []


def test_a_chain_that_is_told_its_profile_may_rest() -> None:
    row = load_registry()["ETH"].with_profile("anvil")
    with start_chain("ETH") as chain:
        assert FAMILY.fetch_health(chain.network, chain.node).height == 0
        with pytest.raises(Unhealthy):
            FAMILY.fetch_health(row, chain.node)
