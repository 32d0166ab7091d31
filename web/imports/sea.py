"""Read sea legs of a reefer box: distance, box, whole cargo, and the lots inside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from web.imports.base import Draft
from web.imports.parts import activity, box, distance, movement, route
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
    LOAD,
    LOT,
    NET_MASS,
    NOTE,
    OFFSET,
    ORIGIN,
    PASSAGE,
    PLUG_ENERGY,
    PLUG_HOURS,
    REASON,
    TEU,
    VESSEL,
)


def _build(rows: Sequence[Row]) -> Iterable[Draft]:
    first = rows[0]
    vessel = first.choice("vessel", VESSEL, required=False, default="container_reefer")
    data = {"leg": "main_carriage", "vehicle": vessel}
    draft = movement(rows, "transport", "sea", data, "document")
    if not first.filled("teu"):
        first.fail("value-missing", "teu")
    items = [*distance(first, **_ends(first)), *box(first)]
    for slot, unit in (("plug_hours", "小时"), ("plug_energy", "度")):
        if first.filled(slot):
            items += activity(first, "sea", slot, slot, fixed=unit)
    yield replace(draft, items=(*draft.items, *items, *route(first)))


def _ends(row: Row) -> dict[str, str]:
    """Read the ports of a voyage, where they are written by UN/LOCODE, and its passage."""
    ends = {"from": row.text("origin"), "to": row.text("destination")}
    found = {name: text for name, text in ends.items() if re.fullmatch("[A-Z]{2}[A-Z0-9]{3}", text)}
    if row.filled("passage"):
        found["passage"] = row.choice("passage", PASSAGE)
    return found


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
        DISTANCE_BASIS,
        Column("passage", "航道", "passage", spread=True),
        Column("vessel", "船型", "vessel", spread=True),
        TEU,
        LOAD,
        Column("setpoint", "设定温度", "set temperature", spread=True),
        PLUG_HOURS,
        PLUG_ENERGY,
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
    group="voyage",
    shared=("date", "actor", "facility", "distance", "passage", "vessel", "teu", "load"),
    examples=(
        {
            "voyage": "V-01",
            "date": "2026-06-30 08:00",
            "actor": "carrier",
            "facility": "vessel",
            "origin": "CNNSA",
            "destination": "NLRTM",
            "distance": "18196",
            "distance_source": "海运航线网络，南沙经苏伊士至鹿特丹",
            "teu": "2",
            "load": "16000",
            "lot": "(01)09520000000264(10)26GW-SEA1",
            "mass": "9120",
            "evidence": "单据",
        },
    ),
)
