"""Whoever holds a lineage and the verdicts that a passport states finds what the whole log says, in careless worlds.

Two cooperatives record whatever comes to their mind: lots that nobody made, lots of the other one, more than there is,
periods that overlap. The log rejects much of it, some of it for reasons that the lineage of a lot does not show.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from iocore.errors import IOCoreError
from iocore.factors import FactorLibrary
from iocore.sources import load_all
from ledger.book.lineage import closure
from ledger.book.state import Book
from ledger.errors import LedgerError
from passport.assess import assess
from passport.checks.verdicts import PublicLog
from passport.errors import PassportError
from passport.lineage import Gathered
from passport.methodology import methodology
from tests.support.chain import ChainBuilder, lot_code, mass, used, weight

METHOD = methodology("lychee-fresh@2")
LOTS = [lot_code(f"lot {number}") for number in range(7)]
ACTS = ("harvest", "pool", "pool", "named", "named", "close", "close", "transform", "split", "loss", "hand", "amend")


@cache
def library() -> FactorLibrary:
    return load_all()


def day(number: int) -> str:
    return f"2026-06-{number:02d}T00:00:00Z"


class World:
    """Record careless acts of two cooperatives, each with an orchard and a packhouse."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.chain = ChainBuilder()
        self.coops = [self.chain.actor(name, "cooperative", "packer") for name in ("east", "west")]
        self.places = {
            coop: {stage: self.chain.facility(f"{coop} {stage}", coop) for stage in ("orchard", "packing")}
            for coop in self.coops
        }
        for name, coop in zip(LOTS[:3], (*self.coops, self.coops[0]), strict=True):
            self.harvest(coop, name, 1)
        for number in range(2, 2 + draw(st.integers(4, 18))):
            self.act(number)

    def lots(self, least: int = 1) -> list[str]:
        return sorted(self.draw(st.sets(st.sampled_from(LOTS), min_size=least, max_size=3)))

    def number(self, most: int) -> str:
        return str(self.draw(st.integers(1, most)))

    def period(self, number: int) -> dict[str, str]:
        start = self.draw(st.integers(max(1, number - 4), number + 4))
        return {"start": day(start), "end": day(start + self.draw(st.integers(1, 8)))}

    def harvest(self, coop: str, name: str, number: int) -> None:
        self.chain.add(
            "harvest", coop, facility=self.places[coop]["orchard"], stage="orchard", lots=[name],
            data={"out": [name], "period": {"start": day(1), "end": day(28)}, "product": "", "variety": "guiwei"},
            items=[mass(name, "out", "100")], at=day(number),
        )  # fmt: skip

    def act(self, number: int) -> None:
        what, coop = self.draw(st.sampled_from(ACTS)), self.draw(st.sampled_from(self.coops))
        stage = self.draw(st.sampled_from(["orchard", "packing"]))
        place: dict[str, Any] = {"facility": self.places[coop][stage], "stage": stage, "at": day(number)}
        power = used("electricity", self.number(900), "kWh")
        names = self.lots()
        if what == "harvest":
            self.harvest(coop, names[0], number)
        elif what == "pool":
            self.chain.add("activity", coop, data={"period": self.period(number)}, items=[power], **place)
        elif what == "named":
            items = [power, *(mass(name, "at", self.number(100)) for name in names)]
            self.chain.add("activity", coop, lots=names, data={"period": self.period(number)}, items=items, **place)
        elif what == "close":
            items = [weight(name, self.number(100)) for name in names]
            if self.draw(st.booleans()):
                items.append(("total", {**power[1], "evidence": "meter"}))
            self.chain.add("close", coop, lots=names, data={"period": self.period(number)}, items=items, **place)
        elif what == "loss":
            items = [mass(name, "loss", self.number(60)) for name in names]
            data = {"cause": "decay", "treatment": "landfill"}
            self.chain.add("loss", coop, lots=names, stage="packing", data=data, items=items, at=day(number))
        elif what == "hand":
            other = next(one for one in self.coops if one != coop)
            masses = [mass(name, "at", "100") for name in names]
            ship = self.chain.add("ship", coop, lots=names, data={"to": other}, items=masses, at=day(number))
            taken = names[: self.draw(st.integers(1, len(names)))]
            self.chain.add(
                "receive", other, lots=taken, refs=[ship.entry_id], items=masses[: len(taken)], at=day(number)
            )
        elif what == "amend":
            told = [one for one in self.chain.added if one.signed.entry.kind == "activity"]
            if told:
                items = [power, *(mass(name, "at", "50") for name in told[-1].signed.entry.lots)]
                self.chain.amend(told[-1], actor=told[-1].signed.entry.actor, items=items, at=day(number))
        else:
            outs = [name for name in self.lots() if name not in names]
            if outs:
                whole = 100 * len(names)
                parts = {name: str(whole // len(outs)) for name in outs}
                parts[outs[0]] = str(whole - whole // len(outs) * (len(outs) - 1))
                where = {"facility": self.places[coop]["packing"], "stage": "packing"} if what == "transform" else {}
                self.chain.move(
                    what, coop, dict.fromkeys(names[: 1 if what == "split" else 3], "100"), parts, at=day(number),
                    data={"process": "pack"} if what == "transform" else {},
                    items=[power] if what == "transform" else [], **where,
                )  # fmt: skip


@st.composite
def worlds(draw: st.DrawFn) -> World:
    return World(draw)


def gathered(chain: ChainBuilder, lot: str) -> Gathered:
    """Gather the lineage of a lot with the verdicts of the log, as the issuer does."""
    wanted = set(closure(chain.envelopes, lot, len(chain.added)))
    inside = [one for one in chain.added if one.entry_id in wanted]
    return Gathered(
        lot,
        len(chain.added),
        tuple(one.index for one in inside),
        tuple(one.signed for one in inside),
        tuple(one.lines for one in inside),
        tuple("rejected" if one.violations else "logged" for one in inside),
    )


def figures(book: Book, lot: str, size: int) -> object:
    try:
        found = assess(book, lot, library=library(), methodology=METHOD, tree_size=size)
    except (PassportError, LedgerError, IOCoreError) as problem:
        return str(problem)
    return found.footprint, found.tree.unsalted_digest()


@settings(max_examples=120, deadline=None)
@given(worlds())
def test_lineage_with_its_stated_verdicts_gives_the_figures_of_the_log(world: World) -> None:
    chain, size = world.chain, len(world.chain.added)
    for lot in chain.book.lots:
        part = gathered(chain, lot)
        book, stated = part.fold()
        whole = figures(chain.book, lot, size)
        event(f"{sorted(set(stated.values()))}, {'refused' if isinstance(whole, str) else 'assessed'}")
        assert figures(book, lot, size) == whole
        triples = list(zip(part.indexes, (one.note for one in part.entries), part.lines, strict=True))
        anew = Book.fold(triples, partial=True, verdicts=stated)
        assert figures(anew, lot, size) == whole
        assert set(anew.rejected) == {one.entry_id for one in part.entries} & set(chain.book.rejected)
        # Nothing is stated that the entries tell by themselves.
        for one in stated:
            rest = {name: verdict for name, verdict in stated.items() if name != one}
            other = Book.fold(triples, partial=True, verdicts=rest)
            assert (one in other.rejected) != (one in anew.rejected)


@settings(max_examples=100, deadline=None)
@given(worlds())
def test_what_envelopes_show_to_be_rejected_was_rejected(world: World) -> None:
    chain = world.chain
    shown = PublicLog(chain.envelopes, {one.entry_id for one in chain.added}).rejected
    event(f"{len(shown)} of {len(chain.book.rejected)} rejections shown")
    assert shown <= set(chain.book.rejected)
