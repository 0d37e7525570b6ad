"""Prices from the book and from a real local endpoint: the newest usable wins, and an outage is told."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest

from recovery.config import PriceConfig
from recovery.errors import BadInput, Garbled, SourceError, Unreachable
from recovery.fees.policy import load_policy
from recovery.fees.prices import find_prices
from recovery.model import AssetId
from recovery.records.port import Price, Records

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ETH = AssetId("eip155:1/slip44:60")
USDT = AssetId("eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7")
IOU = AssetId("xrpl:0/token:USD.rhub8VRN55s94qWKDv6jmDy1pUykJzF3wq")


@dataclass
class Book:
    """The part of the records that holds prices."""

    prices: tuple[Price, ...] = ()

    def find_prices(self, assets: Collection[AssetId], currency: str) -> Mapping[AssetId, Price]:
        return {p.asset: p for p in self.prices if p.asset in assets and p.currency == currency}


@dataclass
class Endpoint:
    """A price server on 127.0.0.1 that says what it is told to, and remembers what it was asked."""

    url: str
    answer: Callable[[dict[str, list[str]]], tuple[int, bytes]]
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    def offers(self, *entries: dict[str, Any]) -> None:
        self.says(json.dumps({"prices": entries}))

    def says(self, text: str, status: int = 200) -> None:
        self.answer = lambda _: (status, text.encode())


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            state.asked.append(query)
            state.headers.append(dict(self.headers))
            status, body = state.answer(query)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(BrokenPipeError):  # nobody waited for it
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state = Endpoint(f"http://127.0.0.1:{server.server_port}/v1/prices", lambda _: (200, b""))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def booked(asset: AssetId, value: str, *, age_seconds: float = 0) -> Price:
    return Price(asset, "USD", Decimal(value), NOW - timedelta(seconds=age_seconds), "book")


def entry(
    asset: str, price: Any, *, as_of: Any = "2026-11-21T11:59:00Z", currency: str = "USD"
) -> dict[str, Any]:
    return {"asset": asset, "currency": currency, "price": price, "as_of": as_of}


def find(
    *assets: AssetId, book: tuple[Price, ...] = (), config: PriceConfig | None = None
) -> dict[AssetId, Price | SourceError]:
    return find_prices(
        assets,
        policy=load_policy(),
        records=cast(Records, Book(book)),
        config=config or PriceConfig(),
        now=NOW,
    )


def test_without_an_endpoint_the_book_is_all_there_is() -> None:
    assert find(ETH, USDT, book=(booked(ETH, "2500"),)) == {ETH: booked(ETH, "2500")}


def test_the_endpoint_is_asked_by_caip_19_ids_and_currency(endpoint: Endpoint) -> None:
    endpoint.offers(entry(ETH, "2500.10"), entry(IOU, "1.0002"))
    found = find(IOU, ETH, config=PriceConfig(endpoint=endpoint.url))
    assert endpoint.asked == [{"assets": [f"{ETH},{IOU}"], "currency": ["USD"]}]
    host = endpoint.url.split("/")[2]
    as_of = NOW - timedelta(minutes=1)
    assert found == {
        ETH: Price(ETH, "USD", Decimal("2500.10"), as_of, host),
        IOU: Price(IOU, "USD", Decimal("1.0002"), as_of, host),
    }


def test_a_json_number_is_read_digit_by_digit(endpoint: Endpoint) -> None:
    endpoint.says(json.dumps({"prices": [entry(ETH, 0)]}).replace(" 0,", " 0.1000000000000000055,"))
    price = find(ETH, config=PriceConfig(endpoint=endpoint.url))[ETH]
    assert isinstance(price, Price)
    assert price.value == Decimal("0.1000000000000000055")


def test_the_query_of_the_configured_url_is_kept(endpoint: Endpoint) -> None:
    endpoint.offers(entry(ETH, "1"))
    find(ETH, config=PriceConfig(endpoint=f"{endpoint.url}?key=k1"))
    assert endpoint.asked[0]["key"] == ["k1"]
    assert endpoint.asked[0]["assets"] == [ETH]


def test_headers_come_from_the_environment(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = PriceConfig(endpoint=endpoint.url, headers={"X-Key": "env:PRICE_KEY"})
    monkeypatch.delenv("PRICE_KEY", raising=False)
    with pytest.raises(BadInput, match="PRICE_KEY"):
        find(ETH, config=config)
    monkeypatch.setenv("PRICE_KEY", "secret")
    endpoint.offers(entry(ETH, "1"))
    find(ETH, config=config)
    assert endpoint.headers[0]["X-Key"] == "secret"


@pytest.mark.parametrize(
    ("book_age", "as_of", "winner"),
    [
        (600, "2026-11-21T11:59:00Z", "endpoint"),
        (10, "2026-11-21T11:59:00Z", "book"),
        (10, "2026-11-21T13:00:00Z", "book"),  # a price from the future hides nothing
        (-3600, "2026-11-21T11:59:00Z", "endpoint"),
        (7200, "2026-11-21T10:30:00Z", "endpoint"),  # both stale: the quote says so
    ],
)
def test_the_newest_usable_price_wins(
    book_age: int, as_of: str, winner: str, endpoint: Endpoint
) -> None:
    endpoint.offers(entry(ETH, "2501", as_of=as_of))
    price = find(
        ETH,
        book=(booked(ETH, "2500", age_seconds=book_age),),
        config=PriceConfig(endpoint=endpoint.url),
    )[ETH]
    assert isinstance(price, Price)
    assert ("book" if price.source == "book" else "endpoint") == winner


def test_an_outage_leaves_fresh_prices_and_is_told_for_the_others(endpoint: Endpoint) -> None:
    endpoint.says("busy", status=500)
    fresh, stale = booked(ETH, "2500", age_seconds=60), booked(USDT, "1", age_seconds=7200)
    found = find(ETH, USDT, IOU, book=(fresh, stale), config=PriceConfig(endpoint=endpoint.url))
    assert found[ETH] == fresh
    assert isinstance(found[USDT], Unreachable)
    assert isinstance(found[IOU], Unreachable)


def test_nobody_listening_is_an_outage() -> None:
    found = find(ETH, config=PriceConfig(endpoint="http://127.0.0.1:9/prices", timeout_seconds=1))
    assert isinstance(found[ETH], Unreachable)


def test_an_asset_the_endpoint_leaves_out_has_no_price(endpoint: Endpoint) -> None:
    endpoint.offers(entry(ETH, "2500"))
    assert set(find(ETH, USDT, config=PriceConfig(endpoint=endpoint.url))) == {ETH}


@pytest.mark.parametrize(
    "text",
    [
        "<html>sign in</html>",
        '{"prices": [{"asset"',
        "[]",
        "{}",
        '{"prices": {}}',
        json.dumps({"prices": [entry(ETH, True)]}),
        json.dumps({"prices": [entry(ETH, None)]}),
        json.dumps({"prices": [entry(ETH, "dear")]}),
        json.dumps({"prices": [entry(ETH, "0")]}),
        json.dumps({"prices": [entry(ETH, "-2")]}),
        json.dumps({"prices": [entry(ETH, "NaN")]}),
        json.dumps({"prices": [entry(ETH, float("inf"))]}),
        json.dumps({"prices": [entry(ETH, "1e400")]}),
        json.dumps({"prices": [entry(ETH, "1", as_of=1700000000)]}),
        json.dumps({"prices": [entry(ETH, "1", as_of="yesterday")]}),
        json.dumps({"prices": [entry(ETH, "1", currency="EUR")]}),
        json.dumps({"prices": [entry(ETH, "1"), entry(ETH, "2")]}),
    ],
)
def test_an_answer_that_is_not_the_contract_is_garbled(text: str, endpoint: Endpoint) -> None:
    endpoint.says(text)
    assert isinstance(find(ETH, config=PriceConfig(endpoint=endpoint.url))[ETH], Garbled)


def test_a_status_other_than_200_is_no_answer(endpoint: Endpoint) -> None:
    endpoint.says('{"prices": []}', status=404)
    assert isinstance(find(ETH, config=PriceConfig(endpoint=endpoint.url))[ETH], Garbled)


def test_many_assets_are_asked_in_parts(endpoint: Endpoint) -> None:
    def answer(query: dict[str, list[str]]) -> tuple[int, bytes]:
        entries = [entry(asset, "2") for asset in query["assets"][0].split(",")]
        return 200, json.dumps({"prices": entries}).encode()

    endpoint.answer = answer
    assets = [AssetId(f"eip155:1/erc20:0x{n:040x}") for n in range(45)]
    found = find(*assets, config=PriceConfig(endpoint=endpoint.url))
    assert len(found) == 45
    assert all(isinstance(p, Price) for p in found.values())
    assert len(endpoint.asked) == 3


def test_more_assets_than_a_request_takes_are_asked_in_parts(endpoint: Endpoint) -> None:
    assets = [AssetId(f"eip155:1/erc20:0x{n:040x}") for n in range(21)]
    endpoint.offers()
    assert find(*assets, config=PriceConfig(endpoint=endpoint.url)) == {}
    assert [len(asked["assets"][0].split(",")) for asked in endpoint.asked] == [20, 1]


def test_where_nothing_is_wanted_nobody_is_asked(endpoint: Endpoint) -> None:
    assert find(config=PriceConfig(endpoint=endpoint.url)) == {}
    assert endpoint.asked == []


@pytest.mark.parametrize(
    ("age", "kept"), [(3600, True), (3601, False), (-120, True), (-121, False)]
)
def test_a_price_of_the_book_is_used_to_the_last_second_when_the_endpoint_fails(
    age: int, kept: bool, endpoint: Endpoint
) -> None:
    endpoint.says("{}", 500)
    price = booked(ETH, "2500", age_seconds=age)
    found = find(ETH, book=(price,), config=PriceConfig(endpoint=endpoint.url))[ETH]
    assert (found == price) is kept
    assert kept or isinstance(found, SourceError)


def test_an_asset_that_nobody_asked_for_does_not_hide_the_next(endpoint: Endpoint) -> None:
    endpoint.offers(entry(USDT, "1"), entry(ETH, "2500"))
    found = find(ETH, config=PriceConfig(endpoint=endpoint.url))
    assert list(found) == [ETH]
    assert isinstance(found[ETH], Price)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[]", "answer: "),
        ('{"prices": [{"asset": 5}]}', "prices.0.asset: "),
        ('{"prices": [{"asset": "a", "currency": "USD", "price": "1", "as_of": "soon"}]}', "prices.0.as_of: Value error, "),
    ],
)  # fmt: skip
def test_an_answer_of_another_shape_is_told_by_its_place(
    text: str, told: str, endpoint: Endpoint
) -> None:
    endpoint.says(text)
    found = find(ETH, config=PriceConfig(endpoint=endpoint.url))[ETH]
    assert isinstance(found, Garbled)
    assert f"prices {endpoint.url.rsplit('/', 2)[0]}: {told}" in found.text


@pytest.mark.parametrize(("length", "taken"), [(400, True), (401, False)])
def test_an_id_is_as_long_as_an_asset_s_can_be(
    length: int, taken: bool, endpoint: Endpoint
) -> None:
    endpoint.offers(entry("a" * length, "1"), entry(ETH, "2500"))
    found = find(ETH, config=PriceConfig(endpoint=endpoint.url))[ETH]
    assert isinstance(found, Price if taken else Garbled)


def test_an_endpoint_slower_than_its_limit_is_an_outage_that_names_it(endpoint: Endpoint) -> None:
    def slowly(_: dict[str, list[str]]) -> tuple[int, bytes]:
        time.sleep(1.0)
        return 200, json.dumps({"prices": [entry(ETH, "1")]}).encode()

    endpoint.answer = slowly
    failed = find(ETH, config=PriceConfig(endpoint=endpoint.url, timeout_seconds=0.1))[ETH]
    assert isinstance(failed, Unreachable)
    assert "prices" in failed.text
