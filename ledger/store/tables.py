"""Define the tables of the log, for SQLite and PostgreSQL alike."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

APPLICATION_ID: Final = 0x4543424E
SCHEMA_VERSION: Final = 5

Count: Final = BigInteger().with_variant(Integer, "sqlite")
#: Text that sorts by its code points in every database.
Plain: Final = Text().with_variant(Text(collation="C"), "postgresql")

metadata = MetaData()

log_state = Table(
    "log_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", Count, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    Column("edge", LargeBinary, nullable=False),
    Column("checkpoint", LargeBinary, nullable=False),
    CheckConstraint("id = 1", name="log_state_one_row"),
    sqlite_strict=True,
)

entry = Table(
    "entry",
    metadata,
    Column("idx", Count, primary_key=True, autoincrement=False),
    Column("entry_id", LargeBinary, nullable=False),
    Column("note", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    Column("status", Plain, nullable=False),
    Column("reasons", Plain, nullable=False),
    sqlite_strict=True,
)

#: Where to find the entries that touch a thing, by a key of 8 bytes; of an entry, the first 8 of its id.
mention = Table(
    "mention",
    metadata,
    Column("subject", LargeBinary, primary_key=True),
    Column("idx", Count, primary_key=True, autoincrement=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

key_head = Table(
    "key_head",
    metadata,
    Column("key_name", Plain, primary_key=True),
    Column("seq", Count, nullable=False),
    Column("entry_id", Plain, nullable=False),
    Column("idx", Count, nullable=False),
    Column("frozen", Integer, nullable=False),
    sqlite_strict=True,
)

equivocation = Table(
    "equivocation",
    metadata,
    Column("id", Count, primary_key=True, autoincrement=True),
    Column("key_name", Plain, nullable=False),
    Column("seq", Count, nullable=False),
    Column("size", Count, nullable=False),
    Column("note", LargeBinary, nullable=False),
    sqlite_strict=True,
)

tile = Table(
    "tile",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("n", Count, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
    sqlite_strict=True,
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", Count, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
    sqlite_strict=True,
)

cosignature = Table(
    "cosignature",
    metadata,
    Column("size", Count, primary_key=True, autoincrement=False),
    Column("vkey", Plain, primary_key=True),
    Column("line", Plain, nullable=False),
    sqlite_strict=True,
)

opening = Table(
    "opening",
    metadata,
    Column("entry_id", LargeBinary, primary_key=True),
    Column("digest", Plain, primary_key=True),
    Column("actor", Plain, nullable=False),
    Column("audience", Plain, nullable=False),
    Column("nonce", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("opening_actor", "actor"),
    sqlite_strict=True,
)

actor_secret = Table(
    "actor_secret",
    metadata,
    Column("actor", Plain, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("destroyed", Integer, nullable=False),
    sqlite_strict=True,
)
