"""Dry: turn fresh fruit into dried fruit."""

from __future__ import annotations

from ledger.book.stage import Slot, StageType

STAGE = StageType(code="drying", order=40, slots=(Slot("electricity", "kWh", mandatory=True),))
