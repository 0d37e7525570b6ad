"""Prices from the imported book and from an HTTP endpoint: the newest usable one wins.

Knows: the endpoint's JSON, which of two prices to prefer. Must not know: what a price is for. A
price is never estimated, averaged or carried over: an asset without one is missing from the answer.

The endpoint is asked ``GET {endpoint}?assets=A,B&currency=USD``, with CAIP-19 ids, and answers
``{"prices": [{"asset": "A", "currency": "USD", "price": "1.0002", "as_of": "2026-11-21T12:00:00Z"}]}``.
``asset`` is written as it was asked; an asset that it has no price for is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from recovery.chains.source import Node
from recovery.config import PriceConfig
from recovery.errors import BadInput, SourceError
from recovery.fees.policy import FeePolicy
from recovery.fees.quote import is_sane
from recovery.model import AssetId, NetworkCode
from recovery.records.port import Price, Records
from recovery.times import parse_time

_ASSETS_PER_REQUEST = 20
"""CAIP-19 ids are up to some 200 characters: a request stays below the usual 8 kB of a URL."""


def find_prices(
    assets: Collection[AssetId],
    *,
    policy: FeePolicy,
    records: Records,
    config: PriceConfig,
    now: datetime,
) -> dict[AssetId, Price | SourceError]:
    """The price of each asset in the policy's currency; an asset nobody has one for is missing.

    Book and endpoint are both asked, and the newest price that can be used now wins. An
    endpoint that fails is a `SourceError` for the assets of which the book has no usable price:
    never a reason to take an older one. The quote judges what is returned (`make_quote`).
    Raises what ``records`` raises, and `BadInput` for a header that names a missing secret.
    """
    wanted = sorted(set(assets))
    found: dict[AssetId, Price | SourceError] = {}
    found.update(records.find_prices(wanted, policy.currency))
    if config.endpoint is None or not wanted:
        return found
    node = Node(
        network=NetworkCode("prices"),
        url=config.endpoint,
        api="prices",
        timeout_seconds=config.timeout_seconds,
        headers=config.secret_headers(),
    )
    try:
        for start in range(0, len(wanted), _ASSETS_PER_REQUEST):
            part = wanted[start : start + _ASSETS_PER_REQUEST]
            offered = _fetch_outcomes(node, part, currency=policy.currency)
            for asset, offer in offered.items():
                found[asset] = _prefer(found.get(asset), offer, policy=policy, now=now)
    finally:
        node.close()
    return found


def _prefer(
    booked: Price | SourceError | None,
    offer: Price | SourceError,
    *,
    policy: FeePolicy,
    now: datetime,
) -> Price | SourceError:
    def is_usable(price: Price) -> bool:
        ahead = price.as_of - now
        return -policy.quote.price_max_age <= ahead <= policy.quote.clock_skew

    if not isinstance(booked, Price):
        return offer
    if isinstance(offer, SourceError):
        return booked if is_usable(booked) else offer
    # a price from the future must not hide one that can be used
    return max(offer, booked, key=lambda price: (is_usable(price), price.as_of))


def _fetch_outcomes(
    node: Node, assets: list[AssetId], *, currency: str
) -> Mapping[AssetId, Price | SourceError]:
    try:
        return fetch_prices(node, assets, currency=currency)
    except SourceError as failed:
        return dict.fromkeys(assets, failed)


def fetch_prices(node: Node, assets: list[AssetId], *, currency: str) -> dict[AssetId, Price]:
    """One question to the endpoint; raises a `SourceError` where its answer can't be used whole."""
    answer = node.fetch_json("", {"assets": ",".join(assets), "currency": currency})
    if answer.status != 200:
        raise node.garbled(f"HTTP {answer.status}")
    try:
        entries = _Answer.model_validate(answer.body).prices
    except ValidationError as wrong:
        first = wrong.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise node.garbled(f"{place or 'answer'}: {first['msg']}") from None
    source = urlsplit(node.url).netloc.rpartition("@")[2]
    prices: dict[AssetId, Price] = {}
    for entry in entries:
        asset = AssetId(entry.asset)
        if asset not in assets:
            continue  # more than was asked harms nobody
        if entry.currency != currency:
            raise node.garbled(f"asked for {currency}, answered in {entry.currency}")
        if asset in prices:
            raise node.garbled(f"two prices of {asset}")
        prices[asset] = Price(asset, currency, entry.price, entry.as_of, source)
    return prices


def _price(value: Any) -> Decimal:
    # a JSON number with a point arrives as Decimal; NaN and Infinity, which are no JSON, as float
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError("a price is a decimal string or a number")
    try:
        price = Decimal(value)
    except ArithmeticError:
        raise ValueError("a price is a decimal string or a number") from None
    if not is_sane(price):
        raise ValueError("a price is above zero and of a sane size")
    return price


def _moment(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError("a time is an ISO 8601 string")
    try:
        return parse_time(value)
    except BadInput as wrong:
        raise ValueError(wrong.text) from None


class _Entry(BaseModel):
    asset: str = Field(max_length=400)
    currency: str
    price: Annotated[Decimal, BeforeValidator(_price)]
    as_of: Annotated[datetime, BeforeValidator(_moment)]


class _Answer(BaseModel):
    prices: list[_Entry]
