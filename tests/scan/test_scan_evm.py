"""What a scan of a real Ethereum node finds: everything that reached us, once, as the evidence has it."""

from __future__ import annotations

import pytest
from nodes.evm import Chain

from recovery.cases.casebook import load_case
from recovery.cases.people import DESK
from recovery.errors import BadInput
from recovery.model import Evidence
from recovery.scan.values import Finding, FindingState
from recovery.times import print_time

from .conftest import Exchange, Making, key_of

ETHER = 10**18


def _height(chain: Chain) -> int:
    return int(chain.anvil.rpc("eth_blockNumber"), 16)


def _found(exchange: Exchange, *addresses: str) -> dict[str, list[tuple[str, str, int]]]:
    keys = {key_of(a): a for a in addresses}
    seen: dict[str, list[tuple[str, str, int]]] = {a: [] for a in addresses}
    for finding in exchange.findings():
        if finding.recipient in keys:
            entry = finding.tx_hash, finding.position, int(finding.amount)
            seen[keys[finding.recipient]].append(entry)
    return seen


def test_tokens_coin_and_what_contracts_pay_are_all_found(eth: Chain, exchange_at: Making) -> None:
    exchange = exchange_at(eth.anvil.url)
    ada, bob, eve = (exchange.new_address(user) for user in ("ada", "bob", "eve"))
    first = _height(eth) + 1
    token = eth.deploy("Erc20", "Tether USD", "USDT", 6, 10**15)
    payer = eth.deploy("Payer")
    old, art, items = eth.deploy("OldToken"), eth.deploy("Erc721"), eth.deploy("Erc1155")
    eth.anvil.send(from_=eth.account(0), to=payer.address, value=ETHER)
    sent = {
        "token": token.send("transfer", ada, 2_500_000),
        "nothing": token.send("transfer", ada, 0),
        "coin": eth.anvil.send(from_=eth.account(0), to=bob, value=3 * ETHER),
        "inside": payer.send("pay", bob, ETHER // 4),
        "swallowed": payer.send("swallow", eve, ETHER // 8, value=ETHER // 8),
        "old": old.send("transfer", eve, 7),
        "art": art.send("mint", ada, 77),
        "single": items.send("single", bob, 5, 3),
        "batch": items.send("batch", bob, [8, 9], [1, 2]),
        "stranger": token.send("transfer", eth.account(3), 1),
    }
    eth.anvil.mine(3)
    report = exchange.scan(first, _height(eth) - 3)
    assert report.is_whole
    seen = _found(exchange, ada, bob, eve)
    assert {tx for tx, _, _ in seen[ada]} == {sent["token"], sent["nothing"], sent["art"]}
    assert {(tx, position) for tx, position, _ in seen[bob]} == {
        (sent["coin"], "native"),
        (sent["inside"], "trace:0"),
        (sent["single"], "log:0"),
        (sent["batch"], "log:0.0"),
        (sent["batch"], "log:0.1"),
    }
    assert [(tx, amount) for tx, _, amount in seen[eve]] == [(sent["old"], 7)]
    for finding in exchange.findings():
        assert _as_told_by(eth.ask(finding.tx_hash), finding), finding
    assert sum(walk.findings for walk in report.walks) == len(exchange.findings()) == 9


def _as_told_by(evidence: Evidence, finding: Finding) -> bool:
    transfer = next(t for t in evidence.transfers if t.position == finding.position)
    assert evidence.block is not None
    return (
        finding.kind,
        finding.asset,
        finding.amount,
        finding.recipient,
        finding.height,
        finding.block_time,
    ) == (
        transfer.kind,
        transfer.asset,
        transfer.amount,
        transfer.recipient.key,
        evidence.block.height,
        evidence.block.time,
    )


def test_a_finding_becomes_a_case_of_its_owner_with_cause_and_quote(
    eth: Chain, exchange_at: Making
) -> None:
    exchange = exchange_at(eth.anvil.url)
    ada = exchange.new_address("ada")
    token = eth.deploy("Erc20", "My Token", "MYT", 6, 10**15)
    first = _height(eth) + 1
    coin = eth.anvil.send(from_=eth.account(0), to=ada, value=3 * ETHER)
    spam = token.send("transfer", ada, 5_000_000)
    nothing = token.send("transfer", ada, 0)
    eth.anvil.mine(3)
    exchange.list_token("native", "ETH", 18)
    exchange.scan(first, _height(eth) - 3)

    waiting = exchange.open()
    assert waiting.waiting == {"ledger_never_declared_complete": 1}
    assert waiting.counted == {"unknown_token": 1, "zero_amount": 1}
    exchange.declare_complete()
    opened = exchange.open()
    assert opened.cases == {"listed_deposit_missed": 1}
    case = load_case(exchange.store, opened.case_ids[0])
    assert (case.user, case.opener, case.tx_hash, case.position) == ("ada", DESK, coin, "native")
    states = {f.tx_hash: (f.state, f.reason, f.case_id) for f in exchange.findings()}
    assert states == {
        coin: (FindingState.OPENED, None, case.id),
        spam: (FindingState.COUNTED, "unknown_token", None),
        nothing: (FindingState.COUNTED, "zero_amount", None),
    }
    assert exchange.open().cases == {}, "nothing is opened twice"

    asset = next(f.asset for f in exchange.findings() if f.tx_hash == spam)
    exchange.list_token(asset, "MYT", 6)
    assert exchange.open().cases == {"listed_deposit_missed": 1}


def test_what_the_ledger_has_is_no_finding_and_what_it_gets_later_no_case(
    eth: Chain, exchange_at: Making
) -> None:
    exchange = exchange_at(eth.anvil.url)
    ada = exchange.new_address("ada")
    exchange.list_token("native", "ETH", 18)
    first = _height(eth) + 1
    booked, later = (
        eth.anvil.send(from_=eth.account(0), to=ada, value=value) for value in (ETHER, 2 * ETHER)
    )
    eth.anvil.mine(3)
    _book(exchange, eth, booked, "native", ETHER)
    report = exchange.scan(first, _height(eth) - 3)
    assert [f.tx_hash for f in exchange.findings()] == [later]
    assert sum(walk.credited for walk in report.walks) == 1
    _book(exchange, eth, later, "0", 2 * ETHER)
    assert exchange.open().credited == 1
    assert [f.state for f in exchange.findings()] == [FindingState.CREDITED]


def _book(exchange: Exchange, chain: Chain, tx_hash: str, name: str, amount: int) -> None:
    block = chain.ask(tx_hash).block
    assert block is not None
    assert block.time is not None
    exchange.load(
        "credits",
        "network,tx_hash,transfer,user,asset,amount,credited_at\n"
        f"ETH,{tx_hash},{name},ada,native,{amount},{print_time(block.time)}\n",
        complete=True,
    )


def test_two_equal_transfers_of_which_one_is_booked_leave_one_finding(
    eth: Chain, exchange_at: Making
) -> None:
    """A ledger that names transfers by index must not hide an equal one that it never booked."""
    exchange = exchange_at(eth.anvil.url)
    ada = exchange.new_address("ada")
    token = eth.deploy("Erc20", "Tether USD", "USDT", 6, 10**15)
    payer = eth.deploy("Payer")
    token.send("approve", payer.address, 10**12)
    exchange.list_token(f"eip155:1/erc20:{token.address}", "USDT", 6)
    first = _height(eth) + 1
    both = payer.send("payManyTokens", token.address, [ada, ada], 5_000_000)
    eth.anvil.mine(3)
    asset = next(t.asset for t in eth.ask(both).transfers)
    block = eth.ask(both).block
    assert block is not None
    assert block.time is not None
    row = f"ETH,{both},1,ada,{asset},5000000,{print_time(block.time)}\n"
    head = "network,tx_hash,transfer,user,asset,amount,credited_at\n"
    exchange.load("credits", head + row, complete=True)
    exchange.scan(first, _height(eth) - 3)
    opened = exchange.open()
    assert opened.credited == 1
    assert sum(opened.cases.values()) == 1
    (case,) = (load_case(exchange.store, i) for i in opened.case_ids)
    assert case.position == eth.ask(both).transfers[0].position


def test_a_customers_own_case_is_not_opened_twice(eth: Chain, exchange_at: Making) -> None:
    from recovery.cases.opening import open_claim
    from recovery.checker import Checker
    from recovery.model import Claim

    exchange = exchange_at(eth.anvil.url)
    ada = exchange.new_address("ada")
    exchange.list_token("native", "ETH", 18)
    first = _height(eth) + 1
    tx_hash = eth.anvil.send(from_=eth.account(0), to=ada, value=ETHER)
    eth.anvil.mine(3)
    exchange.declare_complete()
    exchange.scan(first, _height(eth) - 3)
    checker = Checker(exchange.config, exchange.store)
    try:
        check = checker.check(Claim(tx_hash=tx_hash, user="ada"))
        (case,) = open_claim(exchange.store, check, actor="olga")
    finally:
        checker.nodes.close()
    assert exchange.open().cases == {}
    (finding,) = exchange.findings()
    assert (finding.state, finding.case_id) == (FindingState.OPENED, case.id)


def test_a_key_of_another_network_is_found_too(eth: Chain, exchange_at: Making) -> None:
    exchange = exchange_at(eth.anvil.url)
    ada = "0x00000000000000000000000000000000000adada"
    exchange.load("addresses", f"network,address,role,user\nBSC,{ada},deposit,ada\n")
    first = _height(eth) + 1
    eth.anvil.send(from_=eth.account(0), to=ada, value=ETHER)
    eth.anvil.mine(3)
    exchange.scan(first, _height(eth) - 3)
    assert [f.recipient for f in exchange.findings()] == [key_of(ada)]


def test_a_run_goes_on_from_its_cursor_and_an_hour_is_looked_at_again(
    eth: Chain, exchange_at: Making
) -> None:
    exchange = exchange_at(eth.anvil.url)
    ada = exchange.new_address("ada")
    eth.anvil.send(from_=eth.account(0), to=ada, value=ETHER)
    eth.anvil.mine(3)
    first = exchange.scan()
    assert {note.code for note in first.notes} == {"first_run"}
    assert len(exchange.findings()) == 1
    eth.anvil.send(from_=eth.account(0), to=ada, value=2 * ETHER)
    eth.anvil.mine(3)
    second = exchange.scan()
    assert not second.notes
    assert len(exchange.findings()) == 2
    assert sum(walk.findings for walk in second.walks) == 1
    natives = next(walk for walk in second.walks if walk.name == "natives")
    assert natives.first <= first.tip.height < natives.last


def test_an_address_imported_between_two_runs_is_watched_by_the_second(
    eth: Chain, exchange_at: Making
) -> None:
    exchange = exchange_at(eth.anvil.url)
    exchange.new_address("ada")
    folder = exchange.eyes().watch.folder
    bob = exchange.new_address("bob")
    eth.anvil.send(from_=eth.account(0), to=bob, value=ETHER)
    eth.anvil.mine(3)
    exchange.scan()
    assert key_of(bob) in {f.recipient for f in exchange.findings()}
    assert exchange.eyes().watch.folder == folder, "it was not built again"


def test_a_range_that_is_not_final_is_refused(eth: Chain, quick_exchange_at: Making) -> None:
    exchange = quick_exchange_at(eth.anvil.url)
    with pytest.raises(BadInput, match="last final block"):
        exchange.scan(0, _height(eth) + 1)
    with pytest.raises(BadInput, match="no range"):
        exchange.scan(5, 4)


def test_without_traces_the_gap_is_told_and_the_rest_is_whole(
    eth: Chain, quick_exchange_at: Making
) -> None:
    exchange = quick_exchange_at(eth.anvil.url, scan_traces="off")
    report = exchange.scan(0, 1)
    assert report.is_whole
    walks = {walk.name: walk for walk in report.walks}
    assert walks["natives"].is_covered
    assert not walks["internal"].is_covered
    assert [note.code for note in walks["internal"].gaps] == ["internal_transfers"]
