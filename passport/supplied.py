"""Let a supplier's own footprint of an input stand for the published one of making it; what using it releases stays.

A value counts from a document, per unit of the slot, up to the supplier's gate, under the set of warming potentials
that it states. It is better than a published factor and never the actor's own data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from iocore.factors import FactorRow
from iocore.units import parse_decimal
from ledger.book.item import Item
from passport.bench import Compiled
from passport.conditions import WITNESSED
from passport.footprint import SupersededEstimate
from passport.guards import MAKING
from passport.methodology import Where
from passport.quantities import Desk
from passport.readings import Reading

#: What the published factors cover that a supplier's value replaces: making an input, or a fuel up to the tank.
REPLACED: Final = frozenset({MAKING, "well_to_tank"})


def usable(item: Item) -> bool:
    """Tell whether a supplier's value ends at the supplier's gate, rests on a document, and is above zero."""
    stated = item.get("boundary") == MAKING and item.get("evidence") in WITNESSED
    return stated and parse_decimal(item.get("kgco2e")) > 0


def declined(reading: Reading, stage: str, *, part: bool) -> SupersededEstimate:
    """Say why the supplier's value beside a reading does not count.

    Args:
        reading: the reading.
        stage: stage code.
        part: whether the recipe of the slot has a part that the value could stand for.
    """
    item = reading.supplier
    assert item is not None
    lost = SupersededEstimate(
        stage=stage,
        slot=reading.slot,
        tier="supplier",
        evidence=item.get("evidence"),
        entry_id=reading.cited.entry.source_id,
        item=item.digest,
        reason="",
    )
    if item.get("boundary") != MAKING:
        return lost.say("the supplier's value does not end at the supplier's gate, so the published one counts")
    if not part:
        return lost.say("making this input is no part of its factor that a supplier's value could replace")
    if item.get("evidence") in WITNESSED:
        return lost.say("a supplier's value is above zero, so the published one counts")
    return lost.say("a supplier's value needs a document, so the published one counts")


def replaced(
    desk: Desk, reading: Reading, compiled: Sequence[Compiled], *, amount: int, unit: str, where: Where
) -> list[Compiled]:
    """Put a supplier's value in the place of making an input.

    Args:
        desk: where quantities are entered.
        reading: the reading beside which the value stands.
        compiled: emissions of the slot.
        amount: node of the quantity.
        unit: unit of the quantity.
        where: place and time.

    Returns:
        the emissions with the value first; empty where there are emissions of which none is the making.
    """
    item = reading.supplier
    assert item is not None
    rest = [one for one in compiled if not is_making(one)]
    if compiled and len(rest) == len(compiled):
        return []
    bench = desk.bench
    value = desk.leaf(reading.cited.entry, item, "kgco2e")
    node = bench.builder.product([bench.scale(unit, item.get("unit"), amount), value])
    gas = f"CO2e@{item.get('gwp_set')}"
    flags = () if item.get("gwp_set") == bench.method.gwp_set else ("other_gwp",)
    row = FactorRow(key="SUPPLIER", value=item.get("kgco2e"), unit="kg", gas=gas, boundary=MAKING)
    return [Compiled(node, "fossil", gas, flags, primary=False, where=where, rows=(row,), tier="supplier"), *rest]


def is_making(one: Compiled) -> bool:
    """Tell whether an emission is that of making an input."""
    return one.gas.startswith("CO2e@") and any(row.boundary in REPLACED for row in one.rows)
