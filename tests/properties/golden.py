"""Whole verdicts, written down: what every judgement says of a few hundred drawn facts, word for code.

``python -m properties.golden`` (in ``tests``) writes the files again, after a change that was meant; the
difference is then read like any other. A test compares and never writes.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from properties.whole_facts import draw_facts
from properties.whole_worlds import draw_gathered

from recovery.classify.decide import Held, classify, explain, judge
from recovery.classify.facts import Facts, Known, Unknown
from recovery.classify.verdict import Verdict
from recovery.model import Amount
from recovery.times import print_time

HERE = Path(__file__).parent
Row = Mapping[str, Any]

_SEEDS = 100_000
_OF_A_CAUSE = 18
_SILENT = (Held.DID_NOT_HOLD, Held.NOT_REACHED)


def print_verdict(verdict: Verdict) -> Row:
    """Everything but the sentences: those are for people to improve."""
    return {
        "transfer": verdict.transfer,
        "cause": verdict.cause.value,
        "is": f"{verdict.recoverability.value} {verdict.outcome.value}",
        "reasons": [[r.code, _plain(r.facts)] for r in verdict.reasons],
        "conditions": {c.code: c.met for c in verdict.conditions},
        "needs": [n.code for n in verdict.needs],
        "notes": [n.code for n in verdict.notes],
        "look_again": None if verdict.look_again is None else print_time(verdict.look_again),
        "answered": verdict.answered,
        "user": verdict.user,
        "holder": verdict.holder,
        "amount": _amount(verdict.amount),
    }


def print_judged(facts: Facts) -> Row:
    """One subject: the verdict, and every rule that held or missed a fact."""
    held = {
        line.cause.value: line.held.value for line in explain(facts) if line.held not in _SILENT
    }
    return {"verdict": print_verdict(classify(facts)), "held": held}


def print_gathered(subjects: Sequence[Facts]) -> Row:
    """What the records and the evidence of one transaction became."""
    return {
        "verdicts": [print_verdict(v) for v in judge(subjects)],
        "facts": [_print_facts(facts) for facts in subjects],
    }


def _print_facts(facts: Facts) -> Row:
    route, view = facts.route, facts.view
    return {
        "route": None
        if route is None
        else [route.place.value, route.here, route.row.role.value, _fact(route.owner), _fact(route.memo)],
        "view": [
            view.status, view.at_deposit, view.ever_listed, view.ever_counterfeit,
            view.listing and view.listing.symbol, view.imitates and view.imitates.asset,
            view.mentions and view.mentions.asset, list(view.listed_on),
        ],
        "known": {
            name: _fact(getattr(facts, name))
            for name in ("succeeded", "final", "delivered", "measured", "token_validity", "reached", "ledger")
        },
        "senders": isinstance(facts.senders, Known),
        "counts": [
            len(facts.rows), len(facts.own_keys), len(facts.own_senders), len(facts.accounts), len(facts.booked),
            len(facts.withdrawals), len(facts.earlier_withdrawals), len(facts.screened), len(facts.occupying),
            len(facts.small_deposits), len(facts.familiar), len(facts.differences),
        ],
        "rest": [facts.names_claimed, facts.claimed_user, str(facts.paid_together), facts.price is not None, facts.disagreement],
    }  # fmt: skip


def _fact(fact: Known[Any] | Unknown) -> Any:
    return f"unknown {fact.fact}" if isinstance(fact, Unknown) else _plain(fact.value)


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def _amount(amount: Amount | None) -> str | None:
    return None if amount is None else str(amount)


def _shape(row: Row) -> str:
    """What makes a row worth keeping: its codes, not its numbers."""

    def codes(verdict: Row) -> list[Any]:
        return [
            verdict["cause"], verdict["is"], [code for code, _ in verdict["reasons"]], verdict["conditions"],
            verdict["needs"], verdict["notes"], verdict["answered"],
        ]  # fmt: skip

    return str([codes(v) for v in row.get("verdicts", [row.get("verdict")])])


GOLDEN: Mapping[str, tuple[Callable[[int], Row], int]] = {
    "facts": (lambda seed: print_judged(draw_facts(seed)), 810),
    "worlds": (lambda seed: print_gathered(draw_gathered(seed)), 400),
}
"""What is printed of a seed, and how many rows are kept: each of another shape."""


def load_rows(name: str) -> Iterator[tuple[int, Row]]:
    with (HERE / f"golden_{name}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield row.pop("seed"), row


def group_rows(name: str) -> dict[str, list[tuple[int, Row]]]:
    """The rows by the cause of their first verdict, so that each cause has a test of its own."""
    groups: dict[str, list[tuple[int, Row]]] = defaultdict(list)
    for seed, row in load_rows(name):
        groups[_first_cause(row)].append((seed, row))
    return groups


def find_rows(name: str) -> Iterator[tuple[int, Row]]:
    """The first rows of every shape, as many of each cause at most, until there are enough."""
    draw, enough = GOLDEN[name]
    shapes: set[str] = set()
    causes: Counter[str] = Counter()
    for seed in range(_SEEDS):
        row = draw(seed)
        shape, cause = _shape(row), _first_cause(row)
        if shape in shapes or causes[cause] >= _OF_A_CAUSE:
            continue
        shapes.add(shape)
        causes[cause] += 1
        yield seed, row
        if len(shapes) >= enough:
            return


def _first_cause(row: Row) -> str:
    verdicts = row.get("verdicts") or [row.get("verdict", {"cause": "none"})]
    return str(verdicts[0]["cause"])


def main() -> None:
    for name in GOLDEN:
        lines = [json.dumps({"seed": s} | dict(r), ensure_ascii=False) for s, r in find_rows(name)]
        (HERE / f"golden_{name}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
        print(name, len(lines))


if __name__ == "__main__":
    main()
