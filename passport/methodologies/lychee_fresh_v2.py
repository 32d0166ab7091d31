"""Lychee, fresh and dried, from orchard to shelf: `lychee-fresh@2`.

The recipes of `lychee-fresh@1` under another policy:
- A slot of a lot counts one estimate, wherever it is reported: in the process that made the lot, in what happened to
  it, in a pool that it shares. A default never counts beside a measured value for the same stage, slot, facility and
  time. Where an estimate cannot be entered, the next kind counts, in the order quantity, supplier, published value,
  input-output default, mean of the stage.
- Factors that do not fit a slot are refused: such as miss its main gas, contain what is counted elsewhere, or mix two
  sets of warming potentials or two editions of a guideline.
- What actors of one account sell each other never enters as an input-output default.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from passport.methodologies.lychee_fresh_v1 import METHODOLOGY as VERSION_1
from passport.policy import POLICY_2

METHODOLOGY: Final = replace(VERSION_1, code="lychee-fresh@2", policy=POLICY_2)
