"""Grow: everything a plot uses in a growing season."""

from __future__ import annotations

from ledger.book.stage import Slot, StageType

STAGE = StageType(
    code="orchard",
    order=10,
    slots=(
        Slot("urea", "kg", mandatory=True, main_gas="N2O", io_closable=False),
        Slot("npk", "kg", mandatory=True, main_gas="N2O", io_closable=False),
        Slot("organic_manure", "kg", mandatory=True, main_gas="N2O", io_closable=False),
        Slot("pesticide", "kg", mandatory=True),
        Slot("diesel", "L", mandatory=True),
        Slot("electricity", "kWh", mandatory=True),
        Slot("land_converted", "mu", mandatory=True, io_closable=False, zero_needs_document=True),
        Slot("irrigation_water", "m3"),
        Slot("mulch_film", "kg"),
    ),
)
