"""Bound what a figure can shift because its source kept less than gases: another GWP set, or CO2 alone.

A factor that exists as CO2e under another set may hold any mix of the gases that its process can emit, so the largest
relative change of a single gas bounds the change of the mix. What a CO2-only factor leaves out is bounded where the
shipped table says so, and otherwise not at all.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from iocore.dqr import policy_table

#: What a factor may cover without holding any fluorinated gas: fuels, driving and power.
COMBUSTION_BOUNDARIES: Final = frozenset({"tank_to_wheel", "well_to_tank", "well_to_wheel", "life_cycle"})


def gwp_shift(old: str, new: str, *, combustion: bool) -> Fraction | None:
    """Give the largest relative change of CO2e when its gases are characterised anew, or None where it has no bound.

    Args:
        old: set that the figure was made with; one that is not named counts as the worst of the known ones.
        new: set that it would be moved to.
        combustion: only gases of burning and driving can be inside.
    """
    table = policy_table("gwp100")
    sets = {key.partition(":")[0] for key in table}
    if new not in sets:
        return None
    gases = [key.partition(":")[2] for key in table if key.startswith(f"{new}:")]
    if combustion:
        gases = [gas for gas in gases if gas in policy_table("combustion")]
    return max(
        abs(Fraction(table[f"{new}:{gas}"]) / Fraction(table[f"{one}:{gas}"]) - 1)
        for one in ({old} if old in sets else sets - {new})
        for gas in gases
    )


def co2_only_shift(slot: str) -> Fraction | None:
    """Give what the other gases of a slot can add to its CO2 at most, or None where that has no bound."""
    bound = policy_table("co2_only").get(slot)
    return None if bound is None else Fraction(bound)
