"""Let the database refuse changes of cosignatures and of the access log, and make every table in one place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.store.migrations.versions.m0001_first_light import make_passports
from ledger.store.protection import protect

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the triggers, and the tables that were made where they were first used, if they were."""
    connection = op.get_bind()
    there = sa.inspect(connection)
    if not there.has_table("access"):
        op.create_table(
            "access",
            sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
            *(
                sa.Column(name, sa.Text, nullable=False)
                for name in ("at", "reader", "audience", "way", "actor", "entry_id")
            ),
            sqlite_strict=True,
        )
        op.create_index("access_actor", "access", ["actor"])
    if not there.has_table("passport"):
        make_passports()
    protect(connection, ["cosignature", "access"])
