"""When each endpoint may be asked next, for all processes: nothing is lost with it, so no write waits for the disk."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "endpoint_slots",
        sa.Column("endpoint", sa.String, primary_key=True, nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE endpoint_slots SET UNLOGGED")


def downgrade() -> None:
    op.drop_table("endpoint_slots")
