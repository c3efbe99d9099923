"""WhatsApp's window: when the provider said that it had closed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    refused = sa.Column("window_refused_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("contacts", refused)
