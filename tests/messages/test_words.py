"""Everything the house can say to a customer has words."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recovery.cases.table import State
from recovery.classify.verdict import Cause, Outcome, Recoverability
from recovery.fees.values import LineCode
from recovery.messages import LANGUAGES, choose_language, speak
from recovery.messages.english import load_english, load_groups
from recovery.networks import load_registry
from recovery.proofs.verification import REFUSALS

_HELP = Path(str(files("recovery.messages"))) / "help"
_HEADINGS = ["## What it means", "## What we can do", "## How to avoid it next time"]
_HOLDS_ONLY = {
    Cause.MEMO_OF_OTHER_USER,
    Cause.ADDRESS_OF_OTHER_USER,
    Cause.CLAIMANT_MISMATCH,
    Cause.TAINTED_SOURCE,
    Cause.COMPLIANCE_HOLD,
}


@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_has_words_under_every_recoverability(cause: Cause) -> None:
    speaker = speak("en")
    for recoverability in Recoverability:
        if cause in _HOLDS_ONLY and recoverability is not Recoverability.HOLD:
            continue
        words = speaker.cause(cause.value, recoverability.value)
        assert words.title
        assert words.happened
        assert words.answer
        assert words.next


def test_every_hold_reads_alike() -> None:
    for language in LANGUAGES:
        speaker = speak(language)
        assert len({speaker.cause(cause.value, "hold") for cause in Cause}) == 1


def test_every_state_outcome_and_line_has_words() -> None:
    texts = load_english()
    for state in State:
        assert f"state.{state.value}.name" in texts
        assert f"state.{state.value}.next" in texts
    assert all(f"outcome.{outcome.value}" in texts for outcome in Outcome)
    assert all(f"line.{line.value}" in texts for line in LineCode)


def test_every_condition_of_every_network_is_told_by_a_text_of_its_own_meaning() -> None:
    told = {*load_groups()["condition"], *(i.partition(".")[2] for i in load_english())}
    for network in load_registry().networks:
        for condition in network.conditions:
            assert condition.code in told, (network.code, condition.code)


def test_a_value_is_never_read_as_a_place() -> None:
    said = speak("en").say("act.accept_text", net="{costs}", costs="5.00")
    assert said.startswith("You receive {costs}. The costs of 5.00 ")


def test_a_strangers_symbol_can_turn_no_sentence() -> None:
    shown = speak("ar").amount(1_500_000, 6, "US\u202eDT\n")
    assert "\u202e" not in shown
    assert "\n" not in shown
    assert shown.endswith("\u2069")


@given(st.integers(0, 2**256), st.integers(0, 36), st.sampled_from(sorted(LANGUAGES)))
def test_no_digit_of_an_amount_is_lost_in_any_language(
    base_units: int, decimals: int, language: str
) -> None:
    shown = speak(language).amount(base_units, decimals, None)
    digits = "".join(c for c in shown if c.isdigit()).lstrip("0")
    assert str(base_units).strip("0") == digits.strip("0")


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_moments_money_and_spans_are_said_in_every_language(language: str) -> None:
    speaker = speak(language)
    assert speaker.moment(datetime(2026, 11, 20, 12, tzinfo=UTC)).endswith("UTC")
    assert "1" in speaker.money(Decimal("1234.5"), "USD")
    for seconds in (5, 60, 120, 5 * 60, 21 * 60, 5400, 36 * 3600, 30 * 86400):
        assert speaker.span(seconds)


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_less_than_a_cent_is_neither_nothing_nor_a_cent(language: str) -> None:
    speaker = speak(language)
    cent = speaker.money(Decimal("0.01"), "USD")
    told = speaker.say("less_than", amount=cent)
    for little in ("0.009999", "-0.004", "1e-18"):
        assert speaker.money(Decimal(little), "USD") == told
    for plain in ("0", "0.01", "-0.01", "0.5"):
        assert speaker.money(Decimal(plain), "USD") != told
    assert speaker.money(Decimal("0.4"), "JPY") == speaker.say(
        "less_than", amount=speaker.money(Decimal(1), "JPY")
    )


def test_money_reads_from_left_to_right_in_a_language_that_does_not() -> None:
    """Else the sign of the currency turns round, and a minus stands behind its number."""
    speaker = speak("ar")
    for told in (speaker.money(Decimal("-14.8"), "USD"), speaker.price(Decimal("880.15"), "USD")):
        assert (told[0], told[-1]) == ("\u2066", "\u2069")
        assert not {"\u200f", "\u200e", "\u061c"} & set(told)
    assert speaker.money(Decimal("-14.8"), "USD")[1] == "-"


def test_a_price_keeps_every_digit() -> None:
    speaker = speak("en")
    assert speaker.price(Decimal("0.00001234"), "USD") == "$0.00001234"
    assert speaker.price(Decimal("2500"), "USD") == "$2,500.00"


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_the_end_of_a_review_says_that_it_ended_and_no_more(language: str) -> None:
    speaker = speak(language)
    ends = {speaker.cause(cause.value, "hold", closed=True) for cause in Cause}
    assert len(ends) == 1
    assert ends.isdisjoint({speaker.cause("under_review", "hold")})


def test_every_reason_to_refuse_a_proof_is_told_by_words_of_its_own() -> None:
    speaker = speak("en")
    rooms = Path(str(files("recovery.proofs")))
    told = "\n".join(path.read_text("utf-8") for path in rooms.glob("*.py"))
    references = set(re.findall(r'"((?:deposit|proof)-[a-z-]+)"', told))
    assert {"deposit-wrong-amount", "proof-expired"} <= references
    later = {"proof-given", "proof-amounts"}  # it stands already: the page says so; no reference
    assert [r for r in sorted(references - later) if speaker.error(r) is None] == []
    assert [r for r in REFUSALS if speaker.error(r) is None] == []
    assert len({speaker.error(r) for r in REFUSALS}) == len(REFUSALS)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("de-CH, en;q=0.5", "de"),
        ("xx, fr;q=0.2, tr;q=0.9", "tr"),
        ("zh-TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh", "zh-Hans"),
        ("pt-PT", "pt-BR"),
        ("in-ID", "id"),
        ("en-x-pirate", "en"),
        ("fr;q=0, de", "de"),
        ("*;q=0.1", "en"),
        ("q=;;,,,=", "en"),
        ("de;q=nan, it;q=0.1", "it"),
    ],
)
def test_the_best_language_of_the_header_is_chosen(header: str | None, language: str) -> None:
    assert choose_language(None, header) == language


def test_an_explicit_choice_wins_where_we_have_it() -> None:
    assert choose_language("ja", "de") == "ja"
    assert choose_language("tlh", "de") == "de"


def test_every_cause_that_a_customer_can_read_has_a_help_article() -> None:
    articles = {path.stem: path.read_text("utf-8") for path in _HELP.glob("*.md")}
    assert set(articles) == {c.value for c in Cause if c not in _HOLDS_ONLY} | {"under_review"}
    for name, text in articles.items():
        headings = [line for line in text.splitlines() if line.startswith("#")]
        assert headings[1:] == _HEADINGS, name
        assert 50 <= len(text.split()) <= 220, name
