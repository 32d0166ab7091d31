"""Handle at the terminal of entry: moves, plugged-in hours, the yard and inspection."""

from __future__ import annotations

from ledger.book.stage import Slot, StageType

STAGE = StageType(
    code="import_terminal",
    order=110,
    slots=(
        Slot("moves", "move"),
        Slot("plug_hours", "h"),
        Slot("plug_energy", "kWh"),
        Slot("yard_electricity", "kWh"),
        Slot("shore_power", "kWh"),
        Slot("diesel", "L"),
        Slot("inspection", "h", information=True),
        Slot("loss", "kg", information=True),
        Slot("dwell", "h", information=True),
    ),
)
