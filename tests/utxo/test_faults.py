"""What a node says when it can't be believed, and that none of it becomes "not found"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from recovery.chains.family import Absent
from recovery.chains.source import Node
from recovery.chains.utxo.family import FAMILY
from recovery.demo.fixtures import Fixture
from recovery.errors import BadInput, SourceError, Unhealthy
from recovery.networks import Network, load_registry
from recovery.times import parse_time

Story = Callable[[str], Fixture]
Play = Callable[..., str]
NodeOf = Callable[..., Node]


@pytest.fixture
def btc() -> Network:
    return load_registry()["BTC"]


def unknown_hash(fixture: Fixture) -> str:
    return fixture.tx_hash.lower()


def refuse(tx_hash: str, code: int, message: str) -> dict[str, Any]:
    return {
        "rpc": "getrawtransaction",
        "params": [tx_hash, 2],
        "error": {"code": code, "message": message},
        "status": 500,
    }


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            -5,
            "No such mempool or blockchain transaction. Use gettransaction for wallet transactions.",
        ),
        (-5, "No such mempool or blockchain transaction"),
        (-5, "No such mempool or main chain transaction"),
        (-5, "Transaction not found in mempool or best chain"),
        (-5, "No information available about transaction"),
    ],
)
def test_only_the_words_of_a_complete_index_mean_absent(
    code: int, message: str, btc: Network, story: Story, play: Play, node_of: NodeOf
) -> None:
    fixture = story("BTC/absent")
    url = play(fixture, refuse(unknown_hash(fixture), code, message))
    (outcome,) = FAMILY.fetch(btc, node_of(btc, url), [unknown_hash(fixture)])
    assert isinstance(outcome, Absent)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (-5, "No such mempool transaction. Use -txindex or provide a block hash to enable blockchain transaction queries. Use gettransaction for wallet transactions."),
        (-5, "No such mempool transaction. Blockchain transactions are still in the process of being indexed. Use gettransaction for wallet transactions."),
        (-5, "Block hash not found"),
        (-5, "something new"),
        (-1, "Block not available (pruned data)"),
        (-28, "Loading block index..."),
        (-10, "Bitcoin Core is in initial sync and waiting for blocks..."),
        (-32603, "internal"),
    ],
)  # fmt: skip
def test_every_other_error_means_that_the_hash_could_not_be_asked(
    code: int, message: str, btc: Network, story: Story, play: Play, node_of: NodeOf
) -> None:
    fixture = story("BTC/absent")
    url = play(fixture, refuse(unknown_hash(fixture), code, message))
    (outcome,) = FAMILY.fetch(btc, node_of(btc, url), [unknown_hash(fixture)])
    assert isinstance(outcome, SourceError)


def blockchain(fixture: Fixture, **changed: Any) -> dict[str, Any]:
    (info,) = [e for e in fixture.exchanges if e.request.startswith("rpc getblockchaininfo")]
    result = {**info.result, **changed}  # type: ignore[union-attr]  # it is a JSON-RPC exchange
    return {"rpc": "getblockchaininfo", "params": [], "result": result}


@pytest.mark.parametrize(
    "changed",
    [{"initialblockdownload": True}, {"headers": 976_003}, {"bestblockhash": "00" * 32}],
)
def test_a_node_that_is_behind_is_not_believed(
    changed: dict[str, Any], btc: Network, story: Story, play: Play, node_of: NodeOf
) -> None:
    fixture = story("BTC/absent")
    url = play(fixture, blockchain(fixture, **changed))
    with pytest.raises(SourceError):
        FAMILY.fetch(btc, node_of(btc, url), [unknown_hash(fixture)])


def test_two_headers_ahead_is_synced(
    btc: Network, story: Story, play: Play, node_of: NodeOf
) -> None:
    fixture = story("BTC/absent")
    url = play(fixture, blockchain(fixture, headers=976_002))
    (outcome,) = FAMILY.fetch(btc, node_of(btc, url), [unknown_hash(fixture)])
    assert isinstance(outcome, Absent)


def test_an_old_tip_is_no_tip(
    btc: Network, story: Story, play: Play, node_of: NodeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixture = story("BTC/absent")
    url = play(fixture)  # its tip is four minutes old
    monkeypatch.setenv("RECOVERY_NOW", later(fixture, minutes=115))
    FAMILY.fetch(btc, node_of(btc, url), [unknown_hash(fixture)])
    monkeypatch.setenv("RECOVERY_NOW", later(fixture, minutes=117))
    with pytest.raises(Unhealthy, match="hours old"):
        FAMILY.fetch(btc, node_of(btc, url), [unknown_hash(fixture)])


def test_a_pruned_node_shows_what_it_has_and_proves_no_absence(
    btc: Network, story: Story, play: Play, node_of: NodeOf
) -> None:
    fixture = story("BTC/absent")
    url = play(
        fixture,
        blockchain(fixture, pruned=True, pruneheight=950_000),
        {"rpc": "getindexinfo", "params": [], "result": {}},
        {"rpc": "getnetworkinfo", "params": [], "result": {"subversion": "/Satoshi:30.0.0/"}},
    )
    node = node_of(btc, url)
    health = FAMILY.fetch_health(btc, node)
    assert (health.history, health.oldest) == ("recent", 950_000)
    assert health.version == "/Satoshi:30.0.0/"
    (outcome,) = FAMILY.fetch(btc, node, [unknown_hash(fixture)])
    assert isinstance(outcome, Unhealthy)


@pytest.mark.parametrize("typed", ["", "zz" * 32, "AB" * 32, "ab" * 31, "../../etc/passwd"])
@pytest.mark.parametrize("api", ["core", "esplora"])
def test_what_is_no_hash_is_never_sent(typed: str, api: str, btc: Network, node_of: NodeOf) -> None:
    with pytest.raises(BadInput):
        FAMILY.fetch(btc, node_of(btc, "http://127.0.0.1:1", api), [typed])


@pytest.mark.parametrize("status", [400, 404, 500])
def test_esplora_means_absent_by_404_only_and_only_with_a_fresh_tip(
    status: int, btc: Network, story: Story, play: Play, node_of: NodeOf
) -> None:
    fixture = story("BTC/esplora_absent")
    tx_hash = unknown_hash(fixture)
    url = play(fixture, {"get": f"/tx/{tx_hash}", "status": status, "text": "Invalid hex string"})
    (outcome,) = FAMILY.fetch(btc, node_of(btc, url, "esplora"), [tx_hash])
    assert isinstance(outcome, Absent if status == 404 else SourceError)


def test_an_esplora_of_another_chain_or_with_an_old_tip_is_not_believed(
    btc: Network, story: Story, play: Play, node_of: NodeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixture = story("BTC/esplora_absent")
    other = "000000000000000000651ef99cb9fcbe0dadde1d424bd9f15ff20136191a5eec"
    url = play(fixture, {"get": "/block-height/478559", "text": other})
    with pytest.raises(Unhealthy, match="another chain"):
        FAMILY.fetch(btc, node_of(btc, url, "esplora"), [unknown_hash(fixture)])
    url = play(fixture)
    monkeypatch.setenv("RECOVERY_NOW", later(fixture, minutes=24 * 60))
    with pytest.raises(Unhealthy, match="hours old"):
        FAMILY.fetch_health(btc, node_of(btc, url, "esplora"))


def later(fixture: Fixture, *, minutes: int) -> str:
    assert fixture.now is not None
    return (parse_time(fixture.now) + timedelta(minutes=minutes)).isoformat()


def test_an_old_node_that_insists_on_a_boolean_is_asked_with_one(
    btc: Network, story: Story, play: Play, node_of: NodeOf
) -> None:
    fixture = story("BTC/pay_to_public_key")
    tx_hash = fixture.tx_hash
    (found,) = [e for e in fixture.exchanges if e.request.startswith("rpc getrawtransaction")]
    wrong = {"code": -1, "message": "JSON value is not a boolean as expected"}
    url = play(
        fixture,
        *({"rpc": "getrawtransaction", "params": [tx_hash, v], "error": wrong} for v in (2, 1)),
        {"rpc": "getrawtransaction", "params": [tx_hash, True], "result": found.result},  # type: ignore[union-attr]  # JSON-RPC
    )
    node = node_of(btc, url)
    (raw,) = FAMILY.fetch(btc, node, [tx_hash])
    assert not isinstance(raw, SourceError | Absent)
    assert FAMILY.decode(btc, raw).transfers[0].amount == 10 * 10**8


def test_a_parent_that_can_not_be_had_leaves_the_senders_unknown_and_the_outputs_told(
    btc: Network, story: Story, play: Play, node_of: NodeOf
) -> None:
    from recovery.model import Gap

    fixture = story("BTC/core_0_21")
    tx_hash = unknown_hash(fixture)
    parent = next(
        e.params[0]  # type: ignore[union-attr, index]  # a JSON-RPC exchange with its params
        for e in fixture.exchanges
        if e.request.startswith("rpc getrawtransaction") and tx_hash not in e.request
    )
    url = play(fixture, refuse(parent, -5, "No such mempool or blockchain transaction"))
    (raw,) = FAMILY.fetch(btc, node_of(btc, url), [tx_hash])
    assert not isinstance(raw, SourceError | Absent)
    evidence = FAMILY.decode(btc, raw)
    assert Gap.SENDERS in evidence.gaps
    assert evidence.transfers[0].amount == 546
    assert evidence.fee is None


def test_a_block_that_goes_away_between_two_calls_is_asked_again_later(
    btc: Network, story: Story, play: Play, node_of: NodeOf
) -> None:
    fixture = story("BTC/payout")
    evidence = fixture.evidence or {}
    gone = {"code": -5, "message": "Block not found"}
    block = evidence["block"]["hash"]
    url = play(fixture, {"rpc": "getblockheader", "params": [block, True], "error": gone})
    (outcome,) = FAMILY.fetch(btc, node_of(btc, url), [fixture.tx_hash])
    assert isinstance(outcome, Unhealthy)
