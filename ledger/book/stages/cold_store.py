"""Store cold: a room that several lots share by mass and days."""

from __future__ import annotations

from ledger.book.stage import REFRIGERANTS, Slot, StageType

STAGE = StageType(
    code="cold_store",
    order=50,
    slots=(
        Slot("electricity", "kWh", mandatory=True),
        Slot("refrigerant_r404a", "kg", mandatory=True, main_gas="R404A", io_closable=False),
        *(slot for slot in REFRIGERANTS if slot.code != "refrigerant_r404a"),
        Slot("diesel", "L"),
        Slot("water", "m3"),
        Slot("loss", "kg", information=True),
    ),
    allocation="mass_days",
)
