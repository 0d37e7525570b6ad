"""Every page can be read by everybody: at a phone's width, in the dark, from right to left, by a screen reader."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from api.service import AMIRS, BEAS, NOBODYS, OUTSIDE, Service
from nodes import require
from pages.conftest import Visit
from pages.test_walk import claim, enter, log_in
from playwright.sync_api import Page

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_VOID = {"meta", "link", "input", "br", "img", "hr"}


class Strict(HTMLParser):
    """Says where an element is not closed in order, or an id stands twice."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: set[str] = set()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                if value in self.ids:
                    self.wrong.append(f"id {value} twice")
                self.ids.add(value or "")
            if name.startswith("on") or name == "style":
                self.wrong.append(f"{name} on {tag}")
        if tag in ("script", "style"):
            self.wrong.append(tag)
        if tag in ("p", "ul", "div", "dl", "form", "section") and self.open[-1:] == ["p"]:
            self.wrong.append(f"{tag} inside p")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open[-1:] != [tag]:
            self.wrong.append(f"</{tag}> closes {self.open[-3:]}")
        else:
            self.open.pop()


def check_page(page: Page, axe: str, *, width: int) -> None:
    """Nothing found by axe-core, nothing wider than the screen, HTML that is closed in order."""
    where = page.url
    html = page.request.get(where, headers={"accept": "text/html"}).text()
    reader = Strict()
    reader.feed(html)
    assert reader.wrong == [], where
    assert reader.open == [], where
    assert len(html.encode()) + 12_000 < 30_000, f"{where} is heavy"
    page.evaluate(axe)
    found: dict[str, Any] = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", _RULES
    )
    told = [
        (one["id"], [node["target"] for node in one["nodes"]], one["nodes"][0]["failureSummary"])
        for one in found["violations"]
    ]
    assert told == [], where
    assert page.evaluate("document.documentElement.scrollWidth") <= width, where


@pytest.fixture(scope="module")
def axe() -> str:
    folder: Path = require("axe-core")
    return (folder / "axe.min.js").read_text("utf-8")


@pytest.mark.parametrize(
    ("language", "width", "dark"),
    [("en", 1280, False), ("de", 360, True), ("ar", 360, False), ("ja", 320, False)],
)
def test_the_customers_pages_can_be_read_by_everybody(
    language: str, width: int, dark: bool, service: Service, visit: Visit, axe: str
) -> None:
    page = visit(language=language, width=width, dark=dark, script=True)
    page.goto(service.url)
    page.locator("main form button").click()
    check_page(page, axe, width=width)
    for path in ("/verify", "/help/memo_missing", "/nowhere"):
        page.goto(service.url + path)
        check_page(page, axe, width=width)
    for tx_hash in (BEAS, NOBODYS):
        page.goto(service.url)
        claim(page, tx_hash)
        check_page(page, axe, width=width)
    page.goto(f"{service.url}/case/proof")
    page.locator("main form button").first.click()
    check_page(page, axe, width=width)
    page.goto(f"{service.url}/case/proof")
    page.locator("main form[action='/case/proof'] button").first.click()
    check_page(page, axe, width=width)
    for path in ("withdraw", "information"):
        page.goto(f"{service.url}/case/{path}")
        check_page(page, axe, width=width)
    enter(service, page, "amir")
    check_page(page, axe, width=width)
    claim(page, AMIRS)
    check_page(page, axe, width=width)
    for path in ("/case/accept", "/cases"):
        page.goto(service.url + path)
        check_page(page, axe, width=width)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_the_board_can_be_read_by_everybody(
    width: int, dark: bool, service: Service, visit: Visit, axe: str
) -> None:
    site = service.key("site", channel=True)
    made = service.claim(AMIRS, headers=site, user="amir").json()
    token = {"authorization": f"Bearer {made['token']}"}
    service.post("/v1/case/accept", token, return_to=OUTSIDE)
    held = service.claim(BEAS).json()["cases"][0]["id"]
    page = visit(width=width, dark=dark, script=True)
    page.goto(f"{service.url}/desk")
    check_page(page, axe, width=width)
    log_in(service, page, "wanda")
    for path in ("", "?queue=wallet", f"/cases/{made['cases'][0]['id']}", f"/cases/{held}"):
        page.goto(f"{service.url}/desk{path}")
        check_page(page, axe, width=width)


def test_every_thing_to_press_is_large_enough(service: Service, visit: Visit) -> None:
    page = visit(width=360, script=True)
    enter(service, page, "amir")
    claim(page, AMIRS)
    sizes = page.evaluate(
        "[...document.querySelectorAll('button, .button, input:not([type=hidden]), select')]"
        ".map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect().height])"
    )
    assert len(sizes) > 4
    assert [one for one in sizes if one[1] < 24] == []
