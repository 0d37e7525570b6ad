"""The scanner: cursors, findings, and the keys that came after the watch set was built."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

# The types of that day, spelled out: a released revision does not follow later changes of the code.
_STRING = sa.String
_TIME = sa.DateTime(timezone=True)
_BIG = sa.BigInteger
_BYTES = sa.LargeBinary


def _key(name: str, kind: Any = _STRING) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, nullable=False)


def _must(name: str, kind: Any = _STRING) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _may(name: str, kind: Any = _STRING) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def upgrade() -> None:
    op.create_table(
        "scan_cursors",
        _key("network"),
        _key("track"),
        _must("height", _BIG),
        _must("token"),
        _may("block_time", _TIME),
        _must("moved_at", _TIME),
    )
    op.create_table(
        "findings",
        _key("network"),
        _key("tx_hash"),
        _key("position"),
        _must("state"),
        _may("reason"),
        _must("kind"),
        _must("asset"),
        _must("amount"),
        _must("scheme"),
        _must("payload", _BYTES),
        _must("height", _BIG),
        _may("block_time", _TIME),
        _must("found_at", _TIME),
        _may("case_id"),
    )
    op.create_index("findings_by_state", "findings", ["network", "state", "reason"])
    op.create_table(
        "address_additions",
        sa.Column("import_id", sa.Integer, primary_key=True, autoincrement=False, nullable=False),
        _key("scheme"),
        _key("payload", _BYTES),
        _key("network"),
        _must("rows", sa.Integer),
    )
