"""Name what the book knows: effective entries, lots, pools, actors, facilities and products."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any

import msgspec

from iocore.errors import IOCoreError, MalformedTime
from iocore.times import Interval
from iocore.units import Quantity
from ledger.book.item import Item


class Effective(msgspec.Struct, frozen=True, gc=False):
    """Hold an entry as it counts at a log size, after the last amendment.

    Args:
        index: place in the log of the entry itself.
        entry_id: id of the entry itself, which amendments do not change.
        source_id: id of the entry whose content counts: the amendment's, once amended.
        source_index: place in the log of that entry.
        kind: what happened.
        actor: whose book it is.
        recorded_by: who wrote the content that counts.
        facility: where, or empty.
        stage: stage code, or empty.
        data: public facts.
        lots: lots concerned.
        refs: ids of the entries that it answers.
        event_time: when it happened, as claimed.
        period: the period of the data, if it states a readable one.
        items: the opened items, by digest.
        unopened: digests without an opening here.
    """

    index: int
    entry_id: str
    source_id: str
    source_index: int
    kind: str
    actor: str
    recorded_by: str
    facility: str
    stage: str
    data: Mapping[str, Any]
    lots: tuple[str, ...]
    refs: tuple[str, ...]
    event_time: datetime
    period: Interval | None
    items: tuple[Item, ...]
    unopened: tuple[str, ...]

    @property
    def amended(self) -> bool:
        """Tell whether an amendment replaced the content."""
        return self.entry_id != self.source_id

    @property
    def outs(self) -> tuple[str, ...]:
        """Give the lots that the entry creates."""
        return _texts(self.data.get("out"))

    @property
    def ins(self) -> tuple[str, ...]:
        """Give the lots that the entry uses up."""
        return _texts(self.data.get("in"))

    def named(self, name: str) -> Iterator[Item]:
        """Give the opened items of one name, by digest."""
        return (item for item in self.items if item.name == name)

    def masses(self, role: str, lot: str | None = None) -> Iterator[Item]:
        """Give the opened mass items of one role, for one lot or all."""
        return (
            item for item in self.named("mass") if item.get("role") == role and (lot is None or item.get("lot") == lot)
        )


class Cited(msgspec.Struct, frozen=True, gc=False):
    """Hold an item with the entry that states it, so that a calculation can cite both."""

    entry: Effective
    item: Item

    @property
    def quantity(self) -> Quantity:
        """Read the item's quantity and unit.

        Raises:
            MalformedNumber: the quantity is no number.
            UnknownUnit: the unit is unknown.
        """
        return Quantity.parse(self.item.get("quantity"), self.item.get("unit"))

    @property
    def mass_kg(self) -> Fraction:
        """Give the quantity in kilograms, exactly."""
        return kilograms(self.item.get("quantity"), self.item.get("unit"))


@dataclass(frozen=True, slots=True)
class MassChain:
    """Hold a lot's mass as it was stated at its origin, every loss since, and whether the rest was written off."""

    base: Cited
    losses: tuple[Cited, ...]
    written_off: bool = False

    @property
    def mass_kg(self) -> Fraction:
        """Give what is left, in kilograms."""
        return Fraction(0) if self.written_off else self.unlost_kg

    @property
    def unlost_kg(self) -> Fraction:
        """Give what the losses left, in kilograms, whether it was written off later or not."""
        left = self.base.mass_kg
        for loss in self.losses:
            left -= loss.mass_kg
        return left


@dataclass(frozen=True, slots=True)
class Lot:
    """Hold a lot with its history.

    Args:
        id: lot id.
        product_gtin: product, or empty before one is named.
        variety: code of the variety, or `mixed`.
        origin: the entry that created it.
        consumed_by: the entry that used it up, if any.
        written_off_by: the entry that wrote it off, if any; one of its events.
        events: all other entries in force that name it, in order of event time, then index.
        custodian: the actor who holds it now.
    """

    id: str
    product_gtin: str
    variety: str
    origin: Effective
    consumed_by: Effective | None
    written_off_by: Effective | None
    events: tuple[Effective, ...]
    custodian: str


@dataclass(frozen=True, slots=True)
class Pool:
    """Hold activities of one facility and stage that several lots share.

    Args:
        facility: where.
        stage: stage code.
        period: the close's period; before a close, the hull of what belongs together.
        close: the entry that ended the period, if any.
        activities: the activity entries inside, in order of event time, then index.
        lots: the lots that share, sorted.
    """

    facility: str
    stage: str
    period: Interval
    close: Effective | None
    activities: tuple[Effective, ...]
    lots: tuple[str, ...]

    @property
    def owner(self) -> str:
        """Return the actor whose book it is in."""
        return (self.close or self.activities[0]).actor

    @property
    def place(self) -> str:
        """Name the facility and stage."""
        return f"{self.facility}/{self.stage}"


@dataclass(frozen=True, slots=True)
class Actor:
    """Hold a registered actor; its name is an item of the registration."""

    id: str
    keeper: str
    roles: tuple[str, ...]
    registration: Effective


@dataclass(frozen=True, slots=True)
class Facility:
    """Hold a registered facility; its place is an item of the registration."""

    id: str
    actor: str
    type: str
    registration: Effective


@dataclass(frozen=True, slots=True)
class Product:
    """Hold a registered product; its names are items of the registration."""

    gtin: str
    actor: str
    kind: str
    variety: str
    users: tuple[str, ...]
    registration: Effective


def period_of(data: Mapping[str, Any]) -> Interval | None:
    """Read the period of an envelope's data; anything unreadable is none."""
    if "period" not in data:
        return None
    try:
        return Interval.from_json(data["period"])
    except MalformedTime:
        return None


def mass_of(item: Item) -> Fraction | None:
    """Read an item's quantity in kilograms; anything unreadable is none."""
    try:
        return kilograms(item.get("quantity"), item.get("unit"))
    except IOCoreError:
        return None


def quantity_in(item: Item, unit: str) -> Fraction | None:
    """Read an item's quantity in a unit; anything unreadable is none."""
    try:
        return Quantity.parse(item.get("quantity"), item.get("unit")).exact_in(unit)
    except IOCoreError:
        return None


@lru_cache(maxsize=4096)
def kilograms(quantity: str, unit: str) -> Fraction:
    """Read a mass in kilograms, exactly; many rules ask for the same one.

    Raises:
        MalformedNumber, UnknownUnit, UnitMismatch: it is none.
    """
    return Quantity.parse(quantity, unit).exact_in("kg")


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list | tuple) else ()
