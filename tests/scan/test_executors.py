"""Looks run on any executor: in other processes the scan finds the same and fails the same."""

from __future__ import annotations

import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

import pytest
from nodes.evm import Chain

from recovery.errors import Garbled, ManyProblems, Problem, RecoveryError, TooMuch, Unreachable
from recovery.scan.engine import Range, scan_network

from .conftest import Making
from .proxy import Call, Proxy, Refusal

ETHER = 10**18


def test_other_processes_find_the_same(eth: Chain, exchange_at: Making) -> None:
    exchange = exchange_at(eth.anvil.url)
    ada = exchange.new_address("ada")
    token = eth.deploy("Erc20", "Tether USD", "USDT", 6, 10**15)
    first = int(eth.anvil.rpc("eth_blockNumber"), 16) + 1
    token.send("transfer", ada, 2_500_000)
    eth.anvil.send(from_=eth.account(0), to=ada, value=ETHER)
    eth.anvil.mine(70)
    last = int(eth.anvil.rpc("eth_blockNumber"), 16) - 3
    here = exchange.scan(first, last)
    wanted = exchange.findings()
    with exchange.store.begin() as session:
        session.connection().exec_driver_sql("DELETE FROM findings")
    eyes = exchange.eyes()
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawned) as pool:
        there = scan_network(
            eyes, exchange.store, exchange.network, asked=Range(first, last), executor=pool
        )
    eyes.nodes.close()
    assert there.is_whole
    assert exchange.findings() == wanted
    assert len(wanted) == 2
    counts = [(walk.looked_at, walk.findings) for walk in there.walks]
    assert counts == [(walk.looked_at, walk.findings) for walk in here.walks]


def test_a_failure_in_another_process_is_told_as_here(
    eth: Chain, quick_exchange_at: Making
) -> None:
    def rule(call: Call) -> Refusal | None:
        return (401, {}, {}) if call["method"] == "eth_getLogs" else None

    with Proxy(eth.anvil.url, rule) as proxy:
        exchange = quick_exchange_at(proxy.url)
        eyes = exchange.eyes()
        spawned = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=spawned) as pool:
            report = scan_network(
                eyes,
                exchange.store,
                exchange.network,
                asked=Range(0, 1),
                only=["tokens"],
                executor=pool,
            )
        eyes.nodes.close()
    (walk,) = report.walks
    assert walk.error is not None
    assert "credentials" in walk.error


@pytest.mark.parametrize(
    "error",
    [
        Garbled("source-garbled", "no JSON", hint="ask again", where="networks.ETH"),
        TooMuch("source-unreachable", "too wide"),
        Unreachable("source-unreachable", "down"),
        ManyProblems("bad-file", "it has errors", (Problem("line 1", "odd"),)),
    ],
)
def test_an_error_goes_whole_from_process_to_process(error: RecoveryError) -> None:
    there = pickle.loads(pickle.dumps(error))
    assert type(there) is type(error)
    assert str(there) == str(error)
    assert vars(there) == vars(error)
