"""Turn what is reported with its conditions into what a factor applies to: water lifted, land converted.

Source: PACT data model and ISO 14067 (land use change of the last 20 years, a twentieth each year); physics (pumping).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from passport.errors import AssessmentRefused
from passport.quantities import Desk
from passport.readings import Reading

#: Years over which the carbon that a conversion lost is charged.
YEARS_CHARGED: Final = 20
#: Evidence of what somebody measured and wrote down, which stocks of carbon and suppliers' values ask for.
WITNESSED: Final = ("meter", "scale_ticket", "invoice", "document")


def conditioned(desk: Desk, group: Sequence[Reading], unit: str) -> int:
    """Add up readings of a slot that says what it needs, each by its own conditions; nothing needs none.

    Args:
        desk: where quantities are entered.
        group: readings of one slot.
        unit: unit of the slot.

    Raises:
        AssessmentRefused: a condition is not stated, or cannot be.
    """
    nodes = []
    for reading in group:
        amount = desk.quantity(reading.cited, unit)
        nodes.append(_CONDITIONS[reading.slot](desk, reading, amount) if desk.bench.builder.value(amount) else amount)
    return nodes[0] if len(nodes) == 1 else desk.bench.builder.sum(nodes)


def _stated(desk: Desk, reading: Reading, name: str) -> int:
    return desk.leaf(reading.cited.entry, reading.cited.item, name)


def _lifted(desk: Desk, reading: Reading, volume: int) -> int:
    """Give cubic metres times metres over the efficiency of pump and motor."""
    if not all(reading.cited.item.get(name) for name in ("head", "efficiency")):
        raise AssessmentRefused("state the head of the pump in metres and its efficiency beside the water")
    work = desk.bench.builder.product([volume, _stated(desk, reading, "head")])
    return desk.bench.builder.ratio(work, _stated(desk, reading, "efficiency"))


def _lost(desk: Desk, reading: Reading, area: int) -> int:
    """Give the kilograms of CO2 of one year: a twentieth of what the area lost, and nothing after twenty years."""
    build, item = desk.bench.builder, reading.cited.item
    if not item.get("converted") or reading.evidence not in WITNESSED:
        raise AssessmentRefused("state the year of the conversion, from a document")
    age = reading.year - int(item.get("converted"))
    if age < 0:
        raise AssessmentRefused("the land was converted after this")
    if age >= YEARS_CHARGED:
        return build.product([area, build.constant("0", f"converted {YEARS_CHARGED} years ago or longer")])
    if not item.get("lost"):
        raise AssessmentRefused("state the t of CO2 that a hectare lost by the conversion, from a document")
    hectares = build.product([area, build.constant("1/15", "ha per mu")])
    part = build.constant(f"1/{YEARS_CHARGED}", "part of one year")
    return build.product([hectares, _stated(desk, reading, "lost"), build.constant("1000", "kg per t"), part])


_CONDITIONS: Final[Mapping[str, Callable[[Desk, Reading, int], int]]] = {
    "pumped_water": _lifted,
    "land_converted": _lost,
}
