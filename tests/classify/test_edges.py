"""Both sides of the edges of single rules, and every entry of the tables they look into."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from classify.world import (
    BLOCK_TIME,
    ETHER,
    NOW,
    OTHER,
    USDT,
    World,
    address_of,
    open_exchange,
)

from recovery.classify.decide import classify
from recovery.classify.facts import HolderConsent, MissingFact, PolicyNumbers
from recovery.classify.gather import gather_facts
from recovery.classify.rules.layers import LAYER_NOTES, LAYER_TYPES
from recovery.classify.rules.missed import time_locked
from recovery.classify.rules.nothing_to_recover import count_edits
from recovery.classify.rules.whole_transaction import transaction_failed
from recovery.classify.verdict import Cause, Recoverability, Verdict
from recovery.model import AssetId, Gap, Memo, MemoKind, Note, TransferKind
from recovery.networks import load_registry
from recovery.records.port import ListingStatus
from recovery.times import print_time


def reason(verdict: Verdict) -> dict[str, object]:
    return dict(verdict.reasons[0].facts)


# -- layers, types, namespaces ---------------------------------------------------------------------

LAYERS = (
    "wrong_layer", "mweb", "shielded_outputs", "lightning", "claimable_balance", "unclaimed_bridge",
    "retryable_ticket", "ibc_in_flight",
)  # fmt: skip


@pytest.mark.parametrize("code", LAYERS)
def test_value_in_a_layer_beside_the_chain_is_said_to_be_there(world: World, code: str) -> None:
    evidence = world.look(world.pay("nobody", 0), notes=[Note(code, "seen")])
    assert world.verdict(evidence).cause is Cause.WRONG_LAYER
    assert set(LAYER_NOTES) == set(LAYERS)


@pytest.mark.parametrize(
    "kind",
    ["claimable_balance", "pending_airdrop", "unclaimed_bridge", "retryable_ticket", "ibc_in_flight"],
)  # fmt: skip
def test_a_transfer_that_waits_to_be_claimed_has_not_arrived(world: World, kind: str) -> None:
    evidence = world.look(world.pay("alice", type_=kind, special=True))
    assert world.verdict(evidence).cause is Cause.WRONG_LAYER
    assert kind in LAYER_TYPES


CREDITED = (
    "AccountDelete", "AccountMerge", "AccountWithdrawal", "AMMWithdraw", "arbitrum_deposit",
    "arbitrum_retry", "asset_unlock", "CheckCash", "claim_claimable_balance", "close_remainder",
    "close_remainder_to", "coinbase", "create_account", "EscrowFinish", "mintTo", "op_deposit",
    "path_payment", "path_payment_strict_receive", "path_payment_strict_send", "PaymentChannelClaim",
    "reward", "selfdestruct", "staking_reward", "state_sync", "zksync_l1",
)  # fmt: skip


@pytest.mark.parametrize("kind", CREDITED)
def test_a_special_type_that_delivers_like_a_payment_is_credited(world: World, kind: str) -> None:
    verdict = world.verdict(world.look(world.pay("alice", type_=kind, special=True)))
    assert (verdict.cause, verdict.recoverability) == (
        Cause.UNUSUAL_TRANSACTION_TYPE,
        Recoverability.CREDIT,
    )
    assert (verdict.reasons[0].code, reason(verdict)) == ("special_type", {"type": kind})


@pytest.mark.parametrize("kind", ["odd", "coinbase2", None])
def test_a_special_type_that_nobody_listed_is_for_a_person(world: World, kind: str | None) -> None:
    verdict = world.verdict(world.look(world.pay("alice", type_=kind, special=True)))
    assert verdict.cause is Cause.UNUSUAL_TRANSACTION_TYPE
    assert [(c.code, c.met) for c in verdict.conditions] == [("reviewer_decision", False)]
    assert (verdict.reasons[0].code, reason(verdict)) == (
        "special_type",
        {"type": kind or "special"},
    )


@pytest.mark.parametrize(
    "namespace",
    ["erc721", "erc1155", "nft", "xls20", "nep171", "trc721", "trc1155", "ordinals", "rune"],
)
def test_a_thing_of_a_namespace_of_single_things_is_no_amount(world: World, namespace: str) -> None:
    token = world.pay("alice", 1, asset=f"eip155:1/{namespace}:0xabc/7")
    assert world.verdict(world.look(token)).cause is Cause.NFT


# -- locks, waits, minima -------------------------------------------------------------------------


def locked(world: World, unlock_at: object, **look: object) -> Verdict:
    evidence = world.look(world.pay("alice", unlock_at=unlock_at), **look)  # type: ignore[arg-type]  # the words of `look`
    return world.verdict(evidence)


def test_a_lock_by_time_ends_at_its_moment(world: World) -> None:
    assert locked(world, NOW).recoverability is Recoverability.CREDIT
    later = NOW + timedelta(microseconds=1)
    verdict = locked(world, later)
    assert (verdict.cause, verdict.look_again) == (Cause.TIME_LOCKED, later)
    assert verdict.reasons[0].text == f"The value is locked until {print_time(later)}."


def test_a_lock_by_height_ends_one_block_before_it(world: World) -> None:
    # the block stands at 1000 with 100 confirmations: the head is 1099
    assert locked(world, 1100).recoverability is Recoverability.CREDIT
    verdict = locked(world, 1101)
    assert verdict.cause is Cause.TIME_LOCKED
    assert reason(verdict) == {"unlock_at": 1101, "head": 1099}
    assert verdict.reasons[0].text == "The value is locked until block 1101; the chain is at 1099."
    assert verdict.look_again == NOW + timedelta(minutes=1)
    far = locked(world, 1099 + 1000)
    pace = load_registry()["ETH"].block_milliseconds
    assert far.look_again == NOW + timedelta(milliseconds=1000 * pace)
    never = locked(world, 10**12)
    assert never.look_again == NOW + timedelta(days=365)


def test_nothing_is_locked_without_a_transfer_a_route_or_evidence() -> None:
    world = open_exchange()
    (facts,) = world.facts(world.subject(world.look(world.pay("alice", unlock_at=10**12))))[0]
    assert time_locked(facts) is not None
    for gone in ("transfer", "evidence", "route"):
        assert time_locked(replace(facts, **{gone: None})) is None  # type: ignore[arg-type]  # by name


def test_whether_a_transaction_failed_is_not_said_without_evidence() -> None:
    world = open_exchange()
    (facts,) = world.facts(world.subject(world.look(world.pay("alice"))))[0]
    assert transaction_failed(facts) is None
    with pytest.raises(MissingFact) as missing:
        transaction_failed(replace(facts, evidence=None))
    assert missing.value.fact == "evidence"


def test_a_suspension_is_looked_at_again_when_it_ends(world: World) -> None:
    world.listings.clear()
    until = NOW + timedelta(days=2)
    world.list_asset(ETHER, "ETH", decimals=18, status="suspended", valid_to=until)
    verdict = world.verdict(world.look(world.pay("alice")))
    assert (verdict.cause, verdict.look_again) == (Cause.NETWORK_SUSPENDED, until)
    world.listings.clear()
    world.list_asset(ETHER, "ETH", decimals=18, status="suspended")
    open_ended = world.verdict(world.look(world.pay("alice")))
    assert open_ended.look_again == NOW + timedelta(hours=6)


def test_the_minimum_itself_is_enough_and_what_waits_counts(world: World) -> None:
    world.listings.clear()
    world.list_asset(USDT, "USDT", min_deposit=100, denomination=10)
    assert world.verdict(world.look(world.pay("alice", 100, asset=USDT))).cause is (
        Cause.LISTED_DEPOSIT_MISSED
    )
    verdict = world.verdict(world.look(world.pay("alice", 99, asset=USDT)))
    assert verdict.cause is Cause.BELOW_MINIMUM
    assert reason(verdict) == {"delivered": "99", "together": "99", "minimum": "100"}
    two = world.look(world.pay("alice", 60, asset=USDT), world.pay("alice", 40, asset=USDT))
    assert {v.cause for v in world.verdicts(two)} == {Cause.LISTED_DEPOSIT_MISSED}
    apart = world.look(world.pay("alice", 60, asset=USDT), world.pay("bob", 40, asset=USDT))
    assert Cause.BELOW_MINIMUM in {v.cause for v in world.verdicts(apart)}


# -- the claim's own gatherings -------------------------------------------------------------------


def test_facts_are_gathered_without_what_other_rooms_know(world: World) -> None:
    subject = world.subject(world.look(world.pay("alice")), user="alice")
    (facts,) = gather_facts(
        [subject],
        records=world,
        occupancy=world,
        now=world.now,
        policy=PolicyNumbers(),
        parse_claimed=world._parse,
    )[0]
    assert (facts.small_deposits, facts.consent) == ((), None)


class Agreed:
    """Every case has the consent of Bob."""

    def find_consents(self, case_ids: Collection[str]) -> Mapping[str, HolderConsent]:
        return {i: HolderConsent("bob", i, "at:0", ETHER, 1) for i in case_ids}


def test_a_consent_is_of_the_case_that_is_looked_at_again(world: World) -> None:
    evidence = world.look(world.pay("bob"))
    subjects = [world.subject(evidence, user="alice", case_id=i) for i in ("one", None, "two")]
    found = gather_facts(
        subjects, records=world, occupancy=world, now=world.now, policy=PolicyNumbers(),
        consents=Agreed(), parse_claimed=world._parse,
    )  # fmt: skip
    assert [None if f.consent is None else f.consent.claimant for (f,) in found] == [
        "one",
        None,
        "two",
    ]


def test_who_paid_the_fee_is_screened_though_a_contract_stands_between(world: World) -> None:
    world.screen("villain")
    asked = world.pay("contract", 0, senders=["villain"])
    paid = world.pay("alice", senders=["contract"])
    evidence = world.look(asked, paid, payer="villain")
    assert world.verdict(evidence).cause is Cause.TAINTED_SOURCE
    honest = world.look(asked, paid, payer="contract")
    assert world.verdict(honest).cause is not Cause.TAINTED_SOURCE


def test_a_fee_payer_that_sent_nothing_is_read_from_the_address(world: World) -> None:
    world.screen("villain")
    evidence = world.look(world.pay("alice", senders=["contract"]), payer="villain")
    assert world.verdict(evidence).cause is Cause.TAINTED_SOURCE


def test_an_earlier_withdrawal_is_one_before_this_block_and_not_this_transaction(
    world: World,
) -> None:
    def earlier(**changes: object) -> int:
        fresh = open_exchange()
        fresh.withdraw("alice", "stranger", **changes)  # type: ignore[arg-type]  # the words of `withdraw`
        (facts,) = fresh.facts(fresh.subject(fresh.look(fresh.pay("hot"))))[0]
        return len(facts.earlier_withdrawals)

    assert earlier(sent_at=BLOCK_TIME) == 1
    assert earlier(sent_at=BLOCK_TIME + timedelta(microseconds=1)) == 0
    assert earlier(tx_hash="0xdeposit") == 0


def test_what_two_sources_say_is_shown_side_by_side(world: World) -> None:
    one = world.look(world.pay("alice", 5))
    other = world.look(world.pay("alice", 6))
    (facts,) = world.facts(world.subject(one, second=other))[0]
    told = {d["field"]: d for d in facts.differences}
    (difference,) = [d for name, d in told.items() if "amount" in str(name)]
    assert difference["position"] == "at:0"
    sources: Any = difference["sources"]
    first, second = sources
    assert (str(first["value"]), str(second["value"])) == ("5", "6")
    assert first["source"] == "fake"
    assert set(second) == {"source", "value"}


def test_an_unshown_success_is_missing_and_an_orphan_never_succeeded(world: World) -> None:
    (facts,) = world.facts(world.subject(world.look(world.pay("alice"), status="orphaned")))[0]
    assert facts.succeeded.value is False
    gap = world.look(world.pay("alice"), gaps=[Gap.SUCCESS])
    assert world.verdict(gap).cause is Cause.NEEDS_REVIEW


# -- addresses that look alike ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "most", "edits"),
    [
        ("abc", "abc", 2, 0),
        ("abc", "abd", 2, 1),
        ("abc", "ab", 2, 1),
        ("abc", "bc", 2, 1),
        ("abcd", "badc", 2, None),
        ("abc", "xyz", 2, None),
        ("abc", "xyz", 3, 3),
        ("abc", "abcde", 2, 2),
        ("abc", "abcdef", 2, None),
        ("", "ab", 2, 2),
        ("kitten", "sitting", 3, 3),
    ],
)
def test_edits_are_counted_up_to_a_limit(
    first: str, second: str, most: int, edits: int | None
) -> None:
    assert count_edits(first, second, most=most) == edits
    assert count_edits(second, first, most=most) == edits


@pytest.mark.parametrize("distance", [1, 2, 3])
def test_a_stranger_within_two_characters_of_ones_own_is_named(world: World, distance: int) -> None:
    mine = address_of("alice")
    body = "".join("0" if c != "0" else "1" for c in mine[20 : 20 + distance])
    paid = mine[:20] + body + mine[20 + distance :]
    plain = world.pay("nobody")
    other = replace(plain, recipient=replace(plain.recipient, address=paid))
    verdict = world.verdict(world.look(other), user="alice")
    (note,) = verdict.notes
    assert note.code == "look_alike"
    words = {1: "in one character.", 2: "in 2 characters.", 3: "begins and ends like"}
    assert words[distance] in note.text
    assert mine not in note.text


# -- dust, prices ---------------------------------------------------------------------------------


def test_the_dust_value_itself_is_worth_something(world: World) -> None:
    policy = PolicyNumbers()
    one = Decimal(policy.dust_value)
    world.price(USDT, str(one))
    exact = world.verdict(world.look(world.pay("alice", 10**6, asset=USDT)))
    assert exact.cause is Cause.LISTED_DEPOSIT_MISSED
    below = world.verdict(world.look(world.pay("alice", 10**6 - 1, asset=USDT)))
    assert below.cause is Cause.DUST_OR_POISONING
    assert below.reasons[0].code == "below_dust_value"
    assert reason(below) == {"amount": "999999"}
    assert below.reasons[0].text == f"It is worth less than {policy.dust_value} USD."


def test_a_price_too_old_calls_nothing_dust(world: World) -> None:
    age = PolicyNumbers().max_price_age
    for older, cause in (
        (timedelta(0), Cause.DUST_OR_POISONING),
        (timedelta(seconds=1), Cause.LISTED_DEPOSIT_MISSED),
    ):
        world.prices.clear()
        world.price(USDT, "0.01", age=age + older)
        assert world.verdict(world.look(world.pay("alice", 1, asset=USDT))).cause is cause


def test_the_chains_dust_limit_itself_is_money(world: World) -> None:
    world.give("coins", "alice", network="BTC")
    dust = load_registry()["BTC"].dust
    assert dust > 0
    at = world.verdict(world.look(world.pay("coins", dust, network="BTC"), network="BTC"))
    below = world.verdict(world.look(world.pay("coins", dust - 1, network="BTC"), network="BTC"))
    assert at.cause is not Cause.DUST_OR_POISONING
    assert (below.cause, below.reasons[0].code) == (Cause.DUST_OR_POISONING, "below_dust_limit")
    assert below.reasons[0].text.endswith(f"below the chain's own dust limit of {dust}.")


def test_an_nft_of_no_amount_is_dust_and_one_thing_is_not(world: World) -> None:
    def cause(amount: int) -> Cause:
        return world.verdict(
            world.look(world.pay("alice", amount, asset=OTHER, kind=TransferKind.NFT.value))
        ).cause

    assert cause(1) is Cause.NFT
    assert cause(0) is Cause.DUST_OR_POISONING


# -- memos ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("memo", "how"),
    [
        ("123456", None),
        (" 123456 ", "spaces around it"),
        ("\u200b123456", "spaces around it"),
        ("\uff11\uff12\uff13\uff14\uff15\uff16", "spaces around it"),
        ("'123456'", "quotes around it"),
        ("MTIzNDU2", "sent as base64"),
        ("!!!!MTIzNDU2", ""),
        ("MTIzNDU2MQ==", ""),
    ],
)
def test_a_memo_is_read_in_the_dress_that_wallets_give_it(memo: str, how: str | None) -> None:
    world = open_exchange()
    world.share("pool", {"123456": "alice", "123457": "bob"}, network="ETH")
    written = Memo(MemoKind.TEXT, memo)
    (facts,) = world.facts(world.subject(world.look(world.pay("pool", memo=written))))[0]
    assert facts.route is not None
    match = facts.route.memo.value
    assert match is not None
    if how == "":
        assert (match.state.value, match.user) == ("unknown", None)
    else:
        assert (match.user, match.how) == ("alice", how)


def test_leading_zeros_and_case_are_undone_only_where_they_name_one(world: World) -> None:
    world.share("pool", {"7": "alice", "abc": "bob", "ABD": "alice"}, network="ETH")
    for memo, user, how in (
        ("007", "alice", "leading zeros"),
        ("ABC", "bob", "upper and lower case"),
        ("abd", "alice", "upper and lower case"),
        ("0", None, None),
    ):
        (facts,) = world.facts(world.subject(world.look(world.pay("pool", memo=memo))))[0]
        assert facts.route is not None
        match = facts.route.memo.value
        assert match is not None
        assert (match.user, match.how) == (user, how), memo


# -- causes beside the first ----------------------------------------------------------------------


def test_what_a_holder_gave_away_is_the_claimants_whatever_else_is_odd_about_it(
    world: World,
) -> None:
    evidence = world.look(world.pay("bob", 7, asset=OTHER, symbol="ZZZ"))
    (facts,) = world.facts(world.subject(evidence, user="alice"))[0]
    consent = HolderConsent("bob", "alice", "at:0", AssetId(OTHER), 7)
    assert classify(facts).recoverability is Recoverability.HOLD
    verdict = classify(replace(facts, consent=consent))
    assert (verdict.cause, verdict.user) == (Cause.UNLISTED_TOKEN, "alice")
    assert {c.code: c.met for c in verdict.conditions} == {
        "holder_consent": True,
        "sender_proof": False,
    }
    for other in (
        replace(consent, holder="carol"),
        replace(consent, claimant="bob"),
        replace(consent, position="at:1"),
        replace(consent, asset=USDT),
        replace(consent, amount=8),
    ):
        assert classify(replace(facts, consent=other)).recoverability is Recoverability.HOLD


def test_nothing_that_we_sent_out_is_no_payment_and_the_least_is(world: World) -> None:
    def cause(amount: int, to: str | None = "outside") -> Cause:
        return world.verdict(world.look(world.pay(to, amount, senders=["hot"]))).cause

    assert cause(0) is Cause.ADDRESS_NOT_OURS
    assert cause(1) is Cause.WITHDRAWAL_NOT_DEPOSIT
    assert cause(5, to=None) is Cause.NEEDS_REVIEW, "nobody knows whom it paid"


def test_of_several_periods_that_ended_the_last_is_told(world: World) -> None:
    for start in (1000, 400):
        world.list_asset(
            OTHER, "PAX", status="listed",
            valid_from=NOW - timedelta(days=start), valid_to=NOW - timedelta(days=start - 100),
        )  # fmt: skip
    verdict = world.verdict(world.look(world.pay("alice", 7, asset=OTHER, symbol="PAX")))
    assert verdict.cause is Cause.DELISTED_TOKEN
    assert reason(verdict)["listed_until"] == print_time(NOW - timedelta(days=300))


def test_a_batch_keeps_apart_what_was_listed_at_each_deposit(world: World) -> None:
    start = BLOCK_TIME - timedelta(days=10)
    world.list_asset(OTHER, "PAX", status="listed", valid_from=start)
    looks = [
        world.look(world.pay("alice", 7, asset=OTHER), tx_hash=f"0x{n}", time=start + shift)
        for n, shift in enumerate((timedelta(days=-1), timedelta(days=1)))
    ]
    found = world.facts(*(world.subject(look) for look in looks))
    assert [facts.view.at_deposit for (facts,) in found] == [None, ListingStatus.LISTED]


# -- whose an address was -------------------------------------------------------------------------


def owner(world: World, name: str) -> tuple[str, str | None]:
    (facts,) = world.facts(world.subject(world.look(world.pay(name))))[0]
    assert facts.route is not None
    return facts.route.place.value, facts.route.owner.value


def test_of_two_rows_of_one_role_the_one_that_names_a_user_counts(world: World) -> None:
    world.give("both")
    world.give("both", "carol")
    assert owner(world, "both") == ("deposit", "carol")


def test_an_address_taken_back_was_its_last_users(world: World) -> None:
    for user, days in (("carol", 30), ("dave", 10), ("erin", 20)):
        world.give("old", user, valid_to=BLOCK_TIME - timedelta(days=days))
    assert owner(world, "old") == ("retired", "dave")
    world.give("gone", "carol", valid_to=BLOCK_TIME)
    assert owner(world, "gone") == ("retired", "carol")
    world.give("still", "carol", valid_to=BLOCK_TIME + timedelta(microseconds=1))
    assert owner(world, "still") == ("deposit", "carol")


def test_no_more_than_three_look_alikes_are_named(world: World) -> None:
    mine = address_of("alice")
    doubles = [mine[:10] + c + mine[11:] for c in "0123456789abcdef" if c != mine[10]][:5]
    transfers = []
    for text in doubles:
        plain = world.pay("nobody")
        transfers.append(replace(plain, recipient=replace(plain.recipient, address=text)))
    verdict = world.verdict(world.look(*transfers), user="alice")
    assert [n.code for n in verdict.notes] == ["look_alike"] * 3


def test_a_planned_listing_whose_day_has_come_and_gone_is_looked_at_in_a_week(
    world: World,
) -> None:
    world.list_asset(OTHER, "PAX", status="planned", valid_from=NOW - timedelta(days=3))
    verdict = world.verdict(world.look(world.pay("alice", 7, asset=OTHER, symbol="PAX")))
    assert verdict.look_again == NOW + timedelta(days=7)
