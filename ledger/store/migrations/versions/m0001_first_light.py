"""Make the tables of the first milestone."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_count = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_bytes = sa.LargeBinary


def upgrade() -> None:
    """Make them."""
    _make(
        "log_state",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        _column("size", _count),
        *(_column(name, _bytes) for name in ("root", "chain", "edge", "checkpoint")),
        sa.CheckConstraint("id = 1", name="log_state_one_row"),
    )
    _make(
        "entry",
        sa.Column("idx", _count, primary_key=True, autoincrement=False),
        sa.Column("entry_id", _text, nullable=False, unique=True),
        *(_column(name, _bytes) for name in ("note", "leaf_hash", "chain")),
        *(_column(name, _text) for name in ("status", "reasons")),
    )
    _make(
        "key_head",
        sa.Column("key_name", _text, primary_key=True),
        _column("seq", _count),
        _column("entry_id", _text),
        _column("idx", _count),
        _column("frozen", sa.Integer),
    )
    _make(
        "equivocation",
        sa.Column("id", _count, primary_key=True, autoincrement=True),
        _column("key_name", _text),
        _column("seq", _count),
        _column("size", _count),
        _column("note", _bytes),
    )
    _make(
        "tile",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("n", _count, primary_key=True, autoincrement=False),
        _column("data", _bytes),
    )
    _make("checkpoint", sa.Column("size", _count, primary_key=True, autoincrement=False), _column("note", _bytes))
    _make(
        "opening",
        sa.Column("entry_id", _text, primary_key=True),
        sa.Column("digest", _text, primary_key=True),
        *(_column(name, _text) for name in ("actor", "audience")),
        *(_column(name, _bytes) for name in ("nonce", "sealed")),
    )
    op.create_index("opening_actor", "opening", ["actor"])
    _make(
        "actor_secret",
        sa.Column("actor", _text, primary_key=True),
        _column("wrapped", _bytes),
        _column("destroyed", sa.Integer),
    )
    make_passports()


def make_passports() -> None:
    """Make the tables of passports and status lists."""
    first = ("lot", "phase", "market", "boundary", "status", "created")
    _make(
        "passport",
        sa.Column("uuid", _text, primary_key=True),
        *(_column(name, _text) for name in first),
        _column("credential", _bytes),
        _column("jwt", _text),
        *(_column(name, _bytes) for name in ("calculation", "pact")),
        _column("lineage", _text),
        _column("tree_size", sa.Integer),
        *(_column(name, _text) for name in ("entry_id", "status_list")),
        _column("status_index", sa.Integer),
        *(_column(name, _text) for name in ("supersedes", "revoked_reason", "revoked_at")),
    )
    op.create_index("passport_lot", "passport", ["lot"])
    op.create_index("passport_status_index", "passport", ["status_list", "status_index"], unique=True)
    _make("status_list", sa.Column("name", _text, primary_key=True), _column("updated", _text))


def _make(name: str, *parts: sa.schema.SchemaItem) -> None:
    op.create_table(name, *parts, sqlite_strict=True)


def _column(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
