"""Keep passports: one row for each version, and the state of the status lists.

A row never loses its credential. What changes is the status, and, when openings are erased, the calculation, which is
sealed further. Rows stand as `pending` until the log has their entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, RowMapping, insert, select, update
from sqlalchemy.exc import IntegrityError

from ledger.store.engine import transaction
from ledger.store.side_tables import passport, status_list
from passport.errors import PassportConflict, PassportNotFound

PENDING: Final = "pending"
ACTIVE: Final = "active"
SUPERSEDED: Final = "superseded"
REVOKED: Final = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class PassportRow:
    """Hold one version of a lot's passport.

    Args:
        uuid: identifier of the version.
        lot: lot id.
        phase: `provisional` or `final`.
        market: `CN` or `EU`.
        boundary: `gate` or `delivered`; which figure is the headline.
        status: `pending`, `active`, `superseded` or `revoked`.
        created: RFC 3339.
        credential: JCS bytes, with proof.
        jwt: compact `vc+jwt`.
        calculation: canonical bytes of the tree, with salts.
        pact: JCS bytes of the PACT footprint as issued, without its place in the log.
        lineage: indexes of the entries behind it, joined by commas.
        tree_size: log size at assessment.
        entry_id: the `passport` entry.
        status_list, status_index: where its revocation bit stands.
        supersedes: uuid of the version before, or empty.
        revoked_reason: why it was revoked, or empty.
        revoked_at: RFC 3339 time of revocation, or empty.
    """

    uuid: str
    lot: str
    phase: str
    market: str
    boundary: str
    status: str
    created: str
    credential: bytes
    jwt: str
    calculation: bytes
    pact: bytes
    lineage: str
    tree_size: int
    entry_id: str
    status_list: str
    status_index: int
    supersedes: str
    revoked_reason: str
    revoked_at: str

    @property
    def indexes(self) -> tuple[int, ...]:
        """Return the indexes of the entries behind the passport."""
        return tuple(int(text) for text in self.lineage.split(","))


_COLUMNS: Final = tuple(column.name for column in passport.columns)


class PassportStore:
    """Keep passports in the database of the log.

    Args:
        engine: an engine made by `ledger.store.engine.open_engine`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, row: PassportRow) -> None:
        """Add a version.

        Raises:
            PassportConflict: the uuid or the status index is taken.
        """
        values = {name: getattr(row, name) for name in _COLUMNS}
        with self._write() as connection:
            try:
                connection.execute(insert(passport).values(**values))
            except IntegrityError:
                raise PassportConflict(
                    "the identifier or status index of the passport is taken", uuid=row.uuid
                ) from None

    def activate(self, uuid: str, *, entry_id: str) -> None:
        """Publish a pending version, and supersede whichever was active for its lot, in one step."""
        with self._write() as connection:
            row = self._one(connection, uuid)
            if row.status != PENDING:
                raise PassportConflict("only a pending passport can be published", uuid=uuid, status=row.status)
            connection.execute(
                update(passport).where(passport.c.lot == row.lot, passport.c.status == ACTIVE).values(status=SUPERSEDED)
            )
            connection.execute(update(passport).where(passport.c.uuid == uuid).values(status=ACTIVE, entry_id=entry_id))

    def discard(self, uuid: str) -> None:
        """Drop a pending version that never reached the log."""
        with self._write() as connection:
            connection.execute(passport.delete().where(passport.c.uuid == uuid, passport.c.status == PENDING))

    def revoke(self, uuid: str, *, reason: str, at: str) -> None:
        """Mark a version as revoked and its status list as changed.

        Raises:
            PassportNotFound: no such version.
            PassportConflict: it is revoked already, or was never published.
        """
        with self._write() as connection:
            row = self._one(connection, uuid)
            if row.status in (PENDING, REVOKED):
                raise PassportConflict("the passport cannot be revoked as it stands", uuid=uuid, status=row.status)
            connection.execute(
                update(passport)
                .where(passport.c.uuid == uuid)
                .values(status=REVOKED, revoked_reason=reason, revoked_at=at)
            )
            connection.execute(update(status_list).where(status_list.c.name == row.status_list).values(updated=at))

    def replace_calculation(self, uuid: str, calculation: bytes) -> None:
        """Put a calculation in place that is sealed further."""
        with self._write() as connection:
            connection.execute(update(passport).where(passport.c.uuid == uuid).values(calculation=calculation))

    def touch_list(self, name: str, *, at: str) -> str:
        """Return when a status list last changed; a new list changes now."""
        with self._write() as connection:
            found = connection.execute(select(status_list.c.updated).where(status_list.c.name == name)).scalar()
            if found is None:
                connection.execute(insert(status_list).values(name=name, updated=at))
                return at
            return str(found)

    def refresh_list(self, name: str, *, at: str) -> None:
        """Say that a status list is confirmed as of now."""
        with self._write() as connection:
            connection.execute(update(status_list).where(status_list.c.name == name).values(updated=at))

    def get(self, uuid: str) -> PassportRow:
        """Return a version.

        Raises:
            PassportNotFound: no such version was published.
        """
        with transaction(self._engine, write=False) as connection:
            row = self._one(connection, uuid)
        if row.status == PENDING:
            raise PassportNotFound("no passport of this identifier", uuid=uuid)
        return row

    def find(self, *, lot: str | None = None, pending: bool = False) -> tuple[PassportRow, ...]:
        """Return versions in the order in which they were made, of one lot or of all."""
        query = select(passport).order_by(passport.c.created, passport.c.tree_size, passport.c.uuid)
        if lot is not None:
            query = query.where(passport.c.lot == lot)
        query = query.where(passport.c.status == PENDING if pending else passport.c.status != PENDING)
        with transaction(self._engine, write=False) as connection:
            return tuple(_row(found) for found in connection.execute(query).mappings())

    def lots(self) -> tuple[str, ...]:
        """Return the lots that have a passport, sorted."""
        query = select(passport.c.lot).where(passport.c.status != PENDING).distinct().order_by(passport.c.lot)
        with transaction(self._engine, write=False) as connection:
            return tuple(connection.execute(query).scalars())

    def taken(self, name: str) -> frozenset[int]:
        """Return the indexes of a status list that are given out."""
        query = select(passport.c.status_index).where(passport.c.status_list == name)
        with transaction(self._engine, write=False) as connection:
            return frozenset(connection.execute(query).scalars())

    def revoked(self, name: str) -> frozenset[int]:
        """Return the indexes of a status list that are revoked."""
        query = select(passport.c.status_index).where(passport.c.status_list == name, passport.c.status == REVOKED)
        with transaction(self._engine, write=False) as connection:
            return frozenset(connection.execute(query).scalars())

    def status_lists(self) -> tuple[str, ...]:
        """Return the names of the status lists, sorted."""
        with transaction(self._engine, write=False) as connection:
            return tuple(connection.execute(select(status_list.c.name).order_by(status_list.c.name)).scalars())

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with transaction(self._engine, write=True) as connection:
            yield connection

    def _one(self, connection: Connection, uuid: str) -> PassportRow:
        found = connection.execute(select(passport).where(passport.c.uuid == uuid)).mappings().first()
        if found is None:
            raise PassportNotFound("no passport of this identifier", uuid=uuid)
        return _row(found)


def _row(found: RowMapping | Mapping[str, Any]) -> PassportRow:
    return PassportRow(**{name: found[name] for name in _COLUMNS})


def latest(rows: Sequence[PassportRow]) -> PassportRow | None:
    """Return the version to show first: the active one, else the newest."""
    active = [row for row in rows if row.status == ACTIVE]
    return active[-1] if active else rows[-1] if rows else None
