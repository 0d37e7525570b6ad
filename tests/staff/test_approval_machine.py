"""Whatever people, nodes and holders do in whatever order, money moves by two roles, two persons and one digest.

The same use-cases as the desk's, on values alone: no database, no node. Who may act is asked of the
staff as `recovery.cases.changing` does; what a node says is drawn.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from cases.factories import (
    AT,
    RETURN_TO,
    make_check,
    make_evidence,
    make_transfer,
    make_verdict,
    unmet,
)
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from recovery.cases import authority, consent, signing, trail
from recovery.cases.authority import Staff, StaffMember
from recovery.cases.digest import digest_of, subject_of
from recovery.cases.life import advance, deny
from recovery.cases.people import DESK, person_of
from recovery.cases.plan import Opening, judge, plan_case
from recovery.cases.reviewing import confirm_condition
from recovery.cases.signing import find_judged
from recovery.cases.table import Event, Role, State
from recovery.cases.values import Case, ConsentStatus, Destination
from recovery.checks import Check
from recovery.classify.verdict import Cause, Condition, Outcome, Recoverability
from recovery.errors import BadInput, NotAllowed
from recovery.model import Block

LIMIT = Decimal(1000)
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
HIRED: tuple[tuple[str, Role, Decimal | None], ...] = (
    ("olga", Role.OPENER, None),
    ("rita", Role.REVIEWER, LIMIT),
    ("rolf", Role.REVIEWER, None),
    ("walt", Role.WALLET, LIMIT),
    ("wilma", Role.WALLET, None),
    ("wilma", Role.CLEARING, None),
    ("clara", Role.CLEARING, None),
    ("sonja", Role.SECURITY, None),
    ("carla", Role.CLEARING, None),
    ("carla", Role.SECURITY, None),
    ("olga", Role.WALLET, None),
    ("olga", Role.SECURITY, None),
    ("harald", Role.SECURITY, None),
)
STAFF = Staff(tuple(StaffMember(person_of(n), r, m, BEGIN, None) for n, r, m in HIRED))
PEOPLE = sorted({name for name, _, _ in HIRED} | {"mallory", "Wilma ", "SONJA"})
VALUES = (None, Decimal(10), LIMIT, LIMIT + 1)

people = st.sampled_from(PEOPLE)
able = st.sampled_from(["wilma", "wilma", "clara", "walt", "sonja", "rolf", *PEOPLE])
usual = st.sampled_from([Decimal(10), Decimal(10), *VALUES])
likely = st.sampled_from([0, 0, 0, 0, *range(9)])
roles = st.sampled_from([None, *authority.STAFF_ROLES])
signers = st.sampled_from([Role.WALLET, Role.CLEARING])
moments = st.integers(0, 40)
numbers = st.integers(0, 8)


def looks(consented: bool) -> list[Check]:
    """What a node and the records may say: claimant and holder are carla and harald throughout."""
    moved = make_evidence(block=Block(19_000_001, "0x" + "99" * 32, AT))
    less = make_evidence(transfers=(make_transfer(amount=1),))
    held = make_verdict(
        Recoverability.HOLD, cause=Cause.CLAIMANT_MISMATCH, user="harald", holder="harald"
    )
    met = Condition("holder_consent", met=True, text="agreed")
    agreed = make_verdict(
        Recoverability.CONDITIONAL,
        cause=Cause.CLAIMANT_MISMATCH,
        outcome=Outcome.CREDIT,
        user="carla",
        amount=2_500_000,
        conditions=(met, unmet("sender_proof")),
    )
    mine = agreed if consented else held
    return [
        make_check(mine, user="carla"),
        make_check(mine, user="carla"),
        make_check(mine, user="carla"),
        make_check(mine, user="carla", evidence=moved),
        make_check(mine, user="carla", second=moved),
        make_check(make_verdict(user="carla"), user="carla"),
        make_check(make_verdict(user="carla"), user="carla", evidence=less),
        make_check(make_verdict(Recoverability.CREDIT, user="carla"), user="carla"),
        make_check(make_verdict(Recoverability.HOLD, cause=Cause.TAINTED_SOURCE), user="carla"),
    ]


class Approval(RuleBasedStateMachine):
    """One case, everybody at it."""

    case: Case
    at: datetime

    @initialize(
        number=numbers,
        staffed=st.booleans(),
        far=st.sampled_from([0, 1, 2, 3, 4, *[5] * 8]),
        value=usual,
    )
    def open(self, number: int, staffed: bool, far: int, value: Decimal | None) -> None:
        """A new case, or one that honest people already brought some steps on its way."""
        self.at = AT
        self.staff = STAFF if staffed else authority.NOBODY_LISTED
        check = looks(False)[0 if far > 1 else 5 if far else number]
        check = replace(check, judged=tuple(replace(j, value=value) for j in check.judged))
        opening = Opening(actor="olga", at=self.at)
        self.case = plan_case(check, 0, opening, case_id="c", needs_wallet=lambda *_: True)
        walk: list[Callable[[], None]] = [
            lambda: self.ask_the_holder("sonja", 0, 30),
            lambda: self.the_holder_answers("sonja", given=True),
            lambda: self.look_again(0, value),
            lambda: self.confirm("rolf", None),
            lambda: self.look_again(0, value),
            lambda: self.accept("carla"),
        ]
        for step in walk[: (0, 0, 1, 2, 5, 6)[far]]:
            step()

    def check(self, number: int, value: Decimal | None) -> Check:
        given = self.case.consent is not None and self.case.consent.status is ConsentStatus.GIVEN
        found = looks(given)[number]
        return replace(found, judged=tuple(replace(j, value=value) for j in found.judged))

    def do(
        self,
        event: Event,
        actor: str,
        role: Role | None,
        step: Callable[[Case, str, Role], Case],
    ) -> None:
        """As `recovery.cases.changing.change` does it."""
        before = self.case
        try:
            chosen = authority.choose_role(
                self.staff, before, event, actor=actor, asked=role, at=self.at
            )
            authority.allow_not_own(before, event, actor=actor)
            self.case = step(before, actor, chosen)
        except NotAllowed as no:
            self.case = deny(before, event, actor=actor, at=self.at, no=no)
            assert (self.case.state, self.case.signatures) == (before.state, before.signatures)
        except BadInput:
            assert self.case is before

    def limit(self, event: Event, role: Role, actor: str, value: Decimal | None) -> None:
        authority.allow_value(self.staff, event, role, actor=actor, at=self.at, value=value)

    @rule(days=moments)
    def time_passes(self, days: int) -> None:
        self.at += timedelta(days=days)

    @rule(number=likely, value=usual)
    def look_again(self, number: int, value: Decimal | None) -> None:
        opening = Opening(actor=DESK, role=Role.DESK, at=self.at)
        check = self.check(number, value)
        with contextlib.suppress(NotAllowed):
            self.case = judge(self.case, check, 0, opening=opening, needs_wallet=lambda *_: True)

    @rule(actor=st.sampled_from(["carla", "olga", *PEOPLE]))
    def accept(self, actor: str) -> None:
        def step(case: Case, actor: str, role: Role) -> Case:
            destination = case.destination
            if destination is not None and destination.kind == "return":
                destination = Destination("return", address=RETURN_TO)
            digest = digest_of(case.subject or {}, destination, case.quote)
            more = {"actor": actor, "role": role, "at": self.at}
            taken = advance(
                case,
                Event.ACCEPTED,
                to=State.ACCEPTED,
                destination=destination,
                digest=digest,
                accepted_at=self.at,
                **more,  # type: ignore[arg-type]  # three keywords
            )
            return advance(taken, Event.QUEUED, to=State.IN_SIGN_OFF, **more)  # type: ignore[arg-type]  # likewise

        self.do(Event.ACCEPTED, actor, None, step)

    @rule(
        actor=able,
        role=signers,
        number=likely,
        value=usual,
        strict=st.booleans(),
    )
    def sign(
        self, actor: str, role: Role, number: int, value: Decimal | None, strict: bool
    ) -> None:
        check = self.check(number, value)
        eyes = signing.FourEyes(confirmer_may_sign=not strict, acceptor_may_sign=not strict)

        def step(case: Case, actor: str, role: Role) -> Case:
            self.limit(Event.SIGNED, role, actor, case.value)
            signing.allow_signature(case, role=role, actor=actor, four_eyes=eyes)
            changed = signing.find_change(case, check)
            if changed is not None:
                return advance(
                    case,
                    Event.EVIDENCE_CHANGED,
                    to=State.CHECKING,
                    actor=actor,
                    role=role,
                    at=self.at,
                )
            index = find_judged(case, check)
            assert index is not None
            self.limit(Event.SIGNED, role, actor, check.judged[index].value)
            signing.require_conditions(case, check)
            return signing.sign(case, role=role, actor=actor, at=self.at, four_eyes=eyes)

        before = len(self.case.signatures)
        self.do(Event.SIGNED, actor, role, step)
        if len(self.case.signatures) > before:
            assert check.found is not None
            assert check.found.second is None
            seen = subject_of(
                check.found.evidence, check.found.evidence.transfers[0], check.judged[0].verdict
            )
            assert seen == self.case.subject, "signed is what the node says at that moment"
            most = self.staff.find_roles(actor, self.at).get(role)
            assert most is None or (value is not None and value <= most)

    @rule(
        one=st.sampled_from(["wilma", "walt", "olga", "Wilma "]),
        two=st.sampled_from(["wilma", "clara", "carla", "Wilma "]),
        value=st.sampled_from([Decimal(10), *VALUES]),
    )
    def both_sign(self, one: str, two: str, value: Decimal | None) -> None:
        self.sign(one, Role.WALLET, 0, value, strict=False)
        self.sign(two, Role.CLEARING, 0, value, strict=False)

    @rule(data=st.data())
    def both_sign_again(self, data: st.DataObject) -> None:
        """Once more: signing is what this is about."""
        if self.case.state is State.IN_SIGN_OFF:
            one = data.draw(st.sampled_from(["wilma", "walt", "Wilma "]))
            two = data.draw(st.sampled_from(["wilma", "clara", "Wilma "]))
            value = data.draw(st.sampled_from([Decimal(10), *VALUES]))
            self.both_sign(one, two, value)

    @rule(actor=st.sampled_from(["sonja", "carla", "olga", "harald"]))
    def let_go(self, actor: str) -> None:
        self.move("rita", None, Event.HELD)
        self.move(actor, None, Event.REOPENED)

    @rule(actor=able, role=st.one_of(st.none(), roles))
    def confirm(self, actor: str, role: Role | None) -> None:
        def step(case: Case, actor: str, role: Role) -> Case:
            self.limit(Event.CONFIRMED, role, actor, case.value)
            return confirm_condition(
                case, condition="sender_proof", reason="r", actor=actor, role=role, at=self.at
            )

        self.do(Event.CONFIRMED, actor, role, step)

    @rule(
        actor=people,
        role=roles,
        event=st.sampled_from(
            [Event.HELD, Event.REFUSED, Event.REOPENED, Event.WITHDRAWN, Event.ESCALATED]
        ),
    )
    def move(self, actor: str, role: Role | None, event: Event) -> None:
        to = {
            Event.HELD: State.HELD,
            Event.ESCALATED: State.HELD,
            Event.REFUSED: State.REFUSED,
            Event.REOPENED: State.CHECKING,
            Event.WITHDRAWN: State.WITHDRAWN,
        }[event]

        def step(case: Case, actor: str, role: Role) -> Case:
            return advance(case, event, to=to, actor=actor, role=role, at=self.at)

        self.do(event, actor, role, step)

    @rule(actor=able, number=likely, days=st.integers(1, 30))
    def ask_the_holder(self, actor: str, number: int, days: int) -> None:
        check = self.check(number, None)
        request = f"r{len(self.case.trail)}"

        def step(case: Case, actor: str, role: Role) -> Case:
            return consent.ask_consent(
                case,
                check,
                request=request,
                deadline=self.at + timedelta(days=days),
                actor=actor,
                at=self.at,
            )

        self.do(Event.CONSENT_ASKED, actor, None, step)

    @rule(actor=able, given=st.booleans())
    def the_holder_answers(self, actor: str, *, given: bool) -> None:
        def step(case: Case, actor: str, role: Role) -> Case:
            if case.state is State.HELD and consent.has_lapsed(case, self.at):
                return consent.lapse_consent(case, at=self.at)
            return consent.answer_consent(
                case, given=given, reference="letter", actor=actor, at=self.at
            )

        event = Event.CONSENT_GIVEN if given else Event.CONSENT_REFUSED
        self.do(event, actor, None, step)

    # -- what always holds -----------------------------------------------------------------------

    @invariant()
    def the_trail_is_whole(self) -> None:
        case = self.case
        broken = trail.find_breaks(
            case.id, case.trail, length=case.version, head=case.trail[-1].hash, state=case.state
        )
        assert list(broken) == []

    @invariant()
    def approval_took_two_roles_two_persons_and_one_digest(self) -> None:
        case = self.case
        assert all(signature.digest == case.digest for signature in case.signatures)
        if case.state is not State.APPROVED:
            return
        signed = [e for e in case.trail if e.event == Event.SIGNED][-2:]
        assert {e.detail["role"] for e in signed} == {"wallet", "clearing"}
        assert {e.detail["digest"] for e in signed} == {case.digest}
        persons = {person_of(e.actor) for e in signed}
        assert len(persons) == 2
        assert not persons & {"olga", "carla"}
        if case.consent is not None:
            assert "harald" not in persons
        assert signing.is_complete(case)

    @invariant()
    def who_acted_was_of_the_staff_in_that_role(self) -> None:
        if not self.staff.is_listed:
            return
        for entry in self.case.trail:
            if entry.event in (Event.DENIED, Event.OPENED) or entry.actor == DESK:
                continue
            role = Role(entry.detail["role"])
            if person_of(entry.actor) == "carla" and role is Role.OPENER:
                continue
            assert role in self.staff.find_roles(entry.actor, entry.at), entry

    @invariant()
    def only_security_let_it_out_of_a_hold(self) -> None:
        for entry in self.case.trail:
            if entry.from_state is State.HELD and entry.to_state is not State.HELD:
                assert entry.detail["role"] in ("security", "desk"), entry
                parties = {"olga", "carla"}
                assert person_of(entry.actor) not in parties or entry.to_state is State.REFUSED

    @invariant()
    def nothing_of_the_holders_is_paid_without_the_holders_word(self) -> None:
        case = self.case
        theirs = case.cause is Cause.CLAIMANT_MISMATCH
        if theirs and case.state in (State.IN_SIGN_OFF, State.APPROVED):
            assert case.consent is not None
            assert case.consent.status is ConsentStatus.GIVEN
            assert case.destination is not None
            assert case.destination.user == "carla"

    @invariant()
    def a_limited_person_signed_for_no_more_than_their_limit(self) -> None:
        if self.staff.is_listed and any(person_of(s.actor) == "walt" for s in self.case.signatures):
            assert self.case.value is not None
            assert self.case.value <= LIMIT

    @invariant()
    def a_request_freezes_the_transfer(self) -> None:
        asked = self.case.consent
        if asked is not None and asked.status is ConsentStatus.ASKED:
            assert self.case.state is State.HELD
            assert self.case.holds_transfer


TestApproval = Approval.TestCase
TestApproval.settings = settings(max_examples=300, stateful_step_count=15, derandomize=True)
