"""The list of the claims that a browser has opened: kept by it alone, opened and forgotten by its own forms."""

from __future__ import annotations

from api.conftest import Serve
from api.service import AMIRS, NOBODYS, PIAS, Service
from pages.conftest import Visit
from pages.test_forms import Visitor
from pages.test_walk import claim, enter
from playwright.sync_api import expect

from recovery.api.pages.device import AT_MOST


def _link(service: Service, tx_hash: str) -> str:
    return f"/c/{service.claim(tx_hash).json()['token']}"


def test_several_claims_are_a_list_from_which_each_is_opened(
    service: Service, visit: Visit
) -> None:
    page = visit(width=360)
    page.goto(service.url)
    assert page.get_by_role("link", name="All cases on this device").count() == 0
    for tx_hash in (NOBODYS, PIAS):
        page.goto(service.url)
        claim(page, tx_hash)
    page.get_by_role("link", name="All cases on this device").click()
    expect(page.locator("article")).to_have_count(2)
    assert "rc_" not in page.content(), "no token stands in the page"
    page.locator("article", has_text=NOBODYS).get_by_role("button").click()
    assert page.url == f"{service.url}/case"
    expect(page.locator("main")).to_contain_text(NOBODYS)

    page.get_by_role("button", name="Forget this case on this device").click()
    page.goto(f"{service.url}/cases")
    expect(page.locator("article")).to_have_count(1)
    page.get_by_role("button", name="Forget all cases on this device").click()
    page.goto(f"{service.url}/cases")
    expect(page.locator("article")).to_have_count(0)
    assert page.goto(f"{service.url}/case").status == 404  # type: ignore[union-attr]


def test_the_list_is_for_its_browser_alone(service: Service) -> None:
    visitor, stranger = Visitor(service), Visitor(service)
    visitor.get("/")
    visitor.get(_link(service, NOBODYS))
    number = service.claim(PIAS).json()["cases"][0]["id"]
    assert number not in visitor.get("/cases").text
    answer = visitor.client.post("/cases/open", data={"case": number, "mark": "0" * 64})
    assert answer.status_code == 409
    assert visitor.post("/cases/open", "/cases", case=number).status_code == 404
    assert NOBODYS not in stranger.get("/cases").text
    (cookie,) = (c for c in visitor.client.cookies.jar if c.name == "cases")
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.expires is None, "it ends with the browser"


def test_the_list_is_short_and_loses_links_that_open_nothing(service: Service) -> None:
    visitor = Visitor(service)
    visitor.get("/")
    for _ in range(AT_MOST + 2):
        visitor.get(_link(service, NOBODYS))
    tokens = visitor.client.cookies["cases"].split(".")
    assert len(tokens) == AT_MOST
    page = Visitor(service)
    page.client.cookies.set("cases", f"{tokens[0]}.rc_wrong.{tokens[1]}", domain="127.0.0.1")
    assert page.get("/cases").status_code == 200
    assert page.client.cookies.get("cases", path="/") == f"{tokens[0]}.{tokens[1]}"


def test_tokens_are_not_guessed_by_the_list(serve: Serve) -> None:
    service = serve(refused_per_minute=5)
    visitor = Visitor(service)
    guesses = ".".join(f"rc_{n:032}" for n in range(AT_MOST))
    visitor.client.cookies.set("cases", guesses)
    assert visitor.get("/cases").status_code == 200
    assert visitor.get("/cases").status_code == 429


def test_another_customer_of_the_same_browser_starts_without_it(
    service: Service, visit: Visit
) -> None:
    page = visit()
    enter(service, page, "amir")
    claim(page, AMIRS)
    enter(service, page, "amir")
    assert page.goto(f"{service.url}/case").status == 200  # type: ignore[union-attr]
    enter(service, page, "pia")
    assert page.goto(f"{service.url}/case").status == 404  # type: ignore[union-attr]
    page.goto(f"{service.url}/cases")
    expect(page.locator("article")).to_have_count(0)
