"""The verdicts on some hundred drawn facts and exchanges are those that were written down and read."""

from __future__ import annotations

import json

import pytest
from properties.golden import GOLDEN, group_rows

from recovery.classify.verdict import Cause

GROUPS = {
    (name, cause): rows for name in GOLDEN for cause, rows in sorted(group_rows(name).items())
}


@pytest.mark.parametrize(("name", "cause"), GROUPS)
def test_what_is_judged_is_what_was_written_down(name: str, cause: str) -> None:
    draw, _ = GOLDEN[name]
    rows = GROUPS[name, cause]
    different = []
    for seed, golden in rows:
        row = json.loads(json.dumps(draw(seed), ensure_ascii=False))
        if row != golden:
            different.append((seed, {k: (golden[k], row[k]) for k in row if row[k] != golden[k]}))
    assert different == [], (
        f"{len(different)} of {len(rows)} differ; docs/development.md says how to accept"
    )


def test_every_cause_is_written_down() -> None:
    causes = {cause for _, cause in GROUPS}
    assert causes == {c.value for c in Cause}
