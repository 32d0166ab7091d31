"""Rules on places, voyages and boxes: coordinates, lengths and loads that cannot be.

Coordinates and boxes are only warned of, since entries without this check were valid before. A voyage is refused whose
ports are named: without them its length is compared with nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from iocore.errors import IOCoreError
from iocore.ports import place_fault, shortest, voyage_fault
from iocore.units import parse_decimal
from ledger.book.item import Item
from ledger.book.model import Effective
from ledger.book.statement import Statement
from ledger.book.view import BookRule, BookView
from ledger.book.violation import Violation

#: More than this in a box of one TEU looks like a box of 40 feet.
FULL_TEU: Final = Decimal(14_000)
_PLACES: Final = (
    ("nowhere", "there is no such place on Earth; leave coordinates out that are not known"),
    ("minutes", "these look like degrees and minutes; state decimal degrees"),
    ("far", "this is far from the port of that UN/LOCODE; check latitude and longitude"),
)
_VOYAGES: Final = (
    ("short", "the voyage is shorter than the great circle between its ports"),
    (
        "arctic",
        "the voyage is shorter than through Suez, as a route through the Arctic is; avoid the northwest passage "
        "beside Suez, or state the passage arctic",
    ),
    (
        "passage",
        "the voyage is shorter than any through this passage; state the length of the route that was sailed",
    ),
)


def places_possible(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Warn of coordinates that no place or another place has."""
    for item in entry.named("place"):
        latitude, longitude = _number(item, "latitude"), _number(item, "longitude")
        if latitude is not None and longitude is not None:
            fault = place_fault(item.get("locode"), latitude, longitude)
            if fault:
                context = {"latitude": item.get("latitude"), "longitude": item.get("longitude"), "item": item.digest}
                yield Violation(f"place-{fault}", "items.place", dict(_PLACES)[fault], context, "warning")


def voyages_possible(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that a voyage between two known ports is not shorter than a ship can sail."""
    for item in entry.named("distance") if entry.stage == "sea" else ():
        length, origin, destination = _number(item, "quantity"), item.get("from"), item.get("to")
        if length is None or not origin or not destination:
            continue
        passage = item.get("passage")
        fault = voyage_fault(origin, destination, length, passage)
        if fault:
            least = shortest(origin, destination, {"short": "", "arctic": "suez"}.get(fault, passage))
            context = {"from": origin, "to": destination, "km": str(length), "least_km": str(least)}
            yield Violation(
                f"voyage-{fault}", "items.distance", dict(_VOYAGES)[fault], {**context, "item": item.digest}
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


def _number(item: Item, field: str) -> Decimal | None:
    try:
        return parse_decimal(item.get(field))
    except IOCoreError:
        return None


PLACE_RULES: Final[tuple[BookRule, ...]] = (places_possible, voyages_possible, boxes_possible)
