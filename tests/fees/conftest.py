"""A desk that quotes: every input of a quote with a plain default, so that a test names what matters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

import pytest

from recovery.chains.family import CostLine, NetworkCost
from recovery.classify.verdict import Cause, Outcome, Reason, Recoverability, Verdict
from recovery.errors import SourceError
from recovery.fees.policy import FeePolicy, load_policy
from recovery.fees.quote import make_quote
from recovery.fees.values import NoQuote, Quote
from recovery.model import Amount, AssetId, Party, Transfer, TransferKind
from recovery.networks import load_registry
from recovery.records.port import Price

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

Cost = Sequence[tuple[Literal["network_cost", "reserve"], int]]


@dataclass(frozen=True, slots=True)
class Desk:
    """The shipped policy at a fixed moment. ``quote`` is a token of 6 decimals worth 1.00 each."""

    policy: FeePolicy
    now: datetime = NOW

    def price(
        self,
        asset: str,
        value: str | Decimal = "1",
        *,
        age_seconds: float = 0,
        currency: str = "USD",
        source: str = "book",
    ) -> Price:
        as_of = self.now - timedelta(seconds=age_seconds)
        return Price(AssetId(asset), currency, Decimal(value), as_of, source)

    def token(self, network: str) -> AssetId:
        return AssetId(f"{load_registry()[network].chain}/test:token")

    def quote(
        self,
        *,
        policy: FeePolicy | None = None,
        network: str = "ETH",
        cause: Cause = Cause.UNLISTED_TOKEN,
        recoverability: Recoverability = Recoverability.RECOVERABLE,
        outcome: Outcome = Outcome.RETURN,
        amount: Amount = 1_000_000_000,
        native: bool = False,
        kind: TransferKind | None = None,
        transfer_decimals: int | None = 6,
        decimals: int | None = None,
        price: str | Decimal | Price | SourceError | None = "1",
        native_price: str | Decimal | Price | SourceError | None = "2500",
        cost: Cost | SourceError | None = (("network_cost", 100_000_000_000_000),),
        nth: int = 2,
        planned: bool = False,
        with_transfer: bool = True,
    ) -> Quote | NoQuote:
        row = load_registry()[network]
        asset = row.native_asset if native else self.token(network)
        transfer = Transfer(
            index=0,
            position="log:0",
            kind=kind or (TransferKind.NATIVE if native else TransferKind.TOKEN),
            asset=asset,
            amount=amount,
            senders=(),
            recipient=Party(None, None),
            decimals=transfer_decimals,
        )
        if isinstance(price, str | Decimal):
            price = self.price(asset, price)
        if isinstance(native_price, str | Decimal):
            native_price = self.price(row.native_asset, native_price)
        estimate: NetworkCost | SourceError | None
        if cost is None or isinstance(cost, SourceError):
            estimate = cost
        else:
            lines = tuple(CostLine(code, units, "Fee of the transfer") for code, units in cost)
            estimate = NetworkCost(row.native_asset, lines, "http://node", self.now)
        return make_quote(
            policy or self.policy,
            verdict=Verdict(0, cause, recoverability, outcome, (Reason("test", "A test."),)),
            transfer=transfer if with_transfer else None,
            network=row,
            price=price,
            native_price=native_price,
            cost=estimate,
            nth_case_this_year=nth,
            planned=planned,
            now=self.now,
            decimals=decimals,
        )


@pytest.fixture(scope="session")
def desk() -> Desk:
    return Desk(load_policy())


@pytest.fixture(scope="session")
def quoted(desk: Desk) -> Callable[..., Quote]:
    """Like ``desk.quote``, where a quote is expected."""

    def quote(**inputs: object) -> Quote:
        result = desk.quote(**inputs)  # type: ignore[arg-type]  # the desk's own defaults
        assert isinstance(result, Quote), result
        return result

    return quote


@pytest.fixture(scope="session")
def unquoted(desk: Desk) -> Callable[..., NoQuote]:
    """Like ``desk.quote``, where no quote is expected."""

    def quote(**inputs: object) -> NoQuote:
        result = desk.quote(**inputs)  # type: ignore[arg-type]  # the desk's own defaults
        assert isinstance(result, NoQuote), result
        return result

    return quote


@pytest.fixture(scope="session")
def abrupt() -> FeePolicy:
    """The shipped policy without the taper: the waiver of a first case ends at its threshold."""
    policy = load_policy()
    ends = policy.first_case.model_copy(update={"taper": False})
    return policy.model_copy(update={"first_case": ends})
