"""The operators' board: the queues, one case with its digest beside the evidence, and every act of staff.

Knows: which use-case a form calls, which forms fit a state and a person's roles. Must not know: who may do
what: the desk decides and writes every denial down; what is offered here only spares useless tries.
The board speaks English, as all texts for staff do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from recovery.abuse.look import look_at, print_look
from recovery.api import staffacts
from recovery.api.callers import desk_of, no_such_case
from recovery.api.desk import Desk
from recovery.api.pages.browser import (
    SESSION,
    Form,
    drop_cookie,
    lead_to,
    put_cookie,
    read_form,
    require_form,
    show,
)
from recovery.api.pages.covered import is_digest_of_facts, list_fields
from recovery.api.pages.session import LASTS, begin, find_operator
from recovery.api.problems import status_of
from recovery.api.status import find_explorer
from recovery.cases import desk as cases
from recovery.cases import table
from recovery.cases.consenting import print_consent, show_consent
from recovery.cases.table import Event, Queue, Role, State
from recovery.cases.values import Case, ConsentStatus
from recovery.clock import now
from recovery.documents import print_case
from recovery.errors import BadInput, RecoveryError
from recovery.records.staff import read_staff
from recovery.times import parse_time

router = APIRouter(prefix="/desk", include_in_schema=False)

Sent = Annotated[Form, Depends(read_form)]
CaseNumber = Annotated[str, Path(pattern="^[a-z2-9]{20}$")]

PAGE = 50
_MAX_REASON = 2000
_SEALS = frozenset({"sealed", "rows", "raw"})

Act = Callable[[Desk, str, str, Form], object]

_EVENT_OF: Mapping[str, Event] = MappingProxyType(
    {
        "sign": Event.SIGNED,
        "settle": Event.SETTLED,
        "fail": Event.FAILED,
        "confirm": Event.CONFIRMED,
        "reopen": Event.REOPENED,
        "escalate": Event.ESCALATED,
        "hold": Event.HELD,
        "refuse": Event.REFUSED,
        "consent": Event.CONSENT_ASKED,
        "consent-answer": Event.CONSENT_GIVEN,
    }
)
"""The acts in the order in which the board offers them, with what each does to a case."""


@router.get("")
def show_board(
    request: Request,
    queue: Annotated[str | None, Query(max_length=20)] = None,
    state: Annotated[str | None, Query(max_length=20)] = None,
    after: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    """The queues with counts and ages, and the cases of one; or the log-in."""
    found = find_operator(request)
    if found is None:
        return show(request, "desk_login.html", errors=())
    key, session = found
    desk = desk_of(request)
    chosen_queue = Queue(queue) if queue in set(Queue) else None
    chosen_state = State(state) if state in set(State) else None
    listed = cases.list_cases(
        desk.store, queue=chosen_queue, state=chosen_state, after=after, limit=PAGE
    )
    at = now()
    queues = staffacts.print_queues(desk.store)["queues"]
    roles = _roles(desk, key.actor)
    return show(
        request,
        "desk_board.html",
        purpose=session,
        actor=key.actor,
        roles=roles,
        queues=[
            {**one, "age": _age(one["oldest"], at), "mine": one["queue"] in _queues_of(roles)}
            for one in queues
        ],
        states=[one.value for one in State],
        chosen_queue=chosen_queue,
        chosen_state=chosen_state,
        cases=[_line(case, at) for case in listed],
        next=listed[-1].id if len(listed) == PAGE else None,
    )


@router.post("/login")
def log_in(request: Request, form: Sent) -> Response:
    """An API key opens a session; the key itself is not kept in the browser."""
    try:
        require_form(request, form)
        session = begin(request, form.get("key", ""))
    except RecoveryError as wrong:
        return show(request, "desk_login.html", status=status_of(wrong), errors=(_say(wrong),))
    answer = lead_to("/desk")
    put_cookie(request, answer, SESSION, session, max_age=int(LASTS.total_seconds()), strict=True)
    return answer


@router.post("/leave")
def leave(request: Request, form: Sent) -> Response:
    found = find_operator(request)
    if found is not None:
        require_form(request, form, found[1])
    answer = lead_to("/desk")
    drop_cookie(request, answer, SESSION)
    return answer


@router.get("/find")
def find_case(request: Request, number: Annotated[str, Query(max_length=40)] = "") -> Response:
    """The case with this number."""
    if find_operator(request) is None:
        return lead_to("/desk")
    case = cases.load_case(desk_of(request).store, number.strip().lower())
    return lead_to(f"/desk/cases/{case.id}")


@router.get("/cases/{number}")
def show_case(request: Request, number: CaseNumber) -> Response:
    return _case_page(request, number)


@router.post("/cases/{number}/{act}")
def do(request: Request, number: CaseNumber, act: str, form: Sent) -> Response:
    """One act on a case, by the session's own person."""
    found = find_operator(request)
    if found is None:
        return lead_to("/desk")
    key, session = found
    if act not in _ACTS:
        raise no_such_case()
    try:
        require_form(request, form, session)
        _ACTS[act](desk_of(request), number, key.actor, form)
    except RecoveryError as wrong:
        return _case_page(request, number, wrong=wrong, form=form, act=act)
    return lead_to(f"/desk/cases/{number}")


def _sign(desk: Desk, number: str, actor: str, form: Form) -> object:
    return staffacts.sign(desk, number, role=_require_role(form), actor=actor)


def _settle(desk: Desk, number: str, actor: str, form: Form) -> object:
    reference = _require_text(form, "reference")
    return cases.settle(desk.store, number, actor=actor, reference=reference, role=_role(form))


def _fail(desk: Desk, number: str, actor: str, form: Form) -> object:
    return cases.fail(desk.store, number, actor=actor, **_said(form))


def _confirm(desk: Desk, number: str, actor: str, form: Form) -> object:
    ticked = [name.removeprefix("condition.") for name in form if name.startswith("condition.")]
    if not ticked:
        raise BadInput("no-condition", "no condition was ticked", hint="tick what is met")
    reason = _require_text(form, "reason")
    role = _role(form)
    return staffacts.confirm(desk, number, conditions=ticked, reason=reason, actor=actor, role=role)


def _reopen(desk: Desk, number: str, actor: str, form: Form) -> object:
    return staffacts.reopen(desk, number, actor=actor, **_said(form))


def _escalate(desk: Desk, number: str, actor: str, form: Form) -> object:
    return cases.escalate(desk.store, number, actor=actor, **_said(form))


def _hold(desk: Desk, number: str, actor: str, form: Form) -> object:
    return cases.hold(desk.store, number, actor=actor, **_said(form))


def _refuse(desk: Desk, number: str, actor: str, form: Form) -> object:
    return cases.refuse(desk.store, number, actor=actor, **_said(form))


def _ask_consent(desk: Desk, number: str, actor: str, _form: Form) -> object:
    days = desk.config.desk.consent_days
    return cases.ask_consent(
        desk.store, number, recheck=desk.checker.recheck, days=days, actor=actor
    )


def _answer_consent(desk: Desk, number: str, actor: str, form: Form) -> object:
    answer = form.get("given")
    if answer not in ("yes", "no"):
        raise BadInput("no-answer", "it was not said whether the consent is given")
    reference = _require_text(form, "reference")
    return staffacts.answer_consent(
        desk, number, given=answer == "yes", reference=reference, actor=actor
    )


_ACTS: Mapping[str, Act] = MappingProxyType(
    {
        "sign": _sign,
        "settle": _settle,
        "fail": _fail,
        "confirm": _confirm,
        "reopen": _reopen,
        "escalate": _escalate,
        "hold": _hold,
        "refuse": _refuse,
        "consent": _ask_consent,
        "consent-answer": _answer_consent,
    }
)


def _case_page(
    request: Request,
    number: str,
    *,
    wrong: RecoveryError | None = None,
    form: Form | None = None,
    act: str | None = None,
) -> Response:
    found = find_operator(request)
    if found is None:
        return lead_to("/desk")
    key, session = found
    desk = desk_of(request)
    case = cases.load_case(desk.store, number)
    roles = _roles(desk, key.actor)
    document = print_case(case)
    verdicts = document["check"]["verdicts"]
    verdict = None if case.verdict is None else verdicts[case.verdict]
    confirmed = {one.condition for one in case.confirmations}
    conditions = [
        {**one, "met": one["met"] or one["code"] in confirmed}
        for one in (verdict or {}).get("conditions", ())
    ]
    acts = _find_acts(case, roles)
    if all(one["met"] for one in conditions):
        acts.pop("confirm", None)
    return show(
        request,
        "desk_case.html",
        status=200 if wrong is None else status_of(wrong),
        purpose=session,
        actor=key.actor,
        roles=roles,
        case=document,
        verdict=verdict,
        conditions=conditions,
        explorer=find_explorer(document["check"]["evidence"], desk.config.network),
        trail=[{**entry, "told": _details(entry["detail"])} for entry in document["trail"]],
        user=case.user,
        opener=case.opener,
        value=case.value,
        quote=case.quote,
        unsigned=[role.value for role in case.unsigned] if case.state is State.IN_SIGN_OFF else [],
        fields=list_fields(case),
        digest_fits=is_digest_of_facts(case),
        look=print_look(look_at(desk.store, number, desk.policy)),
        consent=_consent(desk, case, key.actor, roles),
        acts=acts,
        errors=() if wrong is None else (_say(wrong),),
        form=form or {},
        tried=act,
    )


def _consent(desk: Desk, case: Case, actor: str, roles: tuple[str, ...]) -> dict[str, Any] | None:
    """The holder's consent, for security alone: a look by others is an attempt that the trail keeps."""
    if case.consent is None or case.state is not State.HELD or Role.SECURITY not in roles:
        return None
    return print_consent(show_consent(desk.store, case.id, actor=actor))


def _find_acts(case: Case, roles: tuple[str, ...]) -> dict[str, list[str]]:
    """What the person can try now: the act, and in which of their roles."""
    allowed = table.TRANSITIONS[case.state]
    found: dict[str, list[str]] = {}
    for act, event in _EVENT_OF.items():
        if event not in allowed:
            continue
        asked = case.consent is not None and case.consent.status is ConsentStatus.ASKED
        if (act == "consent" and asked) or (act == "consent-answer" and not asked):
            continue
        may = table.roles_for(event, out_of_hold=case.out_of_hold)
        fitting = [str(role.value) for role in may if role.value in roles]
        if act == "sign":
            fitting = [name for name in fitting if name in {r.value for r in case.unsigned}]
        if fitting:
            found[act] = fitting
    return found


def _details(detail: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What an entry of the trail says, without the seals, which `recovery audit` reads."""
    told = []
    for name, value in detail.items():
        if name in _SEALS or value is None:
            continue
        if isinstance(value, (str, int)):
            told.append((name, str(value)))
        elif isinstance(value, list) and all(isinstance(one, str) for one in value):
            told.append((name, ", ".join(value)))
    return told


def _roles(desk: Desk, actor: str) -> tuple[str, ...]:
    """The person's roles now; all of them while no staff was ever imported."""
    with desk.store.read() as session:
        staff = read_staff(session)
    held = staff.find_roles(actor, now()) if staff.is_listed else set(Role) - {Role.DESK}
    return tuple(role.value for role in Role if role in held)


def _queues_of(roles: tuple[str, ...]) -> set[str]:
    own = {Role.REVIEWER: Queue.REVIEW, Role.SECURITY: Queue.SECURITY, **table.SIGNERS}
    return {queue.value for role, queue in own.items() if role.value in roles}


def _line(case: Case, at: datetime) -> dict[str, Any]:
    """A case as one line of a list."""
    evidence = case.check["evidence"]
    transfer = None
    if evidence is not None and case.transfer is not None:
        transfer = next((t for t in evidence["transfers"] if t["index"] == case.transfer), None)
    return {
        "id": case.id,
        "state": case.state.value,
        "cause": None if case.cause is None else case.cause.value,
        "network": case.network,
        "transfer": transfer,
        "user": case.user,
        "value": case.value,
        "age": _span((at - case.opened_at).total_seconds()),
        "queues": [queue.value for queue in case.queues],
    }


def _age(moment: str | None, at: datetime) -> str | None:
    return None if moment is None else _span((at - parse_time(moment)).total_seconds())


def _span(seconds: float) -> str:
    minutes = max(int(seconds // 60), 0)
    if minutes < 120:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} d"


def _say(wrong: RecoveryError) -> dict[str, str]:
    hint = f" ({wrong.hint})" if wrong.hint else ""
    return {"reference": wrong.reference, "text": f"{wrong.text}{hint}"}


def _said(form: Form) -> dict[str, Any]:
    return {"reason": _require_text(form, "reason"), "role": _role(form)}


def _require_text(form: Form, name: str) -> str:
    text = form.get(name, "")
    if not text or len(text) > _MAX_REASON:
        raise BadInput(
            "reason-missing" if not text else "too-long",
            f"the {name} is {'empty' if not text else 'too long'}",
            hint=f"1 to {_MAX_REASON} characters",
            where=name,
        )
    return text


def _role(form: Form) -> Role | None:
    name = form.get("role")
    return Role(name) if name in set(Role) - {Role.DESK} else None


def _require_role(form: Form) -> Role:
    role = _role(form)
    if role is None:
        raise BadInput("role-missing", "it was not said in which role", hint="wallet or clearing")
    return role
