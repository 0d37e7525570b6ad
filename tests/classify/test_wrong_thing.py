"""Steps 6 and 8: tokens that are not what they seem, or not listed here."""

from __future__ import annotations

from datetime import timedelta

import pytest
from classify.world import BSC_USDT, NOW, OTHER, USDT, World

from recovery.classify.confusable import fold_lookalikes
from recovery.classify.verdict import Cause, Outcome, Recoverability
from recovery.model import Gap


def test_an_unlisted_token_can_be_sent_back(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("alice", 10**18, asset=OTHER, symbol="ZZZ")))
    assert verdict.cause is Cause.UNLISTED_TOKEN
    assert verdict.recoverability is Recoverability.RECOVERABLE
    assert verdict.outcome is Outcome.RETURN
    assert (verdict.amount, verdict.user) == (10**18, "alice")
    assert verdict.conditions == ()


def test_a_native_coin_without_a_listing_is_unlisted_too(world: World) -> None:
    world.listings = [x for x in world.listings if x.symbol != "ETH"]
    assert world.verdict(world.look(world.pay("alice"))).cause is Cause.UNLISTED_TOKEN


def test_a_symbol_listed_on_another_network_asks_for_a_reviewers_eye(world: World) -> None:
    world.list_asset(
        "eip155:137/erc20:0x2222222222222222222222222222222222222222", "CAKE", network="POL"
    )
    verdict = world.verdict(world.look(world.pay("alice", 1, asset=OTHER, symbol="Cake")))
    assert verdict.cause is Cause.UNLISTED_TOKEN
    assert [(c.code, c.met) for c in verdict.conditions] == [("token_identity", False)]
    assert [n.code for n in verdict.notes] == ["symbol_listed_elsewhere"]


def test_a_token_that_does_not_say_its_name_asks_for_a_reviewers_eye(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("alice", 1, asset=OTHER)))
    assert [c.code for c in verdict.conditions] == ["token_identity"]


@pytest.mark.parametrize(
    "symbol",
    [
        "USDT",
        "usdt",
        "USDТ",
        "UЅDT",
        "U$DT",
        "ＵＳＤＴ",
        "USD\u200bT",
        "𝐔𝐒𝐃𝐓",
        "ÚSDT",
        "USD₮",
        "$USDT",
        "U.S.D.T",
    ],
)
def test_whatever_looks_like_a_listed_symbol_of_the_network_is_counterfeit(
    world: World, symbol: str
) -> None:
    verdict = world.verdict(world.look(world.pay("alice", 10**18, asset=OTHER, symbol=symbol)))
    assert verdict.cause is Cause.COUNTERFEIT_TOKEN
    assert verdict.recoverability is Recoverability.UNRECOVERABLE


@pytest.mark.parametrize("name", ["Tether USD", "Ｔether USD", "TETHER-USD", "Ether"])
def test_a_listed_name_on_a_strange_symbol_is_counterfeit(world: World, name: str) -> None:
    token = world.pay("alice", 1, asset=OTHER, symbol="QQ", name=name)
    assert world.verdict(world.look(token)).cause is Cause.COUNTERFEIT_TOKEN


@pytest.mark.parametrize("symbol", ["USDT0", "USDC", "USDT.e", "WETH", "TUSD", "", "…"])
def test_what_only_resembles_a_listed_symbol_is_no_counterfeit(world: World, symbol: str) -> None:
    verdict = world.verdict(world.look(world.pay("alice", 1, asset=OTHER, symbol=symbol)))
    assert verdict.cause is Cause.UNLISTED_TOKEN


def test_the_listed_token_itself_is_no_counterfeit_of_itself(world: World) -> None:
    token = world.pay("alice", 10**6, asset=USDT, symbol="USDT", name="Tether USD")
    assert world.verdict(world.look(token)).cause is Cause.LISTED_DEPOSIT_MISSED


def test_an_issued_currency_called_like_the_ledgers_coin_is_counterfeit(world: World) -> None:
    world.share("desk2", {"7": "alice"})
    token = world.pay(
        "desk2", 5, network="XRP", memo="7", asset="xrpl:0/token:XRP.rFake", symbol="XRP"
    )
    assert world.verdict(world.look(token, network="XRP")).cause is Cause.COUNTERFEIT_TOKEN


def test_an_honest_token_of_another_issuer_is_the_wrong_issuer(world: World) -> None:
    world.list_asset(OTHER, "USDT", status="known")
    verdict = world.verdict(world.look(world.pay("alice", 10**6, asset=OTHER, symbol="USDT")))
    assert verdict.cause is Cause.WRONG_ISSUER
    assert verdict.recoverability is Recoverability.CONDITIONAL


def test_a_known_token_with_a_name_of_its_own_is_merely_unlisted(world: World) -> None:
    world.list_asset(OTHER, "HEX", status="known")
    verdict = world.verdict(world.look(world.pay("alice", 10**6, asset=OTHER, symbol="HEX")))
    assert verdict.cause is Cause.UNLISTED_TOKEN


@pytest.mark.parametrize("symbol", ["USDT", "SCAM"])
def test_a_listed_counterfeit_is_counterfeit_whatever_it_is_called(
    world: World, symbol: str
) -> None:
    world.list_asset(OTHER, symbol, status="counterfeit")
    verdict = world.verdict(world.look(world.pay("alice", 10**6, asset=OTHER, symbol=symbol)))
    assert verdict.cause is Cause.COUNTERFEIT_TOKEN


def test_a_counterfeit_that_another_row_calls_listed_stays_counterfeit(world: World) -> None:
    world.list_asset(USDT, "USDT", status="counterfeit", valid_to=NOW - timedelta(days=9))
    verdict = world.verdict(world.look(world.pay("alice", 10**6, asset=USDT)))
    assert verdict.cause is Cause.COUNTERFEIT_TOKEN


def test_an_event_without_a_balance_behind_it_is_counterfeit(world: World) -> None:
    evidence = world.look(world.pay("alice", 10**18, asset=OTHER, symbol="ZZZ"))
    assert world.verdict(evidence, received={0: 0}).cause is Cause.COUNTERFEIT_TOKEN


def test_a_smaller_rise_of_an_unlisted_token_needs_care_and_counts_what_arrived(
    world: World,
) -> None:
    evidence = world.look(world.pay("alice", 1000, asset=OTHER, symbol="ZZZ"))
    verdict = world.verdict(evidence, received={0: 950})
    assert (verdict.cause, verdict.amount) == (Cause.TOKEN_NEEDS_CARE, 950)
    assert "simulated" in [c.code for c in verdict.conditions]


def test_a_plain_listed_tokens_own_event_suffices(world: World) -> None:
    evidence = world.look(world.pay("alice", 10**6, asset=USDT))
    verdict = world.verdict(evidence, received={0: 0})
    assert (verdict.cause, verdict.amount) == (Cause.LISTED_DEPOSIT_MISSED, 10**6)


@pytest.mark.parametrize("flag", ["rebasing", "fee_on_transfer", "hooks"])
def test_of_a_flagged_listed_token_what_was_measured_is_credited(world: World, flag: str) -> None:
    world.list_asset(OTHER, "FOT", flags=[flag])
    evidence = world.look(world.pay("alice", 1000, asset=OTHER, symbol="FOT"))
    measured = world.verdict(evidence, received={0: 980})
    assert (measured.cause, measured.amount) == (Cause.LISTED_DEPOSIT_MISSED, 980)
    more = world.verdict(evidence, received={0: 2000})
    assert more.amount == 1000
    unmeasured = world.verdict(evidence)
    assert unmeasured.cause is Cause.NEEDS_REVIEW
    assert unmeasured.reasons[0].facts["fact"] == "received_balance"
    nothing = world.verdict(evidence, received={0: 0})
    assert nothing.cause is Cause.COUNTERFEIT_TOKEN


def test_a_token_that_can_be_paused_is_credited_as_any_other(world: World) -> None:
    world.list_asset(OTHER, "PAX", flags=["pausable"])
    verdict = world.verdict(world.look(world.pay("alice", 1000, asset=OTHER, symbol="PAX")))
    assert (verdict.cause, verdict.amount) == (Cause.LISTED_DEPOSIT_MISSED, 1000)


def test_a_flagged_known_token_needs_care(world: World) -> None:
    world.list_asset(OTHER, "AMPL", status="known", flags=["rebasing"])
    evidence = world.look(world.pay("alice", 1000, asset=OTHER, symbol="AMPL"))
    assert world.verdict(evidence, received={0: 1000}).cause is Cause.TOKEN_NEEDS_CARE
    assert world.verdict(evidence).cause is Cause.NEEDS_REVIEW


def test_a_token_whose_protocol_only_an_indexer_can_judge_is_for_a_person(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("alice"), gaps={Gap.TOKEN_VALIDITY}))
    assert (verdict.cause, verdict.reasons[0].facts["fact"]) == (
        Cause.NEEDS_REVIEW,
        "token_validity",
    )


def test_an_nft_is_moved_by_hand(world: World) -> None:
    asset = "eip155:1/erc721:0x3333333333333333333333333333333333333333/7"
    verdict = world.verdict(
        world.look(world.pay("alice", 1, asset=asset, kind="nft", symbol="USDT"))
    )
    assert verdict.cause is Cause.NFT
    assert verdict.recoverability is Recoverability.CONDITIONAL


def test_an_asset_that_left_the_listings_is_delisted(world: World) -> None:
    world.list_asset(OTHER, "OLD", valid_to=NOW - timedelta(days=30))
    verdict = world.verdict(world.look(world.pay("alice", 5, asset=OTHER, symbol="OLD")))
    assert verdict.cause is Cause.DELISTED_TOKEN
    assert verdict.recoverability is Recoverability.CONDITIONAL
    assert verdict.outcome is Outcome.RETURN


def test_an_asset_delisted_after_the_deposit_says_so(world: World) -> None:
    world.list_asset(OTHER, "OLD", valid_to=NOW - timedelta(hours=1))
    world.list_asset(OTHER, "OLD", status="delisted", valid_from=NOW - timedelta(hours=1))
    verdict = world.verdict(world.look(world.pay("alice", 5, asset=OTHER, symbol="OLD")))
    assert verdict.cause is Cause.DELISTED_TOKEN
    assert [n.code for n in verdict.notes] == ["listed_at_deposit"]


def test_an_asset_listed_since_the_deposit_is_credited(world: World) -> None:
    world.list_asset(OTHER, "NEW", valid_from=NOW - timedelta(hours=1))
    verdict = world.verdict(world.look(world.pay("alice", 5, asset=OTHER, symbol="NEW")))
    assert verdict.cause is Cause.LISTED_DEPOSIT_MISSED


@pytest.mark.parametrize("flags", [[], ["pausable"]])
def test_a_planned_asset_is_waited_for(world: World, flags: list[str]) -> None:
    world.list_asset(OTHER, "SOON", status="planned", flags=flags)
    verdict = world.verdict(world.look(world.pay("alice", 5, asset=OTHER, symbol="SOON")))
    assert (verdict.cause, verdict.recoverability) == (
        Cause.UNLISTED_TOKEN,
        Recoverability.WAIT,
    )
    assert verdict.look_again is not None


def test_a_listing_that_starts_tomorrow_is_waited_for_until_then(world: World) -> None:
    tomorrow = NOW + timedelta(days=1)
    world.list_asset(OTHER, "SOON", valid_from=tomorrow)
    verdict = world.verdict(world.look(world.pay("alice", 5, asset=OTHER, symbol="SOON")))
    assert (verdict.recoverability, verdict.look_again) == (Recoverability.WAIT, tomorrow)


@pytest.mark.parametrize("status", ["planned", "delisted"])
def test_a_planned_or_delisted_namesake_is_no_counterfeit(world: World, status: str) -> None:
    world.list_asset(OTHER, "USDT", status=status)
    verdict = world.verdict(world.look(world.pay("alice", 5, asset=OTHER, symbol="USDT")))
    assert verdict.cause in (Cause.UNLISTED_TOKEN, Cause.DELISTED_TOKEN)


def test_a_listing_on_another_network_is_not_a_listing_here(world: World) -> None:
    world.list_asset(BSC_USDT, "USDT", network="BSC", decimals=18)
    world.give("carol", "carol", network="POL")
    token = world.pay("carol", 5, network="POL", asset="eip155:137/erc20:0x44", symbol="USDT")
    assert world.verdict(world.look(token, network="POL")).cause is Cause.UNLISTED_TOKEN


def test_an_unlisted_token_on_a_shared_address_asks_for_the_sender(world: World) -> None:
    token = world.pay("hot", 5, asset=OTHER, symbol="ZZZ")
    verdict = world.verdict(world.look(token), user="alice")
    assert verdict.cause is Cause.UNLISTED_TOKEN
    assert [n.code for n in verdict.needs] == ["sender_proof"]
    assert "sent_to_hot_wallet" in [n.code for n in verdict.notes]


def test_another_customers_unlisted_token_is_held(world: World) -> None:
    token = world.pay("alice", 5, asset=OTHER, symbol="ZZZ")
    verdict = world.verdict(world.look(token), user="mallory")
    assert verdict.recoverability is Recoverability.HOLD
    assert verdict.outcome is Outcome.NONE
    assert verdict.cause is Cause.UNLISTED_TOKEN


def test_a_closed_account_adds_its_identity_check_to_a_recovery(world: World) -> None:
    world.account("alice", "closed")
    verdict = world.verdict(world.look(world.pay("alice", 5, asset=OTHER, symbol="ZZZ")))
    assert (verdict.cause, verdict.recoverability) == (
        Cause.UNLISTED_TOKEN,
        Recoverability.CONDITIONAL,
    )
    assert "identity_check" in [n.code for n in verdict.needs]


def test_a_conditional_network_adds_its_own_conditions(world: World) -> None:
    world.give("carol", "carol", network="LINEA")
    token = world.pay("carol", 5, network="LINEA", asset="eip155:59144/erc20:0x44", symbol="ZZZ")
    verdict = world.verdict(world.look(token, network="LINEA"))
    met = {c.code: c.met for c in verdict.conditions}
    assert verdict.recoverability is Recoverability.CONDITIONAL
    assert met["finality_reached"] is True
    assert met["key_available"] is True
    assert met["gas_available"] is False


@pytest.mark.parametrize(
    ("odd", "plain"),
    [
        ("ΕΤΗ", "ETH"),  # Greek
        ("ВТС", "BTC"),  # Cyrillic
        ("ᏴᎢᏟ", "BTC"),  # Cherokee
        ("ԜΕᎢН", "WETH"),
        ("BlTC0IN", "BITCOIN"),
        ("ΧRΡ", "XRP"),
        ("AVΑX\u202e", "AVAX"),
    ],
)
def test_letters_of_other_scripts_fold_to_the_latin_ones(odd: str, plain: str) -> None:
    assert fold_lookalikes(odd) == fold_lookalikes(plain)


def test_different_names_stay_different() -> None:
    names = [
        "BTC",
        "WBTC",
        "ETH",
        "WETH",
        "USDT",
        "USDC",
        "USDC.e",
        "USDT0",
        "DAI",
        "BNB",
        "XRP",
        "SOL",
        "POL",
    ]
    assert len({fold_lookalikes(n) for n in names}) == len(names)
