"""Runs mutants of a family and says what became of them; also by hand.

Run from ``tests/``: ``python -m mutants.run STORY NUMBER`` replays one, ``python -m mutants.run --figures [N]``
prints the figures of N mutants per family (all, without N).
"""

from __future__ import annotations

import functools
import os
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mutants.kinds import apply_mutant, plan_local
from mutants.line import Changed, Result, walk
from mutants.oracle import find_breach
from mutants.places import Docs, Mutant, read_answer, read_documents
from mutants.stories import Story, load_stories
from mutants.thorough import plan_thorough

from recovery.demo.server import Replay

SAMPLE, SOAK = 250, 6_000
SEED = 20261120


@dataclass(frozen=True, slots=True)
class Honest:
    """A story that pays, as it is, with all its mutants: first the thorough ones, then the local ones."""

    story: Story
    replay: Replay
    result: Result
    docs: Docs
    thorough: tuple[Mutant, ...]
    local: tuple[Mutant, ...]

    @property
    def mutants(self) -> tuple[Mutant, ...]:
        return self.thorough + self.local


@dataclass(slots=True)
class Figures:
    """What became of a family's mutants. ``breaches`` say how to replay them."""

    stories: int = 0
    planned: int = 0
    tried: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    refused_by: Counter[str] = field(default_factory=Counter)
    breaches: list[str] = field(default_factory=list)


@functools.cache
def load_family_stories(family: str) -> tuple[Honest, ...]:
    """The stories of a family whose honest answer leads to money."""
    found = []
    for story in load_stories()[family]:
        replay = Replay([story.fixture])
        result = walk(story, replay)
        if result.money:
            docs = read_documents(story)
            thorough, local = tuple(plan_thorough(story, docs)), tuple(plan_local(docs))
            found.append(Honest(story, replay, result, docs, thorough, local))
    return tuple(found)


def choose(family: str, wanted: int | None) -> Iterator[tuple[Honest, int]]:
    """All thorough mutants of a family, and ``wanted`` local ones (None: all), always the same."""
    stories = load_family_stories(family)
    for honest in stories:
        yield from ((honest, n) for n in range(len(honest.thorough)))
    local = [
        (honest, len(honest.thorough) + n) for honest in stories for n in range(len(honest.local))
    ]
    if wanted is not None and wanted < len(local):
        local = random.Random(SEED).sample(local, wanted)
    yield from local


def try_mutant(honest: Honest, number: int) -> tuple[Result | None, str | None]:
    """What the line makes of a mutant (None where it changes nothing), and how that breaks the oracle."""
    story, mutant = honest.story, honest.mutants[number]
    changed = apply_mutant(story, honest.docs, mutant)
    if not changed:
        return None, None
    try:
        seen = walk(story, Changed(honest.replay, changed))
    except Exception as crash:  # noqa: BLE001  whatever it is, a node must not be able to cause it
        return Result(refused="crashed"), f"the line crashed: {crash!r}"
    told = {exchange.request: exchange for exchange in changed}
    docs = tuple(read_answer(told.get(e.request, e)) for e in story.fixture.exchanges)
    return seen, find_breach(story, honest.result, mutant, docs, seen)


def run_family(family: str, wanted: int | None) -> Figures:
    """Try the mutants of a family."""
    figures = Figures(stories=len(load_family_stories(family)))
    figures.planned = sum(len(h.mutants) for h in load_family_stories(family))
    for honest, number in choose(family, wanted):
        seen, breach = try_mutant(honest, number)
        if seen is None:
            continue
        figures.tried += 1
        if seen.money:
            kind = "as honest" if seen.money == honest.result.money else "other, within bounds"
            figures.outcomes[kind] += 1
        else:
            figures.outcomes["refused"] += 1
            figures.refused_by[seen.words] += 1
        if breach is not None:
            told, mutant = honest.story.name, honest.mutants[number]
            figures.breaches.append(
                f"{told}: {mutant}: {breach}\n"
                f"  replay, in tests/: python -m mutants.run '{told}' {number}"
            )
    return figures


def how_many() -> int | None:
    """Local mutants per family: a sample, thousands with ``RECOVERY_SOAK``, or ``RECOVERY_MUTANTS``."""
    named = os.environ.get("RECOVERY_MUTANTS")
    if named is not None:
        return None if named == "all" else int(named)
    return SOAK if "RECOVERY_SOAK" in os.environ else SAMPLE


def main(arguments: Sequence[str]) -> None:
    if arguments[0] == "--figures":
        wanted = int(arguments[1]) if len(arguments) > 1 else None
        for family in load_stories():
            figures = run_family(family, wanted)
            print(family, figures.stories, figures.planned, figures.tried, dict(figures.outcomes))
            print("   ", dict(figures.refused_by.most_common(8)))
            for breach in figures.breaches:
                print("   !", breach)
            load_family_stories.cache_clear()
        return
    name, number = arguments[0], int(arguments[1])
    honest = next(h for f in load_stories() for h in load_family_stories(f) if h.story.name == name)
    seen, broken = try_mutant(honest, number)
    print(honest.mutants[number])
    print("honest:", dict(honest.result.money))
    print("seen:", None if seen is None else (dict(seen.money), seen.words))
    print("breach:", broken)


if __name__ == "__main__":
    main(sys.argv[1:])
