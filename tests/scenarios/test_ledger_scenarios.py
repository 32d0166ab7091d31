"""Run worked examples through signed entries, the book and the assessment."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from iocore.factors import FactorLibrary
from iocore.sources import load_all
from passport.assess import assess
from passport.footprint import BoundaryFootprint
from tests.unit.assess.recorder import SEASON, Recorder, activity, lot, mass

CASES = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(Path(__file__).parent.glob("S*.toml"))
}
Step = dict[str, Any]


@cache
def library() -> FactorLibrary:
    return load_all()


def harvest(rec: Recorder, step: Step, time: str) -> None:
    for name, kilograms in step["lots"].items():
        rec.harvest({name: kilograms}, at="orchard", time=time)
    rec.pool("orchard", "orchard", [activity("electricity", step["kwh"], "kWh", "meter", reason="as metered")])
    rec.close("orchard", "orchard", step["lots"], SEASON)


def loss(rec: Recorder, step: Step, time: str) -> None:
    rec.lose(step["lot"], step["quantity"], stage="retail", treatment=step["treatment"], time=time)


def grade(rec: Recorder, step: Step, time: str) -> None:
    more: list[tuple[str, dict[str, str]]] = [mass(name, "loss", lost) for name, lost in step["lost"].items()]
    for name, price in step["price"].items():
        more.append(("price", {"lot": lot(name), "quantity": price, "unit": "CNY/kg", "source": "case"}))
    rec.process("transform", step["in"], step["out"], at="packhouse", process="grade", more=more, time=time)


def move(rec: Recorder, step: Step, time: str) -> None:
    rec.process(step["do"], step["in"], step["out"], at="packhouse", time=time)


def cold_store(rec: Recorder, step: Step, time: str) -> None:
    items = [
        activity("electricity", step["kwh"], "kWh", "meter"),
        activity("refrigerant_r404a", step["r404a"], "kg", "invoice"),
    ]
    rec.pool("coldroom", "cold_store", items)
    rec.close("coldroom", "cold_store", step["weights"], unit="kg_day")


STEPS: dict[str, Callable[[Recorder, Step, str], None]] = {
    "harvest": harvest,
    "loss": loss,
    "grade": grade,
    "split": move,
    "merge": move,
    "cold_store": cold_store,
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_worked_example_through_the_ledger(name: str) -> None:
    case = CASES[name]
    assert case["run"] == "ledger"
    rec = Recorder()
    for place in ("orchard", "packhouse", "coldroom"):
        rec.place(place, country="CN", region="CN-GD")
    for number, step in enumerate(case["step"], start=1):
        STEPS[step["do"]](rec, step, f"2026-06-{number:02d}T00:00:00Z")

    def figure(lot_name: str) -> BoundaryFootprint:
        return assess(rec.book, lot(lot_name), library=library(), tree_size=len(rec.entries)).footprint.delivered

    tolerance = Fraction(case["tolerance"])
    for lot_name, expected in case["lots"].items():
        found = figure(lot_name)
        for field, value in (
            ("total", found.total_kgco2e), ("mass", found.mass_kg), ("per_kg", found.kgco2e_per_kg)
        ):  # fmt: skip
            if field in expected:
                assert abs(Fraction(value) - Fraction(expected[field])) <= tolerance, (lot_name, field, value)
    if "sum" in case:
        total = sum(Fraction(figure(lot_name).total_kgco2e) for lot_name in case["sum"]["lots"])
        assert total == Fraction(case["sum"]["total"])
