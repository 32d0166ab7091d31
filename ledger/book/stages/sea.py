"""Carry by sea in a reefer box: distance, box and whole cargo."""

from __future__ import annotations

from ledger.book.stage import Slot, StageType

STAGE = StageType(code="sea", order=90, slots=(Slot("work", "teu_km"),))
