"""Cut roses, from greenhouse to shelf: `rose@1`."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from passport.methodologies.lychee_fresh_v2 import METHODOLOGY as FRESH
from passport.recipes import rose_v1

METHODOLOGY: Final = replace(
    FRESH,
    code="rose@1",
    title="Partial footprint of cut roses, cradle to gate and cradle to delivered",
    allocation="by value at grading, in a cold store by mass and days, otherwise by mass",
    recipes={**FRESH.recipes, **rose_v1.RECIPES},
    fills=(),
    required={"rose": ("greenhouse", "packing")},
    policy=replace(
        FRESH.policy,
        code="2-rose",
        mandatory={**FRESH.policy.mandatory, "greenhouse": ("electricity", "urea", "pesticide")},
    ),
)
