"""Load values of practice that the first table of factors lacks: heating values, yields, contents and rates."""

from __future__ import annotations

from iocore.factors import FactorRow, FactorSet
from iocore.sources._base import Source, manifest, shipped_rows

FILE = "practice-2026-12.csv"


def load() -> FactorSet:
    """Load the shipped rows."""
    about = manifest()[FILE]
    return FactorSet(
        source="practice",
        version="2026-12",
        title=about["title"],
        licence=about["licence"],
        may_publish=True,
        rows=tuple(FactorRow.from_dict(row) for row in shipped_rows(FILE)),
        provenance=about,
    )


SOURCE = Source("practice", load)
