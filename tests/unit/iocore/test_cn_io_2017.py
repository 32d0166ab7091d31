"""Recompute China's multipliers from the published files; read tables and workbooks strictly."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from iocore.errors import IOCoreError, MalformedTable, NonFinite
from iocore.factors import FactorLibrary
from iocore.leontief import power_series
from iocore.sources import cn_io_2017 as cn

Shared = Callable[[str], Path]
TABLE = "io/china_nbs/china_2017_42.csv.gz"
INVENTORY = "io/ceads_inventory/China_CO2_Inventory_1997-2019_(IPCC_Sectoral_Emissions).xlsx"

#: kg CO2 per CNY, nine significant digits
PUBLISHED = {"01": "0.0480607210", "06": "0.0571890580", "24": "1.11188661", "29": "0.125633320"}


def small_table(cell: str = "1") -> bytes:
    """Write a table in the published layout: sector k sells 1 to everybody and 58 to final use."""
    header = ["Code", "Description", "DescriptionInChinese", "Origin", *cn.SECTORS, "TIU", "TC", "FU201", "FU202", "EX"]
    lines = [",".join([*header, "TFU", "GO"])]
    for origin in ("Domestic", "Imports"):
        for code in cn.SECTORS:
            first = cell if code == "01" else "1"
            lines.append(
                ",".join([code, "name", "名", origin, first, *["1"] * 41, "42", "58", "0", "0", "0", "58", "100"])
            )
    return ("\n".join(lines) + "\n").encode()


def workbook(**changes: object) -> bytes:
    """Write an inventory sheet of the published layout."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = str(changes.get("title", "2017"))
    sheet.append([None, "Raw Coal", changes.get("total", "Scope 1 Total")])
    sheet.append([None, "Mt CO2", "Mt CO2"])
    sheet.append(["Total Consumption", 1, 99])
    sheet.append(["Farming   ", 1, changes.get("cell", 2.5)])
    sheet.append([changes.get("name", "Urban"), 1, 3])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_shipped_multipliers_hold_the_published_ones(library: FactorLibrary) -> None:
    factors = library.source("cn-io-2017")
    assert [row.key for row in factors] == list(cn.SECTORS)
    for key, value in PUBLISHED.items():
        assert factors.row(key).value == value
    for row in factors:
        digits = row.value.replace(".", "").lstrip("0")
        assert len(digits) == 9 and (row.gas, row.boundary, row.unit) == ("CO2", "domestic", "kg/CNY")
        assert row.name_zh and row.name_en


def test_recompute_matches_every_shipped_decimal(shared: Shared) -> None:
    result = cn.recompute(shared(TABLE), shared(INVENTORY))
    assert len(result) == 42 and {item.verdict for item in result} == {"same"}


def test_official_table_balances_and_two_methods_agree(shared: Shared) -> None:
    table = cn.read_table(shared(TABLE).read_bytes())
    inventory = cn.read_inventory(shared(INVENTORY).read_bytes())
    assert np.abs(table.balance()).max() < 1.0
    emissions = cn.sector_mapping(table).spread(inventory)
    assert emissions.sum() == pytest.approx(8965.07, abs=0.005)
    assert inventory["Urban"] + inventory["Rural"] == pytest.approx(443.10, abs=0.005)
    series = power_series(table.Z * 1e4, table.x * 1e4, emissions[None, :] * 1e9)[0]
    assert [cn.nine_digits(float(value)) for value in series] == list(cn.compute(table, inventory).values())


def test_small_table_gives_the_multiplier_worked_out_by_hand() -> None:
    # every sector buys 42 x 0.01 and emits 1 Mt over 100 x 10 000 CNY: s = 1000, M = 1000 / (1 - 0.42)
    table = cn.read_table(small_table())
    inventory = dict.fromkeys(cn.sector_mapping(table).sources, 0.0) | {"Urban": 7.0, "Rural": 7.0}
    mapping = cn.sector_mapping(table)
    assert mapping.weights.shape == (45, 42) and mapping.weights.sum(axis=1) == pytest.approx(np.ones(45))
    assert set(cn.compute(table, inventory).values()) == {"0.00000000"}
    farming = next(iter(mapping.sources))
    result = cn.compute(table, {**inventory, farming: 1.0})
    # L = I + 0.01 J / (1 - 0.42): the farmer's own entry is 1 + 0.01 / 0.58, everybody else's 0.01 / 0.58
    assert result["01"] == cn.nine_digits(1000 * (1 + 0.01 / 0.58))
    assert {result[key] for key in cn.SECTORS[1:]} == {cn.nine_digits(10 / 0.58)}
    assert cn.read_table(gzip.compress(small_table())).x.tolist() == table.x.tolist()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x1f\x8b broken",
        b"Code,Origin\n01,Domestic\n",
        small_table("one"),
        small_table("nan"),
        small_table().replace(b"\n42,", b"\n43,"),
    ],
)
def test_other_tables_are_refused(content: bytes) -> None:
    with pytest.raises(IOCoreError):
        cn.read_table(content)


def test_inventory_is_read_by_name_without_blanks() -> None:
    assert cn.read_inventory(workbook()) == {"Farming": 2.5, "Urban": 3.0}


@pytest.mark.parametrize(
    "content",
    [
        b"PK not a workbook",
        workbook(title="2016"),
        workbook(total="Total"),
        workbook(cell="-"),
        workbook(name="Farming"),
    ],
)
def test_other_workbooks_are_refused(content: bytes) -> None:
    with pytest.raises(MalformedTable):
        cn.read_inventory(content)


def test_files_that_are_not_the_published_ones_are_refused(tmp_path: Path) -> None:
    table, inventory = tmp_path / "t.csv", tmp_path / "i.xlsx"
    table.write_bytes(small_table())
    inventory.write_bytes(workbook())
    with pytest.raises(MalformedTable) as caught:
        cn.recompute(table, inventory)
    assert caught.value.context["expected"] == cn.TABLE_SHA256
    with pytest.raises(MalformedTable):
        cn.recompute(tmp_path / "absent.csv", inventory)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.048060721, "0.0480607210"),
        (1.11188661, "1.11188661"),
        (123456789.4, "123456789"),
        (1.5e-7, "0.000000150000000"),
    ],
)
def test_nine_digits_keep_their_zeros(value: float, text: str) -> None:
    assert cn.nine_digits(value) == text


def test_what_is_not_finite_is_refused() -> None:
    with pytest.raises(NonFinite):
        cn.nine_digits(float("inf"))


@pytest.mark.parametrize(
    ("shipped", "computed", "verdict"),
    [
        ("0.0480607210", "0.0480607210", "same"),
        ("0.0480607210", "0.0480607211", "within_rounding"),
        ("0.0480607210", "0.0480607212", "different"),
        ("1.11188661", "1.11188660", "within_rounding"),
        ("1.11188661", "1.11188663", "different"),
    ],
)
def test_verdict_of_a_recomputed_digit(shipped: str, computed: str, verdict: str) -> None:
    assert cn._compare(shipped, computed) == verdict
