"""Handle at the terminal of entry: moves and plugged-in hours."""

from __future__ import annotations

from ledger.book.stage import Slot, StageType

STAGE = StageType(
    code="import_terminal",
    order=110,
    slots=(
        Slot("moves", "move"),
        Slot("plug_hours", "h"),
        Slot("plug_energy", "kWh"),
        Slot("dwell", "h", information=True),
    ),
)
