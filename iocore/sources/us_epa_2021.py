"""Load US EPA's supply chain emission factors for 2021: the shipped selection, or the whole published CSV.

Both figures of a commodity are kg CO2e (AR4) per 2021 USD in purchaser's price: `<NAICS>.PRO` counts emissions up
to the producer's gate (without margins), `<NAICS>.PUR` those of transport, wholesale and retail as well (with margins).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from iocore.errors import IOCoreError, MalformedTable
from iocore.factors import FactorRow, FactorSet
from iocore.sources._base import Source, csv_rows, manifest, read_file, shipped_rows

FILE = "us-epa-2021-1.2.csv"

#: Columns of the published CSV -> columns of ours.
_COLUMNS: Mapping[str, str] = {
    "NAICS Code 2017": "naics",
    "NAICS Title 2017": "title_en",
    "Supply Chain Emission Factors without Margins": "without_margins",
    "Supply Chain Emission Factors with Margins": "with_margins",
    "Reference USEEIO Code": "useeio_code",
}
_GHG, _UNIT = "All GHGs", "kg CO2e/2021 USD, purchaser price"

_KINDS = (
    ("PRO", "without_margins", "cradle_to_gate", "without margins"),
    ("PUR", "with_margins", "cradle_to_shelf", "with margins"),
)


def load() -> FactorSet:
    """Load the shipped selection: what a lychee chain buys."""
    return _factor_set(shipped_rows(FILE), version="1.2", provenance=manifest()[FILE])


def import_csv(path: str | Path) -> FactorSet:
    """Read the whole published CSV (CO2e, per 2021 USD) as a set of its own version.

    Raises:
        MalformedTable: the file cannot be read, lacks a column, or a row is in another gas or unit.
    """
    content = read_file(path)
    rows = []
    published = csv_rows(content, name=str(path), required=(*_COLUMNS, "GHG", "Unit"))
    for number, row in enumerate(published, start=2):
        if row["GHG"] != _GHG or row["Unit"] != _UNIT:
            raise MalformedTable("the row is in another gas or unit", row=number, gas=row["GHG"], unit=row["Unit"])
        rows.append({ours: row[theirs].strip() for theirs, ours in _COLUMNS.items()})
    about = {**manifest()[FILE], "sha256": hashlib.sha256(content).hexdigest(), "rows": str(len(rows))}
    return _factor_set(rows, version="1.2-full", provenance=about)


def _factor_set(rows: list[dict[str, str]], *, version: str, provenance: Mapping[str, str]) -> FactorSet:
    """Turn commodities into two rows each."""
    about = manifest()[FILE]
    return FactorSet(
        source="us-epa-2021",
        version=version,
        title=about["title"] if version == "1.2" else "US supply chain GHG emission factors v1.2, all commodities",
        licence=about["licence"],
        may_publish=True,
        rows=tuple(_factor_rows(rows, about)),
        provenance=provenance,
    )


def _factor_rows(rows: list[dict[str, str]], about: Mapping[str, str]) -> Iterator[FactorRow]:
    for number, row in enumerate(rows, start=2):
        for suffix, column, boundary, words in _KINDS:
            try:
                yield FactorRow(
                    key=f"{row['naics']}.{suffix}",
                    value=row[column],
                    unit="kg/USD",
                    gas="CO2e@AR4",
                    gwp_set="AR4",
                    region="US",
                    year=2021,
                    name_en=row["title_en"],
                    name_zh=row.get("title_zh", ""),
                    category="input_output",
                    source=about["source"],
                    locator=f"NAICS {row['naics']} (USEEIO {row['useeio_code']}), {words}",
                    licence=about["licence"],
                    confidence="D",
                    uncertainty="GSD 2.0 (assumed)",
                    notes="per 2021 USD, purchaser price; US sector average as proxy elsewhere",
                    boundary=boundary,
                )
            except IOCoreError as error:
                raise MalformedTable("a row cannot be read", row=number, column=column, reason=error.message) from error


SOURCE = Source("us-epa-2021", load)
