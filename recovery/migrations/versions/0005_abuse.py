"""Claims that were made, counts of them, and what ties cases together."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "claims_made",
        sa.Column("claimant", sa.String, primary_key=True, nullable=False),
        sa.Column("channel", sa.String, primary_key=True, nullable=False),
        sa.Column("tx_hash", sa.String, primary_key=True, nullable=False),
        sa.Column("first_at", _TIME, nullable=False),
        sa.Column("last_at", _TIME, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("claims_made_by_transaction", "claims_made", ["tx_hash", "channel", "last_at"])
    op.create_table(
        "claim_counts",
        sa.Column("kind", sa.String, primary_key=True, nullable=False),
        sa.Column("subject", sa.String, primary_key=True, nullable=False),
        sa.Column("bucket", sa.Integer, primary_key=True, nullable=False, autoincrement=False),
        sa.Column("made", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "case_links",
        sa.Column("kind", sa.String, primary_key=True, nullable=False),
        sa.Column("key", sa.String, primary_key=True, nullable=False),
        sa.Column("opened_at", _TIME, primary_key=True, nullable=False),
        sa.Column(
            "case_id", sa.String, sa.ForeignKey("cases.id"), primary_key=True, nullable=False
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("case_links_by_case", "case_links", ["case_id"])
    # Whether a customer has ever had a deposit is asked for every case that is looked at.
    op.create_index("credits_by_owner", "credits", ["owner"])


def downgrade() -> None:
    op.drop_index("credits_by_owner", "credits")
    for table in ("case_links", "claim_counts", "claims_made"):
        op.drop_table(table)
