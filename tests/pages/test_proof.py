"""A sender proves themselves in a browser: a key of our own, a deposit on a real node, the page's own text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from api.service import Service, serving
from nodes.evm import Chain, start_chain
from outer.desk import Desk, fresh_address
from pages.conftest import Visit
from pages.test_walk import claim
from playwright.sync_api import Page, expect
from proofs.test_flow_evm import COIN, Customer

from recovery.cases.audit import audit
from recovery.config import load_config
from recovery.messages import speak


@pytest.fixture(scope="module")
def eth() -> Iterator[Chain]:
    with start_chain("ETH") as chain:
        yield chain


@dataclass(frozen=True)
class Site:
    """The pages of an exchange that asks a real node, and one of its own wallets."""

    service: Service
    hot: str


@pytest.fixture
def site(
    tmp_path: Path, sqlite_url: str, eth: Chain, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    monkeypatch.setenv("RECOVERY_SECRET", "a secret of the tests")
    desk, hot = Desk(tmp_path, sqlite_url), fresh_address()
    desk.join(eth)
    desk.issue("ETH", hot, "", role="hot", can_sign="ETH")
    with serving(load_config(str(desk.config))) as service:
        yield Site(service, hot)


def _ask(site: Site, page: Page, tx_hash: str, way: str) -> None:
    """Claim, go to the proof, and choose a way."""
    page.goto(site.service.url)
    say = speak(page.locator("html").get_attribute("lang") or "en").say
    claim(page, tx_hash)
    expect(page.locator("article h2")).to_have_text(say("state.needs_input.name"))
    page.get_by_role("link", name=say("act.prove")).click()
    page.get_by_role("button", name=say(f"proof.{way}")).click()


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("ko", 360), ("ar", 360)])
def test_a_signed_text_leads_to_the_quote(
    language: str, width: int, site: Site, eth: Chain, visit: Visit
) -> None:
    say = speak(language).say
    ulla, page = Customer(eth), visit(language=language, width=width)
    _ask(site, page, ulla.send(site.hot, COIN), "by_signature")
    expect(page.locator("main")).to_contain_text(say("wallet.eip191"))
    expect(page.locator("main")).to_contain_text(say("proof.cannot_sign"))
    text = page.locator("pre").inner_text()
    assert ulla.address in text

    page.locator("#signature").fill(Customer(eth).sign(text))
    page.get_by_role("button", name=say("act.send"), exact=True).click()
    expect(page.locator(".errors")).to_contain_text(say("error.wrong-signer"))
    page.locator("#signature").fill(ulla.sign(page.locator("pre").inner_text()))
    page.get_by_role("button", name=say("act.send"), exact=True).click()
    assert page.url == f"{site.service.url}/case"
    expect(page.locator("article h2")).to_have_text(say("state.quoted.name"))
    assert audit(site.service.desk.store).problems == ()


def test_a_small_payment_leads_to_the_quote(site: Site, eth: Chain, visit: Visit) -> None:
    say = speak("de").say
    ulla, page = Customer(eth), visit(language="de", width=360)
    _ask(site, page, ulla.send(site.hot, COIN), "by_deposit")
    expect(page.locator("main")).to_contain_text(say("proof.deposit_belongs"))
    coins, symbol = page.locator("dl.rows dd").first.inner_text().split()
    assert symbol == "ETH"
    whole, _, part = coins.partition(".")
    amount = int(whole) * COIN + int(part.ljust(18, "0"))

    def name_it(tx_hash: str) -> None:
        page.locator("#tx_hash").fill(tx_hash)
        page.locator("form[action$='/proof/deposit'] button").click()

    name_it(ulla.send(site.hot, amount - 10**9))
    expect(page.locator(".errors")).to_contain_text(say("error.deposit-wrong-amount"))
    sent = ulla.send(site.hot, amount, final=False)
    name_it(sent)
    expect(page.locator(".errors")).to_contain_text(say("error.deposit-not-final"))
    eth.anvil.mine(4)
    name_it(sent)
    assert page.url == f"{site.service.url}/case"
    expect(page.locator("article h2")).to_have_text(say("state.needs_review.name"))
    assert audit(site.service.desk.store).problems == ()
