"""A deposit's way from the form to the settlement, as people walk it: in a browser, without a script."""

from __future__ import annotations

from typing import Any

import pytest
from api.service import AMIRS, BEAS, NOBODYS, OUTSIDE, UNKNOWN, Service
from pages.conftest import Visit
from playwright.sync_api import Page, expect

from recovery.cases.audit import audit
from recovery.messages import speak


def key_of(service: Service, actor: str, *, channel: bool = False) -> str:
    return service.key(actor, channel=channel)["authorization"].removeprefix("Bearer ")


def enter(service: Service, page: Page, user: str) -> None:
    """The exchange's own site sends its logged-in customer on."""
    made = service.post("/v1/entrance", service.key("site", channel=True), user=user)
    page.goto(service.url + made.json()["path"])


def claim(page: Page, tx_hash: str) -> None:
    page.locator("#tx_hash").fill(tx_hash)
    with page.expect_navigation():  # a slow machine may still stand on the form otherwise
        page.locator("main form button").click()


def log_in(service: Service, page: Page, actor: str) -> None:
    page.goto(f"{service.url}/desk")
    page.locator("#key").fill(key_of(service, actor))
    page.locator("main form button").click()


def case_number(page: Page) -> str:
    found = page.url.rpartition("=")[2] if "case=" in page.url else ""
    return found or page.locator("article .rows bdi.code").all_inner_texts()[-2]


@pytest.mark.parametrize(
    ("language", "width"), [("en", 1280), ("de", 360), ("ja", 1280), ("ar", 360)]
)
def test_a_customer_walks_from_the_form_to_the_settlement(
    language: str, width: int, service: Service, visit: Visit
) -> None:
    say = speak(language).say
    page = visit(language=language, width=width)
    enter(service, page, "amir")
    assert page.url == f"{service.url}/"
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("html")).to_have_attribute("dir", speak(language).direction)
    claim(page, AMIRS)
    assert page.url == f"{service.url}/case", "no token stands in the address"
    expect(page.locator("article h2")).to_have_text(say("state.quoted.name"))
    expect(page.get_by_text(say("page.never"))).to_be_visible()

    page.get_by_role("link", name=say("act.accept")).click()
    page.locator("#return_to").fill("nonsense")
    page.locator("main form button").click()
    wrong = page.locator(".errors a")
    expect(wrong).to_have_attribute("href", "#return_to")
    expect(page.locator("#return_to")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#return_to")).to_have_value("nonsense")
    page.locator("#return_to").fill(OUTSIDE.lower())
    page.locator("main form button").click()
    expect(page.locator("main form")).to_contain_text(OUTSIDE)
    assert service.client.get("/healthz").status_code == 200
    page.get_by_role("button", name=say("act.confirm")).click()
    expect(page.locator("article h2")).to_have_text(say("state.in_sign_off.name"))
    number = case_number(page)

    for role in ("wallet", "clearing"):
        desk = visit()
        log_in(service, desk, f"{role}-person")
        desk.goto(f"{service.url}/desk?queue={role}")
        desk.get_by_role("link", name=number).click()
        expect(desk.locator(".differs")).to_have_count(0)
        signing = desk.locator(f"form[action$='/{number}/sign']")
        if signing.locator("select").count():
            signing.locator("select").select_option(role)
        signing.get_by_role("button").click()
        expect(desk.locator(".errors")).to_have_count(0)
    settling = desk.locator(f"form[action$='/{number}/settle']")
    settling.locator("textarea").fill("0xpaid")
    settling.get_by_role("button").click()

    page.goto(f"{service.url}/case")
    expect(page.locator("article h2")).to_have_text(say("state.settled.name"))
    expect(page.locator("main")).to_contain_text("0xpaid")
    assert "person" not in page.content(), "no name of the staff"
    assert audit(service.desk.store).problems == ()


def test_a_keyboard_alone_is_enough(service: Service, visit: Visit) -> None:
    page = visit()
    enter(service, page, "amir")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    reached = _press_until(page, "tx_hash")
    assert reached
    page.keyboard.type(AMIRS)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{service.url}/case")
    _tab_to(page, "a[href^='/case/accept']")
    page.keyboard.press("Enter")
    _tab_to(page, "#return_to")
    page.keyboard.type(OUTSIDE)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Yes, I agree")).to_be_visible()
    _tab_to(page, "main form button")
    page.keyboard.press("Enter")
    expect(page.locator("article h2")).to_have_text("Being approved")


def _press_until(page: Page, name: str) -> bool:
    _tab_to(page, f"#{name}")
    return True


def _tab_to(page: Page, selector: str) -> None:
    for _ in range(40):
        if page.locator(f"{selector}:focus").count():
            return
        page.keyboard.press("Tab")
    pytest.fail(f"no Tab reaches {selector}")


def test_a_stranger_is_told_that_somebody_looks_and_nothing_else(
    service: Service, visit: Visit
) -> None:
    page = visit()
    page.goto(service.url)
    claim(page, BEAS)
    expect(page.locator("article h2")).to_have_text("Under review")
    for hidden in ("bea", "0.0257", "claimant_mismatch", "etherscan"):
        assert hidden not in page.inner_text("main"), hidden


def test_a_proof_is_asked_for_signed_text_and_small_payment(service: Service, visit: Visit) -> None:
    page = visit(width=360)
    page.goto(service.url)
    claim(page, NOBODYS)
    page.get_by_role("link", name="Prove that you are the sender").click()
    page.get_by_role("button", name="Sign a short text").click()
    expect(page.locator("pre")).to_contain_text("Proof of the sender")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".errors a")).to_have_attribute("href", "#signature")
    page.locator("#signature").fill("00" * 64)
    page.locator("#public_key").fill("02" + "11" * 32)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".errors")).to_have_count(1)
    page.get_by_role("button", name="Send a small payment").click()
    expect(page.locator("main")).to_contain_text("Send exactly this amount:")
    page.locator("#tx_hash").fill(UNKNOWN)
    page.locator("form[action$='/proof/deposit'] button").click()
    expect(page.locator(".errors")).to_have_count(1)


def test_what_was_missing_is_added_and_a_claim_is_taken_back(
    service: Service, visit: Visit
) -> None:
    page = visit()
    enter(service, page, "amir")
    claim(page, UNKNOWN)
    expect(page.locator("article h2")).to_have_text("Checking")
    page.get_by_role("link", name="Add information").first.click()
    expect(page.locator("#tx_hash")).to_have_value(UNKNOWN)
    page.locator("#tx_hash").fill(AMIRS)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("article h2").first).to_have_text("Quote ready")
    page.get_by_role("link", name="Decline the quote").click()
    page.get_by_role("button", name="Yes, I agree").click()
    expect(page.locator("article h2").first).to_have_text("Withdrawn")
    page.get_by_role("link", name="Claim this deposit again").last.click()
    page.get_by_role("button", name="Yes, I agree").click()
    expect(page.locator("article h2", has_text="Quote ready")).to_have_count(1)


def test_the_chosen_language_stays(service: Service, visit: Visit) -> None:
    page = visit(language="de")
    page.goto(service.url)
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.locator("#lang").select_option("ja")
    page.locator("form.language button").click()
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    page.goto(f"{service.url}/verify")
    expect(page.locator("html")).to_have_attribute("lang", "ja")


def test_a_receipt_is_real_or_not(service: Service, visit: Visit) -> None:
    made: dict[str, Any] = service.claim(NOBODYS).json()["cases"][0]["receipt"]
    page = visit()
    for word, answer in ((made["check_word"], "Yes."), ("aaaa-aaaa", "No.")):
        page.goto(f"{service.url}/verify")
        page.locator("#number").fill(made["number"])
        page.locator("#word").fill(word.upper())
        page.locator("main form button").click()
        expect(page.locator("main")).to_contain_text(answer)
    assert ("opened" in page.inner_text("main")) is False


def test_a_case_is_forgotten_on_a_device_that_is_left(service: Service, visit: Visit) -> None:
    page = visit()
    page.goto(service.url)
    claim(page, NOBODYS)
    link = page.locator("#link").input_value()
    page.get_by_role("button", name="Forget this case on this device").click()
    assert page.goto(f"{service.url}/case").status == 404  # type: ignore[union-attr]
    page.goto(link)
    assert page.url == f"{service.url}/case"
