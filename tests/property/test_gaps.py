"""An estimate for a stage never stands beside a reading of its slot, whoever names the lot there, and however late."""

from __future__ import annotations

from functools import cache
from typing import Literal, NamedTuple

from hypothesis import event, given, settings
from hypothesis import strategies as st

from iocore.factors import FactorLibrary
from iocore.sources import load_all
from ledger.book.entry import parse_entry
from ledger.book.lineage import closure
from ledger.book.state import Book
from passport.account import Accounts
from passport.assess import assess
from passport.methodology import methodology
from tests.unit.assess.recorder import Recorder, activity, lot, mass, period

SECOND = methodology("lychee-fresh@2")
ROOMS = ("roomone", "roomtwo")
How = Literal["named", "typed", "metered", "estimated", "paid", "zero", "bill", "closed", "empty"]


class Said(NamedTuple):
    """Say something about a lot in a room on a day."""

    how: How
    lot: str
    room: str
    day: int


@cache
def library() -> FactorLibrary:
    return load_all()


def day(number: int) -> str:
    return f"2026-06-{number:02d}T00:00:00Z"


said = st.builds(
    Said,
    st.sampled_from(How.__args__),
    st.sampled_from(["whole", "half"]),
    st.sampled_from(ROOMS),
    st.integers(10, 19),
)


def record(stories: list[Said]) -> Recorder:
    """Record a lot that is cut in half on the 20th, and what is said about it and about one half in two rooms."""
    rec = Recorder()
    for name, kind in (("orchard", "site"), *((room, "cold_store") for room in ROOMS)):
        rec.place(name, kind, country="CN")
    rec.harvest({"whole": "1000"}, at="orchard", time=day(5))
    done: set[tuple[str, int]] = set()
    for one in sorted((one for one in stories if one.lot == "whole"), key=lambda one: one.day):
        tell(rec, one, done, 0)
    rec.process("split", {"whole": "1000"}, {"half": "400", "rest": "600"}, at="orchard", time=day(20))
    for one in sorted((one for one in stories if one.lot == "half"), key=lambda one: one.day):
        tell(rec, one, done, 10)
    return rec


def tell(rec: Recorder, one: Said, done: set[tuple[str, int]], later: int) -> None:
    start, end = day(one.day + later), day(one.day + later + 1)
    place = {"at": one.room, "stage": "cold_store", "data": {"period": period(start, end)}, "time": start}
    metered = {
        "metered": activity("electricity", "7", "kWh", "meter"),
        "estimated": activity("electricity", "8", "kWh", "estimate"),
        "zero": activity("electricity", "0", "kWh", "meter", reason="not cooled"),
        "paid": ("expense", {"slot": "electricity", "amount": "9", "currency": "CNY", "vat": "0.13", "year": "2024",
                             "sector": "cn-io-2017:24", "evidence": "invoice"}),
    }  # fmt: skip
    if one.how == "typed":
        rec.add("loss", at=one.room, stage="packing", lots=[lot(one.lot)], time=start,
                data={"cause": "moisture", "treatment": "none"}, items=[mass(one.lot, "loss", "1")])  # fmt: skip
    elif one.how == "named":
        rec.add("activity", lots=[lot(one.lot)], items=[mass(one.lot, "at", "300")], **place)
    elif one.how in metered:
        rec.add("activity", lots=[lot(one.lot)], items=[metered[one.how]], **place)
    elif (one.room, one.day + later) not in done:
        done.add((one.room, one.day + later))
        if one.how != "empty":
            rec.add("activity", items=[activity("electricity", "5", "kWh", "meter")], **place)
        if one.how != "bill":
            rec.close(one.room, "cold_store", {one.lot: "10"}, (start, end), unit="kg_day")


@settings(max_examples=150, deadline=None)
@given(st.lists(said, max_size=6))
def test_an_estimate_never_survives_beside_a_reading_of_its_slot(stories: list[Said]) -> None:
    rec = record(stories)
    made = Accounts(rec.book, lot("half"), method=SECOND, library=library())
    read = {
        source.facility
        for name in made.sources
        for source in made.sources[name]
        for item in made.selected[name].slots[source.key]
        if (source.stage, item.slot) == ("cold_store", "electricity")
    }
    rooms = {entry.facility for each in made.lineage for entry in (each.origin, *each.events)} & {
        name for name in rec.book.facilities if rec.book.facilities[name].type == "cold_store"
    }
    # Every room that the lot was in is read, or estimated once; never both, never neither.
    posted = [one for one in made.postings() if (one.stage, one.slot) == ("cold_store", "electricity")]
    filled = sum(one.tier == "gap_fill" for one in posted)
    event(f"{filled} estimates, {len(rooms & read)} rooms with readings")
    assert filled == len(rooms - read)
    assert made.gaps.open >= {f"{room}/cold_store" for room in rooms - read - closed(made)}
    assert not made.gaps.open & {f"{room}/cold_store" for room in read}


@settings(max_examples=40, deadline=None)
@given(st.lists(said, max_size=6))
def test_whoever_holds_a_lineage_alone_finds_the_same_estimates(stories: list[Said]) -> None:
    rec = record(stories)
    envelopes = [parse_entry(note) for _, note, _ in rec.entries]
    known = set(closure(envelopes, lot("half"), len(envelopes)))
    part = [entry for entry, envelope in zip(rec.entries, envelopes, strict=True) if envelope.entry_id in known]
    whole, lineage = (
        assess(book, lot("half"), library=library(), methodology=SECOND, tree_size=len(envelopes))
        for book in (rec.book, Book.fold(part, partial=True))
    )
    assert whole.footprint == lineage.footprint
    assert whole.tree.unsalted_digest() == lineage.tree.unsalted_digest()


def closed(made: Accounts) -> set[str]:
    """List the rooms that closed a period for the lot."""
    sources = [source for name in made.sources for source in made.sources[name]]
    return {source.facility for source in sources if source.pool is not None and source.pool.close is not None}
