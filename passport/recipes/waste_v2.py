"""What becomes of what was lost or pruned.

Sources: UK factors 2025 (landfill; for the other treatments the carriage to the plant only); IPCC 2006, volume 5,
tables 4.1, 5.3 and 5.6 (composting, digestion, incineration). Feed takes what it is worth out of the boundary and
brings nothing; carry it to the farm as a leg of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from passport.methodology import AMOUNT, Emission, Factor, times
from passport.recipes.basics import PER_GIGAGRAM, PER_THOUSAND, PER_TONNE, per_tonne, practice

RECIPES: Final[Mapping[tuple[str, str], tuple[Emission, ...]]] = {
    ("*", "waste_compost"): (
        *per_tonne("EOL.FOOD-COMPOST"),
        Emission("biogenic_non_co2", times(AMOUNT, Factor("EOL.COMPOST-CH4"), PER_THOUSAND), gas="CH4-biogenic"),
        Emission("biogenic_non_co2", times(AMOUNT, Factor("EOL.COMPOST-N2O"), PER_THOUSAND), gas="N2O"),
    ),
    ("*", "waste_digestion"): (
        *per_tonne("EOL.FOOD-AD"),
        Emission("biogenic_non_co2", times(AMOUNT, practice("EOL.DIGEST-CH4"), PER_THOUSAND), gas="CH4-biogenic"),
    ),
    ("*", "waste_incineration"): (
        *per_tonne("EOL.FOOD-INC"),
        Emission("biogenic_non_co2", times(AMOUNT, practice("EOL.INCIN-CH4"), PER_GIGAGRAM), gas="CH4-biogenic"),
        Emission("biogenic_non_co2", times(AMOUNT, PER_TONNE, practice("EOL.INCIN-N2O"), PER_THOUSAND), gas="N2O"),
    ),
    ("*", "waste_feed"): (),
}
