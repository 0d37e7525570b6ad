"""What an attacker tries on the pages: foreign forms, forged sessions, hostile texts, guesses."""

from __future__ import annotations

import logging
import re
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from api.conftest import Serve
from api.service import AMIRS, BEAS, CHENS, NOBODYS, OUTSIDE, PIAS, Service, bearer, serving
from pages.conftest import Visit
from pages.test_walk import key_of, log_in
from playwright.sync_api import expect
from sqlmodel import col, select

from recovery.api.secrets import list_keys, revoke_key
from recovery.cases import desk as cases
from recovery.cases.tables import CaseRow
from recovery.clock import now
from recovery.config import Config
from recovery.jsontext import print_json
from recovery.messages.speaker import isolate
from recovery.notices.tables import ContactRow

HTML = {"accept": "text/html"}
HOSTILE = "\"><img src=x onerror=alert(1)><script>alert(2)</script>'\u202eRTL{{7*7}}"


class Visitor:
    """A browser without a window: cookies, and the hidden fields of the last page."""

    def __init__(self, service: Service, **headers: str) -> None:
        self.client = httpx.Client(
            base_url=service.url,
            headers={**HTML, **headers},
            timeout=30,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def post(self, path: str, page: str, /, **fields: str) -> httpx.Response:
        """Send the form of a page: its hidden fields, and what is typed."""
        hidden = dict(
            re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"', self.get(page).text)
        )
        return self.client.post(path, data={**hidden, **fields})


def _quoted(service: Service, **more: Any) -> tuple[Visitor, str, str]:
    site = service.key("site", channel=True)
    made = service.claim(AMIRS, headers=site, user="amir", **more).json()
    visitor = Visitor(service)
    visitor.get(f"/c/{made['token']}")
    return visitor, made["token"], made["cases"][0]["id"]


def _state(service: Service, number: str) -> str:
    return cases.load_case(service.desk.store, number).state.value


def test_a_form_from_elsewhere_does_nothing(service: Service) -> None:
    visitor, _, number = _quoted(service)
    stranger = Visitor(service)
    foreign = re.search(r'name="mark" value="(\w+)"', stranger.get("/").text)
    assert foreign is not None
    for sent in ({}, {"mark": ""}, {"mark": "0" * 64}, {"mark": foreign[1]}, {"mark": "é"}):
        answer = visitor.client.post("/case/withdraw", data={"case": number, **sent})
        assert answer.status_code == 409, sent
    visitor.client.headers["sec-fetch-site"] = "cross-site"
    assert visitor.post("/case/decline", "/case/decline").status_code == 409
    assert _state(service, number) == "quoted"
    del visitor.client.headers["sec-fetch-site"]
    assert visitor.post("/case/decline", "/case/decline").status_code == 303
    assert _state(service, number) == "withdrawn"


def test_a_form_of_one_case_is_none_of_another(service: Service) -> None:
    visitor, _, number = _quoted(service)
    other = service.claim(NOBODYS).json()
    page = visitor.get("/case/decline").text
    hidden = dict(re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"', page))
    visitor.get(f"/c/{other['token']}")
    assert visitor.client.post("/case/decline", data=hidden).status_code == 404
    changed = {**hidden, "case": other["cases"][0]["id"]}
    assert visitor.client.post("/case/withdraw", data=changed).status_code == 409
    assert _state(service, number) == "quoted"


def test_nothing_is_accepted_before_it_was_shown(service: Service) -> None:
    visitor, _, number = _quoted(service)
    page = "/case/accept"
    shown = visitor.post(page, page, return_to=OUTSIDE)
    assert (shown.status_code, _state(service, number)) == (200, "quoted")
    wrong = visitor.post(page, page, return_to=OUTSIDE, step="yes", agreed="sha256:0")
    assert (wrong.status_code, _state(service, number)) == (409, "quoted")
    assert visitor.post(page, page, return_to=OUTSIDE, step="yes").status_code == 303
    assert _state(service, number) == "in_sign_off"


def test_a_form_sent_twice_is_one_claim(service: Service) -> None:
    visitor = Visitor(service)
    page = visitor.get("/").text
    hidden = dict(re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"', page))
    for _ in range(2):
        answer = visitor.client.post("/", data={**hidden, "tx_hash": NOBODYS})
        assert answer.status_code == 303
    assert len(cases.list_cases(service.desk.store)) == 1


def test_an_address_for_news_is_asked_for_only_where_news_is_sent(
    service: Service, config: Config
) -> None:
    assert 'name="email"' not in Visitor(service).get("/").text
    notices = config.notices.model_copy(update={"smtp_host": "127.0.0.1"})
    with serving(config.model_copy(update={"notices": notices})) as sending:
        visitor = Visitor(sending)
        wrong = visitor.post("/", "/", tx_hash=NOBODYS, email="nobody")
        assert (wrong.status_code, 'href="#email"' in wrong.text) == (422, True)
        visitor.client.headers["accept-language"] = "de"
        kept = visitor.post("/", "/", tx_hash=NOBODYS, email="ada@example.org")
        assert kept.status_code == 303
        with sending.desk.store.read() as session:
            (contact,) = session.exec(select(ContactRow))
        assert (contact.email, contact.language) == ("ada@example.org", "de")


def test_cookies_are_for_this_host_and_no_script(serve: Serve) -> None:
    plain, _, _ = _quoted(serve())
    assert {c.name for c in plain.client.cookies.jar} == {"case", "cases"}
    secure = serve(https=True)
    made = secure.claim(NOBODYS).json()
    answers = [
        secure.client.get(f"/c/{made['token']}"),
        secure.client.get("/?lang=de", headers=HTML),
    ]
    told = [text for answer in answers for text in answer.headers.get_list("set-cookie")]
    assert sorted(text.partition("=")[0] for text in told) == [
        "__Host-case",
        "__Host-cases",
        "__Host-visit",
        "lang",
    ]
    for text in told:
        assert "HttpOnly" in text
        assert "Secure" in text
        assert "SameSite=lax" in text


def test_a_link_that_opens_nothing_is_a_page_that_says_so(service: Service) -> None:
    visitor = Visitor(service)
    texts = set()
    for path in ("/c/rc_wrong", "/c/" + "x" * 300, "/case", "/case/accept"):
        answer = visitor.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"].startswith("text/html")
        texts.add(re.sub(r'action="[^"]*"|value="\w{64}"', "", answer.text))
    assert len(texts) == 1
    assert service.client.get("/nowhere").headers["content-type"] == "application/problem+json"


def test_no_token_and_no_query_stands_in_the_log(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "recovery.access"):
        visitor, token, number = _quoted(service)
        visitor.get(f"/case/accept?case={number}")
    assert "/c/{token}" in caplog.text
    assert token not in caplog.text
    assert number not in caplog.text


def test_every_held_case_is_the_same_page(service: Service) -> None:
    texts = set()
    for tx_hash in (BEAS, CHENS, PIAS):
        made = service.claim(tx_hash).json()
        visitor = Visitor(service)
        visitor.get("/")
        visitor.get(f"/c/{made['token']}")
        text = visitor.get("/case").text
        for own in (tx_hash, made["token"], *made["cases"][0]["receipt"].values()):
            text = text.replace(own, "OWN")
        texts.add(re.sub(r'value="\w{64}"|/c/\S+"', "", text))
    assert len(texts) == 1


def test_hostile_texts_stay_texts(service: Service, visit: Visit) -> None:
    _, token, number = _quoted(service, memo=HOSTILE, asset=HOSTILE[:60])
    check = dict(cases.load_case(service.desk.store, number).check)
    (transfer,) = (t for t in check["evidence"]["transfers"] if t["index"] == 0)
    transfer |= {"symbol": HOSTILE, "memo": {"kind": "text", "value": HOSTILE}}
    with service.desk.store.begin() as session:
        changed = sa.update(CaseRow).where(col(CaseRow.id) == number)
        session.execute(changed.values({"check_document": print_json(check).decode()}))
    page = visit(script=True)
    alarms: list[str] = []
    page.on("dialog", lambda dialog: alarms.append(dialog.message))
    page.goto(f"{service.url}/c/{token}")
    shown = page.inner_text("main")
    assert "<script>alert(2)" in shown
    assert "{{7*7}}" in shown
    assert "\u202e" not in page.content()
    page.goto(f"{service.url}/case/accept")
    expect(page.locator("main")).to_contain_text("<img src=x")
    log_in(service, page, "wanda")
    for path in ("", f"/cases/{number}"):
        page.goto(f"{service.url}/desk{path}")
        assert "<img src=x" in page.inner_text("main")
        assert "\u202e" not in page.content()
    assert page.locator("main img, script").count() == 0
    assert alarms == []
    assert isolate("\u202e") == "\u2068\ufffd\u2069"


def test_check_words_are_not_guessed(serve: Serve) -> None:
    service = serve(refused_per_minute=5)
    number = service.claim(NOBODYS).json()["cases"][0]["id"]
    visitor = Visitor(service)
    known = visitor.post("/verify", "/verify", number=number, word="aaaa-aaaa")
    unknown = visitor.post("/verify", "/verify", number="a" * 20, word="aaaa-aaaa")
    assert known.text.replace(number, "a" * 20) == unknown.text
    answers = [visitor.post("/verify", "/", number=number, word=f"aaaa-aaa{i}") for i in range(9)]
    assert answers[-1].status_code == 429
    assert answers[-1].headers["content-type"].startswith("text/html")


def test_a_session_ends_with_its_key_and_with_its_day(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor(service)

    def is_in() -> bool:
        return "Log out" in visitor.get("/desk").text

    channel = key_of(service, "site", channel=True)
    for wrong in ("", "rk_wrong", channel):
        assert visitor.post("/desk/login", "/desk", key=wrong).status_code == 401
    assert not is_in()
    assert visitor.post("/desk/login", "/desk", key=key_of(service, "wanda")).status_code == 303
    assert is_in()
    session = visitor.client.cookies["desk"]
    key_id, ends, signature = session.split(".")
    other = next(k.id for k in list_keys(service.desk.store) if k.id != key_id)
    for forged in (
        f"{other}.{ends}.{signature}",
        f"{key_id}.{int(ends) + 9}.{signature}",
        f"{key_id}.²².{signature}",
        "..",
        "é",
    ):
        visitor.client.cookies.clear()
        cookie = [(b"cookie", f"desk={forged}".encode())]
        answer = visitor.client.get("/desk", headers=cookie)
        assert answer.status_code == 200, forged
        assert "Log out" not in answer.text, forged
    visitor.client.cookies.set("desk", session)
    assert is_in()
    monkeypatch.setenv("RECOVERY_NOW", "2026-11-20T20:00:01Z")
    assert not is_in()
    monkeypatch.setenv("RECOVERY_NOW", "2026-11-20T19:59:00Z")
    assert is_in()
    revoke_key(service.desk.store, key_id, at=now())
    assert not is_in()


def test_nobody_logs_in_or_enters_without_a_secret(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RECOVERY_SECRET")
    service = serve()
    visitor = Visitor(service)
    answer = visitor.post("/desk/login", "/desk", key=key_of(service, "wanda"))
    assert answer.status_code == 409
    assert "RECOVERY_SECRET" in answer.text
    made = service.post("/v1/entrance", service.key("site", channel=True), user="amir")
    assert (made.status_code, made.json()["reference"]) == (409, "no-secret")


def test_a_pass_is_short_and_signed(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    site = service.key("site", channel=True)
    path = service.post("/v1/entrance", site, user="amir").json()["path"]
    told, _, signature = path.removeprefix("/enter/").partition(".")
    other = f"{signature[:-1]}{'1' if signature.endswith('0') else '0'}"
    for wrong in (told, f"{told}x.{signature}", f"{told}.{other}", "x.y", "."):
        assert Visitor(service).get(f"/enter/{wrong}").status_code in (404, 409), wrong
    visitor = Visitor(service)
    assert visitor.get(path).status_code == 303
    assert "amir" in visitor.get("/").text
    stay = visitor.client.cookies["customer"]
    assert Visitor(service).get(f"/enter/{stay}").status_code == 409, "a stay is no pass"
    assert service.post("/v1/entrance", bearer("rk_wrong"), user="amir").status_code == 401
    wanda = service.key("wanda")
    assert service.post("/v1/entrance", wanda, user="amir").status_code == 401
    monkeypatch.setenv("RECOVERY_NOW", "2026-11-20T12:05:01Z")
    assert Visitor(service).get(path).status_code == 409


def test_the_board_does_only_what_its_person_may(service: Service) -> None:
    visitor, token, number = _quoted(service)
    service.post("/v1/case/accept", bearer(token), return_to=OUTSIDE)
    path = f"/desk/cases/{number}"
    assert visitor.get(path).headers["location"] == "/desk"
    assert visitor.client.post(f"{path}/sign", data={"role": "wallet"}).status_code == 303
    amir = Visitor(service)
    amir.post("/desk/login", "/desk", key=key_of(service, "amir"))
    own = amir.post(f"{path}/sign", path, role="wallet")
    assert own.status_code == 409
    assert "own-case" in own.text
    assert amir.post(f"{path}/nonsense", path).status_code == 404
    assert amir.post(f"{path}/hold", path, role="security").status_code == 422
    assert amir.client.post(f"{path}/hold", data={"reason": "x"}).status_code == 409
    assert _state(service, number) == "in_sign_off"
