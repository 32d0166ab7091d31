"""Put marked estimates in the place of what a lot must have gone through and nobody reported yet.

A lot goes through the stages that its product asks for, through those at which an entry names it, through what a
facility that it was at is there for, and through what another stage implies. A slot that counts anywhere on the lot's
way leaves nothing to fill, so an estimate ends when the bill comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.book.model import Effective, Lot
from passport.departures import Departures
from passport.events import PASSING_KINDS, Events
from passport.footprint import MissingSlot
from passport.methodology import Fill, Methodology, Where
from passport.postings import Posting
from passport.readings import SlotReading
from passport.slots import Selection, Source

#: Stages whose bill comes later, for all that a period brought.
BILLED: Final = frozenset({"cold_store", "drying", "precooling"})


@dataclass(frozen=True, slots=True)
class Visit:
    """Name a stage that a lot went through, where, and the first entry that says so."""

    stage: str
    facility: str
    entry: Effective


class Gaps:
    """Fill what nobody reported about the lots of one lineage, in the order of their origins.

    Args:
        events: where postings are entered.
        lineage: the lots, each after those that it was made of.
        sources: where slots of each lot are reported.
        selected: what counts for each lot; complete before anything is filled.
        required: stages that the lot asked for goes through, by its product.
        departures: on which side of the exit an entry about a lot lies.
    """

    def __init__(
        self,
        events: Events,
        lineage: Sequence[Lot],
        sources: Mapping[str, Sequence[Source]],
        selected: Mapping[str, Selection],
        required: Sequence[str],
        departures: Departures,
    ) -> None:
        self.events: Final = events
        self.method: Final[Methodology] = events.method
        self.filled: Final[list[MissingSlot]] = []
        self.open: Final[set[str]] = set()
        self._lineage: Final = lineage
        self._sources: Final = sources
        self._selected: Final = selected
        self._required: Final = required
        self._departures: Final = departures
        self._done: Final[dict[tuple[str, str, str], set[str]]] = {}

    def fill(self, lot: Lot) -> list[Posting]:
        """Post estimates for a lot; each stands on the first lot that went through the stage."""
        if not self.method.fills:
            return []
        return [*self._fill_required(lot), *self._fill_visits(lot)]

    def _fill_required(self, lot: Lot) -> list[Posting]:
        """Fill the slots that nobody reported between a harvest and the lot asked for."""
        if lot.origin.ins:
            return []
        path = self._below(lot.id)
        postings: list[Posting] = []
        for fill in self.method.fills:
            if fill.stage in self._required and not any(self._reports(name, fill) for name in path):
                where = Where(self.events.view.places_of(lot.origin.facility), lot.origin.event_time.year)
                amount = self.events.desk.out_mass(lot)
                postings += self._post(lot, fill, amount, where, phase="gate")
                self.filled.append(MissingSlot(fill.stage, fill.slot, fill.source, self._refused(fill)))
        return postings

    def _fill_visits(self, lot: Lot) -> list[Posting]:
        """Fill the slots that nobody reported of stages that a lot went through by what entries say."""
        postings: list[Posting] = []
        for visit in self._visits(lot):
            mandatory = self.method.policy.mandatory.get(visit.stage, ())
            kin = self._kin(lot) if not self._told(lot.id, visit, mandatory) else ()
            open_slots = [slot for slot in mandatory if not any(self._told(name, visit, (slot,)) for name in kin)]
            if not kin or not open_slots:
                continue
            here = [(name, source) for name in kin for source in self._here(name, visit)]
            if not here:
                self.events.note(visit.facility, visit.stage, {})
            billed = visit.facility and (here or visit.stage in BILLED)
            if billed and not any(_closed(source) or self._slots(name, source) for name, source in here):
                self.open.add(f"{visit.facility}/{visit.stage}")
            counting = {item.slot for name, source in here for item in self._slots(name, source)}
            for fill in self.method.fills:
                if any(whole == fill.slot and part in counting for part, whole in self.method.policy.within):
                    continue
                if fill.stage == visit.stage and fill.slot in open_slots and fill.stage not in self._required:
                    postings += self._fill_visit(lot, visit, fill)
        return postings

    def _fill_visit(self, lot: Lot, visit: Visit, fill: Fill) -> list[Posting]:
        above = self._above(lot)
        if above & self._done.get((visit.stage, visit.facility, fill.slot), set()):
            return []
        roots = {name for name in above if not self.events.view.lot(name).origin.ins}
        if fill.within and roots <= self._done.get((fill.within, "", fill.slot), set()):
            self.filled.append(MissingSlot(fill.stage, fill.slot, fill.source, self._refused(fill)))
            return []
        amount = self._amount(lot, visit.entry, fill)
        if amount is None:
            return []
        self.filled.append(MissingSlot(fill.stage, fill.slot, fill.source, self._refused(fill)))
        where = Where(self.events.view.places(visit.entry), visit.entry.event_time.year)
        phase = "gate" if not visit.facility else self._departures.phase(lot, visit.entry)
        return self._post(lot, fill, amount, where, phase=phase, facility=visit.facility)

    def _amount(self, lot: Lot, entry: Effective, fill: Fill) -> int | None:
        if fill.per == "box":
            return self.events.box_part(lot, entry)
        return self.events.desk.mass_at(lot, entry)[0]

    def _post(
        self, lot: Lot, fill: Fill, amount: int, where: Where, *, phase: str, facility: str = ""
    ) -> list[Posting]:
        quantity = self.events.desk.bench.expression(fill.quantity, amount, where, [])
        self._done.setdefault((fill.stage, facility, fill.slot), set()).add(lot.id)
        return self.events.poster.emissions(
            self.method.recipe(fill.stage, fill.slot) or (),
            quantity,
            stage=fill.stage,
            slot=fill.slot,
            phase=phase,
            where=where,
            evidence="estimate",
            tier="gap_fill",
            flags=("gap_fill",),
        )

    def _visits(self, lot: Lot) -> list[Visit]:
        """List the stages that a lot went through by what entries say, each place once."""
        policy = self.method.policy
        held, implied = dict(policy.held), dict(policy.implied)
        found: dict[tuple[str, str], Visit] = {}
        if not held and not implied:
            return []
        stages = {fill.stage for fill in self.method.fills} | set(held.values())
        entries = sorted((lot.origin, *lot.events), key=lambda entry: (entry.event_time, entry.entry_id))
        for source in self._sources[lot.id]:
            entry = source.entries[0] if source.entries else (source.pool.close if source.pool else None)
            if entry is not None and source.stage in stages and entry.kind not in PASSING_KINDS:
                here = next((one for one in entries if one.facility == source.facility), lot.origin)
                first = here if source.pool else entry
                found.setdefault((source.stage, source.facility), Visit(source.stage, source.facility, first))
        for entry in entries:
            if entry.facility and (stage := held.get(self.events.view.type_of(entry.facility), "")):
                stage = self._side(lot, stage, entry)
                found.setdefault((stage, entry.facility), Visit(stage, entry.facility, entry))
            if entry.kind == "transport" and (stage := implied.get(entry.stage, "")):
                if not any(place[0] == stage for place in found):
                    found[stage, ""] = Visit(stage, "", entry)
        for stage, taken in self._in_hands(lot):
            if not any(place[0] == stage for place in found):
                found[stage, ""] = Visit(stage, "", taken)
        return [found[place] for place in sorted(found)]

    def _side(self, lot: Lot, stage: str, entry: Effective) -> str:
        """Give the stage of a facility for a lot: what is reported there, else by the side of the exit."""
        other = dict(self.method.policy.arrived).get(stage)
        if other is None:
            return stage
        told = {one.stage for name in self._kin(lot) for one in self._sources[name] if one.facility == entry.facility}
        if len(told & {stage, other}) == 1:
            return other if other in told else stage
        return other if self._departures.phase(lot, entry) == "after" else stage

    def _in_hands(self, lot: Lot) -> Iterator[tuple[str, Effective]]:
        """Give the stages of who received a lot, or what it was made of, and holds it now."""
        roles = self.events.view.roles_of(lot.custodian) if self.method.policy.holders and not lot.consumed_by else ()
        for role, stage in self.method.policy.holders if roles else ():
            if role in roles:
                above = (self.events.view.lot(name) for name in self._above(lot))
                received = [one for each in above for one in each.events if one.kind == "receive"]
                mine = [one for one in received if one.actor == lot.custodian]
                if mine:
                    yield stage, min(mine, key=lambda one: (one.event_time, one.entry_id))

    def _told(self, name: str, visit: Visit, slots: Sequence[str]) -> bool:
        """Tell whether all of some slots count for a lot at the place of a visit."""
        policy = self.method.policy
        counting = {item.slot for source in self._here(name, visit) for item in self._slots(name, source)}
        return all(
            any(code in counting for member in policy.members(slot) for code in (member, *policy.answers(member)))
            for slot in slots
        )

    def _here(self, name: str, visit: Visit) -> list[Source]:
        """List where slots of a lot are reported at the place of a visit."""
        return [
            source
            for source in self._sources[name]
            if source.stage == visit.stage and visit.facility in ("", source.facility)
        ]

    def _slots(self, name: str, source: Source) -> Sequence[SlotReading]:
        return self._selected[name].slots[source.key]

    def _reports(self, name: str, fill: Fill) -> bool:
        """Tell whether a lot of the lineage leaves nothing to fill: its stage was visited, or the very slot counts."""
        found = self._selected[name].slots
        here = [source for source in self._sources[name] if source.stage == fill.stage]
        if self.method.policy.scope == "lot":
            return any(item.slot == fill.slot for source in here for item in found[source.key])
        return any(source.entries if source.pool else found[source.key] for source in here)

    def _refused(self, fill: Fill) -> str:
        """Take back that nothing was entered for a slot which is filled now; give the reason."""
        asked, missing = (fill.stage, fill.slot), self.events.poster.missing
        refused = {item for one in self._selected.values() for item in one.refused if (item.stage, item.slot) == asked}
        missing[:] = [item for item in missing if item not in refused]
        return min((item.reason for item in refused), default="not reported")

    def _kin(self, lot: Lot) -> frozenset[str]:
        return frozenset(self._above(lot)) | self._below(lot.id)

    def _above(self, lot: Lot) -> frozenset[str]:
        return frozenset(self.events.view.book.ancestors(lot.id))

    def _below(self, name: str) -> frozenset[str]:
        found = {name}
        for lot in self._lineage:
            if found.intersection(lot.origin.ins):
                found.add(lot.id)
        return frozenset(found)


def _closed(source: Source) -> bool:
    return source.pool is not None and source.pool.close is not None
