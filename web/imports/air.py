"""Read air waybills: great-circle distance and the lots flown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from web.imports.base import Draft
from web.imports.parts import distance, movement, route
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
    LOT,
    NET_MASS,
    NOTE,
    OFFSET,
    ORIGIN,
)


def _build(rows: Sequence[Row]) -> Iterable[Draft]:
    first = rows[0]
    draft = movement(rows, "transport", "air", {"leg": "main_carriage", "vehicle": "air_long"}, "document")
    yield replace(draft, items=(*draft.items, *distance(first), *route(first)))


IMPORT: Final = FileKind(
    code="air",
    title_zh="空运运单",
    title_en="Air waybills",
    columns=(
        Column("waybill", "运单号", "air waybill", required=True, spread=True),
        DATE,
        ACTOR,
        FACILITY,
        ORIGIN,
        DESTINATION,
        DISTANCE,
        DISTANCE_SOURCE,
        DISTANCE_BASIS,
        LOT,
        NET_MASS,
        GROSS_MASS,
        EVIDENCE_COLUMN,
        NOTE,
        AUDIENCE_COLUMN,
        OFFSET,
    ),
    build=_build,
    group="waybill",
    shared=("date", "actor", "facility", "distance"),
    examples=(
        {
            "waybill": "W-01",
            "date": "2026-06-26 23:50",
            "actor": "agent",
            "facility": "airport-can",
            "origin": "CNCAN",
            "destination": "NLAMS",
            "distance": "9140",
            "distance_source": "广州至阿姆斯特丹大圆距离",
            "lot": "(01)09520000000264(10)26GW-AIR1",
            "mass": "1515",
            "gross": "1978",
            "evidence": "单据",
        },
    ),
)
