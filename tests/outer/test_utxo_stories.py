"""What happens to customers of Bitcoin-type networks: a real litecoind and a real bcoin, regtest."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from nodes.bcoin import Bcoin, run_bcoin
from nodes.litecoind import Litecoind, run_litecoind
from outer.desk import Desk

from recovery.chains.codecs import parse_address
from recovery.networks import load_registry

OUTSIDE_LTC = "rltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kay44hg"


@pytest.fixture(scope="module")
def litecoind() -> Iterator[Litecoind]:
    with run_litecoind(blocks=120) as node:
        yield node


def join(desk: Desk, code: str, url: str, *, profile: str, price: str) -> None:
    desk.connect(code, url, profile=profile)
    desk.list_asset(code, "native", code, decimals=8)
    desk.price(load_registry()[code].native_asset, price)
    desk.complete_ledger()


@pytest.fixture
def ltc(desk: Desk, litecoind: Litecoind) -> Desk:
    join(desk, "LTC", litecoind.url, profile="regtest", price="100")
    return desk


def fund(node: Litecoind, address: str, *, blocks: int = 24) -> str:
    txid: str = node.rpc("sendtoaddress", address, Decimal("1.5"))
    node.mine(blocks)
    return txid


def test_a_deposit_that_was_missed_is_credited_and_the_profile_is_said(
    ltc: Desk, litecoind: Litecoind
) -> None:
    address = litecoind.rpc("getnewaddress")
    ltc.issue("LTC", address, "ulla")
    told = ltc.run("check", fund(litecoind, address), "--user", "ulla", "--address", address)
    assert told.doc["profiles"] == {"LTC": "regtest"}
    assert (told.cause, told.verdict["recoverability"]) == ("listed_deposit_missed", "credit")
    evidence = told.doc["evidence"]
    assert evidence["required_confirmations"] == 24
    paid = next(t for t in evidence["transfers"] if t["recipient"] == address)
    assert (paid["amount"], paid["kind"]) == ("150000000", "native")
    assert paid["position"] == f"vout:{paid['index']}"
    assert len(evidence["transfers"]) == 2, "change is a movement of value too"
    assert "claimed_address_differs" not in [n["code"] for n in told.verdict["notes"]]


def test_ltc_sent_to_a_key_issued_for_doge_comes_back(ltc: Desk, litecoind: Litecoind) -> None:
    issued = "DFxLFMAJWaNYA7TVTUstzPMFRSevAwTSLq"
    key = parse_address(load_registry()["DOGE"], issued).key
    typed = litecoind.rpc("decodescript", f"76a914{key.payload.hex()}88ac")["addresses"][0]
    ltc.issue("DOGE", issued, "ulla", can_sign="DOGE LTC")
    txid = fund(litecoind, typed)
    told = ltc.run("check", txid, "--address", issued)
    assert (told.cause, told.verdict["recoverability"]) == ("wrong_network_same_key", "recoverable")
    assert told.verdict["reasons"][0]["facts"]["issued_for"] == "DOGE"
    case = ltc.done("open", txid, "--actor", "front")
    assert case["state"] == "quoted"
    case = ltc.done("accept", case["id"], "--actor", "front")
    case = ltc.done("sign", case["id"], "--role", "wallet", "--actor", "wendy")
    case = ltc.done("sign", case["id"], "--role", "clearing", "--actor", "carl")
    assert (case["state"], case["destination"]["kind"]) == ("approved", "credit")


@pytest.mark.parametrize("column", ["unknown", "own network only"])
def test_whether_custody_can_sign_is_unknown_or_no(
    ltc: Desk, litecoind: Litecoind, column: str
) -> None:
    issued = "DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L"
    key = parse_address(load_registry()["DOGE"], issued).key
    typed = litecoind.rpc("decodescript", f"76a914{key.payload.hex()}88ac")["addresses"][0]
    said = {} if column == "unknown" else {"can_sign": ""}
    ltc.issue("DOGE", issued, "ulla", **said)
    told = ltc.run("check", fund(litecoind, typed))
    if said:
        assert (told.cause, told.verdict["recoverability"]) == ("wrong_network_unsupported", "wait")
    else:
        verdict = told.verdict
        assert (verdict["cause"], verdict["recoverability"]) == (
            "wrong_network_same_key",
            "conditional",
        )
        assert ("key_available", False) in [(c["code"], c["met"]) for c in verdict["conditions"]]


def test_a_condition_blocks_the_signature_until_an_import_or_a_person_meets_it(
    ltc: Desk, litecoind: Litecoind
) -> None:
    issued = "D7Y55r6Yoc1G8EECxkQ6SuSjTgGJJ7M6yD"
    key = parse_address(load_registry()["DOGE"], issued).key
    typed = litecoind.rpc("decodescript", f"76a914{key.payload.hex()}88ac")["addresses"][0]
    ltc.issue("DOGE", issued, "ulla")
    case = ltc.done("open", fund(litecoind, typed), "--actor", "front")
    assert case["state"] == "quoted", "with its conditions beside it"
    ltc.done("accept", case["id"], "--actor", "front")
    refused = ltc.run("sign", case["id"], "--role", "wallet", "--actor", "wendy")
    assert (refused.code, refused.doc["error"]["reference"]) == (1, "conditions-unmet")
    assert "key_available" in refused.doc["error"]["text"]
    assert ltc.done("case", case["id"])["state"] == "in_sign_off"
    ltc.issue("DOGE", issued, "ulla", can_sign="DOGE LTC")
    signed = ltc.done("sign", case["id"], "--role", "wallet", "--actor", "wendy")
    assert len(signed["signatures"]) == 1
    ltc.issue("DOGE", issued, "ulla")  # the column is gone again: unknown
    assert ltc.run("sign", case["id"], "--role", "clearing", "--actor", "carl").code == 1
    words = ("--condition", "key_available", "--reason", "asked custody", "--actor", "rita")
    confirmed = ltc.done("confirm", case["id"], *words)
    assert [c["condition"] for c in confirmed["confirmations"]] == ["key_available"]
    case = ltc.done("sign", case["id"], "--role", "clearing", "--actor", "carl")
    assert case["state"] == "approved"
    assert ltc.done("audit")["clean"]


def test_an_old_3_address_is_the_same_recipient(ltc: Desk, litecoind: Litecoind) -> None:
    from base58_bech32.base58 import b58encode_check

    new = litecoind.rpc("getnewaddress", "", "p2sh-segwit")
    row = load_registry()["LTC"].with_profile("regtest")
    old = b58encode_check(bytes([196]) + parse_address(row, new).key.payload).decode()
    ltc.issue("LTC", old, "ulla")
    told = ltc.run("check", fund(litecoind, new), "--address", old)
    assert (told.cause, told.verdict["recoverability"]) == ("listed_deposit_missed", "credit")


def test_a_coinbase_output_waits_until_it_is_ripe(ltc: Desk, litecoind: Litecoind) -> None:
    miner = litecoind.rpc("getnewaddress")
    ltc.issue("LTC", miner, "ulla")
    (block_hash,) = litecoind.mine(1, to=miner)
    coinbase = litecoind.rpc("getblock", block_hash)["tx"][0]
    litecoind.mine(30)
    told = ltc.run("check", coinbase)
    assert (told.cause, told.verdict["recoverability"]) == ("time_locked", "wait")
    paid = next(t for t in told.doc["evidence"]["transfers"] if t["recipient"] == miner)
    assert (paid["kind"], paid["type"]) == ("reward", "coinbase")
    case = ltc.done("open", coinbase)
    assert (case["state"], bool(case["next_look_at"])) == ("waiting", True)
    litecoind.mine(70)
    assert ltc.run("check", coinbase).cause == "unusual_transaction_type"


def test_a_fresh_payment_waits_for_its_confirmations(ltc: Desk, litecoind: Litecoind) -> None:
    address = litecoind.rpc("getnewaddress")
    ltc.issue("LTC", address, "ulla")
    txid = fund(litecoind, address, blocks=0)
    assert ltc.run("check", txid).cause == "pending_in_mempool"
    litecoind.mine(3)
    told = ltc.run("check", txid)
    assert told.cause == "awaiting_confirmations"
    assert told.verdict["reasons"][0]["facts"] == {"confirmations": 3, "required_confirmations": 24}


def test_a_node_of_the_wrong_chain_is_unreachable(desk: Desk, litecoind: Litecoind) -> None:
    txid = fund(litecoind, litecoind.rpc("getnewaddress"), blocks=1)
    desk.connect("LTC", litecoind.url)
    assert desk.run("inspect", txid, "--network", "LTC").code == 3, "regtest is not Litecoin"
    desk.connect("DOGE", litecoind.url, profile="regtest")
    told = desk.run("check", txid)
    assert (told.code, told.doc["verdicts"]) == (3, [])


def test_what_is_only_on_litecoins_regtest_is_testnet(desk: Desk, litecoind: Litecoind) -> None:
    txid = fund(litecoind, litecoind.rpc("getnewaddress"), blocks=1)
    desk.connect("LTC", testnet_endpoints=[litecoind.url])
    told = desk.run("check", txid)
    assert (told.code, told.cause) == (0, "testnet")


def test_bitcoin_from_hash_to_signature(desk: Desk) -> None:
    with run_bcoin(blocks=110) as node:
        _walk(desk, node)


def _walk(desk: Desk, node: Bcoin) -> None:
    join(desk, "BTC", node.url, profile="bcoin-regtest", price="60000")
    address = node.new_address()
    desk.issue("BTC", address, "ulla", role="retired")
    txid = node.pay({address: 12_345_678})
    node.mine(6)
    told = desk.run("check", txid)
    assert (told.cause, told.verdict["recoverability"]) == ("address_retired", "credit")
    case = desk.done("open", txid, "--actor", "front")
    assert case["queues"] == ["wallet", "clearing"], "7,407 USD are above the wallet's limit"
    desk.done("sign", case["id"], "--role", "clearing", "--actor", "carl")
    case = desk.done("sign", case["id"], "--role", "wallet", "--actor", "wendy")
    assert case["state"] == "approved"
