"""Make wine: ferment fruit, keep it, and bottle it."""

from __future__ import annotations

from ledger.book.stage import FUELS, Slot, StageType

STAGE = StageType(
    code="wine",
    order=42,
    slots=(
        Slot("electricity", "kWh", mandatory=True),
        Slot("fermented_sugar", "kg", mandatory=True, io_closable=False),
        Slot("sugar", "kg", mandatory=True),
        Slot("glass_bottle", "kg", mandatory=True, packaging=True),
        Slot("yeast", "kg"),
        Slot("cork", "kg", packaging=True),
        Slot("aluminium_cap", "kg", packaging=True),
        Slot("label", "kg", packaging=True),
        Slot("cleaning_agent", "kg"),
        Slot("board", "kg", packaging=True),
        Slot("film", "kg", packaging=True),
        Slot("water", "m3"),
        *FUELS,
    ),
)
