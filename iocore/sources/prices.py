"""Load price indices and exchange rates that move money between years and currencies."""

from __future__ import annotations

from iocore.factors import FactorRow, FactorSet
from iocore.sources._base import Source, manifest, shipped_rows

FILE = "prices-2026-11.csv"


def load() -> FactorSet:
    """Load the shipped series; a key reads `<series>.<year>`, such as `PPI.CN.2018`."""
    about = manifest()[FILE]
    rows = tuple(
        FactorRow(
            key=f"{row['series_id']}.{row['year']}",
            value=row["value"],
            unit=row["unit"],
            gas="n/a",
            region=row["region"],
            year=int(row["year"]),
            name_en=row["what"],
            category="price",
            source=row["source"],
            licence=about["licence"],
            confidence=row["confidence"],
            notes=row["notes"],
        )
        for row in shipped_rows(FILE)
    )
    return FactorSet(
        source="prices",
        version="2026-11",
        title=about["title"],
        licence=about["licence"],
        may_publish=True,
        rows=rows,
        provenance=about,
    )


SOURCE = Source("prices", load)
