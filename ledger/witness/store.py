"""Keep what a witness must never forget: the logs it follows, their heads, and proofs that a log forked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Column, Connection, Integer, LargeBinary, MetaData, Table, Text, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from ledger.errors import StoreConflict
from ledger.log.checkpoint import Checkpoint
from ledger.log.note import VerifierKey
from ledger.store.engine import open_engine, pragma, transaction
from ledger.witness.judge import Head

APPLICATION_ID: Final = 0x45435754
MAX_FORKS: Final = 100

_metadata = MetaData()
_followed = Table(
    "followed",
    _metadata,
    Column("vkey", Text, primary_key=True),
    Column("origin", Text, nullable=False),
    sqlite_strict=True,
)
_head = Table(
    "head",
    _metadata,
    Column("origin", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", LargeBinary, nullable=False),
    Column("time", Integer, nullable=False),
    sqlite_strict=True,
)
_fork = Table(
    "fork",
    _metadata,
    Column("origin", Text, primary_key=True),
    Column("root", LargeBinary, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("note", LargeBinary, nullable=False),
    Column("held", LargeBinary, nullable=False),
    sqlite_strict=True,
)


@dataclass(frozen=True, slots=True)
class Followed:
    """Describe a log that a witness follows: its key, the largest tree cosigned, when, and proven forks."""

    vkey: str
    origin: str
    size: int
    time: int | None
    forks: int


class WitnessTransaction:
    """Read and write a witness's tables; whoever is inside is the only writer."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def head(self, origin: str) -> Head:
        """Return the largest tree cosigned for a log; the empty one, if there is none yet."""
        row = self._connection.execute(select(_head).where(_head.c.origin == origin)).first()
        return Head() if row is None else Head(row.size, row.root, row.time)

    def advance(self, new: Checkpoint, note: bytes, time: int) -> None:
        """Note that a tree is cosigned at a time."""
        values = {"size": new.size, "root": new.root, "note": note, "time": time}
        known = self._connection.execute(update(_head).where(_head.c.origin == new.origin).values(values))
        if not known.rowcount:
            self._connection.execute(insert(_head).values(origin=new.origin, **values))

    def keep_fork(self, new: Checkpoint, note: bytes) -> None:
        """Keep a signed tree that contradicts the one held, each once, and no more than a few."""
        held = self._connection.execute(select(_head.c.note).where(_head.c.origin == new.origin)).scalar()
        count = self._connection.execute(select(func.count()).where(_fork.c.origin == new.origin)).scalar_one()
        if held is not None and count < MAX_FORKS:
            row = {"origin": new.origin, "root": new.root, "size": new.size, "note": note, "held": held}
            self._connection.execute(upsert(_fork).values(row).on_conflict_do_nothing())


class WitnessStore:
    """Keep a witness's state in an SQLite file.

    Args:
        path: the file; made if it is not there.

    Raises:
        StoreConflict: the file belongs to another program.
    """

    def __init__(self, path: Path) -> None:
        self._engine = open_engine(f"sqlite:///{path}")
        with transaction(self._engine, write=True) as connection:
            found = pragma(connection, "application_id")
            if found not in (0, APPLICATION_ID):
                raise StoreConflict("the database file belongs to another program", application_id=found)
            pragma(connection, f"application_id = {APPLICATION_ID}")
            _metadata.create_all(connection)

    @contextmanager
    def write(self) -> Iterator[WitnessTransaction]:
        """Open the write block; what it wrote is on disk when it ends."""
        with transaction(self._engine, write=True) as connection:
            yield WitnessTransaction(connection)

    def follow(self, key: VerifierKey) -> bool:
        """Follow a log from now on; say whether it is new."""
        with transaction(self._engine, write=True) as connection:
            statement = upsert(_followed).values(vkey=key.encode(), origin=key.name).on_conflict_do_nothing()
            return bool(connection.execute(statement).rowcount)

    def keys(self, origin: str) -> list[VerifierKey]:
        """Return the keys trusted for a log's name."""
        with transaction(self._engine, write=False) as connection:
            found = connection.execute(select(_followed.c.vkey).where(_followed.c.origin == origin)).scalars()
            return [VerifierKey.parse(vkey) for vkey in found]

    def followed(self) -> list[Followed]:
        """Return all logs by name."""
        forks = select(func.count()).where(_fork.c.origin == _followed.c.origin).scalar_subquery()
        query = (
            select(_followed.c.vkey, _followed.c.origin, func.coalesce(_head.c.size, 0), _head.c.time, forks)
            .join(_head, _head.c.origin == _followed.c.origin, isouter=True)
            .order_by(_followed.c.origin, _followed.c.vkey)
        )
        with transaction(self._engine, write=False) as connection:
            return [Followed(*row) for row in connection.execute(query)]

    def close(self) -> None:
        """Release files and connections."""
        self._engine.dispose()
