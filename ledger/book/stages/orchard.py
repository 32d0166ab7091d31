"""Grow: everything a plot uses in a growing season.

Fertilisers are kilograms of the product, as it is in the bag; `nitrogen`, `nitrate_nitrogen`, `residue_nitrogen`,
`phosphate` and `potash` are kilograms of N, N, N, P2O5 and K2O. Pesticides by kind are kilograms of active ingredient.
Water lifted by an electric pump is reported as such where its electricity is not metered, and with the head in metres
and the efficiency of pump and motor. Land is converted in a year, and lost tonnes of CO2 per hectare. `inbound_work`
is the way of what was bought to the plot, where nobody stated the fuel for it.
"""

from __future__ import annotations

from typing import Final

from ledger.book.stage import Slot, StageType

NITROGEN: Final = (
    "nitrogen",
    "nitrate_nitrogen",
    "ammonium_nitrate",
    "ammonium_bicarbonate",
    "ammonium_chloride",
    "diammonium_phosphate",
    "monoammonium_phosphate",
    "manure_chicken",
    "manure_pig",
    "manure_cattle",
    "manure_sheep",
    "residue_nitrogen",
)
PHOSPHATE_AND_POTASH: Final = (
    "phosphate",
    "superphosphate",
    "fused_phosphate",
    "potash",
    "potassium_chloride",
    "potassium_sulfate",
)
LIME: Final = ("limestone", "dolomite", "quicklime")
PESTICIDES: Final = ("herbicide", "insecticide", "fungicide")

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
        Slot(
            "land_converted",
            "mu",
            mandatory=True,
            io_closable=False,
            zero_needs_document=True,
            needs=("converted", "lost"),
        ),
        Slot("irrigation_water", "m3"),
        Slot("pumped_water", "m3", needs=("head", "efficiency")),
        Slot("mulch_film", "kg"),
        Slot("inbound_work", "tkm"),
        *(Slot(code, "kg", main_gas="N2O", io_closable=False) for code in NITROGEN),
        *(Slot(code, "kg") for code in PHOSPHATE_AND_POTASH),
        *(Slot(code, "kg", io_closable=False) for code in LIME),
        *(Slot(code, "kg") for code in PESTICIDES),
        Slot("gasoline", "L"),
        Slot("lpg", "kg"),
        Slot("wood", "kg", main_gas="CH4", io_closable=False),
    ),
)
