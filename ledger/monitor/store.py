"""Keep what a monitor needs between looks in an SQLite file: one transaction for what belongs together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection

from ledger.book.statement import Statement
from ledger.errors import LedgerCorrupt, StoreConflict
from ledger.store.engine import open_engine, pragma, transaction

APPLICATION_ID: Final = 0x45434D4E
#: `state` has one row. `entry`: what each envelope states, without digests of items; codes of what is wrong with it.
#: `mark` and `pool` file entries under what may draw them into a closure, `wanted` and `span` are what draws; `held`
#: are the entries that the monitor follows, each with the log size since which it does.
_MADE: Final = (
    "TABLE state(one INTEGER PRIMARY KEY CHECK (one = 1), log TEXT NOT NULL, lot TEXT NOT NULL, actor TEXT NOT NULL,"
    " checkpoint BLOB NOT NULL, first INTEGER NOT NULL, size INTEGER NOT NULL, edge BLOB NOT NULL,"
    " chain BLOB NOT NULL, told INTEGER NOT NULL) STRICT",
    "TABLE entry(idx INTEGER PRIMARY KEY, entry_id BLOB NOT NULL, statement BLOB NOT NULL, admitted INTEGER NOT NULL,"
    " alerts TEXT NOT NULL) STRICT",
    "TABLE fact(sort TEXT, name TEXT, value BLOB NOT NULL, PRIMARY KEY (sort, name)) STRICT, WITHOUT ROWID",
    "TABLE mark(key TEXT, idx INTEGER, PRIMARY KEY (key, idx)) STRICT, WITHOUT ROWID",
    "TABLE pool(key TEXT, idx INTEGER, start INTEGER NOT NULL, stop INTEGER NOT NULL, PRIMARY KEY (key, idx))"
    " STRICT, WITHOUT ROWID",
    "TABLE wanted(key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",
    "TABLE span(key TEXT, start INTEGER, stop INTEGER, PRIMARY KEY (key, start, stop)) STRICT, WITHOUT ROWID",
    "TABLE held(idx INTEGER PRIMARY KEY, since INTEGER NOT NULL) STRICT",
    "TABLE broken(idx INTEGER, key_name TEXT, code TEXT, PRIMARY KEY (idx, code)) STRICT, WITHOUT ROWID",
    "TABLE root(size INTEGER PRIMARY KEY, root BLOB NOT NULL) STRICT",
    "INDEX entry_by_id ON entry(entry_id)",
    "INDEX held_by_since ON held(since)",
)
_MAGIC: Final = b"SQLite format 3\0"


class State(NamedTuple):
    """Hold the one row of a monitor's state.

    Args:
        log: the log's verifier key.
        lot, actor: whom it watches; one of them is empty.
        checkpoint: the largest signed tree head that it has seen.
        first: size of the first one that it saw.
        size: number of entries read; less than the tree head's where reading was cut off.
        edge, chain: right edge of the tree and last value of the linear chain at that size.
        told: size up to which news was reported.
    """

    log: str
    lot: str
    actor: str
    checkpoint: bytes
    first: int
    size: int
    edge: bytes
    chain: bytes
    told: int


class Held(NamedTuple):
    """Hold an entry that the monitor follows, the codes of what is wrong with it, and the size since when."""

    statement: Statement
    alerts: tuple[str, ...]
    since: int


class Rows:
    """Read and write a monitor's tables inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._run = connection.exec_driver_sql

    def state(self) -> State | None:
        """Return the state, or nothing before the first look."""
        row = self._run(f"SELECT {', '.join(State._fields)} FROM state").first()
        return None if row is None else State(*row)

    def keep_state(self, state: State) -> None:
        """Replace the state."""
        places = ", ".join("?" * (len(state) + 1))
        self._run(f"INSERT OR REPLACE INTO state(one, {', '.join(state._fields)}) VALUES ({places})", (1, *state))

    def fact(self, sort: str, name: str, type_: Any) -> Any:
        """Return a fact, or nothing."""
        row = self._run("SELECT value FROM fact WHERE sort = ? AND name = ?", (sort, name)).first()
        return None if row is None else msgspec.msgpack.decode(row[0], type=type_)

    def keep_facts(self, sort: str, facts: Mapping[str, Any]) -> None:
        """Write facts of one sort."""
        rows = [(sort, name, msgspec.msgpack.encode(value)) for name, value in facts.items()]
        self._many("INSERT OR REPLACE INTO fact VALUES (?, ?, ?)", rows)

    def file(self, statement: Statement, *, admitted: bool, alerts: Iterable[str]) -> None:
        """Keep what an entry states."""
        outer = statement.outer if statement.is_amendment else None
        kept = msgspec.structs.replace(statement, items=(), outer={})
        data = msgspec.msgpack.encode((kept, outer))
        row = (statement.index, bytes.fromhex(statement.entry_id), data, admitted, " ".join(alerts))
        self._run("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", row)

    def statement(self, entry_id: str) -> Statement | None:
        """Return what the latest entry of an id states, or nothing."""
        query = "SELECT statement FROM entry WHERE entry_id = ? ORDER BY idx DESC LIMIT 1"
        row = self._run(query, (_id(entry_id),)).first()
        return None if row is None else _statement(row[0])

    def admitted(self, entry_id: str) -> bool:
        """Tell whether an entry breaks no rule on envelopes."""
        return self._run("SELECT 1 FROM entry WHERE entry_id = ? AND admitted", (_id(entry_id),)).first() is not None

    def mark(self, index: int, keys: Iterable[str]) -> None:
        """File an entry under keys."""
        self._many("INSERT OR IGNORE INTO mark VALUES (?, ?)", [(key, index) for key in keys])

    def marked(self, key: str) -> list[Statement]:
        """Return what the entries filed under a key state, by index."""
        query = "SELECT statement FROM entry JOIN mark USING (idx) WHERE key = ? ORDER BY idx"
        return [_statement(data) for (data,) in self._run(query, (key,))]

    def mark_pool(self, index: int, key: str, start: int, stop: int) -> None:
        """File an entry under a pool and its period."""
        self._run("INSERT INTO pool VALUES (?, ?, ?, ?)", (key, index, start, stop))

    def pooled(self, key: str, start: int, stop: int) -> list[Statement]:
        """Return what the entries of a pool state whose period overlaps a span."""
        query = (
            "SELECT statement FROM entry JOIN pool USING (idx) WHERE key = ? AND start < ? AND ? < stop ORDER BY idx"
        )
        return [_statement(data) for (data,) in self._run(query, (key, stop, start))]

    def want(self, key: str) -> bool:
        """Want whatever is filed under a key, from now on; say whether that is new."""
        return bool(self._run("INSERT OR IGNORE INTO wanted VALUES (?)", (key,)).rowcount)

    def wanted(self, keys: Iterable[str]) -> list[str]:
        """Return which of some keys are wanted."""
        listed = tuple(keys)
        query = f"SELECT key FROM wanted WHERE key IN ({', '.join('?' * len(listed))})"
        return [key for (key,) in self._run(query, listed)]

    def want_span(self, key: str, start: int, stop: int) -> bool:
        """Want the entries of a pool whose period overlaps a span; say whether that is new."""
        return bool(self._run("INSERT OR IGNORE INTO span VALUES (?, ?, ?)", (key, start, stop)).rowcount)

    def in_span(self, key: str, start: int, stop: int) -> bool:
        """Tell whether a wanted span of a pool overlaps a period."""
        query = "SELECT 1 FROM span WHERE key = ? AND start < ? AND ? < stop LIMIT 1"
        return self._run(query, (key, stop, start)).first() is not None

    def hold(self, index: int, since: int) -> bool:
        """Follow an entry since a log size; say whether that is new."""
        return bool(self._run("INSERT OR IGNORE INTO held VALUES (?, ?)", (index, since)).rowcount)

    def held(self, after: int, upto: int) -> list[Held]:
        """Return the entries followed since a log size above `after` and not above `upto`, by index."""
        query = "SELECT statement, alerts, since FROM entry JOIN held USING (idx) WHERE since > ? AND since <= ?"
        rows = self._run(f"{query} ORDER BY idx", (after, upto))
        return [Held(_statement(data), tuple(alerts.split()), since) for data, alerts, since in rows]

    def keep_broken(self, index: int, key_name: str, code: str) -> None:
        """Note that an entry anywhere in the log shows that log or key are at fault."""
        self._run("INSERT OR IGNORE INTO broken VALUES (?, ?, ?)", (index, key_name, code))

    def broken(self, start: int) -> list[tuple[int, str, str]]:
        """Return such notes from an index on."""
        query = "SELECT idx, key_name, code FROM broken WHERE idx >= ? ORDER BY idx, code"
        return [(index, name, code) for index, name, code in self._run(query, (start,))]

    def keep_root(self, size: int, root: bytes) -> None:
        """Note the root of the tree of a size."""
        self._run("INSERT INTO root VALUES (?, ?)", (size, root))

    def root(self, size: int) -> bytes:
        """Return a root that was noted."""
        row = self._run("SELECT root FROM root WHERE size = ?", (size,)).first()
        if row is None:
            raise LedgerCorrupt("the state of a monitor lacks a root", size=size)
        return bytes(row[0])

    def _many(self, query: str, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            self._run(query, rows)


class MonitorStore:
    """Keep a monitor's state in a file.

    Args:
        path: the file; made if it is not there.

    Raises:
        StoreConflict: the file is something else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if path.exists() and not _is_database(path):
            raise StoreConflict("the file is not the state of a monitor; name another", path=str(path))
        self._engine = open_engine(f"sqlite:///{path}")
        with transaction(self._engine, write=True) as connection:
            found = pragma(connection, "application_id")
            if found not in (0, APPLICATION_ID):
                raise StoreConflict("the database file belongs to another program", application_id=found)
            if found != APPLICATION_ID:
                pragma(connection, f"application_id = {APPLICATION_ID}")
                for made in _MADE:
                    connection.exec_driver_sql(f"CREATE {made}")

    @contextmanager
    def rows(self, *, write: bool = False) -> Iterator[Rows]:
        """Open a block that sees one moment; what it wrote is on disk when it ends, or nothing of it is."""
        with transaction(self._engine, write=write) as connection:
            yield Rows(connection)

    def close(self) -> None:
        """Release files and connections."""
        self._engine.dispose()


def _is_database(path: Path) -> bool:
    """Tell whether a file is empty or an SQLite database; SQLite itself would write over a short text."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) in (b"", _MAGIC)


def _statement(data: bytes) -> Statement:
    kept, outer = msgspec.msgpack.decode(data, type=tuple[Statement, dict[str, Any] | None])
    return msgspec.structs.replace(kept, outer=kept.data if outer is None else outer)


def _id(entry_id: str) -> bytes:
    """Give the bytes of an id; a reference that is none finds nothing."""
    try:
        return bytes.fromhex(entry_id)
    except ValueError:
        return b""
