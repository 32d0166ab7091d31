"""Map one classification onto another with explicit weights that sum to one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from iocore.errors import MalformedTable

#: Sectors of the inventory that belong to households, never to a producing sector.
HOUSEHOLD = "household"

_RULES = ("all", "split", HOUSEHOLD)


@dataclass(frozen=True, slots=True, eq=False)
class Concordance:
    """Hold weights from source sectors to target sectors; every row sums to one.

    `weights`: (sources, targets) float64. `households` names source sectors that map to no producer.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    weights: NDArray[np.float64]
    households: tuple[str, ...]

    def spread(self, values: Mapping[str, float]) -> NDArray[np.float64]:
        """Hand the values of the source sectors to the target sectors, (targets,) in the unit of the values.

        Raises:
            MalformedTable: a source sector has no value, or there are values of unknown sectors.
        """
        known = {*self.sources, *self.households}
        if set(values) != known:
            raise MalformedTable(
                "sectors differ from the concordance",
                missing=sorted(known - set(values)),
                extra=sorted(set(values) - known),
            )
        vector = np.array([values[name] for name in self.sources], dtype=np.float64)
        return np.asarray(vector @ self.weights, dtype=np.float64)


def build(rows: Sequence[Mapping[str, str]], targets: Sequence[str], key: Mapping[str, float]) -> Concordance:
    """Build a concordance from rows with the columns `inventory_sector`, `io42_2017` and `rule`.

    Args:
        rows: rule `all` names one target, `split` several joined by `|`, `household` none.
        targets: target sectors in order.
        key: what split sectors are shared by (gross output, say).

    Raises:
        MalformedTable: an unknown rule or target, a repeated source, or a split over a key of zero.
    """
    position = {target: index for index, target in enumerate(targets)}
    sources: list[str] = []
    households: list[str] = []
    weights: list[NDArray[np.float64]] = []
    for number, row in enumerate(rows, start=1):
        source, rule, into = row["inventory_sector"].strip(), row["rule"], row["io42_2017"].split("|")
        if source in sources or source in households or rule not in _RULES:
            raise MalformedTable("a sector is repeated or its rule is unknown", row=number, sector=source, rule=rule)
        if rule == HOUSEHOLD:
            households.append(source)
            continue
        if not set(into) <= set(position) or (rule == "all" and len(into) != 1):
            raise MalformedTable("the targets of a sector cannot be used", row=number, sector=source, targets=into)
        shares = np.zeros(len(targets))
        shares[[position[target] for target in into]] = [key[target] for target in into] if rule == "split" else 1.0
        if not shares.sum() > 0:
            raise MalformedTable("a sector is split by a key of zero", row=number, sector=source)
        sources.append(source)
        weights.append(shares / shares.sum())
    return Concordance(tuple(sources), tuple(targets), np.array(weights), tuple(households))
