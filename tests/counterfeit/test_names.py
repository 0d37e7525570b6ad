"""Names that are made to be taken for a listed asset's: every published trick is a counterfeit.

The exchange lists USDT ("Tether USD") and ether; what arrives is another contract's token.
"""

from __future__ import annotations

import string
from importlib import resources

import pytest
from classify.world import OTHER, World

from recovery.classify.confusable import fold_lookalikes, names_inside, spell_out
from recovery.classify.verdict import Cause, Recoverability, Verdict

TRICKS = {
    "the very same": "USDT",
    "in small letters": "usdt",
    "with a dollar sign before it": "$USDT",
    "Cyrillic dze for S": "U\u0405DT",
    "Cyrillic te for T": "USD\u0422",
    "Armenian, Cyrillic, Roman numeral, Cherokee": "\u054d\u0405\u216e\u13a2",
    "Lisu letters": "\ua4f4\ua4e2\ua4d3\ua4d4",
    "Canadian syllabics": "\u144cS\u13a0T",
    "Greek tau": "USD\u03c4",
    "the tugrik sign": "USD\u20ae",
    "a dollar for S": "U$DT",
    "full-width letters": "\uff35\uff33\uff24\uff34",
    "mathematical bold letters": "\U0001d414\U0001d412\U0001d403\U0001d413",
    "circled letters": "\u24ca\u24c8\u24b9\u24c9",
    "squared letters": "\U0001f144\U0001f142\U0001f133\U0001f143",
    "letters with accents": "\u016a\u0160\u0110\u0166",
    "a stroke laid over a letter": "US\u0336DT",
    "many marks on a letter": "U\u0300\u0301\u0302SDT",
    "a zero-width space inside": "US\u200bDT",
    "a zero-width joiner inside": "US\u200dDT",
    "a byte-order mark before it": "\ufeffUSDT",
    "a soft hyphen inside": "USD\u00adT",
    "a word joiner behind it": "USDT\u2060",
    "a variation selector behind it": "USDT\ufe0f",
    "a tag character inside": "U\U000e0053SDT",
    "a Hangul filler, which is a letter": "U\u3164SDT",
    "a blank Braille pattern": "USDT\u2800",
    "a combining grapheme joiner": "U\u034fSDT",
    "turned round by an override": "\u202eTDSU",
    "partly turned round": "US\u202eTD\u202c",
    "a right-to-left mark": "USDT\u200f",
    "spaces and dots between": "U.S.D.T",
    "a no-break space behind it": "USDT\u00a0",
}


def paid(world: World, *, symbol: str | None, name: str | None = None) -> Verdict:
    token = world.pay("alice", 5_000_000, asset=OTHER, symbol=symbol, name=name)
    return world.verdict(world.look(token), received={0: 5_000_000})


@pytest.mark.parametrize("trick", TRICKS)
def test_a_symbol_that_looks_like_a_listed_one_is_counterfeit(world: World, trick: str) -> None:
    verdict = paid(world, symbol=TRICKS[trick])
    assert verdict.cause is Cause.COUNTERFEIT_TOKEN, trick
    assert verdict.recoverability is Recoverability.UNRECOVERABLE
    assert verdict.reasons[0].code == "look_alike_name"


@pytest.mark.parametrize(
    "name",
    [
        "Tether USD",
        "TETHER  USD",
        "tether-usd",
        "\u0422ether USD",
        "Te\u200bther US\u200bD",
        "\u202eDSU rehteT",
        "Tether\u3000USD",
        "Tether \U0001d54c\U0001d54a\U0001d53b",
        "USDT",
    ],
)
def test_a_name_that_looks_like_a_listed_one_is_counterfeit(world: World, name: str) -> None:
    assert paid(world, symbol="XYZ", name=name).cause is Cause.COUNTERFEIT_TOKEN


@pytest.mark.parametrize(
    ("odd", "plain"),
    [
        ("BlTC0lN", "BITCOIN"),
        ("VVBTC", "WBTC"),
        ("arn", "AM"),
        ("USD\u0441", "USDC"),
        ("USD\u0421", "USDC"),
        ("USD\u03f2", "USDC"),
        ("D\u0391I", "DAI"),
        ("\u0412\u0422\u0421", "BTC"),
        ("\u039bVAX", "AVAX"),
    ],
)
def test_other_famous_names_fold_alike(odd: str, plain: str) -> None:
    assert fold_lookalikes(odd) == fold_lookalikes(plain)


def test_whatever_unicode_takes_for_a_letter_or_digit_folds_to_it() -> None:
    """Every one of the table's characters, in the middle of a symbol."""
    table = resources.files("recovery.classify").joinpath("confusables.txt").read_text("ascii")
    checked = 0
    for line in table.splitlines():
        skeleton, _, sources = line.partition(";")
        plain = "" if line.startswith("#") else "".join(chr(int(p, 16)) for p in skeleton.split())
        if len(plain) != 1 or plain not in string.ascii_letters + string.digits:
            continue
        for point in sources.split():
            odd = chr(int(point, 16))
            if odd.isalnum() and fold_lookalikes(f"X{odd}Y") != fold_lookalikes(f"X{plain}Y"):
                pytest.fail(f"U+{point} does not fold to {plain}")
            checked += odd.isalnum()
    assert checked > 900


@pytest.mark.parametrize(
    "name", ["USDT.e", "axl USDT", "USDT (PoS)", "Bridged Tether USD USDT", "USDT-LP"]
)
def test_a_bridged_coins_honest_name_is_another_name(world: World, name: str) -> None:
    """`USDT.e` is how honest bridges call theirs: a return is right, and staff are told."""
    verdict = paid(world, symbol=name)
    assert verdict.cause is Cause.UNLISTED_TOKEN
    assert verdict.recoverability is Recoverability.RECOVERABLE
    assert [n.code for n in verdict.notes] == ["names_listed_asset"]


@pytest.mark.parametrize(
    "name", ["DAI", "USDC", "SHIB", "USDT0", "\u6bd4\u7279\u5e01", "\u0440\u0443\u0431"]
)
def test_an_honest_other_name_is_no_counterfeit(world: World, name: str) -> None:
    verdict = paid(world, symbol=name)
    assert (verdict.cause, verdict.notes) == (Cause.UNLISTED_TOKEN, ())


def test_the_listed_asset_itself_may_be_called_as_it_likes(world: World) -> None:
    """Tether's own symbol on some chains has the tugrik sign: identity is the contract."""
    token = world.pay("alice", 5_000_000, asset=world.listings[1].asset, symbol="USD\u20ae0")
    assert world.verdict(world.look(token)).cause is Cause.LISTED_DEPOSIT_MISSED


def test_an_honest_token_of_another_issuer_is_told_apart_by_its_listing(world: World) -> None:
    world.list_asset(OTHER, "USDT", status="known")
    assert paid(world, symbol="U\u0405DT").cause is Cause.WRONG_ISSUER


def test_a_person_is_shown_the_letters_as_they_are(world: World) -> None:
    verdict = paid(world, symbol="U\u0405D\u200bT")
    assert verdict.reasons[0].facts["spelled"] == [r"U\u0405D\u200bT"]
    assert r"U\u0405D\u200bT" in verdict.reasons[0].text
    assert spell_out("\u202eTDSU") == r"\u202eTDSU"


def test_nothing_seen_is_nobodys_look_alike(world: World) -> None:
    for name in ("\u200b\u200d", "\u3164", "...", "\U0001f680"):
        assert fold_lookalikes(name) == ""
        assert paid(world, symbol=name).cause is Cause.UNLISTED_TOKEN


def test_words_are_only_looked_for_in_names_of_several() -> None:
    assert names_inside("USDT") == frozenset()
    assert names_inside("USDT.e") == {"usdt", "e"}
