"""Lychee wine, from orchard to shelf: `lychee-wine@1`, the judgements of `lychee-fresh@2` and recipes for a winery.

The declared unit is one kilogram of wine without its bottle. Pomace that is sold shares by value; pomace that is thrown
away is waste and takes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from passport.methodologies.lychee_fresh_v2 import METHODOLOGY as FRESH
from passport.methodologies.lychee_fresh_v2 import SEASONS
from passport.recipes import wine_v1

METHODOLOGY: Final = replace(
    FRESH,
    code="lychee-wine@1",
    title="Partial footprint of lychee wine, cradle to gate and cradle to delivered",
    allocation=(
        "by value at grading and between wine and pomace (three-season mean prices), "
        "in a cold store by mass and days, otherwise by mass" + SEASONS
    ),
    recipes={**FRESH.recipes, **wine_v1.RECIPES},
    required={"wine": ("orchard", "wine")},
    policy=replace(
        FRESH.policy,
        code="2-wine",
        mandatory={
            **FRESH.policy.mandatory,
            "wine": ("electricity", "fermented_sugar", "sugar", "glass_bottle"),
        },
    ),
)
