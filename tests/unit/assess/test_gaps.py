"""Stages that a facility is for are missing or filled until something counts; nothing is estimated without a source."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

import pytest

from iocore.factors import FactorLibrary
from iocore.sources import load_all
from passport.assess import assess
from passport.footprint import ProductFootprint
from tests.unit.assess.recorder import DRIED, FRESH, Recorder, activity, distance, lot, mass, period


@cache
def library() -> FactorLibrary:
    return load_all()


def found(rec: Recorder, name: str = "fruit", *, method: str = "lychee-fresh@2") -> ProductFootprint:
    return assess(
        rec.book, lot(name), library=library(), methodology=method, tree_size=len(rec.entries)
    ).footprint  # fmt: skip


def at(kind: str) -> Recorder:
    """Pick a lot and lose a little of it at a facility of a type."""
    rec = Recorder()
    rec.place("orchard", country="CN")
    rec.place("place", kind, country="CN")
    rec.harvest({"fruit": "1000"}, at="orchard")
    data = {"cause": "moisture", "treatment": "none"}
    rec.add("loss", at="place", stage="packing", lots=[lot("fruit")], data=data, items=[mass("fruit", "loss", "10")],
            time="2026-06-21T00:00:00Z")  # fmt: skip
    return rec


def slots(footprint: ProductFootprint) -> dict[str, str]:
    return {f"{gap.stage}.{gap.slot}": gap.filled for gap in footprint.missing if gap.stage != "orchard"}


def test_a_cold_room_is_filled_with_the_mass_that_came_there() -> None:
    footprint = found(at("cold_store"))
    gaps = slots(footprint)
    assert gaps.pop("cold_store.electricity") and not any(gaps.values()) and gaps
    # 10 kg were lost there, so 1000 kg came: 1 t x 55.2 kWh x 0.5777.
    assert footprint.gate.total_kgco2e == Decimal("31.889040") == footprint.gate.flag("gap_fill").total_kgco2e
    assert [pool.rpartition("/")[2] for pool in footprint.open_pools] == ["cold_store"]


def test_a_plant_without_a_published_mean_is_missing_and_not_filled() -> None:
    footprint = found(at("drying"))
    assert slots(footprint) == {"drying.electricity": "", "drying.heat": ""}
    assert footprint.gate.total_kgco2e == 0
    assert [pool.rpartition("/")[2] for pool in footprint.open_pools] == ["drying"]


def test_fruit_of_no_product_is_filled_where_it_was_cooled() -> None:
    footprint = found(at("precooling"))
    assert {slot for slot, filled in slots(footprint).items() if filled} == {"precooling.electricity"}
    assert footprint.gate.total_kgco2e == Decimal("31.889040")


@pytest.mark.parametrize("kind", ["site", "packer", "port", "grower"])
def test_other_facilities_ask_for_nothing(kind: str) -> None:
    footprint = found(at(kind))
    assert slots(footprint) == {} and footprint.open_pools == ()


def test_the_first_version_of_the_method_fills_what_the_product_asks_for_only() -> None:
    footprint = found(at("cold_store"), method="lychee-fresh@1")
    assert slots(footprint) == {} and footprint.open_pools == () and footprint.gate.total_kgco2e == 0


def test_an_explicit_zero_leaves_nothing_to_fill() -> None:
    rec = at("cold_store")
    zero = activity("electricity", "0", "kWh", "meter", reason="never switched on")
    rec.add("activity", at="place", stage="cold_store", lots=[lot("fruit")], data={"period": period()}, items=[zero])
    footprint = found(rec)
    assert "cold_store.electricity" not in slots(footprint) and footprint.gate.total_kgco2e == 0
    assert footprint.open_pools == ()


def test_what_cannot_be_entered_is_filled_with_its_reason() -> None:
    rec = at("cold_store")
    money = {"amount": "9", "currency": "CNY", "vat": "0.13", "year": "2024", "sector": "cn-io-2017:none"}
    rec.add("activity", at="place", stage="cold_store", lots=[lot("fruit")], data={"period": period()},
            items=[("expense", {"slot": "electricity", "evidence": "invoice", **money})])  # fmt: skip
    (gap,) = [gap for gap in found(rec).missing if (gap.stage, gap.slot) == ("cold_store", "electricity")]
    assert gap.filled and gap.reason.startswith("factor-not-found")


def test_a_mean_that_holds_another_is_charged_for_the_other_only_where_that_is_reported() -> None:
    def packed(cooled: str) -> ProductFootprint:
        rec = at("cold_store")
        if cooled:
            rec.add("activity", at="orchard", stage="precooling", lots=[lot("fruit")], data={"period": period()},
                    items=[activity("electricity", cooled, "kWh", "meter")])  # fmt: skip
        rec.process("transform", {"fruit": "990"}, {"box": "990"}, at="orchard", process="pack", product=FRESH,
                    more=[activity("board", "0", "kg", reason="none")])  # fmt: skip
        return found(rec, "box")

    mean = Decimal("31.889040")
    assert packed("").gate.total_kgco2e == mean
    assert packed("100").gate.total_kgco2e == Decimal("57.770000") + mean
    assert slots(packed(""))["cold_store.electricity"] == slots(packed(""))["precooling.electricity"] != ""


def test_dried_fruit_is_asked_for_drying_once() -> None:
    rec = at("drying")
    rec.process("transform", {"fruit": "990"}, {"dry": "250"}, at="place", stage="drying", process="dry", product=DRIED,
                more=[mass("fruit", "loss", "740")])  # fmt: skip
    footprint = found(rec, "dry", method="lychee-dried@1")
    gaps = [f"{gap.stage}.{gap.slot}" for gap in footprint.missing if gap.stage == "drying"]
    assert gaps == ["drying.electricity", "drying.heat"]


def test_a_voyage_without_a_box_leaves_the_port_missing() -> None:
    rec = Recorder()
    rec.place("orchard", country="CN")
    rec.harvest({"fruit": "1000"}, at="orchard")
    rec.carry({"fruit": "1000"}, stage="sea", leg="main_carriage", vehicle="container_ship_8000",
              items=[distance("18000")], time="2026-06-25T00:00:00Z")  # fmt: skip
    gaps = slots(found(rec))
    assert {"port.moves": "", "port.plug_hours": ""}.items() <= gaps.items()
