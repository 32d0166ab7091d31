"""Keep the log in SQL, with one code path for SQLite and PostgreSQL.

What one append needs is plain SQL, which saves the building of statements each time; the rest is written in
SQLAlchemy's expressions. Rows are written in the order of the tables' columns, which is that of their classes. An entry
id is 32 bytes in `entry` and `opening`, and hex everywhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    Select,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from ledger.errors import StoreUnavailable
from ledger.store import tables
from ledger.store.base import (
    Batch,
    CosignatureRow,
    EntryRow,
    EquivocationRow,
    HeadRow,
    LogState,
    OpeningRow,
    SecretRow,
)
from ledger.store.engine import open_engine, told, transaction, truncate_wal, vacuum
from ledger.store.protection import KEYS, lifted
from ledger.store.schema import prepare

_CHUNK: Final = 500
_POSTGRES: Final = {BigInteger: "bigint", Integer: "bigint", LargeBinary: "bytea", Text: "text"}
_COLUMNS: Final = EntryRow.__struct_fields__
_ENTRY: Final = ", ".join(_COLUMNS)
_OPENING: Final = ", ".join(OpeningRow.__struct_fields__)
_HEAD: Final = ", ".join(HeadRow.__struct_fields__)
_ADVANCE: Final = (
    f"UPDATE log_state SET {' = ?, '.join(LogState.__struct_fields__)} = ? WHERE size = ? AND root = ? RETURNING id"
)
_STATE: Final = "SELECT size, root, chain, edge, checkpoint FROM log_state"
_KEEP: Final = "INSERT INTO checkpoint (size, note) VALUES (?, ?)"


class SqlTransaction:
    """Read and write the log's tables inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._postgres = connection.dialect.name == "postgresql"
        driver: Any = connection.connection.driver_connection
        # A cursor that is kept would hold a SQLite file open; a connection has the same methods.
        self._cursor = driver.cursor(binary=True) if self._postgres else driver
        self._told = told(connection)
        self._seen: LogState | None = None

    def state(self) -> LogState | None:
        """Return the state row, or nothing in a store that holds no log yet."""
        rows = [self._told.pop()] if self._told else self._rows(_STATE)
        self._seen = LogState(*rows[0]) if rows else None
        return self._seen

    def entry(self, idx: int) -> EntryRow | None:
        """Return the entry at an index."""
        return self._one(select(tables.entry).where(tables.entry.c.idx == idx))

    def entry_by_id(self, entry_id: str) -> EntryRow | None:
        """Return the entry of an id."""
        return self.known_ids([entry_id]).get(entry_id)

    def known_ids(self, entry_ids: Sequence[str]) -> dict[str, EntryRow]:
        """Return the stored ones among many ids."""
        found: dict[str, EntryRow] = {}
        for chunk in _chunks(entry_ids):
            places = ", ".join("?" * len(chunk))
            query = f"SELECT {_ENTRY} FROM mention JOIN entry USING (idx) WHERE subject IN ({places})"
            rows = self._rows(query, tuple(_raw(entry_id)[:8] for entry_id in chunk))
            found.update((row.entry_id, row) for row in map(_entry, rows))
        return {entry_id: found[entry_id] for entry_id in entry_ids if entry_id in found}

    def mentions(self, keys: Sequence[bytes]) -> dict[bytes, list[int]]:
        """Return by key the indexes of the entries that touch a thing; nothing for a key without any."""
        found: dict[bytes, list[int]] = {}
        for chunk in _chunks(keys):
            places = ", ".join("?" * len(chunk))
            for key, idx in self._rows(f"SELECT subject, idx FROM mention WHERE subject IN ({places})", tuple(chunk)):
                found.setdefault(bytes(key), []).append(idx)
        return found

    def all_mentions(self) -> Iterator[tuple[bytes, int]]:
        """Return all keys and indexes in their order."""
        for key, idx in self._connection.exec_driver_sql("SELECT subject, idx FROM mention ORDER BY subject, idx"):
            yield bytes(key), idx

    def entries_at(self, indexes: Sequence[int]) -> list[EntryRow]:
        """Return the stored ones among the entries at some indexes, in no order."""
        found: list[EntryRow] = []
        for chunk in _chunks(indexes):
            places = ", ".join("?" * len(chunk))
            found += map(_entry, self._rows(f"SELECT {_ENTRY} FROM entry WHERE idx IN ({places})", tuple(chunk)))
        return found

    def entries(self, start: int, end: int) -> list[EntryRow]:
        """Return entries ``start <= idx < end`` in order."""
        rows = self._rows(f"SELECT {_ENTRY} FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx", (start, end))
        return [_entry(row) for row in rows]

    def hashes(self, start: int, end: int) -> list[tuple[int, bytes, bytes, bytes]]:
        """Return index, note, leaf hash and chain value of entries ``start <= idx < end`` in order."""
        query = "SELECT idx, note, leaf_hash, chain FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx"
        return self._rows(query, (start, end))

    def last_index(self) -> int | None:
        """Return the highest stored index."""
        found: int | None = self._connection.execute(select(func.max(tables.entry.c.idx))).scalar()
        return found

    def tile(self, level: int, n: int) -> bytes | None:
        """Return the stored bytes of a tile, which may be wider than a caller needs."""
        rows = self._rows("SELECT data FROM tile WHERE level = ? AND n = ?", (level, n))
        return rows[0][0] if rows else None

    def tiles_in(self, level: int, start: int, end: int) -> dict[int, bytes]:
        """Return the stored bytes of tiles ``start <= n < end`` of a level, by number."""
        rows = self._rows("SELECT n, data FROM tile WHERE level = ? AND n >= ? AND n < ?", (level, start, end))
        return dict(rows)

    def tiles(self) -> Iterator[tuple[int, int, bytes]]:
        """Return all tiles by level and number."""
        query = select(tables.tile).order_by(tables.tile.c.level, tables.tile.c.n)
        for row in self._connection.execute(query):
            yield row.level, row.n, row.data

    def tile_places(self) -> Iterator[tuple[int, int]]:
        """Return level and number of all tiles."""
        yield from self._rows("SELECT level, n FROM tile ORDER BY level, n")

    def checkpoint_after(self, index: int) -> tuple[int, bytes] | None:
        """Return size and note of the first checkpoint that covers an index."""
        column = tables.checkpoint.c.size
        query = select(tables.checkpoint).where(column > index).order_by(column).limit(1)
        row = self._connection.execute(query).first()
        return None if row is None else (row.size, row.note)

    def checkpoints(self) -> Iterator[tuple[int, bytes]]:
        """Return all checkpoints by size."""
        for row in self._connection.execute(select(tables.checkpoint).order_by(tables.checkpoint.c.size)):
            yield row.size, row.note

    def cosignatures(self, size: int | None = None) -> list[CosignatureRow]:
        """Return the cosignatures of the checkpoint of a size, or of all, by size and key."""
        table = tables.cosignature
        query = select(table).order_by(table.c.size, table.c.vkey)
        if size is not None:
            query = query.where(table.c.size == size)
        return [CosignatureRow(*row) for row in self._connection.execute(query)]

    def cosigned(self, index: int, *, latest: bool = False) -> int | None:
        """Return the size with most cosignatures among those that cover an index: the first such, or the latest."""
        size = tables.cosignature.c.size
        order = size.desc() if latest else size
        query = select(size).where(size > index).group_by(size).order_by(func.count().desc(), order).limit(1)
        found: int | None = self._connection.execute(query).scalar()
        return found

    def last_cosigned(self) -> dict[str, int]:
        """Return by witness key the largest size that it cosigned."""
        table = tables.cosignature
        rows = self._connection.execute(select(table.c.vkey, func.max(table.c.size)).group_by(table.c.vkey))
        return {row[0]: row[1] for row in rows}

    def checkpoints_in(self, after: int, last: int) -> list[tuple[int, bytes]]:
        """Return the checkpoints of sizes ``after < size <= last`` by size."""
        return self._rows("SELECT size, note FROM checkpoint WHERE size > ? AND size <= ? ORDER BY size", (after, last))

    def head(self, key_name: str) -> HeadRow | None:
        """Return the end of a key's chain."""
        return self.known_heads([key_name]).get(key_name)

    def known_heads(self, key_names: Sequence[str]) -> dict[str, HeadRow]:
        """Return the ends of the chains of many keys, by key name."""
        found: dict[str, HeadRow] = {}
        for chunk in _chunks(key_names):
            places = ", ".join("?" * len(chunk))
            rows = self._rows(f"SELECT {_HEAD} FROM key_head WHERE key_name IN ({places})", tuple(chunk))
            found.update((row[0], _head(row)) for row in rows)
        return found

    def heads(self) -> list[HeadRow]:
        """Return the ends of all chains by key name."""
        query = select(tables.key_head).order_by(tables.key_head.c.key_name)
        return [_head(row) for row in self._connection.execute(query)]

    def equivocations(self) -> list[EquivocationRow]:
        """Return all evidence of equivocation."""
        query = select(tables.equivocation).order_by(tables.equivocation.c.id)
        return [EquivocationRow(row.key_name, row.seq, row.size, row.note) for row in self._connection.execute(query)]

    def openings(self, entry_ids: Sequence[str]) -> list[OpeningRow]:
        """Return the sealed items of entries, by entry and digest."""
        found: list[OpeningRow] = []
        for chunk in _chunks(entry_ids):
            places = ", ".join("?" * len(chunk))
            query = f"SELECT {_OPENING} FROM opening WHERE entry_id IN ({places}) ORDER BY entry_id, digest"
            found += map(_opening, self._rows(query, tuple(map(_raw, chunk))))
        return found

    def openings_of(self, actor: str) -> list[OpeningRow]:
        """Return the sealed items of an actor, by entry and digest."""
        table = tables.opening
        query = select(table).where(table.c.actor == actor).order_by(table.c.entry_id, table.c.digest)
        return [_opening(row) for row in self._connection.execute(query)]

    def stray_openings(self) -> list[str]:
        """Return entry ids that have an opening but no entry, sorted; the first thousand of them."""
        column, known = tables.opening.c.entry_id, select(tables.entry.c.entry_id)
        query = select(column).where(column.not_in(known)).distinct().order_by(column).limit(1000)
        return [entry_id.hex() for entry_id in self._connection.execute(query).scalars()]

    def secret(self, actor: str) -> SecretRow | None:
        """Return an actor's wrapped key."""
        return self.known_secrets([actor]).get(actor)

    def known_secrets(self, actors: Sequence[str]) -> dict[str, SecretRow]:
        """Return the wrapped keys of many actors, by actor."""
        found: dict[str, SecretRow] = {}
        for chunk in _chunks(actors):
            places = ", ".join("?" * len(chunk))
            query = f"SELECT actor, wrapped, destroyed FROM actor_secret WHERE actor IN ({places})"
            found.update((row[0], _secret(row)) for row in self._rows(query, tuple(chunk)))
        return found

    def secrets(self) -> list[SecretRow]:
        """Return all wrapped keys by actor."""
        rows = self._connection.execute(select(tables.actor_secret).order_by(tables.actor_secret.c.actor))
        return [_secret(row) for row in rows]

    def append(self, batch: Batch) -> None:
        """Add entries and evidence, and set heads and tiles."""
        heads = [(*msgspec.structs.astuple(row)[:-1], int(row.frozen)) for row in batch.heads]
        tiles = [(level, n, data) for (level, n), data in batch.tiles.items()]
        self._put(
            (_insertion(tables.entry, self._postgres), [_stored(row) for row in batch.entries]),
            (_insertion(tables.mention, self._postgres), sorted(batch.mentions)),
            (_replacement(tables.key_head, self._postgres), heads),
            (_replacement(tables.tile, self._postgres), tiles),
        )
        if batch.equivocations:
            self._connection.execute(
                insert(tables.equivocation), [msgspec.structs.asdict(row) for row in batch.equivocations]
            )

    def advance(self, state: LogState) -> None:
        """Set the state that follows the one read in this block, and keep its checkpoint for good."""
        row, kept = msgspec.structs.astuple(state), (state.size, state.checkpoint)
        if self._seen is None:
            self._insert(tables.log_state, [(1, *row)])
            self._insert(tables.checkpoint, [kept])
            return
        here = (self._seen.size, self._seen.root)
        if self._postgres:
            moved = self._rows(f"WITH kept AS ({_KEEP}) {_ADVANCE}", (*kept, *row, *here))
        else:
            moved = self._rows(_ADVANCE, (*row, *here))
            self._rows(_KEEP, kept)
        if not moved:
            raise StoreUnavailable("another writer moved the log on; send the same notes again")

    def add_cosignatures(self, rows: Sequence[CosignatureRow]) -> None:
        """Add cosignatures; one that is there already stays."""
        held = {(row.size, row.vkey) for size in {row.size for row in rows} for row in self.cosignatures(size)}
        self._insert(
            tables.cosignature, [msgspec.structs.astuple(row) for row in rows if (row.size, row.vkey) not in held]
        )

    def add_openings(self, rows: Sequence[OpeningRow]) -> None:
        """Add sealed items."""
        self._insert(tables.opening, [(_raw(row.entry_id), *msgspec.structs.astuple(row)[1:]) for row in rows])

    def erase_openings(self, entry_ids: Sequence[str]) -> int:
        """Delete the sealed items of entries; return how many there were."""
        count = 0
        for chunk in _chunks(entry_ids):
            where = tables.opening.c.entry_id.in_(map(_raw, chunk))
            count += self._connection.execute(select(func.count()).where(where)).scalar_one()
            self._connection.execute(delete(tables.opening).where(where))
        return count

    def put_entries(self, rows: Sequence[EntryRow]) -> int:
        """Rewrite what is derived of stored entries, never their notes; return how many rows changed."""
        with lifted(self._connection, "entry"):
            for row in rows:
                stored = zip(_COLUMNS, _stored(row), strict=True)
                values = {name: value for name, value in stored if name not in ("idx", "note")}
                self._connection.execute(update(tables.entry).where(tables.entry.c.idx == row.idx).values(values))
        return len(rows)

    def put_tiles(self, tiles: Mapping[tuple[int, int], bytes]) -> int:
        """Replace all tiles; return how many rows changed."""
        rows = [(level, n, data) for (level, n), data in sorted(tiles.items())]
        return self._replace(tables.tile, sorted(self.tiles()), rows)

    def put_mentions(self, mentions: Sequence[tuple[bytes, int]]) -> int:
        """Replace the whole index of things; return how many rows changed."""
        return self._replace(tables.mention, list(self.all_mentions()), sorted(mentions))

    def put_heads(self, rows: Sequence[HeadRow]) -> int:
        """Replace all heads; return how many rows changed."""
        stored, wanted = (
            [(row.key_name, row.seq, row.entry_id, row.idx, int(row.frozen)) for row in found]
            for found in (self.heads(), rows)
        )
        return self._replace(tables.key_head, stored, wanted)

    def put_state(self, state: LogState) -> int:
        """Replace the state of the same size; return how many rows changed."""
        changed = int(self.state() != state)
        self._upsert(tables.log_state, [(1, *msgspec.structs.astuple(state))])
        size = tables.checkpoint.c.size
        stored = self._connection.execute(select(tables.checkpoint.c.note).where(size == state.size)).scalar()
        if stored != state.checkpoint:
            with lifted(self._connection, "checkpoint"):
                self._upsert(tables.checkpoint, [(state.size, state.checkpoint)])
            changed += 1
        return changed

    def put_secret(self, row: SecretRow) -> None:
        """Add or replace an actor's wrapped key."""
        self._upsert(tables.actor_secret, [(row.actor, row.wrapped, int(row.destroyed))])

    def _one(self, query: Select[Any]) -> EntryRow | None:
        row = self._connection.execute(query).first()
        return None if row is None else _entry(row)

    def _replace(self, table: Table, stored: Sequence[tuple[Any, ...]], wanted: Sequence[tuple[Any, ...]]) -> int:
        changed = len(set(stored) ^ set(wanted))
        if changed:
            with lifted(self._connection, table.name) if table.name in KEYS else nullcontext():
                self._connection.execute(delete(table))
                self._insert(table, wanted)
        return changed

    def _insert(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        self._put((_insertion(table, self._postgres), rows))

    def _upsert(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        self._put((_replacement(table, self._postgres), rows))

    def _put(self, *parts: tuple[str, Sequence[tuple[Any, ...]]]) -> None:
        """Write rows of several tables: on PostgreSQL in one statement, on SQLite with one a row."""
        parts = tuple(part for part in parts if part[1])
        if not self._postgres:
            for text, rows in parts:
                self._cursor.executemany(text, rows)
        elif parts:
            *others, last = (text for text, _ in parts)
            head = ", ".join(f"part_{number} AS ({text})" for number, text in enumerate(others))
            columns = [list(column) for _, rows in parts for column in zip(*rows, strict=True)]
            self._cursor.execute((f"WITH {head} {last}" if head else last).replace("?", "%b"), columns)

    def _rows(self, text: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement written with question marks, and return its rows."""
        cursor = self._cursor.execute(text.replace("?", "%b") if self._postgres else text, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


class SqlLogStore:
    """Keep one log in a database.

    Args:
        url: ``sqlite:///path`` or ``postgresql+psycopg://...``.

    Raises:
        StoreConflict: the file belongs to another program or another version.
        StoreUnavailable: the database cannot be reached.
    """

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url)
        self._sqlite = self._engine.dialect.name == "sqlite"
        self._create()

    def __reduce__(self) -> tuple[type[SqlLogStore], tuple[str]]:
        """Pickle the address: a worker process opens the same store for itself."""
        return SqlLogStore, (self._engine.url.render_as_string(hide_password=False),)

    @property
    def engine(self) -> Engine:
        """Return the engine, for other stores in the same database."""
        return self._engine

    @contextmanager
    def read(self) -> Iterator[SqlTransaction]:
        """Open a read block."""
        with transaction(self._engine, write=False) as connection:
            yield SqlTransaction(connection)

    @contextmanager
    def write(self) -> Iterator[SqlTransaction]:
        """Open the write block; waits for other writers."""
        with transaction(self._engine, write=True, ask=_STATE) as connection:
            yield SqlTransaction(connection)

    def integrity(self) -> list[str]:
        """Return what the database itself finds wrong with its files."""
        if not self._sqlite:
            return []
        with transaction(self._engine, write=False) as connection:
            lines = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
        return [str(line) for line in lines if line != "ok"]

    def compact(self) -> None:
        """Leave nothing that was deleted in any file of the store."""
        vacuum(self._engine, ("opening", "actor_secret"))
        if self._sqlite and not truncate_wal(self._engine):
            raise StoreUnavailable("a reader keeps old pages of the database alive; compact again later")

    def close(self) -> None:
        """Release files and connections."""
        self._engine.dispose()

    def _create(self) -> None:
        with transaction(self._engine, write=True) as connection:
            prepare(connection)


@cache
def _insertion(table: Table, postgres: bool) -> str:
    names = [column.name for column in table.columns]
    source = f"VALUES ({', '.join('?' * len(names))})"
    if postgres:
        lists = (f"?::{_POSTGRES[column.type.__class__]}[]" for column in table.columns)
        source = f"SELECT * FROM unnest({', '.join(lists)})"
    return f"INSERT INTO {table.name} ({', '.join(names)}) {source}"


@cache
def _replacement(table: Table, postgres: bool) -> str:
    keys = [column.name for column in table.primary_key]
    changed = [f"{column.name} = excluded.{column.name}" for column in table.columns if column.name not in keys]
    return f"{_insertion(table, postgres)} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {', '.join(changed)}"


def _raw(entry_id: str) -> bytes:
    """Return the bytes of an entry id; none for what is no entry id, which finds no row."""
    try:
        raw = bytes.fromhex(entry_id)
    except ValueError:
        return b""
    return raw if raw.hex() == entry_id else b""


def _entry(row: Any) -> EntryRow:
    idx, entry_id, *rest = row
    return EntryRow(idx, entry_id.hex(), *rest)


def _stored(row: EntryRow) -> tuple[Any, ...]:
    idx, entry_id, *rest = msgspec.structs.astuple(row)
    return (idx, _raw(entry_id), *rest)


def _opening(row: Any) -> OpeningRow:
    entry_id, *rest = row
    return OpeningRow(entry_id.hex(), *rest)


def _head(row: Any) -> HeadRow:
    key_name, seq, entry_id, idx, frozen = row
    return HeadRow(key_name, seq, entry_id, idx, bool(frozen))


def _secret(row: Any) -> SecretRow:
    actor, wrapped, destroyed = row
    return SecretRow(actor, wrapped, bool(destroyed))


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for at in range(0, len(values), _CHUNK):
        yield values[at : at + _CHUNK]
