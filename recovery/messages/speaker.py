"""One language's voice: texts by id, amounts, dates and plurals as its readers write them.

Knows: catalogues and locales. Must not know: cases, stores, HTML. What comes back is plain text: a
page escapes it. Whatever a stranger could have written (symbols, memos, addresses) is put between
Unicode isolates, so that it can't turn the sentence around it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from functools import cache
from typing import TYPE_CHECKING, Any

from recovery.messages.catalogue import load_catalogue
from recovery.messages.english import Text, load_english, load_groups
from recovery.messages.languages import LANGUAGES, Language

if TYPE_CHECKING:
    from babel.support import Translations

PLACE = re.compile(r"\{([a-z_]+)\}")
"""A place in a text that a value fills."""

_LEFT_TO_RIGHT_ISOLATE, _FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2066", "\u2068", "\u2069"
_NO_MARKS = dict.fromkeys((0x200E, 0x200F, 0x061C))
_EXACT = 200
"""Digits that no amount has: what is formatted is never rounded."""


@dataclass(frozen=True, slots=True)
class Words:
    """A cause as a customer reads it: what happened, whether it can be put right, what to do."""

    title: str
    happened: str
    answer: str
    next: str


class Speaker:
    """Says every text of `recovery.messages.english` in one language. Thread-safe."""

    def __init__(self, language: Language, catalogue: Translations | None) -> None:
        self.language = language.tag
        self.direction = language.direction
        self._locale = language.locale
        self._catalogue = catalogue

    def say(self, text_id: str, **values: object) -> str:
        """The text with its values filled in; raises `KeyError` for an id that does not exist."""
        text = load_english()[text_id]
        return _fill(self._translate(text), values)

    def count(self, text_id: str, number: int, **values: object) -> str:
        """The plural form that fits ``number``, which also fills ``{count}``."""
        text = load_english()[text_id]
        if text.plural is None:
            raise KeyError(f"{text_id} has no plural")
        if self._catalogue is None:
            form = text.english if number == 1 else text.plural
        else:
            form = self._catalogue.unpgettext(text.id, text.english, text.plural, number)
        return _fill(form, {"count": self.number(number), **values})

    def knows(self, text_id: str) -> bool:
        return text_id in load_english()

    def cause(self, cause: str, recoverability: str, *, closed: bool = False) -> Words:
        """The words for a verdict; every hold reads alike, whatever its cause, and every end of one."""
        name = cause
        if recoverability == "hold":
            name = "review_closed" if closed else "under_review"
        return Words(
            title=self.say(f"cause.{name}.title"),
            happened=self.say(f"cause.{name}.happened"),
            answer=self._answer(name, recoverability, "answer"),
            next=self._answer(name, recoverability, "next"),
        )

    def _answer(self, cause: str, recoverability: str, part: str) -> str:
        own = f"cause.{cause}.{recoverability}.{part}"
        return self.say(own if self.knows(own) else f"cause.answer.{recoverability}.{part}")

    def code(self, kind: str, code: str) -> str:
        """The text of a code of a closed set (``need``, ``condition``, ``line``, ``quote_reason``…).

        Codes that a customer need not tell apart share the text of their group; an unknown one
        reads as ``other``.
        """
        shared = load_groups().get(kind, {}).get(code, code)
        found = f"{kind}.{shared}"
        return self.say(found if self.knows(found) else f"{kind}.other")

    def error(self, reference: str) -> str | None:
        """What a claimant is told of an error; None where nobody has written words for it."""
        found = f"error.{load_groups().get('error', {}).get(reference, reference)}"
        return self.say(found) if self.knows(found) else None

    def number(self, value: int | Decimal) -> str:
        """Every digit that the number has, grouped as the language groups them."""
        from babel.numbers import format_decimal

        with localcontext(prec=_EXACT):
            return format_decimal(value, locale=self._locale, decimal_quantization=False)

    def amount(self, base_units: int | Decimal, decimals: int | None, symbol: str | None) -> str:
        """An amount of coins, exact; base units where nobody knows the decimals."""
        with localcontext(prec=_EXACT):
            whole = base_units if not decimals else Decimal(base_units).scaleb(-decimals)
            text = self.number(_plain(whole))
        return f"{text} {isolate(symbol)}" if symbol else text

    def money(self, value: Decimal, currency: str) -> str:
        """A sum of the policy's currency, in its own smallest unit, as the language writes it.

        What is smaller than that unit is said to be so, without a sign: it is neither nothing nor a cent.
        """
        from babel.numbers import format_currency, get_currency_precision

        least = Decimal(1).scaleb(-get_currency_precision(currency))
        with localcontext(prec=_EXACT):
            if value != 0 and abs(value) < least:
                smallest = format_currency(least, currency, locale=self._locale)
                return self.say("less_than", amount=self._one_way(smallest))
            return self._one_way(format_currency(value, currency, locale=self._locale))

    def price(self, value: Decimal, currency: str) -> str:
        """What one coin is worth, with every digit that the price has."""
        from babel.numbers import format_currency

        with localcontext(prec=_EXACT):
            return self._one_way(
                format_currency(value, currency, locale=self._locale, decimal_quantization=False)
            )

    def _one_way(self, sum_of_money: str) -> str:
        """From left to right, as the amount of coins beside it: else ``US$`` turns round, and a minus stands behind."""
        if self.direction == "ltr":
            return sum_of_money
        return f"{_LEFT_TO_RIGHT_ISOLATE}{sum_of_money.translate(_NO_MARKS)}{_POP_ISOLATE}"

    def moment(self, moment: datetime) -> str:
        """Day and time in UTC, and saying so."""
        from babel.dates import format_datetime

        utc = moment.astimezone(UTC)
        return f"{format_datetime(utc, 'medium', tzinfo=UTC, locale=self._locale)} UTC"

    def span(self, seconds: float) -> str:
        """About how long it takes, in the largest unit that fits."""
        minutes = max(round(seconds / 60), 1)
        if minutes < 90:
            return self.count("wait_minutes", minutes)
        hours = round(minutes / 60)
        return (
            self.count("wait_hours", hours)
            if hours < 36
            else self.count("wait_days", round(hours / 24))
        )

    def _translate(self, text: Text) -> str:
        if self._catalogue is None:
            return text.english
        return self._catalogue.upgettext(text.id, text.english)


@cache
def speak(language: str) -> Speaker:
    """The speaker of one of our languages; raises `KeyError` for another."""
    known = LANGUAGES[language]
    return Speaker(known, load_catalogue(known))


def isolate(text: str) -> str:
    """A stranger's text made harmless inside a sentence: isolated, without invisible characters."""
    shown = "".join(
        "\ufffd" if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") else c
        for c in text
    )
    return f"{_FIRST_STRONG_ISOLATE}{shown}{_POP_ISOLATE}"


def _plain(value: int | Decimal) -> int | Decimal:
    """Without zeros behind the point that nobody needs."""
    if isinstance(value, int):
        return value
    return value.to_integral_value() if value == value.to_integral_value() else value.normalize()


def _fill(text: str, values: Mapping[str, Any]) -> str:
    """In one pass: what stands in a value is never read as a place of its own."""
    return PLACE.sub(lambda place: str(values[place[1]]), text)
