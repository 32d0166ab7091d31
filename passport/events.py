"""Post what entries report: slots of an entry, parts of a box, transport by distance, treatment of losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Final

from msgspec import structs

from ledger.book.model import Cited, Effective, Lot
from ledger.book.stage import slot_type
from passport.errors import AssessmentRefused
from passport.footprint import MissingSlot
from passport.legs import carried, drives, empties, impossible, warnings_of, weighed
from passport.methodology import Where
from passport.perennial import OWN_ALONE, Season
from passport.postings import Posted, Poster, Posting
from passport.readings import SlotReading, distance_of, weakest

#: Kinds of entries that say little about the stage they happen in, so that they open none of its mandatory slots.
PASSING_KINDS: Final = frozenset({"loss", "split", "merge", "transport", "write_off"})
#: Slots of the plug of a refrigerated box.
PLUGS: Final = frozenset({"plug_hours", "plug_energy"})


class Events:
    """Post the entries of one lineage, each entry once.

    `reported` holds the slots reported by facility and stage, and whether a value closes them.
    """

    def __init__(self, poster: Poster) -> None:
        self.view: Final = poster.view
        self.poster: Final = poster
        self.desk: Final = poster.desk
        self.builder: Final = poster.desk.bench.builder
        self.method: Final = poster.desk.bench.method
        self.reported: Final[dict[tuple[str, str], dict[str, bool]]] = {}
        self._whole: Final[dict[tuple[object, ...], Posted]] = poster.desk.posted
        self._carrying: Final = ("work", "electricity", *self.method.policy.answers("work"))
        self._weighed: Final[dict[str, Mapping[str, int]]] = {}

    def note(self, facility: str, stage: str, slots: Mapping[str, bool]) -> None:
        """Remember which slots a facility reported for a stage, and which of them a value closes."""
        known = self.reported.setdefault((facility, stage), {})
        for slot, closed in slots.items():
            known[slot] = known.get(slot, False) or closed

    def whole(
        self,
        source: str,
        stage: str,
        item: SlotReading,
        phase: str,
        places: tuple[str, ...],
        season: Season = OWN_ALONE.own,
    ) -> Posted:
        """Post a slot of an entry or a pool, once, before it is shared among lots.

        Args:
            source: the entry or the pool.
            stage: stage code.
            item: the readings.
            phase: `gate` or `after`.
            places: where, nearest first.
            season: which season it is of, and how much of it counts.
        """
        part, orders = season.part(item.slot), sorted(reading.order for reading in item.readings)
        key = (source, phase, places, item.slot, item.tier, season.name, part, *orders)
        if key not in self._whole:
            scale = None if part is None else partial(self._times, (part,))
            self._whole[key] = self.poster.attempt(
                lambda: [
                    posting if part is None else structs.replace(posting, season=season.name)
                    for posting in self.poster.slot(item, stage=stage, phase=phase, places=places, scale=scale)
                ]
            )
        return self._whole[key]

    def of_entry(self, entry: Effective, slots: Sequence[SlotReading], phase: str) -> tuple[Posting, ...]:
        """Post what counts of an entry itself, before it is shared among the lots that it names."""
        postings: list[Posting] = []
        for item in slots:
            if not self._boxed(item):
                places = self.view.places(entry)
                postings += self.poster.accept(self.whole(entry.entry_id, entry.stage, item, phase, places))
        return tuple(postings)

    def try_entry(self, lot: Lot, entry: Effective, item: SlotReading, phase: str) -> Posted:
        """Try to enter one slot of an entry as the account of a lot would."""
        if item.readings[0].cited.item.name == "distance":
            return self.poster.attempt(lambda: self._work(lot, entry, phase, counts=False))
        if self._boxed(item):
            return self.poster.attempt(lambda: self._boxed_slot(lot, entry, item, phase))
        if len(entry.lots) > 1 and self.outsider(lot, entry):
            try:
                self._weights(entry)
            except AssessmentRefused as lack:
                return Posted((), (MissingSlot(entry.stage, item.slot, "", lack.message),))
        return self.whole(entry.entry_id, entry.stage, item, phase, self.view.places(entry))

    def scant(self, lot: Lot, entry: Effective, used: Sequence[Posted]) -> bool:
        """Tell whether what a trip used cannot have driven it, by the factor of its vehicle and by kilometre.

        All lots of the entry share what it used as they share its way, so that the answer is the same for each.
        """
        policy, value = self.method.policy, self.builder.value
        if not policy.scant or any(one.refused for one in used):
            return False
        part, least = (Fraction(text) for text in policy.scant)
        energy = sum((value(one.node) for posted in used for one in posted.postings), Fraction(0))
        longest = max(value(self.desk.quantity(Cited(entry, item), "km")) for item in entry.named("distance"))
        if energy >= least * longest:
            return False
        if len(entry.lots) > 1:
            weights = self._weights(entry)
            energy *= value(weights[lot.id]) / sum(map(value, weights.values()))
        way = self.poster.attempt(lambda: self._work(lot, entry, "gate", counts=False)).postings
        return energy < part * sum(value(one.node) for one in way)

    def of_lot(self, lot: Lot, entry: Effective, slots: Sequence[SlotReading], phase: str) -> list[Posting]:
        """Post a lot's part of what counts of an event."""
        postings = self._shared_event(lot, entry, slots, phase)
        for item in slots:
            if self._boxed(item):
                postings += self._boxed_slot(lot, entry, item, phase)
        if entry.kind == "transport" and not any(self._carries(entry, item) for item in slots):
            postings += self._work(lot, entry, phase, counts=True)
        if self._unplugged(lot, entry):
            self.poster.refuse(entry.stage, "plug_hours", "the factor of the ship leaves out the plug; state it")
        if entry.kind in ("loss", "write_off"):
            self._note_loss(entry.stage)
        if entry.kind in ("loss", "write_off") and not any(item.slot.startswith("waste_") for item in slots):
            postings += self._treatment(lot, entry, phase)
        return postings

    def _shared_event(self, lot: Lot, entry: Effective, slots: Sequence[SlotReading], phase: str) -> list[Posting]:
        whole = self.of_entry(entry, slots, phase)
        if not whole or len(entry.lots) == 1:
            return list(whole)
        weights = self._weights(entry)
        return [item.moved(self.builder.share(item.node, weights, lot.id)) for item in whole]

    def outsider(self, lot: Lot, entry: Effective) -> bool:
        """Tell whether an actor reports on a lot that it never held; what the report lacks must not block the lot."""
        return entry.actor not in self.view.book.authority.facts.holders.get(lot.id, ())

    def _weights(self, entry: Effective) -> Mapping[str, int]:
        """Weigh the lots that an event names: by mass, gross where each states it, and by distance where they go apart.

        Raises:
            AssessmentRefused: a mass or a distance is not stated, or they add up to nothing.
        """
        known = self._weighed.get(entry.source_id)
        if known is not None:
            return known
        apart = self.method.policy.legs and any(item.get("lot") for item in entry.named("distance"))
        gross = weighed(self.desk, entry)
        weights: dict[str, int] = {}
        for name in entry.lots:
            stated = next(entry.masses("at", name), None)
            if stated is None:
                raise AssessmentRefused(
                    "an entry about several lots states the mass of each", entry=entry.entry_id, lot=name
                )
            cited = Cited(entry, stated)
            weights[name] = self.desk.leaf(entry, stated, "gross") if gross else self.desk.quantity(cited, "kg")
            if apart:
                distance = distance_of(entry, name)
                if distance is None:
                    raise AssessmentRefused("a trip states how far each lot went", entry=entry.entry_id, lot=name)
                weights[name] = self.builder.product([weights[name], self.desk.quantity(Cited(entry, distance), "km")])
        if not self.desk.positive(weights.values()):
            raise AssessmentRefused("the masses of an event add up to nothing", entry=entry.entry_id)
        self._weighed[entry.source_id] = weights
        return weights

    def _boxed(self, item: SlotReading) -> bool:
        """Tell whether a slot speaks of a whole box; nothing is nothing for any box."""
        return item.slot in self.method.policy.boxed and item.tier != "io" and not item.nothing

    def _carries(self, entry: Effective, item: SlotReading) -> bool:
        """Tell whether a slot holds what the way of a trip would count again."""
        policy = self.method.policy
        held = item.slot in self._carrying and drives(entry, item.slot, policy)
        return held and not (item.nothing and policy.scope == "lot")

    def _box(self, lot: Lot, entry: Effective) -> Effective | None:
        """Find the entry that states the box of a lot: this one, else the last before it, else the first after it."""
        if self.desk.one(entry, "box") is not None:
            return entry
        stated = sorted(
            (other for other in lot.events if self.desk.one(other, "box") is not None),
            key=lambda other: (other.event_time, other.entry_id),
        )
        before = [other for other in stated if other.event_time <= entry.event_time]
        return before[-1] if before else next(iter(stated), None)

    def box_part(self, lot: Lot, entry: Effective) -> int | None:
        """Enter a lot's part of its box at an event, in TEU; None where nobody states the box."""
        stated = self._box(lot, entry)
        part = self.desk.box_part(stated, self.desk.mass_at(lot, entry)[0]) if stated is not None else None
        return None if part is None else self.builder.product(part)

    def _boxed_slot(self, lot: Lot, entry: Effective, item: SlotReading, phase: str) -> list[Posting]:
        """Post the lot's part of what was done for a whole box."""
        if entry.stage == "sea" and not any(self._is_dry(other) for other in lot.events):
            return self.poster.refuse(entry.stage, item.slot, "the factor of the voyage contains the plug on board")
        stated = self._box(lot, entry)
        part = self.desk.box_part(stated, self.desk.mass_at(lot, entry)[0]) if stated is not None else None
        if part is None:
            return self.poster.refuse(entry.stage, item.slot, "no box size and cargo mass")
        return self.poster.slot(
            item,
            stage=entry.stage,
            phase=phase,
            places=self.view.places(entry),
            scale=partial(self._times, part if self.method.policy.boxed[item.slot] else part[1:]),
        )

    def _times(self, factors: Sequence[int], node: int) -> int:
        return self.builder.product([node, *factors])

    def _work(self, lot: Lot, entry: Effective, phase: str, *, counts: bool) -> list[Posting]:
        """Post a transport by distance and mass, or by distance and box."""
        stage, slot = entry.stage, "work"
        vehicle, dry = str(entry.data.get("vehicle")), self._is_dry(entry)
        found = self.method.vessels.get(vehicle) if dry else self.method.recipe(stage, slot)
        emissions = found or self.method.vehicles.get(vehicle)
        distance = distance_of(entry, lot.id)
        if emissions is None or distance is None:
            return self.poster.refuse(stage, slot, "no fuel, no distance or no factor for the vehicle")
        if stage == "sea" and self.method.policy.legs and impossible(self.poster, slot, distance):
            return []
        length = self.desk.quantity(Cited(entry, distance), "km")
        flags = warnings_of(stage, distance) if self.method.policy.legs else ()
        kind = slot_type(stage, slot)
        if kind is not None and kind.unit == "teu_km" and not dry:
            mass, evidence = self.desk.mass_at(lot, entry)
            part = self.desk.box_part(entry, mass)
            if part is None:
                return self.poster.refuse(stage, slot, "no box size and cargo mass")
            amount = self.builder.product([length, *part])
        else:
            mass, evidence, net = carried(self.desk, lot, entry)
            amount = self.builder.product([length, mass, self.builder.constant("1/1000", "t per kg")])
            flags += net
        if self.method.policy.gross:
            flags += empties(entry, self.builder.value(length))
        if counts:
            self.note(entry.facility, stage, {slot: True, "empty_return": True})
        return self.poster.emissions(
            emissions,
            amount,
            stage=stage,
            slot=slot,
            phase=phase,
            where=Where(self.view.places(entry), entry.event_time.year),
            evidence=weakest([distance.get("evidence"), evidence]),
            flags=flags,
        )

    def _is_dry(self, entry: Effective) -> bool:
        """Tell whether an entry is a voyage whose factor leaves out the plug of a refrigerated box."""
        return entry.kind == "transport" and entry.stage == "sea" and entry.data.get("vehicle") in self.method.vessels

    def _unplugged(self, lot: Lot, entry: Effective) -> bool:
        """Tell whether a refrigerated box crossed the sea on a dry row and nobody states its plug."""
        if not self._is_dry(entry):
            return False
        box = self.desk.one(entry, "box")
        if box is None or not box.get("setpoint"):
            return False
        at_sea = (item for other in lot.events if other.stage == "sea" for item in other.named("activity"))
        return not any(item.get("slot") in PLUGS for item in at_sea)

    def _note_loss(self, stage: str) -> None:
        """Remember that a stage says what was lost there, wherever it reports the rest."""
        for (_, other), slots in self.reported.items():
            if other == stage:
                slots["loss"] = True

    def _treatment(self, lot: Lot, entry: Effective, phase: str) -> list[Posting]:
        """Post the treatment of what was lost, or of all that was left when the lot was written off."""
        slot = f"waste_{entry.data.get('treatment')}"
        emissions = self.method.recipe(entry.stage, slot)
        if entry.data.get("treatment") == "none":
            return []
        if emissions is None:
            return self.poster.refuse(entry.stage, slot, "the methodology has no recipe for this slot")
        if entry.kind == "write_off":
            treated = [self.desk.mass_written_off(lot, entry)]
        else:
            treated = [
                (self.desk.quantity(Cited(entry, item), "kg"), item.get("evidence"))
                for item in entry.masses("loss", lot.id)
            ]
        postings: list[Posting] = []
        for quantity, evidence in treated:
            postings += self.poster.emissions(
                emissions,
                quantity,
                stage=entry.stage,
                slot=slot,
                phase=phase,
                where=Where(self.view.places(entry), entry.event_time.year),
                evidence=evidence,
            )
        return postings
