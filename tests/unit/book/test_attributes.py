"""What a lot is certified as comes from where it was made and from what went into it, and is never averaged away."""

from __future__ import annotations

from typing import Any

from ledger.book.state import Book
from tests.support.chain import SEASON, Added, lot_code, mass
from tests.unit.book.conftest import Season

ORGANIC = ("attribute", {"code": "organic", "number": "CN-0001"})


def harvest(season: Season, ref: str, *items: tuple[str, Any]) -> str:
    lot = lot_code(ref)
    season.chain.must(
        "harvest", season.grower, facility=season.plot, stage="orchard", lots=[lot],
        data={"out": [lot], "period": SEASON, "product": "", "variety": "guiwei"},
        items=[mass(lot, "out", "100"), *items],
    )  # fmt: skip
    season.chain.hand_over(season.grower, season.coop, {lot: "100"})
    return lot


def merge(season: Season, *lots: str) -> Added:
    out = {lot_code("merged " + " ".join(lots)): str(100 * len(lots))}
    return season.chain.move("merge", season.coop, dict.fromkeys(lots, "100"), out)


def pack(season: Season, ref: str, *lots: str, items: Any = ()) -> Added:
    out = {lot_code(ref): str(100 * len(lots))}
    return season.chain.pack(season.coop, season.house, dict.fromkeys(lots, "100"), out, items=items)


def test_lots_certified_alike_are_merged_and_others_are_not(season: Season) -> None:
    one, two = harvest(season, "one", ORGANIC), harvest(season, "two", ORGANIC)
    plain, both = harvest(season, "plain"), harvest(season, "both", ORGANIC, ("attribute", {"code": "gap"}))
    assert merge(season, one, plain).codes == ["attributes-apart"]
    assert merge(season, one, both).codes == ["attributes-apart"]
    assert pack(season, "packed", one, plain).codes == ["attributes-apart"]
    assert merge(season, one, two).codes == []
    assert season.chain.book.attributes_of(lot_code(f"merged {one} {two}")) == {"organic"}


def test_attributes_go_from_lot_to_lot_and_a_process_adds_to_them(season: Season) -> None:
    raw = harvest(season, "raw", ORGANIC)
    halves = {lot_code("half"): "60", lot_code("rest"): "40"}
    assert not season.chain.move("split", season.coop, {raw: "100"}, halves).codes
    half, rest = halves
    first, second = lot_code("first class"), lot_code("second class")
    graded = season.chain.pack(
        season.coop, season.house, {half: "60"}, {first: "50", second: "10"},
        items=[("attribute", {"code": "gap", "lot": first})],
    )  # fmt: skip
    assert not graded.codes
    book = season.chain.book
    assert {lot: book.attributes_of(lot) for lot in (rest, first, second)} == {
        rest: {"organic"}, first: {"organic", "gap"}, second: {"organic"}
    }  # fmt: skip


def test_an_attribute_is_stated_where_a_lot_is_made_and_about_its_own_lots(season: Season) -> None:
    lot = harvest(season, "fruit")
    sold = season.chain.add("ship", season.coop, lots=[lot], data={"to": season.other}, items=[ORGANIC])
    assert sold.codes == ["item-place"]
    other = harvest(season, "other")
    about = pack(season, "x", lot, items=[("attribute", {"code": "gap", "lot": other})])
    assert about.codes == ["item-lot"]


def test_a_certificate_withdrawn_later_leaves_what_was_mixed_without_it(season: Season) -> None:
    one, two = harvest(season, "one", ORGANIC), harvest(season, "two", ORGANIC)
    assert not merge(season, one, two).codes
    made = next(added for added in season.chain.added if added.signed.entry.data.get("out") == [one])
    assert not season.chain.amend(made, items=[mass(one, "out", "100")]).codes
    assert season.chain.book.attributes_of(lot_code(f"merged {one} {two}")) == frozenset()


def test_the_rule_keeps_silent_where_an_item_is_not_opened(season: Season) -> None:
    one, two = harvest(season, "one", ORGANIC), harvest(season, "two", ORGANIC)
    merge(season, one, two)
    closed = [(index, note, () if two.encode() in note else lines) for index, note, lines in season.chain.triples]
    book = Book.fold(closed)
    assert (book.attributes_of(one), book.attributes_of(two)) == ({"organic"}, None)
    assert book.has_lot(lot_code(f"merged {one} {two}"))
