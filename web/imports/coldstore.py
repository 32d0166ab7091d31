"""Read a cold store's meter, refrigerant and temperature sheet; rows concern the room, lots share at the close."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from ledger.book.stage import stages
from web.imports.base import Draft
from web.imports.parts import ItemDraft, activity, note
from web.imports.row import Choices, Column, Row
from web.imports.rows import FileKind
from web.imports.vocabulary import (
    ACTOR,
    AUDIENCE_COLUMN,
    DATE,
    EVIDENCE_COLUMN,
    FACILITY,
    LAST_DATE,
    NOTE,
    OFFSET,
    QUANTITY,
    REASON,
    UNIT,
    slots_named,
)

_TEMPERATURE: Final[Choices] = {"temperature": ("温度", "temperature")}


@cache
def _matters() -> Choices:
    """Give what a room's sheet may speak of: every slot of a cold store, and its temperature."""
    slots = {slot.code: slots_named()[slot.code] for slot in stages()["cold_store"].slots}
    return {**slots, **_TEMPERATURE}


def _build(rows: Sequence[Row]) -> Iterable[Draft]:
    row = rows[0]
    matter = row.choice("matter", _matters())
    items = _temperature(row) if matter == "temperature" else activity(row, "cold_store", matter)
    yield Draft(
        actor=row.text("actor", required=True),
        facility=row.text("facility", required=True),
        kind="activity",
        stage="cold_store",
        data={"period": row.period("date", "last_date")},
        lots=(),
        items=(*items, *note(row)),
        event_time=row.moment("last_date" if row.filled("last_date") else "date"),
        source=row.source,
    )


def _temperature(row: Row) -> list[ItemDraft]:
    values = {name: row.number(name, signed=True) for name in ("minimum", "maximum", "mean")}
    return [("temperature", {**values, "unit": "CEL"})] if all(values.values()) else []


IMPORT: Final = FileKind(
    code="coldstore",
    title_zh="冷库电表与温度记录",
    title_en="Cold store meter and temperature sheet",
    columns=(
        DATE,
        LAST_DATE,
        ACTOR,
        FACILITY,
        Column("matter", "记录项", "reading", ("项目",), required=True),
        QUANTITY,
        UNIT,
        Column("minimum", "最低温", "minimum"),
        Column("maximum", "最高温", "maximum"),
        Column("mean", "平均温", "mean"),
        EVIDENCE_COLUMN,
        REASON,
        NOTE,
        AUDIENCE_COLUMN,
        OFFSET,
    ),
    words=(_TEMPERATURE,),
    build=_build,
    examples=(
        {
            "date": "2026-06-22",
            "last_date": "2026-06-28",
            "actor": "coop",
            "facility": "coldroom",
            "matter": "用电",
            "quantity": "520",
            "unit": "度",
            "evidence": "电表",
        },
        {
            "date": "2026-06-22",
            "last_date": "2026-06-28",
            "actor": "coop",
            "facility": "coldroom",
            "matter": "温度",
            "minimum": "1.8",
            "maximum": "4.6",
            "mean": "3.1",
            "evidence": "电表",
        },
    ),
)
