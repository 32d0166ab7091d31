"""Load China's 2017 input-output default factors, and compute them again from the two published files.

Domestic flows of the 2017 national table and the national CO2 inventory of 2017 give total requirement
multipliers: kg CO2 per CNY of domestic final demand at producers' prices. CO2 only: no CH4, no N2O, no imports.
"""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iocore.errors import MalformedTable, NonFinite
from iocore.factors import FactorRow, FactorSet
from iocore.sources._base import Source, csv_rows, manifest, read_file, shipped_rows

if TYPE_CHECKING:
    from iocore.concordance import Concordance
    from iocore.tables import IOTable

FILE = "cn-io-2017-1.csv"
CONCORDANCE_FILE = "ceads_inventory47_to_io42.csv"

#: SHA-256 of the table: the gzip file as passed on, and the CSV inside it.
TABLE_SHA256 = (
    "0b1d32792d3bfc6a915095731475184e620d473ef4bb8719b9eb0a3b9b651271",
    "9cd38e0813d44db553c910694167bf490d232789d9efb80d9c78b88dfee6ef94",
)
INVENTORY_SHA256 = ("a2b3963410307e9ee4ad50be309925483aa82a89291894231739617cf7c45ef7",)
INVENTORY_SHEET = "2017"

SECTORS: tuple[str, ...] = tuple(f"{number:02d}" for number in range(1, 43))
_FINAL_USES = ("TC", "FU201", "FU202", "EX")

#: Mt CO2 over 10 000 CNY, in kg over CNY.
_KG_PER_MT = 1e9
_CNY_PER_UNIT = 1e4


@dataclass(frozen=True, slots=True)
class Recomputed:
    """Compare one shipped multiplier with the one computed from the published files.

    `verdict`: `same`, `within_rounding` (one unit of the ninth digit) or `different`.
    """

    key: str
    shipped: str
    computed: str
    verdict: str


def load() -> FactorSet:
    """Load the shipped multipliers; the key is the sector code, `01` to `42`."""
    about = manifest()[FILE]
    rows = tuple(
        FactorRow(
            key=row["sector"],
            value=row["value"],
            unit="kg/CNY",
            gas="CO2",
            region="CN",
            year=2017,
            name_en=row["name_en"],
            name_zh=row["name_zh"],
            category="input_output",
            source=about["source"],
            locator=f"sector {row['sector']} of 42, total requirement multiplier, domestic flows",
            licence=about["licence"],
            confidence="D",
            uncertainty="GSD 2.0 (assumed)",
            notes="CO2 only; per CNY of 2017 at producers' prices; sector average",
            boundary="domestic",
        )
        for row in shipped_rows(FILE)
    )
    return FactorSet(
        source="cn-io-2017",
        version="1",
        title=about["title"],
        licence=about["licence"],
        may_publish=True,
        rows=rows,
        provenance=about,
    )


def recompute(table_path: str | Path, inventory_path: str | Path) -> list[Recomputed]:
    """Compute the multipliers from the two published files and compare them with the shipped ones.

    Args:
        table_path: national input-output table 2017, 42 sectors, domestic and imported apart (CSV, gzip or plain).
        inventory_path: national CO2 inventory by sector, 1997-2019 (XLSX).

    Raises:
        MalformedTable: a file cannot be read or is not the published one (its SHA-256 differs).
    """
    computed = compute(
        read_table(_published(table_path, TABLE_SHA256)),
        read_inventory(_published(inventory_path, INVENTORY_SHA256)),
    )
    shipped = load()
    return [
        Recomputed(key, shipped.row(key).value, value, _compare(shipped.row(key).value, value))
        for key, value in computed.items()
    ]


def compute(table: IOTable, inventory: Mapping[str, float]) -> dict[str, str]:
    """Return kg CO2 per CNY by sector, nine significant digits with their zeros.

    Args:
        table: domestic flows in 10 000 CNY.
        inventory: Mt CO2 by inventory sector.
    """
    from iocore.leontief import multipliers

    emissions = sector_mapping(table).spread(inventory) * _KG_PER_MT
    result = multipliers(table.Z * _CNY_PER_UNIT, table.x * _CNY_PER_UNIT, emissions[None, :])
    return {sector: nine_digits(float(value)) for sector, value in zip(table.sectors, result.M[0], strict=True)}


def sector_mapping(table: IOTable) -> Concordance:
    """Return the mapping of 47 inventory sectors to 42 table sectors, split sectors by gross output."""
    from iocore.concordance import build

    key = {sector: float(output) for sector, output in zip(table.sectors, table.x, strict=True)}
    return build(shipped_rows(CONCORDANCE_FILE), table.sectors, key)


def nine_digits(value: float) -> str:
    """Write a multiplier with nine significant digits, zeros kept, without an exponent.

    Multipliers are rates, not amounts of kg, so the quantum of `units.from_float` does not suit them.

    Raises:
        NonFinite: the value is infinite or not a number.
    """
    number = Decimal(f"{value:.8e}")
    if not number.is_finite():
        raise NonFinite("a multiplier is not finite", value=repr(value))
    return format(number, "f")


def read_table(content: bytes) -> IOTable:
    """Read the domestic block of the table.

    Raises:
        MalformedTable: the layout is not that of the published table.
    """
    import numpy as np

    from iocore.tables import IOTable

    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError) as error:
            raise MalformedTable("the gzip file is damaged", reason=str(error)) from error
    columns = ("Code", "Origin", *SECTORS, *_FINAL_USES, "GO")
    rows = [row for row in csv_rows(content, name="table", required=columns) if row["Origin"] == "Domestic"]
    if tuple(row["Code"] for row in rows) != SECTORS:
        raise MalformedTable("the domestic block does not hold the 42 sectors in order", rows=len(rows))
    cells = np.array([[_number(row, name) for name in (*SECTORS, *_FINAL_USES, "GO")] for row in rows])
    return IOTable(
        sectors=SECTORS,
        Z=cells[:, :42].copy(),
        Y=cells[:, 42:46].copy(),
        x=cells[:, 46].copy(),
        unit="10 000 CNY",
        year=2017,
        boundary="domestic",
        source="National Bureau of Statistics of China, Input-Output Table of China 2017",
    )


def read_inventory(content: bytes) -> dict[str, float]:
    """Read Mt CO2 by sector (scope 1 total) from the inventory workbook.

    Raises:
        MalformedTable: the workbook, its sheet or the column of totals cannot be read.
    """
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        lines: list[tuple[Any, ...]] = list(book[INVENTORY_SHEET].iter_rows(values_only=True))
    except Exception as error:  # a damaged workbook surfaces as any of a dozen classes
        raise MalformedTable(
            "the workbook or its sheet cannot be read", sheet=INVENTORY_SHEET, reason=str(error)
        ) from error
    if not lines or "Scope 1 Total" not in lines[0]:
        raise MalformedTable("the sheet has no column of scope 1 totals", sheet=INVENTORY_SHEET)
    column = lines[0].index("Scope 1 Total")
    totals: dict[str, float] = {}
    for number, line in enumerate(lines[1:], start=2):
        name = str(line[0] or "").strip()
        if not name or name == "Total Consumption":
            continue
        if name in totals or not isinstance(line[column], int | float):
            raise MalformedTable("a sector is repeated or has no total", sheet=INVENTORY_SHEET, row=number, sector=name)
        totals[name] = float(line[column])
    return totals


def _number(row: Mapping[str, str], column: str) -> float:
    """Read a cell of the table."""
    try:
        return float(row[column])
    except ValueError as error:
        raise MalformedTable("a cell is not a number", row=row["Code"], column=column, cell=row[column]) from error


def _published(path: str | Path, expected: tuple[str, ...]) -> bytes:
    """Read a file and check that it is the published one."""
    content = read_file(path)
    found = hashlib.sha256(content).hexdigest()
    if found not in expected:
        raise MalformedTable("the file is not the published one", file=str(path), sha256=found, expected=expected)
    return content


def _compare(shipped: str, computed: str) -> str:
    """Tell how far two nine-digit decimals are apart."""
    if shipped == computed:
        return "same"
    published = Decimal(shipped)
    unit = Decimal(1).scaleb(published.adjusted() - 8)
    return "within_rounding" if abs(published - Decimal(computed)) <= unit else "different"


SOURCE = Source("cn-io-2017", load)
