"""One step beside the form: moments, labels, pages and questions of Sui."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sui.stories import ALICE, BOB, SUI, USDC, Told, coin, digest_of, graphql_tx, padded

from recovery.chains.sui import graphql
from recovery.chains.sui.jsonrpc import read_moment
from recovery.errors import Garbled
from recovery.model import Evidence

FEE = 1_747_880


def test_a_moment_lies_within_the_calendar() -> None:
    last = datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)
    assert read_moment("253402300799999", "timestampMs") == last
    assert read_moment(1, "timestampMs") == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
        milliseconds=1
    )
    for beyond in ("253402300800000", str(1 << 48), str(1 << 63)):
        with pytest.raises(Garbled, match="timestampMs is no time that can be"):
            read_moment(beyond, "timestampMs")


@pytest.mark.parametrize(
    ("said", "shown"),
    [("N" * 128, "N" * 128), ("N" * 129, None), ("", None), ("US\u202eDC", None), ("a\nb", None)],
    ids=["128", "129", "empty", "turned", "lines"],
)
def test_a_coins_own_words_are_shown_whole_or_not_at_all(
    evidence_of: Callable[..., Evidence], said: str, shown: str | None
) -> None:
    told = Told(digest_of("labels"), [(ALICE, SUI, -FEE), (ALICE, USDC, -5), (BOB, USDC, 5)])
    evidence = evidence_of(told, coin(USDC, said, said, 6)[0])
    (transfer,) = evidence.transfers
    assert (transfer.symbol, transfer.name, transfer.amount) == (shown, shown, 5)


@pytest.mark.parametrize(("said", "shown"), [(0, 0), (255, 255), (256, None), (-1, None)])
def test_decimals_are_a_byte(
    evidence_of: Callable[..., Evidence], said: int, shown: int | None
) -> None:
    told = Told(digest_of("places"), [(ALICE, SUI, -FEE), (ALICE, USDC, -5), (BOB, USDC, 5)])
    (transfer,) = evidence_of(told, coin(USDC, "USDC", "USDC", said)[0]).transfers
    assert transfer.decimals == shown


def test_a_page_that_ends_where_it_began_is_refused() -> None:
    """Otherwise one page would be asked for ever."""
    told = Told(digest_of("pages"), [(ALICE, SUI, -FEE - 5), (BOB, SUI, 5)])
    page = graphql_tx(told, more="c1")["transaction"]
    assert graphql.find_next(page, (None, None)) == ("c1", None)
    assert graphql.find_next(page, ("c0", None)) == ("c1", None)
    with pytest.raises(Garbled, match="ends where it began"):
        graphql.find_next(page, ("c1", None))
    assert graphql.find_next(graphql_tx(told)["transaction"], ("c1", None)) is None


def test_a_question_names_each_of_its_variables() -> None:
    """A service refuses a question whose variables are not those that it declares."""
    asked: list[dict[str, Any]] = [
        graphql.ask_balance(BOB, padded(SUI)),
        graphql.ask_coin(padded(SUI)),
        graphql.ask_transaction(digest_of("any"), ("c1", "c2")),
        graphql.ask_head(),
    ]
    for body in asked:
        assert set(body) == {"query", "variables"}
        declared = body["query"].partition("{")[0]
        names = {part.partition(":")[0] for part in declared.split("$")[1:]}
        assert set(body["variables"]) == names
    assert asked[0]["variables"] == {"owner": BOB, "type": padded(SUI)}
