"""Carry by road: by fuel where it is known, else by distance and mass."""

from __future__ import annotations

from ledger.book.stage import REFRIGERANTS, Slot, StageType

STAGE = StageType(
    code="road",
    order=60,
    slots=(
        Slot("diesel", "L"),
        Slot("gasoline", "L"),
        Slot("lng", "kg"),
        Slot("natural_gas", "m3"),
        Slot("electricity", "kWh"),
        Slot("work", "tkm"),
        Slot("empty_return", "km", information=True),
        *REFRIGERANTS,
    ),
)
