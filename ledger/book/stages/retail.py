"""Sell: the chilled shelf."""

from __future__ import annotations

from ledger.book.stage import REFRIGERANTS, Slot, StageType

STAGE = StageType(
    code="retail",
    order=120,
    slots=(
        Slot("electricity", "kWh", mandatory=True),
        Slot("diesel", "L"),
        Slot("loss", "kg", information=True),
        *REFRIGERANTS,
    ),
)
