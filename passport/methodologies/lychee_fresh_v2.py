"""Lychee, fresh and dried, from orchard to shelf: `lychee-fresh@2`.

The boundary of `lychee-fresh@1`, with recipes of its own and another policy:
- A slot of a lot counts one estimate, wherever it is reported: in the process that made the lot, in what happened to
  it, in a pool that it shares. A default never counts beside a measured value for the same stage, slot, facility and
  time. Where an estimate cannot be entered, the next kind counts, in the order quantity, supplier, published value,
  input-output default, mean of the stage.
- Factors that do not fit a slot are refused: such as miss its main gas, contain what is counted elsewhere, or mix two
  sets of warming potentials or two editions of a guideline.
- The lots of an orchard whose close restates earlier seasons carry a mean over up to three, and a part of what was used
  before the first yield; lychee bears every other year. That mean is the headline; the season alone stands beside it.
- Where a lot went through a cold room or a port and no bill came yet, a published mean fills the slot, marked as such.
- Fertilisers, manures, lime and pesticides are counted by kind, soil nitrogen by the climate of the facility and always
  by the rows of one edition.
- Power that a certificate or the meter of own panels names is named once, and takes the life-cycle factor of
  photovoltaics; a ship's plug beyond its certificates takes the residual mix of the grid. No life cycle of a residual
  mix is published for China, only the CO2 of its power plants: it is flagged as CO2 alone, and where it lies below the
  life cycle of all power of the grid that counts, so that no certificate makes the power beyond it lighter.
- The interval takes a factor for the less certain the further it is from what it stands for, and no fraction for more
  than its whole.
- A leg goes by the mass with packaging and ice where it states that, which `lychee-fresh@1` does not read.
- What actors of one account sell each other never enters as an input-output default.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from passport.methodologies.lychee_fresh_v1 import METHODOLOGY as VERSION_1
from passport.policy import POLICY_2
from passport.recipes import chain_v2, farm_v2, fills_v2, waste_v2
from passport.recipes.basics import CERTIFIED_POWER, RESIDUAL_POWER

#: Gases beside those of `lychee-fresh@1`.
GWPS_2: Final = {
    "CH4-biogenic": "GWP100.CH4-NONFOSSIL.AR6",
    "R134A": "GWP100.HFC-134a.AR6",
    "R22": "GWP100.HCFC-22.AR6",
    "R32": "GWP100.HFC-32.AR6",
    "R407C": "GWP100.R407C.AR6",
    "R410A": "GWP100.R410A.AR6",
    "R507A": "GWP100.R507A.AR6",
}

#: What the allocation of every method says that averages the seasons of an orchard.
SEASONS: Final = "; what an orchard used is the mean of up to three seasons, by yield, where its close restates them"

METHODOLOGY: Final = replace(
    VERSION_1,
    code="lychee-fresh@2",
    allocation=VERSION_1.allocation + SEASONS,
    policy=POLICY_2,
    gwps={**VERSION_1.gwps, **GWPS_2},
    recipes={**VERSION_1.recipes, **farm_v2.RECIPES, **chain_v2.RECIPES, **waste_v2.RECIPES},
    fills=(*VERSION_1.fills, *fills_v2.FILLS),
    vessels=chain_v2.VESSELS,
    beyond={"shore_power": RESIDUAL_POWER},
    certified=CERTIFIED_POWER,
    sets={**VERSION_1.sets, "practice": "2026-12"},
)
