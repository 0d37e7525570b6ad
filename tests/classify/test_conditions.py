"""A network's conditions: which of them the facts themselves show, and what else the rules ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from classify.world import BLOCK_TIME, NOW, OTHER, USDT, World, open_exchange, party

from recovery.classify.facts import (
    Facts,
    Known,
    MemoMatch,
    MemoState,
    Place,
    Unknown,
)
from recovery.classify.results import after, credit, custody_can_sign, outcome_for, recover
from recovery.classify.verdict import Cause, Outcome, Reason
from recovery.model import Amount, Memo, MemoKind, Party, TxStatus
from recovery.networks import load_registry
from recovery.networks.registry import Condition
from recovery.records.port import Account, AccountStatus, Credit, KeyScheme

SHOWN_BY_A_PLAIN_DEPOSIT = (
    "finality_reached", "batch_executed", "execution_complete", "not_already_credited", "key_available",
    "memo_unambiguous", "comment_readable", "address_is_account", "deployable_contract",
    "sender_transparent", "replacement_key_signable", "archive_available", "chain_identified",
    "contract_known", "token_transferable", "channel_open",
)  # fmt: skip
NEVER_SHOWN = ("validator_consents", "nobody_knows_this_code")
ALL = (*SHOWN_BY_A_PLAIN_DEPOSIT, "same_key_other_network", *NEVER_SHOWN)
BECAUSE = Reason("because", "Because.")


def plain(network: str = "ETH") -> Facts:
    """Ether to Alice's own address, on a network that asks for every condition there is."""
    world = open_exchange()
    (facts,) = world.facts(world.subject(world.look(world.pay("alice")), user="alice"))[0]
    row = load_registry()[network].model_copy(
        update={
            "tier": "conditional",
            "conditions": tuple(Condition(code=c, text=f"{c}.") for c in ALL),
        }
    )
    return replace(facts, network=row)


def met(facts: Facts) -> set[str]:
    verdict = recover(facts, Cause.NFT, BECAUSE)
    assert [c.code for c in verdict.conditions][: len(ALL)] == list(ALL)
    assert {type(c.met) for c in verdict.conditions} == {bool}
    return {c.code for c in verdict.conditions if c.met}


def _routed(facts: Facts, **changes: object) -> Facts:
    assert facts.route is not None
    return replace(facts, route=replace(facts.route, **changes))  # type: ignore[arg-type]  # fields of a route


def _shared(state: MemoState) -> Callable[[Facts], Facts]:
    match = Known(MemoMatch(state, "alice", "7"))
    return lambda f: _routed(f, place=Place.SHARED, memo=match)


def _row(facts: Facts, **changes: object) -> Facts:
    assert facts.route is not None
    return _routed(facts, row=replace(facts.route.row, **changes))  # type: ignore[arg-type]  # fields of a row


def _transfer(facts: Facts, **changes: object) -> Facts:
    assert facts.transfer is not None
    return replace(facts, transfer=replace(facts.transfer, **changes))  # type: ignore[arg-type]  # fields


def _evidence(facts: Facts, **changes: object) -> Facts:
    assert facts.evidence is not None
    return replace(facts, evidence=replace(facts.evidence, **changes))  # type: ignore[arg-type]  # fields


BOOKED = Credit(open_exchange().listings[0].network, "0x", "0", "alice", USDT, 1, NOW)
UNKNOWN = Unknown("x", "nobody knows")
FLIPS: Mapping[str, tuple[Callable[[Facts], Facts], str]] = {
    "not final": (
        lambda f: replace(f, final=Known(False)),
        "finality_reached batch_executed execution_complete",
    ),
    "finality unknown": (
        lambda f: replace(f, final=UNKNOWN),
        "finality_reached batch_executed execution_complete",
    ),
    "pending": (lambda f: _evidence(f, status=TxStatus.PENDING), "execution_complete"),
    "booked": (lambda f: replace(f, booked=(BOOKED,)), "not_already_credited"),
    "ledger incomplete": (lambda f: replace(f, ledger=Known(False)), "not_already_credited"),
    "ledger unknown": (lambda f: replace(f, ledger=UNKNOWN), "not_already_credited"),
    "no route": (
        lambda f: replace(f, route=None),
        "key_available memo_unambiguous address_is_account deployable_contract replacement_key_signable",
    ),
    "memo unknown": (_shared(MemoState.UNKNOWN), "memo_unambiguous"),
    "memo missing": (_shared(MemoState.MISSING), "memo_unambiguous"),
    "memo exact": (_shared(MemoState.EXACT), ""),
    "memo normalised": (_shared(MemoState.NORMALISED), ""),
    "no memo looked for": (lambda f: _routed(f, place=Place.SHARED), "memo_unambiguous"),
    "comment encrypted": (
        lambda f: _transfer(f, memo=Memo(MemoKind.ENCRYPTED, "x")),
        "comment_readable",
    ),
    "comment plain": (lambda f: _transfer(f, memo=Memo(MemoKind.COMMENT, "x")), ""),
    "a contract of ours": (
        lambda f: _row(f, key_scheme=KeyScheme.CONTRACT),
        "address_is_account deployable_contract",
    ),
    "sender hidden": (
        lambda f: replace(f, senders=Known((Party("0xknown", None),))),
        "sender_transparent",
    ),
    "sender without an address": (
        lambda f: replace(f, senders=Known((Party(None, party("x").key),))),
        "channel_open",
    ),
    "senders unknown": (lambda f: replace(f, senders=UNKNOWN), "sender_transparent channel_open"),
    "no evidence": (
        lambda f: replace(f, evidence=None),
        "execution_complete archive_available chain_identified",
    ),
    "an unlisted token": (
        lambda f: _transfer(replace(f, view=replace(f.view, listing=None)), asset=OTHER),
        "contract_known token_transferable channel_open",
    ),
    "a listed token": (
        lambda f: _transfer(f, asset=USDT),
        "token_transferable channel_open",
    ),
}  # fmt: skip


def test_a_plain_deposit_shows_all_that_facts_can_show() -> None:
    assert met(plain()) == set(SHOWN_BY_A_PLAIN_DEPOSIT)


@pytest.mark.parametrize("what", FLIPS)
def test_a_condition_is_met_only_while_the_facts_show_it(what: str) -> None:
    change, lost = FLIPS[what]
    assert set(SHOWN_BY_A_PLAIN_DEPOSIT) - met(change(plain())) == set(lost.split())


def test_an_address_of_another_network_is_the_same_key_and_signs_where_custody_says() -> None:
    facts = _routed(plain(), here=False)
    silent = set(SHOWN_BY_A_PLAIN_DEPOSIT) - {"key_available", "replacement_key_signable"}
    assert met(facts) == {*silent, "same_key_other_network"}
    assert custody_can_sign(facts) is None
    assert custody_can_sign(replace(facts, network=None)) is None
    assert custody_can_sign(replace(facts, route=None)) is None
    for codes, said in ((["ETH", "BSC"], True), (["BSC"], False), ([], False)):
        (row,) = facts.rows
        told = replace(facts, rows=(row, replace(row, can_sign=frozenset(codes))))  # type: ignore[arg-type]  # codes
        assert custody_can_sign(told) is said
        assert custody_can_sign(replace(told, network=None)) is None
        assert ("key_available" in met(told)) is said


def test_a_direct_network_adds_no_condition() -> None:
    facts = plain()
    assert facts.network is not None
    direct = replace(facts, network=facts.network.model_copy(update={"tier": "direct"}))
    assert recover(direct, Cause.NFT, BECAUSE).conditions == ()
    assert recover(replace(facts, network=None), Cause.NFT, BECAUSE).conditions == ()


def test_a_recovery_of_what_may_be_booked_already_says_so() -> None:
    direct = replace(plain(), network=load_registry()["ETH"], ledger=Unknown("credits", "no word"))
    (condition,) = recover(direct, Cause.NFT, BECAUSE).conditions
    assert (condition.code, condition.met) == ("not_already_credited", False)
    assert condition.text.endswith(": no word.")
    foreign = replace(direct, view=replace(direct.view, status=None, ever_listed=False))
    assert recover(foreign, Cause.NFT, BECAUSE).conditions == ()


# -- outcomes, moments, amounts -------------------------------------------------------------------


def test_an_outcome_is_a_credit_only_to_an_active_user_with_a_known_ledger() -> None:
    facts = plain()
    assert outcome_for(facts, "alice") is Outcome.CREDIT
    assert outcome_for(facts, None) is Outcome.RETURN
    for status in AccountStatus:
        barred = replace(facts, accounts=(Account("alice", status),))
        expected = Outcome.CREDIT if status is AccountStatus.ACTIVE else Outcome.RETURN
        assert outcome_for(barred, "alice") is expected
        assert outcome_for(barred, "bob") is Outcome.CREDIT
    for ledger in (Known(False), UNKNOWN):
        assert outcome_for(replace(facts, ledger=ledger), "alice") is Outcome.RETURN
    unlisted = replace(facts, view=replace(facts.view, status=None))
    assert outcome_for(unlisted, "alice") is Outcome.RETURN


@pytest.mark.parametrize(
    ("seconds", "moment"),
    [
        (0, timedelta(minutes=1)),
        (60, timedelta(minutes=1)),
        (61, timedelta(seconds=61)),
        (30 * 86_400, timedelta(days=30)),
        (10**9, timedelta(days=30)),
    ],
)
def test_a_look_again_is_within_a_minute_and_a_month(seconds: float, moment: timedelta) -> None:
    assert after(plain(), seconds=seconds) == NOW + moment


def test_a_credit_rests_on_every_fact_it_needs() -> None:
    facts = plain()
    assert credit(facts, Cause.LISTED_DEPOSIT_MISSED, BECAUSE) is not None
    for name in ("ledger", "token_validity", "final", "succeeded"):
        no = replace(facts, **{name: Known(False)})  # type: ignore[arg-type]  # a fact by its name
        assert credit(no, Cause.LISTED_DEPOSIT_MISSED, BECAUSE) is None
    nothings: tuple[Known[Amount], ...] = (Known(0), Known(-1))
    for nothing in nothings:
        assert (
            credit(replace(facts, delivered=nothing), Cause.LISTED_DEPOSIT_MISSED, BECAUSE) is None
        )
    assert credit(_routed(facts, here=False), Cause.LISTED_DEPOSIT_MISSED, BECAUSE) is None
    assert credit(_routed(facts, owner=Known(None)), Cause.LISTED_DEPOSIT_MISSED, BECAUSE) is None


def test_what_is_below_the_smallest_booked_step_is_said_to_the_unit(world: World) -> None:
    world.listings.clear()
    world.list_asset(USDT, "USDT", denomination=1000)
    verdict = world.verdict(world.look(world.pay("alice", 5_250_007, asset=USDT)))
    assert verdict.amount == 5_250_000
    note = next(n for n in verdict.notes if n.code == "rounded_to_denomination")
    assert note.text == "7 base units are below the smallest step that is booked"
    even = world.verdict(world.look(world.pay("alice", 5_250_000, asset=USDT)))
    assert "rounded_to_denomination" not in [n.code for n in even.notes]
    issued = world.verdict(world.look(world.pay("alice", Decimal("2500.5"), asset=USDT)))
    assert issued.amount == 2000


def test_a_ledger_complete_up_to_the_very_moment_is_complete(world: World) -> None:
    world.complete_through = BLOCK_TIME
    assert world.verdict(world.look(world.pay("alice"))).cause is Cause.LISTED_DEPOSIT_MISSED
    world.complete_through = BLOCK_TIME - timedelta(microseconds=1)
    assert world.verdict(world.look(world.pay("alice"))).cause is Cause.NEEDS_REVIEW
