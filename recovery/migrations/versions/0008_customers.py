"""The service: claimants' tokens, operators' keys, answered requests."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_STRING = sa.String
_TIME = sa.DateTime(timezone=True)


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, _STRING, primary_key=True, nullable=False)


def _must(name: str, kind: Any = _STRING) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _may(name: str, kind: Any = _STRING) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def upgrade() -> None:
    op.create_table(
        "claim_tokens",
        _key("token_sha256"),
        sa.Column("case_id", _STRING, sa.ForeignKey("cases.id"), primary_key=True, nullable=False),
        _must("created_at", _TIME),
        _must("language"),
    )
    op.create_index("claim_tokens_by_case", "claim_tokens", ["case_id"])
    op.create_table(
        "api_keys",
        _key("key_sha256"),
        sa.Column("id", _STRING, nullable=False, unique=True),
        _must("actor"),
        _must("kind"),
        _must("created_at", _TIME),
        _must("created_by"),
        _may("revoked_at", _TIME),
        _may("last_used_on"),
    )
    op.create_index("api_keys_by_actor", "api_keys", ["actor"])
    op.create_table(
        "answered_requests",
        _key("key_sha256"),
        _must("body_sha256"),
        _must("case_ids"),
        _must("answered_at", _TIME),
    )
    op.create_index("answered_requests_by_time", "answered_requests", ["answered_at"])
    op.create_table("service_leases", _key("name"), _must("holder"), _must("until", _TIME))
