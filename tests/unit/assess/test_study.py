"""A study as data: the mean of lots by mass, allocation by mass, completeness, and one lot as the mean of itself."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from iocore.sources import load_all
from passport.assess import Assessment, assess
from passport.mean import Together
from passport.methodology import methodology
from passport.sampling import draw
from passport.study import Study
from passport.study_build import put_together
from passport.study_checks import completeness, consistency, stage_map
from passport.trail import lines
from tests.unit.assess.recorder import Recorder, lot
from tests.unit.assess.season import season

LIBRARY = load_all()
METHOD = methodology("lychee-fresh@1")
BY_MASS = replace(METHOD, policy=replace(METHOD.policy, by_value=False))


@pytest.fixture(scope="module")
def recorded() -> Recorder:
    return season()


def judged(rec: Recorder, name: str, *, by_mass: bool = False) -> Assessment:
    method = BY_MASS if by_mass else METHOD
    size = rec.book.size
    return assess(rec.book, lot(name), library=LIBRARY, methodology=method, tree_size=size, judged=not by_mass)


@pytest.fixture(scope="module")
def study(recorded: Recorder) -> Study:
    names = ("sea", "air")
    return put_together(
        recorded.book,
        [judged(recorded, name) for name in names],
        [judged(recorded, name, by_mass=True).footprint for name in names],
        product="fresh",
        season="2026",
        harvested={lot(name): ("2026-06-20", "2026-06-20") for name in names},
        refused={},
        seed=None,
        library=LIBRARY,
    )


def test_mean_is_weighted_by_mass(study: Study) -> None:
    for name in ("gate", "delivered"):
        mean, figures = study.means[name], [one.found.footprint.boundary(name) for one in study.lots]
        assert mean.total == sum(one.total_kgco2e for one in figures)
        assert mean.mass == sum(one.mass_kg for one in figures)
        exact = Fraction(mean.total) / Fraction(mean.mass)
        assert abs(exact - Fraction(mean.per_kg)) <= Fraction(1, 2_000_000)
        assert (mean.low, mean.high) == tuple(sorted(one.kgco2e_per_kg for one in figures))
        # Two lots of masses m and n lie sqrt(m n) / (m + n) of their distance from the mean, weighted by mass.
        m, n = (one.mass_kg for one in figures)
        wanted = (m * n).sqrt() / (m + n) * (mean.high - mean.low)
        assert abs(mean.deviation - wanted) < Decimal("0.000002")
        for parts in mean.parts.values():
            assert sum(part.total for part in parts) == mean.total
            assert sum(part.per_kg for part in parts) == mean.per_kg


def test_allocation_by_mass_takes_the_part_of_the_mass(study: Study) -> None:
    # Grading gave 5,200 kg at 24 CNY/kg and 580 kg at 6: by value 124800 of 128280, by mass 5200 of 5780.
    wanted = (Fraction(5200, 5780)) / Fraction(124800, 128280)
    for one in study.lots:
        before, after = (
            sum(stage.total_kgco2e for stage in found.gate.by_stage if stage.stage == "orchard")
            for found in (one.found.footprint, one.by_mass)
        )
        assert abs(Fraction(after) / Fraction(before) - wanted) < Fraction(1, 1_000_000)
    assert study.means["gate"].by_mass < study.means["gate"].per_kg


def test_one_lot_is_the_mean_of_itself(recorded: Recorder) -> None:
    found = judged(recorded, "sea")
    for name in ("gate", "delivered"):
        alone = Together([found]).quality(name, [tuple(lines(found.tree))], seed=7)
        own, quality = found.footprint.boundary(name).interval, found.quality[name]
        assert (alone.interval.low, alone.interval.high, alone.interval.gsd) == (own.low, own.high, own.gsd)
        assert alone.matched == quality.matched and alone.contributors == quality.contributors
        assert [one.interval for one in alone.improvements] == [one.interval for one in quality.improvements]
        assert alone.drawn == draw(found, name, seed=7)


def test_a_calculation_that_is_too_large_is_not_drawn(recorded: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(recorded, "air")
    own = [tuple(lines(found.tree))]
    assert Together([found]).quality("gate", own, seed=7).drawn is not None
    monkeypatch.setattr("passport.mean.MOST_DRAWN", 10)
    assert Together([found]).quality("gate", own, seed=7).drawn is None


def test_same_lot_twice_is_as_uncertain_as_once(recorded: Recorder) -> None:
    found = judged(recorded, "sea")
    own = tuple(lines(found.tree))
    once, twice = (Together([found] * count).quality("gate", [own] * count, seed=None) for count in (1, 2))
    assert (once.interval.low, once.interval.high) == (twice.interval.low, twice.interval.high)


def test_what_is_missing_is_counted_by_lot(study: Study) -> None:
    checks = {(one.stage, one.slot): one for one in completeness(study)}
    assert (checks["orchard", "urea"].reported, checks["orchard", "urea"].missing) == (2, 0)
    # Only the sea lot calls at the port, and the season records no shop.
    assert checks["port", "moves"].reported == 1
    for key, one in checks.items():
        gaps = [lot for lot in study.lots for gap in lot.found.footprint.missing if (gap.stage, gap.slot) == key]
        assert one.filled + one.missing == len({gap.number for gap in gaps})
    stages = {one.stage: one.lots for one in stage_map(study)}
    assert stages["sea"] == {"gate": 0, "after": 1} and stages["drying"] == {"gate": 0, "after": 0}


def test_consistency_names_what_is_not_one(study: Study) -> None:
    checks = {one.code: one for one in consistency(study)}
    assert checks["method"].fine and checks["method"].found == ("lychee-fresh@1",)
    assert not checks["gwp"].fine and {"AR5", "AR6"} <= set(checks["gwp"].found)
    assert checks["editions"].found == ("2019",) and checks["editions"].fine
    assert checks["electricity"].fine
    distant = [f"F{one.number}" for one in study.factors if "year_gap" in one.flags]
    assert checks["years"].found == tuple(distant) and not checks["years"].fine


def test_everything_cited_has_one_number(study: Study) -> None:
    for own in (study.data, study.entries, study.factors, study.weights):
        assert [one.number for one in own] == list(range(1, len(own) + 1))
    assert len({(one.digest, one.field) for one in study.data}) == len(study.data)
    assert len({one.row_id for one in study.factors}) == len(study.factors)
    chosen = {match.row_id: match.rejected for one in study.lots for match in one.found.choices}
    for factor in study.factors:
        told = [one.row_id for one in factor.rejected]
        kinds = {one.row.stem for one in factor.rejected} - {factor.row.stem}
        assert set(chosen.get(factor.row_id, ())) <= set(told) and len(set(told)) == len(told)
        assert all(one.reason for one in factor.rejected) and bool(kinds) == (factor.row.stem == "ELC.GRID-PCF")
