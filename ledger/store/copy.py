"""Copy a whole store into an empty one, byte for byte, and prove that the copy is equal.

The copy is one transaction on both sides: the source shows one moment, and the target holds everything or nothing. What
was written is read back and compared by one SHA-256 for each table. One way serves backups and moves between databases.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, insert, inspect, select

from ledger.errors import LedgerCorrupt, StoreConflict
from ledger.store import tables
from ledger.store.engine import open_engine, transaction
from ledger.store.schema import METADATA, prepare

_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Copied:
    """State what was copied.

    Args:
        size: number of entries.
        root: root hash of the tree.
        checkpoint: the signed tree head.
        rows: number of rows by table.
    """

    size: int
    root: bytes
    checkpoint: bytes
    rows: dict[str, int]


def copy_store(source: Engine, url: str, *, exclusive: bool = False) -> Copied:
    """Copy every table of a store into an empty database.

    Args:
        source: the engine of an open store.
        url: address of the target.
        exclusive: keep writers of the source out meanwhile.

    Raises:
        StoreConflict: the source holds no log, or the target holds something.
        StoreUnavailable: a database cannot answer.
        LedgerCorrupt: what was written does not read back as it was.
    """
    target = open_engine(url)
    try:
        with transaction(source, write=exclusive) as old, transaction(target, write=True) as new:
            state = old.execute(select(tables.log_state)).first() if inspect(old).has_table("log_state") else None
            if state is None:
                raise StoreConflict("there is no log to copy")
            if inspect(new).get_table_names():
                raise StoreConflict("the target is not empty; give an empty one", target=target.url.render_as_string())
            prepare(new)
            rows = {table.name: _copy(old, new, table) for table in METADATA.sorted_tables}
            return Copied(state.size, bytes(state.root), bytes(state.checkpoint), rows)
    finally:
        target.dispose()


def _copy(old: Connection, new: Connection, table: Table) -> int:
    names = [column.name for column in table.columns]
    count, digest = 0, sha256()
    for chunk in _rows(old, table):
        new.execute(insert(table), [dict(zip(names, row, strict=True)) for row in chunk])
        _digest(digest, chunk)
        count += len(chunk)
    again = sha256()
    for chunk in _rows(new, table):
        _digest(again, chunk)
    if again.digest() != digest.digest():
        raise LedgerCorrupt("a table did not read back as it was written", table=table.name)
    if table.autoincrement_column is not None and new.dialect.name == "postgresql":
        key = table.autoincrement_column.name
        new.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', '{key}'), max({key})) FROM {table.name}"
        )
    return count


def _rows(connection: Connection, table: Table) -> Iterable[Sequence[Any]]:
    query = select(table).order_by(*table.primary_key.columns)
    with connection.execute(query, execution_options={"yield_per": _CHUNK}) as result:
        yield from result.partitions()


def _digest(digest: Any, rows: Sequence[Any]) -> None:
    for row in rows:
        for value in row:
            data = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")
            digest.update(f"{type(value).__name__}{len(data)}:".encode() + data)
