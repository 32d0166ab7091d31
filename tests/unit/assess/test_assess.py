"""A lot's footprint is exact through split, merge, loss and by-product, and follows from its lineage alone."""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest

from iocore.factors import FactorLibrary, FactorSet
from iocore.sources import load_all
from ledger.book.entry import parse_entry
from ledger.book.lineage import closure
from ledger.book.state import Book
from passport.account import Accounts
from passport.assess import Assessment, assess
from passport.calculation import Calculation
from passport.errors import AssessmentRefused, LotNotFound, MethodologyNotFound
from passport.explain import explain_text, waterfall
from passport.methodology import methodology
from passport.nodes import Node
from passport.sealing import closed_leaves
from tests.unit.assess.recorder import ORCHARD, Recorder, activity, distance, lot, period
from tests.unit.assess.season import box, season

KEY = b"calculation key of one passport!"
LOTS = ("h1", "h2", "h3", "m", "f", "d", "s", "a", "sea", "air", "dry")


@cache
def library() -> FactorLibrary:
    return load_all()


@cache
def recorded() -> Recorder:
    return season()


@cache
def assessed(name: str) -> Assessment:
    return assess(
        recorded().book, lot(name), library=library(), methodology="lychee-fresh@1", tree_size=len(recorded().entries)
    )


def accounts(name: str, rec: Recorder | None = None) -> Accounts:
    book = (rec or recorded()).book
    return Accounts(book, lot(name), method=methodology("lychee-fresh@1"), library=library())


def fresh(rec: Recorder, name: str) -> Assessment:
    return assess(rec.book, lot(name), library=library(), methodology="lychee-fresh@1", tree_size=len(rec.entries))


# --- rebuilt by readers who know no carbon ----------------------------------------------------------------------------


def rebuild(text: str) -> dict[str, Fraction]:
    """Evaluate a calculation from its JSON text alone."""
    values: list[Fraction] = []
    results: dict[str, Fraction] = {}
    for node in json.loads(text)["nodes"]:
        args = [values[place] for place in node.get("args", [])]
        op = node.get("op", "sealed")
        if op == "sum":
            value = sum(args, Fraction(0))
        elif op == "product":
            value = math.prod(args, start=Fraction(1))
        elif op == "ratio":
            value = args[0] / args[1]
        elif op in ("round", "posting"):
            value = Fraction(round(args[0] * 10**6), 10**6)
        elif op == "share":
            pool, weights = int(args[0] * 10**6), args[1:]
            exact = [pool * weight / sum(weights) for weight in weights]
            floors = [math.floor(part) for part in exact]
            order = sorted(range(len(exact)), key=lambda k: (floors[k] - exact[k], -weights[k], k))
            for place in order[: pool - sum(floors)]:
                floors[place] += 1
            value = Fraction(floors[node["index"]], 10**6)
        elif op == "report":
            results, value = dict(zip(node["names"], args, strict=True)), Fraction(0)
        else:
            value = Fraction(node["value"])
        values.append(value)
    return results


@pytest.mark.parametrize("name", ["sea", "air", "dry"])
def test_lot_is_rebuilt_from_the_explain_output_alone(name: str) -> None:
    found = assessed(name)
    results = rebuild(json.dumps(found.calculation(KEY).to_json()))
    assert results["gate"] == Fraction(found.footprint.gate.total_kgco2e) > 0
    assert results["delivered_per_kg"] == Fraction(found.footprint.delivered.kgco2e_per_kg)
    sealed = found.calculation(KEY).seal(lambda node: found.audiences[node.text("item")] != "public")
    assert rebuild(json.dumps(sealed.to_json())) == results


def test_text_and_waterfall_add_up_to_the_headline() -> None:
    found = assessed("sea")
    bars = waterfall(found.tree, "delivered")
    assert bars[-1].end == found.footprint.delivered.total_kgco2e
    assert [bar.start for bar in bars[1:]] == [bar.end for bar in bars[:-1]]
    assert waterfall(found.tree, "gate")[-1].end == found.footprint.gate.total_kgco2e
    text = explain_text(found.tree)
    assert text.startswith("delivered: 12863.301761 kg CO2e / 3830 kg = 3.358564 kg CO2e per kg\n")
    assert "= 900 {item " in text and "x 0.5777 {ELC.GRID-PCF.CN.2024}" in text


def test_text_says_by_what_weight_something_was_shared() -> None:
    graded = explain_text(assessed("dry").tree, boundary="gate")
    assert f"share of {lot('d')}: " in graded
    assert f", weight {580 * 6} of {580 * 6 + 5200 * 24}\n" in graded


def test_figures_agree_with_the_tree_in_every_way_of_adding() -> None:
    for name in LOTS:
        found = assessed(name).footprint
        for figure in (found.gate, found.delivered):
            total = figure.total_kgco2e
            assert sum(stage.total_kgco2e for stage in figure.by_stage) == total
            assert sum(figure.by_bucket.values()) == sum(figure.public_buckets.values()) == total
            assert sum(figure.by_gas.values()) == sum(slot.total_kgco2e for slot in figure.slots) == total
            assert figure.kgco2e_per_kg == round(total / figure.mass_kg, 6)
        for label, value in assessed(name).tree.labels().items():
            if len(label) == 2 and label[0] in ("gate", "after"):
                assert Decimal(f"{float(value):.6f}") in {stage.total_kgco2e for stage in found.delivered.by_stage}


# --- conservation -----------------------------------------------------------------------------------------------------


def value(book: Accounts, name: str) -> Fraction:
    return sum((book.builder.value(item.node) for item in book.carried[lot(name)]), Fraction(0))


def acquired(book: Accounts, name: str) -> Fraction:
    return sum((book.builder.value(item.node) for item in book.acquired[lot(name)]), Fraction(0))


def test_split_outputs_add_up_to_the_lot_and_grading_keeps_everything() -> None:
    sea, air, dry = accounts("s"), accounts("a"), accounts("d")
    assert acquired(sea, "s") + acquired(air, "a") == value(sea, "f") == value(air, "f")
    graded = accounts("f")
    waste = Fraction("0.2") * Fraction("8.98311")
    assert acquired(graded, "f") + acquired(dry, "d") == value(sea, "m")
    added = value(graded, "f") - acquired(graded, "f")
    assert 0 < added < round(waste, 6) < added + value(dry, "d") - acquired(dry, "d")


def test_by_product_is_weighed_by_value() -> None:
    whole = value(accounts("f"), "m")
    share = acquired(accounts("d"), "d") / whole
    assert abs(share - Fraction(580 * 6, 580 * 6 + 5200 * 24)) < Fraction(1, 10**7)


def test_loss_takes_no_carbon_and_its_treatment_adds() -> None:
    before, after = accounts("h3"), accounts("m")
    pool = value(before, "h3") * 2
    assert abs(value(after, "h2") - pool - Fraction("0.02") * Fraction("8.98311")) < Fraction(1, 10**4)
    delivered = assessed("sea").footprint.delivered
    landfill = [item for item in delivered.slots if item.slot == "waste_landfill"]
    assert [item.total_kgco2e for item in landfill] == [Decimal("105.046329")]
    assert delivered.mass_kg == 3980 - 150
    assert assessed("sea").footprint.gate.mass_kg == 3980


def test_pool_is_shared_without_rest() -> None:
    first, second = accounts("h2"), accounts("h3")

    def share(book: Accounts, name: str) -> Fraction:
        return sum(
            (book.builder.value(item.node) for item in book.carried[lot(name)] if item.stage == "orchard"),
            Fraction(0),
        )

    single = accounts("h1")
    assert share(first, "h2") + share(second, "h3") == share(single, "h1")


# --- the same bytes from anywhere -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sea", "air", "dry", "h3"])
def test_tree_follows_from_lineage_openings_and_used_rows_alone(name: str) -> None:
    rec, found = recorded(), assessed(name)
    ids = set(closure([parse_entry(note) for _, note, _ in rec.entries], lot(name), len(rec.entries)))
    lineage = [entry for entry in rec.entries if parse_entry(entry[1]).entry_id in ids]
    assert len(lineage) < len(rec.entries)
    rows: dict[str, list[str]] = {}
    for row_id in found.used_rows:
        rows.setdefault(row_id.rpartition(":")[0], []).append(row_id)
    sets = []
    for set_id, members in rows.items():
        whole = library().set(set_id)
        sets.append(
            FactorSet(
                source=whole.source, version=whole.version, title="", licence="", may_publish=True,
                rows=tuple(found.used_rows[row_id] for row_id in members),
            )
        )  # fmt: skip
    book = Book.fold(lineage, partial=True)
    again = assess(
        book, lot(name), library=FactorLibrary(sets), methodology="lychee-fresh@1", tree_size=found.footprint.tree_size
    )
    assert again.tree.to_json() == found.tree.to_json()
    assert again.footprint.delivered.by_gas == found.footprint.delivered.by_gas
    assert again.footprint.missing == found.footprint.missing


def test_arrival_order_of_entries_and_items_does_not_matter() -> None:
    rec = recorded()
    late = [entry for entry in rec.entries if parse_entry(entry[1]).entry.kind in ("activity", "close", "retail")]
    early = [entry for entry in rec.entries if entry not in late]
    shuffled = [
        (place, note, tuple(reversed(lines))) for place, (_, note, lines) in enumerate([*early, *reversed(late)])
    ]
    book = Book.fold(shuffled)
    assert not book.rejected
    for name in ("sea", "dry"):
        again = assess(book, lot(name), library=library(), methodology="lychee-fresh@1", tree_size=len(shuffled))
        assert again.tree.root_digest == assessed(name).tree.root_digest


def test_salted_digest_depends_on_the_key_only() -> None:
    found = assessed("sea")
    assert found.calculation(KEY).root_digest == found.calculation(KEY).root_digest
    assert found.calculation(KEY).root_digest != found.calculation(bytes(32)).root_digest
    assert found.calculation(KEY).unsalted_digest() == found.tree.root_digest
    assert Calculation.from_json(found.calculation(KEY).to_json()).root_digest == found.calculation(KEY).root_digest


# --- transport --------------------------------------------------------------------------------------------------------


def slot_total(found: Assessment, stage: str, slot: str) -> Decimal:
    return sum(
        (item.total_kgco2e for item in found.footprint.delivered.slots if (item.stage, item.slot) == (stage, slot)),
        Decimal(0),
    )


def test_sea_leg_is_distance_times_box_times_part_of_its_cargo() -> None:
    expected = Fraction(18196) * 2 * Fraction("0.1393") * Fraction(3980, 16000)
    assert Fraction(slot_total(assessed("sea"), "sea", "work")) == round(expected, 6)


def test_port_counts_moves_and_plug_hours_of_the_box() -> None:
    part = Fraction(3980, 16000)
    assert Fraction(slot_total(assessed("sea"), "port", "moves")) == round(2 * 2 * 19 * part, 6)
    plug = 18 * 2 * Fraction("2.7") * Fraction("0.5777") * part
    assert Fraction(slot_total(assessed("sea"), "port", "plug_hours")) == round(plug, 6)
    abroad = 10 * 2 * Fraction("2.7") * Fraction("0.25270") * part
    assert Fraction(slot_total(assessed("sea"), "import_terminal", "plug_hours")) == round(abroad, 6)


def test_aircraft_stands_apart_and_forcing_outside_the_headline() -> None:
    found = assessed("air").footprint
    work = Fraction(9140 * 1190, 1000)
    ttw, wtt = round(work * Fraction("0.53130"), 6), round(work * Fraction("0.13516"), 6)
    assert Fraction(found.aircraft_kgco2e) == ttw + wtt
    assert Fraction(found.aircraft_forcing_kgco2e) == round(work * Fraction("0.36809"), 6)
    assert "aircraft_forcing" not in found.delivered.by_bucket
    assert found.aircraft_kgco2e < found.delivered.total_kgco2e
    assert found.delivered.total_kgco2e - found.gate.total_kgco2e < found.aircraft_kgco2e + 100
    sea = slot_total(assessed("sea"), "sea", "work") / 3980
    assert 10 <= found.aircraft_kgco2e / 1190 / sea <= 20


def test_fuel_beats_work_and_work_needs_a_vehicle() -> None:
    assert slot_total(assessed("sea"), "road", "work") == 0
    assert slot_total(assessed("sea"), "road", "diesel") > 0
    expected = Fraction(60 * 1190, 1000)
    tank, well = round(expected * Fraction("0.20416"), 6), round(expected * Fraction("0.04457"), 6)
    assert Fraction(slot_total(assessed("air"), "road", "work")) == tank + well


def test_domestic_road_leg_lies_behind_the_gate() -> None:
    rec = Recorder()
    rec.place("orchardg")
    rec.harvest({"x": "1000"}, at="orchardg")
    before = fresh(rec, "x").footprint
    assert before.gate.total_kgco2e == before.delivered.total_kgco2e
    rec.carry(
        {"x": "1000"}, stage="road", leg="main_carriage", vehicle="artic_33_reefer", items=[distance("1480")],
        time="2026-06-21T00:00:00Z",
    )  # fmt: skip
    rec.lose("x", "50", stage="retail", treatment="none", time="2026-06-23T00:00:00Z")
    after = fresh(rec, "x").footprint
    assert after.gate.total_kgco2e == 0
    assert Fraction(after.delivered.total_kgco2e) == Fraction(148) * Fraction("1.0994")
    assert (after.gate.mass_kg, after.delivered.mass_kg) == (1000, 950)


def test_lot_split_abroad_keeps_its_part_of_the_mass_at_the_gate() -> None:
    rec = Recorder()
    rec.place("orchardg")
    rec.harvest({"x": "1000"}, at="orchardg")
    rec.carry(
        {"x": "1000"}, stage="sea", leg="main_carriage", vehicle="container_reefer",
        items=[distance("100"), box("1000")], time="2026-06-21T00:00:00Z",
    )  # fmt: skip
    rec.lose("x", "100", stage="retail", treatment="none", time="2026-06-23T00:00:00Z")
    rec.process("split", {"x": "900"}, {"y": "600", "z": "300"}, at="", time="2026-06-24T00:00:00Z")
    found = fresh(rec, "y").footprint
    assert found.gate.mass_kg == Decimal("666.666667")
    assert found.delivered.mass_kg == 600


def test_mass_finer_than_the_quantum_is_rounded() -> None:
    rec = Recorder()
    rec.place("orchardg")
    rec.harvest({"x": "1000.00000049"}, at="orchardg")
    found = fresh(rec, "x")
    assert found.footprint.gate.mass_kg == 1000
    assert found.calculation(KEY).root_digest


def test_box_stated_once_serves_the_other_events_of_a_lot() -> None:
    rec = Recorder()
    rec.place("orchardg")
    rec.harvest({"x": "1000"}, at="orchardg")
    for time, items in (
        ("2026-06-21T00:00:00Z", [activity("plug_hours", "3", "h", "meter")]),
        ("2026-06-22T00:00:00Z", [activity("plug_hours", "0", "h", "document", reason="not plugged in")]),
    ):
        rec.add("customs", stage="customs", lots=[lot("x")], data={"direction": "export"}, items=items, time=time)
    lonely = fresh(rec, "x").footprint
    assert ("customs", "no box size and cargo mass") in {(gap.stage, gap.reason) for gap in lonely.missing}
    assert lonely.gate.total_kgco2e == 0
    rec.add(
        "port_call", stage="port", lots=[lot("x")], data={"port": "CNNSA"},
        items=[activity("moves", "1", "move", "document"), box("4000")], time="2026-06-23T00:00:00Z",
    )  # fmt: skip
    plug = round(3 * 2 * Fraction("2.7") * Fraction("0.5777") / 4, 6)
    moves = round(Fraction(2 * 19, 4), 6)
    assert Fraction(fresh(rec, "x").footprint.gate.total_kgco2e) == plug + moves


# --- what counts, what is missing -------------------------------------------------------------------------------------


def test_one_unreported_stage_is_filled_and_said_so() -> None:
    found = assessed("sea").footprint
    assert [(gap.stage, gap.slot, bool(gap.filled)) for gap in found.missing] == [("precooling", "electricity", True)]
    filled = [item for item in found.gate.slots if item.tier == "gap_fill"]
    assert {item.stage for item in filled} == {"precooling"}
    whole = Fraction(2) * Fraction("55.2") * Fraction("0.5777")
    assert Fraction(0) < Fraction(sum(item.total_kgco2e for item in filled)) < whole
    assert found.gate.flag("gap_fill").total_kgco2e == sum(item.total_kgco2e for item in filled)
    assert found.gate.default_share["literature"] > 0


def one_lot(*items: tuple[str, dict[str, str]]) -> Recorder:
    rec = Recorder()
    rec.place("packhouse", country="CN", region="CN-GD")
    rec.place("orchardg")
    rec.harvest({"x": "1000"}, at="orchardg")
    rec.add(
        "activity", at="packhouse", stage="packing", lots=[lot("x")],
        data={"period": period("2026-06-20T00:00:00Z", "2026-06-21T00:00:00Z")}, items=list(items),
    )  # fmt: skip
    return rec


def expense(slot: str, **more: str) -> tuple[str, dict[str, str]]:
    value = {"slot": slot, "amount": "11300", "currency": "CNY", "vat": "0.13", "year": "2024", "evidence": "invoice"}
    return "expense", {**value, "sector": "cn-io-2017:10", **more}


def test_money_becomes_a_default_with_every_step_as_a_node() -> None:
    found = fresh(one_lot(expense("board")), "x")
    indices = ("103.5", "99.7", "98.2", "108.1", "104.1", "97.0", "97.8")
    prices = math.prod((Fraction(100) / Fraction(index) for index in indices), start=Fraction(1))
    multiplier = Fraction(library().set("cn-io-2017:1").row("10").value)
    expected = round(Fraction(11300) / Fraction("1.13") * prices * multiplier, 6)
    assert Fraction(found.footprint.gate.total_kgco2e) == expected
    figure = found.footprint.gate
    assert figure.flag("io_default").total_kgco2e == figure.flag("co2_only").total_kgco2e == figure.total_kgco2e
    assert figure.default_share["input_output"] == 100
    rows = [node.text("row") for node in found.tree.nodes if node.op == "factor"]
    assert [row for row in rows if row.startswith("prices:")] == [
        f"prices:2026-11:PPI.CN.{y}" for y in range(2018, 2025)
    ]
    fields = {node.text("field") for node in found.tree.nodes if node.op == "item"}
    assert {"amount", "vat"} <= fields
    assert "board" not in {gap.slot for gap in found.footprint.missing}


def test_missing_price_years_and_margin_are_flagged() -> None:
    figure = fresh(one_lot(expense("board", year="2026", margin="0.08")), "x").footprint.gate
    assert figure.flag("nearest_year").total_kgco2e == figure.total_kgco2e > 0
    assert figure.flag("margin_unknown").total_kgco2e == 0
    other = fresh(one_lot(expense("board", year="2026")), "x").footprint.gate
    assert abs(figure.total_kgco2e / other.total_kgco2e - Decimal("0.92")) < Decimal("0.000001")


def test_us_default_goes_through_prices_first_then_the_exchange_rate() -> None:
    found = fresh(one_lot(expense("board", sector="us-epa-2021:322211")), "x")
    row = library().set("us-epa-2021:1.2").row("322211.PUR")
    net = Fraction(10000) * 100**3 / (Fraction("104.1") * Fraction("97.0") * Fraction("97.8"))
    expected = net / Fraction("6.4515") * Fraction(row.value)
    assert Fraction(found.footprint.gate.total_kgco2e) == round(expected, 6)
    assert found.footprint.gate.flag("other_gwp:AR4").share == 100


def test_default_is_refused_where_it_misses_the_main_gas() -> None:
    found = fresh(one_lot(expense("waste_compost")), "x").footprint
    assert found.gate.total_kgco2e == 0
    assert ("packing", "waste_compost", "slot_not_io_closable") in {
        (gap.stage, gap.slot, gap.reason) for gap in found.missing
    }


def test_one_slot_counts_one_estimate_and_the_loser_stays_visible() -> None:
    both = fresh(one_lot(expense("board"), activity("board", "100", "kg")), "x").footprint
    alone = fresh(one_lot(activity("board", "100", "kg")), "x").footprint
    assert both.gate.total_kgco2e == alone.gate.total_kgco2e == Decimal("119.972542")
    assert [(item.slot, item.tier) for item in both.superseded] == [("board", "io")]
    assert both.gate.flag("io_default").total_kgco2e == 0


def test_units_are_converted_by_a_node() -> None:
    kilograms = fresh(one_lot(activity("board", "100", "kg")), "x").footprint.gate.total_kgco2e
    assert fresh(one_lot(activity("board", "200", "jin")), "x").footprint.gate.total_kgco2e == kilograms
    assert fresh(one_lot(activity("board", "0.1", "t")), "x").footprint.gate.total_kgco2e == kilograms


def test_shares_follow_evidence_and_factor() -> None:
    found = fresh(
        one_lot(activity("electricity", "100", "kWh", "meter"), activity("ice", "1000", "kg", "own_statement")), "x"
    ).footprint.gate
    total = Fraction("57.77") + Fraction(77) * Fraction("0.5777")
    assert found.measured_activity_share == round(Decimal(5777) / Decimal(float(total)), 1)
    assert found.primary_data_share == 0
    gas = assessed("sea").footprint.gate
    refrigerant = sum(item.total_kgco2e for item in gas.slots if item.slot == "refrigerant_r404a")
    assert gas.primary_data_share == round(100 * refrigerant / gas.total_kgco2e, 1)


def test_amendment_changes_the_figure_and_cites_the_amending_entry() -> None:
    rec = Recorder()
    rec.place("orchardg")
    wrong = rec.pool("orchardg", "orchard", ORCHARD)
    rec.harvest({"x": "1000"}, at="orchardg")
    before = fresh(rec, "x")
    data = {"kind": "activity", "reason": "wrong_number", "data": {"period": period()}}
    amend = rec.add(
        "amend", at="orchardg", stage="orchard", data=data, refs=[wrong], time="2025-08-01T00:00:00Z",
        items=[activity("urea", "50", "kg"), *ORCHARD[1:]],
    )  # fmt: skip
    after = fresh(rec, "x")
    assert after.footprint.gate.total_kgco2e < before.footprint.gate.total_kgco2e
    assert wrong in before.entries and wrong not in after.entries and amend in after.entries


def test_open_pool_is_charged_to_the_lots_of_the_lineage_and_flagged() -> None:
    rec = Recorder()
    rec.place("orchardg")
    rec.pool("orchardg", "orchard", ORCHARD)
    rec.harvest({"x": "1000"}, at="orchardg")
    rec.harvest({"y": "3000"}, at="orchardg", time="2026-06-21T00:00:00Z")
    open_pool = fresh(rec, "x")
    assert "open_pool" in open_pool.flags
    rec.close("orchardg", "orchard", {"x": "1000", "y": "3000"})
    closed = fresh(rec, "x")
    assert closed.footprint.open_pools == ()
    quarter = open_pool.footprint.gate.total_kgco2e / 4
    assert abs(closed.footprint.gate.total_kgco2e - quarter) < Decimal("0.0001")


def test_converted_land_is_never_counted_as_nothing() -> None:
    paper = ("document", {"sha256": "ab" * 32, "media_type": "application/pdf", "title": "title deed"})
    for quantity, reason in (("0", ""), ("3", "no published factor for this quantity")):
        rec = Recorder()
        rec.place("orchardg")
        rec.pool("orchardg", "orchard", [activity("land_converted", quantity, "mu", "document", reason="deed"), paper])
        rec.harvest({"x": "1000"}, at="orchardg")
        gaps = {gap.slot: gap.reason for gap in fresh(rec, "x").footprint.missing}
        assert gaps.get("land_converted", "") == reason


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_unknown_lot_and_methodology_are_refused() -> None:
    with pytest.raises(LotNotFound):
        assess(recorded().book, lot("nobody"), library=library(), methodology="lychee-fresh@1", tree_size=1)
    with pytest.raises(MethodologyNotFound):
        assess(recorded().book, lot("sea"), library=library(), methodology="lychee-fresh@99", tree_size=1)


def test_lineage_with_an_unopened_item_is_refused() -> None:
    rec = recorded()
    entries = [
        (place, note, () if parse_entry(note).entry.kind == "activity" else lines) for place, note, lines in rec.entries
    ]
    with pytest.raises(AssessmentRefused, match="not opened"):
        assess(Book.fold(entries), lot("sea"), library=library(), methodology="lychee-fresh@1", tree_size=len(entries))


# --- sealing ----------------------------------------------------------------------------------------------------------


def public(found: Assessment) -> Calculation:
    def closed(node: Node) -> bool:
        return found.audiences[node.text("item")] != "public"

    return found.calculation(KEY).seal(closed)


def test_public_tree_holds_no_closed_item_and_the_same_root() -> None:
    for name in ("sea", "air", "dry"):
        found = assessed(name)
        sealed = public(found)
        assert sealed.root_digest == found.calculation(KEY).root_digest
        items = {node.text("item") for node in sealed.nodes if node.op == "item"}
        assert items and {found.audiences[item] for item in items} == {"public"}
        assert sealed.results() == found.tree.results()
        stages = {label for label in found.tree.labels() if len(label) == 2}
        assert stages == {label for label in sealed.labels() if len(label) == 2}


def leaks(found: Assessment) -> set[Fraction]:
    """List the closed quantities that a number of the public tree, or a difference of two, gives away by division.

    What a sum holds of public items alone can be computed by anyone and is taken out of it first.
    """
    seen = {value for value in public(found).evaluate() if value} | remainders(found)
    seen |= {first - second for first in seen for second in seen if first > second}
    secrets = {
        Fraction(node.text("value"))
        for node in found.tree.nodes
        if node.op == "item" and found.audiences[node.text("item")] != "public" and Fraction(node.text("value"))
    }
    wanted = sorted((secret * slope, secret) for secret in secrets for slope in coefficients(found))
    near = Fraction(1, 10**5)
    return {
        secret
        for number in seen
        for product, secret in wanted[
            bisect_left(wanted, (number - near, Fraction(0))) : bisect_left(wanted, (number + near, Fraction(0)))
        ]
        if abs(product - number) < near
    }


@pytest.mark.parametrize("name", ["sea", "dry", "h3"])
def test_no_closed_quantity_follows_by_division_subtraction_and_comparison(name: str) -> None:
    assert assessed(name).footprint.exposed == ()
    assert leaks(assessed(name)) == set()


def test_stage_that_rests_on_one_closed_item_without_neighbour_is_named() -> None:
    found = assessed("air")
    assert found.footprint.exposed == ("after/retail",)
    assert leaks(found) == {Fraction(260)}


def remainders(found: Assessment) -> set[Fraction]:
    """Give each labelled sum less the parts that rest on public items alone."""
    nodes, values = found.tree.nodes, found.tree.evaluate()
    leaves = closed_leaves(nodes, lambda node: found.audiences[node.text("item")] != "public")
    rest: dict[int, Fraction] = {}
    for place, node in enumerate(nodes):
        if node.label:
            rest[place] = sum((rest.get(arg, values[arg]) for arg in node.args if leaves[arg]), Fraction(0))
    return {value for value in rest.values() if value}


def coefficients(found: Assessment) -> set[Fraction]:
    """Collect what one unit of each quantity weighs in each of its postings, and each slot as a whole."""
    nodes, values = found.tree.nodes, found.tree.evaluate()
    slopes: set[Fraction] = set()
    per_item: dict[int, Fraction] = {}
    for node in nodes:
        if node.op != "posting":
            continue
        below, pending = set(), list(node.args)
        while pending:
            place = pending.pop()
            below.add(place)
            pending += nodes[place].args
        closed = [p for p in below if nodes[p].op == "item" and found.audiences[nodes[p].text("item")] != "public"]
        for place in closed:
            if values[place]:
                slope = values[node.args[0]] / values[place]
                slopes.add(slope)
                per_item[place] = per_item.get(place, Fraction(0)) + slope
    return slopes | set(per_item.values())
