"""No change of an honest answer becomes a credit, or more money than was delivered.

Every story that pays is changed in every way `mutants.kinds` knows; `mutants.oracle` says what may come of
it. `make test` tries a fixed sample of each family, `make soak` thousands, ``RECOVERY_MUTANTS=all`` all.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest
from mutants.anatomy import CHAIN, ENDED, PLACES, TOLD, UNFINAL
from mutants.line import Result
from mutants.oracle import find_breach
from mutants.places import Mutant, walk_places
from mutants.run import Honest, how_many, load_family_stories, run_family
from mutants.stories import load_stories

FAMILIES = sorted(load_stories())


@pytest.mark.parametrize("family", FAMILIES)
def test_no_mutant_becomes_money_that_is_not_due(family: str) -> None:
    figures = run_family(family, how_many())
    assert figures.tried > 150
    assert figures.outcomes["refused"], "nothing was refused: the mutants are not read"
    assert figures.breaches == [], "\n".join(figures.breaches[:20])


def _a_story() -> Honest:
    return next(h for h in load_family_stories("evm") if h.story.name == "ETH/native-transfer")


@pytest.mark.parametrize(
    "kind", [ENDED, UNFINAL, CHAIN, "recipient", "frame error", "memo of another"]
)
def test_the_oracle_refuses_all_money_where_the_answer_tells_of_none(kind: str) -> None:
    """A guard that can't bite guards nothing: a line that ignored the change would be a breach."""
    honest = _a_story()
    ignored = find_breach(honest.story, honest.result, Mutant(kind), honest.docs, honest.result)
    nothing = find_breach(honest.story, honest.result, Mutant(kind), honest.docs, Result())
    assert ignored is not None
    assert nothing is None


@pytest.mark.parametrize("kind", ["number", "row twice", "crossed"])
def test_the_oracle_refuses_more_than_was_honest(kind: str) -> None:
    honest = _a_story()
    more = replace(honest.result, money=Counter({k: v + 1 for k, v in honest.result.money.items()}))
    changed = Mutant(kind, 0, ("somewhere",))
    assert find_breach(honest.story, honest.result, changed, honest.docs, more) is not None
    assert find_breach(honest.story, honest.result, changed, honest.docs, honest.result) is None


def test_the_oracle_bounds_what_stands_alone_by_all_that_is_told() -> None:
    (honest,) = [h for h in load_family_stories("evm") if h.story.name == "ETH/token-transfer"]
    endless = replace(honest.result, money=Counter(dict.fromkeys(honest.result.money, 10**90)))
    at = next(i for i, e in enumerate(honest.story.fixture.exchanges) if "Receipt" in e.request)
    changed = Mutant("number", at, ("logs", 0, "data"))
    assert find_breach(honest.story, honest.result, changed, honest.docs, endless) is not None


def test_every_place_of_the_anatomy_stands_in_an_answer() -> None:
    honest = [h for family in FAMILIES for h in load_family_stories(family)]
    planned = {m.detail for h in honest for m in h.thorough}
    for place in PLACES:
        assert any(f"{place.fields[0][1]} = {v}" in planned for v in place.values), place


def test_every_place_that_stands_alone_is_one() -> None:
    for told in TOLD:
        stories = [
            h for h in load_family_stories(told.family) if re.search(told.stories, h.story.name)
        ]
        assert any(
            re.search(told.request, exchange.request)
            and re.search(told.path, "/".join(map(str, path)))
            for h in stories
            for exchange, doc in zip(h.story.fixture.exchanges, h.docs, strict=True)
            for path, _ in walk_places(doc)
        ), told
