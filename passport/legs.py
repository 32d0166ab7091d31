"""Judge the legs of a journey: by which distance, what can have driven it, and whether a ship can sail so short a way.

Source: ISO 14083:2023 (shortest feasible distance, great circle for flights); UK factors 2025 (long flights begin at
3,700 km).
"""

from __future__ import annotations

from typing import Final

from iocore.ports import voyage_fault
from iocore.units import parse_decimal
from ledger.book.item import Item
from ledger.book.model import Effective
from passport.policy import Policy
from passport.postings import Poster

LONG_HAUL: Final = 3700


def warnings_of(stage: str, distance: Item) -> tuple[str, ...]:
    """Give the flags of a distance that does not fit what a factor per tonne-kilometre is made for."""
    basis = distance.get("basis")
    found = {
        "odometer_distance": basis == "odometer",
        "great_circle_distance": basis == "great_circle" and stage != "air",
        "long_haul_default": stage == "air" and parse_decimal(distance.get("quantity")) < LONG_HAUL,
    }
    return tuple(code for code, holds in found.items() if holds)


def drives(entry: Effective, slot: str, policy: Policy) -> bool:
    """Tell whether a slot of a trip can stand for its way: the electricity of a vehicle with an engine only cools."""
    return slot != "electricity" or entry.data.get("vehicle") not in policy.engines


def impossible(poster: Poster, slot: str, distance: Item) -> bool:
    """Refuse a voyage that is shorter than a ship can sail between its ports, where both are named and listed."""
    length = parse_decimal(distance.get("quantity"))
    fault = voyage_fault(distance.get("from"), distance.get("to"), length, distance.get("passage"))
    if fault == "short":
        poster.refuse("sea", slot, "the voyage is shorter than the great circle between its ports")
    elif fault == "arctic":
        poster.refuse(
            "sea",
            slot,
            "the voyage is shorter than through Suez, as one through the Arctic; avoid the northwest passage, too",
        )
    elif fault == "passage":
        poster.refuse("sea", slot, "the voyage is shorter than any through the passage that is stated")
    return bool(fault)
