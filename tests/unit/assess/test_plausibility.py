"""Figures against two papers, neither of which is the average of anything, and days against how long fruit keeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from iocore.sources import load_all
from ledger.book.model import Effective, Lot
from passport.assess import assess
from passport.plausibility import PAULL, PER_KG, YAN, ZHAO, Comparison, _keeping, _ranges, compare
from tests.unit.assess.recorder import DRIED, FRESH, Recorder, activity, lot


@pytest.mark.parametrize(
    ("value", "yan", "zhao", "suspect"),
    [
        # Yan 2016: 0.07 to 0.7; Zhao 2021: 2.2 to 3.0, both in kg CO2e/kg.
        ("0.069", "below", "below", True),
        ("0.07", "within", "below", False),
        ("0.7", "within", "below", False),
        ("1.5", "above", "below", True),
        ("2.2", "above", "within", False),
        ("3.001", "above", "above", True),
    ],
)
def test_figure_is_suspect_where_no_paper_reports_it(value: str, yan: str, zhao: str, suspect: bool) -> None:
    found = {one.source: one for one in _ranges("farm_per_kg", Fraction(value), "kg CO2e/kg", PER_KG)}
    assert (found[YAN].verdict, found[ZHAO].verdict) == (yan, zhao)
    assert {one.suspect for one in found.values()} == {suspect}
    assert {one.value for one in found.values()} == {Decimal(value).quantize(Decimal("0.001"))}


def test_what_is_not_recorded_is_not_judged() -> None:
    assert {(one.verdict, one.suspect) for one in _ranges("farm_per_ha", None, "t CO2e/ha", PER_KG)} == {
        ("unknown", False)
    }


def farm(product: str, **area: str) -> tuple[Comparison, ...]:
    """Record an orchard of 45 mu with 100 kg of urea, pick 9,000 kg, and pack it as a product."""
    rec = Recorder()
    rec.place("orchard", country="CN", region="CN-GD", **area)
    rec.place("packhouse", country="CN", region="CN-GD")
    rec.harvest({"h": "9000"}, at="orchard")
    rec.pool("orchard", "orchard", [activity("urea", "100", "kg")])
    rec.close("orchard", "orchard", {"h": "9000"})
    rec.process("transform", {"h": "9000"}, {"f": "9000"}, at="packhouse", process="pack", product=product)
    found = assess(rec.book, lot("f"), library=load_all(), methodology="lychee-fresh@1", tree_size=rec.book.size)
    return compare(rec.book, lot("f"), found.tree)


def test_farm_is_judged_by_kilogram_and_by_hectare() -> None:
    found = farm(FRESH, area="45", unit="mu")
    # 480 kg of urea are 1652.400960 for making it, 352.000000 CO2 and 1964.559168 N2O; 100 kg are 826.866694 kg.
    # By kg: 826.866694 / 9000 = 0.092. 45 mu are 3 ha: 826.866694 / 3 / 1000 = 0.276 t per ha.
    assert [(one.subject, one.value, one.source, one.verdict) for one in found[:4]] == [
        ("farm_per_kg", Decimal("0.092"), YAN, "within"),
        ("farm_per_kg", Decimal("0.092"), ZHAO, "below"),
        ("farm_per_ha", Decimal("0.276"), YAN, "below"),
        ("farm_per_ha", Decimal("0.276"), ZHAO, "below"),
    ]
    assert [one.suspect for one in found[:4]] == [False, False, True, True]


def test_without_area_there_is_no_figure_by_hectare_and_without_fresh_fruit_none_at_all() -> None:
    assert [one.value for one in farm(FRESH)[2:4]] == [None, None]
    assert farm(DRIED) == ()


def entry(kind: str, day: int, stage: str = "") -> Effective:
    return Effective(
        index=day, entry_id=f"{kind}{day}", source_id=f"{kind}{day}", source_index=day, kind=kind, actor="a",
        recorded_by="a", facility="", stage=stage, data={}, lots=(), refs=(),
        event_time=datetime(2026, 6, 1, tzinfo=UTC) + timedelta(days=day), period=None, items=(), unopened=(),
    )  # fmt: skip


def picked(*events: Effective) -> Lot:
    return Lot(
        id="p:A",
        product_gtin="",
        variety="",
        origin=entry("harvest", 0),
        consumed_by=None,
        written_off_by=None,
        events=events,
        custodian="a",
    )


@pytest.mark.parametrize(
    ("days", "more", "verdict", "suspect"),
    [
        # Paull 2014: 35 days at most when chilled, 5 when not; a loss on the way explains more.
        (35, [entry("activity", 1, "cold_store")], "within", False),
        (36, [entry("activity", 1, "cold_store")], "above", True),
        (36, [entry("activity", 1, "cold_store"), entry("loss", 30)], "above", False),
        (5, [], "within", False),
        (6, [], "above", True),
    ],
)
def test_days_beyond_what_fruit_keeps_are_suspect_where_nothing_was_lost(
    days: int, more: list[Effective], verdict: str, suspect: bool
) -> None:
    found = _keeping([picked(*more, entry("receive", days))])
    assert (found.value, found.source, found.verdict, found.suspect) == (Decimal(days), PAULL, verdict, suspect)
    assert _keeping([picked()]).verdict == "unknown"
