"""Resolve the names that people write for parties and places into the ledger's pseudonyms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ledger.book.state import Book
from ledger.errors import LedgerError
from ledger.ids import parse_actor_id, parse_facility_id

ALIAS: Final = "reference"


def is_actor_id(text: str) -> bool:
    """Tell whether a text is an actor id."""
    try:
        return bool(parse_actor_id(text))
    except LedgerError:
        return False


def is_facility_id(text: str) -> bool:
    """Tell whether a text is a facility id."""
    try:
        return bool(parse_facility_id(text))
    except LedgerError:
        return False


def _key(text: str) -> str:
    return "".join(text.split()).lower()


class Directory:
    """Map references and names to ids; a name of two parties means neither."""

    __slots__ = ("_actors", "_facilities")

    def __init__(self) -> None:
        self._actors: dict[str, set[str]] = {}
        self._facilities: dict[str, set[str]] = {}

    @classmethod
    def of(cls, book: Book) -> Directory:
        """Take in the names of all that is registered in a book."""
        directory = cls()
        for one in (*book.actors.values(), *book.facilities.values()):
            told = one.registration
            items = [(item.name, item.value) for item in told.items]
            directory.learn(kind=told.kind, actor=told.actor, facility=told.facility, items=items)
        return directory

    def learn(self, *, kind: str, actor: str, facility: str, items: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Take the names of a registration in."""
        if kind not in ("register_actor", "register_facility"):
            return
        table, subject = (self._actors, actor) if kind == "register_actor" else (self._facilities, facility)
        for name, value in items:
            text = _key(str(value.get("text", ""))) if name == "name" else ""
            if name == "identifier" and value.get("scheme") == ALIAS:
                text = _key(str(value.get("value", "")))
            if text:
                table.setdefault(text, set()).add(subject)

    def actors(self, text: str) -> tuple[str, ...]:
        """List the actors that an id, a reference or a name may mean."""
        return (text,) if is_actor_id(text) else tuple(sorted(self._actors.get(_key(text), ())))

    def facilities(self, text: str) -> tuple[str, ...]:
        """List the facilities that an id, a reference or a name may mean."""
        return (text,) if is_facility_id(text) else tuple(sorted(self._facilities.get(_key(text), ())))

    def actor(self, text: str) -> str:
        """Find an actor by id, reference or name; empty when there is none, or more than one."""
        return _only(self.actors(text))

    def facility(self, text: str) -> str:
        """Find a facility by id, reference or name; empty when there is none, or more than one."""
        return _only(self.facilities(text))


def _only(found: tuple[str, ...]) -> str:
    return found[0] if len(found) == 1 else ""
