"""Read trips by road: kilometres, fuel where it is known, and the lots on board."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from web.imports.base import Draft
from web.imports.parts import ItemDraft, activity, distance, movement, route
from web.imports.row import Column, Row
from web.imports.rows import FileKind
from web.imports.vocabulary import (
    ACTOR,
    AUDIENCE_COLUMN,
    DATE,
    DESTINATION,
    DISTANCE,
    DISTANCE_BASIS,
    DISTANCE_SOURCE,
    EVIDENCE_COLUMN,
    FACILITY,
    GROSS_MASS,
    LEG,
    LOT,
    NET_MASS,
    NOTE,
    OFFSET,
    ORIGIN,
    REASON,
    TRUCK_ENERGY,
    UNIT,
    VEHICLE,
)

#: Vehicles that electricity drives.
RUN_BY_POWER: Final = ("van_electric", "truck_electric", "rail", "")


def _build(rows: Sequence[Row]) -> Iterable[Draft]:
    first = rows[0]
    data = {"leg": first.choice("leg", LEG), "vehicle": first.choice("vehicle", VEHICLE)}
    stage = "rail" if data["vehicle"] == "rail" else "road"
    draft = movement(rows, "transport", stage, data, "scale_ticket")
    items = [*distance(first), *(item for row in rows for item in _own_distance(row))]
    energy = first.choice("energy", TRUCK_ENERGY, required=False, default="diesel")
    if energy == "electricity" and data["vehicle"] not in RUN_BY_POWER:
        first.fail("vehicle-electric", "vehicle")
    items += activity(first, stage, energy, "fuel") if first.filled("fuel") else []
    if first.filled("empty_return"):
        items += activity(first, stage, "empty_return", "empty_return", fixed="公里")
    yield replace(draft, items=(*draft.items, *items, *route(first)))


def _own_distance(row: Row) -> list[ItemDraft]:
    """Read how far the lot of a row went, where the others went further or less."""
    if not row.filled("lot_distance"):
        return []
    return distance(row, "lot_distance", lot=row.lot())


IMPORT: Final = FileKind(
    code="trucks",
    title_zh="货车行程与油耗",
    title_en="Truck trips and fuel",
    columns=(
        Column("trip", "车次", "trip", required=True, spread=True),
        DATE,
        ACTOR,
        FACILITY,
        Column("leg", "路段", "leg", required=True, spread=True),
        Column("vehicle", "车型", "vehicle", required=True, spread=True),
        ORIGIN,
        DESTINATION,
        DISTANCE,
        DISTANCE_SOURCE,
        DISTANCE_BASIS,
        Column("lot_distance", "本批里程(公里)", "distance of the lot (km)"),
        Column("energy", "能源", "energy", spread=True),
        Column("fuel", "用量", "fuel", ("柴油", "diesel"), spread=True),
        UNIT,
        Column("empty_return", "空驶返程(公里)", "empty return (km)", spread=True),
        LOT,
        NET_MASS,
        GROSS_MASS,
        EVIDENCE_COLUMN,
        REASON,
        NOTE,
        AUDIENCE_COLUMN,
        OFFSET,
    ),
    build=_build,
    group="trip",
    shared=("date", "actor", "leg", "vehicle", "distance", "energy", "fuel", "empty_return"),
    examples=(
        {
            "trip": "T-01",
            "date": "2026-06-26 20:00",
            "actor": "haulier",
            "leg": "干线",
            "vehicle": "7.5-17吨冷藏车",
            "origin": "从化",
            "destination": "上海",
            "distance": "1480",
            "distance_source": "地图导航",
            "fuel": "296",
            "unit": "升",
            "lot": "(01)09520000000264(10)26GW-SHA1",
            "mass": "4545",
            "gross": "6376",
            "evidence": "发票",
        },
    ),
)
