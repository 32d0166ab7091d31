"""Carry by sea: by distance, box and whole cargo; on a ship known by tonne-kilometres, the plug on board apart."""

from __future__ import annotations

from ledger.book.stage import REFRIGERANTS, Slot, StageType

STAGE = StageType(
    code="sea",
    order=90,
    slots=(Slot("work", "teu_km"), Slot("plug_hours", "h"), Slot("plug_energy", "kWh"), *REFRIGERANTS),
)
