"""Load published factors, collected from official announcements and literature, row by row with their source."""

from __future__ import annotations

from collections.abc import Mapping

from iocore.factors import FactorRow, FactorSet
from iocore.sources._base import Source, manifest, shipped_rows

FILE = "literature-2026-11.csv"

#: GWP set as the table writes it -> set named after `CO2e@`.
_GWP_SETS: Mapping[str, str] = {"AR4": "AR4", "AR5": "AR5", "AR5-type": "AR5", "AR6": "AR6", "AR6 (to confirm)": "AR6"}

#: Key segment -> what the factor covers.
_BOUNDARIES: Mapping[str, str] = {
    "TTW": "tank_to_wheel",
    "WTT": "well_to_tank",
    "WTW": "well_to_wheel",
    "MFG": "cradle_to_gate",
    "PRIM": "cradle_to_gate",
    "GRID-PCF": "life_cycle",
    "GRID-EMBER": "life_cycle",
    "GRID-AVG": "direct",
    "GRID-RESID": "direct",
    "GRID-FOSSIL": "direct",
}


def gas_of(basis: str, gwp_set: str) -> str:
    """Name the gas of a row; CO2e carries the GWP set it was made with, `unknown` if it is not told."""
    return f"CO2e@{_GWP_SETS.get(gwp_set, 'unknown')}" if basis == "CO2e" else basis


def load() -> FactorSet:
    """Load the shipped table."""
    rows = []
    for row in shipped_rows(FILE):
        segments = row["factor_id"].split(".")
        rows.append(
            FactorRow(
                key=row["factor_id"],
                value=row["value"],
                unit=row["unit"],
                gas=gas_of(row["gas_basis"], row["gwp_set"]),
                gwp_set=row["gwp_set"],
                region=row["region"],
                year=int(row["year"]),
                name_en=row["name_en"],
                name_zh=row["name_zh"],
                category=row["category"],
                source=row["source"],
                locator=row["source_locator"],
                licence=row["licence_note"],
                may_publish=True,
                confidence=row["confidence"],
                uncertainty=row["uncertainty_gsd_or_range"],
                notes=row["notes"],
                boundary=next((_BOUNDARIES[part] for part in segments if part in _BOUNDARIES), ""),
            )
        )
    about = manifest()[FILE]
    return FactorSet(
        source="literature",
        version="2026-11",
        title=about["title"],
        licence=about["licence"],
        may_publish=True,
        rows=tuple(rows),
        provenance=about,
    )


SOURCE = Source("literature", load)
