"""Enter masses, distances, boxes and quantities of a book into a calculation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from iocore.units import parse_decimal
from ledger.book.item import Item
from ledger.book.model import Cited, Effective, Lot
from ledger.book.state import Book
from passport.bench import Bench
from passport.errors import AssessmentRefused
from passport.interval import Known
from passport.nodes import total
from passport.readings import Reading
from passport.view import View

#: Kilograms per TEU that no box exceeds, gross (ISO 668:2020, boxes of 20 and 40 feet).
MOST_LOADED: Final = 36_000


@dataclass(slots=True)
class Desk:
    """Enter leaves and remember the items cited, so that their audience and evidence stay known.

    `posted` is room for what was posted of whole entries and pools, before it is shared among lots, `chosen` for what
    `passport.slots` finds there, `known` for what `passport.interval` finds out about nodes,
    `unfit` for why factors do not fit a slot, `spreads` for the geometric standard deviations of factor rows.
    """

    bench: Bench
    seen: View | None = None
    items: dict[str, Item] = field(default_factory=dict)
    posted: dict[tuple[object, ...], Any] = field(default_factory=dict)
    chosen: dict[tuple[object, ...], Any] = field(default_factory=dict)
    known: Known = field(default_factory=Known)
    unfit: dict[tuple[object, ...], Sequence[str]] = field(default_factory=dict)
    spreads: dict[str, str] = field(default_factory=dict)

    def view(self, book: Book) -> View:
        """Give the view of a book; that of the first one is kept for the lots that are entered later."""
        if self.seen is None or self.seen.outdated:
            self.seen = View(book, self.bench.method.home)
        return self.seen if self.seen.book is book else View(book, self.bench.method.home)

    def leaf(self, entry: Effective, item: Item, name: str) -> int:
        """Cite one field of an item."""
        self.items[item.digest] = item
        return self.bench.builder.item(entry.source_id, item.digest, name, item.get(name))

    def quantity(self, cited: Cited, unit: str) -> int:
        """Cite the quantity of an item in a unit."""
        node = self.leaf(cited.entry, cited.item, "quantity")
        return self.bench.scale(cited.item.get("unit"), unit, node)

    def readings(self, group: Sequence[Reading], unit: str) -> int:
        """Add up readings of one slot."""
        nodes = [self.quantity(reading.cited, unit) for reading in group]
        return nodes[0] if len(nodes) == 1 else self.bench.builder.sum(nodes)

    def held(self, group: Sequence[Reading], unit: str) -> int | None:
        """Add up what was held, each for the part of a year that its period is; None where a period is not stated."""
        build, nodes = self.bench.builder, []
        for reading in group:
            period = reading.cited.entry.period
            if period is None:
                return None
            years = Fraction((period.end - period.start) // timedelta(seconds=1), 365 * 86_400)
            part = build.constant(str(years), "part of a year of 365 days")
            nodes.append(build.product([self.quantity(reading.cited, unit), part]))
        return nodes[0] if len(nodes) == 1 else build.sum(nodes)

    def less(self, base: int, losses: Sequence[int]) -> int:
        """Subtract losses from a mass."""
        if not losses:
            return base
        build = self.bench.builder
        minus = build.constant("-1", "subtraction")
        return build.sum([base, *(build.product([minus, loss]) for loss in losses)])

    def out_mass(self, lot: Lot) -> int:
        """Cite the mass of a lot at its origin.

        Raises:
            AssessmentRefused: no opened item states it.
        """
        return self.quantity(self.base(lot), "kg")

    def base(self, lot: Lot) -> Cited:
        """Find the item that states the mass of a lot at its origin."""
        found = next(lot.origin.masses("out", lot.id), None)
        if found is None:
            raise AssessmentRefused("no opened item states the mass of the lot", lot=lot.id)
        return Cited(lot.origin, found)

    def losses(self, lot: Lot, before: datetime | None = None) -> tuple[Cited, ...]:
        """List the losses of a lot, all or those before a time, in a fixed order."""
        return tuple(
            Cited(entry, item)
            for entry in sorted(lot.events, key=lambda entry: (entry.event_time, entry.entry_id))
            if entry.kind == "loss" and (before is None or entry.event_time < before)
            for item in entry.masses("loss", lot.id)
        )

    def mass(self, lot: Lot, before: datetime | None = None) -> int:
        """Enter the mass of a lot, now or at a time."""
        losses = [self.quantity(loss, "kg") for loss in self.losses(lot, before)]
        return self.less(self.out_mass(lot), losses)

    def mass_at(self, lot: Lot, entry: Effective) -> tuple[int, str]:
        """Enter the mass of a lot at an event, with its evidence: as the event states it, else as the book knows it."""
        return self._stated_at(lot, entry) or (self.mass(lot, entry.event_time), self.base(lot).item.get("evidence"))

    def mass_written_off(self, lot: Lot, entry: Effective) -> tuple[int, str]:
        """Enter the mass of a lot that an entry writes off, as `mass_at`, but after all its losses, however dated."""
        return self._stated_at(lot, entry) or (self.mass(lot), self.base(lot).item.get("evidence"))

    def _stated_at(self, lot: Lot, entry: Effective) -> tuple[int, str] | None:
        stated = next(entry.masses("at", lot.id), None)
        return None if stated is None else (self.quantity(Cited(entry, stated), "kg"), stated.get("evidence"))

    def one(self, entry: Effective, name: str) -> Item | None:
        """Find the single item of a name, the first by digest where there are several."""
        return next(entry.named(name), None)

    def box_part(self, entry: Effective, mass: int) -> tuple[int, int] | None:
        """Enter the TEU of a box and the part of its cargo that a mass is, or None without a box that there can be."""
        box = self.one(entry, "box")
        if box is None or (self.bench.method.policy.guarded and not _loadable(box)):
            return None
        teu = self.leaf(entry, box, "teu")
        load = self.bench.scale(box.get("unit") or "kg", "kg", self.leaf(entry, box, "load"))
        if self.bench.builder.value(load) <= 0:
            raise AssessmentRefused("the cargo of the box is not positive", entry=entry.entry_id)
        return teu, self.bench.builder.ratio(mass, load)

    def positive(self, weights: Iterable[int]) -> bool:
        """Tell whether weights have a positive sum, so that something can be shared over them."""
        return total([self.bench.builder.value(node) for node in weights]) > 0


def _loadable(box: Item) -> bool:
    """Tell whether a box has a size, and a cargo that it can hold."""
    load, teu = (parse_decimal(box.get(name)) for name in ("load", "teu"))
    return 0 < load <= MOST_LOADED * teu
