"""Keep cosignatures, and let the database refuse changes of what the log holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.store.protection import protect

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the table where an interim build has not made it yet, and the triggers."""
    connection = op.get_bind()
    if not sa.inspect(connection).has_table("cosignature"):
        text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
        count = sa.BigInteger().with_variant(sa.Integer, "sqlite")
        op.create_table(
            "cosignature",
            sa.Column("size", count, primary_key=True, autoincrement=False),
            sa.Column("vkey", text, primary_key=True),
            sa.Column("line", text, nullable=False),
            sqlite_strict=True,
        )
    protect(connection, ["entry", "checkpoint", "equivocation", "tile"])
