"""Cases: their trail, signatures, the transfers they occupy, and the raw answers that were kept."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# The types of that day, spelled out: a released revision does not follow later changes of the code.
_STRING = sa.String
_TEXT = sa.Text
_TIME = sa.DateTime(timezone=True)


def _key(name: str, kind: Any = _STRING) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, nullable=False)


def _must(name: str, kind: Any = _STRING) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _may(name: str, kind: Any = _STRING) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _case_id(*, primary_key: bool) -> sa.Column[Any]:
    return sa.Column(
        "case_id", _STRING, sa.ForeignKey("cases.id"), primary_key=primary_key, nullable=False
    )


def upgrade() -> None:
    op.create_table(
        "cases",
        _key("id"),
        _must("state"),
        _must("version", sa.Integer),
        _must("head"),
        sa.Column("opening_key", _STRING, nullable=True, unique=True),
        _may("owner"),
        _must("opener"),
        _must("opened_at", _TIME),
        _must("claim", _TEXT),
        _may("network"),
        _must("tx_hash"),
        _may("position"),
        _may("transfer", sa.Integer),
        _may("verdict", sa.Integer),
        _may("cause"),
        _may("recoverability"),
        _must("check_document", _TEXT),
        _may("subject", _TEXT),
        _may("destination", _TEXT),
        _may("quote", _TEXT),
        _may("quote_expires_at", _TIME),
        _may("accepted_at", _TIME),
        _may("digest"),
        _may("return_to"),
        _may("return_memo"),
        _must("signers"),
        _must("confirmations", _TEXT),
        _may("next_look_at", _TIME),
        _may("reference"),
    )
    op.create_index("cases_by_state", "cases", ["state"])
    op.create_index("cases_by_transaction", "cases", ["tx_hash"])
    op.create_index("cases_by_owner", "cases", ["owner"])
    op.create_table(
        "trail",
        _case_id(primary_key=True),
        _key("seq", sa.Integer),
        _must("at"),
        _must("event"),
        _must("actor"),
        _may("from_state"),
        _must("to_state"),
        _must("detail", _TEXT),
        _must("previous"),
        _must("hash"),
    )
    op.create_table(
        "signatures",
        _case_id(primary_key=True),
        _key("role"),
        _must("actor"),
        _must("person"),
        _must("seq", sa.Integer),
        _must("at", _TIME),
        _must("digest"),
    )
    op.create_index("signatures_by_person", "signatures", ["case_id", "person"], unique=True)
    op.create_table(
        "occupancy",
        _key("network"),
        _key("tx_hash"),
        _key("position"),
        _case_id(primary_key=False),
    )
    op.create_index("occupancy_by_case", "occupancy", ["case_id"], unique=True)
    op.create_table(
        "raw_answers",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        _must("network"),
        _must("tx_hash"),
        _must("api"),
        _must("source"),
        _must("at", _TIME),
        _must("sha256"),
        _must("answers", sa.LargeBinary),
    )
    op.create_index("raw_answers_by_transaction", "raw_answers", ["network", "tx_hash"])
    _seal_trail()


def _seal_trail() -> None:
    """The trail is append-only in the database too: a slip of ours fails, it does not rewrite."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_to_rewrite_the_trail() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the trail is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER trail_is_append_only BEFORE UPDATE OR DELETE ON trail "
            "FOR EACH ROW EXECUTE FUNCTION refuse_to_rewrite_the_trail()"
        )
        return
    for action in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER trail_refuses_{action} BEFORE {action.upper()} ON trail "
            "BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END"
        )


def downgrade() -> None:
    for table in ("raw_answers", "occupancy", "signatures", "trail", "cases"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_to_rewrite_the_trail()")
