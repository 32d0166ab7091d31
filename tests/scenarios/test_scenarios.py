"""Run the worked examples through the real calculation, recipes and factor sets."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from iocore.factors import FactorLibrary, FactorMatch
from iocore.sources import load_all
from passport.calculation import Builder
from passport.footprint import percent
from passport.methodologies.lychee_fresh_v1 import METHODOLOGY, soil_n2o
from passport.methodology import Bench, Constant, Emission, Where

FOLDER = Path(__file__).parent
CASES = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("E*.toml"))}


@cache
def library() -> FactorLibrary:
    return load_all()


def bench() -> Bench:
    return Bench(Builder(), library(), METHODOLOGY)


def near(found: Fraction, wanted: str, case: dict[str, Any]) -> None:
    assert abs(found - Fraction(wanted)) <= Fraction(case["tolerance"]), (case["id"], str(found), wanted)


def post(desk: Bench, emissions: tuple[Emission, ...], amount: int, where: Where) -> dict[tuple[str, str], Fraction]:
    found: dict[tuple[str, str], Fraction] = {}
    for emission in emissions:
        compiled = desk.emission(emission, amount, where)
        node = desk.builder.posting(
            compiled.node, stage="s", slot="s", bucket=compiled.bucket, gas=compiled.gas, evidence="meter",
            tier="database",
        )  # fmt: skip
        key = (compiled.bucket, compiled.gas)
        found[key] = found.get(key, Fraction(0)) + desk.builder.value(node)
    return found


def run_calculation(case: dict[str, Any]) -> None:
    build = Builder()
    places = {name: build.constant(value, "case") for name, value in case["constants"].items()}
    for node in case["node"]:
        args = [places[name] for name in node["args"]]
        if node["op"] == "share":
            weights = dict(zip(node["keys"], args[1:], strict=True))
            places[node["name"]] = build.share(args[0], weights, node["key"])
        else:
            places[node["name"]] = build.add(node["op"], args)
    results = build.report({name: places[name] for name in case["expected"]}).results()
    for name, wanted in case["expected"].items():
        near(results[name], wanted, case)
    if "shipped" in case:
        shipped = case["shipped"]
        row = library().match(shipped["stem"], places=[shipped["place"]], year=shipped["year"]).row
        assert Fraction(row.value) * Fraction(shipped["times"]) == Fraction(shipped["value"])


def run_soil_n2o(case: dict[str, Any]) -> None:
    desk = bench()
    kilograms = soil_n2o(Constant(case["nitrogen"], "case"), synthetic=case["synthetic"], volatile=case["volatile"])
    where = Where((case["place"],), case["year"])
    matches: list[FactorMatch] = []
    near(desk.builder.value(desk.expression(kilograms, 0, where, matches)), case["expected"]["n2o"], case)
    assert {match.row.year for match in matches} == {2019}
    postings = post(desk, (Emission("land_management", kilograms, gas="N2O"),), 0, where)
    near(postings["land_management", "N2O"], case["expected"]["kgco2e"], case)


def run_recipe(case: dict[str, Any]) -> None:
    desk = bench()
    emissions = METHODOLOGY.recipe(case["stage"], case["slot"])
    assert emissions is not None
    amount = desk.builder.constant(case["quantity"], "case")
    found = post(desk, emissions, amount, Where((case["place"],), case["year"]))
    for name, wanted in case["expected"].items():
        bucket, _, gas = name.partition("/")
        near(found[bucket, gas], wanted, case)
    for key, wanted in case.get("expected_row", {}).items():
        row = library().source("literature").row(key)
        near(Fraction(row.value) * Fraction(case["quantity"]), wanted, case)


def run_vehicle(case: dict[str, Any]) -> None:
    desk = bench()
    amount = desk.builder.constant(case["quantity"], "case")
    values = [
        desk.builder.value(desk.emission(emission, amount, Where((case["place"],), case["year"])).node)
        for emission in METHODOLOGY.vehicles[case["vehicle"]]
    ]
    for value, wanted in zip(values, case["expected"]["postings"], strict=True):
        near(value, wanted, case)
    near(sum(values, Fraction(0)), case["expected"]["total"], case)


def run_weighted_share(case: dict[str, Any]) -> None:
    parts = [(Fraction(weight), Fraction(share)) for weight, share in case["components"]]
    total = sum((weight for weight, _ in parts), Fraction(0))
    near(total, case["expected"]["total"], case)
    primary = sum((weight * share / 100 for weight, share in parts), Fraction(0))
    near(Fraction(percent(primary, total)), case["expected"]["share"], case)


def run_electricity(case: dict[str, Any]) -> None:
    emissions = METHODOLOGY.recipe("packing", "electricity")
    assert emissions is not None
    for reading in case["reading"]:
        desk = bench()
        amount = desk.builder.constant(case["quantity"], "case")
        (value,) = post(desk, emissions, amount, Where((case["place"], "CN"), reading["year"])).values()
        near(value, reading["expected"], case)
        assert [row.key for row in desk.used.values()] == [reading["row"]]
    for key, wanted in case["organisation"].items():
        row = library().source("literature").row(key)
        near(Fraction(row.value) * Fraction(case["quantity"]), wanted, case)


RUNNERS: dict[str, Callable[[dict[str, Any]], None]] = {
    "calculation": run_calculation,
    "soil_n2o": run_soil_n2o,
    "recipe": run_recipe,
    "vehicle": run_vehicle,
    "weighted_share": run_weighted_share,
    "electricity": run_electricity,
}


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case["run"] in RUNNERS])
def test_worked_example(name: str) -> None:
    RUNNERS[CASES[name]["run"]](CASES[name])
