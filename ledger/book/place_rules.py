"""Judge places, boxes and gross masses that cannot be.

Places and boxes are only warned of: entries that hold such ones were valid before, so they stay valid.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from iocore.errors import IOCoreError
from iocore.units import parse_decimal
from ledger.book.item import Item
from ledger.book.model import Effective
from ledger.book.statement import Statement
from ledger.book.view import BookRule, BookView
from ledger.book.violation import Violation, on_item

#: More than this in a box of one TEU looks like a box of 40 feet.
FULL_TEU: Final = Decimal(14_000)
#: Packaging and ice that weigh more than this times the product look like a slip.
MOST_PACKED: Final = 1


def places_possible(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Warn of coordinates that do not lie on Earth, as lists write them where nothing is known."""
    for item in entry.named("place"):
        latitude, longitude = _number(item, "latitude"), _number(item, "longitude")
        if abs(latitude or Decimal(0)) > 90 or abs(longitude or Decimal(0)) > 180:
            yield Violation(
                "place-nowhere",
                "items.place",
                "there is no such place on Earth; leave coordinates out that are not known",
                {"latitude": item.get("latitude"), "longitude": item.get("longitude"), "item": item.digest},
                "warning",
            )


def boxes_possible(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Warn of a box of one TEU that holds what only a box of 40 feet holds."""
    for item in entry.named("box"):
        teu, load = _number(item, "teu"), _number(item, "load")
        if teu == 1 and load is not None and load > FULL_TEU:
            yield Violation(
                "box-teu",
                "items.box",
                "a box of 40 feet is 2 TEU; one TEU of fruit weighs less than 14 t",
                {"load": str(load), "item": item.digest},
                "warning",
            )


def gross_masses_possible(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Refuse a gross mass that is below the net mass or not of a leg; warn of one that is far above."""
    for item in entry.named("mass"):
        gross, net = _number(item, "gross"), _number(item, "quantity")
        if gross is None or net is None:
            continue
        masses = {"gross_kg": item.get("gross"), "net_kg": item.get("quantity")}
        if entry.kind != "transport" or item.get("role") != "at":
            yield on_item(item, "item-place", "a gross mass belongs to what a leg carries")
        elif gross < net:
            yield on_item(
                item,
                "gross-below-net",
                "the gross mass holds the product, too; state it with packaging and ice",
                **masses,
            )
        elif gross > net * (1 + MOST_PACKED):
            yield Violation(
                "gross-far-above",
                "items.mass",
                "packaging and ice weigh more than the product; check that it is kilograms and not a chargeable weight",
                {**masses, "item": item.digest},
                "warning",
            )


def _number(item: Item, field: str) -> Decimal | None:
    try:
        return parse_decimal(item.get(field))
    except IOCoreError:
        return None


PLACE_RULES: Final[tuple[BookRule, ...]] = (places_possible, boxes_possible, gross_masses_possible)
