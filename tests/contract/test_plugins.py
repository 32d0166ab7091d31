"""Every registered plug-in keeps the promises of its shelf, and a new one is one new file."""

from __future__ import annotations

import importlib
import re
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from iocore.registry import discover
from iocore.units import UNITS
from ledger.book.schema import entry_schema
from ledger.book.stage import life_cycle, slot_type, stages
from passport.i18n import LOCALES, catalogue
from tests.support.chain import SEASON, ChainBuilder, used
from web.imports.files import read_file

ROOT = Path(__file__).resolve().parents[2]
SHELVES = {
    "ledger.book.kinds": "KIND",
    "ledger.book.products": "PRODUCT",
    "ledger.book.stages": "STAGE",
    "iocore.sources": "SOURCE",
    "passport.methodologies": "METHODOLOGY",
    "passport.formats": "FORMAT",
    "web.imports": "IMPORT",
}


def plugins(package: str) -> Mapping[str, Any]:
    return discover(package, SHELVES[package], mixed=package == "web.imports")


@pytest.mark.parametrize("package", sorted(SHELVES))
def test_every_shelf_has_plugins_with_permanent_codes(package: str) -> None:
    found = plugins(package)
    assert found
    for code, plugin in found.items():
        assert plugin.code == code
        assert re.fullmatch(r"[a-z0-9][a-z0-9_@.-]*", code)


@pytest.mark.parametrize("package", ["ledger.book.kinds", "ledger.book.products", "ledger.book.stages"])
def test_file_name_is_the_code(package: str) -> None:
    folder = ROOT / package.replace(".", "/")
    files = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")}
    assert files == set(plugins(package))


@pytest.mark.parametrize("locale", LOCALES)
def test_stages_and_slots_have_names_in_every_language(locale: str) -> None:
    texts = catalogue(locale)
    missing = []
    for code, stage in plugins("ledger.book.stages").items():
        names = [f"stage.{code}", *(f"slot.{slot.code}" for slot in stage.slots)]
        missing += [name for name in names if texts.find(name) is None]
    assert sorted(set(missing)) == []


def test_products_name_an_installed_method_that_knows_them_and_a_class() -> None:
    """Juice and what fits no form have no class, so that no passport can be issued for them."""
    found = plugins("ledger.book.products")
    methods = plugins("passport.methodologies")
    for code, product in found.items():
        assert product.methodology in methods, code
        assert (code in methods[product.methodology].required) == bool(product.cpc), code
        assert bool(product.cpc) == bool(product.category), code
        assert re.fullmatch(r"[a-z]+( [a-z]+)*", product.origin) and re.fullmatch(r"([0-9]{5})?", product.cpc), code
    assert {code for code, product in found.items() if not product.cpc} == {"juice", "other"}
    assert str(entry_schema()["$defs"]["RegisterProduct"]["properties"]["kind"]) == str({"enum": sorted(found)})


def test_slots_are_measured_in_known_units() -> None:
    for code, stage in plugins("ledger.book.stages").items():
        slots = [slot.code for slot in stage.slots]
        assert len(slots) == len(set(slots)), code
        assert all(slot.unit in UNITS for slot in stage.slots), code
        assert stage.allocation in ("mass", "mass_days"), code


def test_schema_names_every_kind() -> None:
    text = str(entry_schema())
    assert all(f"'{code}'" in text for code in plugins("ledger.book.kinds"))


def test_factor_sets_carry_provenance_and_unique_ids() -> None:
    seen = set()
    for plugin in plugins("iocore.sources").values():
        loaded = plugin.load()
        assert loaded.id not in seen
        seen.add(loaded.id)
        assert loaded.licence and loaded.title and loaded.rows and loaded.provenance
        for row in loaded:
            assert row.source and row.unit and row.gas and row.year >= 0, row.key


@pytest.mark.parametrize("language", ["zh", "en"])
def test_input_kinds_read_their_own_template(tmp_path: Path, language: str) -> None:
    for code, kind in plugins("web.imports").items():
        path = tmp_path / f"{code}.csv"
        path.write_text(kind.template(language), encoding="utf-8")
        read = read_file(path)
        assert read.kind == code
        assert [finding.code for finding in read.findings if finding.code.startswith(("header", "file", "kind"))] == []
        assert read.rows > 0


def test_new_stage_is_one_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a stage into a folder, find it, and record an activity of it in a real log."""
    package = importlib.import_module("ledger.book.stages")
    source = """
        from ledger.book.stage import Slot, StageType

        STAGE = StageType("juicing", 45, (Slot("electricity", "kWh", mandatory=True),))
    """
    (tmp_path / "juicing.py").write_text(textwrap.dedent(source), encoding="utf-8")
    assert _activity_of("juicing", tmp_path / "before") == "rejected"
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    _forget_stages()
    try:
        assert [stage.code for stage in life_cycle()].index("juicing") > [s.code for s in life_cycle()].index("drying")
        assert _activity_of("juicing", tmp_path / "after") == "logged"
    finally:
        monkeypatch.undo()
        sys.modules.pop("ledger.book.stages.juicing", None)
        _forget_stages()


def _forget_stages() -> None:
    """Forget what was found on the shelf of stages."""
    stages.cache_clear()
    slot_type.cache_clear()


def _activity_of(stage: str, folder: Path) -> str:
    """Record an activity of a stage at a grower's place; tell what the ledger made of it."""
    folder.mkdir()
    chain = ChainBuilder()
    grower = chain.actor("grower", "grower")
    place = chain.facility("press", grower)
    chain.add(
        "activity",
        grower,
        facility=place,
        stage=stage,
        data={"period": SEASON},
        items=[used("electricity", "12", "kWh")],
    )
    ledger = chain.ledger(folder)
    try:
        return [one.status for one in ledger.entries()][-1]
    finally:
        ledger.store.close()
