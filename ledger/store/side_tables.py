"""Define the tables that stand beside the log in its database; no proof rests on them."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from ledger.store.tables import Count, Plain, metadata

access = Table(
    "access",
    metadata,
    Column("id", Count, primary_key=True, autoincrement=True),
    Column("at", Text, nullable=False),
    Column("reader", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("way", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("entry_id", Text, nullable=False),
    Index("access_actor", "actor"),
    sqlite_strict=True,
)

passport = Table(
    "passport",
    metadata,
    Column("uuid", Plain, primary_key=True),
    Column("lot", Plain, nullable=False),
    Column("phase", Plain, nullable=False),
    Column("market", Plain, nullable=False),
    Column("boundary", Plain, nullable=False),
    Column("status", Plain, nullable=False),
    Column("created", Plain, nullable=False),
    Column("credential", LargeBinary, nullable=False),
    Column("jwt", Plain, nullable=False),
    Column("calculation", LargeBinary, nullable=False),
    Column("pact", LargeBinary, nullable=False),
    Column("lineage", Plain, nullable=False),
    Column("tree_size", Integer, nullable=False),
    Column("entry_id", Plain, nullable=False),
    Column("status_list", Plain, nullable=False),
    Column("status_index", Integer, nullable=False),
    Column("supersedes", Plain, nullable=False),
    Column("revoked_reason", Plain, nullable=False),
    Column("revoked_at", Plain, nullable=False),
    Index("passport_lot", "lot"),
    Index("passport_status_index", "status_list", "status_index", unique=True),
    sqlite_strict=True,
)

status_list = Table(
    "status_list",
    metadata,
    Column("name", Plain, primary_key=True),
    Column("updated", Plain, nullable=False),
    sqlite_strict=True,
)
