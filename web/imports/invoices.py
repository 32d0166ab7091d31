"""Read invoices of suppliers of whom only the money is known; they become input-output defaults."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from iocore.units import format_decimal, parse_decimal
from ledger.ids import is_actor_id
from web.imports.base import Draft
from web.imports.parts import ItemDraft, audience, lots_and_masses, note, slot_of
from web.imports.row import Choices, Column, Row
from web.imports.rows import FileKind
from web.imports.vocabulary import (
    ACTOR,
    AUDIENCE_COLUMN,
    DATE,
    FACILITY,
    LOT,
    NET_MASS,
    NOTE,
    OFFSET,
    stages_named,
)

_CURRENCY: Final[Choices] = {"CNY": ("人民币", "CNY", "元"), "USD": ("美元", "USD"), "EUR": ("欧元", "EUR")}
_SECTOR: Final = re.compile(r"[a-z0-9-]+:[0-9A-Za-z.]+")


def _build(rows: Sequence[Row]) -> Iterable[Draft]:
    first = rows[0]
    stage = first.choice("stage", stages_named())
    lots, masses = lots_and_masses(rows, "scale_ticket") if any(row.filled("lot") for row in rows) else ((), [])
    yield Draft(
        actor=first.text("actor", required=True),
        facility=first.text("facility", required=True),
        kind="activity",
        stage=stage,
        data={"period": first.period("date", "date")},
        lots=lots,
        items=(*_expense(first, stage), *(masses if len(lots) > 1 else ()), *_supplier(first), *note(first)),
        event_time=first.moment("date"),
        source=first.source,
    )


def _expense(row: Row, stage: str) -> list[ItemDraft]:
    slot = slot_of(row, stage)
    amount, rate = row.number("amount"), _rate(row, "vat")
    currency = row.choice("currency", _CURRENCY)
    moment = row.moment("date")
    sector = row.text("sector", required=True)
    if sector and not _SECTOR.fullmatch(sector):
        row.fail("choice-unknown", "sector", known="cn-io-2017:10, us-epa-2021:322211.PUR")
    value: dict[str, Any] = {
        "slot": slot,
        "amount": amount,
        "currency": currency,
        "vat": rate,
        "year": moment[:4],
        "sector": sector,
        "evidence": "invoice",
        **_margin(row),
        **audience(row),
    }
    return [("expense", value)] if all((slot, amount, currency, rate, moment)) else []


def _rate(row: Row, column: str) -> str:
    text = row.text(column, required=True)
    if text.endswith("%"):
        row.cells = {**row.cells, column: text[:-1]}
        rate = row.number(column)
        return format_decimal(parse_decimal(rate).scaleb(-2)) if rate else ""
    rate = row.number(column, required=False)
    if rate and parse_decimal(rate) >= 1:
        row.fail("number-malformed", column)
        return ""
    return rate


def _margin(row: Row) -> dict[str, str]:
    """Read the part of the price that is trade and delivery, where the invoice states it."""
    if not row.filled("margin"):
        return {}
    rate = _rate(row, "margin")
    return {"margin": rate} if rate else {}


def _supplier(row: Row) -> list[ItemDraft]:
    """Name the supplier; the id of one who keeps a book here tells an account that the money stays inside it."""
    name = row.text("supplier")
    if is_actor_id(name):
        return [("identifier", {"scheme": "supplier", "value": name})]
    return [("contact", {"text": name})] if name else []


IMPORT: Final = FileKind(
    code="invoices",
    title_zh="发票（只知金额的供应商）",
    title_en="Invoices (suppliers known only by amount)",
    columns=(
        Column("invoice", "发票号", "invoice", required=True, spread=True),
        DATE,
        ACTOR,
        Column("supplier", "供应商", "supplier", spread=True),
        FACILITY,
        Column("stage", "环节", "stage", required=True, spread=True),
        Column("slot", "品名", "input", ("item",), required=True),
        Column("amount", "价税合计", "amount incl. VAT", required=True),
        Column("currency", "币种", "currency", required=True),
        Column("vat", "税率", "VAT rate", required=True),
        Column("margin", "流通费率", "trade and delivery margin"),
        Column("sector", "投入产出部门", "IO sector", required=True),
        LOT,
        NET_MASS,
        NOTE,
        AUDIENCE_COLUMN,
        OFFSET,
    ),
    words=(_CURRENCY,),
    build=_build,
    group="invoice",
    shared=("date", "actor", "supplier", "facility", "stage", "slot", "amount"),
    examples=(
        {
            "invoice": "2644-0615",
            "date": "2026-06-15",
            "actor": "coop",
            "supplier": "（供应商名称）",
            "facility": "packhouse",
            "stage": "包装厂",
            "slot": "纸箱",
            "amount": "2945.50",
            "currency": "人民币",
            "vat": "13%",
            "margin": "6%",
            "sector": "cn-io-2017:10",
            "lot": "(01)09520000000264(10)26GW-SHA1",
            "mass": "4545",
        },
    ),
)
