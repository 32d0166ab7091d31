"""Read withdrawals from a store: how many kilograms go to whom. The lots that came in first go first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ledger.ids import is_gtin
from web.imports.base import Draft, Withdrawal
from web.imports.parts import evidence, lot_rows, note
from web.imports.row import Column, Row
from web.imports.rows import FileKind
from web.imports.stock import SCHEME
from web.imports.vocabulary import (
    ACTOR,
    AUDIENCE,
    AUDIENCE_COLUMN,
    DATE,
    EVIDENCE_COLUMN,
    FACILITY,
    LOT,
    NOTE,
    OFFSET,
)


def _build(rows: Sequence[Row]) -> Iterable[Draft]:
    first = rows[0]
    lots = {lot for row in rows if (lot := row.lot(required=False))}
    product = first.text("gtin", required=not any(row.filled("lot") for row in rows))
    if product and not is_gtin(product):
        first.fail("gtin-malformed", "gtin")
    amount = first.amount("mass", "kg", unit="")
    for row in rows[1:]:
        if row.filled("mass"):
            row.fail("group-uneven", "mass")
    if amount is None:
        return
    if not amount.value:
        first.fail("value-missing", "mass")
    yield Draft(
        actor=first.text("actor", required=True),
        facility=first.text("facility"),
        kind="ship",
        stage="",
        data={"to": first.text("counterpart", required=True)},
        lots=tuple(sorted(lots)),
        items=(("identifier", {"scheme": SCHEME, "value": first.text("slip", required=True)}), *note(first)),
        event_time=first.moment("date"),
        source=first.source,
        lot_rows=lot_rows(rows),
        withdraws=Withdrawal(
            slip=first.text("slip", required=True),
            kg=amount.quantity,
            product=product,
            taken=first.lot("taken", required=False),
            rest=first.lot("rest", required=False),
            evidence=evidence(first, "scale_ticket"),
            audience=first.choice("audience", AUDIENCE, required=False),
        ),
    )


IMPORT: Final = FileKind(
    code="withdrawals",
    title_zh="出库单（先进先出）",
    title_en="Withdrawals from a store, first in, first out",
    columns=(
        Column("slip", "出库单号", "withdrawal", ("withdrawal number",), required=True, spread=True),
        DATE,
        ACTOR,
        Column("counterpart", "对方", "counterpart", ("提货方",), spread=True),
        FACILITY,
        Column("gtin", "GTIN", "GTIN-14", ("产品",)),
        LOT,
        Column("mass", "出库重量(公斤)", "withdrawn (kg)", ("出库重量", "withdrawn"), required=True),
        Column("taken", "出库批次", "lot withdrawn"),
        Column("rest", "剩余批次", "lot left"),
        EVIDENCE_COLUMN,
        NOTE,
        AUDIENCE_COLUMN,
        OFFSET,
    ),
    build=_build,
    group="slip",
    shared=("actor", "counterpart", "date", "facility"),
    examples=(
        {
            "slip": "C-01",
            "date": "2026-06-26 09:00",
            "actor": "coop",
            "counterpart": "sha",
            "facility": "coldroom",
            "gtin": "09520000000264",
            "mass": "1200",
            "evidence": "磅单",
        },
        {
            "slip": "C-02",
            "date": "2026-06-26 10:00",
            "actor": "coop",
            "counterpart": "sha",
            "lot": "(01)09520000000264(10)26GW-SHA1",
            "mass": "700",
            "evidence": "磅单",
        },
        {
            "slip": "C-02",
            "date": "2026-06-26 10:00",
            "actor": "coop",
            "counterpart": "sha",
            "lot": "(01)09520000000264(10)26GW-AIR1",
        },
    ),
)
