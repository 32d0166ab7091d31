"""Pre-cool: take the field heat out, by air, water or ice."""

from __future__ import annotations

from ledger.book.stage import REFRIGERANTS, Slot, StageType

STAGE = StageType(
    code="precooling",
    order=20,
    slots=(
        Slot("electricity", "kWh", mandatory=True),
        Slot("diesel", "L"),
        Slot("water", "m3"),
        Slot("ice", "kg"),
        *REFRIGERANTS,
    ),
)
