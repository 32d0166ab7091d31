"""Grade and pack: sort, box and ice."""

from __future__ import annotations

from ledger.book.stage import Slot, StageType

STAGE = StageType(
    code="packing",
    order=30,
    slots=(
        Slot("electricity", "kWh", mandatory=True),
        Slot("board", "kg", mandatory=True),
        Slot("foam_box", "kg"),
        Slot("film", "kg"),
        Slot("ice", "kg"),
        Slot("water", "m3"),
    ),
)
