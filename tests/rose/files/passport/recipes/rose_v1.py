"""What a greenhouse uses beside the heat, power and boxes that every stage shares.

Fertilisers take the recipes of an orchard: real rows of the shipped sets, made for fields, so that the
nitrous oxide of a rose in substrate is a stand-in. Substrate has no published value there: money may stand for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from passport.methodology import AMOUNT, Emission, Factor, times
from passport.recipes import farm_v2

RECIPES: Final[Mapping[tuple[str, str], tuple[Emission, ...]]] = {
    **{("greenhouse", slot): farm_v2.RECIPES["orchard", slot] for slot in ("urea", "npk")},
    ("greenhouse", "pesticide"): (Emission("fossil", times(AMOUNT, Factor("AGROCHEM.PESTICIDE.MFG"))),),
    ("greenhouse", "co2_enrichment"): (Emission("fossil", AMOUNT, gas="CO2", primary=True),),
}
