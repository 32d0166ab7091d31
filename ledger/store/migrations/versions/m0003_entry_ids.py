"""Hold entry ids as 32 bytes, where their hex took 64 in the row and 64 in the index."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from ledger.store.protection import protect

revision = "0003"
down_revision = "0002"

#: A damaged id stays as it is, for `fsck` to find and `reindex` to mend.
_POSTGRES = (
    """CASE WHEN entry_id ~ '^([0-9a-f]{2})+$' THEN decode(entry_id, 'hex') ELSE convert_to(entry_id, 'UTF8') END"""
)


def upgrade() -> None:
    """Change the columns in place on PostgreSQL, and write the tables anew on SQLite."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        for table in ("entry", "opening"):
            op.execute(f"ALTER TABLE {table} ALTER COLUMN entry_id TYPE bytea USING {_POSTGRES}")
        return
    raw = connection.connection.driver_connection
    assert raw is not None
    raw.create_function("ecarbon_raw", 1, _raw, deterministic=True)
    _rewrite(
        "entry",
        sa.Column("idx", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("entry_id", sa.LargeBinary, nullable=False, unique=True),
        *(sa.Column(name, sa.LargeBinary, nullable=False) for name in ("note", "leaf_hash", "chain")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("status", "reasons")),
    )
    _rewrite(
        "opening",
        sa.Column("entry_id", sa.LargeBinary, primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("actor", "audience")),
        *(sa.Column(name, sa.LargeBinary, nullable=False) for name in ("nonce", "sealed")),
    )
    op.create_index("opening_actor", "opening", ["actor"])
    protect(connection, ["entry"])


def _rewrite(table: str, *columns: sa.Column[Any]) -> None:
    op.create_table(f"{table}_new", *columns, sqlite_strict=True)
    names = ", ".join(column.name for column in columns)
    values = names.replace("entry_id", "ecarbon_raw(entry_id)")
    op.execute(f"INSERT INTO {table}_new ({names}) SELECT {values} FROM {table} ORDER BY rowid")
    op.drop_table(table)  # Its triggers and indexes go with it.
    op.rename_table(f"{table}_new", table)


def _raw(entry_id: str) -> bytes:
    """SQLite reads hex by itself only from 3.41 on."""
    try:
        return bytes.fromhex(entry_id)
    except ValueError:
        return entry_id.encode("utf-8", "surrogateescape")
