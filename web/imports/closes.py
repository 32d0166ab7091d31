"""Read the settlement of a period: the pool's totals, one weight for each lot that shares it, and earlier seasons.

A total beside a season is what an earlier season used; the yield of that season stands in a row of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from ledger.book.season_rules import ESTABLISHMENT
from ledger.book.stage import stages
from web.imports.base import Draft
from web.imports.measure import Amount
from web.imports.parts import (
    ItemDraft,
    audience,
    evidence,
    lot_rows,
    mass_audience,
    note,
    slot_audience,
    slot_of,
    slot_unit,
)
from web.imports.row import Choices, Column, Row, header_key
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
    UNIT,
    slot_words,
    stages_named,
)

_PART: Final[Choices] = {
    "total": ("合计", "total"),
    "lot": ("批次份额", "lot share"),
    "yield": ("产季产量", "season's yield", "产量", "yield"),
}
_KIND: Final[Choices] = {"product": ("产品", "product"), "residue": ("残余物", "residue")}
_ESTABLISHMENT: Final = ("建园期", ESTABLISHMENT)
_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}\Z")


def _build(rows: Sequence[Row]) -> Iterable[Draft]:
    first = rows[0]
    stage = first.choice("stage", stages_named())
    items: list[ItemDraft] = []
    lots: list[str] = []
    for row in rows:
        part = row.choice("part", _PART)
        if part == "total":
            items += _earlier_total(row, stage) if row.filled("season") else _total(row, stage)
        elif part == "yield":
            items += _yield(row)
        elif part == "lot":
            if row.filled("season"):
                row.fail("season-out-of-place", "season")
            lot = row.lot()
            lots.append(lot)
            items += _weight(row, stage, lot)
            items += _price(row, lot)
    if all(row.good for row in rows) and not lots:
        first.fail("job-incomplete", "close", what_zh="批次份额", what_en="row with a lot's share")
    yield Draft(
        actor=first.text("actor", required=True),
        facility=first.text("facility", required=True),
        kind="close",
        stage=stage,
        data={"period": first.period("first_date", "last_date")},
        lots=tuple(sorted(set(lots))),
        items=(*items, *note(first)),
        event_time=first.moment("date"),
        source=first.source,
        lot_rows=lot_rows(rows),
    )


def _total(row: Row, stage: str) -> list[ItemDraft]:
    used = _used(row, stage)
    if used is None:
        return []
    amount, value = used
    return [("total", value if amount.value else {**value, "reason": row.text("reason", required=True)})]


def _used(row: Row, stage: str) -> tuple[Amount, dict[str, str]] | None:
    """Read what was used of a slot: the amount, and the fields of an item that states it."""
    slot = slot_of(row, stage)
    if not slot or not stage:
        row.number("quantity")
        return None
    amount = row.amount("quantity", slot_unit(stage, slot), what=slot_words(slot))
    if amount is None:
        return None
    return amount, {"slot": slot, **amount.as_item(), "evidence": evidence(row), **slot_audience(row, slot)}


def _season(row: Row) -> str:
    """Read the year in which an earlier season ended, or the years before the first yield."""
    text = row.text("season", required=True)
    if header_key(text) in map(header_key, _ESTABLISHMENT):
        return ESTABLISHMENT
    return _year(row, "season", " ".join(_ESTABLISHMENT)) if text else ""


def _year(row: Row, column: str, other: str = "") -> str:
    text = row.text(column).removesuffix("年")
    if text and not _YEAR.match(text):
        row.fail("choice-unknown", column, known=", ".join(filter(None, ("2024", "2025", other))))
        return ""
    return text


def _earlier_total(row: Row, stage: str) -> list[ItemDraft]:
    season, year, used = _season(row), _year(row, "season_year"), _used(row, stage)
    if used is None or not season:
        return []
    return [("season_total", {"season": season, **used[1], **({"year": year} if year else {})})]


def _yield(row: Row) -> list[ItemDraft]:
    season, amount = _season(row), row.amount("quantity", "kg", what=("产季产量", "a season's yield"))
    if amount is None or not season:
        return []
    return [("season_yield", {"season": season, **amount.as_item(), "evidence": evidence(row), **audience(row)})]


def _weight(row: Row, stage: str, lot: str) -> list[ItemDraft]:
    kind = stages().get(stage)
    wanted = "kg_day" if kind is not None and kind.allocation == "mass_days" else "kg"
    amount = row.amount("quantity", wanted, what=("批次份额", "a lot's share"))
    if amount is None or not lot:
        return []
    # A weight in plain kilograms is the lot's mass; one in kilogram days also tells how long it lay there.
    shown = mass_audience(row, lot) if wanted == "kg" else audience(row)
    return [("weight", {"lot": lot, **amount.as_item(), **shown})]


def _price(row: Row, lot: str) -> list[ItemDraft]:
    """Read what a lot was sold for: where every lot of an orchard has a price, they share its season by value."""
    kind = row.choice("kind", _KIND, required=False)
    if not row.filled("price"):
        if kind:
            row.fail("value-missing", "price")
        return []
    price, source = row.number("price"), row.text("price_source", required=True)
    if not price or not lot:
        return []
    value = {"lot": lot, "quantity": price, "unit": "CNY/kg", "source": source}
    return [("price", {**value, **({"kind": kind} if kind else {})})]


IMPORT: Final = FileKind(
    code="closes",
    title_zh="期间结算表",
    title_en="Settlement of a period",
    columns=(
        Column("close", "结算号", "settlement", required=True, spread=True),
        DATE,
        Column("first_date", "开始日期", "first date", ("start date",), required=True, spread=True),
        LAST_DATE,
        ACTOR,
        FACILITY,
        Column("stage", "环节", "stage", required=True, spread=True),
        Column("part", "类型", "row type", required=True),
        Column("season", "往季", "earlier season", ("产季",)),
        Column("season_year", "建园年份", "establishment year"),
        Column("slot", "品名", "input", ("item",)),
        LOT,
        QUANTITY,
        UNIT,
        Column("price", "单价(元/公斤)", "price (CNY/kg)"),
        Column("price_source", "价格来源", "price source"),
        Column("kind", "产品或残余物", "product or residue"),
        EVIDENCE_COLUMN,
        REASON,
        NOTE,
        AUDIENCE_COLUMN,
        OFFSET,
    ),
    words=(_PART, _KIND),
    build=_build,
    group="close",
    shared=("date", "first_date", "last_date", "actor", "facility", "stage"),
    examples=(
        {
            "close": "J-01",
            "date": "2026-07-01",
            "first_date": "2026-06-01",
            "last_date": "2026-06-30",
            "actor": "coop",
            "facility": "coldroom",
            "stage": "冷库",
            "part": "合计",
            "slot": "用电",
            "quantity": "1850",
            "unit": "度",
            "evidence": "电表",
        },
        {
            "close": "J-01",
            "date": "2026-07-01",
            "first_date": "2026-06-01",
            "last_date": "2026-06-30",
            "actor": "coop",
            "facility": "coldroom",
            "stage": "冷库",
            "part": "批次份额",
            "lot": "(01)09520000000264(10)26GW-AIR1",
            "quantity": "1515",
            "unit": "公斤天",
        },
        *(
            {
                "close": "J-02",
                "date": "2026-08-01",
                "first_date": "2025-08-01",
                "last_date": "2026-07-31",
                "actor": "coop",
                "facility": "orchard",
                "stage": "果园",
                **row,
            }
            for row in (
                {"part": "合计", "slot": "用电", "quantity": "1100", "unit": "度", "evidence": "电表"},
                {
                    "part": "合计",
                    "season": "2025",
                    "slot": "用电",
                    "quantity": "1000",
                    "unit": "度",
                    "evidence": "电表",
                },
                {"part": "产季产量", "season": "2025", "quantity": "3000", "unit": "公斤", "evidence": "磅单"},
                {"part": "批次份额", "lot": "p:91BGH5VVASFQEG1K", "quantity": "9000", "unit": "公斤"},
            )
        ),
    ),
)
