"""Read a farm diary: inputs per plot and day, and the harvest that ends a season."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from iocore.units import UNITS
from ledger.book.stage import slot_type, stages
from web.imports.base import Draft
from web.imports.measure import UNIT_NAMES
from web.imports.parts import (
    ItemDraft,
    activity,
    attribute,
    audience,
    carbon,
    document,
    evidence,
    mass,
    note,
    slot_unit,
)
from web.imports.row import Choices, Column, Row
from web.imports.rows import FileKind
from web.imports.vocabulary import (
    ACTOR,
    ATTRIBUTE_COLUMN,
    AUDIENCE_COLUMN,
    CARBON_COLUMN,
    DATE,
    EVIDENCE_COLUMN,
    FACILITY,
    LAST_DATE,
    LOT,
    NOTE,
    OFFSET,
    QUANTITY,
    REASON,
    SLOT,
    UNIT,
    slot_words,
    varieties,
)

_FARM: Final = tuple(slot.code for slot in stages()["orchard"].slots)
_MATTER: Final[Choices] = {"harvest": ("采收", "harvest", "采摘"), **{code: SLOT[code] for code in _FARM}}
_GWP_SETS: Final[Choices] = {"AR4": ("AR4",), "AR5": ("AR5",), "AR6": ("AR6",), "unknown": ("不详", "unknown")}
_CONDITIONS: Final = ("head", "efficiency", "converted", "lost")


def _build(rows: Sequence[Row]) -> Iterable[Draft]:
    row = rows[0]
    matter = row.choice("matter", _MATTER)
    if matter == "harvest":
        yield _harvest(row)
    else:
        yield _activity(row, matter)


def _activity(row: Row, slot: str) -> Draft:
    items = [(name, {**value, **_conditions(row, slot)}) for name, value in activity(row, "orchard", slot)]
    proof = document(row)
    items += _supplier(row, slot, "document" if proof else "own_statement")
    if slot == "land_converted" and not row.filled("attachment") and items and items[0][1].get("reason"):
        row.fail("document-needed", "attachment" if "attachment" in row.columns else "quantity")
    period = row.period("date", "last_date")
    return _draft(row, "activity", {"period": period}, (), (*items, *proof), row.moment("date"))


def _conditions(row: Row, slot: str) -> dict[str, str]:
    """Read what the quantity of a slot needs beside it; a cell that another slot needs is out of place."""
    kind = slot_type("orchard", slot)
    wanted = kind.needs if kind else ()
    for name in _CONDITIONS:
        if row.filled(name) and name not in wanted:
            row.fail("condition-out-of-place", name)
    return {name: row.number(name) for name in wanted if row.filled(name)}


def _supplier(row: Row, slot: str, proof: str) -> list[ItemDraft]:
    """Read the footprint of a supplier up to its gate, per unit of the input; the attachment is its document."""
    if not row.filled("footprint"):
        return []
    number, source = row.number("footprint"), row.text("footprint_source", required=True)
    wanted = slot_unit("orchard", slot)
    unit = UNIT_NAMES.get(row.text("footprint_unit").lower(), "") if row.filled("footprint_unit") else wanted
    if wanted and (not unit or UNITS[unit].dimension != UNITS[wanted].dimension):
        words = slot_words(slot)
        row.fail("unit-impossible", "footprint_unit", wanted=wanted, what_zh=words[0], what_en=words[1])
    known = row.choice("footprint_set", _GWP_SETS, required=False, default="unknown")
    value = {"slot": slot, "kgco2e": number, "unit": unit, "gwp_set": known, "boundary": "cradle_to_gate"}
    return [("supplier_value", {**value, "source": source, "evidence": proof})]


def _harvest(row: Row) -> Draft:
    amount = row.amount("quantity", "kg", what=("荔枝", "lychees"))
    lot = row.lot()
    data: dict[str, Any] = {
        "out": [lot],
        "period": row.period("season_start", "season_end"),
        "product": "",
        "variety": row.choice("variety", varieties()),
    }
    items = [mass(lot, "out", amount, evidence(row, "scale_ticket"), **audience(row))] if amount else []
    return _draft(row, "harvest", data, (lot,), (*items, *attribute(row, lot), *carbon(row, lot)), row.moment("date"))


def _draft(
    row: Row, kind: str, data: dict[str, Any], lots: tuple[str, ...], items: tuple[ItemDraft, ...], moment: str
) -> Draft:
    return Draft(
        actor=row.text("actor", required=True),
        facility=row.text("facility", required=True),
        kind=kind,
        stage="orchard",
        data=data,
        lots=lots,
        items=(*items, *note(row)),
        event_time=moment,
        source=row.source,
    )


IMPORT: Final = FileKind(
    code="diary",
    title_zh="农事日记",
    title_en="Farm diary",
    columns=(
        DATE,
        LAST_DATE,
        ACTOR,
        FACILITY,
        Column("matter", "事项", "input or harvest", ("品名", "matter"), required=True),
        QUANTITY,
        UNIT,
        Column("each_kg", "每袋公斤", "kg per bag", ("每件公斤",)),
        EVIDENCE_COLUMN,
        Column("variety", "品种", "variety", spread=True),
        LOT,
        Column("season_start", "产季开始", "season start", spread=True),
        Column("season_end", "产季结束", "season end", spread=True),
        ATTRIBUTE_COLUMN,
        CARBON_COLUMN,
        Column("attachment", "附件", "attachment"),
        Column("head", "扬程(米)", "head (m)"),
        Column("efficiency", "水泵效率", "pump efficiency"),
        Column("converted", "开垦年份", "year of conversion"),
        Column("lost", "每公顷碳损失(吨CO2)", "loss (t CO2 per ha)"),
        Column("footprint", "供应商出厂碳足迹(kgCO2e)", "supplier's footprint (kg CO2e)"),
        Column("footprint_unit", "碳足迹每单位", "footprint per unit"),
        Column("footprint_set", "碳足迹GWP版本", "footprint GWP set"),
        Column("footprint_source", "碳足迹来源", "footprint source"),
        REASON,
        NOTE,
        AUDIENCE_COLUMN,
        OFFSET,
    ),
    build=_build,
    examples=(
        {
            "date": "2025-12-15",
            "actor": "g1",
            "facility": "orchard-g1",
            "matter": "复合肥",
            "quantity": "24",
            "unit": "袋",
            "each_kg": "40",
            "evidence": "发票",
        },
        {
            "date": "2026-06-24",
            "actor": "g1",
            "facility": "orchard-g1",
            "matter": "采收",
            "quantity": "19200",
            "unit": "斤",
            "evidence": "磅单",
            "variety": "桂味",
            "lot": "p:91BGH5VVASFQEG1K",
            "season_start": "2025-08-01",
            "season_end": "2026-07-31",
        },
    ),
)
