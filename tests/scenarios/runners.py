"""Run worked examples through the product's own calculation, recipes, price steps and intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from iocore.dqr import weighted
from iocore.factors import FactorMatch
from iocore.prices import price_steps
from iocore.shift import gwp_shift
from passport.bench import Bench
from passport.calculation import Builder
from passport.footprint import percent
from passport.methodologies.lychee_fresh_v1 import METHODOLOGY
from passport.methodology import (
    AMOUNT,
    ELECTRICITY,
    Constant,
    Emission,
    Expression,
    Factor,
    Methodology,
    Where,
    methodology,
    plus,
    times,
)
from passport.nodes import Node
from passport.recipes.basics import soil_n2o
from passport.spread import spread_of
from passport.uncertainty import interval
from tests.scenarios.cases import Case, library, near


def bench(method: Methodology = METHODOLOGY) -> Bench:
    return Bench(Builder(), library(), method)


def post(desk: Bench, emissions: tuple[Emission, ...], amount: int, where: Where) -> dict[tuple[str, str], Fraction]:
    """Post emissions as the product does and add them up by bucket and gas."""
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


def run_calculation(case: Case) -> None:
    """Evaluate nodes that the case writes itself: `op`, `args`, and for a share its `keys` and `key`."""
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


def run_soil_n2o(case: Case) -> None:
    """Take nitrogen through the methodology's soil formula, wet climate."""
    desk = bench()
    kilograms = soil_n2o(Constant(case["nitrogen"], "case"), synthetic=case["synthetic"], volatile=case["volatile"])
    where = Where((case["place"],), case["year"])
    matches: list[FactorMatch] = []
    near(desk.builder.value(desk.expression(kilograms, 0, where, matches)), case["expected"]["n2o"], case)
    assert {match.row.year for match in matches} == {2019}
    postings = post(desk, (Emission("land_management", kilograms, gas="N2O"),), 0, where)
    near(postings["land_management", "N2O"], case["expected"]["kgco2e"], case)


def run_formula(case: Case) -> None:
    """Post a formula that no recipe of the methodology holds: sums of products of shipped factor rows."""
    desk = bench()
    amount = desk.builder.constant(case["quantity"], "case")
    where = Where((case["place"],), case["year"])
    for emission in case["emission"]:
        kilograms = plus(*(times(*map(_term, product)) for product in emission["kg"]))
        wanted = case["expected"][emission["name"]]
        if "kg" in wanted:
            near(desk.builder.value(desk.expression(kilograms, amount, where, [])), wanted["kg"], case)
        found = post(desk, (Emission(emission["bucket"], kilograms, gas=emission.get("gas", "")),), amount, where)
        near(found[emission["bucket"], wanted["posted_as"]], wanted["kgco2e"], case)


def _term(text: str) -> Expression:
    """Read `amount`, `electricity`, a number or ratio, or the stem of a factor."""
    if text[0].isdigit():
        return Constant(text, "case")
    known: Mapping[str, Expression] = {"amount": AMOUNT, "electricity": ELECTRICITY}
    return known.get(text) or Factor(text)


def run_recipe(case: Case) -> None:
    """Post the quantity of a slot by the methodology's recipe."""
    desk = bench()
    emissions = METHODOLOGY.recipe(case["stage"], case["slot"])
    assert emissions is not None
    amount = desk.builder.constant(case["quantity"], "case")
    found = post(desk, emissions, amount, Where((case["place"],), case["year"]))
    for name, wanted in case["expected"].items():
        bucket, _, gas = name.partition("/")
        near(found[bucket, gas], wanted, case)
    rows(case)


def run_recipes(case: Case) -> None:
    """Post a quantity of each of several slots by the recipes of a method."""
    method = methodology(case["method"])
    for use in case["use"]:
        desk = bench(method)
        emissions = method.recipe(use["stage"], use["slot"])
        assert emissions is not None, use
        amount = desk.builder.constant(use["quantity"], "case")
        found = post(desk, emissions, amount, Where((case["place"],), case["year"], case.get("climate", "")))
        wanted = case["expected"][use["name"]]
        assert {f"{bucket}/{gas}" for bucket, gas in found} == set(wanted), use
        for (bucket, gas), value in found.items():
            near(value, wanted[f"{bucket}/{gas}"], case, use["name"])


def rows(case: Case) -> None:
    """Multiply the quantity with rows that stand beside the result."""
    for key, wanted in case.get("expected_row", {}).items():
        near(Fraction(library().source("literature").row(key).value) * Fraction(case["quantity"]), wanted, case)


def run_vehicle(case: Case) -> None:
    """Post tonne-kilometres of a vehicle of the methodology."""
    desk = bench()
    amount = desk.builder.constant(case["quantity"], "case")
    values = [
        desk.builder.value(desk.emission(emission, amount, Where((case["place"],), case["year"])).node)
        for emission in METHODOLOGY.vehicles[case["vehicle"]]
    ]
    for value, wanted in zip(values, case["expected"]["postings"], strict=True):
        near(value, wanted, case)
    near(sum(values, Fraction(0)), case["expected"]["total"], case)
    rows(case)


def run_weighted_share(case: Case) -> None:
    """Weigh shares by emissions."""
    parts = [(Fraction(weight), Fraction(share)) for weight, share in case["components"]]
    total = sum((weight for weight, _ in parts), Fraction(0))
    near(total, case["expected"]["total"], case)
    primary = sum((weight * share / 100 for weight, share in parts), Fraction(0))
    near(Fraction(percent(primary, total)), case["expected"]["share"], case)


def run_weighted_rating(case: Case) -> None:
    """Weigh ratings by emissions."""
    mean = weighted([(Fraction(weight), rating) for weight, rating in case["components"]])
    near(Fraction(mean), case["expected"]["rating"], case)


def run_electricity(case: Case) -> None:
    """Ask which grid factor a year takes, beside what organisations report."""
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


def run_price(case: Case) -> None:
    """Take an invoice step by step into the money of a table, and the table's multiplier to kilograms."""
    row = library().source(case["table"]).row(case["sector"])
    conversion = price_steps(
        currency=case["currency"],
        year=case["year"],
        table_currency=row.unit.rpartition("/")[2],
        table_year=row.year,
        prices=library().source("prices"),
        vat=case.get("vat"),
        margin=case.get("margin"),
    )
    money = Fraction(case["amount"])
    for step, (code, wanted) in zip(conversion.steps, case["expected"]["after"].items(), strict=True):
        assert step.code == code
        money *= step.factor
        near(money, wanted, case, code)
    near(money * Fraction(row.value), case["expected"]["kg"], case)


def run_interval(case: Case) -> None:
    """Spread the error of equal postings that share one factor, or have one each."""
    for name in ("shared", "own"):
        build = Builder()
        postings = []
        for number in range(case["postings"]):
            factor = build.factor("x:1:F" if name == "shared" else f"x:1:F{number}", "2")
            postings.append(build.product([build.constant("10", f"activity {number}"), factor]))
        found = interval(
            build.nodes,
            build.values,
            build.sum(postings),
            per=Fraction(1),
            gsd=lambda node: case["gsd"] if node.op == "factor" else "1",
            name=_row,
        )
        near(Fraction(found.gsd), case["expected"][name], case)


def run_interval_of_sum(case: Case) -> None:
    """Give the interval of a sum of equal postings with a factor each, with the skew of the factors and without."""
    build = Builder()
    total = build.sum([build.factor(f"x:1:F{number}", case["posting"]) for number in range(case["postings"])])
    for name, wanted in case["expected"].items():
        found = interval(
            build.nodes,
            build.values,
            total,
            per=Fraction(1),
            gsd=lambda _node: case["gsd"],
            name=_row,
            skewed=name == "skewed",
        )
        assert (found.low, found.high) == (wanted["low"], wanted["high"]), (case["id"], name, found)


def run_spread(case: Case) -> None:
    """Give the geometric standard deviation of factor rows under each method."""
    for code, wanted in case["expected"].items():
        for name, row_id in case["rows"].items():
            near(Fraction(spread_of(library().row(row_id), methodology(code))), wanted[name], case, code, name)


def run_gwp_shift(case: Case) -> None:
    """Bound what another GWP set can change, for burning and driving and for any gas."""
    for name, combustion in (("combustion", True), ("any_gas", False)):
        found = gwp_shift(case["old"], case["new"], combustion=combustion)
        assert found is not None
        near(found, case["expected"][name], case)


def _row(node: Node) -> str:
    return node.text("row")


RUNNERS: Mapping[str, Callable[[Case], None]] = {
    "calculation": run_calculation,
    "soil_n2o": run_soil_n2o,
    "formula": run_formula,
    "recipe": run_recipe,
    "recipes": run_recipes,
    "vehicle": run_vehicle,
    "weighted_share": run_weighted_share,
    "weighted_rating": run_weighted_rating,
    "electricity": run_electricity,
    "price": run_price,
    "interval": run_interval,
    "gwp_shift": run_gwp_shift,
    "interval_of_sum": run_interval_of_sum,
    "spread": run_spread,
}
