"""The night: its runs, what they counted, and when a case was looked at last."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

# The types of that day, spelled out: a released revision does not follow later changes of the code.
_STRING = sa.String
_TIME = sa.DateTime(timezone=True)


def _key(name: str, kind: Any = _STRING) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, nullable=False)


def _must(name: str, kind: Any = _STRING) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _may(name: str, kind: Any = _STRING) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def upgrade() -> None:
    op.create_table(
        "case_looks",
        sa.Column(
            "case_id", sa.String, sa.ForeignKey("cases.id"), primary_key=True, nullable=False
        ),
        _must("version", sa.Integer),
        _must("looked_at", _TIME),
        _may("next_look_at", _TIME),
    )
    op.create_table(
        "runs",
        _key("id"),
        _must("state"),
        _must("actor"),
        _must("scope"),
        _must("holder"),
        _must("until", _TIME),
        _must("resumed", sa.Integer),
        _must("started_at", _TIME),
        _may("ended_at", _TIME),
        _may("document", sa.Text),
    )
    op.create_index("runs_by_start", "runs", ["started_at"])
    op.create_table(
        "run_tallies",
        _key("run"),
        _key("network"),
        _key("name"),
        _must("count", sa.BigInteger),
    )
    op.create_table(
        "run_parts",
        _key("run"),
        _key("network"),
        _key("name"),
        _must("document", sa.Text),
    )
    op.create_index("cases_by_network", "cases", ["network", "state", "id", "cause"])
