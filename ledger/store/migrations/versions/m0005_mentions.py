"""Index entries by what they touch, in one table that also takes the place of the index of their ids."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from ledger.book.entry import parse_entry
from ledger.book.subjects import KEY_SIZE, Index
from ledger.errors import LedgerError
from ledger.store.protection import protect

revision = "0005"
down_revision = "0004"

_CHUNK = 2000


def upgrade() -> None:
    """Drop the old index, which on SQLite means to write the table anew, and read every note for the new one."""
    connection = op.get_bind()
    count = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    mention = op.create_table(
        "mention",
        sa.Column("subject", sa.LargeBinary, primary_key=True),
        sa.Column("idx", count, primary_key=True, autoincrement=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    if connection.dialect.name == "postgresql":
        op.drop_constraint("entry_entry_id_key", "entry")
    else:
        _rewrite(connection)
    index = Index()
    last = connection.execute(sa.text("SELECT max(idx) FROM entry")).scalar()
    for start in range(0, 0 if last is None else last + 1, _CHUNK):
        query = "SELECT idx, entry_id, note, status FROM entry WHERE idx >= :a AND idx < :b ORDER BY idx"
        rows = connection.execute(sa.text(query), {"a": start, "b": start + _CHUNK}).all()
        found = [{"subject": key, "idx": row[0]} for row in rows for key in _keys(index, *row)]
        connection.execute(mention.insert(), found)


def _keys(index: Index, idx: int, entry_id: bytes, note: bytes, status: str) -> Iterator[bytes]:
    """Give the keys of an entry; of one that is damaged, for `fsck` to find, those of its id alone."""
    try:
        yield from index.keys(idx, parse_entry(bytes(note)), in_force=status == "logged")
    except LedgerError:
        yield bytes(entry_id)[:KEY_SIZE]


def _rewrite(connection: sa.Connection) -> None:
    op.create_table(
        "entry_new",
        sa.Column("idx", sa.Integer, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.LargeBinary, nullable=False) for name in ("entry_id", "note", "leaf_hash", "chain")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("status", "reasons")),
        sqlite_strict=True,
    )
    op.execute("INSERT INTO entry_new SELECT * FROM entry ORDER BY idx")
    op.drop_table("entry")  # Its triggers and its index go with it.
    op.rename_table("entry_new", "entry")
    protect(connection, ["entry"])
