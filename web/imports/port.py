"""Read a terminal's record: moves, hours on the plug, dwell, and the lots in the box."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from web.imports.base import Draft
from web.imports.parts import ItemDraft, activity, box, movement
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
    REASON,
    STAGE,
    TEU,
)

_STAGES: Final[Choices] = {code: STAGE[code] for code in ("port", "import_terminal")}
_SLOTS: Final = (("moves", "次"), ("plug_hours", "小时"), ("plug_energy", "度"), ("dwell", "小时"))


def _build(rows: Sequence[Row]) -> Iterable[Draft]:
    first = rows[0]
    stage = first.choice("stage", _STAGES)
    port = first.text("port", required=True).upper()
    draft = movement(rows, "port_call", stage, {"port": port}, "document")
    items: list[ItemDraft] = []
    for slot, unit in _SLOTS:
        if stage and first.filled(slot):
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
        Column("plug_hours", "插电小时", "plug hours"),
        Column("plug_energy", "插电电量(度)", "plug energy (kWh)"),
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
