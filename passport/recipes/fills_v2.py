"""What stands, marked as an estimate, where a lot went through a stage and no bill came yet.

Only published values fill: no mean is known for packing, drying, a season of an orchard, a shelf, or for the leakage
of a room whose charge nobody states; those stay missing and are named.
"""

from __future__ import annotations

from typing import Final

from passport.methodology import AMOUNT, Factor, Fill, times
from passport.recipes.basics import PER_TONNE

FILLS: Final = (
    Fill(
        "cold_store",
        "electricity",
        times(AMOUNT, PER_TONNE, Factor("COLD.COOL-PRODUCE")),
        "energy per tonne of cooling and short storage of produce",
        within="precooling",
    ),
    Fill("port", "moves", AMOUNT, "one passage of the box over the quay", per="box"),
    Fill("import_terminal", "moves", AMOUNT, "one passage of the box over the quay", per="box"),
)
