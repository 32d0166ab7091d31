"""Making wine, beside the heat, power, water and boxes that every stage shares.

Sources: the rows of the factor sets; the stoichiometry of alcoholic fermentation, C6H12O6 -> 2 C2H5OH + 2 CO2.

Choices that a reader may want to know:
- Fermentation gives back carbon that fruit or sugar took from the air: its CO2 is biogenic and stands apart, beside
  as much that was taken up before, unless the carbon of the fruit is booked, which holds its sugar. Added sugar is then
  given off and not taken up, which only makes the second line higher. The slot takes the sugar that was fermented, as
  glucose and fructose: added sucrose counts 1.053 times its mass.
- Bottles are new glass and caps new aluminium, whatever share of scrap they hold; washed bottles that are used again
  are not weighed again.
- Sugar, yeast, corks and cleaning agents have no published value in the factor sets: a quantity is refused and shown
  as missing, money may stand for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from passport.methodology import AMOUNT, Constant, Emission, times
from passport.recipes.basics import PER_TONNE, per_tonne, practice

MOLAR_FERMENTATION: Final = Constant("88/180", "molar mass of two CO2 over that of glucose, which ferments to them")

RECIPES: Final[Mapping[tuple[str, str], tuple[Emission, ...]]] = {
    ("wine", "fermented_sugar"): (Emission("biogenic_co2", times(AMOUNT, MOLAR_FERMENTATION), gas="CO2"),),
    ("wine", "glass_bottle"): (Emission("fossil", times(AMOUNT, PER_TONNE, practice("PKG.GLASS.PRIM"))),),
    ("wine", "aluminium_cap"): (Emission("fossil", times(AMOUNT, PER_TONNE, practice("PKG.ALU.PRIM"))),),
    ("wine", "label"): per_tonne("PKG.PAPER.PRIM"),
}
