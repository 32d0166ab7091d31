"""Carry by road: by fuel where it is known, else by distance and mass."""

from __future__ import annotations

from ledger.book.stage import Slot, StageType

STAGE = StageType(code="road", order=60, slots=(Slot("diesel", "L"), Slot("work", "tkm")))
