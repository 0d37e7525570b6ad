"""From the policy's limit in value on, an independent node must tell the same before money moves.

Everything is done with the desk's own command on two real nodes: one that agrees, one that is behind, one on
a fork, one behind a proxy that lies.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from agreement.twins import Lie, Twins, stand_between
from outer.desk import Desk, fresh_address

ETHER = 10**18
OUTSIDE = "0x00000000219ab540356cBB839Cbe05303d7705Fa"
NOBODY = "http://127.0.0.1:9"
LARGE = 10 * ETHER  # at 2000 USD: twice the policy's limit of 10,000
SMALL = ETHER


def condition(verdict: Any) -> Any:
    """The condition of the second opinion, None where it is not asked."""
    return next((c for c in verdict["conditions"] if c["code"] == "second_opinion"), None)


def pay(twins: Twins, to: str, amount: int) -> str:
    tx_hash = twins.first.anvil.send(from_=twins.first.account(0), to=to, value=amount)
    twins.first.anvil.mine(3)
    return tx_hash


def deposit(desk: Desk, twins: Twins, amount: int = LARGE) -> str:
    """A listed deposit that ordinary crediting missed."""
    desk.join(twins.first)
    address = fresh_address()
    desk.issue("ETH", address, "ulla")
    return pay(twins, address, amount)


def unlisted(desk: Desk, twins: Twins, amount: int = 20_000) -> str:
    """A priced token without a listing, which is quoted and sent back."""
    from recovery.chains.evm.codec import checksum_address

    desk.join(twins.first)
    address = fresh_address()
    desk.issue("ETH", address, "ulla")
    token = twins.first.deploy("Erc20", "My Token", "MYT", 6, 10**30)
    contract = checksum_address(bytes.fromhex(token.address[2:]))
    asset = f"eip155:1/erc20:{contract}"
    desk.list_asset("ETH", asset, "MYT", decimals=6, status="known")
    desk.price(asset, "1")
    tx_hash = token.send("transfer", address, amount * 10**6)
    twins.first.anvil.mine(3)
    return str(tx_hash)


def test_below_the_limit_one_source_suffices(desk: Desk, twins: Twins) -> None:
    told = desk.run("check", deposit(desk, twins, SMALL))
    assert (told.cause, condition(told.verdict)) == ("listed_deposit_missed", None)


def test_a_large_credit_on_one_source_is_not_signed(desk: Desk, twins: Twins) -> None:
    tx_hash = deposit(desk, twins)
    verdict = desk.run("check", tx_hash).verdict
    assert (verdict["recoverability"], condition(verdict)["met"]) == ("credit", False)
    assert "[networks.ETH] endpoints" in condition(verdict)["text"]
    case = desk.done("open", tx_hash, "--actor", "front")
    assert case["state"] == "in_sign_off"
    told = desk.run("sign", case["id"], "--role", "clearing", "--actor", "carl")
    assert (told.code, told.doc["error"]["reference"]) == (1, "conditions-unmet")
    assert desk.done("case", case["id"])["signatures"] == []


def test_a_large_credit_is_signed_once_a_second_source_agrees(desk: Desk, twins: Twins) -> None:
    tx_hash = deposit(desk, twins)
    case = desk.done("open", tx_hash, "--actor", "front")
    told = desk.run("sign", case["id"], "--role", "clearing", "--actor", "carl")
    assert told.code == 1
    twins.catch_up()
    desk.connect("ETH", twins.first.anvil.url, twins.url)
    desk.done("sign", case["id"], "--role", "clearing", "--actor", "carl")
    after = desk.done("sign", case["id"], "--role", "wallet", "--actor", "wendy")
    assert after["state"] == "approved"


def test_the_second_source_must_agree_again_before_the_second_signature(
    desk: Desk, twins: Twins
) -> None:
    tx_hash = deposit(desk, twins)
    twins.catch_up()
    desk.connect("ETH", twins.first.anvil.url, twins.url)
    case = desk.done("open", tx_hash, "--actor", "front")
    desk.done("sign", case["id"], "--role", "clearing", "--actor", "carl")
    desk.connect("ETH", twins.first.anvil.url, NOBODY, timeout_seconds=1)
    told = desk.run("sign", case["id"], "--role", "wallet", "--actor", "wendy")
    assert (told.code, told.doc["error"]["reference"]) == (1, "conditions-unmet")
    assert len(desk.done("case", case["id"])["signatures"]) == 1, "an outage voids nothing"


def test_a_large_return_is_quoted_only_once_a_second_source_agrees(
    desk: Desk, twins: Twins
) -> None:
    tx_hash = unlisted(desk, twins)
    verdict = desk.run("check", tx_hash).verdict
    assert (verdict["quote"], verdict["quote_reason"]["code"]) == (None, "second_opinion")
    case = desk.done("open", tx_hash, "--user", "ulla", "--actor", "front")
    assert (case["state"], case["queue"]) == ("needs_review", "review")
    twins.catch_up()
    desk.connect("ETH", twins.first.anvil.url, twins.url)
    case = desk.done("open", tx_hash, "--user", "ulla", "--actor", "front")
    assert case["state"] == "quoted"
    assert condition(case["check"]["verdicts"][0])["met"]


def test_a_reviewer_who_compared_it_elsewhere_may_stand_in(desk: Desk, twins: Twins) -> None:
    tx_hash = unlisted(desk, twins)
    case = desk.done("open", tx_hash, "--user", "ulla", "--actor", "front")
    confirm = ("--condition", "second_opinion", "--reason", "seen on an explorer of another house")
    case = desk.done("confirm", case["id"], *confirm, "--actor", "rita")
    assert case["state"] in ("quoted", "needs_review")
    if case["state"] == "needs_review":  # other conditions of this token are a reviewer's too
        case = desk.done("confirm", case["id"], "--condition", "token_transferable",
                         "--reason", "simulated", "--actor", "rita")  # fmt: skip
    assert case["state"] == "quoted"
    assert case["check"]["verdicts"][0]["quote"] is not None
    case = desk.done("accept", case["id"], "--actor", "front", "--return-to", OUTSIDE)
    open_ones = {c["code"] for c in case["check"]["verdicts"][0]["conditions"] if not c["met"]} - {
        c["condition"] for c in case["confirmations"]
    }
    for code in sorted(open_ones):
        desk.done("confirm", case["id"], "--condition", code, "--reason", "seen", "--actor", "rita")
    signed = desk.done("sign", case["id"], "--role", "wallet", "--actor", "wendy")
    assert len(signed["signatures"]) == 1


def test_a_value_that_nobody_can_price_counts_as_large_where_two_sources_are_configured(
    desk: Desk, twins: Twins
) -> None:
    tx_hash = deposit(desk, twins, SMALL)
    desk.price(twins.first.network.native_asset, "2000")
    from datetime import timedelta

    desk2 = Desk(desk.folder, desk.database_url.replace("recovery.db", "unpriced.db"))
    desk2.connect("ETH", twins.first.anvil.url)
    desk2.list_asset("ETH", "native", "ETH")
    desk2.complete_ledger()
    address = fresh_address()
    desk2.issue("ETH", address, "ulla")
    tx_hash = pay(twins, address, SMALL)
    alone = desk2.run("check", tx_hash).verdict
    assert (alone["recoverability"], condition(alone)) == ("credit", None), "it could never be met"
    desk2.connect("ETH", twins.first.anvil.url, NOBODY, timeout_seconds=1)
    assert condition(desk2.run("check", tx_hash).verdict)["met"] is False
    twins.catch_up()
    desk2.connect("ETH", twins.first.anvil.url, twins.url)
    assert condition(desk2.run("check", tx_hash).verdict)["met"] is True
    desk2.price(twins.first.network.native_asset, "2000", age=timedelta(minutes=1))
    assert condition(desk2.run("check", tx_hash).verdict) is None


def test_a_second_node_that_is_behind_has_no_opinion(desk: Desk, twins: Twins) -> None:
    twins.catch_up()
    tx_hash = deposit(desk, twins)
    for urls in ((twins.first.anvil.url, twins.url), (twins.url, twins.first.anvil.url)):
        desk.connect("ETH", *urls)
        verdict = desk.run("check", tx_hash).verdict
        assert (verdict["cause"], condition(verdict)["met"]) == ("listed_deposit_missed", False)
        assert "sources_disagree" not in [n["code"] for n in verdict["notes"]]
    small = deposit(desk, twins, SMALL)
    desk.connect("ETH", twins.first.anvil.url, twins.url)
    assert desk.run("check", small).verdict["recoverability"] == "credit"


def test_a_node_that_is_behind_agrees_when_it_has_caught_up(desk: Desk, twins: Twins) -> None:
    tx_hash = deposit(desk, twins)
    desk.connect("ETH", twins.first.anvil.url, twins.url)
    assert condition(desk.run("check", tx_hash).verdict)["met"] is False
    twins.catch_up()
    assert condition(desk.run("check", tx_hash).verdict)["met"] is True


@pytest.mark.parametrize("blocks", [1, 20])
def test_a_forked_node_disagrees_whether_its_fork_is_shorter_or_longer(
    desk: Desk, twins: Twins, blocks: int
) -> None:
    twins.first.anvil.mine(1)
    twins.catch_up()
    twins.raise_clock(17)
    twins.second.mine(blocks)
    twins.first.anvil.mine(5)  # so that the shorter fork ends below the deposit's block
    tx_hash = deposit(desk, twins)
    desk.connect("ETH", twins.first.anvil.url, twins.url)
    told = desk.run("check", tx_hash)
    assert told.cause == "needs_review"
    (difference,) = told.verdict["reasons"][0]["facts"]["difference"]
    assert difference["field"] == "transaction"
    assert [s["value"] for s in difference["sources"]] == ["known", "unknown"]
    assert [s["source"] for s in difference["sources"]] == [twins.first.anvil.url, twins.url]


def test_the_same_transaction_in_another_block_is_a_disagreement(desk: Desk, twins: Twins) -> None:
    from eth_account import Account

    payer = Account.create()
    twins.first.anvil.rpc("anvil_setBalance", payer.address, hex(100 * ETHER))
    twins.first.anvil.mine(1)
    twins.catch_up()
    address = fresh_address()
    desk.join(twins.first)
    desk.issue("ETH", address, "ulla")
    fields = {"to": address, "value": SMALL, "gas": 21_000, "gasPrice": 50 * 10**9, "nonce": 0}
    raw = bytes(payer.sign_transaction(fields | {"chainId": 1}).raw_transaction)
    twins.raise_clock(40)
    for node in (twins.first.anvil, twins.second):
        tx_hash = node.rpc("eth_sendRawTransaction", "0x" + raw.hex())
        node.mine(4)
    desk.connect("ETH", twins.first.anvil.url, twins.url)
    told = desk.run("check", tx_hash)
    assert told.cause == "needs_review"
    (difference,) = told.verdict["reasons"][0]["facts"]["difference"]
    assert difference["field"] == "block"
    first, second = (s["value"] for s in difference["sources"])
    assert first != second
    shown = desk.run("check", tx_hash, json_=False).out
    assert f"{twins.first.anvil.url} says {first}; {twins.url} says {second}" in shown


def test_a_reorganisation_on_one_node_is_seen_as_a_disagreement(desk: Desk, twins: Twins) -> None:
    tx_hash = deposit(desk, twins)
    twins.catch_up()
    desk.connect("ETH", twins.url, twins.first.anvil.url)
    case = desk.done("open", tx_hash, "--actor", "front")
    assert condition(case["check"]["verdicts"][0])["met"]
    desk.done("sign", case["id"], "--role", "clearing", "--actor", "carl")
    twins.first.anvil.rpc("anvil_reorg", 4, [])
    told = desk.run("sign", case["id"], "--role", "wallet", "--actor", "wendy")
    assert (told.code, told.doc["error"]["reference"]) == (1, "evidence-changed")
    after = desk.done("case", case["id"])
    assert (after["state"], after["signatures"]) == ("checking", [])


def test_one_node_under_two_addresses_is_one_source(desk: Desk, twins: Twins) -> None:
    tx_hash = deposit(desk, twins)
    url = twins.first.anvil.url
    for urls in (
        (url, url),
        (url, url + "/second/path"),
        (url, url.replace("127.0.0.1", "localhost")),
    ):
        desk.connect("ETH", *urls)
        assert condition(desk.run("check", tx_hash).verdict)["met"] is False, urls
    twins.catch_up()
    desk.connect("ETH", {"url": url, "operator": "we"}, {"url": twins.url, "operator": "We"})
    assert condition(desk.run("check", tx_hash).verdict)["met"] is False
    desk.connect("ETH", {"url": url, "operator": "we"}, {"url": twins.url, "operator": "they"})
    assert condition(desk.run("check", tx_hash).verdict)["met"] is True


def test_a_third_source_is_asked_where_the_second_has_no_opinion(desk: Desk, twins: Twins) -> None:
    tx_hash = deposit(desk, twins)
    with stand_between(twins.first.anvil.url) as relay:
        desk.connect("ETH", twins.first.anvil.url, NOBODY, twins.url, relay, timeout_seconds=1)
        assert condition(desk.run("check", tx_hash).verdict)["met"] is True


# -- lies ------------------------------------------------------------------------------------------


def _in_receipt(change: Callable[[Any], Any]) -> Lie:
    return lambda method, result: (
        change(result) if method == "eth_getTransactionReceipt" and result else result
    )


def _logs(**changed: Any) -> Lie:
    return _in_receipt(lambda r: r | {"logs": [log | changed for log in r["logs"]]})


def _recipient(log: Any) -> Any:
    return log | {"topics": [*log["topics"][:2], "0x" + "00" * 12 + "ab" * 20]}


def _other_block(_method: str, result: Any) -> Any:
    """Every block and everything in it under a hash of the liar's own."""
    if isinstance(result, dict) and result.get("blockHash"):
        logs = [log | {"blockHash": "0x" + "ee" * 32} for log in result.get("logs", [])]
        told = result | {"blockHash": "0x" + "ee" * 32}
        return told | {"logs": logs} if "logs" in result else told
    return result


TOKEN_LIES: dict[str, Lie] = {
    "amount": _logs(data="0x" + f"{10**15:064x}"),
    "less": _logs(data="0x" + f"{1:064x}"),
    "recipient": _in_receipt(lambda r: r | {"logs": [_recipient(log) for log in r["logs"]]}),
    "block hash": _other_block,
    "no logs": _in_receipt(lambda r: r | {"logs": []}),
    "another log": _in_receipt(
        lambda r: r | {"logs": [*r["logs"], r["logs"][0] | {"logIndex": "0x63"}]}
    ),
    "another contract": _logs(address="0x" + "cd" * 20),
    "status": _in_receipt(lambda r: r | {"status": "0x0", "logs": []}),
}


@pytest.mark.parametrize("first", [False, True], ids=["second lies", "first lies"])
@pytest.mark.parametrize("lie", TOKEN_LIES)
def test_a_lie_about_a_token_transfer_is_never_paid(
    desk: Desk, twins: Twins, lie: str, *, first: bool
) -> None:
    tx_hash = unlisted(desk, twins)
    with stand_between(twins.first.anvil.url, TOKEN_LIES[lie]) as liar:
        honest = twins.first.anvil.url
        desk.connect("ETH", *((liar, honest) if first else (honest, liar)))
        told = desk.run("check", tx_hash, "--user", "ulla")
        if told.code == 3:  # caught by its own contradiction, and then nobody else was asked
            return
        (verdict, *_) = told.doc["verdicts"]
        opinion = condition(verdict)
        assert verdict["quote"] is None, lie
        assert verdict["cause"] == "needs_review" or (opinion and not opinion["met"]), verdict
        if verdict["cause"] == "needs_review":
            assert verdict["reasons"][0]["facts"]["difference"]


NATIVE_LIES: dict[str, Lie] = {
    "value": lambda method, result: (
        result | {"value": hex(10**24)}
        if method == "eth_getTransactionByHash" and result
        else result
    ),
    "recipient": lambda method, result: (
        result | {"to": "0x" + "ab" * 20}
        if method in ("eth_getTransactionByHash", "eth_getTransactionReceipt") and result
        else result
    ),
    "failed": _in_receipt(lambda r: r | {"status": "0x0"}),
    "block hash": _other_block,
}


@pytest.mark.parametrize("first", [False, True], ids=["second lies", "first lies"])
@pytest.mark.parametrize("lie", NATIVE_LIES)
def test_a_lie_about_the_coin_is_never_credited(
    desk: Desk, twins: Twins, lie: str, *, first: bool
) -> None:
    tx_hash = deposit(desk, twins, SMALL)
    with stand_between(twins.first.anvil.url, NATIVE_LIES[lie]) as liar:
        honest = twins.first.anvil.url
        desk.connect("ETH", *((liar, honest) if first else (honest, liar)))
        told = desk.run("check", tx_hash)
        for verdict in told.doc["verdicts"]:
            assert verdict["recoverability"] != "credit", lie


def test_a_case_opened_in_bulk_gets_its_second_opinion(desk: Desk, twins: Twins) -> None:
    from recovery.checker import open_checker
    from recovery.config import load_config
    from recovery.model import Claim

    large, small = deposit(desk, twins), deposit(desk, twins, SMALL)

    def check() -> list[Any]:
        config = load_config(str(desk.config))
        with open_checker(config) as checker:
            network = config.network("ETH")
            claims = [Claim(tx_hash=h, network=network.code) for h in (large, small)]
            return [c.judged[0] for c in checker.check_batch(network, claims)]

    def opinions() -> list[list[bool]]:
        return [
            [c.met for c in j.verdict.conditions if c.code == "second_opinion"] for j in check()
        ]

    assert opinions() == [[False], []], "one source: the large one waits for another"
    desk.connect("ETH", twins.first.anvil.url, twins.url)
    assert opinions() == [[False], []], "the second is behind"
    twins.catch_up()
    assert opinions() == [[True], []]
    with stand_between(twins.first.anvil.url, NATIVE_LIES["block hash"]) as liar:
        desk.connect("ETH", twins.first.anvil.url, liar)
        causes = [j.verdict.cause.value for j in check()]
        assert causes == ["needs_review", "listed_deposit_missed"], "only the large one is compared"
