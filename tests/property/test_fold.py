"""The book at a size is the fold of so many entries, whatever came later: amendments, rejections, erased openings."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from ledger.book.entry import parse_entry
from ledger.book.item import by_digest
from ledger.book.model import Effective
from ledger.book.reading import BookReader
from ledger.book.state import Book
from tests.support.chain import JUNE, Added, ChainBuilder, lot_code, mass, used

Acts = list[tuple[str, int, int]]


def stated(entry: Effective, *, erased: frozenset[str] = frozenset()) -> tuple[Any, ...]:
    """Show what an entry in force says; items of erased entries are left out."""
    items = () if entry.source_id in erased else tuple(item.digest for item in entry.items)
    head = (entry.index, entry.source_index, entry.source_id, entry.kind, entry.actor, entry.recorded_by)
    return (*head, entry.facility, entry.stage, entry.data, entry.lots, entry.refs, entry.event_time, items)


def picture(book: BookReader, *, erased: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Show everything that a book says without weighing anything."""
    return {
        "size": book.size,
        "entries": {name: stated(entry, erased=erased) for name, entry in book.entries.items()},
        "rejected": sorted(book.rejected),
        "lots": {
            lot: (
                [one.entry_id for one in (book.origin_of(lot), book.consumer_of(lot)) if one is not None],
                book.custodian_of(lot),
                [entry.entry_id for entry in book.naming(lot)],
                book.ancestors(lot),
            )
            for lot in book.lots
        },
        "keys": sorted(book.keyring, key=lambda record: record.name),
        "actors": sorted(book.actors),
        "facilities": sorted(book.facilities),
        "products": sorted(book.products),
    }


def weighed(book: BookReader) -> dict[str, Any]:
    """Show what a book derives from items: masses and pools, and why entries were rejected."""
    return {
        "masses": {lot: book.lot_mass(lot) for lot in book.lots},
        "pools": {place: [str(pool) for pool in pools] for place, pools in book.pools.items()},
        "reasons": {name: [one.to_json() for one in found] for name, found in book.rejected.items()},
    }


class World:
    """Write a random log; every act is tried, whether the rules like it or not."""

    def __init__(self, acts: Acts) -> None:
        self.chain = ChainBuilder()
        self.growers = [self.chain.actor(ref, "grower", "packer") for ref in ("one", "two")]
        self.orchards = [self.chain.facility(f"orchard {ref}", ref) for ref in self.growers]
        self.lots: list[tuple[str, int]] = []
        self.written: list[tuple[int, Added]] = []
        for act, first, second in acts:
            getattr(self, act)(first, second)

    def _actor(self, number: int) -> str:
        return self.growers[number % 2]

    def _keep(self, number: int, added: Added) -> None:
        self.written.append((number % 2, added))

    def harvest(self, who: int, kilograms: int) -> None:
        lot = lot_code(f"lot {len(self.chain.added)}")
        data = {"out": [lot], "period": JUNE, "product": "", "variety": "guiwei"}
        parts = {"facility": self.orchards[who % 2], "stage": "orchard", "data": data, "lots": [lot]}
        items = [mass(lot, "out", str(kilograms + 1))]
        self._keep(who, self.chain.add("harvest", self._actor(who), items=items, **parts))
        self.lots.append((lot, kilograms + 1))

    def split(self, who: int, which: int) -> None:
        if not self.lots:
            return
        lot, kilograms = self.lots[which % len(self.lots)]
        outs = {lot_code(f"part {len(self.chain.added)} {side}"): kilograms / 2 for side in "ab"}
        texts = {name: f"{part:.1f}" for name, part in outs.items()}
        self._keep(who, self.chain.move("split", self._actor(who), {lot: str(kilograms)}, texts))
        self.lots.extend((name, int(part)) for name, part in outs.items())

    def ship(self, who: int, which: int) -> None:
        if not self.lots:
            return
        lot, kilograms = self.lots[which % len(self.lots)]
        items = [mass(lot, "at", str(kilograms))]
        to = self._actor(who + 1)
        shipped = self.chain.add("ship", self._actor(who), lots=[lot], data={"to": to}, items=items)
        self._keep(who, shipped)
        self._keep(who + 1, self.chain.add("receive", to, lots=[lot], refs=[shipped.entry_id], items=items))

    def activity(self, who: int, amount: int) -> None:
        parts = {"facility": self.orchards[who % 2], "stage": "orchard", "data": {"period": JUNE}}
        items = [used("electricity", str(amount), "kWh")]
        self._keep(who, self.chain.add("activity", self._actor(who), items=items, **parts))

    def amend(self, which: int, amount: int) -> None:
        chosen = [(who, one) for who, one in self.written if one.signed.entry.kind in ("activity", "harvest")]
        if not chosen:
            return
        who, target = chosen[which % len(chosen)]
        lots = target.signed.entry.lots
        item = mass(lots[0], "out", str(amount + 1)) if lots else used("electricity", str(amount + 1), "kWh")
        self._keep(who, self.chain.amend(target, items=[item]))

    def erase(self, which: int, more: int) -> None:
        if not self.written:
            return
        who, target = self.written[which % len(self.written)]
        same = [one for whose, one in self.written if whose == who][-(more % 3) :] if more % 3 else []
        refs = {target.entry_id, *(one.entry_id for one in same)}
        data = {"subject": self._actor(who)}
        self._keep(who, self.chain.add("erase", self._actor(who), data=data, refs=refs))


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["harvest", "harvest", "split", "ship", "activity", "amend", "erase"]),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    min_size=4,
    max_size=18,
)


@settings(max_examples=40, deadline=None)
@given(ACTS)
def test_any_past_book_is_the_fold_of_its_entries(acts: Acts) -> None:
    chain, live = World(acts).chain, Book.empty()
    for size, (index, note, lines) in enumerate(chain.triples, start=1):
        before, shown = live, picture(live)
        live = live.copy()
        live.apply(index, parse_entry(note), by_digest(lines))
        again = Book.fold(chain.triples[:size])
        assert (picture(again), weighed(again)) == (picture(live), weighed(live))
        assert picture(before) == shown, "taking an entry in changed an earlier copy"


@settings(max_examples=15, deadline=None)
@given(ACTS)
def test_erasing_changes_no_past_book_but_the_items_it_closed(acts: Acts) -> None:
    chain = World(acts).chain
    with tempfile.TemporaryDirectory() as folder:
        ledger = chain.ledger(Path(folder))
        stored = list(ledger.entries())
        erased = frozenset(
            ref
            for added, row in zip(chain.added, stored, strict=True)
            if added.signed.entry.kind == "erase" and row.status == "logged"
            for ref in added.signed.entry.refs
        )
        event(f"erased {min(len(erased), 3)} entries or more")
        for size in range(1, len(chain.added) + 1):
            whole = picture(Book.fold(chain.triples[:size]), erased=erased)
            assert picture(ledger.book(size), erased=erased) == whole
        final = ledger.book()
        assert picture(final) == picture(ledger.book(len(chain.added)))
        assert weighed(final) == weighed(ledger.book(len(chain.added)))
        for entry in final.entries.values():
            assert entry.items == () or entry.source_id not in erased
        ledger.store.close()
