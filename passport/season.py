"""Assess all lots of a log, one after the other, holding no more at a time than the entries of one component.

Two entries are in one component when they name the same lot, when one amends the other, or when their times overlap at
one facility and stage, so that they may share a pool. Whatever a lot's figures rest on lies in its component, but for
the registrations of facilities, products and receivers, which are added. The lots of a component share the nodes of
their calculations: what went into many of them is entered once.
"""

from __future__ import annotations

import gc
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from iocore.errors import IOCoreError
from iocore.factors import FactorLibrary
from ledger.book.entry import HEADER, Entry, SignedEntry, entry_id_of
from ledger.book.item import Item
from ledger.book.lineage import span_of
from ledger.book.state import Book
from ledger.book.statement import Statement
from ledger.errors import MalformedEntry
from ledger.ids import gtin_of
from ledger.log.note import SignedNote
from passport.assess import Assessment, assess, earlier_sizes
from passport.bench import Bench
from passport.calculation import Builder
from passport.choice import method_of
from passport.errors import PassportError
from passport.methodology import Methodology
from passport.methodology import methodology as find_methodology
from passport.quantities import Desk

_ENTRY: Final = msgspec.json.Decoder(Entry)
#: New objects after which the garbage collector looks for those that hold one another.
SELDOM: Final = 100_000
Opened = tuple[int, bytes, Mapping[str, Item]]


class Source(Protocol):
    """Give the entries of a log: all notes once, in order, and some of the entries again with their items."""

    def notes(self) -> Iterable[tuple[bytes, bool]]:
        """Return all notes from index 0 on, and whether each took effect."""

    def opened(self, indexes: Sequence[int]) -> Iterable[Opened]:
        """Return index, note and opened items, by digest, of the entries at ascending indexes, in that order."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold what came of one lot: an assessment, or the reason why there is none."""

    lot: str
    result: Assessment | PassportError | IOCoreError


def assess_all(
    source: Source,
    *,
    library: FactorLibrary,
    methodology: str | Methodology | None = None,
    since: int = 0,
    used_up: bool = False,
) -> Iterator[Outcome]:
    """Assess the lots of a log; each gives what `passport.assess.assess` gives for it.

    Args:
        source: the log.
        library: factor sets.
        methodology: the method or its code; by default that of each lot's product.
        since: only the lots of components that an entry at this index or later may have changed.
        used_up: assess lots that went into others, too.

    Yields:
        The lots, component by component in the order of the log.

    Raises:
        MethodologyNotFound: the method is not installed.
        MalformedEntry: a note is not an entry.
    """
    asked = find_methodology(methodology) if isinstance(methodology, str) else methodology
    with settled():
        yield from _assess_all(source, library, asked, since=since, used_up=used_up)


@contextmanager
def settled() -> Iterator[None]:
    """Keep the garbage collector from looking at what was there before, and often at what a component needs.

    Nothing of a component waits for it: the accounts hold nothing that holds them.
    """
    if gc.get_freeze_count():
        yield
        return
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(SELDOM, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _assess_all(
    source: Source, library: FactorLibrary, asked: Methodology | None, *, since: int, used_up: bool
) -> Iterator[Outcome]:
    components = Components()
    for note, in_force in source.notes():
        components.add(note, in_force=in_force)
    for indexes in components.groups(since):
        desks: dict[str, Desk] = {}
        entries = _entries(source, components, indexes)
        book = _fold(entries, components.size)
        for lot in book.lots:
            if used_up or book.consumer_of(lot) is None:
                method = method_of(book, lot, asked)
                if method.code not in desks:
                    desks[method.code] = Desk(Bench(Builder(), library, method))
                earlier = [_fold(entries, size) for size in earlier_sizes(book, lot)]
                yield Outcome(lot, _assess(book, lot, desks[method.code], components.size, earlier))


def _assess(
    book: Book, lot: str, desk: Desk, size: int, earlier: Sequence[Book]
) -> Assessment | PassportError | IOCoreError:
    library, method = desk.bench.library, desk.bench.method
    try:
        return assess(book, lot, library=library, methodology=method, tree_size=size, earlier=earlier, desk=desk)
    except (PassportError, IOCoreError) as problem:
        return problem


class Components:
    """Tell which entries of a log belong together, from envelopes alone; keeps a few numbers of each entry."""

    def __init__(self) -> None:
        self._above = array("q")
        self._lots: dict[str, int] = {}
        self._ids: dict[int, int] = {}
        self._spans: dict[tuple[str, str], list[tuple[float, float, int]]] = {}
        self._registered: dict[str, list[int]] = {}

    @property
    def size(self) -> int:
        """Return the number of entries."""
        return len(self._above)

    def add(self, note: bytes, *, in_force: bool) -> None:
        """Take in the next note of the log; an entry without effect belongs nowhere."""
        index = self.size
        self._above.append(index)
        if not in_force:
            return
        statement = Statement.of(index, _read(note))
        # Ids that begin alike would only put into one component what could have been two.
        self._ids[int(statement.entry_id[:15], 16)] = index
        if statement.amends:
            self._join(index, self._ids.get(int(statement.amends[:15], 16), index))
        for lot in statement.named:
            self._join(index, self._lots.setdefault(lot, index))
        if statement.facility and statement.stage:
            span = span_of(statement)
            here = self._spans.setdefault((statement.facility, statement.stage), [])
            here.append((span.start.timestamp(), span.end.timestamp(), index))
        if statement.kind == "register_facility":
            self._registered.setdefault(statement.facility, []).append(index)
        elif statement.kind == "register_actor":
            self._registered.setdefault(statement.actor, []).append(index)
        elif statement.kind == "register_product":
            self._registered.setdefault(statement.text("gtin"), []).append(index)

    def groups(self, since: int = 0) -> Iterator[Sequence[int]]:
        """Give the indexes of each component that names a lot, in the order of their first entries.

        Args:
            since: pass over components that no entry at this index or later can have changed.
        """
        for spans in self._spans.values():
            spans.sort()
            last, end = -1, float("-inf")
            for start, stop, index in spans:
                if start < end:
                    self._join(index, last)
                last, end = index, max(end, stop)
        groups = {self._root(index): array("q") for index in self._lots.values()}
        for index in range(self.size):
            group = groups.get(self._root(index))
            if group is not None:
                group.append(index)
        if any(known[0] < since <= known[-1] for known in self._registered.values()):
            since = 0
        for root in sorted(groups):
            group = groups.pop(root)
            if group[-1] >= since:
                yield group

    def registrations(self, subjects: Iterable[str]) -> set[int]:
        """Give the indexes of the registrations of actors, facilities and products, amendments included."""
        return {index for subject in subjects for index in self._registered.get(subject, ())}

    def _root(self, index: int) -> int:
        above = self._above
        while above[index] != index:
            above[index] = above[above[index]]
            index = above[index]
        return index

    def _join(self, one: int, other: int) -> None:
        """Put two entries into one component; its first entry is the root."""
        low, high = sorted((self._root(one), self._root(other)))
        self._above[high] = low


def _read(note: bytes) -> SignedEntry:
    """Read a note that was read strictly when it was judged; its form is not judged again.

    Raises:
        MalformedEntry: it holds no envelope.
    """
    text, _, signature = note.partition(b"\n\n")
    try:
        entry = _ENTRY.decode(text[len(HEADER) :])
        key_name = signature.split(b" ", 2)[1].decode("utf-8")
    except (msgspec.MsgspecError, IndexError, UnicodeDecodeError):
        raise MalformedEntry("an entry has the line ecarbon/entry@v1 and one line of JSON") from None
    return SignedEntry(entry, entry_id_of(text + b"\n"), key_name, note, SignedNote(text, ()))


def _entries(
    source: Source, components: Components, indexes: Sequence[int]
) -> list[tuple[int, SignedEntry, Mapping[str, Item]]]:
    """Read the entries of a component and the registrations of what they name, in the order of the log."""
    found = {index: (index, _read(note), items) for index, note, items in source.opened(indexes)}
    subjects: set[str] = set()
    for index, signed, _ in found.values():
        statement = Statement.of(index, signed)
        subjects |= {statement.facility, statement.text("product"), *map(gtin_of, statement.named)}
        if statement.kind == "receive":
            subjects.add(statement.actor)
    more = sorted(components.registrations(subjects - {""}) - found.keys())
    found |= {index: (index, _read(note), items) for index, note, items in source.opened(more)}
    return [found[index] for index in sorted(found)]


def _fold(entries: Iterable[tuple[int, SignedEntry, Mapping[str, Item]]], size: int) -> Book:
    """Fold the entries below a size as they were judged when they came."""
    book = Book.empty(partial=True)
    for index, signed, items in entries:
        if index < size:
            book.replay(index, signed, items, admitted=True, in_force=True)
    return book
