"""The operators' routes: queues, cases, and every act of staff, each under the key's own person.

Knows: which use-case a route calls. Must not know: who may do what: the staff and the table decide, by
the person behind the key, so that four eyes are two keys of two persons.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from recovery.abuse.look import look_at, print_look
from recovery.api import staffacts
from recovery.api.answers import Responses, answer, problems
from recovery.api.bodies import (
    Confirmation,
    ConsentAnswer,
    ConsentAsked,
    Escalation,
    Reasoned,
    Settlement,
    Signing,
)
from recovery.api.callers import desk_of, require_key
from recovery.api.desk import Desk
from recovery.api.secrets import KeyKind
from recovery.api.shapes import (
    ConsentShape,
    LinksShape,
    QueuesShape,
    StaffCaseShape,
    StaffCasesShape,
    shaped,
)
from recovery.cases import desk as cases
from recovery.cases.consenting import print_consent, show_consent
from recovery.cases.table import Queue, Role, State
from recovery.cases.values import Case
from recovery.documents import print_case

router = APIRouter(prefix="/v1/desk", tags=["operators"])

CaseNumber = Annotated[str, Path(pattern="^[a-z2-9]{20}$", description="The case's number.")]
StateName = Literal[
    "received",
    "checking",
    "needs_input",
    "needs_review",
    "waiting",
    "quoted",
    "accepted",
    "in_sign_off",
    "approved",
    "settled",
    "refused",
    "held",
    "expired",
    "withdrawn",
    "failed",
]
QueueName = Literal["review", "security", "wallet", "clearing"]

_READ: Responses = problems(401, 403, 404, 422)
_ACT: Responses = shaped(200, StaffCaseShape) | problems(401, 403, 404, 409, 422)


@router.get(
    "/queues", response_class=Response, responses=shaped(200, QueuesShape) | problems(401, 403)
)
def read_queues(request: Request) -> Response:
    """How many cases wait in each queue, and since when the oldest does."""
    desk, _ = _enter(request)
    return answer(staffacts.print_queues(desk.store))


@router.get("/cases", response_class=Response, responses=shaped(200, StaffCasesShape) | _READ)
def read_cases(
    request: Request,
    queue: QueueName | None = None,
    state: StateName | None = None,
    after: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """The cases of a queue or a state, the oldest first; ``after`` is ``next`` of the page before."""
    desk, _ = _enter(request)
    found = cases.list_cases(
        desk.store,
        queue=None if queue is None else Queue(queue),
        state=None if state is None else State(state),
        after=after,
        limit=limit,
    )
    document = {
        "schema": "recovery.cases/1",
        "cases": [print_case(case) for case in found],
        "next": found[-1].id if len(found) == limit else None,
    }
    return answer(document)


@router.get(
    "/cases/{number}", response_class=Response, responses=shaped(200, StaffCaseShape) | _READ
)
def read_case(request: Request, number: CaseNumber) -> Response:
    """One case, whole."""
    desk, _ = _enter(request)
    return _show(cases.load_case(desk.store, number))


@router.get(
    "/cases/{number}/linked", response_class=Response, responses=shaped(200, LinksShape) | _READ
)
def read_links(request: Request, number: CaseNumber) -> Response:
    """What a reviewer should know: the score with its reasons, and the linked cases."""
    desk, _ = _enter(request)
    return answer(print_look(look_at(desk.store, number, desk.policy)))


@router.get(
    "/cases/{number}/consent",
    response_class=Response,
    responses=shaped(200, ConsentShape) | problems(401, 403, 404, 409, 422),
)
def read_consent(request: Request, number: CaseNumber) -> Response:
    """The request to the holder of a held deposit; security alone reads it."""
    desk, actor = _enter(request)
    return answer(print_consent(show_consent(desk.store, number, actor=actor)))


@router.post("/cases/{number}/sign", response_class=Response, responses=_ACT)
def sign(request: Request, number: CaseNumber, body: Signing) -> Response:
    """Sign as wallet or clearing, after chain and records were asked again."""
    desk, actor = _enter(request)
    return _show(staffacts.sign(desk, number, role=Role(body.role), actor=actor))


@router.post("/cases/{number}/refuse", response_class=Response, responses=_ACT)
def refuse(request: Request, number: CaseNumber, body: Reasoned) -> Response:
    """Refuse the case for good reason."""
    desk, actor = _enter(request)
    return _show(cases.refuse(desk.store, number, actor=actor, **_said(body)))


@router.post("/cases/{number}/hold", response_class=Response, responses=_ACT)
def hold(request: Request, number: CaseNumber, body: Reasoned) -> Response:
    """Freeze the case for security."""
    desk, actor = _enter(request)
    return _show(cases.hold(desk.store, number, actor=actor, **_said(body)))


@router.post("/cases/{number}/escalate", response_class=Response, responses=_ACT)
def escalate(request: Request, number: CaseNumber, body: Escalation) -> Response:
    """Hand the case to security."""
    desk, actor = _enter(request)
    return _show(cases.escalate(desk.store, number, actor=actor, **_said(body)))


@router.post("/cases/{number}/reopen", response_class=Response, responses=_ACT)
def reopen(request: Request, number: CaseNumber, body: Reasoned) -> Response:
    """Reopen the case and check it again; it stays in checking until the nodes answer."""
    desk, actor = _enter(request)
    return _show(staffacts.reopen(desk, number, actor=actor, **_said(body)))


@router.post("/cases/{number}/confirm", response_class=Response, responses=_ACT)
def confirm(request: Request, number: CaseNumber, body: Confirmation) -> Response:
    """A reviewer's word that conditions are met; without a quote yet, the case is checked again."""
    desk, actor = _enter(request)
    return _show(
        staffacts.confirm(
            desk,
            number,
            actor=actor,
            conditions=body.conditions,
            reason=body.reason,
            role=_role(body.role),
        )
    )


@router.post("/cases/{number}/settle", response_class=Response, responses=_ACT)
def settle(request: Request, number: CaseNumber, body: Settlement) -> Response:
    """Custody executed it. The same again changes nothing."""
    desk, actor = _enter(request)
    role = _role(body.role)
    return _show(cases.settle(desk.store, number, actor=actor, reference=body.reference, role=role))


@router.post("/cases/{number}/fail", response_class=Response, responses=_ACT)
def fail(request: Request, number: CaseNumber, body: Reasoned) -> Response:
    """Custody could not execute it: nothing is charged."""
    desk, actor = _enter(request)
    return _show(cases.fail(desk.store, number, actor=actor, **_said(body)))


@router.post(
    "/cases/{number}/consent",
    response_class=Response,
    responses=shaped(200, ConsentShape) | problems(401, 403, 404, 409, 422),
)
def ask_consent(request: Request, number: CaseNumber, body: ConsentAsked) -> Response:
    """Freeze the transfer of a held case and ask its holder."""
    desk, actor = _enter(request)
    days = desk.config.desk.consent_days if body.days is None else body.days
    case = cases.ask_consent(
        desk.store, number, recheck=desk.checker.recheck, days=days, actor=actor
    )
    return answer(print_consent(case))


@router.post(
    "/cases/{number}/consent/answer",
    response_class=Response,
    responses=shaped(200, ConsentShape) | problems(401, 403, 404, 409, 422),
)
def answer_consent(request: Request, number: CaseNumber, body: ConsentAnswer) -> Response:
    """Record the holder's own word."""
    desk, actor = _enter(request)
    case = staffacts.answer_consent(
        desk, number, given=body.given, reference=body.reference, actor=actor
    )
    return answer(print_consent(case))


def _enter(request: Request) -> tuple[Desk, str]:
    """The desk, and who is at it: an operator whom the staff knows now."""
    key = require_key(request, KeyKind.OPERATOR)
    desk = desk_of(request)
    staffacts.require_staff(desk.store, key.actor)
    return desk, key.actor


def _said(body: Reasoned | Escalation) -> dict[str, Any]:
    return {"reason": body.reason, "role": _role(body.role)}


def _role(name: str | None) -> Role | None:
    return None if name is None else Role(name)


def _show(case: Case) -> Response:
    return answer(print_case(case))
