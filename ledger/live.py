"""A book that reads from the log what it is asked for, so that an append never waits for a reading of the whole log.

What is known of a thing follows from the entries that touch it, and the store keeps an index of these
(`ledger.book.subjects`). The first question about a thing fetches its entries and replays them, as they were judged
then, in an empty book; what that book says of the thing is kept. So the answers, and with them the verdicts on new
entries, are those of a book that was folded from entry 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, get_args

from ledger.book.entry import SignedEntry, parse_entry
from ledger.book.facts import Facts
from ledger.book.item import Item
from ledger.book.keyring import Keyring
from ledger.book.model import Effective
from ledger.book.pools import Key
from ledger.book.state import Book, Outcome
from ledger.book.statement import Statement
from ledger.book.subjects import Sort, Subject, key_of, touched
from ledger.book.violation import Violation
from ledger.projection import Unsealing, is_erase, opened_items
from ledger.store.base import EntryRow, LogReader

#: Entries after which what is known is dropped, and read again when it is asked for.
MOST: Final = 20_000
#: New entries of other writers after which dropping everything is cheaper than looking through them.
FEW: Final = 4_096


class LiveBook(Book):
    """Judge the entries of a log that come after those that it reads, inside `reading`.

    Args:
        openings: the sealed side store; without it no item is opened.
    """

    def __init__(self, openings: Unsealing | None) -> None:
        self._openings = openings
        self._reader: LogReader | None = None
        self._limit = 0
        self._unopened = False
        self.forget()

    def forget(self) -> None:
        """Drop all that is known."""
        self._known: dict[Sort, set[str | Key]] = {sort: set() for sort in get_args(Sort)}
        self._late: list[tuple[Key, str, Effective | None]] = []
        self._new: set[str] = set()
        lot, entry, actor = (self._shelves(sort) for sort in ("lot", "entry", "actor"))
        facts = Facts(
            keyring=Keyring(_KeyShelf(self._known["actor"], lambda name: self._fetch([("actor", name)]))),
            keepers=actor(),
            roles=actor(),
            facilities=self._shelves("facility")(),
            products=self._shelves("product")(),
            claims=lot(),
            holders=lot(),
            parents=lot(),
            statements=entry(),
            admitted=entry(),
            vouchers=entry(),
        )
        unopened = self._unopened
        super().__init__(facts)
        self._unopened = unopened
        self._effective, self._rejected, self._warnings = entry(), entry(), entry()
        self._origin, self._consumed, self._custodian, self._naming = lot(), lot(), lot(), lot()
        self._sharing = self._shelves("pool")()
        self._claims = self._shelves("serial")()

    @contextmanager
    def reading(self, reader: LogReader, size: int) -> Iterator[None]:
        """Answer questions from a moment of the store; first take note of what other writers added.

        Args:
            reader: that moment.
            size: how many of its entries count.
        """
        if size != self._size and any(self._known.values()):
            self._outdate(reader, size)
        if len(self._known["entry"]) > MOST:
            self.forget()
        self._size = self._limit = size
        self._reader = reader
        try:
            yield
        finally:
            self._reader = None

    def settle(self, size: int) -> None:
        """Note that the entries applied so far are in the store, which now has so many."""
        self._size = size
        self._late.clear()

    def expect(self, entries: Iterable[SignedEntry]) -> None:
        """Fetch at once what the rules will ask for about some entries."""
        wanted: set[Subject] = set()
        for signed in entries:
            entry = signed.entry
            wanted.update(("lot", lot) for lot in entry.lots)
            wanted.update(("entry", ref) for ref in entry.refs)
            wanted.update(("actor", actor) for actor in (entry.actor, entry.recorded_by))
            if entry.facility:
                wanted.add(("facility", entry.facility))
        self._fetch(wanted)

    def _apply(self, statement: Statement, items: Mapping[str, Item], recorded_as: Outcome | None) -> list[Violation]:
        # What an entry changes must be known before, or it would be missing from what is fetched later.
        self._fetch(_changed(statement))
        self._known["entry"].add(statement.entry_id)
        if statement.kind == "register_facility" and statement.facility not in self.authority.facts.facilities:
            self._new.add(statement.facility)
        return super()._apply(statement, items, recorded_as)

    def _shift(self, key: Key, entry_id: str, entry: Effective | None) -> None:
        """Put off what happens to a pool that nobody asked for: it may be long, unless its place is new."""
        if key[0] in self._new:
            self._known["pool"].add(key)
        if key in self._known["pool"]:
            super()._shift(key, entry_id, entry)
        else:
            self._late.append((key, entry_id, entry))

    def _outdate(self, reader: LogReader, size: int) -> None:
        """Drop what is known of the things that the new entries of other writers touch."""
        if not self._size <= size <= self._size + FEW:
            self.forget()
            return
        for row in reader.entries(self._size, size):
            statement = Statement.of(row.idx, parse_entry(row.note))
            if is_erase(row) or statement.is_amendment:
                self.forget()
                return
            self._known["pool"].discard((statement.facility, statement.stage))
            self._forget_pools((statement.facility, statement.stage))
            self._new.discard(statement.facility)
            for sort, name in _changed(statement):
                self._known[sort].discard(name)

    def _forget_pools(self, place: Key) -> None:
        """Drop what was made of the entries that share the pools of a place."""
        self._pools.pop(place, None)
        self._timelines.pop(place, None)

    def _shelves(self, sort: Sort) -> Callable[[], _Shelf]:
        return lambda: _Shelf(self._known[sort], lambda name: self._fetch([(sort, name)]))

    def _fetch(self, wanted: Iterable[Subject]) -> None:
        """Learn what the store says of some things."""
        missing = {subject for subject in wanted if subject[1] not in self._known[subject[0]]}
        if not missing:
            return
        rows, admitted = self._gather(missing)
        past = self._replay(rows, admitted)
        missing |= {("entry", row.entry_id) for row in rows if row.entry_id not in self._known["entry"]}
        mine, theirs = _tables(self), _tables(past)
        for sort, name in missing:
            self._known[sort].add(name)
            for here, there in zip(mine[sort], theirs[sort], strict=True):
                if name in there:
                    here[name] = there[name]
                else:
                    here.pop(name, None)
            if sort == "pool" and isinstance(name, tuple):
                self._forget_pools(name)
                self._catch_up(name)
        for record in past.keyring:
            if ("actor", record.actor) in missing:
                self.keyring.add(record)

    def _gather(self, wanted: set[Subject]) -> tuple[list[EntryRow], set[bytes]]:
        """Return all entries that bear on some things, in order, and the keys that were found in the index."""
        assert self._reader is not None, "a live book is asked inside `reading` only"
        rows: dict[int, EntryRow] = {}
        seen: set[bytes] = set()
        keys = {key_of(subject) for subject in wanted}
        while keys:
            found = self._reader.mentions(sorted(keys))
            seen |= found.keys()
            indexes = {index for some in found.values() for index in some if index < self._limit} - rows.keys()
            keys = set()
            for row in self._reader.entries_at(sorted(indexes)):
                rows[row.idx] = row
                statement = Statement.of(row.idx, parse_entry(row.note))
                keys.add(key_of(("answers", row.entry_id)))
                if statement.amends:
                    keys.add(key_of(("entry", statement.amends)))
                if row.status == "rejected":
                    keys.add(key_of(("admitted", row.entry_id)))
            keys -= seen
        return [rows[index] for index in sorted(rows)], seen

    def _replay(self, rows: Sequence[EntryRow], marked: set[bytes]) -> Book:
        assert self._reader is not None
        items: dict[str, Mapping[str, Item]] = {}
        if self._openings is not None:
            items = opened_items(self._reader, self._openings, [row for row in rows if row.status == "logged"])
        past = Book.empty()
        for row in rows:
            in_force = row.status == "logged"
            past.replay(
                row.idx,
                parse_entry(row.note),
                items.get(row.entry_id, {}),
                admitted=in_force or key_of(("admitted", row.entry_id)) in marked,
                in_force=in_force,
            )
        return past

    def _catch_up(self, name: Key) -> None:
        due = [late for late in self._late if late[0] == name]
        self._late = [late for late in self._late if late[0] != name]
        for key, entry_id, entry in due:
            super()._shift(key, entry_id, entry)


class _Shelf(dict[Any, Any]):
    """Hold what is known of things of one sort, and ask for what was never asked for."""

    __slots__ = ("_ask", "_known")

    def __init__(self, known: set[str | Key], ask: Callable[[Any], None]) -> None:
        super().__init__()
        self._known = known
        self._ask = ask

    def get(self, name: Any, default: Any = None) -> Any:
        if name not in self._known:
            self._ask(name)
        return super().get(name, default)

    def setdefault(self, name: Any, default: Any = None) -> Any:
        if name not in self._known:
            self._ask(name)
        return super().setdefault(name, default)

    def __getitem__(self, name: Any) -> Any:
        if name not in self._known:
            self._ask(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        if name not in self._known:
            self._ask(name)
        return super().__contains__(name)


class _KeyShelf(_Shelf):
    """Hold keys, which are known together with their actor."""

    __slots__ = ()

    def get(self, name: Any, default: Any = None) -> Any:
        actor = name.partition("/")[0]
        if actor not in self._known:
            self._ask(actor)
        return dict.get(self, name, default)


def _changed(statement: Statement) -> Iterator[Subject]:
    """Name what an entry changes: for an answer, the entry that is answered; pools apart."""
    return (("entry" if sort == "answers" else sort, name) for sort, name in touched(statement) if sort != "pool")


def _tables(book: Book) -> Mapping[Sort, Sequence[dict[Any, Any]]]:
    """Return by sort the tables in which a book keeps what it knows of such things; keys apart."""
    facts = book._authority.facts
    return {
        "entry": (
            facts.statements,
            facts.admitted,
            facts.vouchers,
            book._effective,
            book._rejected,
            book._warnings,
        ),
        "lot": (
            facts.claims,
            facts.holders,
            facts.parents,
            book._origin,
            book._consumed,
            book._custodian,
            book._naming,
        ),
        "actor": (facts.keepers, facts.roles),
        "facility": (facts.facilities,),
        "product": (facts.products,),
        "pool": (book._sharing,),
        "serial": (book._claims,),
    }
