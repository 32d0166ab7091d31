"""Handle at the port of exit: moves over the quay, plugged-in hours, the ship's plug, the yard and dwell."""

from __future__ import annotations

from ledger.book.stage import Slot, StageType

STAGE = StageType(
    code="port",
    order=70,
    slots=(
        Slot("moves", "move", mandatory=True),
        Slot("plug_hours", "h", mandatory=True),
        Slot("plug_energy", "kWh"),
        Slot("yard_electricity", "kWh"),
        Slot("shore_power", "kWh"),
        Slot("diesel", "L"),
        Slot("dwell", "h", information=True),
    ),
)
