"""The operators' board in a browser: every act by whom the staff gives it to, and refused to whom it does not."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from api.service import AMIRS, BEAS, NOBODYS, OUTSIDE, Service, bearer
from api.test_operators import STAFF
from pages.conftest import Visit
from pages.test_walk import case_number, claim, log_in
from playwright.sync_api import expect

from recovery.cases import desk as cases
from recovery.cases.audit import audit
from recovery.records.importer import import_csv


@pytest.fixture
def staffed(service: Service, tmp_path: Path) -> Service:
    path = tmp_path / "staff.csv"
    path.write_text(f"{STAFF}olga,opener,,2026-01-01T00:00:00Z,\n", "utf-8")
    import_csv(service.desk.store, "staff", path, actor="admin")
    return service


def _claim(service: Service, tx_hash: str, user: str | None = None) -> tuple[str, dict[str, str]]:
    site = service.key("site", channel=True)
    made = service.claim(tx_hash, headers=site, user=user) if user else service.claim(tx_hash)
    return made.json()["cases"][0]["id"], bearer(made.json()["token"])


def _unproven(service: Service) -> str:
    return _claim(service, NOBODYS)[0]


def _quoted(service: Service) -> str:
    return _claim(service, AMIRS, "amir")[0]


def _approved(service: Service) -> str:
    number, token = _claim(service, AMIRS, "amir")
    service.post("/v1/case/accept", token, return_to=OUTSIDE)
    for person, role in (("wanda", "wallet"), ("claus", "clearing")):
        service.post(f"/v1/desk/cases/{number}/sign", service.key(person), role=role)
    return number


def _held(service: Service) -> str:
    number = _quoted(service)
    service.post(f"/v1/desk/cases/{number}/hold", service.key("rita"), reason="a neighbour")
    return number


def _of_another(service: Service) -> str:
    return _claim(service, BEAS, "nils")[0]


def _asked(service: Service) -> str:
    number = _of_another(service)
    service.post(f"/v1/desk/cases/{number}/consent", service.key("sam"), days=3)
    return number


def _refused(service: Service) -> str:
    number = _quoted(service)
    service.post(f"/v1/desk/cases/{number}/refuse", service.key("rita"), reason="a joke")
    return number


@dataclass(frozen=True)
class Act:
    """One act: the case it is done on, who may, what they fill in, where the case goes, and who may not."""

    name: str
    case: Callable[[Service], str]
    person: str
    button: str
    state: str
    stranger: str
    reason: str | None = "as seen myself"
    tick: str | None = None
    said: str | None = None


ACTS = (
    Act("confirm", _unproven, "rita", "Confirm", "quoted", "wanda", tick="sender_proof"),
    Act("escalate", _quoted, "rita", "Escalate", "held", "sam"),
    Act("hold", _quoted, "rita", "Hold", "held", "olga"),
    Act("refuse", _quoted, "rita", "Refuse", "refused", "olga"),
    Act("refuse", _held, "sam", "Refuse", "refused", "rita"),
    Act("reopen", _held, "sam", "Reopen", "quoted", "rita"),
    Act("reopen", _refused, "rita", "Reopen", "quoted", "wanda"),
    Act("fail", _approved, "claus", "Fail", "failed", "rita"),
    Act("settle", _approved, "claus", "Settle", "settled", "rita"),
    Act("consent", _of_another, "sam", "Ask for consent", "held", "rita", reason=None),
    Act("consent-answer", _asked, "sam", "Record the answer", "refused", "rita", said="no"),
)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: f"{act.name}-{act.person}")
def test_an_act_is_done_by_its_role_and_refused_to_another(
    act: Act, staffed: Service, visit: Visit
) -> None:
    number = act.case(staffed)
    state = cases.load_case(staffed.desk.store, number).state.value
    form = f"form[action='/desk/cases/{number}/{act.name}']"

    other = visit()
    log_in(staffed, other, act.stranger)
    other.goto(f"{staffed.url}/desk/cases/{number}")
    expect(other.locator(form)).to_have_count(0)
    known = re.search(r'name="mark" value="(\w+)"', other.content())
    assert known is not None
    sent = {"mark": known[1], "reason": "x", "reference": "x", "given": "yes"}
    sent |= {"condition.sender_proof": "yes", "role": "security"}
    answer = other.request.post(f"{staffed.url}/desk/cases/{number}/{act.name}", form=sent)
    assert answer.status == 403, answer.text()
    assert "Nothing was done" in answer.text()
    case = cases.load_case(staffed.desk.store, number)
    assert (case.state.value, case.trail[-1].event) == (state, "denied")
    assert case.trail[-1].actor == act.stranger

    page = visit()
    log_in(staffed, page, act.person)
    page.goto(f"{staffed.url}/desk/cases/{number}")
    box = page.locator(form)
    if act.reason is not None:
        box.get_by_role("button").click()
        expect(page.locator(".errors")).to_have_count(1)
        assert cases.load_case(staffed.desk.store, number).state.value == state
    if act.tick is not None:
        box.locator(f"[name='condition.{act.tick}']").check()
    if act.said is not None:
        box.locator(f"[name=given][value={act.said}]").check()
    if act.reason is not None:
        box.locator("textarea").fill(act.reason)
    box.get_by_role("button", name=act.button).click()
    expect(page.locator(".errors")).to_have_count(0)
    expect(page.locator("main .state h2")).to_contain_text(act.state)
    after = cases.load_case(staffed.desk.store, number)
    assert after.state.value == act.state
    assert act.person in {entry.actor for entry in after.trail}
    assert audit(staffed.desk.store).problems == ()


@pytest.mark.parametrize("person", ["mallory", "gone"])
def test_a_person_without_a_role_does_not_come_in(
    person: str, staffed: Service, visit: Visit
) -> None:
    number = _quoted(staffed)
    page = visit()
    log_in(staffed, page, person)
    expect(page.locator("[role=alert]")).to_have_count(1)
    page.goto(f"{staffed.url}/desk/cases/{number}")
    assert page.url == f"{staffed.url}/desk"
    assert "amir" not in page.inner_text("main")


def test_a_review_that_ended_in_a_refusal_says_so_and_never_why(
    staffed: Service, visit: Visit
) -> None:
    page = visit()
    page.goto(staffed.url)
    claim(page, BEAS)
    expect(page.locator("main")).to_contain_text("Your case is being looked at by our team.")
    number = case_number(page)
    staffed.post(f"/v1/desk/cases/{number}/refuse", staffed.key("sam"), reason="a thief")
    page.goto(f"{staffed.url}/case")
    expect(page.locator("article h2")).to_have_text("Closed without recovery")
    expect(page.locator("main")).to_contain_text("The review is finished")
    expect(page.locator("main")).to_contain_text("please contact our support")
    for never in ("being looked at", "hear from us", "thief", "bea", "claim this deposit again"):
        assert never not in page.inner_text("main"), never
