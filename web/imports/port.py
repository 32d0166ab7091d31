"""Read a terminal's record: moves, hours on the plug, dwell, and the lots in the box."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from web.imports.base import Draft
from web.imports.parts import ItemDraft, activity, box, movement, slot_unit
from web.imports.row import Choices, Column, Row
from web.imports.rows import FileKind
from web.imports.vocabulary import (
    ACTOR,
    AUDIENCE_COLUMN,
    DATE,
    EVIDENCE_COLUMN,
    FACILITY,
    LOAD,
    LOT,
    NET_MASS,
    NOTE,
    OFFSET,
    PLUG_ENERGY,
    PLUG_HOURS,
    REASON,
    STAGE,
    TEU,
)

_STAGES: Final[Choices] = {code: STAGE[code] for code in ("port", "import_terminal")}
_SLOTS: Final = (
    ("moves", "次"),
    ("plug_hours", "小时"),
    ("plug_energy", "度"),
    ("yard_electricity", "度"),
    ("shore_power", "度"),
    ("diesel", "升"),
    ("inspection", "小时"),
    ("dwell", "小时"),
)


def _build(rows: Sequence[Row]) -> Iterable[Draft]:
    first = rows[0]
    stage = first.choice("stage", _STAGES)
    port = first.text("port", required=True).upper()
    draft = movement(rows, "port_call", stage, {"port": port}, "document")
    items: list[ItemDraft] = []
    for slot, unit in _SLOTS:
        if stage and first.filled(slot) and not slot_unit(stage, slot):
            first.fail("choice-unknown", slot, known=", ".join(_STAGES[code][0] for code in _STAGES if code != stage))
        elif stage and first.filled(slot):
            items += activity(first, stage, slot, slot, fixed=unit)
    yield replace(draft, items=(*draft.items, *items, *box(first)))


IMPORT: Final = FileKind(
    code="port",
    title_zh="码头作业记录",
    title_en="Terminal record",
    columns=(
        Column("call", "作业号", "terminal job", required=True, spread=True),
        DATE,
        ACTOR,
        FACILITY,
        Column("stage", "环节", "stage", required=True, spread=True),
        Column("port", "口岸代码", "port code", required=True, spread=True),
        TEU,
        LOAD,
        Column("moves", "过岸吊装次数", "moves over the quay", ("吊装次数", "moves")),
        PLUG_HOURS,
        PLUG_ENERGY,
        Column("yard_electricity", "堆场用电(度)", "yard electricity (kWh)"),
        Column("shore_power", "岸电(度)", "shore power (kWh)"),
        Column("diesel", "柴油(升)", "diesel (L)"),
        Column("inspection", "查验小时", "inspection (h)"),
        Column("dwell", "停留小时", "dwell (h)"),
        LOT,
        NET_MASS,
        EVIDENCE_COLUMN,
        REASON,
        NOTE,
        AUDIENCE_COLUMN,
        OFFSET,
    ),
    build=_build,
    group="call",
    shared=("date", "actor", "facility", "stage", "port"),
    examples=(
        {
            "call": "NS-01",
            "date": "2026-06-30 04:00",
            "actor": "port",
            "facility": "nansha",
            "stage": "港口",
            "port": "CNNSA",
            "teu": "2",
            "load": "16000",
            "moves": "1",
            "plug_hours": "30",
            "dwell": "34",
            "lot": "(01)09520000000264(10)26GW-SEA1",
            "mass": "9120",
            "evidence": "单据",
        },
    ),
)
