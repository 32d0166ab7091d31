"""Read a packhouse job sheet: pre-cooling, merging, grading, splitting, packing, drying, losses and meters.

Rows with one job number make one entry: what went in, what came out, what was lost and what was used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from iocore.units import parse_decimal
from ledger.ids import gtin_of
from web.imports.base import Draft
from web.imports.measure import Amount
from web.imports.parts import (
    ItemDraft,
    activity,
    attribute,
    carbon,
    evidence,
    lot_rows,
    mass,
    mass_audience,
    no_reason,
    note,
    slot_of,
)
from web.imports.row import Choices, Column, Row
from web.imports.rows import FileKind
from web.imports.vocabulary import (
    ACTOR,
    ATTRIBUTE_COLUMN,
    AUDIENCE_COLUMN,
    CARBON_COLUMN,
    CAUSE,
    DATE,
    EVIDENCE_COLUMN,
    FACILITY,
    LAST_DATE,
    LOT,
    NOTE,
    OFFSET,
    QUANTITY,
    REASON,
    TREATMENT,
    UNIT,
)

_WORK: Final[Choices] = {
    "precool": ("预冷", "pre-cool"),
    "merge": ("合批", "merge"),
    "grade": ("分级", "grade"),
    "split": ("拆批", "split"),
    "pack": ("包装", "pack"),
    "dry": ("烘干", "dry"),
    "brew": ("酿造", "brew"),
    "loss": ("损耗", "loss"),
    "use": ("公共用量", "shared use"),
}
_PART: Final[Choices] = {
    "in": ("投入", "in"),
    "out": ("产出", "out"),
    "loss": ("损耗", "loss"),
    "use": ("用量", "use"),
}
_STAGE: Final = {"precool": "precooling", "dry": "drying", "brew": "wine"}
_MOVES: Final = ("merge", "split", "grade", "pack", "dry", "brew")


def _build(rows: Sequence[Row]) -> Iterable[Draft]:
    first = rows[0]
    work = first.choice("work", _WORK)
    stage = _STAGE.get(work, "packing")
    items: list[ItemDraft] = []
    lots: dict[str, list[str]] = {"in": [], "out": [], "loss": [], "use": []}
    sums = {"in": Decimal(0), "out": Decimal(0), "loss": Decimal(0)}
    for row in rows:
        part = row.choice("part", _PART)
        if part == "use":
            items += activity(row, stage, slot_of(row, stage))
            lot = row.lot(required=False)
        else:
            lot, amount = row.lot(), row.amount("quantity", "kg", what=("荔枝", "lychees"))
            items += _mass(row, part, lot, amount) if part and amount else []
            items += [*attribute(row, lot), *carbon(row, lot)] if part == "out" else []
            if part and amount:
                sums[part] += amount.value
        if part and lot and lot not in lots[part]:
            lots[part].append(lot)
    items += note(first)
    data = _data(rows, work, lots)
    if work in _MOVES and all(row.good for row in rows):
        _check_job(first, lots, sums)
    named = lots["in"] + lots["out"] if work in _MOVES else [lot for part in lots.values() for lot in part]
    yield Draft(
        actor=first.text("actor", required=True),
        facility=first.text("facility", required=True),
        kind={"precool": "activity", "use": "activity", "merge": "merge", "split": "split", "loss": "loss"}.get(
            work, "transform"
        ),
        stage=stage,
        data=data,
        lots=tuple(sorted(set(named))),
        items=tuple(items),
        event_time=first.moment("last_date" if first.filled("last_date") else "date"),
        source=first.source,
        lot_rows=lot_rows(rows),
    )


def _mass(row: Row, part: str, lot: str, amount: Amount) -> list[ItemDraft]:
    no_reason(row)
    items = [mass(lot, part, amount, evidence(row, "scale_ticket"), **mass_audience(row, lot))]
    if row.filled("price"):
        price = row.number("price")
        source = row.text("price_source", required=True)
        if price:
            items.append(("price", {"lot": lot, "quantity": price, "unit": "CNY/kg", "source": source}))
    return items


def _data(rows: Sequence[Row], work: str, lots: dict[str, list[str]]) -> dict[str, Any]:
    first = rows[0]
    if work in _MOVES:
        data: dict[str, Any] = {"in": sorted(lots["in"]), "out": sorted(lots["out"])}
        if work in ("grade", "pack", "dry", "brew"):
            data["process"] = work
            products = {gtin_of(lot) for lot in lots["out"]}
            if len(products) == 1 and "" not in products:
                data["product"] = products.pop()
        return data
    if work == "loss":
        return {
            "cause": first.choice("cause", CAUSE),
            "treatment": first.choice("treatment", TREATMENT),
        }
    return {"period": first.period("date", "last_date")} if work else {}


def _check_job(first: Row, lots: dict[str, list[str]], sums: dict[str, Decimal]) -> None:
    for part, zh, en in (("in", "投入", "input row"), ("out", "产出", "output row")):
        if not lots[part]:
            first.fail("job-incomplete", "job", what_zh=zh, what_en=en)
            return
    out = sums["out"] + sums["loss"]
    gap = abs(sums["in"] - out)
    if gap > max(sums["in"] * parse_decimal("0.005"), parse_decimal("0.002")):
        first.fail("mass-imbalance", "job", into=sums["in"], out=out, gap=gap)


IMPORT: Final = FileKind(
    code="packhouse",
    title_zh="包装厂作业单",
    title_en="Packhouse job sheet",
    columns=(
        Column("job", "工单", "job", ("工单号", "job number"), required=True, spread=True),
        DATE,
        LAST_DATE,
        ACTOR,
        FACILITY,
        Column("work", "作业", "work", required=True, spread=True),
        Column("part", "方向", "in or out", ("类型",), required=True),
        LOT,
        Column("slot", "品名", "input", ("item",)),
        QUANTITY,
        UNIT,
        Column("each_kg", "每袋公斤", "kg per bag", ("每件公斤",)),
        Column("price", "单价(元/公斤)", "price (CNY/kg)"),
        Column("price_source", "价格来源", "price source"),
        ATTRIBUTE_COLUMN,
        CARBON_COLUMN,
        Column("cause", "损耗原因", "cause of loss"),
        Column("treatment", "处理方式", "treatment"),
        EVIDENCE_COLUMN,
        REASON,
        NOTE,
        AUDIENCE_COLUMN,
        OFFSET,
    ),
    words=(_WORK, _PART),
    build=_build,
    group="job",
    shared=("work", "actor", "facility", "date", "last_date"),
    examples=(
        {
            "job": "B-01",
            "date": "2026-06-25 09:00",
            "actor": "coop",
            "facility": "packhouse",
            "work": "包装",
            "part": "投入",
            "lot": "p:GVPC5DCWCF9D9WM9",
            "quantity": "1530",
            "unit": "公斤",
            "evidence": "磅单",
        },
        {
            "job": "B-01",
            "date": "2026-06-25 09:00",
            "actor": "coop",
            "facility": "packhouse",
            "work": "包装",
            "part": "产出",
            "lot": "(01)09520000000264(10)26GW-AIR1",
            "quantity": "1515",
            "unit": "公斤",
            "evidence": "磅单",
        },
        {
            "job": "B-01",
            "date": "2026-06-25 09:00",
            "actor": "coop",
            "facility": "packhouse",
            "work": "包装",
            "part": "损耗",
            "lot": "p:GVPC5DCWCF9D9WM9",
            "quantity": "15",
            "unit": "公斤",
            "evidence": "磅单",
        },
        {
            "job": "B-01",
            "date": "2026-06-25 09:00",
            "actor": "coop",
            "facility": "packhouse",
            "work": "包装",
            "part": "用量",
            "slot": "纸箱",
            "quantity": "106",
            "unit": "公斤",
            "evidence": "发票",
        },
    ),
)
