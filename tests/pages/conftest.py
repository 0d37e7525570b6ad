"""A real Chromium before the real service; the small exchange is that of the API's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from api.conftest import config, exchange, serve, service, still
from nodes import require
from playwright.sync_api import Browser, Page, sync_playwright

__all__ = ["config", "exchange", "serve", "service", "still"]

_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; every visit has a profile of its own."""
    program = require("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_QUIET))
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """A fresh visitor's page, without JavaScript unless asked for; requests to strangers fail the test."""
    with ExitStack() as stack:
        foreign: list[str] = []

        def open_page(
            *, language: str = "en", width: int = 1280, dark: bool = False, script: bool = False
        ) -> Page:
            options: dict[str, Any] = {
                "locale": language,
                "viewport": {"width": width, "height": 900},
                "color_scheme": "dark" if dark else "light",
                "java_script_enabled": script,
            }
            context = chromium.new_context(**options)
            stack.callback(context.close)
            page = context.new_page()
            page.on(
                "request",
                lambda sent: (
                    None if sent.url.startswith("http://127.0.0.1:") else foreign.append(sent.url)
                ),
            )
            return page

        yield open_page
        assert foreign == []
