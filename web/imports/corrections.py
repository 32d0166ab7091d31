"""Read corrections: which number of which day was wrong, and what it should have been.

The original stays in the log; an `amend` entry replaces it, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ledger.ids import is_entry_id
from web.imports.base import Correction, Draft
from web.imports.parts import activity, note, slot_of, slot_unit
from web.imports.row import Choices, Column, Row
from web.imports.rows import FileKind
from web.imports.vocabulary import (
    ACTOR,
    AUDIENCE_COLUMN,
    DATE,
    EVIDENCE_COLUMN,
    FACILITY,
    LOT,
    NOTE,
    OFFSET,
    QUANTITY,
    REASON,
    UNIT,
    slot_words,
    stages_named,
)

_WHY: Final[Choices] = {
    "wrong_number": ("数字填错", "wrong number"),
    "wrong_unit": ("单位填错", "wrong unit"),
    "better_evidence": ("有了更好的凭证", "better evidence"),
}


def _build(rows: Sequence[Row]) -> Iterable[Draft]:
    row = rows[0]
    stage = row.choice("stage", stages_named())
    slot = slot_of(row, stage)
    wanted = slot_unit(stage, slot) if slot else "kg"
    what = slot_words(slot)
    old = row.amount("old_quantity", wanted, unit="old_unit", each="old_each_kg", what=what)
    items = activity(row, stage, slot)
    entry_id = row.text("entry_id")
    if entry_id and not is_entry_id(entry_id):
        row.fail("choice-unknown", "entry_id", known="64 × 0-9 a-f")
    moment = row.moment("old_date")
    if not (old and items and moment):
        row.moment("date")
        return
    yield Draft(
        actor=row.text("actor", required=True),
        facility=row.text("facility", required=True),
        kind="amend",
        stage=stage,
        data={},
        lots=(),
        items=tuple(note(row)),
        event_time=row.moment("date"),
        source=row.source,
        corrects=Correction(
            slot=slot,
            moment=moment,
            old_quantity=old.quantity,
            old_unit=old.unit,
            item=items[0][1],
            reason=row.choice("why", _WHY, required=False, default="wrong_number"),
            lot=row.lot(required=False),
            entry_id=entry_id,
        ),
    )


IMPORT: Final = FileKind(
    code="corrections",
    title_zh="更正单",
    title_en="Corrections",
    columns=(
        DATE,
        ACTOR,
        FACILITY,
        Column("stage", "环节", "stage", required=True, spread=True),
        Column("old_date", "原记录日期", "date of the record", required=True),
        Column("slot", "品名", "input", ("item",), required=True),
        LOT,
        Column("old_quantity", "原数量", "old quantity", required=True),
        Column("old_unit", "原单位", "old unit", required=True),
        Column("old_each_kg", "原每袋公斤", "old kg per bag"),
        QUANTITY,
        UNIT,
        Column("each_kg", "每袋公斤", "kg per bag", ("每件公斤",)),
        Column("why", "更正原因", "reason for correction"),
        Column("entry_id", "条目编号", "entry id"),
        EVIDENCE_COLUMN,
        REASON,
        NOTE,
        AUDIENCE_COLUMN,
        OFFSET,
    ),
    words=(_WHY,),
    build=_build,
    examples=(
        {
            "date": "2026-07-20",
            "actor": "g2",
            "facility": "orchard-g2a",
            "stage": "果园",
            "old_date": "2025-08-12",
            "slot": "尿素",
            "old_quantity": "20",
            "old_unit": "袋",
            "old_each_kg": "40",
            "quantity": "5",
            "unit": "袋",
            "each_kg": "40",
            "why": "数字填错",
            "evidence": "发票",
        },
    ),
)
