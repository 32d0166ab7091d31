"""Find what an entry changes: the lots whose figures it touches and why, and the passports that state older ones.

An entry touches the lots that it names, the lots that share its pool, and every lot made from one of these. What a
facility or a product is registered as touches the lots that rest on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from ledger.book.kind import kinds
from ledger.book.model import Effective
from ledger.book.pools import is_pool_activity, span_of
from ledger.book.state import Book
from passport.account import SILENT_KINDS

Reason = Literal["named", "shares", "place", "product", "made_from"]


@dataclass(frozen=True, slots=True)
class Touch:
    """Say why a lot is touched; `by` is the lot it was made from, or the place of the pool, the facility or GTIN."""

    lot: str
    reason: Reason
    by: str


@dataclass(frozen=True, slots=True)
class Stale:
    """Name a recorded passport whose lot was touched later, and the passport recorded after that, if any."""

    passport: str
    lot: str
    phase: str
    renewed_by: str


def touched(before: Book, after: Book, entry_id: str) -> Mapping[str, Touch]:
    """Give the lots that one entry touches, by id in order.

    Args:
        before: the book at the entry's index.
        after: the book at the log size that ends with it.
        entry_id: the entry, or the amendment; one without effect touches nothing.
    """
    new = next((entry for entry in after.entries.values() if entry.source_id == entry_id), None)
    old = before.entry(new.entry_id) if new else None
    if new is None or not (_tells(new) or (old is not None and _tells(old))):
        return {}
    found: dict[str, Touch] = {}
    for touch in _seeds(_Places(before), _Places(after), new, old):
        found.setdefault(touch.lot, touch)
    return dict(sorted((found if new.kind == "passport" else _followed(after, found)).items()))


def late_entries(then: Book, now: Book, lots: Iterable[str]) -> Mapping[str, tuple[Effective, ...]]:
    """Name what was recorded since a log size and touches the figures of some lots, in the order of the log.

    Args:
        then: the book at that size.
        now: the book as it is.
        lots: the lots asked about; those that nothing touched are left out.
    """
    known, late = _Places(then), _Places(now)
    by_lot: dict[str, list[Effective]] = {}
    for new in now.entries.values():
        old = then.entry(new.entry_id)
        if new.source_index < then.size or new.kind == "passport" or not (_tells(new) or (old and _tells(old))):
            continue
        for lot in {touch.lot for touch in _seeds(known, late, new, old)}:
            by_lot.setdefault(lot, []).append(new)
    found = {}
    for lot in lots:
        near = {one.source_index: one for name in now.ancestors(lot) for one in by_lot.get(name, ())}
        if near:
            found[lot] = tuple(near[index] for index in sorted(near))
    return found


def stale_passports(now: Book, lots: Iterable[str], index: int) -> tuple[Stale, ...]:
    """List the passports of some lots that rest on a log before an index, in the order of the log.

    Args:
        now: the book as it is now, which tells what was recorded since.
        lots: the lots touched.
        index: place of the entry that touches them.
    """
    wanted = set(lots)
    recorded = [
        (lot, entry)
        for entry in now.entries.values()
        if entry.kind == "passport"
        for lot in entry.lots
        if lot in wanted
    ]
    renewed = {lot: entry for lot, entry in recorded if entry.data["lineage"]["tree_size"] > index}
    return tuple(
        Stale(entry.data["passport"], lot, entry.data["phase"], renewed[lot].data["passport"] if lot in renewed else "")
        for lot, entry in recorded
        if entry.data["lineage"]["tree_size"] <= index
    )


def _tells(entry: Effective) -> bool:
    """Tell whether a figure may rest on an entry; a hand-over counts where it states a box or a place with pools."""
    if entry.kind not in SILENT_KINDS or entry.kind in ("close", "passport", "removal"):
        return True
    return bool(entry.facility and entry.stage) or any(entry.named("box"))


class _Places:
    """Read from a book which entries were made where."""

    def __init__(self, book: Book) -> None:
        self.book: Final = book

    @cached_property
    def of_facility(self) -> Mapping[str, list[Effective]]:
        """Give the entries of every facility."""
        found: dict[str, list[Effective]] = {}
        for entry in self.book.entries.values():
            found.setdefault(entry.facility, []).append(entry)
        return found

    def entries(self, facility: str, stage: str) -> list[Effective]:
        """Give the entries of one facility and stage."""
        return [entry for entry in self.of_facility.get(facility, ()) if entry.stage == stage]


def _seeds(before: _Places, after: _Places, new: Effective, old: Effective | None) -> Iterator[Touch]:
    """Find the lots that an entry speaks of by itself, in its version before and after, as both books know them."""
    for version in (new, old) if old else (new,):
        for places in (after, before):
            yield from _direct(places, version)


def _direct(places: _Places, entry: Effective) -> Iterator[Touch]:
    """Find the lots that an entry speaks of by itself, as a book knows them."""
    book = places.book
    if entry.kind == "register_product":
        gtin = str(entry.data.get("gtin"))
        yield from (Touch(lot, "product", gtin) for lot in book.lots if book.product_of(lot) == gtin)
        return
    if entry.kind == "register_facility":
        yield from _named(book, places.of_facility.get(entry.facility, ()), "place", entry.facility)
        return
    yield from _named(book, [entry], "named", "")
    if not (entry.facility and entry.stage):
        return
    place = f"{entry.facility}/{entry.stage}"
    span = span_of(entry)
    here = places.entries(entry.facility, entry.stage)
    if entry.kind == "close" or (entry.kind == "activity" and any(is_pool_activity(one) for one in (entry, *here))):
        yield from _named(book, (other for other in here if span_of(other).overlaps(span)), "shares", place)
    elif kinds()[entry.kind].joins_pool:
        for pool in book.pools_at(entry.facility, entry.stage):
            if pool.close is None and pool.period.overlaps(span):
                yield from (Touch(lot, "shares", place) for lot in pool.lots)


def _named(book: Book, entries: Iterable[Effective], reason: Reason, by: str) -> Iterator[Touch]:
    return (Touch(lot, reason, by) for entry in entries for lot in entry.lots if book.has_lot(lot))


def _followed(book: Book, found: Mapping[str, Touch]) -> dict[str, Touch]:
    """Add every lot made from one of some lots."""
    children: dict[str, list[str]] = {}
    for entry in book.entries.values():
        for lot in entry.ins:
            children.setdefault(lot, []).extend(entry.outs)
    every = dict(found)
    waiting = list(found)
    while waiting:
        parent = waiting.pop()
        for lot in children.get(parent, ()):
            if lot not in every:
                every[lot] = Touch(lot, "made_from", parent)
                waiting.append(lot)
    return every
