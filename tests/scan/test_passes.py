"""Which passes an EVM network has, and what each sees at nodes of different kinds."""

from __future__ import annotations

import pytest
from nodes.evm import Chain

from recovery.chains.evm.scan import fetch_final, plan_passes
from recovery.chains.evm.scan_blocks import fetch_block_hits, fetch_trace_hits
from recovery.chains.scan import Window
from recovery.chains.source import Node
from recovery.errors import Unhealthy
from recovery.model import TransferKind
from recovery.networks import load_registry
from recovery.scan.findings import store_look
from recovery.scan.values import FindingState

from .conftest import ETH, Making
from .proxy import Call, Proxy, Refusal, error
from .test_sights import Chosen

ETHER = 10**18
OURS = bytes.fromhex("00000000000000000000000000000000000feed0")


@pytest.mark.parametrize("code", ["POL", "ZKSYNC"])
def test_where_the_node_logs_every_movement_the_logs_are_enough(code: str) -> None:
    assert [way.name for way in plan_passes(load_registry()[code])] == ["tokens"]


@pytest.mark.parametrize(
    "code", ["ETH", "BSC", "ARB", "OP", "BASE", "AVAXC", "ETC", "LINEA", "CELO"]
)
def test_elsewhere_coin_is_looked_for_in_blocks_and_traces(code: str) -> None:
    passes = plan_passes(load_registry()[code])
    assert [way.name for way in passes] == ["tokens", "natives", "internal"]
    assert [way.optional for way in passes] == [False, False, True]
    assert all(0 < way.overlap < way.first_look for way in passes)


def test_the_tip_is_the_final_block_by_tag_or_by_depth(eth: Chain) -> None:
    eth.anvil.mine(60)
    latest = int(eth.anvil.rpc("eth_blockNumber"), 16)
    final = int(eth.anvil.rpc("eth_getBlockByNumber", "finalized", False)["number"], 16)
    assert fetch_final(eth.network, eth.node).height == final < latest
    by_depth = eth.network.model_copy(update={"finality": load_registry()["ETC"].finality})
    assert by_depth.finality.confirmations is not None
    deep = 50
    shallow = by_depth.finality.model_copy(update={"confirmations": deep})
    tip = fetch_final(by_depth.model_copy(update={"finality": shallow}), eth.node)
    assert tip.height == latest - deep + 1
    assert tip.hash == eth.anvil.rpc("eth_getBlockByNumber", hex(tip.height), False)["hash"]


@pytest.mark.parametrize("kind", ["trace_block", "debug_traceBlockByNumber"])
def test_what_contracts_pay_is_seen_by_either_kind_of_trace(eth: Chain, kind: str) -> None:
    payer = eth.deploy("Payer")
    eth.anvil.send(from_=eth.account(0), to=payer.address, value=ETHER)
    to = "0x" + OURS.hex()
    paid = payer.send("pay", to, ETHER // 4)
    failed = payer.send("swallow", to, ETHER // 8, value=ETHER // 8)
    bomb = eth.deploy("Bomb", value=5)
    exploded = bomb.send("explode", to)
    height = int(eth.anvil.rpc("eth_blockNumber"), 16)

    def rule(call: Call) -> Refusal | None:
        other = call["method"].startswith(("trace_", "debug_")) and call["method"] != kind
        return error(call, -32601, "the method does not exist") if other else None

    with Proxy(eth.anvil.url, rule) as proxy:
        node = Node(ETH, proxy.url, "jsonrpc")
        hits = fetch_trace_hits(eth.network, node, Window(height - 5, height), Chosen({OURS}))
        node.close()
    assert hits.methods == (kind,)
    found = {hit.tx_hash for hit in hits.hits}
    assert {paid, exploded} <= found <= {paid, exploded, failed}
    kinds = {t.kind for t in eth.ask(exploded).transfers if t.recipient.key is not None}
    assert TransferKind.INTERNAL in kinds


def test_a_node_without_traces_covers_nothing_and_says_so(eth: Chain) -> None:
    def rule(call: Call) -> Refusal | None:
        refused = call["method"].startswith(("trace_", "debug_"))
        return error(call, -32601, "the method does not exist") if refused else None

    with Proxy(eth.anvil.url, rule) as proxy:
        node = Node(ETH, proxy.url, "jsonrpc")
        hits = fetch_trace_hits(eth.network, node, Window(1, 3), Chosen({OURS}))
        node.close()
    assert hits.methods == ()
    assert [note.code for note in hits.gaps] == ["internal_transfers"]


def test_a_withdrawal_of_the_beacon_chain_is_told_since_it_has_no_transaction(eth: Chain) -> None:
    eth.anvil.mine(1)
    block = eth.anvil.rpc("eth_getBlockByNumber", "0x1", True)
    paid = {"index": "0x7", "validatorIndex": "0x1", "amount": "0x5", "address": "0x" + OURS.hex()}
    strangers = {**paid, "index": "0x8", "address": "0x" + "11" * 20}

    def rule(call: Call) -> Refusal | None:
        told = {**block, "withdrawals": [paid, strangers]}
        return 200, {}, {"jsonrpc": "2.0", "id": call["id"], "result": told}

    with Proxy(eth.anvil.url, rule) as proxy:
        node = Node(ETH, proxy.url, "jsonrpc")
        hits = fetch_block_hits(eth.network, node, Window(1, 1), Chosen({OURS}))
        node.close()
    (note,) = hits.gaps
    assert note.code == "beacon_withdrawal"
    assert "withdrawal 7 paid 5 gwei" in note.text


@pytest.mark.parametrize("answer", [None, {"number": "0x9"}])
def test_a_block_that_is_not_there_is_never_an_empty_one(
    eth: Chain, answer: dict[str, str] | None
) -> None:
    def rule(call: Call) -> Refusal | None:
        return 200, {}, {"jsonrpc": "2.0", "id": call["id"], "result": answer}

    with Proxy(eth.anvil.url, rule) as proxy:
        node = Node(ETH, proxy.url, "jsonrpc")
        with pytest.raises(Exception, match="block"):
            fetch_block_hits(eth.network, node, Window(1, 1), Chosen({OURS}))
        node.close()


def test_a_finding_whose_block_left_the_chain_is_gone_until_it_is_seen_again(
    fresh: Chain, exchange_at: Making
) -> None:
    exchange = exchange_at(fresh.anvil.url)
    ada = exchange.new_address("ada")
    exchange.list_token("native", "ETH", 18)
    before = fresh.anvil.rpc("evm_snapshot")
    fresh.anvil.send(from_=fresh.account(0), to=ada, value=ETHER)
    fresh.anvil.mine(3)
    exchange.scan(1, 1)
    (finding,) = exchange.findings()
    fresh.anvil.rpc("evm_revert", before)
    fresh.anvil.mine(5)
    exchange.declare_complete()
    assert exchange.open().gone == 1
    assert [f.state for f in exchange.findings()] == [FindingState.GONE]
    new = store_look(
        exchange.store, ETH, "natives", findings=[finding], cursor=None, at=fresh.node.now()
    )
    assert new == 0
    assert [f.state for f in exchange.findings()] == [FindingState.FOUND]


def test_a_node_that_is_behind_is_not_believed_about_the_tip(
    eth: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOVERY_NOW", "2031-01-01T00:00:00Z")
    with pytest.raises(Unhealthy, match="old"):
        fetch_final(eth.network, eth.node)
