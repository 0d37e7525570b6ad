"""Events and balances that disagree, in every family: who can say by how much a balance rose."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from classify.world import USDT, World

from recovery.chains import FAMILIES, load_family
from recovery.chains.source import Node
from recovery.classify.verdict import Cause, Recoverability
from recovery.demo.fixtures import Fixture, load_fixtures
from recovery.demo.server import Replay, ReplayServer
from recovery.model import TransferKind
from recovery.networks import load_registry
from recovery.triage import ask_node

MEASURED = {
    "evm": "asked: balanceOf at the block and the one before, the rest of the block's events taken out",
    "aptos": "asked: the balance at the version and the one before",
    "solana": "shown: token balances before and after",
    "xrpl": "shown: the ledger's own objects before and after",
    "cardano": "shown: outputs are the balance",
    "sui": "shown: net balance changes",
    "hedera": "shown: the record's transfer list is what the balances did",
    "algorand": "shown: standard assets are moved by the protocol",
    "stellar": "shown: classic assets are moved by the protocol",
    "polkadot": "shown: the runtime's pallets keep the balances",
    "cosmos": "shown: the bank module keeps the coins",
    "tezos": "shown: TzKT's token transfers are balance changes",
}
"""How each family says by how much a balance rose (docs/security.md, of counterfeits)."""

NOT_TO_BE_HAD = {
    "utxo": "an output is its own amount",
    "tron": "no node answers a constant call on a past state",
    "ton": "an index shows a jetton wallet's balance of now only",
    "near": "the past is pruned after some epochs, and a payment's receipts lie in several blocks",
    "antelope": "tables have no past",
}


def test_every_family_says_whether_it_can_measure() -> None:
    measuring = {f for f in FAMILIES if load_family(f).fetch_received is not None}
    assert measuring == set(MEASURED)
    assert set(FAMILIES) - measuring == set(NOT_TO_BE_HAD)


_OWN_BOOKS = ("/sep41:", "/cw20:")
"""Assets of the families above whose contracts keep books of their own."""


def _stories() -> list[Fixture]:
    registry = load_registry()
    shown = {family for family, how in MEASURED.items() if how.startswith("shown")}
    chosen = []
    for fixture in load_fixtures():
        evidence = fixture.evidence or {}
        tokens = [
            t for t in evidence.get("transfers", []) if t["kind"] == "token" and t["succeeded"]
        ]
        if registry[fixture.network].family in shown and tokens and evidence["final"]:
            chosen.append(fixture)
    return chosen


@pytest.mark.parametrize("fixture", _stories(), ids=lambda f: f.name)
def test_what_the_chain_keeps_itself_is_measured_and_what_contracts_keep_is_not(
    fixture: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = load_registry()[fixture.network]
    row = row.with_profile(fixture.profile) if fixture.profile else row
    if fixture.now is not None:
        monkeypatch.setenv("RECOVERY_NOW", fixture.now)
    with ExitStack() as stack:
        server = stack.enter_context(ReplayServer(Replay([fixture])))
        node = Node(row.code, server.url, fixture.api, history=fixture.history)
        stack.callback(node.close)
        (found,) = ask_node(row, node, [fixture.tx_hash])
        family = load_family(row.family)
        assert family.fetch_received is not None
        evidence = found.evidence  # type: ignore[union-attr]  # the story pays
        tokens = [t for t in evidence.transfers if t.kind is TransferKind.TOKEN and t.succeeded]
        rises = family.fetch_received(row, node, evidence, tokens)
    for transfer in tokens:
        told = rises.get(transfer.index)
        if any(kind in transfer.asset for kind in _OWN_BOOKS) or fixture.api == "octez":
            assert told is None, transfer.asset
        elif told is not None:
            assert told.amount == transfer.amount
        else:
            assert evidence.gaps, transfer.asset


def test_a_rise_of_nothing_is_counterfeit_and_a_smaller_one_is_a_fee(world: World) -> None:
    other = "eip155:1/erc20:0x1111111111111111111111111111111111111111"
    token = world.pay("alice", 1000, asset=other, symbol="ODD")
    assert world.verdict(world.look(token), received={0: 0}).cause is Cause.COUNTERFEIT_TOKEN
    assert world.verdict(world.look(token), received={0: -5}).cause is Cause.COUNTERFEIT_TOKEN
    less = world.verdict(world.look(token), received={0: 990})
    assert (less.cause, less.amount) == (Cause.TOKEN_NEEDS_CARE, 990)
    more = world.verdict(world.look(token), received={0: 5000})
    assert (more.cause, more.amount) == (Cause.UNLISTED_TOKEN, 1000), "never more than was sent"


@pytest.mark.parametrize("flag", ["fee_on_transfer", "rebasing", "hooks"])
def test_a_flagged_token_that_nobody_can_measure_is_looked_at(world: World, flag: str) -> None:
    world.listings.clear()
    world.list_asset(USDT, "USDT", flags=[flag])
    token = world.pay("alice", 1000, asset=USDT, symbol="USDT")
    blind = world.verdict(world.look(token))
    assert (blind.cause, blind.reasons[0].facts["fact"]) == (Cause.NEEDS_REVIEW, "received_balance")
    seen = world.verdict(world.look(token), received={0: 990})
    assert (seen.recoverability, seen.amount) == (Recoverability.CREDIT, 990)
    none = world.verdict(world.look(token), received={0: 0})
    assert none.cause is Cause.COUNTERFEIT_TOKEN


def test_less_than_one_whole_coin_of_an_issued_currency_is_no_rise_of_nothing(world: World) -> None:
    """XRP Ledger amounts have no base unit: half a coin must not be cut down to none."""
    from decimal import Decimal

    asset = "xrpl:0/token:ODD.rN7n7otQDd6FczFgLdSqtcsAUxDkw6fzRH"
    world.give("desk-odd", "alice", network="XRP")
    token = world.pay("desk-odd", Decimal("0.5"), asset=asset, network="XRP", symbol="ODD")
    verdict = world.verdict(
        world.look(token, network="XRP"),
        received={0: Decimal("0.5")},
    )
    assert (verdict.cause, verdict.amount) == (Cause.UNLISTED_TOKEN, Decimal("0.5"))
