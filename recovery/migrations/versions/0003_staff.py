"""Who holds which role, what was changed of it, and the requests for a holder's consent."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# The types of that day, spelled out: a released revision does not follow later changes of the code.
_STRING = sa.String
_TIME = sa.DateTime(timezone=True)


def _key(name: str, kind: Any = _STRING) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, nullable=False, autoincrement=False)


def _must(name: str, kind: Any = _STRING) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _may(name: str, kind: Any = _STRING) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def upgrade() -> None:
    op.create_table(
        "staff",
        _key("person"),
        _key("role"),
        _key("valid_from", _TIME),
        _may("valid_to", _TIME),
        _must("actor"),
        _may("most"),
    )
    op.create_table(
        "staff_ledger",
        _key("seq", sa.Integer),
        _must("at"),
        _must("actor"),
        _must("file"),
        _must("rows", sa.Integer),
        _must("state", sa.Text),
        _must("previous"),
        _must("hash"),
    )
    op.create_table(
        "consents",
        _key("request"),
        sa.Column("case_id", _STRING, sa.ForeignKey("cases.id"), nullable=False),
        _must("holder"),
        _may("claimant"),
        _must("position"),
        _must("asset"),
        _must("amount"),
        _must("asked_by"),
        _must("asked_at", _TIME),
        _must("deadline", _TIME),
        _must("status"),
        _may("answered_by"),
        _may("answered_at", _TIME),
        _may("reference"),
    )
    op.create_index("consents_by_case", "consents", ["case_id"])
    op.create_index("consents_by_deadline", "consents", ["status", "deadline"])
    _seal_ledger()


def _seal_ledger() -> None:
    """The ledger of the staff is append-only in the database, as the trail is."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_to_rewrite_the_staff_ledger() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the staff ledger is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER staff_ledger_is_append_only BEFORE UPDATE OR DELETE ON staff_ledger "
            "FOR EACH ROW EXECUTE FUNCTION refuse_to_rewrite_the_staff_ledger()"
        )
        return
    for action in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER staff_ledger_refuses_{action} BEFORE {action.upper()} ON staff_ledger "
            "BEGIN SELECT RAISE(ABORT, 'the staff ledger is append-only'); END"
        )


def downgrade() -> None:
    for table in ("consents", "staff_ledger", "staff"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_to_rewrite_the_staff_ledger()")
