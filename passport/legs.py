"""Judge the legs of a journey: by which mass and distance, what drove it, and whether a ship can sail so short a way.

Source: ISO 14083:2023 (mass carried, with packaging; shortest feasible distance, great circle for flights); UK
factors 2025 (long flights begin at 3,700 km; means of laden and empty running by road).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from iocore.ports import voyage_fault
from iocore.units import parse_decimal
from ledger.book.balance import tolerance
from ledger.book.item import Item
from ledger.book.model import Effective, Lot, mass_of, quantity_in
from passport.policy import Policy
from passport.postings import Poster
from passport.quantities import Desk

LONG_HAUL: Final = 3700
#: A way back empty above this part of the way there is more than means of laden and empty running hold.
MEAN_EMPTY: Final = Fraction(1, 2)


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


def weighed(desk: Desk, entry: Effective) -> bool:
    """Tell whether a leg goes by gross masses: where it states that of every lot, so that none rides for another."""
    stated = (next(entry.masses("at", name), None) for name in entry.lots)
    return desk.bench.method.policy.gross and all(item is not None and item.get("gross") for item in stated)


def carried(desk: Desk, lot: Lot, entry: Effective) -> tuple[int, str, tuple[str, ...]]:
    """Enter the mass that a leg carries of a lot, its evidence, and a flag where that is the product alone.

    A mass that is stated without gross masses is taken for one where it is more than the product weighs then.
    """
    if not desk.bench.method.policy.gross:
        return *desk.mass_at(lot, entry), ()
    if weighed(desk, entry):
        stated = next(entry.masses("at", lot.id))
        return desk.leaf(entry, stated, "gross"), stated.get("evidence"), ()
    mass, evidence = desk.mass_at(lot, entry)
    net = mass_of(desk.base(lot).item) or Fraction(0)
    net -= sum((mass_of(cited.item) or Fraction(0) for cited in desk.losses(lot, entry.event_time)), Fraction(0))
    packed = desk.bench.builder.value(mass) > net + tolerance(net)
    return mass, evidence, () if packed else ("net_mass_travels",)


def empties(entry: Effective, length: Fraction) -> tuple[str, ...]:
    """Give the flag of a leg of some kilometres that states a longer way back empty than its factor holds."""
    stated = (quantity_in(item, "km") for item in entry.named("activity") if item.get("slot") == "empty_return")
    beyond = any(empty is not None and empty > length * MEAN_EMPTY for empty in stated)
    return ("empty_return_above_mean",) if beyond else ()
