"""The score: a sum of reasons with figures, monotone, the same for the same facts, from data alone."""

from __future__ import annotations

import pytest
from abuse.claims import POLICY
from hypothesis import given
from hypothesis import strategies as st

from recovery.abuse.policy import AbusePolicy, ReasonCode, load_abuse_policy, parse_abuse_policy
from recovery.abuse.score import WORDS, Band, score
from recovery.errors import BadInput

SHIPPED = "recovery/abuse/policy.toml"
COUNTS = st.dictionaries(st.sampled_from(list(ReasonCode)), st.integers(0, 2000))


@given(COUNTS, st.sampled_from(list(ReasonCode)), st.integers(0, 500))
def test_more_of_anything_bad_never_lowers_the_score(
    counts: dict[ReasonCode, int], code: ReasonCode, more: int
) -> None:
    worse = counts | {code: counts.get(code, 0) + more}
    before, after = score(counts, POLICY), score(worse, POLICY)
    assert after.points >= before.points
    bands = list(Band)
    assert bands.index(after.band) >= bands.index(before.band)


@given(COUNTS)
def test_the_same_facts_have_the_same_score_and_every_point_has_its_reason(
    counts: dict[ReasonCode, int],
) -> None:
    one, other = score(counts, POLICY), score(dict(reversed(counts.items())), POLICY)
    assert one == other
    assert 0 <= one.points <= 100
    assert one.points == min(100, sum(reason.points for reason in one.reasons))
    weights = [reason.points for reason in one.reasons]
    assert weights == sorted(weights, reverse=True)
    assert 0 not in weights


def test_nothing_counted_is_ordinary_and_has_no_reasons() -> None:
    assert score({}, POLICY).band is Band.ORDINARY
    assert score({}, POLICY).reasons == ()


@pytest.mark.parametrize("code", list(ReasonCode))
def test_every_reason_says_its_figure_and_what_harmless_thing_looks_alike(code: ReasonCode) -> None:
    count = POLICY.reasons[code].first
    (reason,) = score({code: count}, POLICY).reasons
    if "{n}" in WORDS[code][0]:
        assert reason.text.startswith(str(count))
    assert "{" not in reason.text
    assert len(reason.benign) > 20
    for word in ("fraud", "thief", "steal", "attack", "suspect", "criminal"):
        assert word not in (reason.text + reason.benign).lower()


def test_below_its_first_count_a_reason_is_silent() -> None:
    weight = POLICY.reasons[ReasonCode.HASHES_NOT_FOUND]
    assert weight.first > 1
    assert score({ReasonCode.HASHES_NOT_FOUND: weight.first - 1}, POLICY).reasons == ()


def test_unlucky_people_are_ordinary() -> None:
    """A first deposit, a confused network, a wrong amount, two hashes that were none, seen after years."""
    unlucky = {
        ReasonCode.NO_DEPOSITS: 1,
        ReasonCode.CLAIM_DIFFERS: 2,
        ReasonCode.HASHES_NOT_FOUND: 2,
        ReasonCode.ADDRESSES_NOT_OURS: 2,
        ReasonCode.CLAIMED_LATE: 1,
        ReasonCode.CLAIMS_THROTTLED: 5,
    }
    assert score(unlucky, POLICY).band is not Band.SENIOR_LOOK
    shared = {ReasonCode.RETURN_ADDRESS_SHARED: 1, ReasonCode.DEPOSITS_OF_OTHERS: 1}
    assert score(shared, POLICY).band is Band.ORDINARY


def test_who_tries_many_deposits_of_others_is_looked_at() -> None:
    probing = {
        ReasonCode.DEPOSITS_OF_OTHERS: 8,
        ReasonCode.CLAIMED_SOON: 1,
        ReasonCode.NO_DEPOSITS: 1,
    }
    assert score(probing, POLICY).band is Band.SENIOR_LOOK


def test_no_single_reason_but_the_list_and_the_shared_address_sends_a_claim_to_review() -> None:
    alone = {code for code in ReasonCode if score({code: 10**6}, POLICY).band is Band.SENIOR_LOOK}
    assert alone == {ReasonCode.RETURN_ADDRESS_SCREENED, ReasonCode.RETURN_ADDRESS_SHARED}


def _text() -> str:
    from importlib import resources

    return resources.files("recovery.abuse").joinpath("policy.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("look_twice = 30", "look_twice = 60", "look_twice must be below senior_look"),
        ("attempts_per_hour = 240 ", "attempts_per_hour = 0 ", "claimant.customer"),
        ("attempts_per_hour = 240 ", "attempts_per_hour = true ", "claimant.customer"),
        ("attempts_per_hour = 240 ", 'attempts_per_hour = "60" ', "claimant.customer"),
        ("[reasons.no_deposits]", "[reasons.bad_looks]", "bad_looks"),
        ("late_days = 365", "late_days = 365\nlater = 1", "timing.later: there is no such key"),
        ("version =", "version", "policy.toml"),
    ],
)
def test_what_is_wrong_with_a_policy_is_named(old: str, new: str, told: str) -> None:
    text = _text()
    assert old in text
    with pytest.raises(BadInput) as caught:
        parse_abuse_policy(text.replace(old, new, 1), where="policy.toml")
    assert told in f"{caught.value.where} {caught.value.text}"


def test_a_policy_without_a_weight_is_refused_by_the_reasons_name() -> None:
    document = POLICY.model_dump(by_alias=True, mode="json")
    del document["reasons"]["proofs_refused"]
    with pytest.raises(ValueError, match="no weight for: proofs_refused"):
        AbusePolicy.model_validate(document)


def test_a_policy_that_can_not_be_read_is_bad_input() -> None:
    with pytest.raises(BadInput, match="can't read"):
        load_abuse_policy("/nowhere/policy.toml")
