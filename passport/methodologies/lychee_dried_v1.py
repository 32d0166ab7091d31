"""Dried lychee, from orchard to shelf: `lychee-dried@1`, the recipes and judgements of `lychee-fresh@2`.

Water that leaves the fruit is no co-product and takes nothing along. Sorted-out fruit that is sold shares by value.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from passport.methodologies.lychee_fresh_v2 import METHODOLOGY as FRESH
from passport.methodologies.lychee_fresh_v2 import SEASONS

METHODOLOGY: Final = replace(
    FRESH,
    code="lychee-dried@1",
    title="Partial footprint of dried lychee, cradle to gate and cradle to delivered",
    allocation=(
        "by value at grading (three-season mean prices), nothing to the water that leaves in drying, "
        "in a cold store by mass and days, otherwise by mass" + SEASONS
    ),
    required={"dried": ("orchard", "packing", "drying")},
)
