"""When a claim may be made: windows that slide, words that tell nothing, limits that name their end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from abuse.claims import APP, POLICY, attempt, hash_of, lost_deposit, with_limits
from cases.factories import AT, make_check, make_evidence, make_verdict
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from recovery.abuse.attempts import Attempt, admit, forget_claims, require_room
from recovery.abuse.limits import DAY, HOUR, Recent, TooManyClaims, find_retry, minute_of
from recovery.abuse.policy import AbusePolicy, Channel
from recovery.abuse.tables import ClaimCountRow, ClaimMadeRow
from recovery.cases import desk
from recovery.errors import NotAllowed
from recovery.store import Store


def refused(store: Store, one: Attempt, policy: AbusePolicy) -> TooManyClaims:
    with pytest.raises(TooManyClaims) as caught:
        admit(store, one, policy)
    return caught.value


def test_a_claimant_may_come_so_often_in_an_hour_and_is_told_when_again(store: Store) -> None:
    policy = with_limits(attempts=3)
    for minute in (0, 10, 20):
        admit(store, attempt(1, at=AT + timedelta(minutes=minute)), policy)
    late = AT + timedelta(minutes=59)
    no = refused(store, attempt(1, at=late), policy)
    assert (no.reference, no.exit_code) == ("too-many-claims", 1)
    assert late < no.retry_at <= AT + HOUR + timedelta(minutes=1)
    admit(store, attempt(1, at=no.retry_at), policy)


def test_an_hour_is_never_shorter_for_the_minutes_it_is_counted_in(store: Store) -> None:
    policy = with_limits(attempts=1)
    admit(store, attempt(1, at=AT + timedelta(seconds=30)), policy)
    refused(store, attempt(1, at=AT + HOUR + timedelta(seconds=10)), policy)


def test_asking_again_about_the_same_transaction_is_no_new_one(store: Store) -> None:
    policy = with_limits(transactions=2)
    admit(store, attempt(1), policy)
    admit(store, attempt(2, at=AT + timedelta(hours=3)), policy)
    admit(store, attempt(1, at=AT + timedelta(hours=4)), policy)
    no = refused(store, attempt(3, at=AT + timedelta(hours=5)), policy)
    assert no.retry_at == AT + timedelta(hours=3) + DAY
    admit(store, attempt(3, at=no.retry_at), policy)


def test_refused_claims_do_not_lengthen_the_wait(store: Store) -> None:
    policy = with_limits(attempts=1)
    admit(store, attempt(1), policy)
    first = refused(store, attempt(1, at=AT + timedelta(minutes=1)), policy)
    for minute in range(2, 40):
        again = refused(store, attempt(1, at=AT + timedelta(minutes=minute)), policy)
    assert again.retry_at == first.retry_at


def test_spelling_a_name_otherwise_makes_no_second_claimant(store: Store) -> None:
    policy = with_limits(attempts=1)
    admit(store, attempt(1, user="Mallory"), policy)
    refused(store, attempt(2, user="ｍallory"), policy)


def test_one_claimant_does_not_stand_in_the_way_of_another(store: Store) -> None:
    policy = with_limits(attempts=1)
    admit(store, attempt(1, user="mallory"), policy)
    admit(store, attempt(1, user="alice"), policy)


def test_staff_open_for_as_many_customers_as_they_like(store: Store) -> None:
    policy = with_limits(attempts=2, channel=2)
    for number in range(20):
        admit(
            store, attempt(number, user=f"u{number}", opener="olga", channel=Channel.STAFF), policy
        )
        admit(store, attempt(number, user=None, opener="olga", channel=Channel.STAFF), policy)


def test_whoever_staff_open_for_has_a_limit_and_not_the_customers_own(store: Store) -> None:
    policy = with_limits(attempts=2)
    for number in range(2):
        admit(store, attempt(number, opener="olga", channel=Channel.STAFF), policy)
    refused(store, attempt(9, opener="otto", channel=Channel.STAFF), policy)
    admit(store, attempt(9), policy)


def test_a_front_end_that_runs_away_is_stopped_whoever_it_names(store: Store) -> None:
    policy = with_limits(channel=5)
    for number in range(5):
        admit(store, attempt(number, user=f"u{number}" if number % 2 else None), policy)
    refused(store, attempt(6, user="u6"), policy)
    admit(store, attempt(6, user="u6", opener="another front end"), policy)


def test_who_claims_in_the_own_name_is_no_front_end(store: Store) -> None:
    policy = with_limits(channel=1)
    for number in range(3):
        admit(store, attempt(number, user="alice", opener="alice"), policy)


def test_a_crowd_on_one_transaction_waits_but_its_owner_staff_and_those_already_in_it_do_not(
    store: Store,
) -> None:
    policy = with_limits(claimants=3)
    for name in ("a", "b", "c"):
        admit(store, attempt(1, user=name), policy)
    crowded = refused(store, attempt(1, user="d"), policy)
    assert crowded.retry_at == AT + HOUR
    admit(store, attempt(1, user="a"), policy)
    admit(store, attempt(1, user="owner", is_owner=True), policy)
    admit(store, attempt(1, user="d", opener="olga", channel=Channel.STAFF), policy)
    admit(store, attempt(2, user="d"), policy)


def test_owners_are_no_crowd(store: Store) -> None:
    """One payout of another exchange pays hundreds of our customers, and all of them may ask."""
    policy = with_limits(claimants=3)
    for number in range(10):
        admit(store, attempt(1, user=f"u{number}", is_owner=True), policy)
    admit(store, attempt(1, user="someone"), policy)


def test_claiming_ones_own_deposits_is_no_probing(store: Store) -> None:
    policy = with_limits(transactions=2)
    for number in range(5):
        admit(store, attempt(number, is_owner=True), policy)


def test_every_limit_says_the_same_words(store: Store) -> None:
    """Which limit was reached would tell what others do."""
    policy = with_limits(attempts=3, transactions=2, channel=5, claimants=2)
    for number, user in enumerate(["a", "a", "b", "b"]):
        admit(store, attempt(number, user=user, opener="x" if number < 2 else "y"), policy)
    told = {
        refused(store, one, policy).text
        for one in (attempt(8, user="a", opener="x"), attempt(9, user="b", opener="y"))
    }
    assert told == {"too many claims in a short time"}
    admit(store, attempt(50, user="p"), policy)
    admit(store, attempt(50, user="q"), policy)
    assert refused(store, attempt(50, user="r"), policy).text in told


def test_a_flood_fills_no_table(store: Store) -> None:
    policy = with_limits(attempts=2)
    for number in range(200):
        try:
            admit(store, attempt(number, at=AT + timedelta(seconds=number // 4)), policy)
        except TooManyClaims:
            continue
    with store.read() as session:
        connection = session.connection()
        rows = sum(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (ClaimMadeRow, ClaimCountRow)
        )
    assert rows <= 6


def test_before_a_node_is_asked_the_same_limits_hold(store: Store) -> None:
    policy = with_limits(attempts=1)
    require_room(store, attempt(1), policy)
    require_room(store, attempt(1), policy)  # looking takes nothing
    admit(store, attempt(1), policy)
    with pytest.raises(TooManyClaims):
        require_room(store, attempt(2), policy)


def test_old_counts_are_forgotten_and_fresh_ones_kept(store: Store) -> None:
    policy = with_limits(attempts=1)
    admit(store, attempt(1, at=AT - timedelta(days=100)), policy)
    admit(store, attempt(1, user="bob"), policy)
    refused(store, attempt(2, user="bob"), policy)
    assert forget_claims(store, before=AT - timedelta(days=90)) == 2 + 1
    refused(store, attempt(2, user="bob"), policy)


def test_a_throttled_claim_opens_nothing_and_the_desks_own_batch_is_not_throttled(
    store: Store,
) -> None:
    policy = with_limits(attempts=2)

    def claim(number: int) -> None:
        desk.open_claim(
            store,
            lost_deposit(number, user="mallory"),
            actor=APP,
            channel=Channel.CUSTOMER,
            policy=policy,
            at=AT,
        )

    claim(1)
    claim(2)
    with pytest.raises(NotAllowed, match="too many claims"):
        claim(3)
    assert len(desk.list_cases(store)) == 2
    checks = [lost_deposit(number, user="mallory") for number in range(10, 30)]
    desk.store_checks(store, checks, actor="night", policy=policy, at=AT)
    assert len(desk.list_cases(store)) == 22


def test_a_recorded_owner_is_known_by_the_verdict(store: Store) -> None:
    policy = with_limits(claimants=1)
    mine = make_check(
        make_verdict(user="alice"), evidence=make_evidence(tx_hash=hash_of(1)), user="alice"
    )
    for user in ("x",):
        admit(store, attempt(1, user=user), policy)
    desk.open_claim(store, mine, actor=APP, channel=Channel.CUSTOMER, policy=policy, at=AT)
    with pytest.raises(TooManyClaims):
        desk.open_claim(
            store,
            lost_deposit(1, user="mallory"),
            actor=APP,
            channel=Channel.CUSTOMER,
            policy=policy,
            at=AT,
        )


@given(
    st.lists(st.integers(0, 3 * 3600), max_size=60),
    st.integers(1, 6),
)
def test_no_hour_ever_sees_more_than_the_limit(seconds: list[int], limit: int) -> None:
    """The windows slide: whatever hour one looks at, from any second on."""
    policy = with_limits(attempts=limit)
    taken: list[int] = []
    for second in sorted(seconds):
        at = AT + timedelta(seconds=second)
        minutes: dict[int, int] = {}
        for before in taken:
            minute = minute_of(AT + timedelta(seconds=before))
            if minute >= minute_of(at - HOUR):
                minutes[minute] = minutes.get(minute, 0) + 1
        recent = Recent(attempts=tuple(minutes.items()))
        retry_at = find_retry(recent, tx_hash="0x1", channel=Channel.CUSTOMER, at=at, policy=policy)
        if retry_at is None:
            taken.append(second)
        else:
            assert at < retry_at <= at + HOUR + timedelta(minutes=1)
    for start in taken:
        assert sum(start <= second < start + 3600 for second in taken) <= limit


def test_the_shipped_limits_are_wide() -> None:
    assert POLICY.claimant.customer.attempts_per_hour >= 60
    assert POLICY.claimant.staff.transactions_per_day >= 1000
