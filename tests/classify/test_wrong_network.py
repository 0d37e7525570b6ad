"""Step 7: the key is ours, the network is another."""

from __future__ import annotations

import pytest
from classify.world import BSC_USDT, USDT, World

from recovery.classify.verdict import (
    INTERNAL_REASONS,
    Cause,
    Outcome,
    Recoverability,
    Verdict,
)


def _usdt_on_bsc(world: World, to: str = "carol", **claim: object) -> Verdict:
    token = world.pay(to, 10**18, network="BSC", asset=BSC_USDT, symbol="USDT")
    return world.verdict(world.look(token, network="BSC"), **claim)


def test_usdt_on_bsc_to_an_eth_address_is_the_same_key(world: World) -> None:
    world.give("carol", "carol", can_sign=["ETH", "BSC"])
    verdict = _usdt_on_bsc(world)
    assert verdict.cause is Cause.WRONG_NETWORK_SAME_KEY
    assert verdict.recoverability is Recoverability.RECOVERABLE
    assert verdict.outcome is Outcome.RETURN
    assert [(c.code, c.met) for c in verdict.conditions] == [("key_available", True)]
    assert "unlisted_token" in [n.code for n in verdict.notes]
    assert verdict.user == "carol"


def test_where_the_asset_is_listed_there_the_account_can_be_credited(world: World) -> None:
    world.give("carol", "carol", can_sign=["ETH", "BSC"])
    world.list_asset(BSC_USDT, "USDT", network="BSC", decimals=18)
    verdict = _usdt_on_bsc(world)
    assert (verdict.cause, verdict.outcome) == (Cause.WRONG_NETWORK_SAME_KEY, Outcome.CREDIT)


def test_where_custody_has_not_said_the_key_is_a_condition(world: World) -> None:
    world.give("carol", "carol")
    verdict = _usdt_on_bsc(world)
    assert verdict.cause is Cause.WRONG_NETWORK_SAME_KEY
    assert verdict.recoverability is Recoverability.CONDITIONAL
    assert [(c.code, c.met) for c in verdict.conditions] == [("key_available", False)]


@pytest.mark.parametrize("key_scheme", ["single", "mpc", "multisig"])
def test_where_custody_can_not_sign_the_case_waits_for_support(
    world: World, key_scheme: str
) -> None:
    world.give("carol", "carol", key_scheme=key_scheme, can_sign=[])
    verdict = _usdt_on_bsc(world)
    assert verdict.cause is Cause.WRONG_NETWORK_UNSUPPORTED
    assert verdict.recoverability is Recoverability.WAIT


def test_on_a_conditional_network_the_same_key_is_conditional(world: World) -> None:
    world.give("carol", "carol", can_sign=["ETH", "LINEA"])
    verdict = world.verdict(world.look(world.pay("carol", network="LINEA"), network="LINEA"))
    assert verdict.cause is Cause.WRONG_NETWORK_SAME_KEY
    assert verdict.recoverability is Recoverability.CONDITIONAL


def test_a_tron_address_of_an_evm_key_is_the_same_key(world: World) -> None:
    world.give("carol", "carol", can_sign=["ETH", "TRX"])
    verdict = world.verdict(world.look(world.pay("carol", 10**6, network="TRX"), network="TRX"))
    assert verdict.cause is Cause.WRONG_NETWORK_SAME_KEY


def test_an_address_issued_on_both_networks_is_no_wrong_network(world: World) -> None:
    world.give("carol", "carol", can_sign=[])
    world.give("carol", "carol", network="BSC")
    world.list_asset(BSC_USDT, "USDT", network="BSC", decimals=18)
    assert _usdt_on_bsc(world).cause is Cause.LISTED_DEPOSIT_MISSED


def test_litecoin_to_a_key_issued_for_dogecoin_is_the_same_key(world: World) -> None:
    world.give("carol", "carol", network="DOGE", can_sign=["DOGE", "LTC"])
    verdict = world.verdict(world.look(world.pay("carol", 10**6, network="LTC"), network="LTC"))
    assert verdict.cause is Cause.WRONG_NETWORK_SAME_KEY


@pytest.mark.parametrize("scheme", ["p2sh", "p2sh32", "p2wsh"])
def test_a_script_of_a_sibling_chain_needs_its_script(world: World, scheme: str) -> None:
    world.give("carol", "carol", network="BTC", scheme=scheme, can_sign=["BTC", "BCH"])
    paid = world.pay("carol", 10**6, network="BCH", scheme=scheme)
    verdict = world.verdict(world.look(paid, network="BCH"))
    assert verdict.cause is Cause.WRONG_NETWORK_SCRIPT
    assert verdict.recoverability is Recoverability.CONDITIONAL
    assert [c.code for c in verdict.conditions] == ["redeem_script_known", "key_available"]
    assert {r.code for r in verdict.reasons} & INTERNAL_REASONS == {"script_elsewhere"}


def test_a_segwit_key_program_of_a_sibling_chain_is_the_same_key(world: World) -> None:
    world.give("carol", "carol", network="BTC", scheme="p2wpkh", can_sign=["BTC", "LTC"])
    paid = world.pay("carol", 10**6, network="LTC", scheme="p2wpkh")
    verdict = world.verdict(world.look(paid, network="LTC"))
    assert verdict.cause is Cause.WRONG_NETWORK_SAME_KEY


@pytest.mark.parametrize("network", ["BSC", "LINEA"])
def test_a_contract_of_ours_may_be_deployed_there_and_the_details_are_internal(
    world: World, network: str
) -> None:
    world.give("carol", "carol", key_scheme="contract")
    verdict = world.verdict(world.look(world.pay("carol", network=network), network=network))
    assert verdict.cause is Cause.WRONG_NETWORK_CONTRACT_ADDRESS
    assert verdict.recoverability is Recoverability.CONDITIONAL
    assert (verdict.conditions[0].code, verdict.conditions[0].met) == ("key_available", False)
    public = [r for r in verdict.reasons if r.code not in INTERNAL_REASONS]
    said = " ".join(f"{r.code} {r.text}" for r in public)
    said += " ".join(f"{c.code} {c.text}" for c in verdict.conditions)
    assert "deploy" not in said
    assert len(public) < len(verdict.reasons)


@pytest.mark.parametrize("network", ["ZKSYNC", "TRX"])
def test_where_contracts_get_other_addresses_nothing_can_be_done(
    world: World, network: str
) -> None:
    world.give("carol", "carol", key_scheme="contract")
    verdict = world.verdict(world.look(world.pay("carol", network=network), network=network))
    assert verdict.cause is Cause.WRONG_NETWORK_CONTRACT_ADDRESS
    assert verdict.recoverability is Recoverability.UNRECOVERABLE


def test_another_customers_wrong_network_deposit_is_held(world: World) -> None:
    world.give("carol", "carol", can_sign=["ETH", "BSC"])
    verdict = _usdt_on_bsc(world, user="mallory")
    assert verdict.recoverability is Recoverability.HOLD
    assert verdict.user == "carol"


def test_our_own_wallets_key_on_another_network_asks_for_the_sender(world: World) -> None:
    world.give("vault", role="cold", can_sign=["ETH", "BSC"])
    verdict = _usdt_on_bsc(world, "vault", user="alice")
    assert verdict.cause is Cause.WRONG_NETWORK_SAME_KEY
    assert [n.code for n in verdict.needs] == ["sender_proof"]


def test_a_key_that_two_networks_give_to_two_users_is_for_a_person(world: World) -> None:
    world.give("carol", "carol", can_sign=["BSC"])
    world.give("carol", "dave", network="POL", can_sign=["BSC"])
    verdict = _usdt_on_bsc(world)
    assert (verdict.cause, verdict.reasons[0].facts["fact"]) == (Cause.NEEDS_REVIEW, "owner")


def test_a_counterfeit_on_the_wrong_network_stays_a_counterfeit(world: World) -> None:
    world.give("carol", "carol", can_sign=["ETH", "BSC"])
    world.list_asset(BSC_USDT, "USDT", network="BSC", decimals=18)
    fake = world.pay("carol", 10**18, network="BSC", asset=BSC_USDT[:-4] + "dead", symbol="USDT")
    assert world.verdict(world.look(fake, network="BSC")).cause is Cause.COUNTERFEIT_TOKEN


def test_a_claimable_balance_is_a_layer_and_no_deposit(world: World) -> None:
    waiting = world.pay("alice", 10**6, asset=USDT, type_="claimable_balance")
    verdict = world.verdict(world.look(waiting))
    assert verdict.cause is Cause.WRONG_LAYER
    assert verdict.recoverability is Recoverability.CONDITIONAL
