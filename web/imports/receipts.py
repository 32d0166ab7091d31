"""Read hand-overs: who gave which lots to whom, what arrived, what was lost on the way, and what was written off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from web.imports.base import Draft, ShipReference
from web.imports.parts import evidence, mass, mass_audience, movement, note
from web.imports.row import Choices, Column, Row
from web.imports.rows import FileKind
from web.imports.vocabulary import (
    ACTOR,
    AUDIENCE_COLUMN,
    CAUSE,
    DATE,
    EVIDENCE_COLUMN,
    FACILITY,
    LOT,
    NET_MASS,
    NOTE,
    OFFSET,
    TREATMENT,
    WRITE_OFF_CAUSE,
    stages_named,
)

_ACTION: Final[Choices] = {
    "ship": ("发货", "ship", "dispatch"),
    "receive": ("收货", "receive", "receipt"),
    "loss": ("损耗", "loss"),
    "write_off": ("核销", "write off", "write-off", "整批报废"),
}


def _build(rows: Sequence[Row]) -> Iterable[Draft]:
    by_action: dict[str, list[Row]] = {}
    for row in rows:
        by_action.setdefault(row.choice("action", _ACTION), []).append(row)
    for action, group in by_action.items():
        first = group[0]
        if action == "ship":
            data = {"to": first.text("counterpart", required=True)}
            yield movement(group, "ship", "", data, "scale_ticket")
        elif action == "receive":
            draft = movement(group, "receive", "", {}, "scale_ticket")
            yield replace(draft, refers=ShipReference(draft.lots, first.text("counterpart", required=True)))
        elif action == "loss":
            for row in group:
                yield _loss(row)
        elif action == "write_off":
            for row in group:
                yield _write_off(row)


def _loss(row: Row) -> Draft:
    draft = movement([row], "loss", row.choice("stage", stages_named()), {}, "scale_ticket")
    lost = row.amount("mass", "kg", unit="")
    proof = evidence(row, "scale_ticket")
    gone = [mass(lot, "loss", lost, proof, **mass_audience(row, lot)) for lot in draft.lots] if lost else []
    data = {"cause": row.choice("cause", CAUSE), "treatment": row.choice("treatment", TREATMENT)}
    return replace(draft, data=data, items=(*gone, *(item for item in draft.items if item[0] != "mass")))


def _write_off(row: Row) -> Draft:
    """Draft the end of a whole lot; the form need not say how much of it was left."""
    lot = row.lot()
    left = row.amount("mass", "kg", unit="") if row.filled("mass") else None
    stated = [mass(lot, "at", left, evidence(row, "document"), **mass_audience(row, lot))] if left else []
    return Draft(
        actor=row.text("actor", required=True),
        facility=row.text("facility"),
        kind="write_off",
        stage=row.choice("stage", stages_named()),
        data={"cause": row.choice("cause", WRITE_OFF_CAUSE), "treatment": row.choice("treatment", TREATMENT)},
        lots=(lot,) if lot else (),
        items=(*stated, *note(row)),
        event_time=row.moment("date"),
        source=row.source,
    )


IMPORT: Final = FileKind(
    code="receipts",
    title_zh="交接单",
    title_en="Hand-over slips",
    columns=(
        Column("slip", "交接单号", "slip", ("slip number",), required=True, spread=True),
        DATE,
        Column("action", "动作", "action", required=True),
        ACTOR,
        Column("counterpart", "对方", "counterpart", spread=True),
        FACILITY,
        LOT,
        NET_MASS,
        Column("stage", "环节", "stage"),
        Column("cause", "损耗原因", "cause of loss"),
        Column("treatment", "处理方式", "treatment"),
        EVIDENCE_COLUMN,
        NOTE,
        AUDIENCE_COLUMN,
        OFFSET,
    ),
    words=(_ACTION,),
    build=_build,
    group="slip",
    examples=(
        {
            "slip": "H-01",
            "date": "2026-06-24 17:00",
            "action": "发货",
            "actor": "g1",
            "counterpart": "coop",
            "facility": "orchard-g1",
            "lot": "p:91BGH5VVASFQEG1K",
            "mass": "9600",
            "evidence": "磅单",
        },
        {
            "slip": "H-01",
            "date": "2026-06-24 17:30",
            "action": "收货",
            "actor": "coop",
            "counterpart": "g1",
            "facility": "packhouse",
            "lot": "p:91BGH5VVASFQEG1K",
            "mass": "9600",
            "evidence": "磅单",
        },
        {
            "slip": "H-02",
            "date": "2026-06-26 10:00",
            "action": "核销",
            "actor": "coop",
            "facility": "packhouse",
            "lot": "p:91BGH5VVASFQEG1K",
            "stage": "包装厂",
            "cause": "腐坏",
            "treatment": "填埋",
        },
    ),
)
