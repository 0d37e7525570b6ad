"""What happens to customers of EVM networks, from hash to booking, as a desk clerk types it."""

from __future__ import annotations

from typing import Any

import pytest
from nodes.evm import Chain
from outer.desk import Desk, fresh_address

ETHER = 10**18
OUTSIDE = "0x00000000219ab540356cBB839Cbe05303d7705Fa"


def final(chain: Chain, tx_hash: str) -> str:
    chain.anvil.mine(3)
    return tx_hash


def token_of(chain: Chain, name: str, *arguments: Any) -> tuple[Any, str]:
    """A deployed token and its CAIP-19 id."""
    from recovery.chains.evm.codec import checksum_address

    token = chain.deploy(name, *arguments)
    address = checksum_address(bytes.fromhex(token.address[2:]))
    return token, f"{chain.network.chain}/erc20:{address}"


def check_sums(quote: dict[str, Any]) -> None:
    deducted = sum(int(line["amount"]) for line in quote["lines"])
    assert int(quote["gross"]["amount"]) == deducted + int(quote["net"]["amount"])
    assert int(quote["net"]["amount"]) >= 0


def test_an_unlisted_token_is_quoted_and_sent_back(desk: Desk, eth: Chain) -> None:
    desk.join(eth)
    address = fresh_address()
    desk.issue("ETH", address, "ulla")
    token, asset = token_of(eth, "Erc20", "My Token", "MYT", 9, 10**20)
    desk.price(asset, "1")
    tx_hash = final(eth, token.send("transfer", address, 500 * 10**9))
    told = desk.run("check", tx_hash, "--user", "ulla")
    assert told.code == 0
    assert set(told.doc) == {"schema", "evidence", "search", "verdicts"}
    verdict = told.verdict
    assert (verdict["cause"], verdict["recoverability"]) == ("unlisted_token", "recoverable")
    assert (verdict["outcome"], verdict["transfer"]) == ("return", 0)
    assert verdict["reasons"][0]["facts"]["asset"] == asset
    quote = verdict["quote"]
    check_sums(quote)
    # 10 x tier 1, plus 4 % of the 400 above 100; the first case of the year is over 50 USD
    fee = next(line for line in quote["lines"] if line["code"] == "service_fee")
    assert (fee["amount"], fee["value"]) == ("26000000000", "26")
    assert quote["gross"] == {"asset": asset, "amount": "500000000000"}
    assert (quote["currency"], quote["policy"], quote["advice"]) == ("USD", "2026-11", "recover")
    assert verdict["quote_reason"] is None


@pytest.mark.parametrize("listed", [True, False])
def test_usdt_on_bsc_to_an_eth_address_goes_to_both_signatures(
    either_desk: Desk, eth: Chain, bsc: Chain, listed: bool
) -> None:
    desk = either_desk
    desk.join(eth)
    desk.join(bsc, price="600")
    address = fresh_address()
    desk.issue("ETH", address, "ulla", can_sign="ETH BSC")
    token, asset = token_of(bsc, "Erc20", "Tether USD", "USDT", 18, 10**30)
    if listed:
        desk.list_asset("BSC", asset, "USDT")
    desk.price(asset, "1")
    tx_hash = final(bsc, token.send("transfer", address, 250 * ETHER))

    told = desk.run("check", tx_hash, "--network", "ETH", "--user", "ulla", "--amount", "250")
    assert told.code == 0
    assert [n["code"] for n in told.doc["evidence"]["notes"]] == ["named_network_wrong"]
    assert (told.cause, told.verdict["recoverability"]) == ("wrong_network_same_key", "recoverable")
    assert told.verdict["outcome"] == ("credit" if listed else "return")
    check_sums(told.verdict["quote"])

    case = desk.done("open", tx_hash, "--user", "ulla", "--actor", "front")
    assert (case["schema"], case["state"], case["queue"]) == ("recovery.case/1", "quoted", None)
    assert desk.run("sign", case["id"], "--role", "wallet", "--actor", "wendy").code == 1
    if not listed:
        missing = desk.run("accept", case["id"], "--actor", "front")
        assert (missing.code, missing.doc["error"]["reference"]) == (2, "return-address-missing")
    where = [] if listed else ["--return-to", OUTSIDE]
    case = desk.done("accept", case["id"], "--actor", "front", *where)
    assert case["state"] == "in_sign_off"
    assert case["destination"]["address"] == (None if listed else OUTSIDE)
    assert [c["id"] for c in desk.done("cases", "--queue", "wallet")["cases"]] == [case["id"]]
    assert [c["id"] for c in desk.done("cases", "--queue", "clearing")["cases"]] == [case["id"]]

    assert desk.run("sign", case["id"], "--role", "wallet", "--actor", "front").code == 1
    assert desk.run("sign", case["id"], "--role", "wallet", "--actor", "Ulla").code == 1
    case = desk.done("sign", case["id"], "--role", "wallet", "--actor", "wendy")
    assert (case["state"], case["queue"]) == ("in_sign_off", "clearing")
    assert desk.run("sign", case["id"], "--role", "wallet", "--actor", "other").code == 1
    assert desk.run("sign", case["id"], "--role", "clearing", "--actor", "wendy").code == 1
    case = desk.done("sign", case["id"], "--role", "clearing", "--actor", "carl")
    assert case["state"] == "approved"
    assert {s["role"]: s["actor"] for s in case["signatures"]} == {
        "wallet": "wendy",
        "clearing": "carl",
    }
    assert {s["digest"] for s in case["signatures"]} == {case["digest"]}
    assert desk.run("withdraw", case["id"], "--actor", "front").code == 1
    case = desk.done("settle", case["id"], "--reference", "0xpaid", "--actor", "carl")
    assert (case["state"], case["reference"]) == ("settled", "0xpaid")
    assert desk.done("audit")["clean"]


def test_coin_paid_by_a_contract_is_credited(desk: Desk, eth: Chain) -> None:
    desk.join(eth)
    address = fresh_address()
    desk.issue("ETH", address, "ulla")
    payer = eth.deploy("Payer")
    eth.anvil.send(from_=eth.account(0), to=payer.address, value=ETHER)
    tx_hash = final(eth, payer.send("pay", address, ETHER // 4))
    told = desk.run("check", tx_hash)
    assert (told.cause, told.verdict["recoverability"]) == ("internal_transfer", "credit")
    assert told.verdict["quote"] is None
    assert told.verdict["quote_reason"]["code"]
    (transfer,) = told.doc["evidence"]["transfers"]
    assert (transfer["kind"], transfer["position"]) == ("internal", "trace:0")


def test_an_inner_call_that_reverted_paid_nobody(desk: Desk, eth: Chain) -> None:
    desk.join(eth)
    address = fresh_address()
    desk.issue("ETH", address, "ulla")
    payer = eth.deploy("Payer")
    tx_hash = final(eth, payer.send("swallow", address, ETHER, value=ETHER))
    told = desk.run("check", tx_hash, "--user", "ulla", "--address", address)
    assert told.code == 0
    assert (told.cause, told.verdict["transfer"]) == ("address_not_ours", None)
    assert told.verdict["recoverability"] == "unrecoverable"


def test_a_forged_transfer_log_is_counterfeit(desk: Desk, eth: Chain) -> None:
    desk.join(eth)
    address = fresh_address()
    desk.issue("ETH", address, "ulla")
    real, asset = token_of(eth, "Erc20", "Tether USD", "USDT", 6, 10**30)
    desk.list_asset("ETH", asset, "USDT", decimals=6)
    forger, _ = token_of(eth, "LyingToken")
    tx_hash = final(eth, forger.send("claim", eth.account(0), address, 10**12))
    told = desk.run("check", tx_hash)
    assert (told.cause, told.verdict["recoverability"]) == ("counterfeit_token", "unrecoverable")
    case = desk.done("open", tx_hash, "--user", "ulla")
    assert case["state"] == "refused"
    honest = final(eth, real.send("transfer", address, 5_000_000))
    assert desk.run("check", honest).cause == "listed_deposit_missed"


def test_of_a_fee_on_transfer_token_what_arrived_counts(desk: Desk, eth: Chain) -> None:
    desk.join(eth)
    address = fresh_address()
    desk.issue("ETH", address, "ulla")
    token, asset = token_of(eth, "FeeToken")
    desk.list_asset("ETH", asset, "FEE", flags="fee_on_transfer")
    tx_hash = final(eth, token.send("transfer", address, 100 * ETHER))
    told = desk.run("check", tx_hash)
    assert told.verdict["recoverability"] == "credit", told
    case = desk.done("open", tx_hash, "--actor", "front")
    assert case["state"] == "in_sign_off"


def test_of_an_unlisted_fee_on_transfer_token_the_quote_is_of_what_arrived(
    desk: Desk, eth: Chain
) -> None:
    desk.join(eth)
    address = fresh_address()
    desk.issue("ETH", address, "ulla")
    token, asset = token_of(eth, "FeeToken")
    desk.price(asset, "1")
    tx_hash = final(eth, token.send("transfer", address, 100 * ETHER))
    told = desk.run("check", tx_hash)
    assert (told.cause, told.verdict["recoverability"]) == ("token_needs_care", "conditional")
    assert told.verdict["quote"]["gross"]["amount"] == str(90 * ETHER)
    check_sums(told.verdict["quote"])


def test_a_replaced_transaction_is_refused_once_the_other_is_final(
    desk: Desk, fresh: Chain
) -> None:
    desk.join(fresh)
    address = fresh_address()
    desk.issue("ETH", address, "ulla")
    fresh.anvil.hold()
    sender, gwei = fresh.account(0), 10**9
    first = fresh.anvil.send(
        from_=sender, to=address, value=9, nonce=0, maxFeePerGas=3 * gwei, maxPriorityFeePerGas=gwei
    )
    told = desk.run("open", first, "--user", "ulla", "--actor", "front")
    assert (told.code, told.doc["state"]) == (0, "waiting")
    assert told.doc["next_look_at"]
    assert told.doc["check"]["verdicts"][0]["cause"] == "pending_in_mempool"
    second = fresh.anvil.send(
        from_=sender,
        to=sender,
        value=1,
        nonce=0,
        maxFeePerGas=9 * gwei,
        maxPriorityFeePerGas=5 * gwei,
    )
    fresh.anvil.mine(4)
    told = desk.run("check", first)
    assert (told.code, told.cause) == (1, "replaced_or_dropped")
    assert told.verdict["reasons"][0]["facts"]["replaced_by"] == second
    case = desk.done("open", first, "--user", "ulla", "--actor", "front")
    assert (case["id"], case["state"]) == (told.doc and case["id"], "refused")


def test_a_block_that_is_not_final_waits(desk: Desk, fresh: Chain) -> None:
    desk.join(fresh)
    address = fresh_address()
    desk.issue("ETH", address, "ulla")
    tx_hash = fresh.anvil.send(from_=fresh.account(0), to=address, value=ETHER)
    told = desk.run("check", tx_hash)
    assert (told.cause, told.verdict["recoverability"]) == ("awaiting_confirmations", "wait")
    case = desk.done("open", tx_hash)
    assert (case["state"], case["queue"]) == ("waiting", None)


def test_a_failed_transaction_never_left(desk: Desk, eth: Chain) -> None:
    desk.join(eth)
    payer = eth.deploy("Payer")
    tx_hash = final(eth, payer.send("fails"))
    told = desk.run("check", tx_hash)
    assert told.doc["evidence"]["status"] == "failed"
    assert (told.cause, told.verdict["transfer"]) == ("transaction_failed", None)


def test_a_reorg_between_quote_and_signature_voids_what_was_signed(
    desk: Desk, fresh: Chain
) -> None:
    desk.join(fresh)
    address = fresh_address()
    desk.issue("ETH", address, "ulla")
    token, asset = token_of(fresh, "Erc20", "My Token", "MYT", 18, 10**30)
    desk.price(asset, "1")
    tx_hash = final(fresh, token.send("transfer", address, 500 * ETHER))
    case = desk.done("open", tx_hash, "--user", "ulla", "--actor", "front")
    desk.done("accept", case["id"], "--return-to", OUTSIDE, "--actor", "front")
    signed = desk.done("sign", case["id"], "--role", "wallet", "--actor", "wendy")
    assert len(signed["signatures"]) == 1
    before = signed["check"]["evidence"]["block"]["hash"]
    fresh.anvil.rpc("anvil_reorg", 4, [])
    fresh.anvil.mine(3)
    told = desk.run("sign", case["id"], "--role", "clearing", "--actor", "carl")
    assert (told.code, told.doc["schema"]) == (1, "recovery.error/1")
    assert told.doc["error"]["reference"] == "evidence-changed"
    after = desk.done("case", case["id"])
    assert (after["state"], after["signatures"]) == ("checking", [])
    assert "evidence_changed" in [e["event"] for e in after["trail"]]
    assert before
    assert desk.done("audit")["clean"]


def test_a_node_that_is_down_when_it_is_signed_changes_nothing(desk: Desk, fresh: Chain) -> None:
    desk.join(fresh, timeout_seconds=1)
    address = fresh_address()
    desk.issue("ETH", address, "ulla")
    tx_hash = final(fresh, fresh.anvil.send(from_=fresh.account(0), to=address, value=ETHER))
    case = desk.done("open", tx_hash, "--actor", "front")
    fresh.anvil.stop()
    told = desk.run("sign", case["id"], "--role", "clearing", "--actor", "carl")
    assert told.code == 3
    assert desk.done("case", case["id"]) == case


def test_each_transfer_of_a_batch_is_a_case(desk: Desk, eth: Chain) -> None:
    desk.join(eth)
    first, second = fresh_address(), fresh_address()
    desk.issue("ETH", first, "ulla")
    desk.issue("ETH", second, "max")
    payer = eth.deploy("Payer")
    eth.anvil.send(from_=eth.account(0), to=payer.address, value=ETHER)
    tx_hash = final(eth, payer.send("payMany", [first, second], ETHER // 10))
    told = desk.run("check", tx_hash)
    assert [v["cause"] for v in told.doc["verdicts"]] == ["batched_transfer"] * 2
    opened = desk.done("open", tx_hash, "--actor", "front")
    assert opened["schema"] == "recovery.cases/1"
    assert [c["claim"]["user"] for c in opened["cases"]] == ["ulla", "max"]
    assert [c["transfer"] for c in opened["cases"]] == [0, 1]
    again = desk.done("open", tx_hash, "--actor", "front")
    assert [c["id"] for c in again["cases"]] == [c["id"] for c in opened["cases"]]
    # a third person's claim on both is held, and learns nothing
    other = desk.run("check", tx_hash, "--user", "eve")
    assert {v["recoverability"] for v in other.doc["verdicts"]} == {"hold"}
