"""Pre-cool: take the field heat out."""

from __future__ import annotations

from ledger.book.stage import Slot, StageType

STAGE = StageType(code="precooling", order=20, slots=(Slot("electricity", "kWh", mandatory=True),))
