"""Carry by air: distance and mass; the forcing beyond CO2 is computed apart."""

from __future__ import annotations

from ledger.book.stage import Slot, StageType

STAGE = StageType(code="air", order=100, slots=(Slot("work", "tkm"),))
