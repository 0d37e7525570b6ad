"""A verification deposit that nobody named: the scan finds it and hands it to the proof it was asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from nodes.evm import Chain

from recovery.cases.casebook import load_case
from recovery.cases.opening import open_claim
from recovery.checker import Checker
from recovery.model import Claim
from recovery.proofs.desk import ask, open_view
from recovery.scan.opening import open_findings
from recovery.scan.values import FindingState, Opened
from recovery.scan.verification import VerificationDeposits

from .conftest import Exchange, Making

ETHER = 10**18


@pytest.fixture
def checked(eth: Chain, exchange_at: Making) -> Iterator[tuple[Exchange, Checker, str, str]]:
    """An exchange, its checker, its hot wallet, and a case that waits for a verification deposit."""
    exchange = exchange_at(eth.anvil.url)
    hot = exchange.new_address("", role="hot")
    exchange.list_token("native", "ETH", 18)
    sent = eth.anvil.send(from_=eth.account(1), to=hot, value=ETHER)
    eth.anvil.mine(4)
    exchange.declare_complete()
    checker = Checker(exchange.config, exchange.store)
    try:
        check = checker.check(Claim(tx_hash=sent, user="ulla"))
        (case,) = open_claim(exchange.store, check, actor="front")
        yield exchange, checker, hot, case.id
    finally:
        checker.nodes.close()


def _asked(checker: Checker, case_id: str) -> int:
    (request,) = ask(checker, case_id, actor="front", deposit=True).file.requests
    assert isinstance(request.amount, int)
    return request.amount


def _open(exchange: Exchange, checker: Checker) -> Opened:
    return open_findings(checker, exchange.network, deposits=VerificationDeposits(checker))


def test_the_deposit_asked_for_is_taken_and_is_no_case_of_its_own(
    eth: Chain, checked: tuple[Exchange, Checker, str, str]
) -> None:
    exchange, checker, hot, case_id = checked
    amount = _asked(checker, case_id)
    eth.anvil.mine(1)
    first = int(eth.anvil.rpc("eth_blockNumber"), 16) + 1
    tx_hash = eth.anvil.send(from_=eth.account(1), to=hot, value=amount)
    eth.anvil.mine(4)
    exchange.scan(first, first)
    opened = _open(exchange, checker)
    assert (opened.cases, opened.counted) == ({}, {"verification_deposit": 1})
    (deposit,) = open_view(checker, case_id).deposits
    assert (deposit.tx_hash, deposit.position, deposit.amount) == (tx_hash, "native", amount)
    assert [f.state for f in exchange.findings()] == [FindingState.COUNTED]


def test_the_right_amount_from_a_stranger_proves_nothing_and_is_a_deposit_like_any(
    eth: Chain, checked: tuple[Exchange, Checker, str, str]
) -> None:
    exchange, checker, hot, case_id = checked
    amount = _asked(checker, case_id)
    first = int(eth.anvil.rpc("eth_blockNumber"), 16) + 1
    eth.anvil.send(from_=eth.account(2), to=hot, value=amount)
    eth.anvil.mine(4)
    exchange.scan(first, first)
    opened = _open(exchange, checker)
    assert "verification_deposit" not in opened.counted
    assert open_view(checker, case_id).deposits == ()
    assert load_case(exchange.store, case_id).state.value == "needs_input"


def test_a_proof_does_not_wait_for_the_ledger(eth: Chain, quick_exchange_at: Making) -> None:
    exchange = quick_exchange_at(eth.anvil.url)
    hot = exchange.new_address("", role="hot")
    exchange.list_token("native", "ETH", 18)
    sent = eth.anvil.send(from_=eth.account(1), to=hot, value=ETHER)
    eth.anvil.mine(4)
    exchange.declare_complete()
    checker = Checker(exchange.config, exchange.store)
    try:
        (case,) = open_claim(
            exchange.store, checker.check(Claim(tx_hash=sent, user="ulla")), actor="front"
        )
        amount = _asked(checker, case.id)
        first = int(eth.anvil.rpc("eth_blockNumber"), 16) + 1
        eth.anvil.send(from_=eth.account(1), to=hot, value=amount)
        eth.anvil.send(from_=eth.account(3), to=hot, value=ETHER)
        eth.anvil.mine(4)
        exchange.scan(first, first + 1)
        with exchange.store.begin() as session:
            session.connection().exec_driver_sql("DELETE FROM ledger_marks")
        opened = _open(exchange, checker)
    finally:
        checker.nodes.close()
    assert opened.counted == {"verification_deposit": 1}
    assert opened.waiting == {"ledger_never_declared_complete": 1}
