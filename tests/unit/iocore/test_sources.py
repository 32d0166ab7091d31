"""Compare the shipped factor sets with the official files, and keep them light to load."""

from __future__ import annotations

import csv
import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from iocore.errors import MalformedTable
from iocore.factors import FactorLibrary
from iocore.sources import _base
from iocore.sources.literature import gas_of
from iocore.sources.us_epa_2021 import import_csv

Shared = Callable[[str], Path]
EPA = "io/us_epa/SupplyChainGHGEmissionFactors_v1.2_NAICS_CO2e_USD2021.csv"

HEADER = (
    '"NAICS Code 2017","NAICS Title 2017","GHG","Unit","Supply Chain Emission Factors without Margins",'
    '"Margins of Supply Chain Emission Factors","Supply Chain Emission Factors with Margins","Reference USEEIO Code"\n'
)
LINE = '322211,"Corrugated","All GHGs","kg CO2e/2021 USD, purchaser price",0.453,0.037,0.49,"322210"\n'


def test_six_sets_are_shipped(library: FactorLibrary) -> None:
    assert {factors.id: len(factors) for factors in library.sets} == {
        "cn-io-2017:1": 42,
        "constants:2026-11": 4,
        "literature:2026-11": 263,
        "practice:2026-12": 44,
        "prices:2026-11": 30,
        "us-epa-2021:1.2": 148,
    }


def test_every_row_has_source_year_gas_and_licence(library: FactorLibrary) -> None:
    for factors in library.sets:
        assert factors.title and factors.licence and factors.provenance["sha256"]
        for row in factors:
            assert row.source and row.gas and row.unit and row.licence, row.key
            assert row.confidence in ("A", "B", "C", "D"), row.key
            assert row.year > 1990 or row.key == "WATER.PUMP-LIFT.WORLD"
            assert row.gas != "CO2e", row.key


def test_literature_equals_the_official_table(library: FactorLibrary, shared: Shared) -> None:
    official = list(csv.DictReader(shared("factors/factors.csv").read_text(encoding="utf-8").splitlines()))
    factors = library.source("literature")
    assert len(official) == len(factors) == 263
    for row in official:
        ours = factors.row(row["factor_id"])
        assert (ours.value, ours.unit, ours.region, str(ours.year)) == (
            row["value"],
            row["unit"],
            row["region"],
            row["year"],
        )
        assert (ours.source, ours.locator, ours.licence) == (row["source"], row["source_locator"], row["licence_note"])


def test_prices_equal_the_official_table(library: FactorLibrary, shared: Shared) -> None:
    official = list(csv.DictReader(shared("factors/prices.csv").read_text(encoding="utf-8").splitlines()))
    factors = library.source("prices")
    assert len(official) == len(factors)
    for row in official:
        assert factors.row(f"{row['series_id']}.{row['year']}").value == row["value"]


@pytest.mark.parametrize(
    ("basis", "gwp_set", "gas"),
    [
        ("CO2e", "AR5-type", "CO2e@AR5"),
        ("CO2e", "AR6 (to confirm)", "CO2e@AR6"),
        ("CO2e", "AR4", "CO2e@AR4"),
        ("CO2e", "mixed", "CO2e@unknown"),
        ("CO2e", "n/a", "CO2e@unknown"),
        ("N2O-N", "n/a", "N2O-N"),
        ("CH4", "AR6", "CH4"),
    ],
)
def test_gas_names_carry_the_gwp_set_of_co2e_only(basis: str, gwp_set: str, gas: str) -> None:
    assert gas_of(basis, gwp_set) == gas


def test_electricity_of_a_guangdong_product_is_the_national_life_cycle_factor(library: FactorLibrary) -> None:
    match = library.match("ELC.GRID-PCF", places=["CN-GD"], year=2026)
    assert (match.row.key, match.row.value, match.row.boundary) == ("ELC.GRID-PCF.CN.2024", "0.5777", "life_cycle")
    direct = library.match("ELC.GRID-AVG", places=["CN-GD"], year=2026)
    assert (direct.row.key, direct.row.gas, direct.row.boundary) == ("ELC.GRID-AVG.CN-GD.2022", "CO2", "direct")


def test_every_literature_row_is_found_by_its_own_stem_place_and_year(library: FactorLibrary) -> None:
    for row in library.source("literature"):
        assert library.match(row.stem, places=[row.region], year=row.year).row is row


def test_epa_selection_and_full_import_agree_with_the_published_csv(library: FactorLibrary, shared: Shared) -> None:
    path = shared(EPA)
    published = {
        row["NAICS Code 2017"]: row for row in csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
    }
    whole = import_csv(path)
    assert len(published) == 1016 and len(whole) == 2 * 1016 and whole.id == "us-epa-2021:1.2-full"
    for code, row in published.items():
        assert whole.row(f"{code}.PRO").value == row["Supply Chain Emission Factors without Margins"]
        assert whole.row(f"{code}.PUR").value == row["Supply Chain Emission Factors with Margins"]
    for ours in library.source("us-epa-2021"):
        theirs = whole.row(ours.key)
        assert (ours.value, ours.name_en, ours.gas, ours.boundary, ours.locator) == (
            theirs.value,
            theirs.name_en,
            "CO2e@AR4",
            theirs.boundary,
            theirs.locator,
        )
        assert ours.name_zh


def test_import_reads_a_small_csv(tmp_path: Path) -> None:
    file = tmp_path / "epa.csv"
    file.write_text(HEADER + LINE, encoding="utf-8")
    made = import_csv(file)
    assert {row.key: row.value for row in made} == {"322211.PRO": "0.453", "322211.PUR": "0.49"}
    assert made.provenance["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"a,b\n1,2\n",
        HEADER.encode() + LINE.replace("All GHGs", "Methane").encode(),
        HEADER.encode() + LINE.replace("2021 USD", "2018 USD").encode(),
        HEADER.encode() + LINE.replace("0.453", "4.5e-1").encode(),
        HEADER.encode() + LINE.replace(',"322210"', "").encode(),
        HEADER.encode() + b'"322211',
    ],
)
def test_import_refuses_other_files(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "epa.csv"
    file.write_bytes(content)
    with pytest.raises(MalformedTable):
        import_csv(file)


def test_import_of_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedTable):
        import_csv(tmp_path / "none.csv")


def test_manifest_covers_every_data_file_with_licence_and_origin() -> None:
    folder = Path(_base.__file__).parents[1] / "data"
    assert {path.name for path in folder.iterdir()} - {"manifest.json"} == set(_base.manifest())
    for name, about in _base.manifest().items():
        assert about["licence"] and about["origin"] and about["title"]
        assert about["sha256"] == hashlib.sha256((folder / name).read_bytes()).hexdigest()


def test_changed_data_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {name: {**about, "sha256": "0" * 64} for name, about in _base.manifest().items()}
    monkeypatch.setattr(_base, "manifest", lambda: changed)
    with pytest.raises(MalformedTable):
        _base.shipped_bytes("prices-2026-11.csv")


def test_loading_imports_no_numpy_and_is_quick() -> None:
    script = (
        "import sys, time\n"
        "from iocore.sources import load_all\n"
        "load_all()\n"
        "start = time.process_time(); load_all(); spent = time.process_time() - start\n"
        "heavy = {'numpy', 'pandas', 'scipy', 'openpyxl'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "assert spent < 0.1, spent\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(_base.__file__).parents[2])
