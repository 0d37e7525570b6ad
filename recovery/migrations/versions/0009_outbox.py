"""Notices: the outbox, and where customers want them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_STRING = sa.String
_TIME = sa.DateTime(timezone=True)


def _must(name: str, kind: Any = _STRING) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _may(name: str, kind: Any = _STRING) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", _STRING, primary_key=True, nullable=False),
        sa.Column("case_id", _STRING, sa.ForeignKey("cases.id"), nullable=False),
        _must("seq", sa.Integer),
        _must("kind"),
        _must("state"),
        _must("made_at", _TIME),
        _must("due_at", _TIME),
        _must("attempts", sa.Integer),
        _may("leased_until", _TIME),
        _may("webhook_at", _TIME),
        _may("mail_at", _TIME),
        _may("done_at", _TIME),
        _may("dead_at", _TIME),
        _may("last_error"),
    )
    op.create_index("notices_by_due", "notices", ["done_at", "due_at"])
    op.create_index("notices_by_case", "notices", ["case_id", "seq"])
    op.create_table(
        "contacts",
        sa.Column("case_id", _STRING, sa.ForeignKey("cases.id"), primary_key=True, nullable=False),
        _must("email"),
        _must("language"),
        _must("given_at", _TIME),
    )
