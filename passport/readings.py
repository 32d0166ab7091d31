"""Read what entries say about slots, and let one estimate count for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

import msgspec

from iocore.hybrid import Estimate, choose
from ledger.book.item import Item
from ledger.book.model import Cited, Effective
from ledger.book.stage import slot_type
from passport.errors import AssessmentRefused
from passport.footprint import SupersededEstimate
from passport.policy import Policy

_EVIDENCE_ORDER: Final = ("meter", "scale_ticket", "invoice", "document", "own_statement", "estimate")


class Reading(msgspec.Struct, frozen=True, gc=False):
    """Hold one estimate for a slot: the item, the entry that states it, and what kind of estimate it is.

    `season` names the earlier season that it speaks of, if it does not speak of the time of its entry.
    """

    slot: str
    cited: Cited
    tier: str
    season: str = ""

    @property
    def evidence(self) -> str:
        """Return what the estimate rests on."""
        return self.cited.item.get("evidence") or "own_statement"

    @property
    def supplier(self) -> Item | None:
        """Return the supplier's own footprint of what was used, where one stands beside it."""
        if self.tier == "io" or self.season:
            return None
        found = (item for item in self.cited.entry.named("supplier_value") if item.get("slot") == self.slot)
        return next(found, None)

    @property
    def time(self) -> datetime:
        """Return when the activity took place."""
        return self.cited.entry.event_time

    @property
    def year(self) -> int:
        """Return the year whose factors count."""
        stated = self.cited.item.get("year") if self.season else ""
        if stated or self.season.isdigit():
            return int(stated or self.season)
        return self.time.year

    @property
    def order(self) -> tuple[str, str]:
        """Return a key that does not depend on the order of entries."""
        return (self.cited.entry.source_id, self.cited.item.digest)

    def superseded(self, stage: str, reason: str) -> SupersededEstimate:
        """Describe this estimate as one that does not count."""
        return SupersededEstimate(
            stage=stage,
            slot=self.slot,
            tier=self.tier,
            evidence=self.evidence,
            entry_id=self.cited.entry.source_id,
            item=self.cited.item.digest,
            reason=reason,
        )


class SlotReading(msgspec.Struct, frozen=True, gc=False):
    """Hold the readings that count for one slot of one entry or pool, and the certificates for parts of them."""

    slot: str
    tier: str
    readings: tuple[Reading, ...]
    certified: tuple[Cited, ...] = ()

    @property
    def nothing(self) -> bool:
        """Tell whether it is an explicit zero."""
        return self.tier != "io" and not any(reading.cited.quantity.value for reading in self.readings)

    def groups(self) -> tuple[tuple[Reading, ...], ...]:
        """Group readings of one evidence, year and supplier's value: each becomes one quantity, as all certified do."""
        if self.certified:
            return (tuple(sorted(self.readings, key=lambda reading: (reading.year, reading.order))),)
        found: dict[tuple[str, int, str], list[Reading]] = {}
        for reading in sorted(self.readings, key=lambda reading: reading.order):
            supplier = "" if reading.supplier is None else reading.supplier.digest
            found.setdefault((reading.evidence, reading.year, supplier), []).append(reading)
        return tuple(tuple(found[key]) for key in sorted(found))


def counted(
    stage: str, entries: Iterable[Effective], totals: Effective | None = None, *, policy: Policy
) -> tuple[tuple[SlotReading, ...], tuple[SupersededEstimate, ...]]:
    """Choose for every slot that entries report the one kind of estimate that counts.

    A primary quantity beats an estimated one, which beats money. A total at the close of a pool beats the readings
    that it adds up.

    Args:
        stage: stage code.
        entries: the entries of one event or pool.
        totals: the close of the pool, if any.
        policy: which slots answer better than others.

    Returns:
        what counts, sorted by slot, and what was superseded.
    """
    offers: dict[str, list[Estimate[Reading]]] = {}
    losers: list[SupersededEstimate] = []
    final: dict[str, list[Reading]] = {}
    if totals is not None:
        for item in totals.named("total"):
            final.setdefault(item.get("slot"), []).append(quantity_reading(totals, item))
    for entry in entries:
        for reading in readings_of(entry):
            if reading.slot not in final:
                offers.setdefault(reading.slot, []).append(Estimate(reading.tier, reading))
            elif reading.tier == "io":
                losers.append(reading.superseded(stage, "the close states the total"))
    chosen: dict[str, SlotReading] = {
        slot: SlotReading(slot, "primary", tuple(readings)) for slot, readings in final.items()
    }
    for slot, estimates in offers.items():
        choice = choose(estimates)
        chosen[slot] = SlotReading(slot, choice.tier, choice.counted)
        losers += [item.payload.superseded(stage, "a better estimate counts") for item in choice.superseded]
    for slot in policy.better:
        other = next((code for code in policy.answers(slot) if code in chosen), "")
        if slot in chosen and other:
            gone = chosen.pop(slot)
            losers += [reading.superseded(stage, f"{other} counts instead") for reading in gone.readings]
    ordered = tuple(chosen[slot] for slot in sorted(chosen))
    return ordered, tuple(sorted(losers, key=lambda loser: (loser.slot, loser.entry_id, loser.item)))


def readings_of(entry: Effective) -> Iterator[Reading]:
    """Read the quantities and expenses that an entry states."""
    for item in entry.items:
        if item.name == "activity":
            yield quantity_reading(entry, item)
        elif item.name == "expense":
            yield Reading(item.get("slot"), Cited(entry, item), "io")


def distance_of(entry: Effective, lot: str) -> Item | None:
    """Find how far an entry carried a lot: the lot's own distance, else the one of all."""
    stated = tuple(entry.named("distance"))
    return next((item for name in (lot, "") for item in stated if item.get("lot") == name), None)


def quantity_reading(entry: Effective, item: Item, season: str = "") -> Reading:
    """Read a quantity: an estimated one is as good as a published value, any other comes from the actor.

    What is held says by itself nothing about what left it, so it is an estimate, too.
    """
    kind = slot_type(entry.stage, item.get("slot"))
    estimated = item.get("evidence") == "estimate" or (kind is not None and kind.stock)
    tier = "database" if estimated else "primary"
    return Reading(item.get("slot"), Cited(entry, item), tier, season)


def weakest(evidences: Iterable[str]) -> str:
    """Return the weakest of several kinds of evidence."""
    known = [evidence for evidence in evidences if evidence in _EVIDENCE_ORDER]
    return max(known, key=_EVIDENCE_ORDER.index) if known else "own_statement"


def require_open(entries: Iterable[Effective]) -> None:
    """Refuse to assess where an item that may carry a quantity is not opened.

    Raises:
        AssessmentRefused: names the entries.
    """
    closed = sorted({entry.source_id for entry in entries if entry.unopened})
    if closed:
        raise AssessmentRefused("items of these entries are not opened, so quantities may be missing", entries=closed)
