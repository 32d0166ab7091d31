"""Read trips by road: kilometres, fuel where it is known, and the lots on board."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from web.imports.base import Draft
from web.imports.parts import activity, distance, movement, route
from web.imports.row import Column, Row
from web.imports.rows import FileKind
from web.imports.vocabulary import (
    ACTOR,
    AUDIENCE_COLUMN,
    DATE,
    DESTINATION,
    DISTANCE,
    DISTANCE_SOURCE,
    EVIDENCE_COLUMN,
    FACILITY,
    LEG,
    LOT,
    NET_MASS,
    NOTE,
    OFFSET,
    ORIGIN,
    UNIT,
    VEHICLE,
)


def _build(rows: Sequence[Row]) -> Iterable[Draft]:
    first = rows[0]
    data = {"leg": first.choice("leg", LEG), "vehicle": first.choice("vehicle", VEHICLE)}
    draft = movement(rows, "transport", "road", data, "scale_ticket")
    fuel = activity(first, "road", "diesel", "fuel") if first.filled("fuel") else []
    yield replace(draft, items=(*draft.items, *distance(first), *fuel, *route(first)))


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
        Column("fuel", "柴油", "diesel", spread=True),
        UNIT,
        LOT,
        NET_MASS,
        EVIDENCE_COLUMN,
        NOTE,
        AUDIENCE_COLUMN,
        OFFSET,
    ),
    build=_build,
    group="trip",
    shared=("date", "actor", "leg", "vehicle", "distance", "fuel"),
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
            "evidence": "发票",
        },
    ),
)
