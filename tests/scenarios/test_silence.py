"""Leave out one file of the demo season: silence must not make a lot look better than what it keeps silent about."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache

import pytest

from iocore.sources import load_all
from passport.assess import Assessment, assess
from passport.footprint import MissingSlot
from tests.support.demo_season import DEMO, SALTS, keys_of, season
from web.imports.base import Draft
from web.imports.files import read_file
from web.imports.history import History
from web.imports.sign import sign_drafts

LOTS: Mapping[str, str] = season()["lots"]
#: Files without which the lots would not be, and those that say nothing of what was done: corrections and closes.
NEEDED = ("01-parties.csv", "02-diary.xlsx", "03-farm-receipts.csv", "05-packhouse.csv")
OTHER = ("20-corrections.csv", "21-closes.csv")
#: What only money tells: foam boxes close the question what held the fruit, so that nobody can know of cartons too.
PAID = "07-invoices.csv"
IMPORTS = tuple(step["file"] for step in season()["step"] if step["do"] == "import")
REPORTS = tuple(name for name in IMPORTS if name not in (*NEEDED, *OTHER))
#: Method of the first version, for which nothing may change.
FIRST = "lychee-fresh@1"


@cache
def drafts(name: str) -> tuple[Draft, ...]:
    return tuple(read_file(DEMO / name).drafts)


@cache
def played(without: str) -> History:
    """Sign the season without one file."""
    history = History(())
    for step in season()["step"]:
        if step["do"] == "import" and step["file"] != without:
            sign_drafts(drafts(step["file"]), history=history, keys=keys_of(step["keys"]), salts=SALTS)
    return history


@cache
def found(name: str, without: str = "", method: str | None = None) -> Assessment:
    history = played(without)
    return assess(history.book, LOTS[name], library=load_all(), tree_size=history.size, methodology=method)


def gaps(name: str, without: str = "", method: str | None = None) -> set[MissingSlot]:
    return set(found(name, without, method).footprint.missing)


def test_every_file_is_left_out_here() -> None:
    assert {*NEEDED, *OTHER, *REPORTS} == set(IMPORTS)


@pytest.mark.parametrize("name", LOTS)
def test_no_leg_of_the_whole_season_is_missing(name: str) -> None:
    assert "missing_leg" not in found(name).flags
    assert not any("no leg" in gap.reason or "clearance" in gap.reason for gap in gaps(name))


@pytest.mark.parametrize("without", REPORTS)
@pytest.mark.parametrize("name", LOTS)
def test_silence_never_raises_coverage(name: str, without: str) -> None:
    assert found(name, without).footprint.coverage <= found(name).footprint.coverage


@pytest.mark.parametrize("without", [name for name in REPORTS if name != PAID])
@pytest.mark.parametrize("name", LOTS)
def test_silence_never_lowers_a_figure_without_naming_what_is_missing(name: str, without: str) -> None:
    whole, less = found(name).footprint, found(name, without).footprint
    for boundary in ("gate", "delivered"):
        if less.boundary(boundary).kgco2e_per_kg < whole.boundary(boundary).kgco2e_per_kg:
            assert gaps(name, without) - gaps(name), boundary


#: By hand, from the files: between which places the lots went on what the file says, and by what.
LEGS = [
    ("04-farm-trucks.csv", "SHA3", "road", "CN-GD (orchard)", "CN-GD (packhouse)"),
    ("09-trucks.csv", "SEA1", "road", "CN-GD (packhouse)", "CN-GD (terminal)"),
    ("09-trucks.csv", "AIR1", "road", "CN-GD (packhouse)", "CN-GD (airport)"),
    ("09-trucks.csv", "SHA1", "road", "CN-GD (packhouse)", "CN-SH (shop)"),
    ("12-sea.csv", "SEA1", "sea", "CN-GD (terminal)", "NL (terminal)"),
    ("12-sea.csv", "SEA2", "sea", "CN-GD (terminal)", "NL (terminal)"),
    ("13-air.csv", "AIR1", "air", "CN-GD (airport)", "NL (shop)"),
    ("17-trucks-abroad.csv", "SEA1", "road", "NL (terminal)", "NL (shop)"),
    ("17-trucks-abroad.csv", "AIR1", "road", "NL (gateway)", "NL (shop)"),
]


@pytest.mark.parametrize(("without", "name", "stage", "start", "end"), LEGS)
def test_a_leg_that_nobody_reports_is_named(without: str, name: str, stage: str, start: str, end: str) -> None:
    assert "missing_leg" in found(name, without).flags
    assert MissingSlot(stage, "work", "", f"no leg is reported from {start} to {end}") in gaps(name, without)
    assert found(name, without).footprint.coverage < found(name).footprint.coverage


@pytest.mark.parametrize(("without", "name", "stage", "start", "end"), LEGS)
def test_the_first_version_keeps_its_silence(without: str, name: str, stage: str, start: str, end: str) -> None:
    less = found(name, without, FIRST)
    assert "missing_leg" not in less.flags
    assert not any("no leg" in gap.reason for gap in less.footprint.missing)


@pytest.mark.parametrize(
    ("without", "name", "stages"),
    [
        ("12-sea.csv", "SEA1", {"import_terminal", "customs", "road", "retail"}),
        ("12-sea.csv", "SEA2", {"import_terminal", "customs", "road", "retail"}),
        ("13-air.csv", "AIR1", {"customs", "road", "retail"}),
        ("09-trucks.csv", "SHA1", {"retail"}),
    ],
)
def test_what_was_done_abroad_stays_behind_the_exit(without: str, name: str, stages: set[str]) -> None:
    """The gate counts neither the port of arrival nor the shop, and weighs what left, whoever carried it."""
    whole, less = found(name).footprint.gate, found(name, without).footprint.gate
    assert less.mass_kg == whole.mass_kg == {"SEA1": 9120, "SEA2": 6880, "AIR1": 1515, "SHA1": 4545}[name]
    after = {slot.stage for slot in found(name, without).footprint.delivered.slots if slot.phase == "after"}
    assert after == stages
    if without != "09-trucks.csv":
        assert less.total_kgco2e == whole.total_kgco2e


@pytest.mark.parametrize(
    ("without", "name", "stage", "slots"),
    [
        ("15-rotterdam.csv", "SEA1", "import_terminal", {"inspection", "loss", "moves", "plug_hours"}),
        ("10-nansha.csv", "SEA1", "port", {"dwell", "moves", "plug_hours", "shore_power"}),
        ("18-retail-abroad.csv", "SEA1", "retail", {"electricity", "loss", "refrigerant"}),
        ("18-retail-abroad.csv", "AIR1", "retail", {"electricity", "loss", "refrigerant"}),
        ("19-retail-shanghai.csv", "SHA1", "retail", {"electricity", "loss", "refrigerant"}),
    ],
)
def test_a_place_that_says_nothing_is_asked(without: str, name: str, stage: str, slots: set[str]) -> None:
    assert {gap.slot for gap in gaps(name, without) if gap.stage == stage} == slots


def test_the_quay_abroad_takes_the_published_mean_behind_the_exit() -> None:
    """2 TEU x 9120 / 16000 x 19 kg CO2 for one passage over the quay of Rotterdam."""
    moves = [slot for slot in found("SEA1", "15-rotterdam.csv").footprint.delivered.slots if slot.slot == "moves"]
    assert {(slot.stage, slot.phase): slot.total_kgco2e for slot in moves} == {
        ("port", "gate"): Decimal("21.660000"),
        ("import_terminal", "after"): Decimal("21.660000"),
    }


@pytest.mark.parametrize(("without", "way"), [("11-customs-export.csv", "export"), ("16-customs-import.csv", "import")])
def test_a_border_without_a_clearance_is_named(without: str, way: str) -> None:
    asked = MissingSlot("customs", "plug_hours", "", f"no clearance for {way} is reported")
    assert asked in gaps("SEA1", without) and asked not in gaps("SEA1") and asked not in gaps("SHA1", without)
