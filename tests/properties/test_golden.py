"""The verdicts on some hundred drawn facts and exchanges are those that were written down and read."""

from __future__ import annotations

import json

import pytest
from properties.golden import GOLDEN, load_rows

from recovery.classify.verdict import Cause


@pytest.mark.parametrize("name", GOLDEN)
def test_what_is_judged_is_what_was_written_down(name: str) -> None:
    draw, rows = GOLDEN[name]
    different = []
    for seed, golden in load_rows(name):
        row = json.loads(json.dumps(draw(seed), ensure_ascii=False))
        if row != golden:
            different.append((seed, {k: (golden[k], row[k]) for k in row if row[k] != golden[k]}))
    assert different == [], (
        f"{len(different)} of {rows} differ; docs/development.md says how to accept"
    )


def test_every_cause_is_written_down() -> None:
    causes = {row["verdict"]["cause"] for _, row in load_rows("facts")}
    causes |= {v["cause"] for _, row in load_rows("worlds") for v in row["verdicts"]}
    assert causes == {c.value for c in Cause}
