"""Load dated constants that turn what people record into what factors are stated for."""

from __future__ import annotations

from iocore.factors import FactorRow, FactorSet
from iocore.sources._base import Source, manifest, shipped_rows

FILE = "constants-2026-11.csv"


def load() -> FactorSet:
    """Load the shipped constants, written as canonical rows."""
    about = manifest()[FILE]
    return FactorSet(
        source="constants",
        version="2026-11",
        title=about["title"],
        licence=about["licence"],
        may_publish=True,
        rows=tuple(FactorRow.from_dict(row) for row in shipped_rows(FILE)),
        provenance=about,
    )


SOURCE = Source("constants", load)
