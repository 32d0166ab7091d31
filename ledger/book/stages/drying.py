"""Dry: turn fresh fruit into dried fruit, by electricity, fuel, wood or the sun."""

from __future__ import annotations

from ledger.book.stage import FUELS, Slot, StageType

STAGE = StageType(code="drying", order=40, slots=(Slot("electricity", "kWh", mandatory=True), *FUELS))
