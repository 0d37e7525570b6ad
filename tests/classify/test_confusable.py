"""Letters that Unicode's table takes for none, or for another, and that stand for a Latin one in token names."""

from __future__ import annotations

import pytest

from recovery.classify.confusable import fold_lookalikes, names_inside, spell_out

IMITATES = {
    "a": "\u1d00\uab7a\u039b",
    "b": "\u044c\u0432\u03b2\u0299\u0e3f",
    "d": "\uab70",
    "e": "\u03b5\u0454\u1d07\u20ac\u025b\u03a3",
    "f": "\u03dd",
    "g": "\u050d\u0262\u13b6",
    "h": "\u043d\u03b7\u029c",
    "j": "\u1d0a\uab7b",
    "k": "\u043a\u03ba\u1d0b",
    "l": "\u029f\uabae",
    "m": "\u043c\u1d0d\u03bc",
    "n": "\u043f\u0274\u20a6\u0272",
    "p": "\u1d18\u20b1\u00fe",
    "r": "\u0280\uab71",
    "s": "\u1515",
    "t": "\u0442\u03c4\u1d1b\u20b8",
    "u": "\u0446",
    "w": "\u03c9\u0448",
    "x": "\u03c7\u04b3",
    "z": "\u03b6",
}
"""Small capitals, Greek and Cyrillic in their small form, currency signs."""


@pytest.mark.parametrize("letter", IMITATES)
def test_a_letter_of_another_script_is_the_latin_one_it_imitates(letter: str) -> None:
    for odd in IMITATES[letter]:
        for name in (f"US{odd}X", f"us{odd}x"):
            assert fold_lookalikes(name) == fold_lookalikes(f"US{letter}X"), ascii(odd)


@pytest.mark.parametrize(
    ("odd", "plain"),
    [("D0GE", "DOGE"), ("1INCH", "IINCH"), ("|INCH", "linch"), ("U$DC", "USDC"), ("rnATIC", "MATIC"),
     ("vvBTC", "WBTC"), ("$USDC", "usdc"), ("\uff04USDC", "usdc"), ("\ufe69USDC", "usdc"), ("  USDC ", "usdc")],
)  # fmt: skip
def test_signs_of_the_keyboard_are_the_letters_they_imitate(odd: str, plain: str) -> None:
    assert fold_lookalikes(odd) == fold_lookalikes(plain)


def test_what_imitates_a_letter_in_one_case_does_so_in_the_other() -> None:
    assert fold_lookalikes("\u03bbVAX") == fold_lookalikes("\u039bVAX") == fold_lookalikes("AVAX")


def test_other_letters_stay_apart() -> None:
    assert len({fold_lookalikes(letter) for letter in "abcdefghjklmnopqrstuvwxyz"}) == 25
    assert fold_lookalikes("I") == fold_lookalikes("l")
    assert fold_lookalikes("USDT2") != fold_lookalikes("USDT")


def test_a_name_of_marks_and_signs_alone_is_like_no_other() -> None:
    assert fold_lookalikes("\u0301\u20dd\u0903 -") == ""


def test_every_word_of_a_name_of_several_is_told_and_none_of_a_single_one() -> None:
    told = {fold_lookalikes("axl"), fold_lookalikes("USDT")}
    for name in (
        "axl USDT",
        "axl.USDT",
        "axl_USDT",
        "axl-USDT",
        "axl/USDT",
        "axl(USDT)",
        "axl[USDT]",
    ):
        assert names_inside(name) == told, name
    assert names_inside("USDT") == names_inside("USDT.") == names_inside(" ") == frozenset()


def test_a_name_is_spelled_out_where_it_is_not_plain() -> None:
    assert spell_out("USD\u0422 1") == "USD\\u0422 1"
