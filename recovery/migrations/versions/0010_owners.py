"""Addresses and withdrawals by their user: what a look-alike may imitate is the claimant's own."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_index("addresses_by_owner", "addresses", ["owner"])
    op.create_index("withdrawals_by_owner", "withdrawals", ["owner"])
