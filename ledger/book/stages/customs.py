"""Clear customs: hours on the plug while waiting, and the moves of an inspection."""

from __future__ import annotations

from ledger.book.stage import Slot, StageType

STAGE = StageType(
    code="customs",
    order=80,
    slots=(
        Slot("plug_hours", "h"),
        Slot("plug_energy", "kWh"),
        Slot("moves", "move"),
        Slot("inspection", "h", information=True),
    ),
)
