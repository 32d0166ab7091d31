"""Book what stands beside the headline: removals whose conditions hold, and the carbon that a product holds or held.

A removal that lacks a condition does not count and is listed with what it lacks. Slots for which a credit was issued
are named with the owner of the credit, avoided emissions with their baseline. Nothing here enters a sum of the
headline.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Final

from msgspec import structs

from iocore.units import parse_decimal, round_quantum
from ledger.book.model import Cited, Effective, Lot, Pool
from passport.errors import AssessmentRefused
from passport.events import Events
from passport.footprint import REMOVAL, Avoided, Credited, Removed, Uncounted, amount
from passport.methodology import Where
from passport.postings import Posting
from passport.quantities import Desk
from passport.removals import Removals
from passport.slots import Selection, Source

REVERSAL: Final = "reversal"
UPTAKE: Final = "biogenic_uptake"
CARBON: Final = "carbon"
#: The slot whose CO2 is that of sugar in the product, which its plant took up before.
FERMENTED: Final = "fermented_sugar"
#: Types of removals that are the change of one stock, so that two for one time would be the same.
STOCKS: Final = ("soil", "wood")
#: Kinds of entries about a lot that change what stands beside its headline.
TOLD: Final = frozenset({"avoided", "credit", "loss", "removal", "write_off"})


class Beside:
    """Post removals and carbon of lots; remember what does not count and why, and what only stands by.

    Args:
        events: where entries are posted.
    """

    def __init__(self, events: Events) -> None:
        self.removed: Final[list[Removed]] = []
        self.credited: Final[list[Credited]] = []
        self.avoided: Final[list[Avoided]] = []
        self.uncounted: Final[list[Uncounted]] = []
        self._events: Final = events
        self._desk: Final[Desk] = events.desk
        self._build: Final = events.builder
        self._removals: Final = Removals(events.desk)

    def of_lot(
        self,
        lot: Lot,
        acquired: Sequence[Posting],
        sources: Sequence[Source],
        selected: Selection,
        supplied: Callable[[], Collection[str]],
        after: Callable[[datetime], bool],
        fermented: Sequence[tuple[Effective | Pool, Posting]] = (),
    ) -> list[tuple[Effective | Pool, Posting]]:
        """Post what stands beside the headline of a lot, and the entry or pool that each posting comes from.

        Args:
            lot: the lot.
            acquired: what it was made from brought along.
            sources: where its slots are reported.
            selected: what counts of them.
            supplied: gives the entries that its account, or that of what went into it, takes quantities from.
            after: tells whether the lot had left the gate by a time.
            fermented: what fermentation gives off, and the entry or pool that says so.
        """
        quiet = not TOLD.intersection(entry.kind for entry in lot.events) and not fermented
        if quiet and not any(lot.origin.named("carbon")):
            return []
        self._note(lot, sources, selected)
        held = self._carbon(lot, acquired, after)
        taken_up = [posting.node for _, posting in held] or [item.node for item in acquired if takes_up(item)]
        released, shares = self._released(lot, taken_up, after), self._shares(lot, supplied, after)
        return [*held, *self._of_sugar(lot, acquired, bool(held), fermented), *released, *shares]

    def _of_sugar(
        self, lot: Lot, acquired: Iterable[Posting], holds: bool, fermented: Iterable[tuple[Effective | Pool, Posting]]
    ) -> Iterator[tuple[Effective | Pool, Posting]]:
        """Post what fermented sugar took up before: what it gives off, unless carbon is booked that holds the sugar.

        That is the carbon of what the lot was made from, and for what ferments in the lot afterwards its own.
        """
        if any(map(takes_up, acquired)):
            return
        for origin, given in fermented:
            if holds and origin is not lot.origin and not isinstance(origin, Pool):
                continue
            negative = self._build.product([self._build.constant("-1", "taken up before"), given.node])
            node = self._build.posting(
                negative, stage=given.stage, slot=given.slot, bucket=UPTAKE, gas=given.gas,
                evidence=given.evidence, tier=given.tier,
            )  # fmt: skip
            yield origin, structs.replace(given, bucket=UPTAKE, node=node, season="")

    def _carbon(
        self, lot: Lot, acquired: Iterable[Posting], after: Callable[[datetime], bool]
    ) -> list[tuple[Effective, Posting]]:
        """Post what the carbon of a lot took up, as the entry states it that made the lot.

        Carbon that is booked in what the lot was made from is not booked again.
        """
        stated = sorted(
            (item for item in lot.origin.named("carbon") if item.get("lot") == lot.id), key=lambda item: item.digest
        )
        if not stated:
            return []
        if any(map(takes_up, acquired)):
            self.refuse(lot.origin, "carbon", "the carbon of what the lot was made from is booked already")
            return []
        carbon = self._desk.quantity(Cited(lot.origin, stated[0]), "kg")
        factor = self._build.constant("-44/12", "CO2 taken up per C")
        node = self._build.product([factor, carbon, self._desk.bench.characterisation("CO2")])
        phase = "after" if after(lot.origin.event_time) else "gate"
        posting = self._post(lot.origin, node, UPTAKE, CARBON, phase, stated[0].get("evidence"))
        return [(lot.origin, posting)]

    def _released(
        self, lot: Lot, taken_up: Sequence[int], after: Callable[[datetime], bool]
    ) -> list[tuple[Effective, Posting]]:
        """Post the carbon of what a lot lost, all of it as CO2; drying out takes none along.

        Args:
            lot: the lot.
            taken_up: what its carbon took up, of all that it weighed at first.
        """
        found: list[tuple[Effective, Posting]] = []
        for cited in self._desk.losses(lot) if taken_up else ():
            entry = cited.entry
            if entry.data.get("cause") == "moisture":
                continue
            part = self._build.ratio(self._desk.quantity(cited, "kg"), self._desk.out_mass(lot))
            node = self._build.product([self._build.constant("-1", "released"), self._build.sum(taken_up), part])
            phase = "after" if after(entry.event_time) else "gate"
            found.append((entry, self._post(entry, node, "biogenic_co2", "carbon", phase, cited.item.get("evidence"))))
        return found

    def _shares(
        self, lot: Lot, supplied: Callable[[], Collection[str]], after: Callable[[datetime], bool]
    ) -> list[tuple[Effective, Posting]]:
        """Post the lot's part of every removal that names it and counts."""
        named = [entry for entry in lot.events if entry.kind == "removal"]
        reversals = [entry for entry in named if entry.data.get("type") == REVERSAL]
        found: list[tuple[Effective, Posting]] = []
        for entry in sorted(named, key=lambda one: (one.event_time, one.entry_id)):
            kind = str(entry.data.get("type"))
            if kind == REVERSAL:
                continue
            try:
                if not self._named_at_first(entry):
                    raise AssessmentRefused("an amendment moved it to lots that it did not name at first")
                net, evidence = self._removals.net(entry, kind, reversals, supplied)
                weights = self._removals.weights(entry)
                if kind in STOCKS and any(_same_stock(entry, other) for other, _ in found):
                    raise AssessmentRefused("another removal counts the same carbon for this time")
            except AssessmentRefused as lack:
                self.refuse(entry, kind, lack.message)
                continue
            minus = self._build.constant("-1", "a removal")
            node = self._build.product([minus, net, self._desk.bench.characterisation("CO2")])
            phase = "after" if after(entry.period.start if entry.period else entry.event_time) else "gate"
            posting = self._post(entry, node, "removal", f"{REMOVAL}{kind}", phase, evidence)
            if len(weights) > 1:
                posting = posting.moved(self._build.share(posting.node, weights, lot.id))
            found.append((entry, posting))
            owner, place = self._desk.one(entry, "owner"), self._desk.one(entry, "place")
            until = max(item.get("until") for item in entry.named("monitoring"))
            where_stored = place.get("text") if place else ""
            self.removed.append(Removed(kind, entry.source_id, owner.get("text") if owner else "", until, where_stored))
        return found

    def _named_at_first(self, entry: Effective) -> bool:
        """Tell whether an entry named all of its lots when it was first stated.

        What was lost again names those lots, and is part of no other lot's lineage.
        """
        first = self._events.view.book.authority.facts.statements.get(entry.entry_id) if entry.amended else None
        return first is None or set(entry.lots) <= set(first.lots)

    def _note(self, lot: Lot, sources: Iterable[Source], selected: Selection) -> None:
        """Remember the credits and avoided emissions that name a lot; neither changes a figure."""
        reported = [(source, item.slot) for source in sources for item in selected.slots[source.key]]
        for entry in sorted(lot.events, key=lambda one: (one.event_time, one.entry_id)):
            owner = self._desk.one(entry, "owner")
            name = owner.get("text") if owner else ""
            if entry.kind == "credit" and entry.data.get("status") != "reversed":
                linked = {(item.get("stage"), item.get("slot")) for item in entry.named("link")}
                here = {(source.stage, slot) for source, slot in reported if _covers(entry, source)}
                serial, status = str(entry.data.get("serial")), str(entry.data.get("status"))
                for stage, slot in sorted(linked & here):
                    self.credited.append(Credited(serial, status, stage, slot, name, entry.source_id))
            elif entry.kind == "avoided":
                for item in entry.named("avoided"):
                    kilograms = amount(round_quantum(Fraction(parse_decimal(item.get("quantity")))))
                    texts = (item.get("baseline"), item.get("method"), name, entry.source_id)
                    self.avoided.append(Avoided(str(entry.data.get("type")), kilograms, *texts))

    def refuse(self, entry: Effective, kind: str, reason: str) -> None:
        """Remember that something does not count."""
        self.uncounted.append(Uncounted(entry.kind, kind, entry.source_id, reason))

    def _post(self, entry: Effective, kilograms: int, bucket: str, slot: str, phase: str, evidence: str) -> Posting:
        """Round kilograms of CO2e into a posting."""
        node = self._build.posting(
            kilograms, stage=entry.stage, slot=slot, bucket=bucket, gas="CO2", evidence=evidence, tier="primary"
        )
        where = Where(self._events.view.places(entry), entry.event_time.year)
        return Posting(phase, entry.stage, slot, bucket, "CO2", evidence, "primary", (), False, where, node)


def _same_stock(one: Effective, other: Effective) -> bool:
    """Tell whether two removals speak of one kind of carbon at one place, for a time in common."""
    if (one.facility, one.data.get("type")) != (other.facility, other.data.get("type")):
        return False
    return one.period is not None and other.period is not None and one.period.overlaps(other.period)


def takes_up(posting: Posting) -> bool:
    """Tell whether a posting is what the carbon in a product took up, not that of wood that was burnt."""
    return posting.bucket == UPTAKE and posting.slot == CARBON


def _covers(credit: Effective, source: Source) -> bool:
    """Tell whether a credit was issued at the place of a source, for a time in common."""
    if credit.facility != source.facility or credit.period is None:
        return False
    return source.span is None or credit.period.overlaps(source.span)
