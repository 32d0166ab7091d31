"""Carry by rail: by fuel or electricity where it is known, else by distance and mass."""

from __future__ import annotations

from ledger.book.stage import REFRIGERANTS, Slot, StageType

STAGE = StageType(
    code="rail",
    order=65,
    slots=(Slot("electricity", "kWh"), Slot("diesel", "L"), Slot("work", "tkm"), *REFRIGERANTS),
)
