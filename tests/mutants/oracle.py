"""What may come of a mutant, said without any decoder: by the sort of change and the honest outcome.

Knows: what each change means for money. Must not know: how an answer is read.

1. An answer that says that it ended badly, is not final, or is of another chain: no money at all.
2. Our address, the asset or the memo is another's everywhere: no money in it for the claimant. Where the
   answer carries the signed bytes (`OVERRULED`) these may overrule what stands beside them: then exactly
   the honest outcome.
3. Less was delivered, everywhere: no more than that.
4. Any other change, of one place: never a credit or a return of more than the honest answer gives. Where
   the place's word stands alone (`anatomy.TOLD`), never more than all the answers' amounts together.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from mutants.anatomy import CHAIN, ENDED, UNFINAL, find_told, request_of
from mutants.line import Money, Result
from mutants.places import Docs, Mutant, read_number, walk_places
from mutants.stories import Story

OVERRULED: dict[str, str] = {
    "antelope": "an action is its packed data, and the block's transaction hashes to the id",
    "cosmos": "the transaction's own bytes are read, the JSON beside them is not",
    "solana": "by how much balances rose counts, whatever an instruction asks for",
    "ton": "bodies are cells that are hashed, and what they say counts",
    "tron": "raw_data_hex is hashed, and what it says counts",
    "utxo": "the script is the recipient, whatever address is named beside it",
}
"""Families whose answers carry what decides beside what is told: there the former may overrule the latter."""

EXCEPTIONS: tuple[tuple[str, str, str], ...] = (
    (
        r"^(OP|BASE)/deposit-with-mint",
        ENDED,
        "an OP-stack deposit's mint stays with its sender even where its call failed",
    ),
    (
        r"^XLM/offer-taken",
        "sender as recipient",
        "in a trade both sides receive: the other side's part is as real",
    ),
    (
        r"^CELO/before-the-second-layer",
        UNFINAL,
        "blocks of the first layer were final at once",
    ),
    (r"^ETH/wrapped-deposit", "sender as recipient", "who wraps coin pays himself"),
)
"""(story, kind, the chain's reason) where a mutant tells of honest money after all."""


def find_breach(
    story: Story, honest: Result, mutant: Mutant, docs: Docs, seen: Result
) -> str | None:
    """How the outcome breaks the oracle, in words; None where it holds."""
    if not seen.money:
        return None
    if any(re.search(s, story.name) and kind == mutant.kind for s, kind, _ in EXCEPTIONS):
        return None
    overruled = story.family in OVERRULED and seen.money == honest.money
    match mutant.kind:
        case kind if kind in (ENDED, UNFINAL, CHAIN):
            return f"{kind}, and there is money: {_show(seen.money)}"
        case "recipient" | "sender as recipient" | "frame error":
            return None if overruled else f"it was not paid to us: {_show(seen.money)}"
        case "asset":
            held = any(asset == story.asset for _, asset in seen.money)
            return "another asset became the listed one" if held and not overruled else None
        case "memo of another":
            gone = any(way == "credit" for way, _ in seen.money) or _exceeds(honest, seen)
            return "another's deposit became the claimant's" if gone and not overruled else None
        case "less delivered":
            return None if overruled else _exceeds_less(story, honest, mutant, seen)
        case _:
            return _exceeds_told(story, honest, mutant, docs, seen)


def _exceeds(honest: Result, seen: Result) -> str | None:
    """Whether more is credited, or more goes out in any asset, than honestly."""
    for (way, asset), amount in seen.money.items():
        if way == "credit" and amount > honest.money[way, asset]:
            return f"a credit of {amount} instead of {honest.money[way, asset]} {asset}"
    before, after = _by_asset(honest.money), _by_asset(seen.money)
    for asset, amount in after.items():
        limit = before[asset] if asset in before else max(before.values())
        if amount > limit:
            return f"{amount} instead of {limit} {asset} would go out"
    return None


def _exceeds_less(story: Story, honest: Result, mutant: Mutant, seen: Result) -> str | None:
    less = mutant.value[1]
    whole = _by_asset(honest.money)[story.asset]
    limit = less if str(whole) == story.amount else whole
    amount = _by_asset(seen.money)[story.asset]
    return f"{amount} although {less} was delivered" if amount > limit else None


def _exceeds_told(
    story: Story, honest: Result, mutant: Mutant, docs: Docs, seen: Result
) -> str | None:
    wrong = _exceeds(honest, seen)
    if wrong is None or mutant.exchange is None:
        return wrong
    told = find_told(story, mutant.exchange, "/".join(map(str, mutant.path)))
    if told is None:
        return wrong
    limit = sum_told(story, docs)
    most = max(_by_asset(seen.money).values())
    return f"{wrong}; all that is told is {limit}" if most > limit else None


def sum_told(story: Story, docs: Sequence[Any]) -> Decimal:
    """All the numbers of a story's answers together: an upper bound of what they can be said to tell.

    Fractions count as whole coins too, since some APIs write amounts so.
    """
    total = Decimal(0)
    scale = max(story.decimals or 0, story.network.decimals)
    for i, doc in enumerate(docs):
        if request_of(story, i):
            for _, value in walk_places(doc):
                number = read_number(value)
                if number is not None:
                    total += abs(number)
                    total += abs(number.scaleb(scale)) if "." in str(value) else 0
                elif isinstance(value, str) and re.fullmatch(r"0x([0-9a-fA-F]{64})+", value):
                    total += sum(int(value[n : n + 64], 16) for n in range(2, len(value), 64))
    return total


def _by_asset(money: Money) -> Counter[str]:
    totals: Counter[str] = Counter()
    for (_, asset), amount in money.items():
        totals[asset] += amount
    return totals


def _show(money: Money) -> str:
    return ", ".join(f"{way} {amount} {asset}" for (way, asset), amount in money.items())
