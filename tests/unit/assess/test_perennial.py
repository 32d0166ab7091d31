"""Lots share in a mean over seasons, each with the factors of its own year, and nothing else changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest

from iocore.factors import FactorLibrary
from iocore.sources import load_all
from ledger.book.entry import parse_entry
from ledger.book.lineage import closure
from ledger.book.state import Book
from passport.assess import Assessment, assess
from passport.journal import journal_of_actors
from passport.methodology import methodology
from tests.unit.assess.recorder import Recorder, activity, lot, period
from tests.unit.book.test_season_rules import SPANS, Item, bore, orchard, picked, used

GRID = {2023: Fraction("0.6205"), 2024: Fraction("0.5777")}
SECOND = methodology("lychee-fresh@2")


@cache
def library() -> FactorLibrary:
    return load_all()


def found(rec: Recorder, *, method: str = "lychee-fresh@2", name: str = "y2026") -> Assessment:
    size = len(rec.entries)
    return assess(rec.book, lot(name), library=library(), methodology=method, tree_size=size, judged=True)


def slots(one: Assessment) -> dict[tuple[str, str], Decimal]:
    return {(slot.slot, slot.evidence): slot.total_kgco2e for slot in one.footprint.gate.slots}


def charged(restated: Sequence[Item]) -> Fraction:
    rec = orchard()
    picked(rec, 2026, *restated)
    return Fraction(found(rec).footprint.gate.total_kgco2e)


def test_each_season_takes_the_factors_of_its_own_year() -> None:
    rec = orchard()
    picked(rec, 2025, used("2023", "1200"), bore("2023", "12000"), used("2024", "1000"), bore("2024", "3000"))
    one = found(rec, name="y2025")
    # 1200 kWh of 2023, 1000 kWh of 2024 and 1100 kWh of now, over 12000 + 3000 + 9000 kg.
    part = Fraction(9000, 24000)
    assert Fraction(one.footprint.gate.total_kgco2e) == part * (1200 * GRID[2023] + (1000 + 1100) * GRID[2024])
    assert {row.rpartition(".")[2] for row in one.used_rows if "GRID-PCF" in row} == {"2023", "2024"}
    assert one.own_season["gate"].total_kgco2e == Decimal("635.470000")
    assert one.own_season["gate"].kgco2e_per_kg == Decimal("0.070608")
    assert one.own_season["delivered"].seasons == ("2023", "2024", "2025")


def test_a_season_before_all_factors_takes_the_next_year_and_is_flagged() -> None:
    rec = orchard()
    picked(rec, 2024, used("2022", "1200"), bore("2022", "12000"), used("2023", "1000"), bore("2023", "3000"))
    figures = found(rec, name="y2024").footprint.gate
    assert figures.flag("later_year").total_kgco2e == Decimal(str(round(float(GRID[2023] * 1200 * 3 / 8), 6)))
    assert figures.flag("year_gap").total_kgco2e == 0


def test_the_establishment_takes_the_year_that_it_states() -> None:
    life = bore("establishment", "90000")
    later, earlier = (charged([used("establishment", "1000", **year), life]) for year in ({}, {"year": "2023"}))
    own = 1100 * GRID[2024]
    assert later == own + 1000 * GRID[2024] / 10
    assert earlier == own + 1000 * GRID[2023] / 10


def test_a_season_that_says_nothing_of_a_slot_thins_out_nothing() -> None:
    own = 1100 * GRID[2024]
    assert charged([bore("2025", "1000000000")]) == own
    assert charged([used("2025", "7", "diesel", "L"), bore("2025", "1000000000")]) - own < 1
    # 2025 states its electricity, 2024 does not: (1100 + 1000) kWh over 9000 + 3000 kg.
    assert (
        charged([used("2025", "1000"), bore("2025", "3000"), bore("2024", "6000")])
        == Fraction(9, 12) * 2100 * GRID[2024]
    )


@pytest.mark.parametrize(
    "restated",
    [
        # 2025 was the heavy year: it is left out wholly, or its electricity is.
        [used("2024", "10"), bore("2024", "3000")],
        [used("2024", "10"), bore("2024", "3000"), bore("2025", "9000")],
        [used("2024", "10"), bore("2024", "3000"), used("2025", "7", "diesel", "L"), bore("2025", "9" * 12)],
    ],
)
def test_a_mean_skips_no_year(restated: list[Item]) -> None:
    rec = orchard()
    picked(rec, 2026, *restated)
    one = found(rec)
    assert abs(Fraction(one.footprint.gate.total_kgco2e) - 1100 * GRID[2024]) < 1
    (loser,) = one.footprint.superseded
    gap = "a mean takes seasons that follow each other without a gap"
    assert (loser.slot, loser.reason) == ("electricity", gap)
    books = journal_of_actors(rec.book, method=SECOND, library=library())
    assert not books.faults() and all(line.balanced for line in books.statement())


def test_a_season_of_another_fertiliser_tells_what_it_used_of_the_same() -> None:
    rec = orchard()
    rec.pool("orchard", "orchard", [activity("urea", "100", "kg")], SPANS[2026])
    picked(rec, 2026, used("2025", "0", "npk", "kg"), bore("2025", "27000"), kwh="0.001")
    one = found(rec)
    whole = one.own_season["gate"].total_kgco2e
    assert one.footprint.gate.total_kgco2e * 4 == pytest.approx(whole, abs=Decimal("0.01"))


def test_a_mean_covers_three_seasons_and_leaves_older_ones_out() -> None:
    three = [used("2025", "10"), bore("2025", "1000"), used("2024", "20"), bore("2024", "2000")]
    assert charged(three) == charged([*three, used("2023", "9999"), bore("2023", "9999")])
    rec = orchard()
    picked(rec, 2026, *three, used("2023", "9999"), bore("2023", "9999"))
    (loser,) = found(rec).footprint.superseded
    assert loser.reason == "a mean takes no more seasons than these"


def test_what_was_used_in_an_earlier_season_only_is_charged_too() -> None:
    rec = orchard()
    picked(rec, 2026, used("2025", "100", "urea", "kg"), bore("2025", "9000"))
    one = found(rec)
    alone = orchard()
    picked(alone, 2026)
    alone.add("activity", at="orchard", stage="orchard", data={"period": period(*SPANS[2026])}, time=SPANS[2026][0],
              items=[activity("urea", "100", "kg", "meter")])  # fmt: skip
    whole = {key[0]: total for key, total in slots(found(alone)).items()}
    assert slots(one)["urea", "meter"] * 2 == pytest.approx(whole["urea"], abs=Decimal("0.000004"))
    assert any(gap.slot == "nitrogen" and not gap.filled for gap in one.footprint.missing)


def test_money_of_a_season_is_averaged_like_its_quantities() -> None:
    rec = orchard()
    spent = {"currency": "CNY", "vat": "0.13", "year": "2024", "evidence": "invoice", "sector": "cn-io-2017:26"}
    rec.harvest({"y2026": "9000"}, at="orchard", span=SPANS[2026])
    rec.pool("orchard", "orchard", [("expense", {"slot": "pesticide", "amount": "1000", **spent})], SPANS[2026])
    rec.close("orchard", "orchard", {"y2026": "9000"}, SPANS[2026],
              more=[used("2025", "0", "pesticide", "kg"), bore("2025", "27000")])  # fmt: skip
    one = found(rec)
    assert one.footprint.gate.total_kgco2e * 4 == pytest.approx(
        one.own_season["gate"].total_kgco2e, abs=Decimal("0.000004")
    )


def test_a_better_reading_of_the_lot_ends_the_mean_of_its_slot() -> None:
    rec = orchard()
    rec.harvest({"y2026": "9000"}, at="orchard", span=SPANS[2026])
    rec.pool("orchard", "orchard", [activity("electricity", "1100", "kWh", "estimate")], SPANS[2026])
    rec.add("activity", at="orchard", stage="orchard", lots=[lot("y2026")], data={"period": period(*SPANS[2026])},
            items=[activity("electricity", "500", "kWh", "meter")])  # fmt: skip
    rec.close("orchard", "orchard", {"y2026": "9000"}, SPANS[2026], more=[used("2025", "700"), bore("2025", "3000")])
    one = found(rec)
    assert Fraction(one.footprint.gate.total_kgco2e) == 500 * GRID[2024]
    assert sorted(loser.reason for loser in one.footprint.superseded) == ["a better estimate counts"] * 2
    books = journal_of_actors(rec.book, method=SECOND, library=library())
    assert not books.faults() and all(line.balanced for line in books.statement())


def test_one_season_in_the_mean_is_the_season_alone() -> None:
    rec = orchard()
    picked(rec, 2026, used("2025", "700"), bore("2025", "3000"))
    first = found(rec, method="lychee-fresh@1")
    one = replace(SECOND, policy=replace(SECOND.policy, seasons=1))
    second = assess(rec.book, lot("y2026"), library=library(), methodology=one, tree_size=len(rec.entries))
    assert first.tree.unsalted_digest() == second.tree.unsalted_digest()
    assert first.own_season == {} == second.own_season


def test_the_order_of_statements_changes_nothing() -> None:
    restated = [used("2025", "700"), bore("2025", "3000"), used("2024", "800"), bore("2024", "6000")]
    assert charged(restated) == charged(restated[::-1])


def test_a_season_without_yield_waits_for_the_next_ones() -> None:
    rec = orchard()
    picked(rec, 2025, kwh="1000")
    rec.pool("orchard", "orchard", [activity("electricity", "400", "kWh", "meter")], SPANS[2026])
    rec.close("orchard", "orchard", {}, SPANS[2026])
    waiting = journal_of_actors(rec.book, method=SECOND, library=library())
    assert [(one.holder, one.quanta) for one in waiting.reserves()] == [("deferral", 231_080_000)]
    assert all(one.strained for one in waiting.reserves())
    picked(rec, 2027, used("2026", "400"), bore("2026", "0"), kwh="600")
    # 400 kWh without fruit and 600 kWh now are charged to the 9000 kg of now.
    assert Fraction(found(rec, name="y2027").footprint.gate.total_kgco2e) == 1000 * GRID[2024]
    after = journal_of_actors(rec.book, method=SECOND, library=library())
    assert not after.faults() and all(line.balanced for line in after.statement(waiting))
    assert after.reserves() == ()


def test_a_deferral_beyond_one_season_is_strained() -> None:
    rec = orchard()
    picked(rec, 2026, used("2025", "9000"), bore("2025", "9000"))
    (one,) = journal_of_actors(rec.book, method=SECOND, library=library()).reserves()
    # 1100 kWh were used, (9000 + 1100) / 2 are charged: 3950 kWh more.
    assert (one.quanta, one.season) == (int(-3950 * GRID[2024] * 10**6), int(1100 * GRID[2024] * 10**6))
    assert one.strained
    assert not replace(one, quanta=one.season).strained


def test_whoever_holds_the_lineage_alone_derives_the_same_mean() -> None:
    rec = orchard()
    picked(rec, 2025, kwh="1000")
    picked(
        rec, 2026, used("2025", "1000"), bore("2025", "9000"), used("establishment", "7"), bore("establishment", "9")
    )
    envelopes = [parse_entry(note) for _, note, _ in rec.entries]
    known = set(closure(envelopes, lot("y2026"), len(envelopes)))
    part = [entry for entry, envelope in zip(rec.entries, envelopes, strict=True) if envelope.entry_id in known]
    assert len(part) < len(rec.entries)
    book, size = Book.fold(part, partial=True), len(rec.entries)
    derived = assess(book, lot("y2026"), library=library(), methodology="lychee-fresh@2", tree_size=size)
    assert derived.tree.unsalted_digest() == found(rec).tree.unsalted_digest()
    sealed = derived.calculation(b"k" * 32).seal(lambda _node: True)
    assert sealed.root_digest == derived.calculation(b"k" * 32).root_digest
    assert sealed.results() == derived.tree.results()
