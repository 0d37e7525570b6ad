"""Steps 3 to 5: booked, claimed, our own, dust, not ours, or for security."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from classify.world import ETHER, NOW, OTHER, USDT, HeldBy, World, address_of

from recovery.classify.verdict import Cause, Outcome, Recoverability
from recovery.model import AddressKey, Gap, Note, Party, Transfer


@pytest.mark.parametrize("place", [0, "at:0"])
def test_a_booked_transfer_is_answered_whether_the_ledger_names_index_or_position(
    world: World, place: int | str
) -> None:
    evidence = world.look(world.pay("alice"))
    world.credit(evidence, "alice", at=place)
    verdict = world.verdict(evidence, user="alice")
    assert verdict.cause is Cause.ALREADY_CREDITED
    assert (verdict.recoverability, verdict.answered) == (Recoverability.WAIT, True)
    assert verdict.reasons[0].facts["amount"] == str(5 * 10**17)


def test_one_booked_transfer_does_not_answer_for_its_neighbour(world: World) -> None:
    evidence = world.look(world.pay("alice"), world.pay("alice", 7 * 10**17))
    world.credit(evidence, "alice", at=0)
    first, second = world.verdicts(evidence)
    assert first.cause is Cause.ALREADY_CREDITED
    assert (second.cause, second.amount) == (Cause.LISTED_DEPOSIT_MISSED, 7 * 10**17)


def test_a_credit_of_a_place_that_does_not_exist_makes_the_ledger_doubtful(world: World) -> None:
    evidence = world.look(world.pay("alice"))
    world.credit(evidence, "alice", at="log:99")
    verdict = world.verdict(evidence)
    assert (verdict.cause, verdict.reasons[0].facts["fact"]) == (Cause.NEEDS_REVIEW, "credits")


def test_a_payment_that_a_reorganisation_moved_in_its_block_is_not_credited_twice(
    world: World,
) -> None:
    # booked when they stood at log:5 (alice's) and, not booked, log:6 (bob's)
    world.give("bob", "bob")
    before = world.look(
        world.pay("alice", position="log:5"), world.pay("bob", 9, asset=USDT, position="log:6")
    )
    world.credit(before, "alice", at="log:5")
    after = world.look(
        world.pay("alice", position="log:4"), world.pay("bob", 9, asset=USDT, position="log:5")
    )
    for verdict in world.verdicts(after):
        assert (verdict.cause, verdict.reasons[0].facts["fact"]) == (Cause.NEEDS_REVIEW, "credits")


def test_two_like_payments_that_moved_are_told_apart_by_whose_they_are(world: World) -> None:
    world.give("bob", "bob")
    before = world.look(world.pay("alice", position="log:5"), world.pay("bob", position="log:6"))
    world.credit(before, "alice", at="log:5")
    after = world.look(world.pay("alice", position="log:4"), world.pay("bob", position="log:5"))
    causes = {v.cause for v in world.verdicts(after)}
    assert causes == {Cause.NEEDS_REVIEW}


def test_a_credit_that_stands_at_a_strangers_transfer_makes_the_ledger_doubtful(
    world: World,
) -> None:
    evidence = world.look(
        world.pay("alice", position="log:4"), world.pay("a-stranger", position="log:5")
    )
    world.credit(evidence, "alice", at="log:5")
    verdict = world.verdict(evidence)
    assert (verdict.cause, verdict.reasons[0].facts["fact"]) == (Cause.NEEDS_REVIEW, "credits")


def test_less_booked_than_arrived_is_booked_all_the_same(world: World) -> None:
    evidence = world.look(world.pay("alice"))
    world.credit(evidence, "alice")
    world.credits[0] = replace(world.credits[0], amount=4 * 10**17)
    assert world.verdict(evidence).cause is Cause.ALREADY_CREDITED


def test_a_credit_to_another_customer_is_held_and_says_nothing_of_him(world: World) -> None:
    evidence = world.look(world.pay("alice"))
    world.credit(evidence, "bob")
    verdict = world.verdict(evidence, user="alice")
    assert verdict.cause is Cause.ADDRESS_OF_OTHER_USER
    assert verdict.recoverability is Recoverability.HOLD
    assert "bob" not in str(verdict.reasons) + str(verdict.notes)


def test_a_credit_by_another_customers_memo_is_held(world: World) -> None:
    evidence = world.look(world.pay("desk", network="XRP", memo="1002"), network="XRP")
    world.credit(evidence, "bob")
    assert world.verdict(evidence, user="alice").cause is Cause.MEMO_OF_OTHER_USER
    assert world.verdict(evidence, user="bob").cause is Cause.ALREADY_CREDITED


@pytest.mark.parametrize("complete", [None, NOW - timedelta(days=2)])
def test_a_ledger_that_may_lack_the_credit_credits_nothing(world: World, complete: object) -> None:
    world.complete_through = complete  # type: ignore[assignment]  # None or a time
    verdict = world.verdict(world.look(world.pay("alice")))
    assert (verdict.cause, verdict.reasons[0].facts["fact"]) == (Cause.NEEDS_REVIEW, "credits")


def test_a_ledger_that_may_lack_the_credit_refuses_nothing_that_does_not_rest_on_it(
    world: World,
) -> None:
    world.complete_through = None
    assert world.verdict(world.look(world.pay("nobody"))).cause is Cause.ADDRESS_NOT_OURS


def test_a_ledger_that_may_lack_the_credit_returns_a_listed_asset_on_condition(
    world: World,
) -> None:
    world.complete_through = None
    verdict = world.verdict(world.look(world.pay("desk", network="XRP"), network="XRP"))
    assert verdict.cause is Cause.MEMO_MISSING
    assert "not_already_credited" in [c.code for c in verdict.conditions if not c.met]


def test_an_own_second_claim_points_to_the_case(world: World) -> None:
    evidence = world.look(world.pay("alice"))
    world.hold(evidence, HeldBy("case-1", "alice"))
    verdict = world.verdict(evidence, user="alice")
    assert (verdict.cause, verdict.recoverability) == (Cause.DUPLICATE_CLAIM, Recoverability.WAIT)
    assert verdict.reasons[0].facts["case"] == "case-1"


def test_another_claimants_case_is_held_and_not_named(world: World) -> None:
    evidence = world.look(world.pay("hot"))
    world.hold(evidence, HeldBy("case-1", "alice"))
    verdict = world.verdict(evidence, user="mallory")
    assert verdict.cause is Cause.DUPLICATE_CLAIM
    assert verdict.recoverability is Recoverability.HOLD
    assert "case-1" not in str(verdict)


def test_a_claim_of_nobody_against_a_case_of_somebody_is_for_a_person(world: World) -> None:
    evidence = world.look(world.pay("hot"))
    world.hold(evidence, HeldBy("case-1", "alice"))
    verdict = world.verdict(evidence)
    assert (verdict.cause, verdict.reasons[0].facts["fact"]) == (Cause.NEEDS_REVIEW, "claimant")


def test_a_case_does_not_stand_in_its_own_way(world: World) -> None:
    evidence = world.look(world.pay("alice"))
    world.hold(evidence, HeldBy("case-1", "alice"))
    assert world.verdict(evidence, case_id="case-1").cause is Cause.LISTED_DEPOSIT_MISSED


def test_a_sweep_between_our_own_addresses_is_our_own_movement(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("hot", senders=["alice"])))
    assert verdict.cause is Cause.OWN_MOVEMENT
    assert verdict.recoverability is Recoverability.UNRECOVERABLE


def test_a_withdrawal_of_ours_to_a_customers_address_is_an_ordinary_deposit(world: World) -> None:
    evidence = world.look(world.pay("alice", senders=["hot"]))
    world.withdraw("bob", "alice", tx_hash=evidence.tx_hash)
    assert world.verdict(evidence).cause is Cause.LISTED_DEPOSIT_MISSED


def test_one_foreign_input_makes_it_no_movement_of_ours(world: World) -> None:
    evidence = world.look(world.pay("alice", senders=["hot", "stranger"]))
    assert world.verdict(evidence).cause is Cause.LISTED_DEPOSIT_MISSED


def test_senders_that_are_not_shown_stop_the_judgement_of_an_own_movement(world: World) -> None:
    evidence = world.look(world.pay("alice", senders=["hot"]), gaps={Gap.SENDERS})
    verdict = world.verdict(evidence)
    assert (verdict.cause, verdict.reasons[0].facts["fact"]) == (Cause.NEEDS_REVIEW, "senders")


def test_a_contract_of_ours_on_another_network_is_not_our_sender_here(world: World) -> None:
    world.give("forwarder", "alice", network="BSC", key_scheme="contract")
    evidence = world.look(world.pay("alice", senders=["forwarder"]))
    assert world.verdict(evidence).cause is Cause.LISTED_DEPOSIT_MISSED


def test_a_coinbase_without_senders_is_no_movement_of_ours(world: World) -> None:
    evidence = world.look(
        world.pay("alice", kind="reward", senders=[], type_="coinbase", special=True)
    )
    assert world.verdict(evidence).cause is Cause.UNUSUAL_TRANSACTION_TYPE


def test_a_payment_of_ours_to_an_outside_address_is_a_withdrawal(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("nobody", senders=["hot"])))
    assert (verdict.cause, verdict.transfer) == (Cause.WITHDRAWAL_NOT_DEPOSIT, None)


def test_a_recorded_withdrawal_is_known_even_where_its_senders_are_not(world: World) -> None:
    evidence = world.look(world.pay("nobody", senders=[]), gaps={Gap.SENDERS})
    world.withdraw("bob", "nobody", tx_hash=evidence.tx_hash)
    assert world.verdict(evidence).cause is Cause.WITHDRAWAL_NOT_DEPOSIT


def test_tokens_sent_to_their_own_contract_are_gone(world: World) -> None:
    contract = USDT.rpartition(":")[2]
    paid = world.pay("x", 10**6, asset=USDT)
    evidence = world.look(_to(paid, contract))
    verdict = world.verdict(evidence)
    assert (verdict.cause, verdict.transfer) == (Cause.SENT_TO_TOKEN_CONTRACT, None)


def test_another_token_sent_to_a_listed_contract_is_gone_too(world: World) -> None:
    contract = USDT.rpartition(":")[2].lower()
    evidence = world.look(_to(world.pay("x", 10**6, asset=OTHER), contract))
    assert world.verdict(evidence).cause is Cause.SENT_TO_TOKEN_CONTRACT


def test_a_contract_of_ours_without_a_key_can_give_nothing_back(world: World) -> None:
    world.give("factory", role="contract", key_scheme="contract")
    assert world.verdict(world.look(world.pay("factory"))).cause is Cause.SENT_TO_TOKEN_CONTRACT


def test_a_contract_that_custody_operates_is_like_our_own_wallet(world: World) -> None:
    world.give("vault", role="contract", key_scheme="contract", can_sign=["ETH"])
    assert world.verdict(world.look(world.pay("vault"))).cause is Cause.SENT_TO_HOT_WALLET


def test_a_transfer_of_nothing_is_poisoning(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("alice", 0, asset=USDT)))
    assert (verdict.cause, verdict.transfer) == (Cause.DUST_OR_POISONING, 0)


def test_below_the_chains_own_dust_limit_is_dust(world: World) -> None:
    world.list_asset("bip122:000000000019d6689c085ae165831e93/slip44:0", "BTC", network="BTC")
    world.give("carol", "carol", network="BTC")
    dust = world.verdict(world.look(world.pay("carol", 293, network="BTC"), network="BTC"))
    least = world.verdict(world.look(world.pay("carol", 294, network="BTC"), network="BTC"))
    assert (dust.cause, least.cause) == (Cause.DUST_OR_POISONING, Cause.LISTED_DEPOSIT_MISSED)


def test_ten_cents_are_no_dust_and_nine_are(world: World) -> None:
    world.price(USDT, "1.00")
    nine = world.verdict(world.look(world.pay("alice", 99_999, asset=USDT)))
    ten = world.verdict(world.look(world.pay("alice", 100_000, asset=USDT)))
    assert (nine.cause, ten.cause) == (Cause.DUST_OR_POISONING, Cause.LISTED_DEPOSIT_MISSED)


def test_an_old_price_calls_nothing_dust(world: World) -> None:
    world.price(USDT, "1.00", age=timedelta(hours=2))
    verdict = world.verdict(world.look(world.pay("alice", 5, asset=USDT)))
    assert verdict.cause is Cause.LISTED_DEPOSIT_MISSED


def test_a_missing_amount_is_not_called_nothing(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("alice", 0), gaps={Gap.AMOUNT}))
    assert (verdict.cause, verdict.reasons[0].facts["fact"]) == (Cause.NEEDS_REVIEW, "amount")


def test_an_address_that_was_never_ours_is_refused(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("nobody")))
    assert (verdict.cause, verdict.transfer) == (Cause.ADDRESS_NOT_OURS, None)
    assert (verdict.recoverability, verdict.outcome) == (Recoverability.UNRECOVERABLE, Outcome.NONE)


def test_without_traces_nobody_can_say_that_nothing_reached_us(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("nobody"), gaps={Gap.INTERNAL_TRANSFERS}))
    assert verdict.cause is Cause.NEEDS_REVIEW
    assert verdict.reasons[0].facts["fact"] == "internal_transfers"


def test_without_traces_what_did_reach_us_is_still_good(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("alice"), gaps={Gap.INTERNAL_TRANSFERS}))
    assert verdict.cause is Cause.LISTED_DEPOSIT_MISSED


def test_a_recipient_without_an_address_is_never_not_ours(world: World) -> None:
    verdict = world.verdict(world.look(world.pay(None)))
    assert (verdict.cause, verdict.reasons[0].facts["fact"]) == (Cause.NEEDS_REVIEW, "recipient")


def test_an_empty_output_without_an_address_is_no_obstacle(world: World) -> None:
    evidence = world.look(world.pay("nobody"), world.pay(None, 0))
    assert world.verdict(evidence).cause is Cause.ADDRESS_NOT_OURS


def test_one_wrong_character_of_the_claimed_address_is_said(world: World) -> None:
    meant = address_of("alice")
    paid = meant[:-1] + ("0" if meant[-1] != "0" else "1")
    verdict = world.verdict(world.look(_to(world.pay("x"), paid)), address=meant)
    assert verdict.cause is Cause.ADDRESS_NOT_OURS
    assert [n.code for n in verdict.notes if n.code == "look_alike"] == ["look_alike"]
    assert "one character" in verdict.notes[0].text


def test_a_made_look_alike_of_the_claimed_address_is_said(world: World) -> None:
    meant = address_of("alice")
    paid = meant[:8] + "ab" * 15 + meant[38:]
    verdict = world.verdict(world.look(_to(world.pay("x"), paid)), address=meant)
    assert "begins and ends like" in verdict.notes[0].text


def test_a_look_alike_of_another_customers_address_is_not_told(world: World) -> None:
    meant = address_of("bob")
    paid = meant[:-1] + ("0" if meant[-1] != "0" else "1")
    verdict = world.verdict(world.look(_to(world.pay("x"), paid)), address=address_of("alice"))
    assert "look_alike" not in [n.code for n in verdict.notes]
    assert meant not in str(verdict)


def test_a_foreign_transfer_that_the_claim_names_has_its_own_verdict_beside_ours(
    world: World,
) -> None:
    evidence = world.look(world.pay("alice"), world.pay("nobody"))
    ours, named = world.verdicts(evidence, address="nobody")
    assert (ours.transfer, ours.cause) == (0, Cause.LISTED_DEPOSIT_MISSED)
    assert (named.transfer, named.cause) == (1, Cause.ADDRESS_NOT_OURS)


def test_a_screened_sender_is_held(world: World) -> None:
    world.screen("stranger")
    verdict = world.verdict(world.look(world.pay("alice")))
    assert (verdict.cause, verdict.recoverability) == (
        Cause.TAINTED_SOURCE,
        Recoverability.HOLD,
    )


def test_a_screened_payer_behind_a_contract_is_held(world: World) -> None:
    world.screen("villain")
    evidence = world.look(world.pay("alice", kind="internal", senders=["mixer"]), payer="villain")
    assert world.verdict(evidence).cause is Cause.TAINTED_SOURCE


def test_one_screened_input_is_enough_though_others_are_not_shown(world: World) -> None:
    world.screen("stranger")
    evidence = world.look(world.pay("alice"), gaps={Gap.SENDERS})
    assert world.verdict(evidence).cause is Cause.TAINTED_SOURCE


def test_a_sender_hidden_by_the_chain_is_for_a_person(world: World) -> None:
    verdict = world.verdict(world.look(world.pay("alice", senders=["stranger", None])))
    assert (verdict.cause, verdict.reasons[0].facts["fact"]) == (Cause.NEEDS_REVIEW, "senders")


def test_screening_does_not_reach_what_never_reached_us(world: World) -> None:
    world.screen("stranger")
    assert world.verdict(world.look(world.pay("nobody"))).cause is Cause.ADDRESS_NOT_OURS


@pytest.mark.parametrize("status", ["frozen", "kyc_pending", "travel_rule_pending"])
def test_a_flagged_account_is_held(world: World, status: str) -> None:
    world.account("alice", status)
    verdict = world.verdict(world.look(world.pay("alice")))
    assert verdict.cause is Cause.COMPLIANCE_HOLD


def test_the_flag_of_the_one_who_claims_counts_as_well(world: World) -> None:
    world.account("alice", "frozen")
    verdict = world.verdict(world.look(world.pay("hot")), user="alice")
    assert verdict.cause is Cause.COMPLIANCE_HOLD


def test_hidden_layers_are_named_where_nothing_reached_us(world: World) -> None:
    evidence = world.look(
        world.pay(None, 10**6, network="LTC"),
        network="LTC",
        notes=[Note("wrong_layer", "went into MWEB")],
    )
    verdict = world.verdict(evidence)
    assert verdict.cause is Cause.WRONG_LAYER
    assert verdict.recoverability is Recoverability.CONDITIONAL


def test_a_price_in_ether_is_read_with_our_own_decimals(world: World) -> None:
    world.price(ETHER, "3000")
    dust = world.verdict(world.look(world.pay("alice", 3 * 10**13)))
    assert dust.cause is Cause.DUST_OR_POISONING


def _to(transfer: Transfer, address: str) -> Transfer:
    """The transfer, paid to exactly this EVM address."""
    key = AddressKey("evm", bytes.fromhex(address[2:]))
    return replace(transfer, recipient=Party(address, key))
