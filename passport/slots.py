"""Choose what counts for every slot of a lot: within each entry and pool, or across all of them.

Across all: of the estimates for one stage, slot and facility whose times overlap, the best kind counts that can be
entered. Several of that kind add up. What stands behind it is superseded, what cannot be entered hands on to the next
kind with its reason. The order of entries does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import msgspec

from iocore.times import Interval
from ledger.book.model import Cited, Effective, Lot, Pool
from ledger.book.pools import span_of
from ledger.book.stage import slot_type
from passport.footprint import MissingSlot, SupersededEstimate
from passport.legs import drives
from passport.policy import Policy
from passport.postings import Posted
from passport.readings import (
    Reading,
    SlotReading,
    counted,
    distance_of,
    quantity_reading,
    readings_of,
)
from passport.supplied import usable
from passport.view import name_of_pool


class Source(msgspec.Struct, frozen=True, gc=False):
    """Name a place where slots of a lot are reported: an entry that names the lot, or a pool that it shares.

    Args:
        key: the entry, or the pool's name.
        stage: stage code.
        facility: where, or empty.
        place: what bounds a slot: the facility; a trip, or an entry without a facility, is its own place.
        span: when; None for the process that made the lot, where no period says for which time it speaks.
        entries: the entry, or the pool's activities.
        pool: the pool, if it is one.
    """

    key: str
    stage: str
    facility: str
    place: str
    span: Interval | None
    entries: tuple[Effective, ...]
    pool: Pool | None = None

    @classmethod
    def of_entry(cls, entry: Effective, *, made_the_lot: bool) -> Source:
        """Describe an entry that names a lot."""
        place = entry.facility if entry.facility and entry.kind != "transport" else entry.entry_id
        span = entry.period if made_the_lot else span_of(entry)
        return cls(entry.entry_id, entry.stage, entry.facility, place, span, (entry,))

    @classmethod
    def of_pool(cls, pool: Pool) -> Source:
        """Describe a pool that a lot shares."""
        key = "/".join(name_of_pool(pool))
        return cls(key, pool.stage, pool.facility, pool.facility, pool.period, pool.activities, pool)

    @property
    def content(self) -> tuple[object, ...]:
        """Name what is reported here: the entries as they count, and whether a period bounds them."""
        close = self.pool.close.source_id if self.pool and self.pool.close else ""
        return (self.key, self.span is None, close, *(entry.source_id for entry in self.entries))

    def meets(self, other: Source) -> bool:
        """Tell whether two sources speak of one stage and place, and of a time in common."""
        if (self.stage, self.place) != (other.stage, other.place):
            return False
        return self.span is None or other.span is None or self.span.overlaps(other.span)


def sources_of(lot: Lot, acts: Iterable[Effective], pools: Iterable[Pool]) -> tuple[Source, ...]:
    """List where slots of a lot are reported: the process that made it, what happened to it, the pools it shares."""
    own = (Source.of_entry(entry, made_the_lot=False) for entry in acts)
    return (Source.of_entry(lot.origin, made_the_lot=True), *own, *map(Source.of_pool, pools))


class Selection(msgspec.Struct, frozen=True, gc=False):
    """Hold what counts for a lot.

    Args:
        slots: what counts, by source.
        tried: slots that were reported and do not count there, by source.
        superseded: estimates that do not count.
        refused: slots for which nothing could be entered, with the reason.
    """

    slots: Mapping[str, tuple[SlotReading, ...]]
    tried: Mapping[str, tuple[str, ...]]
    superseded: tuple[SupersededEstimate, ...]
    refused: tuple[MissingSlot, ...]

    def beaten(self, source: Source, slot: str) -> bool:
        """Tell whether a source reports a slot for which something else counts."""
        refused = any((item.stage, item.slot) == (source.stage, slot) for item in self.refused)
        counts = any(item.slot == slot for item in self.slots[source.key])
        return slot in self.tried[source.key] and not counts and not refused


def by_entry(sources: Sequence[Source], policy: Policy, known: dict[tuple[object, ...], Selection]) -> Selection:
    """Choose within each entry and pool by itself.

    Args:
        sources: where slots of a lot are reported.
        policy: which slots answer better than others.
        known: what was chosen before, by source; grows.
    """
    found: list[Selection] = []
    for source in sources:
        content = source.content
        if content not in known:
            close = source.pool.close if source.pool else None
            slots, losers = counted(source.stage, source.entries, close, policy=policy)
            known[content] = Selection({source.key: slots}, {source.key: ()}, losers, ())
        found.append(known[content])
    return Selection(
        {key: slots for one in found for key, slots in one.slots.items()},
        {key: slots for one in found for key, slots in one.tried.items()},
        tuple(loser for one in found for loser in one.superseded),
        (),
    )


class Offer(msgspec.Struct, frozen=True, gc=False):
    """Offer readings of one source, slot and kind that become one quantity.

    Args:
        source: where they are reported.
        item: the readings.
        implied: it is the work that follows from a distance.
        whole: it is a total beside which its pool reports nothing, so that it holds what lots report by themselves.
        within: the slot of its stage whose factor holds it, or nothing.
        aside: it drives nothing, so that it adds to a way instead of answering for it.
    """

    source: Source
    item: SlotReading
    implied: bool = False
    whole: bool = False
    within: str = ""
    aside: bool = False

    def rank(self, policy: Policy) -> tuple[int, int, int]:
        """Say how good the estimate is; the smaller rank wins, equal ranks add up.

        First what it rests on, then whether another slot answers better, then how near to the lot it is. What follows
        from conditions, such as the work of a pump, stands behind any reading of the slot that answers better, and what
        the factor of another slot holds behind any reading of that.
        """
        tier, behind = policy.gap_order.index(self.item.tier), self.derived(policy) or bool(self.within)
        kin = 2 if self.implied else int(self.item.slot in policy.better)
        near = 0 if self.whole else 1 if tier == 0 or self.source.pool is None else 2
        return tier + len(policy.gap_order) * behind, kin, near

    def meets(self, other: Offer, policy: Policy) -> bool:
        """Tell whether two offers are estimates of one thing."""
        mine, theirs = self.item.slot, other.item.slot
        same = mine == theirs
        if not same and not self.aside and not other.aside:
            same = theirs in policy.answers(mine) or mine in policy.answers(theirs)
        return same and self.source.meets(other.source)

    def answers(self, other: Offer, policy: Policy) -> bool:
        """Tell whether a better offer leaves no room for another; nothing of one slot says nothing about others."""
        silent = self.nothing and (self.item.slot != other.item.slot or other.implied)
        if other.within and other.within == self.item.slot:
            return not silent and self.source.meets(other.source)
        return not silent and self.meets(other, policy)

    def derived(self, policy: Policy) -> bool:
        """Tell whether it follows from conditions, where another slot may hold the same."""
        kind = slot_type(self.source.stage, self.item.slot)
        return kind is not None and bool(kind.needs) and bool(policy.answers(self.item.slot))

    @property
    def nothing(self) -> bool:
        """Tell whether it is an explicit zero."""
        return self.item.nothing

    def superseded(self, reason: str) -> list[SupersededEstimate]:
        """Describe the readings as such that do not count."""
        return [reading.superseded(self.source.stage, reason) for reading in self.item.readings]


Rank = tuple[int, int, int]
#: What a source offers, by what it states and by the lot where that matters.
Ranked = dict[tuple[object, ...], Sequence[tuple[Rank, tuple[str, str], Offer]]]


def by_lot(
    sources: Sequence[Source],
    policy: Policy,
    enter: Callable[[Source, SlotReading], Posted],
    *,
    lot: str = "",
    known: Ranked | None = None,
    scant: Callable[[Source, Sequence[Posted]], bool] | None = None,
) -> Selection:
    """Choose across all entries and pools of a lot.

    Args:
        lot: the lot, where it is one.
        sources: where slots of the lot are reported.
        policy: which kinds of estimates come first.
        enter: enters readings of a source, or refuses them.
        known: what sources were found to offer before; grows.
        scant: tells whether the energy of a trip cannot have driven it.
    """
    known = {} if known is None else known
    ranked: list[tuple[Rank, tuple[str, str], Offer]] = []
    losers: list[SupersededEstimate] = []
    out: set[int] = set()
    for source in sources:
        offers = _ranked(source, lot, policy, known)
        ranked += offers
        energy = _energy(offers, policy)
        if energy and scant is not None and scant(source, [enter(source, one.item) for one in energy]):
            losers += [
                loser
                for one in energy
                for loser in one.superseded("too little energy to go this far, so the distance counts")
            ]
            out.update(map(id, energy))
    counts: dict[tuple[str, str], list[tuple[Rank, Offer]]] = {}
    failed: list[tuple[Offer, str]] = []
    slots: dict[str, list[SlotReading]] = {source.key: [] for source in sources}
    for rank, _, offer in sorted(ranked, key=lambda one: one[:2]):
        if id(offer) in out:
            continue
        rivals = counts.setdefault((offer.source.stage, offer.source.place), [])
        winner = next((one for better, one in rivals if better < rank and one.answers(offer, policy)), None)
        if winner is not None:
            losers += _lost(offer, winner)
            out.add(id(offer))
            continue
        posted = enter(offer.source, offer.item)
        losers += posted.unused
        if posted.refused:
            failed.append((offer, posted.refused[0].reason))
            out.add(id(offer))
        else:
            rivals.append((rank, offer))
            if not offer.implied:
                slots[offer.source.key].append(offer.item)
    missing: list[MissingSlot] = []
    for offer, reason in failed:
        if any(one.meets(offer, policy) for _, one in counts[offer.source.stage, offer.source.place]):
            losers += offer.superseded(reason)
        else:
            missing.append(MissingSlot(offer.source.stage, offer.item.slot, "", reason))
    tried: dict[str, list[str]] = {source.key: [] for source in sources}
    for _, _, offer in ranked:
        if id(offer) in out:
            tried[offer.source.key].append(offer.item.slot)
    return Selection(
        {key: tuple(items) for key, items in slots.items()},
        {key: tuple(names) for key, names in tried.items()},
        tuple(losers),
        tuple(missing),
    )


def _energy(offers: Sequence[tuple[Rank, tuple[str, str], Offer]], policy: Policy) -> list[Offer]:
    """List what a trip used that would count instead of its distance."""
    way = next((rank for rank, _, one in offers if one.implied), None)
    if way is None:
        return []
    named = policy.answers("work")
    return [
        one for rank, _, one in offers if rank < way and one.item.slot in named and not one.aside and not one.nothing
    ]


def _lost(offer: Offer, winner: Offer) -> list[SupersededEstimate]:
    if winner.item.slot != offer.item.slot:
        return offer.superseded(f"{winner.item.slot} counts instead")
    if winner.whole:
        return offer.superseded("the close states the total")
    return offer.superseded("a better estimate counts")


def _ranked(source: Source, lot: str, policy: Policy, known: Ranked) -> Sequence[tuple[Rank, tuple[str, str], Offer]]:
    """Rank what a source offers; only a transport may say something else of each lot."""
    carried = any(entry.kind == "transport" for entry in source.entries)
    key = (lot if carried else "", *source.content)
    if key not in known:
        offers = _offers(source, lot, policy)
        known[key] = [(offer.rank(policy), offer.item.readings[0].order, offer) for offer in offers]
    return known[key]


def _offers(source: Source, lot: str, policy: Policy) -> list[Offer]:
    """List what a source offers; measured readings that a measured total adds up are in the total.

    A supplier's value speaks for the readings beside it, so these count instead of a total that states none and that
    they add up to.
    """
    close = source.pool.close if source.pool else None
    totals = [] if close is None else [quantity_reading(close, item) for item in close.named("total")]
    stated = [reading for entry in source.entries for reading in readings_of(entry)]
    if policy.suppliers:
        spoken = {one.slot for one in stated if one.supplier} - {one.slot for one in stated if one.tier == "database"}
        split = {one.slot for one in totals if one.slot in spoken and _adds_up(source.stage, one, stated)}
        totals = [_supplied(one) for one in totals if one.supplier or one.slot not in split]
        stated = [_supplied(one) for one in stated]
    final = {reading.slot for reading in totals if reading.tier == "primary"}
    added_up = {reading.slot for reading in stated if reading.tier != "io"}
    counting = [*totals, *(reading for reading in stated if reading.tier == "io" or reading.slot not in final)]
    certificates = [Cited(entry, item) for entry in source.entries for item in entry.named("certificate")]
    certificates.sort(key=lambda one: (one.entry.entry_id, one.item.digest))
    by_kind: dict[tuple[str, str], list[Reading]] = {}
    for reading in counting:
        by_kind.setdefault((reading.slot, reading.tier), []).append(reading)
    held = {part: other for part, other in policy.within if slot_type(source.stage, other) is not None}
    offers: list[Offer] = []
    for (slot, tier), readings in by_kind.items():
        whole = tier == "primary" and slot in final and slot not in added_up
        certified = () if tier == "io" else _certified(source, slot, readings, certificates)
        item = SlotReading(slot, tier, tuple(readings), certified)
        groups = [(one,) for one in readings] if tier == "io" else item.groups()
        inside, aside = held.get(slot, ""), not all(drives(entry, slot, policy) for entry in source.entries)
        offers += [
            Offer(source, SlotReading(slot, tier, group, certified), whole=whole, within=inside, aside=aside)
            for group in groups
        ]
    for entry in source.entries:
        distance = distance_of(entry, lot)
        if entry.kind == "transport" and distance is not None:
            tier = "database" if distance.get("evidence") == "estimate" else "primary"
            item = SlotReading("work", tier, (Reading("work", Cited(entry, distance), tier),))
            offers.append(Offer(source, item, implied=True))
    return offers


def _adds_up(stage: str, total: Reading, stated: Iterable[Reading]) -> bool:
    """Tell whether quantities add up to a total, as a close asks of those that were there before it."""
    kind = slot_type(stage, total.slot)
    parts = (one for one in stated if one.slot == total.slot and one.tier != "io")
    return kind is not None and total.cited.quantity.exact_in(kind.unit) == sum(
        one.cited.quantity.exact_in(kind.unit) for one in parts
    )


def _supplied(reading: Reading) -> Reading:
    """Rank an estimated quantity with a supplier's value before one without."""
    better = reading.tier == "database" and reading.supplier is not None and usable(reading.supplier)
    return msgspec.structs.replace(reading, tier="supplier") if better else reading


def _certified(
    source: Source, slot: str, readings: Sequence[Reading], certificates: Sequence[Cited]
) -> tuple[Cited, ...]:
    """List the certificates for a slot in the entries of some readings, or in those that a total adds up."""
    stating = {reading.cited.entry.entry_id for reading in readings} if certificates else frozenset()
    total = source.pool is not None and source.pool.close is not None and source.pool.close.entry_id in stating
    return tuple(
        one for one in certificates if (total or one.entry.entry_id in stating) and one.item.get("slot") == slot
    )


def superseded(selections: Collection[Selection]) -> tuple[SupersededEstimate, ...]:
    """List the estimates that do not count in the accounts of some lots, each once."""
    counting = {
        reading.order
        for one in selections
        for slots in one.slots.values()
        for item in slots
        for reading in item.readings
    }
    unique = {
        loser.say("a better estimate counts for some of its lots")
        if (loser.entry_id, loser.item) in counting
        else loser
        for one in selections
        for loser in one.superseded
    }
    return tuple(sorted(unique, key=lambda item: (item.stage, item.slot, item.entry_id, item.item, item.reason)))
