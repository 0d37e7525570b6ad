"""The desk through the service: every key acts as its own person, in the roles that the staff gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from api.service import AMIRS, BEAS, NOBODYS, OUTSIDE, Service, bearer

from recovery.cases.audit import audit
from recovery.records.importer import import_csv

STAFF = """actor,role,limit,valid_from,valid_to
wanda,wallet,,2026-01-01T00:00:00Z,
claus,clearing,,2026-01-01T00:00:00Z,
rita,reviewer,,2026-01-01T00:00:00Z,
sam,security,,2026-01-01T00:00:00Z,
gone,wallet,,2026-01-01T00:00:00Z,2026-02-01T00:00:00Z
"""


@pytest.fixture
def staffed(service: Service, tmp_path: Path) -> Service:
    path = tmp_path / "staff.csv"
    path.write_text(STAFF, "utf-8")
    import_csv(service.desk.store, "staff", path, actor="admin")
    return service


def _quoted(service: Service) -> tuple[str, dict[str, str]]:
    made = service.claim(AMIRS, headers=service.key("site", channel=True), user="amir")
    return made.json()["cases"][0]["id"], bearer(made.json()["token"])


def test_a_person_of_no_role_sees_nothing(staffed: Service) -> None:
    number, _ = _quoted(staffed)
    for person in ("gone", "mallory"):
        key = staffed.key(person)
        for path in ("queues", "cases", f"cases/{number}", f"cases/{number}/linked"):
            assert staffed.get(f"/v1/desk/{path}", key).status_code == 403, path
    assert staffed.get(f"/v1/desk/cases/{number}", staffed.key("rita")).status_code == 200


def test_a_role_does_what_the_staff_gives_it_and_the_denial_is_kept(staffed: Service) -> None:
    number, token = _quoted(staffed)
    staffed.post("/v1/case/accept", token, return_to=OUTSIDE)
    path = f"/v1/desk/cases/{number}"
    no = staffed.post(f"{path}/sign", staffed.key("rita"), role="wallet")
    assert (no.status_code, no.json()["reference"]) == (403, "not-in-role")
    wanda = staffed.key("wanda")
    assert staffed.post(f"{path}/sign", wanda, role="wallet").status_code == 200
    second = staffed.key("wanda")
    twice = staffed.post(f"{path}/sign", second, role="clearing")
    assert twice.status_code == 403, "a second key is not a second person"
    assert staffed.post(f"{path}/sign", staffed.key("claus"), role="clearing").status_code == 200
    trail = staffed.get(path, wanda).json()["trail"]
    assert [e["actor"] for e in trail if e["event"] == "denied"] == ["rita", "wanda"]
    assert audit(staffed.desk.store).problems == ()


def test_holds_refusals_and_reopening_follow_the_table(staffed: Service) -> None:
    number, token = _quoted(staffed)
    path = f"/v1/desk/cases/{number}"
    rita, sam = staffed.key("rita"), staffed.key("sam")
    held = staffed.post(f"{path}/hold", rita, reason="a sanctioned neighbour")
    assert (held.status_code, held.json()["state"]) == (200, "held")
    case = staffed.get("/v1/case", token).json()["cases"][0]
    assert (case["cause"], case["evidence"], case["actions"]) == ("under_review", None, [])
    assert "sanctioned" not in str(case)
    assert staffed.post(f"{path}/reopen", rita, reason="it was nothing").status_code == 403
    again = staffed.post(f"{path}/reopen", sam, reason="it was nothing")
    assert (again.status_code, again.json()["state"]) == (200, "quoted")
    no = staffed.post(f"{path}/refuse", rita, reason="a joke")
    assert (no.status_code, no.json()["state"]) == (200, "refused")
    assert staffed.post(f"{path}/fail", staffed.key("claus"), reason="x").status_code == 409
    assert staffed.post(f"{path}/hold", rita, reason="").status_code == 422


def test_a_reviewers_word_leads_the_case_to_its_quote(staffed: Service) -> None:
    made = staffed.claim(NOBODYS)
    number, token = made.json()["cases"][0]["id"], bearer(made.json()["token"])
    rita = staffed.key("rita")
    body = {"conditions": ["sender_proof"], "reason": "seen on a video call"}
    said = staffed.post(f"/v1/desk/cases/{number}/confirm", rita, **body)
    assert (said.status_code, said.json()["state"]) == (200, "quoted"), said.text
    case = staffed.get("/v1/case", token).json()["cases"][0]
    assert (case["outcome"], case["destination"]["kind"]) == ("return", "return")
    assert not [line for line in case["quote"]["lines"] if line["code"] == "waiver"]


def test_queues_are_counted_and_read_page_by_page(staffed: Service) -> None:
    for tx_hash in (AMIRS, BEAS):
        for _ in range(2):
            staffed.claim(tx_hash)
    sam = staffed.key("sam")
    queues = staffed.get("/v1/desk/queues", sam).json()["queues"]
    told = {q["queue"]: q["cases"] for q in queues}
    assert told == {"review": 0, "security": 4, "wallet": 0, "clearing": 0}
    seen: list[str] = []
    after = ""
    while True:
        page = staffed.get(f"/v1/desk/cases?queue=security&limit=3{after}", sam).json()
        seen += [case["id"] for case in page["cases"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len(seen) == len(set(seen)) == 4
    links = staffed.get(f"/v1/desk/cases/{seen[0]}/linked", sam).json()
    assert {link["why"] for link in links["links"]} >= {"transfer"} or links["score"]


def test_only_security_reads_whom_a_consent_was_asked_of(staffed: Service) -> None:
    made = staffed.claim(BEAS, headers=staffed.key("site", channel=True), user="nils")
    number = made.json()["cases"][0]["id"]
    path = f"/v1/desk/cases/{number}/consent"
    rita, sam = staffed.key("rita"), staffed.key("sam")
    assert staffed.get(path, sam).status_code == 409
    asked = staffed.post(path, sam, days=3)
    assert asked.status_code == 200, asked.text
    assert asked.json()["holder"] == "bea"
    assert staffed.get(path, rita).status_code == 403
    assert staffed.get(path, sam).json()["status"] == "asked"
    no: Any = staffed.post(f"{path}/answer", sam, given=False, reference="letter 7")
    assert no.json()["status"] == "refused"
    case = staffed.get("/v1/case", bearer(made.json()["token"])).json()["cases"][0]
    assert (case["state"], case["cause"]) == ("refused", "under_review")
    assert "bea" not in str(case)
