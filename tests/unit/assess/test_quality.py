"""What an assessment rests on: every share adds up, every bound follows by hand, and no figure is touched."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest

from iocore.dqr import DIMENSIONS
from iocore.factors import FactorLibrary
from iocore.sources import load_all
from passport.assess import Assessment, assess
from passport.calculation import Builder
from passport.footprint import plain
from passport.quality import Quality
from passport.uncertainty import interval
from passport.variance import Contributor, Part, attribute
from tests.unit.assess.recorder import Recorder, activity, lot, period
from tests.unit.assess.season import season

LOTS = ("h1", "m", "f", "d", "sea", "air", "dry")
ENTRY = "cd" * 32


@cache
def library() -> FactorLibrary:
    return load_all()


@cache
def recorded() -> Recorder:
    return season()


def judged(rec: Recorder, name: str) -> Assessment:
    return assess(
        rec.book, lot(name), library=library(), methodology="lychee-fresh@1", tree_size=len(rec.entries), judged=True
    )


@cache
def of_season(name: str) -> Assessment:
    return judged(recorded(), name)


def one_lot(*items: tuple[str, dict[str, str]]) -> Quality:
    rec = Recorder()
    rec.place("packhouse", country="CN", region="CN-GD")
    rec.place("orchardg")
    rec.harvest({"x": "1000"}, at="orchardg")
    rec.add(
        "activity", at="packhouse", stage="packing", lots=[lot("x")],
        data={"period": period("2026-06-20T00:00:00Z", "2026-06-21T00:00:00Z")}, items=list(items),
    )  # fmt: skip
    return judged(rec, "x").quality["gate"]


def expense(slot: str, sector: str) -> tuple[str, dict[str, str]]:
    value = {"slot": slot, "amount": "1130", "currency": "CNY", "vat": "0.13", "year": "2024", "evidence": "invoice"}
    return "expense", {**value, "sector": sector}


@pytest.mark.parametrize("name", LOTS)
def test_judging_changes_nothing_else(name: str) -> None:
    plain_one = assess(
        recorded().book, lot(name), library=library(), methodology="lychee-fresh@1", tree_size=len(recorded().entries)
    )
    assert plain_one.quality == {}
    assert plain_one.footprint == of_season(name).footprint
    assert plain_one.tree.unsalted_digest() == of_season(name).tree.unsalted_digest()


@pytest.mark.parametrize("boundary", ["gate", "delivered"])
@pytest.mark.parametrize("name", LOTS)
def test_evidence_adds_up_to_the_total_and_to_a_hundred(name: str, boundary: str) -> None:
    found = of_season(name).quality[boundary]
    figures = of_season(name).footprint.boundary(boundary)
    assert sum(one.share for one in found.evidence) == 100
    assert sum(one.total_kgco2e for one in found.evidence) == figures.total_kgco2e
    measured = sum(one.share for one in found.evidence if one.evidence in ("meter", "scale_ticket", "invoice"))
    assert abs(measured - figures.measured_activity_share) <= Decimal("0.3")


@pytest.mark.parametrize("boundary", ["gate", "delivered"])
@pytest.mark.parametrize("name", LOTS)
def test_ratings_roll_up_by_the_emissions_of_the_postings(name: str, boundary: str) -> None:
    found = of_season(name).quality[boundary]
    total = of_season(name).footprint.boundary(boundary).total_kgco2e
    assert sum(one.total_kgco2e for one in found.postings) == total
    for dimension, mean in found.dqr.items():
        by_hand = sum(one.total_kgco2e * getattr(one.rating, dimension) for one in found.postings) / total
        assert abs(mean - by_hand) <= Decimal("0.0005")
        assert 1 <= mean <= 5


def test_rating_sees_place_year_tier_and_evidence_of_the_posting() -> None:
    rated = {(one.stage, one.slot, one.gas): one.rating for one in of_season("sea").quality["delivered"].postings}
    grid = rated["packing", "electricity", "CO2e@AR6"]
    assert (grid.technology, grid.geography, grid.time) == (2, 2, 1), "national mean of 2024, read in a reprint"
    soil = rated["orchard", "urea", "N2O"]
    assert (soil.geography, soil.time) == (4, 3), "defaults for the world of 2019"
    assert rated["cold_store", "refrigerant_r404a", "R404A"].technology == 1, "no factor but a warming potential"


@pytest.mark.parametrize("boundary", ["gate", "delivered"])
@pytest.mark.parametrize("name", LOTS)
def test_slots_and_sharing_cause_the_whole_variance(name: str, boundary: str) -> None:
    found = of_season(name).quality[boundary].contributors
    assert abs(sum(one.share for one in found) - 100) <= Decimal("0.05") * (len(found) + 10)
    assert [one.share for one in found] == sorted((one.share for one in found), reverse=True)


def leaf(build: Builder, number: int, value: str) -> int:
    return build.item(ENTRY, f"{number:043d}", "quantity", value)


def two_slots(rows: tuple[str, str], spreads: Mapping[str, str]) -> tuple[Builder, int, list[Part], dict[str, str]]:
    """Give a total of 50 kg and 20 kg from two slots, each an activity times a factor."""
    build = Builder()
    nodes = [
        build.posting(
            build.product([leaf(build, number, value), build.factor(row, "0.5")]),
            stage="s", slot=name, bucket="fossil", gas="CO2", evidence="meter", tier="database",
        )
        for number, (name, value, row) in enumerate(zip("ab", ("100", "40"), rows, strict=True))
    ]  # fmt: skip
    parts = [
        Part(("s", name), build.value(node), node, measured=True, primary=False)
        for name, node in zip("ab", nodes, strict=True)
    ]
    return build, build.sum(nodes), parts, {f"{0:043d}": "1.02", f"{1:043d}": "1.3", **spreads}


def test_variance_of_two_slots_follows_by_hand() -> None:
    build, target, parts, spreads = two_slots(("s:1:A", "s:1:A"), {"s:1:A": "1.5"})
    contributors, _ = attribute(build.nodes, build.values, target, mass=Fraction(1), parts=parts, spread=spreads)

    def spread(gsd: float) -> float:
        return math.exp(math.log(gsd) ** 2) - 1

    first, second = 50 / 70, 20 / 70
    a = first * spread(1.5) + first**2 * spread(1.02)  # the shared factor has elasticity 1, of which 5/7 through a
    b = second * spread(1.5) + second**2 * spread(1.3)
    assert contributors == (
        Contributor("s", "a", Decimal(f"{100 * a / (a + b):.1f}")),
        Contributor("s", "b", Decimal(f"{100 * b / (a + b):.1f}")),
    )


@pytest.mark.parametrize("rows", [("s:1:A", "s:1:A"), ("s:1:A", "s:1:B")])
def test_measuring_a_slot_gives_what_the_measured_calculation_would_give(rows: tuple[str, str]) -> None:
    spreads = {"s:1:A": "1.5", "s:1:B": "2.0"}
    build, target, parts, known = two_slots(rows, spreads)
    _, improvements = attribute(build.nodes, build.values, target, mass=Fraction(10), parts=parts, spread=known)
    assert {one.slot for one in improvements} == {"a", "b"}
    for one in improvements:
        own = tuple("s:1:OWN" if name == one.slot else row for name, row in zip("ab", rows, strict=True))
        rebuilt, again, _, spread = two_slots((own[0], own[1]), {**spreads, "s:1:OWN": "1.1"})
        spread[f"{'ab'.index(one.slot):043d}"] = "1.05"
        exact = interval(
            rebuilt.nodes, rebuilt.values, again, per=Fraction(10),
            gsd=lambda node, spread=spread: spread[node.text("row") or node.text("item")], name=lambda node: "",
        )  # fmt: skip
        assert (one.interval.low, one.interval.high, one.interval.gsd) == (exact.low, exact.high, exact.gsd)
        assert one.primary_data_share == Decimal({"a": "71.4", "b": "28.6"}[one.slot])
        assert one.measured_activity_share == 100


def test_weights_of_a_pool_are_a_source_that_no_slot_can_take_away() -> None:
    build = Builder()
    pool = build.posting(
        build.product([leaf(build, 0, "10"), build.factor("s:1:A", "2")]),
        stage="s", slot="a", bucket="fossil", gas="CO2", evidence="meter", tier="database",
    )  # fmt: skip
    share = build.share(pool, {"x": leaf(build, 1, "1"), "y": leaf(build, 2, "3")}, "x")
    spreads = {f"{number:043d}": gsd for number, gsd in enumerate(("1.0", "1.2", "1.2"))} | {"s:1:A": "1.2"}
    parts = [Part(("s", "a"), build.value(share), pool, measured=True, primary=False)]
    contributors, improvements = attribute(
        build.nodes, build.values, build.sum([share]), mass=Fraction(1), parts=parts, spread=spreads
    )
    # elasticities: 1 to the factor, 3/4 and -3/4 to the weights
    assert contributors == (Contributor("", "", Decimal("52.9")), Contributor("s", "a", Decimal("47.1")))
    assert Decimal(improvements[0].interval.gsd) > Decimal("1.2")


def test_improvements_narrow_the_interval_and_come_best_first() -> None:
    figures = of_season("sea").footprint.delivered
    found = of_season("sea").quality["delivered"].improvements
    spreads = [Decimal(one.interval.gsd) for one in found]
    assert len(found) == 5
    assert spreads == sorted(spreads)
    assert spreads[0] < Decimal(figures.interval.gsd)
    for one in found:
        assert one.measured_activity_share >= figures.measured_activity_share
        assert one.primary_data_share > figures.primary_data_share


def test_what_another_gwp_set_can_shift_is_bounded_by_its_gases() -> None:
    rated = of_season("sea").quality["delivered"]
    (shift,) = [one for one in rated.shifts if one.gas == "CO2e@AR5"]
    assert shift.total_kgco2e == of_season("sea").footprint.delivered.by_gas["CO2e@AR5"]
    assert shift.at_most_kgco2e is not None
    assert Decimal("0.064") < shift.at_most_kgco2e / shift.total_kgco2e < Decimal("0.2105")
    alone = one_lot(activity("board", "1000", "kg")).shifts
    assert [(one.gas, one.at_most_kgco2e == round(one.total_kgco2e * 101 / 480, 6)) for one in alone] == [
        ("CO2e@AR5", True)
    ], "board can hold any gas: HFC-143a, 5810 over 4800"


def test_gases_left_out_are_bounded_at_the_terminal_and_not_in_a_table_of_sectors() -> None:
    (port,) = [one for one in of_season("sea").quality["delivered"].shifts if one.gas == "CO2"]
    assert port.at_most_kgco2e == round(port.total_kgco2e * Decimal("0.1071"), 6)
    (paid,) = one_lot(expense("board", "cn-io-2017:10")).shifts
    assert (paid.gas, paid.at_most_kgco2e, paid.share) == ("CO2", None, None)
    assert paid.unbounded_slots == ("packing/board",)
    (american,) = one_lot(expense("board", "us-epa-2021:322211")).shifts
    assert american.gas == "CO2e@AR4"
    assert american.at_most_kgco2e == round(american.total_kgco2e * 134 / 447, 6), "HFC-143a, 5810 over 4470"


def test_nothing_emitted_is_nothing_to_judge() -> None:
    found = one_lot()
    assert (found.dqr, found.evidence, found.contributors, found.shifts, found.improvements) == ({}, (), (), (), ())


def test_plain_form_holds_decimal_strings_only() -> None:
    value = plain(of_season("sea").quality)
    assert value["gate"]["dqr"]["time"] == str(of_season("sea").quality["gate"].dqr["time"])
    assert set(value["gate"]["postings"][0]["rating"]) == set(value["gate"]["dqr"])


def test_ratings_at_the_gate_are_those_of_the_whole_judgement_and_only_asked_for() -> None:
    def assessed(method: str, *, rated: bool) -> Assessment:
        size = len(recorded().entries)
        return assess(
            recorded().book, lot("sea"), library=library(), methodology=method, tree_size=size, judged=True, rated=rated
        )

    found = assessed("lychee-fresh@2", rated=True)
    assert found.ratings == found.quality["gate"].dqr and set(found.ratings) == {*DIMENSIONS}
    assert found.ratings != found.quality["delivered"].dqr
    assert assessed("lychee-fresh@2", rated=False).ratings == {} == assessed("lychee-fresh@1", rated=True).ratings
