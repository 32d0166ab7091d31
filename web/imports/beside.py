"""Read what stands beside a footprint: removals, credits, avoided emissions, and power with its certificates.

All rows of one record number become one entry. What it is stands in each of them; a row holds one lot or one number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from web.imports.base import Draft
from web.imports.parts import (
    ItemDraft,
    activity_of,
    audience,
    document,
    evidence,
    lot_rows,
    mass,
    mass_audience,
    note,
    slot_of,
)
from web.imports.row import Choices, Column, Row
from web.imports.rows import FileKind
from web.imports.vocabulary import (
    ACTOR,
    AUDIENCE_COLUMN,
    DATE,
    EVIDENCE_COLUMN,
    FACILITY,
    LAST_DATE,
    LOT,
    NOTE,
    OFFSET,
    QUANTITY,
    REASON,
    STAGE,
    UNIT,
)

_WHAT: Final[Choices] = {
    "biochar": ("生物炭", "biochar"),
    "beccs": ("燃烧并封存", "burnt and stored"),
    "soil": ("土壤碳", "soil carbon"),
    "wood": ("树木碳", "carbon in wood"),
    "reversal": ("清除被抵回", "reversal"),
    "credit": ("减排信用", "credit"),
    "avoided": ("避免的排放", "avoided emissions"),
    "certificate": ("绿色电力", "certified power"),
}
_REMOVALS: Final = ("biochar", "beccs", "soil", "wood", "reversal")
#: Removals that only the serial of a batch tells from others.
_CARRIED: Final = ("biochar", "beccs")
_PART: Final[Choices] = {
    "lot": ("批次", "lot"),
    "biochar": ("炭量", "char"),
    "carbon": ("含碳比例", "carbon fraction"),
    "stable": ("稳定比例", "stable fraction"),
    "emitted": ("排放量", "CO2 emitted"),
    "stored": ("封存量", "CO2 stored"),
    "stock": ("碳储量", "carbon stock"),
    "change": ("碳变化量", "change of carbon"),
    "plots": ("样地数", "field plots"),
    "amount": ("数额", "amount"),
    "used": ("用电量", "power used"),
    "certified": ("证书电量", "power certified"),
}
_FRACTIONS: Final = ("carbon", "stable")
_MEASURED: Final = ("biochar", "emitted", "stored", "stock", "change")
_STATUS: Final[Choices] = {
    "issued": ("已签发", "issued"),
    "held": ("持有", "held"),
    "cancelled": ("已注销", "cancelled"),
    "reversed": ("已撤回", "reversed"),
}


def _build(rows: Sequence[Row]) -> Iterable[Draft]:
    first = rows[0]
    what = first.choice("what", _WHAT)
    stage = first.choice("stage", STAGE, required=what == "certificate")
    data: dict[str, Any] = {"period": first.period("first_date", "last_date")}
    items = [item for row in rows for item in _items(row, what, stage)]
    if what in _REMOVALS:
        data["type"] = what
        serials = _several(first.text("serial", required=what in _CARRIED))
        data |= {"serials": serials} if serials else {}
        items += _conditions(first, what)
    elif what == "avoided":
        data["type"] = "project"
    elif what == "credit":
        data |= {
            "serial": first.text("serial", required=True),
            "vintage": first.text("vintage", required=True),
            "status": first.choice("status", _STATUS),
            "covers": _several(first.text("covers")),
        }
        slot = slot_of(first, stage) if first.filled("slot") else ""
        items += [("link", {"stage": stage, "slot": slot})] if slot and stage else []
    elif what == "certificate":
        data["certificates"] = [first.text("serial", required=True)]
    if what and what != "certificate":
        owner = first.text("owner", required=what != "reversal")
        items += [("owner", {"text": owner})] if owner else []
    yield Draft(
        actor=first.text("actor", required=True),
        facility=first.text("facility", required=True),
        kind="activity" if what == "certificate" else what if what in ("credit", "avoided") else "removal",
        stage=stage if what == "certificate" else "",
        data=data,
        lots=tuple(sorted({row.lot() for row in rows if row.filled("lot")})),
        items=(*items, *document(first), *note(first)),
        event_time=first.moment("date"),
        source=first.source,
        lot_rows=lot_rows(rows),
    )


def _items(row: Row, what: str, stage: str) -> list[ItemDraft]:
    part = row.choice("part", _PART)
    if part in _FRACTIONS:
        number = row.number("quantity")
        return [("measurement", {"of": part, "quantity": number, "unit": "kg/kg", **_proof(row)})] if number else []
    if part == "plots":
        plots = row.number("quantity")
        return [("model", {"text": row.text("method", required=True), "plots": plots})] if plots else []
    if part in ("used", "certified"):
        return _power(row, part, stage)
    amount = row.amount("quantity", "kg", what=_PART.get(part, ("", ""))[:2] or ("", ""))
    if amount is None:
        return []
    if part == "lot":
        lot = row.lot()
        return [mass(lot, "at", amount, evidence(row, "scale_ticket"), **mass_audience(row, lot))] if lot else []
    if part in _MEASURED:
        day = {"date": row.moment("measured")[:10]} if part == "stock" else {}
        return [("measurement", {"of": part, **amount.as_item(), **day, **_proof(row)})]
    return _stated(row, what, amount.as_item()) if part == "amount" else []


def _stated(row: Row, what: str, amount: Mapping[str, str]) -> list[ItemDraft]:
    """Make the item of a credit, of avoided emissions or of what a reversal takes back."""
    more = {
        "credit": ("project",),
        "avoided": ("baseline", "method"),
        "reversal": ("entry",),
    }.get(what, ())
    name = "reverses" if what == "reversal" else what
    texts = {column: row.text(column, required=True) for column in more}
    return [(name, {**amount, **texts, **_proof(row)})] if more and all(texts.values()) else []


def _power(row: Row, part: str, stage: str) -> list[ItemDraft]:
    slot, amount = slot_of(row, stage), row.amount("quantity", "kWh", what=_PART[part][:2])
    if not slot or amount is None:
        return []
    if part == "used":
        return activity_of(row, slot, amount)
    return [("certificate", {"slot": slot, "serial": row.text("serial"), **amount.as_item(), **_proof(row)})]


def _conditions(row: Row, what: str) -> list[ItemDraft]:
    """Make the items of the conditions that a removal states."""
    items: list[ItemDraft] = []
    if row.filled("monitoring"):
        until = row.moment("until")[:10]
        items += [("monitoring", {"text": row.text("monitoring"), "until": until})] if until else []
    if row.filled("stored_at"):
        items.append(("place", {"text": row.text("stored_at")}))
    if what == "beccs" and row.filled("entry"):
        items.append(("penalty", {"entry": row.text("entry")}))
    return items


def _several(text: str) -> list[str]:
    """Take apart what commas divide."""
    return [one.strip() for one in text.replace("，", ",").split(",") if one.strip()]


def _proof(row: Row) -> dict[str, str]:
    return {"evidence": evidence(row), **audience(row)}


IMPORT: Final = FileKind(
    code="beside",
    title_zh="清除、减排信用与绿色电力",
    title_en="Removals, credits and certified power",
    columns=(
        Column("record", "记录号", "record", required=True, spread=True),
        Column("what", "事由", "what", required=True, spread=True),
        DATE,
        Column("first_date", "开始日期", "first date", ("start date",), required=True, spread=True),
        LAST_DATE,
        ACTOR,
        FACILITY,
        Column("part", "行类型", "row type", required=True),
        LOT,
        QUANTITY,
        UNIT,
        Column("measured", "测量日期", "measured on"),
        EVIDENCE_COLUMN,
        Column("owner", "所有人", "owner", spread=True),
        Column("monitoring", "监测方式", "monitoring", spread=True),
        Column("until", "监测至", "monitored until", spread=True),
        Column("stored_at", "封存地点", "stored at", spread=True),
        Column("entry", "相关记录编号", "entry id", spread=True),
        Column("serial", "序列号", "serial", spread=True),
        Column("vintage", "信用年份", "vintage", spread=True),
        Column("status", "状态", "status", spread=True),
        Column("covers", "涵盖序列号", "covers", spread=True),
        Column("project", "项目", "project", spread=True),
        Column("baseline", "基准", "baseline", spread=True),
        Column("method", "方法", "method", spread=True),
        Column("stage", "环节", "stage", spread=True),
        Column("slot", "品名", "input", ("item",), spread=True),
        Column("attachment", "附件", "attachment", spread=True),
        REASON,
        NOTE,
        AUDIENCE_COLUMN,
        OFFSET,
    ),
    words=(_WHAT, _PART, _STATUS),
    build=_build,
    group="record",
    shared=("what", "date", "first_date", "last_date", "actor", "facility", "owner", "serial", "stage"),
    examples=(
        *(
            {
                "record": "B-01",
                "what": "生物炭",
                "date": "2026-08-01",
                "first_date": "2025-08-01",
                "last_date": "2026-07-31",
                "actor": "g1",
                "facility": "orchard-g1",
                "owner": "合作社",
                "serial": "batch:K3-2026",
                "monitoring": "每两年取土样",
                "until": "2036-08-01",
                **row,
            }
            for row in (
                {"part": "批次", "lot": "p:91BGH5VVASFQEG1K", "quantity": "9000", "unit": "公斤"},
                {"part": "炭量", "quantity": "100", "unit": "公斤", "evidence": "磅单"},
                {"part": "含碳比例", "quantity": "0.75", "evidence": "单据"},
                {"part": "稳定比例", "quantity": "0.80", "evidence": "单据"},
            )
        ),
        {
            "record": "B-02",
            "what": "减排信用",
            "date": "2026-08-01",
            "first_date": "2025-08-01",
            "last_date": "2026-07-31",
            "actor": "coop",
            "facility": "packhouse",
            "part": "数额",
            "quantity": "328",
            "unit": "公斤",
            "evidence": "单据",
            "owner": "合作社",
            "serial": "phcer:GD-2026-0007",
            "vintage": "2026",
            "status": "已签发",
            "covers": "own_pv:roof-2/2026-06",
            "project": "屋顶光伏",
            "stage": "包装厂",
            "slot": "用电",
        },
        *(
            {
                "record": "B-03",
                "what": "绿色电力",
                "date": "2026-07-01",
                "first_date": "2026-06-01",
                "last_date": "2026-06-30",
                "actor": "coop",
                "facility": "packhouse",
                "serial": "own_pv:roof-1/2026-06",
                "stage": "包装厂",
                "slot": "用电",
                **row,
            }
            for row in (
                {"part": "用电量", "quantity": "800", "unit": "度", "evidence": "电表"},
                {"part": "证书电量", "quantity": "500", "unit": "度", "evidence": "电表"},
            )
        ),
    ),
)
