"""The records of the exchange: listings, addresses, accounts, credits, withdrawals, screening, prices."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# The types of that day, spelled out: a released revision does not follow later changes of the code.
_TEXT = sa.String
_TIME = sa.DateTime(timezone=True)
_BYTES = sa.LargeBinary


def _key(name: str, kind: Any = _TEXT) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, nullable=False)


def _must(name: str, kind: Any = _TEXT) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _may(name: str, kind: Any = _TEXT) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def upgrade() -> None:
    op.create_table(
        "listings",
        _key("network"),
        _key("asset"),
        _key("valid_from", _TIME),
        _may("valid_to", _TIME),
        _must("symbol"),
        _must("decimals", sa.Integer),
        _must("status"),
        _may("name"),
        _may("min_deposit"),
        _may("denomination"),
        _must("flags"),
    )
    op.create_table(
        "addresses",
        _key("scheme"),
        _key("payload", _BYTES),
        _key("memo"),
        _key("network"),
        _key("valid_from", _TIME),
        _may("valid_to", _TIME),
        _must("address"),
        _must("role"),
        _may("owner"),
        _must("key_scheme"),
        _may("can_sign"),
        sqlite_with_rowid=False,
    )
    op.create_table("accounts", _key("owner"), _must("status"), _may("reason"))
    op.create_table(
        "credits",
        _key("network"),
        _key("tx_hash"),
        _key("transfer"),
        _must("owner"),
        _must("asset"),
        _must("amount"),
        _must("credited_at", _TIME),
    )
    op.create_table(
        "withdrawals",
        _key("network"),
        _key("tx_hash"),
        _key("destination"),
        _key("asset"),
        _key("owner"),
        _key("amount"),
        _may("scheme"),
        _may("payload", _BYTES),
        _must("sent_at", _TIME),
    )
    op.create_index("withdrawals_by_destination", "withdrawals", ["scheme", "payload"])
    op.create_table(
        "screening",
        _key("scheme"),
        _key("payload", _BYTES),
        _key("network"),
        _key("list_name"),
        _must("address"),
        _may("reason"),
    )
    op.create_table(
        "prices",
        _key("asset"),
        _key("currency"),
        _key("as_of", _TIME),
        _must("price"),
    )
    op.create_table("ledger_marks", _key("ledger"), _must("complete_through", _TIME))
    op.create_table(
        "imports",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        _must("at", _TIME),
        _must("actor"),
        _must("kind"),
        _must("file"),
        _must("sha256"),
        _must("rows", sa.Integer),
        _must("new", sa.Integer),
        _must("replaced", sa.Integer),
        _may("complete_through", _TIME),
    )


def downgrade() -> None:
    for table in (
        "imports",
        "ledger_marks",
        "prices",
        "screening",
        "withdrawals",
        "credits",
        "accounts",
        "addresses",
        "listings",
    ):
        op.drop_table(table)
