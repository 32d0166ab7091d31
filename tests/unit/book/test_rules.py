"""Every broken rule is found, all of them together, and a valid entry passes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ledger.book.entry import Entry, parse_entry, sign_entry
from ledger.book.kind import kinds
from ledger.book.state import Book
from ledger.book.vocabulary import ITEM_TYPES
from ledger.ids import NO_ENTRY
from ledger.log.note import VerifierKey
from tests.support.chain import JUNE, SEASON, ChainBuilder, gs1_lot, gtin, lot_code, mass, used, weight
from tests.unit.book.conftest import Season

DIARY: dict[str, Any] = {"stage": "orchard", "data": {"period": SEASON}}


def activity(season: Season, *items: Any, **parts: Any) -> list[str]:
    merged = {**DIARY, "facility": season.plot, **parts}
    return season.chain.add("activity", season.grower, items=items, **merged).codes


def test_climate_is_said_where_a_facility_is_registered(season: Season) -> None:
    climate = ("climate", {"zone": "dry", "evidence": "document"})
    assert activity(season, used("urea", "100", "kg"), climate) == ["item-place"]


def test_conditions_stand_beside_the_slot_that_needs_them(season: Season) -> None:
    pump = {"head": "20", "efficiency": "0.5"}
    assert activity(season, used("pumped_water", "500", "m3", **pump)) == []
    assert activity(season, used("irrigation_water", "500", "m3", **pump)) == ["item-field", "item-field"]
    assert activity(season, used("pumped_water", "500", "m3", head="20", efficiency="1.2")) == ["item-malformed"]


def test_value_of_a_supplier_stands_beside_its_quantity_once_and_in_its_unit(season: Season) -> None:
    known = {"slot": "npk", "kgco2e": "0.9", "gwp_set": "AR6", "boundary": "cradle_to_gate", "source": "PCF 2026"}
    value = ("supplier_value", {**known, "unit": "kg", "evidence": "document"})
    quantity = used("npk", "600", "kg")
    assert activity(season, quantity, value) == []
    assert activity(season, used("diesel", "5", "L"), value) == ["item-place"]
    assert activity(season, quantity, value, ("supplier_value", {**value[1], "kgco2e": "0.8"})) == ["item-double"]
    assert activity(season, quantity, ("supplier_value", {**value[1], "unit": "L"})) == ["slot-unit"]
    assert activity(season, quantity, ("supplier_value", {**value[1], "boundary": "field"})) == ["item-malformed"]


def owned(season: Season, ref: str, quantity: str) -> str:
    lot = season.chain.harvest(season.grower, season.plot, ref, quantity)
    season.chain.hand_over(season.grower, season.coop, {lot: quantity})
    return lot


def test_all_violations_come_together(season: Season) -> None:
    added = season.chain.add(
        "activity",
        season.stranger,
        facility=season.plot,
        stage="moon",
        data={"period": {"start": SEASON["end"], "end": SEASON["start"]}, "extra": "1"},
        items=[used("urea", "1,5", "kg"), ("spell", {})],
    )
    assert set(added.codes) == {
        "stage-unknown",
        "period-malformed",
        "data-unknown",
        "facility-other",
        "item-malformed",
        "item-unknown",
    }
    assert all(violation.message and violation.field for violation in added.violations)


def test_unknown_kind_is_rejected(season: Season) -> None:
    assert season.chain.add("teleport", season.coop).codes == ["kind-unknown"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({}, "data-missing"),
        ({"period": "June"}, "data-malformed"),
        ({"period": {**SEASON, "zone": "+08"}}, "data-malformed"),
        ({"period": SEASON, "weather": "dry"}, "data-unknown"),
    ],
)
def test_data_must_be_that_of_the_kind(season: Season, data: dict[str, Any], code: str) -> None:
    assert code in activity(season, used("urea", "1", "kg"), data=data)


def test_kind_decides_what_must_be_stated(season: Season) -> None:
    assert season.chain.add("activity", season.grower, data={"period": SEASON}).codes == [
        "stage-missing",
        "facility-missing",
    ]
    assert season.chain.add("reattest", season.other, stage="road", data={"key": f"{season.other}/old"}).codes == [
        "stage-unwanted",
        "key-unknown",
    ]
    assert "lots-missing" in season.chain.add("retail", season.coop, stage="retail", data={}).codes


# --- keys and writers ----------------------------------------------------------------------------------------------


def test_entry_0_is_the_registrars_own_key() -> None:
    chain = ChainBuilder()
    first = chain.added[0]
    assert Book.empty().apply(0, first.signed, {}) == []
    signed, _ = ChainBuilder().sign("reattest", chain.registrar, data={"key": f"{chain.registrar}/x"})
    codes = [violation.code for violation in Book.empty().apply(0, signed, {})]
    assert "first-entry" in codes


def test_only_a_registrar_registers(season: Season) -> None:
    chain = season.chain
    key = chain.signer(season.stranger, "second")
    data = {**chain.added[0].signed.entry.data, "vkey": key.public_key.encode()}
    codes = chain.add("register_key", season.stranger, data=data).codes
    assert codes == ["writer-registrar", "key-proof"]
    chain.register_key(season.stranger, label="second")
    assert chain.book.keyring.key(key.name).actor == season.stranger


def test_key_is_registered_once_under_its_owners_name(season: Season) -> None:
    chain = season.chain
    record = chain.book.keyring.key(f"{season.other}/2026")
    signed = next(added.signed for added in chain.added if added.entry_id == record.entry_id)
    again = chain.add("register_key", season.other, data=signed.entry.data, key=chain.signer(chain.registrar))
    assert again.codes == ["key-exists"]
    for_another = chain.add("register_key", season.stranger, data=signed.entry.data, key=chain.signer(chain.registrar))
    assert set(for_another.codes) == {"key-owner", "key-proof", "key-exists"}


@pytest.mark.parametrize("vkey", ["", "x", "a_c2olwv7vbcap4dwd/1+00000000+AQ=="])
def test_malformed_key_is_rejected(season: Season, vkey: str) -> None:
    data = {**season.chain.added[0].signed.entry.data, "vkey": vkey}
    added = season.chain.add("register_key", season.other, data=data, key=season.chain.signer(season.chain.registrar))
    assert added.codes == ["key-malformed"]


def test_key_of_small_order_is_rejected(season: Season) -> None:
    key = VerifierKey.of(f"{season.other}/weak", bytes([1]) + bytes(31))
    data = {**season.chain.added[0].signed.entry.data, "vkey": key.encode()}
    added = season.chain.add("register_key", season.other, data=data, key=season.chain.signer(season.chain.registrar))
    assert added.codes == ["key-malformed"]


def test_revoked_key_signs_nothing_more(season: Season) -> None:
    chain = season.chain
    record = chain.book.keyring.key(f"{season.other}/2026")
    data = {"vkey": record.vkey, "disputed_from": "3"}
    assert chain.add("revoke_key", season.other, data=data, key=chain.signer(season.stranger)).codes == ["writer-other"]
    revoked = chain.must("revoke_key", season.other, data=data, key=chain.signer(chain.registrar))
    now = chain.book.keyring.key(record.name)
    assert (now.revoked_at, now.disputed_from) == (revoked.index, 3)
    assert now.valid_at(revoked.index - 1)
    assert not now.valid_at(revoked.index + 1)
    codes = chain.add(
        "activity", season.other, facility=season.other_plot, items=[used("urea", "1", "kg")], **DIARY
    ).codes
    assert codes == ["key-revoked"]
    assert chain.add("revoke_key", season.other, data=data, key=chain.signer(chain.registrar)).codes == ["key-revoked"]


def test_only_actor_or_keeper_writes(season: Season) -> None:
    assert activity(season, used("urea", "1", "kg")) == []
    for actor in (season.stranger, season.chain.registrar):
        assert activity(season, used("urea", "1", "kg"), key=season.chain.signer(actor)) == ["writer-other"]


def test_reattest_names_another_own_key(season: Season) -> None:
    chain, data = season.chain, {"key": f"{season.other}/2026"}
    assert chain.add("reattest", season.other, data=data).codes == ["reattest-self"]
    chain.register_key(season.other, label="new")
    assert chain.add("reattest", season.other, data=data, key=chain.signer(season.other, "new")).codes == []
    assert chain.add("reattest", season.stranger, data=data).codes == ["key-owner"]


def test_roles_are_asked_of_the_key(season: Season) -> None:
    data = {"set": "literature:2026-11", "digest": "0" * 64}
    assert season.chain.add("factor_set", season.coop, data=data).codes == []
    assert season.chain.add("factor_set", season.stranger, data=data).codes == ["role-missing"]


# --- places and products -------------------------------------------------------------------------------------------


def test_facility_is_registered_and_the_actors_own(season: Season) -> None:
    assert activity(season, used("urea", "1", "kg"), facility=season.other_plot) == ["facility-other"]
    assert activity(season, used("urea", "1", "kg"), facility="f_aaaaaaaaaaaaaaaa") == ["facility-unknown"]
    taken = season.chain.add("register_facility", season.stranger, facility=season.plot, data={"type": "plot"})
    assert taken.codes == ["facility-taken"]


def test_product_belongs_to_its_owner(season: Season) -> None:
    def harvest(actor: str, facility: str, product: str, ref: str) -> list[str]:
        lot = gs1_lot(product, ref)
        data = {"out": [lot], "period": SEASON, "product": "", "variety": "guiwei"}
        parts: dict[str, Any] = {"stage": "orchard", "lots": [lot], "items": [mass(lot, "out", "5")]}
        return season.chain.add("harvest", actor, facility=facility, data=data, **parts).codes

    assert harvest(season.stranger, season.chain.facility("third", season.stranger), season.product, "A") == [
        "product-other"
    ]
    assert harvest(season.other, season.other_plot, gtin(77), "A") == ["product-unknown"]
    assert harvest(season.grower, season.plot, season.product, "A") == []


def test_wrong_check_digit_of_a_product_is_found(season: Season) -> None:
    chain, wrong = season.chain, season.product[:13] + str((int(season.product[13]) + 1) % 10)
    data = {"gtin": wrong, "kind": "fresh", "variety_code": "guiwei"}
    assert chain.add("register_product", season.coop, data=data, key=chain.signer(chain.registrar)).codes == [
        "gtin-check"
    ]
    data["gtin"] = season.product
    taken = chain.add("register_product", season.other, data=data, key=chain.signer(chain.registrar))
    assert taken.codes == ["product-taken"]


# --- lots ----------------------------------------------------------------------------------------------------------


def test_lot_is_created_once(season: Season) -> None:
    lot = season.chain.harvest(season.grower, season.plot, "H1", "10")
    data = {"out": [lot], "period": SEASON, "product": "", "variety": "guiwei"}
    parts: dict[str, Any] = {"stage": "orchard", "lots": [lot], "data": data, "items": [mass(lot, "out", "10")]}
    assert season.chain.add("harvest", season.grower, facility=season.plot, **parts).codes == ["lot-exists"]
    taken = season.chain.add("harvest", season.other, facility=season.other_plot, **parts).codes
    assert taken == ["lot-taken", "lot-exists"]


def test_lots_of_an_envelope_are_those_that_move(season: Season) -> None:
    lot, extra = lot_code("H1"), lot_code("H2")
    data = {"out": [lot], "period": SEASON, "product": "", "variety": "guiwei"}
    parts: dict[str, Any] = {
        "stage": "orchard",
        "facility": season.plot,
        "data": data,
        "items": [mass(lot, "out", "10")],
    }
    assert "lots-listed" in season.chain.add("harvest", season.grower, lots=[lot, extra], **parts).codes
    moved = {"in": [lot], "out": sorted([lot, extra])}
    assert "lots-double" in season.chain.add("split", season.grower, lots=[lot, extra], data=moved).codes


def test_lot_is_used_up_once(season: Season) -> None:
    lot, parts = owned(season, "H1", "10"), {lot_code("A"): "5", lot_code("B"): "5"}
    assert season.chain.move("split", season.coop, {lot: "10"}, parts).codes == []
    again = {lot_code("C"): "5", lot_code("D"): "5"}
    assert season.chain.move("split", season.coop, {lot: "10"}, again).codes == ["lot-consumed"]
    lost = season.chain.add(
        "loss",
        season.coop,
        lots=[lot],
        stage="packing",
        data={"cause": "decay", "treatment": "none"},
        items=[mass(lot, "loss", "1")],
    )
    assert lost.codes == ["lot-consumed"]


def test_only_the_custodian_moves_a_lot(season: Season) -> None:
    chain, lot = season.chain, owned(season, "H1", "10")
    parts = {lot_code("A"): "5", lot_code("B"): "5"}
    assert chain.move("split", season.grower, {lot: "10"}, parts).codes == ["lot-custody"]
    others = {lot_code("C"): "5", lot_code("D"): "5"}
    assert chain.move("split", season.stranger, {lot: "10"}, others).codes == ["lot-other", "lot-custody"]
    assert "lot-other" in chain.add("ship", season.stranger, lots=[lot], data={"to": season.other}).codes
    loss = {"lots": [lot], "stage": "packing", "data": {"cause": "decay", "treatment": "none"}}
    assert "lot-custody" in chain.add("loss", season.grower, items=[mass(lot, "loss", "1")], **loss).codes
    assert chain.move("split", season.coop, {lot: "10"}, parts).codes == ["lot-taken", "lot-taken"]
    assert chain.move("split", season.coop, {lot: "10"}, others).codes == []


def test_haulier_reports_on_lots_of_others_and_a_grower_does_not(season: Season) -> None:
    lot = owned(season, "H1", "10")
    leg = {"lots": [lot], "stage": "road", "data": {"leg": "pre_carriage", "vehicle": "van"}}
    assert season.chain.add("transport", season.haulier, items=[used("diesel", "5", "L")], **leg).codes == []
    assert season.chain.add("transport", season.stranger, items=[used("diesel", "5", "L")], **leg).codes == [
        "lot-custody"
    ]


def test_former_holder_reports_late_and_a_stranger_never(season: Season) -> None:
    chain, lot = season.chain, owned(season, "H1", "10")
    late = {"facility": season.plot, "stage": "orchard", "data": {"period": SEASON}, "lots": [lot]}
    assert chain.add("activity", season.grower, items=[used("diesel", "1", "L")], **late).codes == []
    plot = chain.facility("foreign", season.stranger)
    foreign = {**late, "facility": plot}
    assert chain.add("activity", season.stranger, items=[used("diesel", "1", "L")], **foreign).codes == ["lot-custody"]
    assert chain.add("close", season.stranger, items=[weight(lot, "1")], **foreign).codes == ["lot-custody"]


def test_amendment_draws_in_no_lot_of_others(season: Season) -> None:
    chain, lot = season.chain, owned(season, "H1", "10")
    plot = chain.facility("foreign", season.stranger)
    own = chain.harvest(season.stranger, plot, "H7", "10")
    parts: dict[str, Any] = {"facility": plot, "stage": "orchard", "data": {"period": SEASON}}
    added = chain.must("activity", season.stranger, lots=[own], items=[used("diesel", "1", "L")], **parts)
    assert chain.amend(added, lots=[lot], items=[used("diesel", "9", "L")]).codes == ["lot-custody"]


def test_receipt_answers_a_shipment_to_the_receiver(season: Season) -> None:
    chain = season.chain
    lot, second = (chain.harvest(season.grower, season.plot, ref, "10") for ref in ("H1", "H2"))
    ship = chain.must("ship", season.grower, lots=[lot], data={"to": season.coop}, items=[mass(lot, "at", "10")])
    assert chain.add("receive", season.stranger, lots=[lot], refs=[ship.entry_id]).codes == ["ship-other"]
    assert "ship-lots" in chain.add("receive", season.coop, lots=[second], refs=[ship.entry_id]).codes
    assert chain.add("receive", season.coop, lots=[lot], refs=[chain.added[0].entry_id]).codes[0] == "ship-missing"
    assert "ref-unknown" in chain.add("receive", season.coop, lots=[lot], refs=["0" * 64]).codes
    assert chain.add("receive", season.coop, lots=[lot]).codes == ["refs-count"]
    assert chain.add("receive", season.coop, lots=[lot], refs=[ship.entry_id]).codes == []
    assert chain.add("receive", season.coop, lots=[lot], refs=[ship.entry_id]).codes == ["ship-closed"]
    to_self = chain.add("ship", season.coop, lots=[lot], data={"to": season.coop}, items=[mass(lot, "at", "10")])
    assert to_self.codes == ["ship-to-self"]


# --- masses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("out", "lost", "codes", "warned"),
    [
        ("995", "0", [], False),
        ("980", "0", [], True),
        ("940", "0", ["mass-balance"], False),
        ("940", "58", [], False),
        ("1006", "0", ["oversell"], False),
        ("1005", "0", [], False),
        ("700", "301", [], False),
    ],
)
def test_mass_must_balance_within_the_tolerance(
    season: Season, out: str, lost: str, codes: list[str], warned: bool
) -> None:
    lot, packed = owned(season, "H1", "1000"), gs1_lot(season.product, "P1")
    items = [mass(lot, "loss", lost)] if lost != "0" else []
    added = season.chain.pack(season.coop, season.house, {lot: "1000"}, {packed: out}, items=items)
    assert added.codes == codes
    assert (added.entry_id in season.chain.book.warnings) == warned


def test_split_sells_no_more_than_there_is(season: Season) -> None:
    lot = owned(season, "H1", "1000")
    added = season.chain.move("split", season.coop, {lot: "1000"}, {lot_code("A"): "500.001", lot_code("B"): "500"})
    assert added.codes == ["oversell"]


def test_lot_goes_in_with_what_is_left_of_it(season: Season) -> None:
    lot, parts = owned(season, "H1", "1000"), {lot_code("A"): "600", lot_code("B"): "600"}
    assert "mass-differs" in season.chain.move("split", season.coop, {lot: "1200"}, parts).codes
    packed = {gs1_lot(season.product, "P1"): "700"}
    assert season.chain.pack(season.coop, season.house, {lot: "700"}, packed).codes == ["mass-differs"]


def test_mass_without_in_item_is_what_is_left(season: Season) -> None:
    lot = owned(season, "H1", "1000")
    parts = [mass(lot_code("A"), "out", "700"), mass(lot_code("B"), "out", "400")]
    data = {"in": [lot], "out": sorted([lot_code("A"), lot_code("B")])}
    lots = [lot, lot_code("A"), lot_code("B")]
    assert season.chain.add("split", season.coop, lots=lots, data=data, items=parts).codes == ["oversell"]


def test_every_lot_of_a_trip_has_a_distance_once_one_has_its_own(season: Season) -> None:
    lots = sorted([owned(season, "H1", "100.0"), owned(season, "H2", "50.0")])

    def carried(*stated: tuple[str, str]) -> list[str]:
        items: list[Any] = [mass(lot, "at", "50.0") for lot in lots]
        for lot, kilometres in stated:
            named = {"lot": lot} if lot else {}
            items.append(("distance", {"quantity": kilometres, "unit": "km", "evidence": "document", **named}))
        data = {"leg": "pre_carriage", "vehicle": "artic_33"}
        return season.chain.add("transport", season.haulier, stage="road", lots=lots, data=data, items=items).codes

    assert carried((lots[0], "100")) == ["distance-missing"]
    assert carried((lots[0], "100"), (lots[0], "90"), (lots[1], "50")) == ["item-double"]
    assert carried((lots[0], "100"), (lots[1], "50")) == []
    assert carried((lots[0], "100"), ("", "50")) == []
    assert carried(("", "100"), ("", "50")) == []


def test_created_lot_states_its_mass(season: Season) -> None:
    lot = lot_code("H1")
    data = {"out": [lot], "period": SEASON, "product": "", "variety": "guiwei"}
    parts: dict[str, Any] = {"stage": "orchard", "facility": season.plot, "lots": [lot], "data": data}
    assert season.chain.add("harvest", season.grower, **parts).codes == ["mass-missing"]
    assert season.chain.add("harvest", season.grower, items=[mass(lot, "out", "0.0")], **parts).codes == ["mass-zero"]
    doubled = [mass(lot, "out", "1"), mass(lot, "out", "2")]
    assert season.chain.add("harvest", season.grower, items=doubled, **parts).codes == ["item-double"]


def test_no_more_is_handed_over_or_lost_than_there_is(season: Season) -> None:
    chain = season.chain
    lot = chain.harvest(season.grower, season.plot, "H1", "1000")
    assert chain.add(
        "ship", season.grower, lots=[lot], data={"to": season.coop}, items=[mass(lot, "at", "1010")]
    ).codes == ["oversell"]
    ship = chain.must("ship", season.grower, lots=[lot], data={"to": season.coop}, items=[mass(lot, "at", "900")])
    more = chain.add("receive", season.coop, lots=[lot], refs=[ship.entry_id], items=[mass(lot, "at", "950")])
    assert more.codes == ["oversell"]
    loss = {"lots": [lot], "stage": "orchard", "data": {"cause": "decay", "treatment": "none"}}
    assert chain.add("loss", season.grower, items=[mass(lot, "loss", "1000.5")], **loss).codes == ["loss-exceeds"]


# --- slots and items -----------------------------------------------------------------------------------------------


def test_slot_belongs_to_the_stage_and_its_unit_converts(season: Season) -> None:
    assert activity(season, used("urea", "1", "t")) == []
    assert activity(season, used("moves", "1", "move")) == ["slot-unknown"]
    assert activity(season, used("urea", "1", "kWh")) == ["slot-unit"]
    assert activity(season, used("waste_compost", "1", "kg")) == []


def test_zero_is_explained(season: Season) -> None:
    assert activity(season, used("urea", "0", "kg")) == ["zero-reason"]
    assert activity(season, used("urea", "0.00", "kg", reason="none was bought")) == []
    land = used("land_converted", "0", "mu", reason="orchard since 1998")
    assert activity(season, land) == ["zero-document"]
    document = ("document", {"sha256": "0" * 64, "media_type": "application/pdf", "title": "title deed"})
    assert activity(season, land, document) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"evidence": "hearsay"},
        {"quantity": "-1"},
        {"quantity": "1e3"},
        {"unit": "stone"},
        {"slot": 3},
        {"quantity": None},
    ],
)
def test_item_must_have_its_form(season: Season, changes: dict[str, Any]) -> None:
    value = {**used("urea", "1", "kg")[1], **changes}
    assert "item-malformed" in activity(season, ("activity", value))


def test_item_needs_its_fields_and_no_others(season: Season) -> None:
    value = dict(used("urea", "1", "kg")[1])
    assert activity(season, ("activity", {**value, "colour": "white"})) == ["item-field"]
    del value["evidence"]
    assert activity(season, ("activity", value)) == ["item-missing"]


def test_item_belongs_to_its_kind_and_its_lots(season: Season) -> None:
    assert "item-place" in activity(season, weight(lot_code("H1"), "1"))
    assert activity(season, mass(lot_code("H1"), "at", "1")) == ["item-lot"]
    assert activity(season, ("total", used("urea", "1", "kg")[1])) == ["item-place"]


def test_expense_is_read(season: Season) -> None:
    value = {
        "slot": "mulch_film",
        "amount": "1130.00",
        "currency": "CNY",
        "vat": "0.13",
        "year": "2026",
        "sector": "cn-io-2017:12",
        "evidence": "invoice",
    }
    assert activity(season, ("expense", value)) == []
    assert activity(season, ("expense", {**value, "currency": "GBP"})) == ["item-malformed"]


# --- closes --------------------------------------------------------------------------------------------------------


def close(season: Season, *items: Any, lots: list[str], period: Any = SEASON) -> list[str]:
    parts: dict[str, Any] = {"stage": "orchard", "facility": season.plot, "data": {"period": period}}
    return season.chain.add("close", season.grower, lots=lots, items=items, **parts).codes


def test_close_weighs_every_lot(season: Season) -> None:
    first, second = (season.chain.harvest(season.grower, season.plot, ref, "10") for ref in ("H1", "H2"))
    assert close(season, weight(first, "10"), lots=[first, second]) == ["weight-missing"]
    assert close(season, weight(first, "0"), lots=[first]) == ["weight-zero"]
    mixed = [weight(first, "1"), weight(second, "1", "kg_day")]
    assert close(season, *mixed, lots=[first, second]) == ["weight-unit"]
    assert close(season, weight(first, "1"), weight(second, "1"), lots=[first, second]) == []
    assert close(season, lots=[], period=JUNE) == ["close-overlaps"]


def test_total_is_the_sum_of_the_activities(season: Season) -> None:
    lot = season.chain.harvest(season.grower, season.plot, "H1", "10")
    assert activity(season, used("urea", "0.15", "t"), used("diesel", "3", "L")) == []
    assert activity(season, used("urea", "50", "kg")) == []
    total = ("total", used("urea", "200.0", "kg")[1])
    wrong = ("total", used("urea", "201", "kg")[1])
    assert close(season, weight(lot, "1"), wrong, lots=[lot]) == ["total-differs"]
    assert close(season, weight(lot, "1"), total, lots=[lot]) == []


# --- amendments ----------------------------------------------------------------------------------------------------


def test_only_the_same_actor_amends(season: Season) -> None:
    chain = season.chain
    added = chain.must("activity", season.grower, facility=season.plot, items=[used("urea", "8", "kg")], **DIARY)
    items = [used("urea", "2", "kg")]
    assert set(chain.amend(added, actor=season.stranger, items=items).codes) == {"amend-actor", "facility-other"}
    assert chain.amend(added, key=chain.signer(season.stranger), items=items).codes == ["writer-other"]
    assert chain.amend(added, kind="close", items=[]).codes == ["amend-kind"]
    assert chain.amend(added, items=[used("urea", "2", "kWh")]).codes == ["slot-unit"]
    first = chain.amend(added, items=items)
    assert first.codes == []
    again = chain.add(
        "amend",
        season.grower,
        facility=season.plot,
        stage="orchard",
        data=first.signed.entry.data,
        refs=[first.entry_id],
        items=[used("urea", "3", "kg")],
    )
    assert "amend-amendment" in again.codes


def test_lots_that_moved_stay_moved(season: Season) -> None:
    chain, lot = season.chain, owned(season, "H1", "10")
    split = chain.move("split", season.coop, {lot: "10"}, {lot_code("A"): "5", lot_code("B"): "5"})
    other = sorted([lot_code("A"), lot_code("C")])
    codes = chain.amend(
        split,
        lots=[lot, *other],
        data={"in": [lot], "out": other},
        items=[mass(other[0], "out", "5"), mass(other[1], "out", "5")],
    ).codes
    assert set(codes) >= {"amend-fixed", "amend-lots"}
    parts = [mass(lot, "in", "10"), mass(lot_code("A"), "out", "6"), mass(lot_code("B"), "out", "4")]
    assert chain.amend(split, items=parts).codes == []


def test_amended_mass_must_fit_what_was_made_of_the_lot(season: Season) -> None:
    chain, lot = season.chain, lot_code("H1")
    data = {"out": [lot], "period": SEASON, "product": "", "variety": "guiwei"}
    harvest = chain.must(
        "harvest",
        season.grower,
        facility=season.plot,
        stage="orchard",
        lots=[lot],
        data=data,
        items=[mass(lot, "out", "100")],
    )
    chain.move("split", season.grower, {lot: "100"}, {lot_code("A"): "50", lot_code("B"): "50"})
    assert chain.amend(harvest, items=[mass(lot, "out", "80")]).codes == ["mass-differs"]
    assert chain.amend(harvest, items=[mass(lot, "out", "100.2")]).codes == []


def test_rejected_entry_cannot_be_amended(season: Season) -> None:
    chain = season.chain
    added = chain.add("activity", season.grower, facility=season.plot, items=[used("urea", "8", "kWh")], **DIARY)
    assert added.codes == ["slot-unit"]
    assert chain.amend(added, items=[used("urea", "8", "kg")]).codes == ["amend-rejected"]


def test_keys_cannot_be_amended(season: Season) -> None:
    chain = season.chain
    assert "amend-never" in chain.amend(chain.added[0], key=chain.signer(chain.registrar)).codes


@pytest.mark.parametrize(
    "data", [{}, {"kind": 3, "data": [], "reason": ""}, {"kind": "amend", "data": {}, "reason": "x"}]
)
def test_unreadable_amendment_is_rejected_without_a_crash(season: Season, data: dict[str, Any]) -> None:
    target = season.chain.added[0].entry_id
    assert season.chain.add("amend", season.coop, data=data, refs=[target]).codes


JUNK: list[Any] = [None, 3, True, "", "x", [], ["x"], [3], {}, {"x": "y"}]


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_junk_in_any_field_is_a_finding_not_a_crash(season: Season, kind: str) -> None:
    chain, signer = season.chain, season.chain.signer(season.coop)
    fields = [
        *(field.encode_name for field in msgspec.structs.fields(kinds()[kind].data)),
        "in",
        "out",
        "period",
    ]
    for junk in JUNK:
        entry = Entry(
            actor=season.coop,
            recorded_by=season.coop,
            kind=kind,
            seq=1,
            prev=NO_ENTRY,
            event_time="2026-06-24T10:00:00Z",
            data=dict.fromkeys(fields, junk),
            refs=(chain.added[0].entry_id,),
        )
        assert chain.book.check(len(chain.added), parse_entry(sign_entry(entry, signer)), {})


@pytest.mark.parametrize("item", sorted(ITEM_TYPES))
def test_junk_in_any_item_is_a_finding_not_a_crash(season: Season, item: str) -> None:
    chain, lot = season.chain, owned(season, "H1", "10")
    known = ITEM_TYPES[item]
    places: dict[str, dict[str, Any]] = {
        "activity": {"data": {"period": SEASON}, "stage": "orchard", "facility": season.plot},
        "close": {"data": {"period": SEASON}, "stage": "orchard", "facility": season.plot},
        "split": {"data": {"in": [lot], "out": sorted([lot_code("A"), lot_code("B")])}},
        "loss": {"data": {"cause": "decay", "treatment": "none"}, "stage": "packing"},
        "ship": {"data": {"to": season.grower}},
    }
    for kind, parts in places.items():
        for junk in JUNK:
            value = {**dict.fromkeys([*known.fields, *known.optional], junk), "lot": lot}
            signed, items = chain.sign(kind, season.coop, lots=[lot], items=[(item, value)], **parts)
            found = chain.book.check(len(chain.added), signed, {opened.digest: opened for opened in items})
            assert any(violation.field.startswith(f"items.{item}") for violation in found)
