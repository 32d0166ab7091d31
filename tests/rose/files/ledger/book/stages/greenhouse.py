"""Grow under glass: heat, light, feed and cut."""

from __future__ import annotations

from ledger.book.stage import FUELS, Slot, StageType

STAGE = StageType(
    code="greenhouse",
    order=11,
    slots=(
        Slot("electricity", "kWh", mandatory=True),
        Slot("urea", "kg", mandatory=True, main_gas="N2O", io_closable=False),
        Slot("npk", "kg", main_gas="N2O", io_closable=False),
        Slot("pesticide", "kg", mandatory=True),
        Slot("co2_enrichment", "kg"),
        Slot("substrate", "kg"),
        Slot("water", "m3"),
        *FUELS,
    ),
)
