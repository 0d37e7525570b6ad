"""Where a hash is looked for: found, absent, unreachable and not asked are four different answers."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from nodes.anvil import Anvil
from nodes.evm import Chain
from outer.desk import Desk, fresh_address, start

from recovery.demo.fixtures import load_fixtures
from recovery.demo.misbehaviour import HTML
from recovery.demo.server import Replay, ReplayServer, Reply

ETHER = 10**18
NOWHERE = "0x" + "42" * 32
NOBODY = "http://127.0.0.1:9"


@contextlib.contextmanager
def run_anvil(chain_id: int) -> Iterator[Anvil]:
    with Anvil(chain_id, "--timestamp", str(int(time.time()) - 300)) as node:
        yield node


def pay(anvil: Anvil, to: str, *, value: int = ETHER) -> str:
    tx_hash = anvil.send(from_=anvil.accounts[0], to=to, value=value)
    anvil.mine(3)
    return tx_hash


def test_absent_unreachable_and_not_asked_are_told_apart(desk: Desk, eth: Chain) -> None:
    desk.join(eth)
    desk.connect("BSC", NOBODY, timeout_seconds=1)
    told = desk.run("inspect", NOWHERE)
    assert (told.code, told.doc["schema"], told.doc["found"]) == (3, "recovery.search/1", [])
    assert told.doc["absent"] == ["ETH"]
    assert [u["network"] for u in told.doc["unreachable"]] == ["BSC"]
    assert "POL" in told.doc["not_asked"]
    assert desk.run("check", NOWHERE).doc["verdicts"] == []
    assert desk.run("check", NOWHERE).code == 3
    case = desk.done("open", NOWHERE, "--user", "ulla")
    assert (case["state"], case["check"]["verdicts"]) == ("checking", [])


def test_a_hash_that_nobody_knows_needs_input(desk: Desk, eth: Chain) -> None:
    desk.join(eth)
    assert desk.run("inspect", NOWHERE).code == 1
    told = desk.run("check", NOWHERE, "--network", "Ethereum")
    assert (told.code, told.cause) == (1, "hash_not_found")
    assert (told.verdict["recoverability"], told.verdict["transfer"]) == ("needs_input", None)
    assert told.verdict["needs"]
    assert told.doc["evidence"] is None
    case = desk.done("open", NOWHERE, "--user", "ulla")
    assert (case["state"], case["queue"]) == ("needs_input", None)


def test_what_was_unaskable_is_judged_when_it_is_opened_again(desk: Desk, eth: Chain) -> None:
    address = fresh_address()
    desk.join(eth)
    desk.issue("ETH", address, "ulla")
    tx_hash = pay(eth.anvil, address)
    desk.connect("ETH", NOBODY, timeout_seconds=1)
    first = desk.done("open", tx_hash, "--user", "ulla", "--actor", "front")
    assert first["state"] == "checking"
    desk.connect("ETH", eth.anvil.url)
    again = desk.done("open", tx_hash, "--user", "ulla", "--actor", "front")
    assert (again["id"], again["state"]) == (first["id"], "in_sign_off")


def test_a_person_can_have_a_case_in_checking_looked_at_again(desk: Desk, eth: Chain) -> None:
    address = fresh_address()
    desk.join(eth)
    desk.issue("ETH", address, "ulla")
    tx_hash = pay(eth.anvil, address)
    desk.connect("ETH", NOBODY, timeout_seconds=1)
    case = desk.done("open", tx_hash, "--user", "ulla", "--actor", "front")
    same = desk.done("reopen", case["id"], "--reason", "is the node back?", "--actor", "rita")
    assert same["state"] == "checking"
    desk.connect("ETH", eth.anvil.url)
    case = desk.done("reopen", case["id"], "--reason", "the node is back", "--actor", "rita")
    assert case["state"] == "in_sign_off"


def test_an_endpoint_that_does_not_know_it_does_not_end_the_search(desk: Desk, eth: Chain) -> None:
    desk.join(eth)
    with run_anvil(1) as empty:
        desk.connect("ETH", empty.url, eth.anvil.url)
        tx_hash = pay(eth.anvil, fresh_address())
        told = desk.run("inspect", tx_hash, "--network", "ETH")
        assert (told.code, told.doc["schema"]) == (0, "recovery.evidence/1")
        assert told.doc["tx_hash"] == tx_hash


def test_two_sources_that_disagree_credit_nothing(desk: Desk, eth: Chain) -> None:
    address = fresh_address()
    desk.join(eth)
    desk.issue("ETH", address, "ulla")
    tx_hash = pay(eth.anvil, address)
    assert desk.run("check", tx_hash).cause == "listed_deposit_missed"
    with run_anvil(1) as other:
        desk.connect("ETH", eth.anvil.url, other.url)
        told = desk.run("check", tx_hash)
        assert (told.code, told.cause) == (0, "needs_review")
        assert "sources_disagree" in [n["code"] for n in told.verdict["notes"]]
        assert told.verdict["conditions"][0]["code"] == "reviewer_decision"
        case = desk.done("open", tx_hash, "--actor", "front")
        assert (case["state"], case["queue"]) == ("needs_review", "review")
    desk.connect("ETH", eth.anvil.url, NOBODY, timeout_seconds=1)
    assert desk.run("check", tx_hash).cause == "listed_deposit_missed", "no opinion is no veto"


def test_a_second_endpoint_that_comes_to_disagree_voids_the_signatures(
    desk: Desk, eth: Chain
) -> None:
    address = fresh_address()
    desk.join(eth)
    desk.issue("ETH", address, "ulla")
    case = desk.done("open", pay(eth.anvil, address), "--actor", "front")
    desk.done("sign", case["id"], "--role", "clearing", "--actor", "carl")
    with run_anvil(1) as other:
        desk.connect("ETH", eth.anvil.url, other.url)
        assert desk.run("sign", case["id"], "--role", "wallet", "--actor", "wendy").code == 1
    after = desk.done("case", case["id"])
    assert (after["state"], after["signatures"]) == ("checking", [])


def test_the_same_hash_on_two_networks_must_be_named(desk: Desk, eth: Chain) -> None:
    # signed before EIP-155: the same bytes are good on every chain
    address = fresh_address()
    desk.join(eth)
    desk.issue("ETH", address, "ulla")
    raw, sender = _sign_for_every_chain(address)
    with start("ETC") as etc:
        desk.join(etc, price="20")
        for chain in (eth, etc):
            chain.anvil.rpc("anvil_setBalance", sender, hex(ETHER))
            tx_hash = chain.anvil.rpc("eth_sendRawTransaction", raw)
            chain.anvil.mine(3)
        told = desk.run("inspect", tx_hash)
        assert (told.code, [f["network"] for f in told.doc["found"]]) == (0, ["ETH", "ETC"])
        told = desk.run("check", tx_hash)
        assert (told.code, told.doc["verdicts"], told.doc["evidence"]) == (2, [], None)
        assert [f["network"] for f in told.doc["search"]["found"]] == ["ETH", "ETC"]
        assert desk.run("open", tx_hash).code == 2
        assert desk.done("cases")["cases"] == []
        assert desk.run("check", tx_hash, "--network", "ETC").doc["evidence"]["network"] == "ETC"


def _sign_for_every_chain(to: str) -> tuple[str, str]:
    from eth_account import Account

    account = Account.create()
    fields = {"to": to, "value": 10**17, "gas": 21_000, "gasPrice": 50 * 10**9, "nonce": 0}
    signed = account.sign_transaction(fields)
    return "0x" + bytes(signed.raw_transaction).hex(), account.address


@pytest.mark.parametrize("chain_id", [11155111, 31337, 560048])
def test_what_is_only_on_a_test_network_is_testnet(desk: Desk, eth: Chain, chain_id: int) -> None:
    desk.join(eth)
    address = fresh_address()
    desk.issue("ETH", address, "ulla")
    with run_anvil(chain_id) as test:
        desk.connect("ETH", eth.anvil.url, testnet_endpoints=[test.url])
        tx_hash = pay(test, address)
        told = desk.run("check", tx_hash)
        assert (told.code, told.cause) == (0, "testnet")
        assert told.verdict["recoverability"] == "unrecoverable"
        assert desk.done("open", tx_hash)["state"] == "refused"
        real = pay(eth.anvil, address)
        assert desk.run("check", real).cause == "listed_deposit_missed"
        desk.connect("ETH", NOBODY, testnet_endpoints=[test.url], timeout_seconds=1)
        assert desk.run("check", tx_hash).code == 3, "who knows that it is only there?"


@pytest.mark.parametrize("code", ["ETH", "BSC"])
def test_a_main_network_is_not_taken_for_a_test_network(
    desk: Desk, eth: Chain, bsc: Chain, code: str
) -> None:
    desk.join(eth)
    with start(code) as main:
        tx_hash = pay(main.anvil, fresh_address(), value=77)
        desk.connect("ETH", eth.anvil.url, testnet_endpoints=[main.anvil.url])
        assert desk.run("check", tx_hash).cause == "hash_not_found"


def test_a_node_on_another_chain_is_not_healthy(desk: Desk, eth: Chain, bsc: Chain) -> None:
    desk.connect("ETH", bsc.anvil.url)
    tx_hash = pay(bsc.anvil, fresh_address())
    told = desk.run("inspect", tx_hash)
    assert (told.code, told.doc["found"]) == (3, [])
    assert "chain 56" in told.doc["unreachable"][0]["reason"]


def test_history_recent_never_proves_absence(desk: Desk, eth: Chain) -> None:
    desk.connect("ETH", eth.anvil.url)
    assert desk.run("inspect", NOWHERE).code == 1
    desk.connect("ETH", {"url": eth.anvil.url, "history": "recent"})
    assert desk.run("inspect", NOWHERE).code == 3
    known = pay(eth.anvil, fresh_address())
    assert desk.run("inspect", known).code == 0


def test_nothing_configured_names_the_key(desk: Desk) -> None:
    told = desk.run("inspect", NOWHERE, "--network", "BSC")
    assert (told.code, told.doc["schema"]) == (2, "recovery.error/1")
    assert told.doc["error"]["where"] == "networks.BSC.endpoints"


HABITS = {
    "429": Reply(429, b"slow down", headers=(("Retry-After", "0"),)),
    "500": Reply(500, b"oops"),
    "503": Reply(503, HTML),
    "html": Reply(200, HTML, content_type="text/html"),
    "not json": Reply(200, b"hello"),
    "null": Reply(200, b"null"),
    "empty": Reply(200, b""),
    "401": Reply(401, b"{}"),
}


@pytest.mark.parametrize("habit", [*HABITS, "cut", "slow"])
def test_a_node_that_misbehaves_is_unreachable_and_never_absent(
    desk: Desk, tmp_path: Path, habit: str
) -> None:
    (fixture,) = [f for f in load_fixtures(network="XRP") if f.name == "XRP/absent"]
    with ReplayServer(Replay([fixture])) as server:
        desk.connect("XRP", server.url, timeout_seconds=0.4)
        assert desk.run("inspect", fixture.tx_hash, "--network", "XRP").code == 1

        def twist(number: int, request: str, reply: Reply) -> Reply:
            if habit == "cut":
                return Reply(200, reply.body, cut=len(reply.body) // 2)
            if habit == "slow":
                return Reply(200, reply.body, wait_seconds=1.0)
            return HABITS[habit]

        server.twist = twist
        told = desk.run("inspect", fixture.tx_hash, "--network", "XRP")
        assert (told.code, told.doc["absent"]) == (3, [])
        assert [u["network"] for u in told.doc["unreachable"]] == ["XRP"]
        told = desk.run("check", fixture.tx_hash, "--network", "XRP")
        assert (told.code, told.doc["verdicts"]) == (3, [])
        assert desk.done("open", fixture.tx_hash, "--network", "XRP")["state"] == "checking"
