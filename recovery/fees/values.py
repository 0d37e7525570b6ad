"""The values of a quote, as the outer contract prints them.

Knows: lines, money, advice. Must not know: the policy's numbers, where prices come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from recovery.model import Amount, AssetId, Note
from recovery.records.port import Price


class LineCode(StrEnum):
    NETWORK_COST = "network_cost"
    SERVICE_FEE = "service_fee"
    RESERVE = "reserve"
    WAIVER = "waiver"


class Advice(StrEnum):
    RECOVER = "recover"
    WAIT = "wait"
    NOT_WORTH_IT = "not_worth_it"


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """``amount`` in base units of the recovered asset: positive deducts, a waiver is negative.

    ``value`` is the same in the quote's currency.
    """

    code: LineCode
    amount: Amount
    value: Decimal
    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """``gross = sum(lines) + net``, exactly, in base units of ``asset``; ``net`` is never negative."""

    currency: str
    policy: str
    expires_at: datetime
    price: Price
    asset: AssetId
    gross: Amount
    net: Amount
    lines: tuple[QuoteLine, ...]
    advice: Advice
    advice_text: str


@dataclass(frozen=True, slots=True)
class NoQuote:
    """Why there is no quote: the contract's ``quote_reason``."""

    reason: Note
