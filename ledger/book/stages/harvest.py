"""Harvest: pick and carry to the edge of the plot."""

from __future__ import annotations

from ledger.book.stage import Slot, StageType

STAGE = StageType(
    code="harvest",
    order=15,
    slots=(Slot("electricity", "kWh"), Slot("diesel", "L"), Slot("gasoline", "L"), Slot("hdpe_crate", "kg")),
)
