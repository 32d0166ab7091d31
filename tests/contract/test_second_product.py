"""A second product, a cut rose, is added by files alone: from its registration to the page behind its code.

The four packages are copied, the files of `tests/rose/files` are put beside theirs, and a season is played in a fresh
interpreter. No file that was there is written.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
ROSE = ROOT / "tests" / "rose" / "files"
PACKAGES = ("iocore", "ledger", "passport", "web")


def digests(folder: Path) -> dict[str, str]:
    """Give the SHA-256 of every file of the packages by its path."""
    paths = [path for package in PACKAGES for path in (folder / package).rglob("*")]
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the packages with the rose's files added and its catalogues compiled, as `pybabel` would."""
    folder = tmp_path_factory.mktemp("site")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    before = digests(folder)
    for source in sorted(path for path in ROSE.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        target = folder / source.relative_to(ROSE)
        assert target.parent.is_dir() and not target.exists(), "a product is added, and nothing replaced"
        shutil.copyfile(source, target)
        if target.suffix == ".po":
            with target.open("rb") as text, target.with_suffix(".mo").open("wb") as compiled:
                write_mo(compiled, read_po(text))
    assert before.items() <= digests(folder).items()
    return folder


@pytest.fixture(scope="module")
def played(site: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Play the season with the packages of the copy; the tests' own helpers come from here."""
    season = tmp_path_factory.mktemp("season")
    before = digests(site)
    environment = {**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.rose.season", str(season)],
        cwd=site,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert digests(site) == before
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_without_the_files_there_is_no_rose() -> None:
    from ledger.book.product import products
    from ledger.book.stage import stages
    from passport.methodology import methodologies

    assert "rose" not in products() and "greenhouse" not in stages() and "rose@1" not in methodologies()


def test_season_is_recorded_and_assessed_by_its_own_method(played: dict[str, Any]) -> None:
    """Every figure by hand; rows named in the comments, quantities of the season."""
    assert set(played["entries"]) == {"logged"}
    assert (played["product"], played["methodology"]) == ("rose", "rose@1")
    slots = {name: Decimal(text) for name, text in played["slots"].items()}
    by_hand = {
        "greenhouse/electricity/CO2e@AR6": "11554.000000",  # 20000 kWh x 0.5777, ELC.GRID-PCF.CN.2024
        "greenhouse/urea/CO2": "73.333333",  # 100 kg x 0.20 x 44/12, SOILC.UREA
        # 46 kg N x (0.016 + 0.15 x 0.014 + 0.24 x 0.011) x 44/28 x 273, SOILN rows of 2019
        "greenhouse/urea/N2O": "409.283160",
        "greenhouse/co2_enrichment/CO2": "250.000000",
        "packing/electricity/CO2e@AR6": "173.310000",  # 300 x 0.5777
        "packing/film/CO2e@AR5": "87.495154",  # 0.03 t x 2916.50513, PKG.FILM.PRIM.GB.2025
        "packing/board/CO2e@AR5": "143.967050",  # 0.12 t x 1199.72542, PKG.BOARD.PRIM.GB.2025
    }
    assert {name: slots[name] for name in by_hand} == {name: Decimal(text) for name, text in by_hand.items()}
    assert sum(slots.values()) == Decimal(played["delivered"]) > Decimal(played["gate"]) > 12000
    assert "greenhouse/pesticide" in played["missing"] and "orchard/urea" not in played["missing"]


def test_passport_says_where_a_rose_comes_from_and_verifies(played: dict[str, Any]) -> None:
    subject = played["subject"]
    assert subject["productCategory"][0]["code"] == "01962"
    assert subject["performanceClaim"][0]["name"] == (
        "Partial product carbon footprint, greenhouse to the receiving shop"
    )
    assert subject["characteristics"]["methodology"] == "rose@1"
    assert subject["characteristics"]["allocation"].startswith("by value at grading, in a cold store")
    assert played["pact"]["productClassifications"] == ["urn:pact:productclassification:un-cpc:01962"]
    assert played["pact"]["pcf"]["boundaryProcessesDescription"].startswith("Partial footprint, greenhouse to the port")
    assert (played["verdicts"], played["derivation"]) == ([True, True, True], "passed")


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh-Hans", ("卡罗拉切花玫瑰", "温室种植", "从温室到销售地", "rose@1")),
        ("zh-Hant", ("溫室種植", "從溫室到銷售地", "rose@1")),
        ("en", ("Cut roses, variety Carola", "Greenhouse", "greenhouse to place of sale", "rose@1")),
    ],
)
def test_page_speaks_of_it_in_every_language(played: dict[str, Any], lang: str, words: tuple[str, ...]) -> None:
    page = played["pages"][lang]
    assert [word for word in words if word not in page] == []
    assert "orchard" not in page.lower() and "果园" not in page and "果園" not in page


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed: the browser's verifier was not run")
def test_browser_verifies_it_without_the_files(played: dict[str, Any]) -> None:
    from tests.support.passports import NOW
    from tests.unit.web.test_browser_verdicts import ask

    verdicts = ask([(played["public"], played["trust"], NOW)])[0]["verdicts"]
    assert verdicts == {"consistent": "passed", "trusted": "passed", "complete": "not_checked"}


def test_verifier_without_the_files_says_what_it_did_not_check(played: dict[str, Any]) -> None:
    """Signatures, inclusion and sums hold; what the entries mean is for those who have the rose's files."""
    from ledger.export import LogDirectory
    from passport.trust import TrustPolicy
    from passport.verify import verify
    from tests.support.passports import NOW

    trust, log = TrustPolicy.parse(played["trust"].encode()), LogDirectory(Path(played["log"]))
    report = verify(played["full"].encode(), trust=trust, log=log, now=NOW)
    left = {check.name: check.detail for check in report.checks if check.outcome == "not_checked"}
    assert set(left) == {"derivation", "lineage_complete"} and report.failed == ()
    assert "rose@1" in left["derivation"] and "product rose, stage greenhouse" in left["lineage_complete"]
    assert (report.consistent, report.trusted, report.complete) == (True, True, None)


def test_list_of_parties_knows_the_form_in_both_languages(played: dict[str, Any]) -> None:
    assert played["forms"] == ["rose", "rose"]
