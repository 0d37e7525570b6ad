"""What holds of every exchange, transaction and claim, however odd.

The sentences checked are those of docs/causes.md: one verdict, unknown facts decide nothing, never
more than what was delivered, and the words of a claim decide nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from classify.world import BLOCK_TIME, NOW, OTHER, USDT, HeldBy, World, open_exchange
from hypothesis import given, settings
from hypothesis import strategies as st

from recovery.classify.decide import Held, classify, explain, judge
from recovery.classify.facts import Fact, Facts, Unknown
from recovery.classify.gather import Subject
from recovery.classify.verdict import Cause, Outcome, Recoverability
from recovery.model import Gap, Note, Replacement, Transfer

USERS = (None, "alice", "bob", "mallory")
NAMES = ("alice", "bob", "hot", "desk", "old", "elsewhere", "forwarder", "nobody", "shared")
MOVES = (Recoverability.CREDIT, Recoverability.RECOVERABLE, Recoverability.CONDITIONAL)


def _maybe(choice: st.DataObject, one_in: int = 5) -> bool:
    return choice.draw(st.integers(1, one_in)) == 1


def _open(data: st.DataObject) -> World:
    world = open_exchange()
    world.give("old", "alice", role=data.draw(st.sampled_from(["retired", "cold"])))
    world.give(
        "elsewhere",
        "alice",
        network="BSC",
        can_sign=data.draw(st.sampled_from([None, [], ["ETH"]])),
    )
    world.give("forwarder", "bob", network="BSC", key_scheme="contract")
    world.share("shared", {"7": "alice", "07": "bob", "9": "bob"}, network="ETH")
    status = data.draw(
        st.sampled_from(["listed", "delisted", "suspended", "planned", "known", "counterfeit", ""])
    )
    if status:
        world.list_asset(
            OTHER,
            data.draw(st.sampled_from(["PAX", "USDT"])),
            status=status,
            flags=data.draw(st.sampled_from([[], ["pausable"], ["rebasing"]])),
            min_deposit=data.draw(st.sampled_from([None, 100])),
            denomination=data.draw(st.sampled_from([None, 10])),
        )
    if _maybe(data):
        world.complete_through = data.draw(st.sampled_from([None, BLOCK_TIME - timedelta(days=1)]))
    if _maybe(data):
        world.account("alice", data.draw(st.sampled_from(["closed", "frozen", "active"])))
    if _maybe(data):
        world.screen("stranger")
    if _maybe(data):
        world.withdraw(data.draw(st.sampled_from(["alice", "bob"])), "stranger")
    if _maybe(data):
        world.price(USDT, data.draw(st.sampled_from(["1", "0.0001"])))
    return world


def _transfer(data: st.DataObject, world: World) -> Transfer:
    asset = data.draw(st.sampled_from([None, None, USDT, OTHER]))
    return world.pay(
        data.draw(st.sampled_from(NAMES)),
        data.draw(st.sampled_from([0, 1, 55, 1234, 10**18])),
        asset=asset,
        kind=data.draw(st.sampled_from(["native", "internal", "nft"]))
        if asset is None
        else "token",
        senders=data.draw(
            st.sampled_from([["stranger"], ["hot"], ["hot", "stranger"], ["stranger", None], []])
        ),
        memo=data.draw(st.sampled_from([None, "7", " 7", "9", "x"])),
        symbol=data.draw(st.sampled_from([None, "USDT", "PAX", "ZZZ"])),
        succeeded=not _maybe(data, 10),
        requested=data.draw(st.sampled_from([None, None, 10**19])),
        special=_maybe(data),
        type_=data.draw(st.sampled_from([None, "coinbase", "odd"])),
        batched=_maybe(data),
        unlock_at=data.draw(st.sampled_from([None, None, NOW + timedelta(days=1), 1])),
    )


def _subject(data: st.DataObject, world: World) -> Subject:
    if _maybe(data, 15):
        return world.subject(
            None,
            user=data.draw(st.sampled_from(USERS)),
            unreachable=data.draw(st.sampled_from([[], ["LTC"]])),
            replacement=Replacement(None) if _maybe(data) else None,
        )
    transfers = [_transfer(data, world) for _ in range(data.draw(st.integers(0, 3)))]
    evidence = world.look(
        *transfers,
        status=data.draw(st.sampled_from(["confirmed"] * 6 + ["pending", "failed", "orphaned"])),
        final=not _maybe(data, 8),
        gaps=data.draw(st.sets(st.sampled_from(list(Gap)), max_size=2)) if _maybe(data, 3) else (),
        notes=[Note("shielded_outputs", "hidden")] if _maybe(data, 10) else (),
        time=None if _maybe(data, 10) else BLOCK_TIME,
    )
    if transfers and _maybe(data):
        world.credit(evidence, data.draw(st.sampled_from(["alice", "bob"])))
    if transfers and _maybe(data):
        world.hold(evidence, HeldBy("case-9", data.draw(st.sampled_from(["alice", None]))))
    return world.subject(
        evidence,
        user=data.draw(st.sampled_from(USERS)),
        memo=data.draw(st.sampled_from([None, "7", "9"])),
        second=world.look(*transfers[:1]) if _maybe(data, 10) else None,
        received=data.draw(st.dictionaries(st.integers(0, 2), st.integers(0, 2000), max_size=2)),
    )


@settings(max_examples=150)
@given(st.data())
def test_every_subject_has_exactly_one_verdict_with_reasons(data: st.DataObject) -> None:
    world = _open(data)
    (subjects,) = world.facts(_subject(data, world))
    verdicts = judge(subjects)
    assert verdicts
    places = [v.transfer for v in verdicts]
    assert len(set(places)) == len(places)
    assert places == [None] or None not in places
    for verdict in verdicts:
        assert verdict.reasons
        assert all(r.text.endswith(".") for r in verdict.reasons)
        if verdict.recoverability is Recoverability.CREDIT:
            assert verdict.outcome is Outcome.CREDIT
        elif verdict.recoverability not in MOVES:
            assert verdict.outcome is Outcome.NONE
            assert verdict.amount is None
        if verdict.recoverability is Recoverability.WAIT and not verdict.answered:
            assert verdict.look_again is not None
            assert verdict.look_again > NOW


@settings(max_examples=150)
@given(st.data())
def test_nothing_is_credited_above_what_was_delivered_nor_to_a_stranger(
    data: st.DataObject,
) -> None:
    world = _open(data)
    subject = _subject(data, world)
    for facts in world.facts(subject)[0]:
        verdict = classify(facts)
        if verdict.amount is not None:
            assert facts.transfer is not None
            assert 0 <= verdict.amount <= facts.transfer.amount
        if verdict.recoverability is Recoverability.CREDIT:
            assert facts.transfer is not None
            assert facts.transfer.succeeded
            assert facts.evidence is not None
            assert facts.evidence.final
            assert not facts.booked
            assert not facts.occupying
            assert not facts.screened
            assert facts.disagreement is None
            assert verdict.user == facts.claimant == facts.owner
            if facts.view.care:
                assert subject.received is not None
                assert verdict.amount is not None
                assert verdict.amount <= subject.received[facts.transfer.index].amount


def _without(field: str, facts: Facts) -> Facts:
    gone: Fact[object] = Unknown(field, "nobody knows")
    if field in ("owner", "memo"):
        assert facts.route is not None
        route = replace(facts.route, owner=gone)  # type: ignore[arg-type]  # unknown fits any fact
        return replace(facts, route=route)
    return replace(facts, **{field: gone})  # type: ignore[arg-type]  # likewise


FACTS = (
    "succeeded", "final", "senders", "delivered", "measured", "token_validity", "reached", "ledger",
    "owner",
)  # fmt: skip


@settings(max_examples=150)
@given(st.data(), st.sampled_from(FACTS))
def test_an_unknown_fact_neither_refuses_holds_nor_credits(data: st.DataObject, field: str) -> None:
    world = _open(data)
    for facts in world.facts(_subject(data, world))[0]:
        if field == "owner" and facts.route is None:
            continue
        known, unknown = classify(facts), classify(_without(field, facts))
        if unknown.recoverability is Recoverability.CREDIT:
            # Only what this credit does not rest on may be missing.
            assert field in ("measured", "reached")
        if unknown.recoverability in (Recoverability.UNRECOVERABLE, Recoverability.HOLD):
            assert (known.cause, known.recoverability) == (unknown.cause, unknown.recoverability)
        # A balance that nobody measured leaves a plain unlisted token what its event says it is.
        moves = unknown.recoverability in MOVES and unknown.cause is not Cause.NEEDS_REVIEW
        if moves and field != "measured":
            assert unknown.cause is known.cause


@settings(max_examples=200)
@given(st.data())
def test_where_nothing_is_known_a_person_decides(data: st.DataObject) -> None:
    world = _open(data)
    for facts in world.facts(_subject(data, world))[0]:
        bare = Facts(claim=facts.claim, now=facts.now, policy=facts.policy, evidence=facts.evidence)
        verdict = classify(bare)
        assert verdict.recoverability not in (Recoverability.CREDIT, Recoverability.HOLD)


@settings(max_examples=150)
@given(
    st.data(),
    st.sampled_from([None, Decimal(1), Decimal("1e30")]),
    st.sampled_from([None, "USDT", "native", "BTC"]),
)
def test_what_a_claim_says_of_amount_and_asset_decides_nothing(
    data: st.DataObject, amount: Decimal | None, asset: str | None
) -> None:
    world = _open(data)
    for facts in world.facts(_subject(data, world))[0]:
        other = replace(facts, claim=replace(facts.claim, amount=amount, asset=asset))
        said, silent = classify(other), classify(facts)
        assert replace(said, notes=()) == replace(silent, notes=())


@settings(max_examples=150)
@given(st.data())
def test_a_memo_typed_in_a_claim_changes_no_cause_and_frees_nobody_from_the_proof(
    data: st.DataObject,
) -> None:
    world = _open(data)
    subject = _subject(data, world)
    plain = replace(subject, claim=replace(subject.claim, memo=None))
    for said, silent in zip(*world.facts(subject, plain), strict=True):
        one, other = classify(said), classify(silent)
        assert (one.cause, one.recoverability, one.conditions, one.needs) == (
            other.cause,
            other.recoverability,
            other.conditions,
            other.needs,
        )


@settings(max_examples=150)
@given(st.data())
def test_a_stranger_never_moves_anothers_deposit(data: st.DataObject) -> None:
    world = _open(data)
    subject = _subject(data, world)
    stranger = replace(subject, claim=replace(subject.claim, user="mallory"))
    for facts in world.facts(stranger)[0]:
        route = facts.route
        if route is None or isinstance(route.owner, Unknown) or route.owner.value is None:
            continue
        verdict = classify(facts)
        if verdict.cause is not Cause.NEEDS_REVIEW:
            assert verdict.recoverability not in MOVES
        told = [verdict.reasons, verdict.notes, verdict.conditions, verdict.needs]
        assert route.owner.value not in str(told)


@settings(max_examples=150)
@given(st.data())
def test_the_explanation_and_the_verdict_tell_one_story(data: st.DataObject) -> None:
    world = _open(data)
    for facts in world.facts(_subject(data, world))[0]:
        lines = explain(facts)
        assert [line.cause for line in lines] == list(Cause)
        deciding = [x for x in lines if x.held is Held.HELD]
        verdict = classify(facts)
        assert len(deciding) <= 1
        if verdict.cause is not Cause.NEEDS_REVIEW:
            assert [x.cause for x in deciding] == [verdict.cause]
