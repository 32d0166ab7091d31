"""Say how uncertain the leaves of a calculation are: items by their evidence, factors by what their source says.

Under a policy that judges fit, a factor is wider the further it is from what it stands for, in technology, place and
time, no fraction exceeds its whole, and heating values, indices and the like are known well where their source states
no spread. Fit is judged from the home of the method and the year of its policy and not
from an activity: a row is one source of error wherever it counts, so it has one spread.

Source: accounting after Weidema et al. 2013 (ecoinvent v3, table 10.5): the squared logarithms of spreads add up.
"""

from __future__ import annotations

from collections.abc import Mapping

from iocore.dqr import misfit
from iocore.factors import FactorRow
from iocore.quality import gsd_of, widened, within_whole
from ledger.book.item import Item
from passport.methodology import Methodology
from passport.quantities import Desk


def spreads_of(desk: Desk, rows: Mapping[str, FactorRow], items: Mapping[str, Item]) -> Mapping[str, str]:
    """Give the geometric standard deviation of factor rows and items by id or digest."""
    method = desk.bench.method
    found: dict[str, str] = {}
    for row_id, row in rows.items():
        spread = desk.spreads.get(row_id)
        if spread is None:
            spread = desk.spreads[row_id] = spread_of(row, method)
        found[row_id] = spread
    policy = method.policy
    for digest, item in items.items():
        found[digest] = policy.evidence_gsd.get(item.get("evidence"), policy.unstated_gsd)
    return found


def spread_of(row: FactorRow, method: Methodology) -> str:
    """Give the geometric standard deviation of a factor row under a method."""
    policy = method.policy
    known = next((gsd for name, gsd in policy.category_gsd if row.category == name or row.key.startswith(name)), None)
    stated = gsd_of(row, policy.confidence_gsd if known is None else dict.fromkeys("ABCD", known))
    if not policy.fit:
        return stated
    apart = misfit(row, home=method.home, year=policy.fit, timeless=policy.timeless)
    return within_whole(row, widened(stated, apart))
