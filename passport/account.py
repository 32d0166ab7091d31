"""Keep the carbon account of every lot in a lineage: acquired, produced, allocated, handed on.

A lot carries all that went into it: everything its input lots carried, what the process that made it used, its share
of the pools that it belonged to, and what happened to it since. Several outputs share by weight; losses take nothing
with them; a treatment adds. Everything is a node of one calculation, so that a share is exact to 0.000001 kg and the
outputs of a process add up to its inputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from msgspec import structs

from iocore.factors import FactorLibrary
from ledger.book.model import Cited, Effective, Lot, Pool
from ledger.book.stage import stages
from ledger.book.state import Book
from passport.bench import Bench
from passport.beside import FERMENTED, Beside, takes_up
from passport.calculation import Builder
from passport.departures import Departures
from passport.errors import AssessmentRefused, LotNotFound
from passport.events import PASSING_KINDS, Events
from passport.gaps import Gaps
from passport.guards import own_sale
from passport.journeys import Journeys
from passport.methodology import Methodology
from passport.perennial import OWN_ALONE, Mean, Season, mean_of, restates
from passport.postings import Posted, Poster, Posting
from passport.quantities import Desk
from passport.readings import SlotReading, require_open
from passport.slots import Selection, Source, by_entry, by_lot, sources_of
from passport.valuing import valued

#: Kinds of entries that move a lot or speak about it without any activity.
SILENT_KINDS: Final = frozenset(
    {"ship", "receive", "close", "passport", "attest", "reattest", "removal", "credit", "avoided", "erase"}
)


@dataclass(frozen=True, slots=True)
class Added:
    """Hold a posting that a lot did not get from its input lots, and the entry or pool that it comes from."""

    origin: Effective | Pool
    posting: Posting


class Accounts:
    """Walk a lineage from its harvests to one lot, or to several, and keep every lot's postings.

    `carried` is all that a lot holds: `acquired`, what its input lots handed over in the order of their postings, then
    `added`, what its own process, pools and events put in, each with where it comes from.

    Args:
        book: what the log holds.
        lots: lot id, or several.
        method: accounting rules.
        library: factor sets.
        desk: one of the same method and library at which other lots were entered before; their nodes are shared.

    Raises:
        LotNotFound: no entry creates the lot.
        AssessmentRefused: a mass, weight or opening is missing.
    """

    def __init__(
        self,
        book: Book,
        lots: str | Sequence[str],
        *,
        method: Methodology,
        library: FactorLibrary,
        desk: Desk | None = None,
    ) -> None:
        targets = (lots,) if isinstance(lots, str) else tuple(lots)
        for lot in targets:
            if not book.has_lot(lot):
                raise LotNotFound("no entry creates this lot", lot=lot)
        self.book: Final = book
        self.target: Final = targets[-1] if targets else ""
        self.method: Final = method
        self.desk: Final = Desk(Bench(Builder(), library, method)) if desk is None else desk
        self.bench: Final = self.desk.bench
        self.builder: Final = self.bench.builder
        self.view: Final = self.desk.view(book)
        self.lineage: Final[tuple[Lot, ...]] = self.view.lineage(targets)
        self.journeys: Final = Journeys(self.view, self.lineage, method.policy)
        self.departures: Final = Departures(self.lineage, self.journeys)
        self.carried: Final[dict[str, tuple[Posting, ...]]] = {}
        self.acquired: Final[dict[str, tuple[Posting, ...]]] = {}
        self.added: Final[dict[str, tuple[Added, ...]]] = {}
        self.open_pools: Final[set[str]] = set()
        self._by_id: Final = {item.id: item for item in self.lineage}
        pools_of = self.view.pools([item.id for item in self.lineage])
        self.sources: Final = {
            item.id: sources_of(item, _acts(item), pools_of.get(item.id, ())) for item in self.lineage
        }
        self.poster: Final = Poster(self.desk, self.view)
        self.events: Final = Events(self.poster)
        self.beside: Final = Beside(self.events)
        self._ferments: Final = any(slot == FERMENTED for _, slot in method.recipes)
        self.selected: Final[dict[str, Selection]] = {}
        self._means: Final[dict[str, Mean]] = {}
        self._actors: Final[dict[str, frozenset[str]]] = {}
        for each in self.lineage:
            self._select(each)
        self.gaps: Final = Gaps(
            self.events, self.lineage, self.sources, self.selected, self.required() if targets else (), self.departures
        )
        for each in self.lineage:
            self._keep(each)
        self.open_pools.update(self.gaps.open)

    def postings(self) -> tuple[Posting, ...]:
        """Return the postings of the lot asked for."""
        return self.carried[self.target]

    def _select(self, lot: Lot) -> None:
        """Choose what counts for a lot, and remember what was reported."""
        sources, policy = self.sources[lot.id], self.method.policy
        made_from = [self._actors[name] for name in lot.origin.ins if name in self._actors]
        self._actors[lot.id] = frozenset(entry.actor for one in sources for entry in one.entries).union(*made_from)
        for source in sources:
            close = source.pool.close if source.pool else None
            require_open([*source.entries, *([close] if close else [])])
        found = self._chosen(lot, sources) if policy.scope == "lot" else by_entry(sources, policy, self.desk.chosen)
        self.selected[lot.id] = found
        self.poster.missing += found.refused
        for source in sources:
            slots = dict.fromkeys(found.tried[source.key], False) | {
                item.slot: True for item in found.slots[source.key]
            }
            if slots or source.pool or source.entries[0].kind not in PASSING_KINDS:
                self.events.note(source.facility, source.stage, slots)

    def _chosen(self, lot: Lot, sources: Sequence[Source]) -> Selection:
        """Choose across all that is reported about a lot; that is the same for whatever is made of the lot."""
        known, policy = self.view.chosen, self.method.policy
        key = (lot.id, self._actors[lot.id], *(source.content for source in sources))
        if key not in known:
            offered = self.desk.chosen
            found = by_lot(
                sources,
                policy,
                lambda source, item: self._try(lot, source, item),
                lot=lot.id,
                known=offered,
                scant=lambda source, used: self.events.scant(lot, source.entries[0], used),
            )
            known[key] = self._without_beaten(found, sources)
        chosen: Selection = known[key]
        return chosen

    def _try(self, lot: Lot, source: Source, item: SlotReading) -> Posted:
        stated_by = item.readings[0].cited.entry
        if item.tier == "io" and self.method.policy.guarded and own_sale(stated_by, self._actors[lot.id]):
            return self.poster.attempt(
                lambda: self.poster.refuse(
                    source.stage, item.slot, "the supplier is part of this account, so the money is no input of it"
                )
            )
        if source.pool is None:
            entry = source.entries[0]
            return self.events.try_entry(lot, entry, item, self.departures.phase(lot, entry))
        return self._pool_posted(lot, source, source.pool, item, self.mean(source.pool).own)

    def mean(self, pool: Pool | None) -> Mean:
        """Give the seasons that the lots of a pool are charged for."""
        policy = self.method.policy
        if pool is None or pool.close is None or not restates(pool, policy):
            return OWN_ALONE
        key = pool.close.entry_id
        if key not in self._means:
            self._means[key] = mean_of(pool, self._pool_weights(pool), desk=self.desk, policy=policy)
        return self._means[key]

    def _without_beaten(self, found: Selection, sources: Sequence[Source]) -> Selection:
        """Supersede earlier seasons of slots that a pool reports and for which something better counts for the lot."""
        losers = [
            reading.superseded(source.stage, "a better estimate counts")
            for source in sources
            for season in self.mean(source.pool).earlier
            for item in season.slots
            if found.beaten(source, item.slot)
            for reading in item.readings
        ]
        losers += [loser for source in sources for loser in self.mean(source.pool).left]
        return structs.replace(found, superseded=(*found.superseded, *losers)) if losers else found

    def _keep(self, lot: Lot) -> None:
        acquired, process = self._origin(lot)
        added = [Added(lot.origin, item) for item in process]
        slots = self.selected[lot.id].slots
        for source in self.sources[lot.id]:
            if source.pool is not None:
                added += [Added(source.pool, item) for item in self._pool_share(lot, source, source.pool)]
        for entry in sorted(_acts(lot), key=lambda item: (item.event_time, item.entry_id)):
            phase = self.departures.phase(lot, entry)
            added += [Added(entry, item) for item in self.events.of_lot(lot, entry, slots[entry.entry_id], phase)]
        added += [Added(lot.origin, item) for item in self.gaps.fill(lot)]
        if self.method.policy.beside:
            found = self.beside.of_lot(
                lot,
                acquired,
                self.sources[lot.id],
                self.selected[lot.id],
                lambda: self._supplied(lot),
                lambda time: self.departures.gone(lot.id, time),
                [(one.origin, one.posting) for one in added if one.posting.slot == FERMENTED] if self._ferments else (),
            )
            added += [Added(origin, posting) for origin, posting in found]
        self.acquired[lot.id] = acquired
        self.added[lot.id] = tuple(added)
        self.carried[lot.id] = (*acquired, *(item.posting for item in added))

    def _supplied(self, lot: Lot) -> frozenset[str]:
        """Give the entries that a lot's account, or that of what went into it, takes quantities from."""
        above = (self.sources[name] for name in self.book.ancestors(lot.id) if name in self.sources)
        return frozenset(entry.entry_id for sources in above for source in sources for entry in source.entries)

    def _origin(self, lot: Lot) -> tuple[tuple[Posting, ...], tuple[Posting, ...]]:
        """Give what the input lots hand over to a lot, and its part of what the process used."""
        entry = lot.origin
        incoming: list[Posting] = []
        for name in sorted(entry.ins):
            if name not in self.carried:
                raise AssessmentRefused("an input lot is not part of the lineage", lot=name)
            incoming += self.carried[name]
        used = self.events.of_entry(
            entry, self.selected[lot.id].slots[entry.entry_id], self.departures.phase(lot, entry)
        )
        if len(entry.outs) == 1:
            return tuple(incoming), used
        weights = self._output_weights(entry)
        physical = self._output_weights(entry, by_value=False) if any(map(takes_up, incoming)) else weights
        acquired, process = (
            tuple(
                item.moved(self.builder.share(item.node, physical if takes_up(item) else weights, lot.id))
                for item in whole
            )
            for whole in (incoming, used)
        )
        return acquired, process

    def _output_weights(self, entry: Effective, *, by_value: bool = True) -> dict[str, int]:
        """Weigh the outputs of a process: by mass, or by value where every output has a price.

        The carbon in a product goes where its mass goes, whatever that is worth.
        """
        weights: dict[str, int] = {}
        for name in entry.outs:
            stated = next(entry.masses("out", name), None)
            if stated is None:
                raise AssessmentRefused("no opened item states the mass of an output", lot=name, entry=entry.entry_id)
            weights[name] = self.desk.quantity(Cited(entry, stated), "kg")
        if by_value:
            policy = self.method.policy
            weights = valued(self.desk, entry, weights, residues=bool(policy.joint), priced=policy.by_value)
        return self._positive(weights, entry.entry_id)

    def _positive(self, weights: dict[str, int], where: str) -> dict[str, int]:
        if not self.desk.positive(weights.values()):
            raise AssessmentRefused("the weights of an allocation add up to nothing", entry=where)
        return weights

    def _pool_share(self, lot: Lot, source: Source, pool: Pool) -> list[Posting]:
        whole: list[Posting] = []
        found, mean = self.selected[lot.id], self.mean(pool)
        charged = [(mean.own, item) for item in found.slots[source.key]]
        for season in mean.earlier:
            charged += [(season, item) for item in season.slots if not found.beaten(source, item.slot)]
        for season, item in charged:
            whole += self.poster.accept(self._pool_posted(lot, source, pool, item, season))
        if not whole:
            return []
        try:
            weights = self._shared_by(pool)
        except AssessmentRefused as lack:
            if pool.close is None or self.method.policy.scope != "lot" or not self.events.outsider(lot, pool.close):
                raise
            for slot in dict.fromkeys(item.slot for _, item in charged):
                self.poster.refuse(pool.stage, slot, lack.message)
            return []
        if lot.id not in weights:
            raise AssessmentRefused("the close of a pool states no weight for the lot", lot=lot.id, stage=pool.stage)
        if len(weights) == 1:
            return list(whole)
        return [item.moved(self.builder.share(item.node, weights, lot.id)) for item in whole]

    def _shared_by(self, pool: Pool) -> dict[str, int]:
        """Weigh the lots of a pool, by value where its close prices them and its stage shares so."""
        weights = self._pool_weights(pool)
        if pool.close is None or pool.stage not in self.method.policy.joint:
            return weights
        priced = self.method.policy.by_value
        weights = valued(self.desk, pool.close, weights, residues=True, priced=priced)
        return self._positive(weights, pool.close.entry_id)

    def _pool_posted(self, lot: Lot, source: Source, pool: Pool, item: SlotReading, season: Season) -> Posted:
        order = stages()[pool.stage].order if pool.stage in stages() else 0
        abroad = order > stages()["air"].order
        phase = "after" if abroad or self.departures.gone(lot.id, pool.period.start) else "gate"
        return self.events.whole(source.key, pool.stage, item, phase, self.view.places_of(pool.facility), season)

    def of_pool(self, pool: Pool) -> tuple[Posting, ...]:
        """Post what a pool used that no lot shares."""
        places, policy = self.view.places_of(pool.facility), self.method.policy

        def enter(source: Source, item: SlotReading) -> Posted:
            return self.events.whole(source.key, pool.stage, item, "gate", places)

        source = Source.of_pool(pool)
        found = by_lot([source], policy, enter) if policy.scope == "lot" else by_entry([source], policy, {})
        return tuple(posting for item in found.slots[source.key] for posting in self.poster.accept(enter(source, item)))

    def of_season(self, pool: Pool, name: str) -> tuple[Posting, ...]:
        """Post what a pool used in a season that its close restates, whole."""
        key, places = Source.of_pool(pool).key, self.view.places_of(pool.facility)
        return tuple(
            posting
            for season in self.mean(pool).earlier
            if season.name == name
            for item in season.slots
            for posting in self.poster.accept(self.events.whole(key, pool.stage, item, "gate", places))
        )

    def _pool_weights(self, pool: Pool) -> dict[str, int]:
        """Weigh the lots of a pool: as its close states, else by the masses of the lots of this lineage.

        Before its close a pool is charged to the lots of the lineage alone: that needs nothing but the lineage, and
        the figure can only fall when other lots take their share.
        """
        if pool.close is not None:
            unit = "kg_day" if stages()[pool.stage].allocation == "mass_days" else "kg"
            weights = {
                item.get("lot"): self.desk.quantity(Cited(pool.close, item), item.get("unit") or unit)
                for item in pool.close.named("weight")
            }
            return self._positive(weights, pool.close.entry_id)
        self.open_pools.add(pool.place)
        weights = {name: self.desk.out_mass(self._by_id[name]) for name in pool.lots if name in self._by_id}
        return self._positive(weights, pool.place)

    def required(self) -> Sequence[str]:
        """List the stages that a lot of this product goes through."""
        product = self.book.products.get(self.view.lot(self.target).product_gtin)
        return self.method.required.get(product.kind if product else "", ())


def _acts(lot: Lot) -> tuple[Effective, ...]:
    """List the entries about a lot that may report something."""
    return tuple(entry for entry in lot.events if entry.kind not in SILENT_KINDS)
