"""Read a shop's sheet: what was on the shelf, for how long, the electricity it took and what spoiled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from ledger.book.stage import REFRIGERANTS
from web.imports.base import Draft
from web.imports.parts import activity, evidence, mass, mass_audience, note
from web.imports.row import Choices, Column, Row
from web.imports.rows import FileKind
from web.imports.vocabulary import (
    ACTOR,
    AUDIENCE_COLUMN,
    CAUSE,
    DATE,
    EVIDENCE_COLUMN,
    FACILITY,
    LAST_DATE,
    LOT,
    NET_MASS,
    NOTE,
    OFFSET,
    REASON,
    TREATMENT,
    slots_named,
)


@cache
def _refrigerants() -> Choices:
    """Give the refrigerants that may be topped up."""
    return {slot.code: slots_named()[slot.code] for slot in REFRIGERANTS if not slot.stock}


def _build(rows: Sequence[Row]) -> Iterable[Draft]:
    row = rows[0]
    lot = row.lot()
    amount = row.amount("mass", "kg", unit="")
    items = [mass(lot, "at", amount, evidence(row, "scale_ticket"), **mass_audience(row, lot))] if amount else []
    items += activity(row, "retail", "electricity", "electricity", fixed="度")
    if row.filled("refrigerant"):
        items += activity(row, "retail", row.choice("refrigerant", _refrigerants()), "topped_up", fixed="公斤")
    actor, facility = row.text("actor", required=True), row.text("facility", required=True)
    lots = (lot,) if lot else ()
    yield Draft(
        actor, facility, "retail", "retail", {}, lots, (*items, *note(row)), row.moment("date", hour=9), row.source
    )
    if not row.filled("loss"):
        return
    lost = row.amount("loss", "kg", unit="")
    data = {"cause": row.choice("cause", CAUSE), "treatment": row.choice("treatment", TREATMENT)}
    gone = [mass(lot, "loss", lost, evidence(row, "scale_ticket"), **mass_audience(row, lot))] if lost else []
    column = "last_date" if row.filled("last_date") else "date"
    moment = row.moment(column, hour=20)
    yield Draft(actor, facility, "loss", "retail", data, lots, tuple(gone), moment, row.source)


IMPORT: Final = FileKind(
    code="retail",
    title_zh="零售记录",
    title_en="Retail sheet",
    columns=(
        DATE,
        LAST_DATE,
        ACTOR,
        FACILITY,
        LOT,
        NET_MASS,
        Column("electricity", "陈列用电(度)", "display electricity (kWh)", required=True),
        Column("refrigerant", "制冷剂", "refrigerant"),
        Column("topped_up", "补充制冷剂(公斤)", "refrigerant topped up (kg)"),
        Column("loss", "损耗(公斤)", "loss (kg)"),
        Column("cause", "损耗原因", "cause of loss"),
        Column("treatment", "处理方式", "treatment"),
        EVIDENCE_COLUMN,
        REASON,
        NOTE,
        AUDIENCE_COLUMN,
        OFFSET,
    ),
    build=_build,
    examples=(
        {
            "date": "2026-06-29",
            "last_date": "2026-07-02",
            "actor": "sha",
            "facility": "sha-store",
            "lot": "(01)09520000000264(10)26GW-SHA1",
            "mass": "4545",
            "electricity": "180",
            "loss": "110",
            "cause": "腐烂",
            "treatment": "填埋",
            "evidence": "电表",
        },
    ),
)
