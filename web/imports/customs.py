"""Read customs declarations: direction, waiting hours on the plug, and the lots declared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from web.imports.base import Draft
from web.imports.parts import activity, movement
from web.imports.row import Choices, Column, Row
from web.imports.rows import FileKind
from web.imports.vocabulary import (
    ACTOR,
    AUDIENCE_COLUMN,
    DATE,
    EVIDENCE_COLUMN,
    FACILITY,
    LOT,
    NET_MASS,
    NOTE,
    OFFSET,
    PLUG_ENERGY,
    REASON,
)

_DIRECTION: Final[Choices] = {"export": ("出口", "export"), "import": ("进口", "import")}


def _build(rows: Sequence[Row]) -> Iterable[Draft]:
    first = rows[0]
    data = {"direction": first.choice("direction", _DIRECTION)}
    draft = movement(rows, "customs", "customs", data, "document")
    items = activity(first, "customs", "plug_hours", "plug_hours", fixed="小时")
    for slot, unit in (("plug_energy", "度"), ("moves", "次"), ("inspection", "小时")):
        if first.filled(slot):
            items += activity(first, "customs", slot, slot, fixed=unit)
    yield replace(draft, items=(*draft.items, *items))


IMPORT: Final = FileKind(
    code="customs",
    title_zh="报关记录",
    title_en="Customs record",
    columns=(
        Column("declaration", "报关单号", "declaration", required=True, spread=True),
        DATE,
        ACTOR,
        FACILITY,
        Column("direction", "进出口", "direction", required=True, spread=True),
        Column("plug_hours", "插电小时", "plug hours", required=True),
        PLUG_ENERGY,
        Column("moves", "查验吊装次数", "moves for inspection"),
        Column("inspection", "查验小时", "inspection (h)"),
        LOT,
        NET_MASS,
        EVIDENCE_COLUMN,
        REASON,
        NOTE,
        AUDIENCE_COLUMN,
        OFFSET,
    ),
    words=(_DIRECTION,),
    build=_build,
    group="declaration",
    shared=("date", "actor", "facility", "direction"),
    examples=(
        {
            "declaration": "E-01",
            "date": "2026-06-29 10:00",
            "actor": "port",
            "facility": "nansha",
            "direction": "出口",
            "plug_hours": "3",
            "lot": "(01)09520000000264(10)26GW-SEA1",
            "mass": "9120",
            "evidence": "单据",
        },
    ),
)
