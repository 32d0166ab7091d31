"""Open a database so that what it acknowledges is on disk and what it deletes is gone.

SQLite runs with a write-ahead log, ``synchronous=FULL`` and ``secure_delete=ON``; each is set and then asserted on
every connection, because drivers and builds may change them silently. A transaction that will write says so when it
begins (``BEGIN IMMEDIATE``), so that nothing it read is stale when it writes.

PostgreSQL is asked for the same: a transaction that will write first takes one advisory lock of the database, which
ends with it, so that there is one writer among all threads, workers and machines; a transaction that only reads sees
one moment. Servers that may lose what they acknowledged are refused. Both drivers run in autocommit mode and are told
when a transaction begins, which on PostgreSQL saves a journey.

Sources: SQLite, "Pragma statements"; PostgreSQL 15, 13.3.5 "Advisory Locks" and 20.5 "Write Ahead Log".
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ledger.errors import LedgerCorrupt, StoreConflict, StoreUnavailable
from ledger.store.file_system import check_local

BUSY_TIMEOUT_MS: Final = 30_000
COMPACT_WAIT_MS: Final = 2_000
#: For one of the connections that a process keeps.
POOL_WAIT_S: Final = 10
#: Of new files; a note leaves much of a page of 4,096 bytes empty.
PAGE_SIZE: Final = 8192
_WRITE: Final = "ecarbon_write"
_ASK: Final = "ecarbon_ask"
_TOLD: Final = "ecarbon_told"
_PRAGMAS: Final = (
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", 2),
    ("foreign_keys", "ON", 1),
    ("secure_delete", "ON", 1),
    ("trusted_schema", "OFF", 0),
    ("cell_size_check", "ON", 1),
    ("temp_store", "MEMORY", 2),
    ("cache_size", "-65536", -65536),  # KiB: ids arrive in no order, so their index is read and written all over
    ("busy_timeout", str(BUSY_TIMEOUT_MS), BUSY_TIMEOUT_MS),
)
_LOCK_KEY: Final = 0x4543424E
_NOT_ALLOWED: Final = "42501"
#: `VACUUM` passes over tables that are not one's own, with a warning only.
_NOT_OWNED: Final = "SELECT 1 FROM pg_class WHERE oid = %s::regclass AND NOT pg_has_role(relowner, 'USAGE')"
_BEGIN: Final = {
    True: f"BEGIN; SELECT pg_advisory_xact_lock({_LOCK_KEY})",
    False: "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    None: "BEGIN",
}
#: Settings that a server must not have, and why: it could lose or garble what it acknowledged.
_UNSAFE: Final = (("fsync", "off"), ("full_page_writes", "off"), ("synchronous_commit", "off"))


def open_engine(url: str) -> Engine:
    """Make an engine for a database URL; nothing is opened yet.

    Raises:
        StoreConflict: the URL cannot be read, its driver is not installed, or it names a file on a network.
    """
    try:
        engine = create_engine(url, poolclass=QueuePool, pool_timeout=POOL_WAIT_S)
    except (SQLAlchemyError, ImportError) as error:
        raise StoreConflict("the database address cannot be used", reason=str(error)) from None
    if engine.dialect.name == "sqlite":
        check_local(Path(engine.url.database or ""))
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    elif engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _prepare_postgres)
        event.listen(engine, "begin", _begin_postgres)
    return engine


@contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """Borrow one of the connections that a process keeps.

    Raises:
        StoreUnavailable: all of them stay in use.
    """
    try:
        connection = engine.connect()
    except PoolTimeout:
        raise StoreUnavailable("all connections to the database are in use; try again later") from None
    with connection:
        yield connection


@contextmanager
def transaction(engine: Engine, *, write: bool, ask: str = "") -> Iterator[Connection]:
    """Run one transaction; commit when the block ends well, roll back when it does not.

    A connection that told of an error is closed and never used again: after a write or a sync that failed, what it
    holds in memory may not be what is on disk. The next transaction opens the database anew and reads it.

    Args:
        engine: the database.
        write: whether it may change anything; then it is the only one.
        ask: a query that travels with the beginning to PostgreSQL; `told` gives its rows.

    Raises:
        StoreUnavailable: the database is locked, full or gone, or all connections are in use.
        StoreConflict: the role of a PostgreSQL address lacks the right.
        LedgerCorrupt: the database file is damaged.
    """
    driver = engine.dialect.loaded_dbapi
    try:
        with connected(engine) as connection:
            connection = connection.execution_options(**{_WRITE: write, _ASK: ask, _TOLD: []})
            try:
                with connection.begin():
                    yield connection
            except (DBAPIError, driver.Error):
                connection.invalidate()
                raise
    except (DBAPIError, driver.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        text = str(cause)
        if getattr(cause, "sqlstate", "") == _NOT_ALLOWED:
            raise StoreConflict(
                "the database role may not do this; run it once with the address of the role that owns the tables",
                reason=text,
            ) from None
        operational = isinstance(cause, driver.OperationalError)
        if operational and ("malformed" in text or "not a database" in text):
            raise LedgerCorrupt("the database file is damaged", reason=text) from None
        if operational or (isinstance(error, DBAPIError) and error.connection_invalidated):
            raise StoreUnavailable("the database cannot answer now", reason=text) from None
        raise LedgerCorrupt("the database refused what should hold", reason=text) from None


def told(connection: Connection) -> list[tuple[Any, ...]]:
    """Return the rows that the beginning of a transaction has brought."""
    rows: list[tuple[Any, ...]] = connection.get_execution_options().get(_TOLD, [])
    return rows


def pragma(connection: Connection, text: str) -> Any:
    """Return the first column of a SQLite pragma's answer, if it has one."""
    result = connection.exec_driver_sql(f"PRAGMA {text}")
    return result.scalar() if result.returns_rows else None


def truncate_wal(engine: Engine) -> bool:
    """Move the write-ahead log into the database and empty it; say whether nobody was in the way."""
    row = _outside_transactions(engine, "PRAGMA wal_checkpoint(TRUNCATE)")
    return row is not None and row[0] == 0


def vacuum(engine: Engine, tables: Sequence[str]) -> None:
    """Leave no free pages: in a SQLite file, or in some tables of a PostgreSQL database.

    Raises:
        StoreUnavailable: somebody else is using it, or owns the tables.
    """
    if engine.dialect.name == "sqlite":
        _outside_transactions(engine, "VACUUM")
        return
    with connected(engine) as connection:
        raw: Any = connection.connection.driver_connection
        try:
            for table in tables:
                if raw.execute(_NOT_OWNED, (table,)).fetchone() is not None:
                    raise StoreUnavailable(
                        "the database role does not own this table, so it cannot clean it", table=table
                    )
                raw.execute(f"VACUUM FULL {table}")
        except engine.dialect.loaded_dbapi.OperationalError as error:
            raise StoreUnavailable("the database cannot do this now", reason=str(error)) from None


def _outside_transactions(engine: Engine, statement: str) -> tuple[Any, ...] | None:
    with connected(engine) as connection:
        raw: Any = connection.connection.driver_connection
        try:
            raw.execute(f"PRAGMA busy_timeout={COMPACT_WAIT_MS}")
            row: tuple[Any, ...] | None = raw.execute(statement).fetchone()
        except sqlite3.OperationalError as error:
            raise StoreUnavailable("the database cannot do this now", reason=str(error)) from None
        finally:
            raw.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    return row


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.isolation_level = None
    dbapi_connection.text_factory = _text
    cursor = dbapi_connection.cursor()
    try:
        cursor.execute(f"PRAGMA page_size={PAGE_SIZE}")
        for name, value, expected in reversed(_PRAGMAS):
            cursor.execute(f"PRAGMA {name}={value}").fetchall()
            found = cursor.execute(f"PRAGMA {name}").fetchone()
            if found is None or found[0] != expected:
                raise StoreConflict(f"SQLite did not take {name}={value}", found=found[0] if found else None)
    finally:
        cursor.close()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get(_WRITE, True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _prepare_postgres(dbapi_connection: Any, _record: Any) -> None:
    settings = dict(dbapi_connection.execute("SELECT name, setting FROM pg_settings").fetchall())
    for name, value in _UNSAFE:
        if settings[name] == value:
            raise StoreConflict(f"the PostgreSQL server runs with {name}={value}, so it may lose what it acknowledged")
    if settings["server_encoding"] != "UTF8":
        raise StoreConflict("the PostgreSQL database is not UTF-8", found=settings["server_encoding"])
    dbapi_connection.execute(f"SET lock_timeout = {BUSY_TIMEOUT_MS}")
    # A writer whose machine died must not hold the lock for hours.
    for name, seconds in (("idle", 15), ("interval", 5), ("count", 3)):
        dbapi_connection.execute(f"SET tcp_keepalives_{name} = {seconds}")
    dbapi_connection.commit()
    dbapi_connection.autocommit = True


def _begin_postgres(connection: Connection) -> None:
    raw: Any = connection.connection.driver_connection
    options = connection.get_execution_options()
    cursor = raw.execute("; ".join(filter(None, (_BEGIN[options.get(_WRITE)], options.get(_ASK)))), prepare=False)
    if options.get(_ASK):
        while cursor.nextset():
            pass
        told(connection).extend(cursor.fetchall())
