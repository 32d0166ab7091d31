"""Keep the carbon account of every lot in a lineage: acquired, produced, allocated, handed on.

A lot carries all that went into it: everything its input lots carried, what the process that made it used, its share
of the pools that it belonged to, and what happened to it since. Several outputs share by weight; losses take nothing
with them; a treatment adds. Everything is a node of one calculation, so that a share is exact to 0.000001 kg and the
outputs of a process add up to its inputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final

from iocore.factors import FactorLibrary
from ledger.book.model import Cited, Effective, Lot, Pool
from ledger.book.stage import stages
from ledger.book.state import Book
from passport.calculation import Builder
from passport.errors import AssessmentRefused, LotNotFound
from passport.events import Events
from passport.footprint import HEADLINE_BUCKETS, MissingSlot
from passport.methodology import Bench, Methodology, Where
from passport.pooling import pool_key, pools_by_lot
from passport.postings import Poster, Posting
from passport.quantities import Desk
from passport.readings import counted, require_open

#: Kinds of entries that move a lot or speak about it without any activity.
SILENT_KINDS: Final = frozenset({"ship", "receive", "close", "passport", "attest", "reattest", "removal", "erase"})
LEGS_AFTER: Final = frozenset({"main_carriage", "on_carriage"})


@dataclass(frozen=True, slots=True)
class LiabilityBalance:
    """State the headline account of one lot, exactly: acquired + produced = transferred + stock.

    `acquired` is what its input lots handed over, `produced` what its own process, pools and events added.
    """

    lot: str
    acquired: Fraction
    produced: Fraction
    transferred: Fraction
    stock: Fraction


class Accounts:
    """Walk a lineage from its harvests to one lot and keep every lot's postings.

    Args:
        book: what the log holds.
        lot: lot id.
        method: accounting rules.
        library: factor sets.
        desk: one of the same method and library at which other lots were entered before; their nodes are shared.

    Raises:
        LotNotFound: no entry creates the lot.
        AssessmentRefused: a mass, weight or opening is missing.
    """

    def __init__(
        self, book: Book, lot: str, *, method: Methodology, library: FactorLibrary, desk: Desk | None = None
    ) -> None:
        if lot not in book.lots:
            raise LotNotFound("no entry creates this lot", lot=lot)
        self.book: Final = book
        self.target: Final = lot
        self.method: Final = method
        self.desk: Final = Desk(Bench(Builder(), library, method)) if desk is None else desk
        self.bench: Final = self.desk.bench
        self.builder: Final = self.bench.builder
        self.poster: Final = Poster(self.desk)
        self.lineage: Final[tuple[Lot, ...]] = tuple(
            sorted((book.lots[name] for name in book.ancestors(lot)), key=lambda item: (item.origin.index, item.id))
        )
        self.carried: Final[dict[str, tuple[Posting, ...]]] = {}
        self.acquired: Final[dict[str, tuple[Posting, ...]]] = {}
        self.departed: Final[dict[str, datetime]] = {}
        self.events: Final = Events(book, self.poster)
        self.fills: Final[list[MissingSlot]] = []
        self.open_pools: Final[set[str]] = set()
        self._by_id: Final = {item.id: item for item in self.lineage}
        self._pools_of: Final = pools_by_lot(book, [item.id for item in self.lineage])
        self._pools: Final[dict[tuple[str, str, str, str], tuple[Posting, ...]]] = {}
        for each in self.lineage:
            self._keep(each)

    def postings(self) -> tuple[Posting, ...]:
        """Return the postings of the lot asked for."""
        return self.carried[self.target]

    def balance(self, lot: str) -> LiabilityBalance:
        """State the headline account of a lot of the lineage."""
        value = self.builder.value
        acquired, carried = (
            sum((value(posting.node) for posting in held[lot] if posting.bucket in HEADLINE_BUCKETS), Fraction(0))
            for held in (self.acquired, self.carried)
        )
        gone = self.book.lots[lot].consumed_by is not None
        return LiabilityBalance(
            lot, acquired, carried - acquired, carried if gone else Fraction(0), Fraction(0) if gone else carried
        )

    def after(self, lot: Lot, time: datetime) -> bool:
        """Tell whether a lot has left the port or airport of exit by a time."""
        return lot.id in self.departed and self.departed[lot.id] <= time

    def _keep(self, lot: Lot) -> None:
        events = [entry for entry in lot.events if entry.kind not in SILENT_KINDS]
        require_open([lot.origin, *events])
        mains = [
            entry.event_time
            for entry in events
            if entry.kind == "transport" and entry.data.get("leg") == "main_carriage"
        ]
        mains += [self.departed[name] for name in lot.origin.ins if name in self.departed]
        if mains:
            self.departed[lot.id] = min(mains)
        acquired, process = self._origin(lot)
        own = list(process)
        for pool in self._pools_of.get(lot.id, ()):
            own += self._pool_share(lot, pool)
        for entry in sorted(events, key=lambda item: (item.event_time, item.entry_id)):
            own += self.events.of_lot(lot, entry, self._phase(lot, entry))
        own += self._fill(lot)
        self.acquired[lot.id] = acquired
        self.carried[lot.id] = (*acquired, *own)

    def _phase(self, lot: Lot, entry: Effective) -> str:
        leg = entry.kind == "transport" and entry.data.get("leg") in LEGS_AFTER
        return "after" if leg or self.after(lot, entry.event_time) else "gate"

    def _origin(self, lot: Lot) -> tuple[tuple[Posting, ...], tuple[Posting, ...]]:
        """Give what the input lots hand over to a lot, and its part of what the process used."""
        entry = lot.origin
        incoming: list[Posting] = []
        for name in sorted(entry.ins):
            if name not in self.carried:
                raise AssessmentRefused("an input lot is not part of the lineage", lot=name)
            incoming += self.carried[name]
        time = entry.event_time
        inputs = [self._by_id[name] for name in entry.ins]
        phase = "after" if any(self.after(item, time) for item in inputs) else "gate"
        used = self.events.of_entry(entry, phase)
        if len(entry.outs) == 1:
            return tuple(incoming), used
        weights = self._output_weights(entry)
        acquired, process = (
            tuple(item.moved(self.builder.share(item.node, weights, lot.id)) for item in whole)
            for whole in (incoming, used)
        )
        return acquired, process

    def _output_weights(self, entry: Effective) -> dict[str, int]:
        """Weigh the outputs of a process: by mass, or by value where every output has a price."""
        weights: dict[str, int] = {}
        prices = {item.get("lot"): item for item in sorted(entry.named("price"), key=lambda item: item.digest)}
        by_value = set(prices) >= set(entry.outs)
        for name in entry.outs:
            found = sorted(entry.masses("out", name), key=lambda item: item.digest)
            if not found:
                raise AssessmentRefused("no opened item states the mass of an output", lot=name, entry=entry.entry_id)
            weights[name] = self.desk.quantity(Cited(entry, found[0]), "kg")
            if by_value:
                price = self.desk.quantity(Cited(entry, prices[name]), "CNY/kg")
                weights[name] = self.builder.product([weights[name], price])
        return self._positive(weights, entry.entry_id)

    def _positive(self, weights: dict[str, int], where: str) -> dict[str, int]:
        if not self.desk.positive(weights.values()):
            raise AssessmentRefused("the weights of an allocation add up to nothing", entry=where)
        return weights

    def _pool_share(self, lot: Lot, pool: Pool) -> list[Posting]:
        require_open([*pool.activities, *([pool.close] if pool.close else [])])
        order = stages()[pool.stage].order if pool.stage in stages() else 0
        abroad = order > stages()["air"].order
        phase = "after" if abroad or self.after(lot, pool.period.start) else "gate"
        whole = self._pool_postings(pool, phase)
        if not whole:
            return []
        weights = self._pool_weights(pool)
        if lot.id not in weights:
            raise AssessmentRefused("the close of a pool states no weight for the lot", lot=lot.id, stage=pool.stage)
        if len(weights) == 1:
            return list(whole)
        return [item.moved(self.builder.share(item.node, weights, lot.id)) for item in whole]

    def _pool_postings(self, pool: Pool, phase: str) -> tuple[Posting, ...]:
        key = (*pool_key(pool), phase)
        if key not in self._pools:
            slots, losers = counted(pool.stage, pool.activities, pool.close)
            self.events.note(pool.facility, pool.stage, slots)
            self.events.superseded.update(losers)
            postings: list[Posting] = []
            for item in slots:
                postings += self.poster.slot(
                    item, stage=pool.stage, phase=phase, places=self.events.places_of(pool.facility)
                )
            self._pools[key] = tuple(postings)
        return self._pools[key]

    def _pool_weights(self, pool: Pool) -> dict[str, int]:
        """Weigh the lots of a pool: as its close states, else by the masses of the lots of this lineage.

        Before its close a pool is charged to the lots of the lineage alone: that needs nothing but the lineage, and
        the figure can only fall when other lots take their share.
        """
        if pool.close is not None:
            stated = sorted(pool.close.named("weight"), key=lambda item: item.digest)
            unit = "kg_day" if stages()[pool.stage].allocation == "mass_days" else "kg"
            weights = {
                item.get("lot"): self.desk.quantity(Cited(pool.close, item), item.get("unit") or unit)
                for item in stated
            }
            return self._positive(weights, pool.close.entry_id)
        self.open_pools.add(f"{pool.facility}/{pool.stage}")
        weights = {name: self.desk.out_mass(self._by_id[name]) for name in pool.lots if name in self._by_id}
        return self._positive(weights, f"{pool.facility}/{pool.stage}")

    def _fill(self, lot: Lot) -> list[Posting]:
        """Fill the mandatory slots that nobody reported between a harvest and the lot asked for."""
        if lot.origin.ins:
            return []
        postings: list[Posting] = []
        path = self._descendants(lot.id)
        required = self.required()
        for fill in self.method.fills:
            if fill.stage not in required or any(self._visits(name, fill.stage) for name in path):
                continue
            where = Where(self.events.places_of(lot.origin.facility), lot.origin.event_time.year)
            energy = self.bench.expression(fill.quantity, self.desk.out_mass(lot), where, [])
            emissions = self.method.recipe(fill.stage, fill.slot) or ()
            postings += self.poster.emissions(
                emissions,
                energy,
                stage=fill.stage,
                slot=fill.slot,
                phase="gate",
                where=where,
                evidence="estimate",
                tier="gap_fill",
                flags=("gap_fill",),
            )
            self.fills.append(MissingSlot(fill.stage, fill.slot, fill.source, "not reported"))
        return postings

    def required(self) -> Sequence[str]:
        """List the stages that a lot of this product goes through."""
        product = self.book.products.get(self.book.lots[self.target].product_gtin)
        return self.method.required.get(product.kind if product else "", ())

    def _visits(self, name: str, stage: str) -> bool:
        lot = self._by_id[name]
        if any(pool.stage == stage and pool.activities for pool in self._pools_of.get(name, ())):
            return True
        entries = [lot.origin, *(entry for entry in lot.events if entry.kind not in SILENT_KINDS)]
        return any(entry.stage == stage and counted(stage, [entry])[0] for entry in entries)

    def _descendants(self, name: str) -> frozenset[str]:
        found = {name}
        for lot in self.lineage:
            if found.intersection(lot.origin.ins):
                found.add(lot.id)
        return frozenset(found)
