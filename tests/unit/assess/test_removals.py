"""One batch of char counts once, whoever names it, and what was lost again stays lost; sugar took up what it gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ledger.book.state import Book
from passport.assess import assess
from passport.journal import journal_of_actors
from passport.methodology import methodology
from tests.scenarios.cases import library
from tests.unit.assess.recorder import Recorder, activity, lot, mass, period

CHAR = (("biochar", "100", "kg"), ("carbon", "0.75", "kg/kg"), ("stable", "0.80", "kg/kg"))
#: 100 kg x 75 % carbon x 80 % of it stable x 44/12.
WHOLE = -220
KEPT: tuple[tuple[str, dict[str, str]], ...] = (
    *(("measurement", {"of": of, "quantity": much, "unit": unit, "evidence": "document"}) for of, much, unit in CHAR),
    ("owner", {"text": "cooperative"}),
    ("monitoring", {"text": "sampling", "until": "2040-12-31"}),
    ("document", {"sha256": "ab" * 32, "media_type": "application/pdf", "title": "report"}),
)
Items = Sequence[tuple[str, Mapping[str, str]]]


def picked() -> Recorder:
    """Pick three lots of two orchards."""
    rec = Recorder()
    for name in ("orchard", "hillside"):
        rec.place(name, country="CN", region="CN-GD")
    rec.harvest({"one": "600"}, at="orchard")
    rec.harvest({"two": "600"}, at="orchard")
    rec.harvest({"three": "600"}, at="hillside")
    return rec


def at(*names: str) -> Items:
    return [mass(name, "at", "600") for name in names]


def char(rec: Recorder, *names: str, serial: str = "batch:K3-2026", where: str = "orchard", check: bool = True) -> str:
    """Claim a batch of 100 kg of char for some lots."""
    data: dict[str, Any] = {"period": period(), "type": "biochar", "serials": [serial]}
    items = [*KEPT, *at(*names)]
    return rec.add("removal", at=where, lots=[lot(name) for name in names], data=data, items=items, check=check)


def lose(rec: Recorder, char_entry: str, *names: str) -> None:
    """Lose 170 of the 220 kg again."""
    lost = {"entry": char_entry, "quantity": "170", "unit": "kg", "evidence": "estimate"}
    data = {"period": period(), "type": "reversal"}
    rec.add("removal", at="orchard", lots=[lot(name) for name in names], data=data, items=[("reverses", lost)])


def move(rec: Recorder, char_entry: str, *names: str) -> None:
    """Amend a claim so that it names other lots."""
    inner = {"period": period(), "type": "biochar", "serials": ["batch:K3-2026"]}
    data = {"kind": "removal", "reason": "other_lot", "data": inner}
    items = [*KEPT, *at(*names)]
    rec.add("amend", at="orchard", lots=[lot(name) for name in names], data=data, items=items, refs=[char_entry])


def removed(rec: Recorder, name: str) -> tuple[Fraction, list[str]]:
    size = len(rec.entries)
    found = assess(rec.book, lot(name), library=library(), methodology="lychee-fresh@2", tree_size=size).footprint
    return Fraction(found.removals_kgco2e), [one.reason for one in found.apart.uncounted]


def test_one_batch_is_claimed_once_for_one_lot_for_another_and_at_another_place() -> None:
    rec = picked()
    first = char(rec, "one")
    for names, where, serial in (
        (("one",), "orchard", "batch:K3-2026"),
        (("two",), "orchard", "batch:k3-2026"),
        (("three",), "hillside", "batch:K3-2026"),
    ):
        again = char(rec, *names, where=where, serial=serial, check=False)
        (found,) = rec.book.rejected[again]
        assert (found.code, found.context["by"]) == ("serial-claimed", first)
    assert [removed(rec, name) for name in ("one", "two", "three")] == [(WHOLE, []), (0, []), (0, [])]


def test_char_that_brought_a_credit_is_nobodys_removal_and_the_other_way_round() -> None:
    rec = picked()
    issued = {"vintage": "2026", "status": "issued", "period": period()}
    paper = ("credit", {"quantity": "220", "unit": "kg", "project": "char", "evidence": "document"})
    owner = ("owner", {"text": "Kiln Ltd"})
    data = {**issued, "serial": "csi:1", "covers": ["batch:K3-2026"]}
    rec.add("credit", at="orchard", lots=[lot("one")], data=data, items=[paper, owner])
    sold = char(rec, "one", check=False)
    assert [one.code for one in rec.book.rejected[sold]] == ["serial-claimed"]
    char(rec, "one", serial="batch:K4-2026")
    data = {**issued, "serial": "csi:2", "covers": ["batch:K4-2026"]}
    again = rec.add("credit", at="orchard", lots=[lot("one")], data=data, items=[paper, owner], check=False)
    assert [one.code for one in rec.book.rejected[again]] == ["serial-claimed"]
    assert removed(rec, "one") == (WHOLE, [])


def test_two_batches_of_one_place_and_time_count_both() -> None:
    rec = picked()
    char(rec, "one")
    char(rec, "one", serial="batch:K4-2026")
    assert removed(rec, "one") == (2 * WHOLE, [])


def test_a_removal_that_was_lost_again_cannot_be_amended_to_a_lot_that_knows_nothing_of_it() -> None:
    rec = picked()
    claimed = char(rec, "one")
    lose(rec, claimed, "one")
    assert removed(rec, "one") == (WHOLE + 170, [])
    moved = "an amendment moved it to lots that it did not name at first"
    move(rec, claimed, "two")
    assert [removed(rec, name) for name in ("one", "two")] == [(0, []), (0, [moved])]
    move(rec, claimed, "one", "two")
    assert [removed(rec, name) for name in ("one", "two")] == [(0, [moved]), (0, [moved])]
    move(rec, claimed, "one")
    assert removed(rec, "one") == (WHOLE + 170, [])


def test_a_removal_amended_to_fewer_of_its_lots_keeps_what_was_lost() -> None:
    rec = picked()
    claimed = char(rec, "one", "two")
    lose(rec, claimed, "one", "two")
    assert [removed(rec, name) for name in ("one", "two")] == [(-25, []), (-25, [])]
    move(rec, claimed, "two")
    assert [removed(rec, name) for name in ("one", "two")] == [(0, []), (WHOLE + 170, [])]


def test_a_lineage_alone_tells_that_a_removal_was_moved() -> None:
    """What a reader of the second lot's bundle holds: not the loss, which names the first lot alone."""
    rec = picked()
    claimed = char(rec, "one")
    lose(rec, claimed, "one")
    move(rec, claimed, "two")
    kept = [one for one in rec.entries if b'"reverses"' not in b"".join(line.encode() for line in one[2])]
    assert len(kept) == len(rec.entries) - 1
    part = Book.fold(kept, partial=True)
    found = assess(part, lot("two"), library=library(), methodology="lychee-fresh@2", tree_size=len(rec.entries))
    assert found.footprint.removals_kgco2e == 0 and len(found.footprint.apart.uncounted) == 1


def test_sugar_that_ferments_in_a_pool_was_taken_up_by_the_lots_that_share_it() -> None:
    rec = picked()
    rec.place("winery", country="CN", region="CN-GD")
    for fruit, wine in (("one", "red"), ("two", "white")):
        rec.process(
            "transform", {fruit: "600"}, {wine: "590"}, at="winery", stage="wine", process="brew",
            more=[mass(fruit, "loss", "10")],
        )  # fmt: skip
    rec.pool("winery", "wine", [activity("fermented_sugar", "90", "kg", "document")])
    rec.close("winery", "wine", {"red": "400", "white": "200"})
    method, size = methodology("lychee-wine@1"), len(rec.entries)
    found = {
        name: assess(rec.book, lot(name), library=library(), methodology=method, tree_size=size).footprint
        for name in ("red", "white")
    }
    # 90 kg x 88/180 = 44 kg of CO2, given off and taken up, by 400 : 200.
    parts = {"red": Decimal("29.333333"), "white": Decimal("14.666667")}
    assert {name: one.biogenic_co2_kgco2e for name, one in found.items()} == parts
    assert {name: -one.biogenic_uptake_kgco2e for name, one in found.items()} == parts
    books = journal_of_actors(rec.book, method=method, library=library())
    assert not books.faults() and all(line.balanced for line in books.statement())
