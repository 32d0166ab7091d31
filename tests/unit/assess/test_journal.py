"""Accounts in double entry: who produced, took over, handed on and holds how much, worked out by hand."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from iocore.factors import FactorLibrary
from iocore.sources import load_all
from ledger.book.state import Book
from passport.account import Accounts
from passport.assess import assess
from passport.calculation import Builder
from passport.descent import within
from passport.errors import AssessmentRefused, LotNotFound
from passport.journal import Account, Journal, Line, journal_of_actors, journal_of_lot, linked
from passport.methodology import methodology
from passport.nodes import Node
from tests.support.chain import SEASON, Added, ChainBuilder, lot_code, mass, used, weight

METHOD = methodology("lychee-fresh@1")
POWER = 577_700_000  # 1000 kWh x 0.5777 kg CO2e/kWh, in millionths of a kilogram
DISTANCE = ("distance", {"quantity": "75", "unit": "km", "evidence": "document"})


@cache
def library() -> FactorLibrary:
    return load_all()


class Trade(ChainBuilder):
    """A grower, a packer, a trader and a haulier; one lot of 1000 kg whose season took 1000 kWh."""

    def __init__(self) -> None:
        super().__init__()
        self.grower, self.packer = self.actor("grower", "grower", "packer"), self.actor("packer", "packer")
        self.trader, self.haulier = self.actor("trader", "importer"), self.actor("haulier", "haulier")
        self.orchard, self.packhouse = self.facility("orchard", self.grower), self.facility("packhouse", self.packer)

    def power(self, quantity: str = "1000") -> Added:
        return self.must(
            "activity", self.grower, facility=self.orchard, stage="orchard", data={"period": SEASON},
            items=[used("electricity", quantity, "kWh")],
        )  # fmt: skip

    def close(self, weights: dict[str, str]) -> Added:
        return self.must(
            "close", self.grower, facility=self.orchard, stage="orchard", lots=weights, data={"period": SEASON},
            items=[weight(lot, quantity) for lot, quantity in weights.items()],
        )  # fmt: skip

    def split(self, actor: str, lot: str, parts: dict[str, str], whole: str = "1000") -> tuple[str, ...]:
        outs = {lot_code(name): quantity for name, quantity in parts.items()}
        assert not self.move("split", actor, {lot: whole}, outs).violations
        return tuple(outs)

    def carry(self, lot: str, quantity: str) -> Added:
        return self.must(
            "transport", self.haulier, stage="road", lots=[lot], items=[DISTANCE, mass(lot, "at", quantity)],
            data={"leg": "pre_carriage", "vehicle": "artic_33_reefer"},
        )  # fmt: skip

    def lose(self, actor: str, lot: str, quantity: str) -> Added:
        return self.must(
            "loss", actor, stage="retail", lots=[lot], data={"cause": "decay", "treatment": "landfill"},
            items=[mass(lot, "loss", quantity)],
        )  # fmt: skip


def books(book: Book, actor: str = "") -> Journal:
    return journal_of_actors(book, actor, method=METHOD, library=library())


def lines(journal: Journal, actor: str, before: Journal | None = None) -> dict[str, int]:
    """Add up an actor's lines over buckets and gases; every line must be balanced by itself."""
    found: list[Line] = [line for line in journal.statement(before) if line.actor == actor]
    assert all(line.balanced for line in found)
    names = ("opening", "produced", "imported", "delivered", "stock", "written_off")
    sums = {name: sum(getattr(line, name) for line in found) for name in names}
    return {name: value for name, value in sums.items() if value}


def sold() -> tuple[Trade, str, str]:
    """Sell 800 kg of the 1000."""
    trade = Trade()
    fruit = trade.harvest(trade.grower, trade.orchard, "fruit", "1000")
    trade.power()
    trade.close({fruit: "1000"})
    gone, kept = trade.split(trade.grower, fruit, {"sold": "800", "kept": "200"})
    trade.hand_over(trade.grower, trade.trader, {gone: "800"})
    return trade, gone, kept


def test_what_is_sold_leaves_one_book_and_enters_the_next_with_the_same_digits() -> None:
    trade, gone, kept = sold()
    found = books(trade.book)
    assert found.faults() == ()
    share = POWER * 8 // 10
    assert lines(found, trade.grower) == {"produced": POWER, "delivered": share, "stock": POWER - share}
    assert lines(found, trade.trader) == {"imported": share, "stock": share}
    rows = found.lots()
    assert (rows[gone].acquired, rows[gone].stock, rows[kept].stock) == (share, share, POWER - share)
    assert rows[lot_code("fruit")].produced == rows[lot_code("fruit")].transferred == POWER
    assert all(row.balanced for row in rows.values())


def test_what_another_actor_does_for_a_lot_is_delivered_by_it() -> None:
    trade, gone, _ = sold()
    trade.carry(gone, "800")
    found = books(trade.book)
    leg = lines(found, trade.haulier)["produced"]
    assert leg > 0 and lines(found, trade.haulier) == {"produced": leg, "delivered": leg}
    assert lines(found, trade.trader) == {"imported": POWER * 8 // 10 + leg, "stock": POWER * 8 // 10 + leg}


def test_goods_that_come_back_leave_both_books_as_they_were_but_for_the_legs() -> None:
    trade = Trade()
    fruit = trade.harvest(trade.grower, trade.orchard, "fruit", "1000")
    trade.power()
    trade.close({fruit: "1000"})
    before = books(trade.book)
    trade.carry(fruit, "1000")
    trade.hand_over(trade.grower, trade.trader, {fruit: "1000"})
    trade.carry(fruit, "1000")
    trade.hand_over(trade.trader, trade.grower, {fruit: "1000"})
    found = books(trade.book)
    legs = lines(found, trade.haulier)["produced"]
    half = legs // 2
    assert lines(found, trade.trader, before) == {"imported": POWER + legs, "delivered": POWER + legs}
    assert lines(found, trade.grower, before) == {
        "opening": POWER, "imported": POWER + legs + half, "delivered": POWER + half, "stock": POWER + legs
    }  # fmt: skip
    assert found.lots()[fruit].stock == POWER + legs
    # 75 km with 1 t, twice: 75 x (0.08908 + 0.02086) kg CO2e/tkm
    assert legs == 16_491_000


def test_a_lot_that_is_lost_wholly_goes_to_a_loss_account_and_to_no_other_lot() -> None:
    trade, gone, kept = sold()
    before = books(trade.book).lots()[kept]
    trade.lose(trade.trader, gone, "800")
    found = books(trade.book)
    treated = 560_247_088  # 0.8 t x 700.30886 kg CO2e/t
    assert lines(found, trade.trader) == {
        "produced": treated, "imported": POWER * 8 // 10, "written_off": POWER * 8 // 10 + treated
    }  # fmt: skip
    assert found.faults() == () and found.lots()[kept] == before
    assert {account.name for account in found.balances() if account.holder == "loss"} == {gone}
    assert found.losses() == {(trade.trader, gone): POWER * 8 // 10 + treated}
    trade.lose(trade.grower, kept, "150")
    assert lines(books(trade.book), trade.grower).get("written_off", 0) == 0


def test_a_lot_that_is_written_off_goes_to_a_loss_account_with_what_comes_late() -> None:
    trade, gone, kept = sold()
    before = books(trade.book).lots()[kept]
    done = trade.must(
        "write_off", trade.trader, stage="retail", lots=[gone], data={"cause": "seized", "treatment": "landfill"}
    )
    leg = 6_596_400  # 60 tkm x (0.08908 + 0.02086) kg CO2e/tkm
    trade.carry(gone, "800")
    found = books(trade.book)
    treated = 560_247_088  # 0.8 t x 700.30886 kg CO2e/t
    carried = POWER * 8 // 10
    assert found.lots()[gone].written_off == carried + treated + leg and found.lots()[kept] == before
    assert lines(found, trade.trader) == {
        "produced": treated, "imported": carried + leg, "written_off": carried + treated + leg
    }  # fmt: skip
    assert lines(found, trade.haulier) == {"produced": leg, "delivered": leg}
    assert found.faults() == ()
    trade.amend(done, data={"cause": "seized", "treatment": "none"})
    after = books(trade.book)
    assert lines(after, trade.trader, found) == {"produced": -treated, "written_off": -treated}
    with pytest.raises(AssessmentRefused, match="written off"):
        assess(trade.book, gone, library=library(), methodology="lychee-fresh@1", tree_size=len(trade.added))


def test_costs_that_arrive_after_the_sale_are_delivered_later() -> None:
    trade = Trade()
    fruit = trade.harvest(trade.grower, trade.orchard, "fruit", "1000")
    trade.hand_over(trade.grower, trade.packer, {fruit: "1000"})
    trade.hand_over(trade.packer, trade.trader, {fruit: "1000"})
    early = books(trade.book)
    assert early.statement() == ()
    reading = trade.power()
    open_pool = books(trade.book)
    for actor in (trade.grower, trade.packer, trade.trader):
        assert lines(open_pool, actor, early).get("stock", 0) == (POWER if actor == trade.trader else 0)
    trade.close({fruit: "1000"})
    closed = books(trade.book)
    assert closed.statement() == open_pool.statement()
    trade.amend(reading, items=[used("electricity", "2000", "kWh")])
    found = books(trade.book)
    assert lines(found, trade.grower, closed) == {"produced": POWER, "delivered": POWER}
    assert lines(found, trade.packer, closed) == {"imported": POWER, "delivered": POWER}
    assert lines(found, trade.trader, closed) == {"opening": POWER, "imported": POWER, "stock": 2 * POWER}


def test_an_estimate_that_counts_for_some_lots_only_is_produced_for_these() -> None:
    trade = Trade()
    first, second = (trade.harvest(trade.grower, trade.orchard, name, "500") for name in ("first", "second"))
    place: dict[str, Any] = {"facility": trade.orchard, "stage": "orchard", "data": {"period": SEASON}}
    trade.must("activity", trade.grower, items=[used("electricity", "1000", "kWh", evidence="estimate")], **place)
    trade.must("activity", trade.grower, lots=[first], items=[used("electricity", "300", "kWh")], **place)
    trade.close({first: "500", second: "500"})
    once = journal_of_actors(trade.book, method=METHOD, library=library())
    assert once.faults() == () and lines(once, trade.grower)["produced"] == POWER * 13 // 10
    across = journal_of_actors(trade.book, method=methodology("lychee-fresh@2"), library=library())
    assert across.faults() == ()
    assert lines(across, trade.grower) == {"produced": POWER * 8 // 10, "stock": POWER * 8 // 10}
    assert [across.lots()[lot].stock for lot in (first, second)] == [POWER * 3 // 10, POWER // 2]


def test_what_no_lot_shares_yet_lies_in_a_pool_of_its_facility() -> None:
    trade = Trade()
    trade.power()
    found = books(trade.book)
    assert lines(found, trade.grower) == {"produced": POWER, "stock": POWER}
    (account,) = found.balances()
    assert (account.holder, account.name.partition("/")[0]) == ("pool", trade.orchard)
    assert found.faults() == ()
    assert lines(books(trade.book, trade.packer), trade.grower) == {}
    trade.harvest(trade.grower, trade.orchard, "fruit", "1000")
    assert {account.holder for account in books(trade.book).balances()} == {"lot"}


def test_one_actor_and_all_actors_are_told_the_same() -> None:
    trade, gone, _ = sold()
    trade.carry(gone, "800")
    trade.harvest(trade.grower, trade.orchard, "elsewhere", "10")
    whole = books(trade.book).statement()
    for actor in (trade.grower, trade.packer, trade.trader, trade.haulier):
        mine = [line for line in whole if line.actor == actor]
        assert [line for line in books(trade.book, actor).statement() if line.actor == actor] == mine


def test_books_of_a_lot_hold_what_its_assessment_states() -> None:
    trade, gone, kept = sold()
    trade.carry(gone, "800")
    for lot in (gone, kept):
        found = journal_of_lot(trade.book, lot, method=METHOD, library=library())
        stated = assess(
            trade.book, lot, library=library(), methodology="lychee-fresh@1", tree_size=trade.book.size
        ).footprint
        estimated = sum(slot.total_kgco2e for slot in stated.delivered.slots if slot.tier == "gap_fill")
        assert found.lots()[lot].stock == (stated.delivered.total_kgco2e - estimated) * 10**6


def test_lots_are_linked_by_entries_and_by_pools() -> None:
    trade, gone, kept = sold()
    alone = trade.harvest(trade.packer, trade.facility("other", trade.packer), "alone", "10")
    assert linked(trade.book, [gone]) == tuple(sorted([gone, kept, lot_code("fruit")]))
    assert linked(trade.book, [alone]) == (alone,)
    with pytest.raises(LotNotFound):
        journal_of_lot(trade.book, lot_code("nobody"), method=METHOD, library=library())


def test_books_with_a_closed_item_are_refused() -> None:
    trade, gone, _ = sold()
    reading = next(added.index for added in trade.added if added.signed.entry.kind == "activity")
    book = Book.fold((index, note, () if index == reading else texts) for index, note, texts in trade.triples)
    with pytest.raises(AssessmentRefused, match="not opened"):
        journal_of_lot(book, gone, method=METHOD, library=library())


# --- the statement can fail -------------------------------------------------------------------------------------------


def test_one_quantum_too_much_in_any_share_breaks_the_books(monkeypatch: pytest.MonkeyPatch) -> None:
    trade, gone, kept = sold()
    fruit = trade.harvest(trade.grower, trade.orchard, "later", "500")
    trade.split(trade.trader, gone, {"left": "300", "right": "500"}, whole="800")
    ends = [kept, fruit, lot_code("left"), lot_code("right")]
    accounts = Accounts(trade.book, ends, method=METHOD, library=library())
    shares = [node for node in accounts.builder.nodes if node.op == "share"]
    assert len(shares) >= 4
    assert sound(books(trade.book))
    for chosen in shares:
        with monkeypatch.context() as patch:
            patch.setattr(Builder, "quanta", one_more(chosen, accounts.builder))
            assert not sound(books(trade.book)), chosen.to_json()


def one_more(chosen: Node, known: Builder) -> Any:
    """Make a builder's values differ by one quantum in one node."""
    exact, place = Builder.quanta, list(known.nodes).index(chosen)
    wanted = known.digest(place)

    def quanta(self: Builder, position: int) -> int:
        return exact(self, position) + (self.digest(position) == wanted)

    return quanta


def sound(journal: Journal) -> bool:
    return all(line.balanced for line in journal.statement()) and not journal.faults()


def test_a_lot_that_carries_too_much_is_named() -> None:
    trade, gone, _ = sold()
    found = books(trade.book)
    account = next(one for one in found.carried if one.name == gone)
    crooked = Journal(found.moves, {**found.carried, account: found.carried[account] + 1})
    assert crooked.faults() == (account,)
    assert [line.actor for line in crooked.statement() if not line.balanced] == [trade.trader]
    assert isinstance(account, Account) and not crooked.lots()[gone].balanced


def measured(of: str, quantity: str, unit: str) -> tuple[str, dict[str, str]]:
    return "measurement", {"of": of, "quantity": quantity, "unit": unit, "evidence": "document"}


def test_a_removal_follows_the_lots_that_were_sold_in_a_bucket_of_its_own() -> None:
    """Recorded after the sale: 100 kg of char x 75 % x 80 % x 44/12 = 220 kg CO2, of which 50 are lost again."""
    trade, gone, kept = sold()
    fruit, second = lot_code("fruit"), methodology("lychee-fresh@2")

    def keep() -> Journal:
        found = journal_of_actors(trade.book, method=second, library=library())
        assert found.faults() == () and all(row.balanced for row in found.lots().values())
        return found

    def removed(found: Journal, actor: str, before: Journal | None = None) -> tuple[int, ...]:
        (line,) = [one for one in found.statement(before) if (one.actor, one.bucket) == (actor, "removal")]
        assert line.balanced and line.gas == "CO2"
        return line.opening, line.produced, line.imported, line.delivered, line.stock

    before = keep()
    assert not any(line.bucket == "removal" for line in before.statement())
    items = [measured("biochar", "100", "kg"), measured("carbon", "0.75", "kg/kg"), measured("stable", "0.8", "kg/kg")]
    items += [
        ("owner", {"text": "grower"}),
        ("monitoring", {"text": "sampling", "until": "2040-12-31"}),
        ("document", {"sha256": "ab" * 32, "media_type": "application/pdf", "title": "report"}),
    ]
    place = {"facility": trade.orchard, "lots": [fruit]}
    data = {"period": SEASON, "type": "biochar", "serials": ["batch:1"]}
    char = trade.must("removal", trade.grower, data=data, items=items, **place)
    whole = keep()
    assert removed(whole, trade.grower) == (0, -220_000_000, 0, -176_000_000, -44_000_000)
    assert removed(whole, trade.trader) == (0, 0, -176_000_000, 0, -176_000_000)
    headline = {(line.actor, line.bucket): line for line in whole.statement() if line.bucket != "removal"}
    assert headline == {(line.actor, line.bucket): line for line in before.statement()}
    lost = ("reverses", {"entry": char.entry_id, "quantity": "50", "unit": "kg", "evidence": "estimate"})
    trade.must("removal", trade.grower, data={"period": SEASON, "type": "reversal"}, items=[lost], **place)
    after = keep()
    assert removed(after, trade.trader, whole) == (-176_000_000, 0, 40_000_000, 0, -136_000_000)
    trade.must(
        "removal", trade.grower, data={"period": SEASON, "type": "reversal"},
        items=[("reverses", {**lost[1], "quantity": "170"})], **place,
    )  # fmt: skip
    assert not any(line.bucket == "removal" for line in keep().statement())
    assert kept in trade.book.lots and gone in trade.book.lots


def test_a_reversal_names_a_removal_of_the_same_actor_and_its_lots() -> None:
    trade, gone, _ = sold()
    fruit = lot_code("fruit")
    place = {"facility": trade.orchard, "data": {"period": SEASON, "type": "reversal"}}
    char = trade.must(
        "removal", trade.grower, facility=trade.orchard, lots=[fruit], data={"period": SEASON, "type": "biochar"}
    )
    value = {"quantity": "50", "unit": "kg", "evidence": "estimate"}
    for entry, lots, code in (
        ("0" * 64, [fruit], "reversal-target"),
        (trade.added[0].entry_id, [fruit], "reversal-target"),
        (char.entry_id, [gone, fruit], "reversal-lots"),
    ):
        added = trade.add("removal", trade.grower, lots=lots, items=[("reverses", {**value, "entry": entry})], **place)
        assert [violation.code for violation in added.violations] == [code]
    wrong = {**place, "data": {"period": SEASON, "type": "biochar"}}
    items = [("reverses", {**value, "entry": char.entry_id})]
    added = trade.add("removal", trade.grower, lots=[fruit], items=items, **wrong)
    assert [violation.code for violation in added.violations] == ["reversal-type"]


def test_books_of_a_lineage_hold_what_its_lots_took_and_nobody_beside_it() -> None:
    """Of 577.7 kg, 462.16 go with what was sold and 115.54 into the sister; the haulier of the sister stays out."""
    trade, gone, kept = sold()
    trade.carry(kept, "200")
    whole = books(trade.book)
    sale = within(whole, {lot_code("fruit"), gone})
    assert lines(sale, trade.grower) == {"produced": POWER, "delivered": POWER}
    assert lines(sale, trade.trader) == lines(whole, trade.trader)
    assert {line.actor for line in sale.statement()} == {trade.grower, trade.trader}
    sister = within(whole, {lot_code("fruit"), kept})
    leg = lines(whole, trade.haulier)["produced"]
    assert lines(sister, trade.haulier) == {"produced": leg, "delivered": leg}
    assert lines(sister, trade.grower) == {
        "produced": POWER, "imported": leg, "delivered": POWER * 8 // 10, "stock": POWER * 2 // 10 + leg
    }  # fmt: skip
    trade.lose(trade.trader, gone, "800")
    lost = within(books(trade.book), {lot_code("fruit"), gone})
    assert lines(lost, trade.trader)["written_off"] == POWER * 8 // 10 + 560_247_088


def test_a_pool_of_a_lineage_produces_the_part_that_its_lots_took() -> None:
    """Two lots share a season 600 : 400; the books of the first hold 346.62 of 577.7 kg."""
    trade = Trade()
    first = trade.harvest(trade.grower, trade.orchard, "first", "600")
    other = trade.harvest(trade.grower, trade.orchard, "other", "400")
    trade.power()
    trade.close({first: "600", other: "400"})
    assert lines(within(books(trade.book), {first}), trade.grower) == {"produced": 346_620_000, "stock": 346_620_000}
