"""Store cold: a room that several lots share by mass and days."""

from __future__ import annotations

from ledger.book.stage import Slot, StageType

STAGE = StageType(
    code="cold_store",
    order=50,
    slots=(
        Slot("electricity", "kWh", mandatory=True),
        Slot("refrigerant_r404a", "kg", mandatory=True, main_gas="R404A", io_closable=False),
    ),
    allocation="mass_days",
)
