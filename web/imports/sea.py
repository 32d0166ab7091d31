"""Read sea legs of a reefer box: distance, box, whole cargo, and the lots inside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from web.imports.base import Draft
from web.imports.parts import box, distance, movement, route
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
    LOAD,
    LOT,
    NET_MASS,
    NOTE,
    OFFSET,
    ORIGIN,
    TEU,
)


def _build(rows: Sequence[Row]) -> Iterable[Draft]:
    first = rows[0]
    data = {"leg": "main_carriage", "vehicle": "container_reefer"}
    draft = movement(rows, "transport", "sea", data, "document")
    if not first.filled("teu"):
        first.fail("value-missing", "teu")
    yield replace(draft, items=(*draft.items, *distance(first), *box(first), *route(first)))


IMPORT: Final = FileKind(
    code="sea",
    title_zh="海运航次",
    title_en="Sea voyages",
    columns=(
        Column("voyage", "航次", "voyage", required=True, spread=True),
        DATE,
        ACTOR,
        FACILITY,
        ORIGIN,
        DESTINATION,
        DISTANCE,
        DISTANCE_SOURCE,
        TEU,
        LOAD,
        LOT,
        NET_MASS,
        EVIDENCE_COLUMN,
        NOTE,
        AUDIENCE_COLUMN,
        OFFSET,
    ),
    build=_build,
    group="voyage",
    shared=("date", "actor", "facility", "distance", "teu", "load"),
    examples=(
        {
            "voyage": "V-01",
            "date": "2026-06-30 08:00",
            "actor": "carrier",
            "facility": "vessel",
            "origin": "CNNSA",
            "destination": "NLRTM",
            "distance": "18196",
            "distance_source": "Nansha-Rotterdam via Suez, sea route network",
            "teu": "2",
            "load": "16000",
            "lot": "(01)09520000000264(10)26GW-SEA1",
            "mass": "9120",
            "evidence": "单据",
        },
    ),
)
