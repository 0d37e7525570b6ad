"""Sender proofs: what was asked, what was answered, deposits that served; exchanges' own wallets."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# The types of that day, spelled out: a released revision does not follow later changes of the code.
_STRING = sa.String
_TEXT = sa.Text
_TIME = sa.DateTime(timezone=True)
_BYTES = sa.LargeBinary


def _key(name: str, kind: Any = _STRING) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, nullable=False)


def _must(name: str, kind: Any = _STRING) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _may(name: str, kind: Any = _STRING) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _of(name: str, target: str) -> sa.Column[Any]:
    return sa.Column(name, _STRING, sa.ForeignKey(target), nullable=False)


def upgrade() -> None:
    op.create_table(
        "proof_requests",
        _key("id"),
        _of("case_id", "cases.id"),
        _must("means"),
        _must("network"),
        _may("sender"),
        _must("sender_key"),
        _must("payment"),
        _must("actor"),
        _must("issued_at", _TIME),
        _must("expires_at", _TIME),
        _may("text", _TEXT),
        sa.Column("nonce", _STRING, nullable=True, unique=True),
        _may("recipient"),
        _may("recipient_key"),
        _may("memo"),
        _may("amount"),
    )
    op.create_index("proof_requests_by_case", "proof_requests", ["case_id"])
    op.create_index("proof_requests_by_recipient", "proof_requests", ["recipient_key", "network"])
    op.create_table(
        "proof_answers",
        _key("id"),
        _of("request_id", "proof_requests.id"),
        _of("case_id", "cases.id"),
        _must("seq", sa.Integer),
        _must("at", _TIME),
        _must("actor"),
        _must("scheme"),
        _must("answer", _TEXT),
        _may("refused"),
        _may("reviewer"),
        sa.Column("fulfils", _STRING, nullable=True, unique=True),
    )
    op.create_index("proof_answers_by_case", "proof_answers", ["case_id"])
    op.create_table(
        "proof_deposits",
        _key("network"),
        _key("tx_hash"),
        _key("position"),
        _of("answer_id", "proof_answers.id"),
        _of("case_id", "cases.id"),
        _must("seq", sa.Integer),
        _must("amount"),
        _must("follows_case", sa.Boolean),
    )
    op.create_index("proof_deposits_by_case", "proof_deposits", ["case_id"])
    op.create_index("proof_deposits_by_transaction", "proof_deposits", ["tx_hash"])
    op.create_table(
        "exchanges",
        _key("scheme"),
        _key("payload", _BYTES),
        _key("network"),
        _must("address"),
        _must("name"),
    )


def downgrade() -> None:
    for table in ("exchanges", "proof_deposits", "proof_answers", "proof_requests"):
        op.drop_table(table)
