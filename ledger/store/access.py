"""Keep the access log: who read which openings, when and for which audience. Rows are only ever added.

A row holds ids and no value of any item, so it stays when the openings it speaks of are erased.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine, insert, select

from ledger.errors import Malformed
from ledger.store.engine import transaction
from ledger.store.side_tables import access

_READER: Final = re.compile(r"a_[a-z2-7]{16}|[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
MOST_READER: Final = 40


@dataclass(frozen=True, slots=True)
class AccessRow:
    """Say that somebody read the openings of one entry.

    Args:
        at: when, RFC 3339.
        reader: an actor's id, or an organisation's short name.
        audience: for which audience.
        way: `items`, `bundle` or `export`.
        actor: whose openings.
        entry_id: of which entry.
    """

    at: str
    reader: str
    audience: str
    way: str
    actor: str
    entry_id: str

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


class AccessLog:
    """Add to the access log, and read it.

    Args:
        engine: the database of the openings.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, rows: Sequence[AccessRow]) -> None:
        """Add rows; they are durable when this returns.

        Raises:
            StoreUnavailable: nothing was added; do not hand the openings out.
        """
        if rows:
            with transaction(self._engine, write=True) as connection:
                connection.execute(insert(access), [row.to_json() for row in rows])

    def of_actor(self, actor: str) -> list[AccessRow]:
        """Return what was read of an actor's openings, in the order of reading."""
        columns = [access.c[name] for name in AccessRow.__slots__]
        with transaction(self._engine, write=False) as connection:
            query = select(*columns).where(access.c.actor == actor).order_by(access.c.id)
            return [AccessRow(*row) for row in connection.execute(query)]


def check_reader(text: str) -> str:
    """Return the name of a reader for the access log.

    Raises:
        Malformed: it could be the name of a person.
    """
    if len(text) > MOST_READER or not _READER.fullmatch(text):
        raise Malformed(
            "a reader is an actor's id, or an organisation's short name of a-z, 0-9 and -; never a person's name",
            reader=text[:MOST_READER],
        )
    return text
