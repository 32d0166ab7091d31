"""Turn what counts for a slot into postings: rounded kg CO2e with stage, slot, bucket and gas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec

from iocore.errors import FactorNotFound, IOCoreError
from iocore.factors import FactorRow, FactorSet
from iocore.hybrid import io_refusal
from iocore.prices import PriceStep, PriceTerm, price_steps
from ledger.book.model import Cited
from ledger.book.stage import Slot, slot_type
from passport.bench import Compiled, Plan
from passport.conditions import WITNESSED, conditioned
from passport.errors import AssessmentRefused
from passport.footprint import MissingSlot, SupersededEstimate
from passport.guards import misfits
from passport.methodology import AMOUNT, ELECTRICITY, Emission, Product, Where
from passport.quantities import Desk
from passport.readings import Reading, SlotReading, weakest
from passport.supplied import declined, replaced, usable
from passport.view import View

#: Boundary of a multiplier in purchaser's prices: trade and transport are in it, so that no margin is taken out.
PURCHASER: Final = "cradle_to_shelf"

#: What an explicit zero comes to where no factor is published.
NOTHING: Final = (Emission("luc", AMOUNT, gas="CO2", primary=True),)

Scale = Callable[[int], int]


class Posting(msgspec.Struct, frozen=True, gc=False):
    """Hold one posting of a lot: what it stands for, where and when, and its node in the calculation.

    `season` names the season that caused it where it is charged as part of a mean over several, else it is empty.
    """

    phase: str
    stage: str
    slot: str
    bucket: str
    gas: str
    evidence: str
    tier: str
    flags: tuple[str, ...]
    primary: bool
    where: Where
    node: int
    season: str = ""

    def moved(self, node: int) -> Posting:
        """Return the same posting with another node, such as a share of it."""
        return msgspec.structs.replace(self, node=node)


class Posted(msgspec.Struct, frozen=True, gc=False):
    """Hold what entering something gave: its postings, what was refused, and suppliers' values that do not count."""

    postings: tuple[Posting, ...]
    refused: tuple[MissingSlot, ...]
    unused: tuple[SupersededEstimate, ...] = ()


@dataclass(slots=True)
class Poster:
    """Enter postings; remember what could not be entered and why.

    `unused` holds suppliers' values that do not count.
    """

    desk: Desk
    view: View
    missing: list[MissingSlot] = field(default_factory=list)
    unused: list[SupersededEstimate] = field(default_factory=list)

    def attempt(self, enter: Callable[[], Sequence[Posting]]) -> Posted:
        """Enter postings, and give what was refused instead of remembering it."""
        known, before = len(self.missing), len(self.unused)
        postings = tuple(enter())
        posted = Posted(postings, tuple(self.missing[known:]), tuple(self.unused[before:]))
        del self.missing[known:], self.unused[before:]
        return posted

    def accept(self, posted: Posted) -> tuple[Posting, ...]:
        """Take what an attempt gave: remember what it refused and return its postings."""
        self.missing += posted.refused
        return posted.postings

    def slot(
        self, counted: SlotReading, *, stage: str, phase: str, places: tuple[str, ...], scale: Scale | None = None
    ) -> list[Posting]:
        """Enter the postings of one slot.

        Args:
            counted: the readings that count.
            stage: stage code.
            phase: `gate` or `after`.
            places: where the activity took place, nearest first.
            scale: what to multiply an amount by, such as the part of a box.
        """
        postings: list[Posting] = []
        for group in counted.groups():
            where = Where(places, group[0].year, self.view.climate(group[0].cited.entry))
            if counted.tier == "io":
                for reading in group:
                    postings += self.money(reading, stage=stage, phase=phase, where=where, scale=scale)
            else:
                postings += self.quantity(
                    group, stage=stage, phase=phase, where=where, scale=scale, certified=counted.certified
                )
        return postings

    def quantity(
        self,
        group: Sequence[Reading],
        *,
        stage: str,
        phase: str,
        where: Where,
        scale: Scale | None,
        certified: Sequence[Cited] = (),
    ) -> list[Posting]:
        """Enter the postings of a quantity; what is certified of it takes the factor of certified power."""
        bench, slot = self.desk.bench, group[0].slot
        kind = slot_type(stage, slot)
        emissions = bench.method.recipe(stage, slot)
        supplied = self._supplied(group[0], stage)
        if emissions is None and supplied is not None:
            emissions = ()
        if kind is None or (emissions is None and slot not in bench.method.policy.zero_only):
            return self.refuse(stage, slot, "the methodology has no recipe for this slot")
        try:
            amount = self._amount(group, kind, conditions=emissions is not None)
        except AssessmentRefused as error:
            return self.refuse(stage, slot, error.message)
        if amount is None:
            return self.refuse(stage, slot, "state the period in which this was held")
        if emissions is None:
            if bench.builder.value(amount) != 0:
                return self.refuse(stage, slot, "no published factor for this quantity")
            emissions = NOTHING
        certified = self._certified(certified, stage, slot, emissions)
        named: list[int] = [self.desk.quantity(cited, kind.unit) for cited in certified]
        if certified:
            amount = self.desk.less(amount, named)
            if bench.builder.value(amount) < 0:
                return self.refuse(stage, slot, "more is certified than counts")
            emissions = self._beyond(emissions, bench.method.beyond.get(slot, emissions), amount, where)
        estimated = group[0].tier != "primary"
        parts = [(emissions, amount, supplied)]
        if certified and bench.method.certified:
            parts.append((bench.method.certified, bench.builder.sum(named), None))
        return [
            posting
            for each, used, maker in parts
            for posting in self.emissions(
                each,
                used if scale is None else scale(used),
                stage=stage,
                slot=slot,
                phase=phase,
                where=where,
                evidence=weakest(reading.evidence for reading in group) if certified else group[0].evidence,
                tier="database" if estimated else "",
                supplied=maker,
            )
        ]

    def _supplied(self, reading: Reading, stage: str) -> Reading | None:
        """Give a reading whose supplier's value may count."""
        if reading.supplier is None or not self.desk.bench.method.policy.suppliers:
            return None
        if usable(reading.supplier):
            return reading
        self.unused.append(declined(reading, stage, part=True))
        return None

    def _certified(
        self, certified: Sequence[Cited], stage: str, slot: str, emissions: Sequence[Emission]
    ) -> Sequence[Cited]:
        """Keep the certificates that rest on a document, of power that is counted as such."""
        power = any(isinstance(one.kg, Product) and ELECTRICITY in one.kg.args for one in emissions)
        kept = [one for one in certified if power and one.item.get("evidence") in WITNESSED]
        for cited in certified:
            if cited not in kept:
                item, entry = cited.item, cited.entry.source_id
                lost = SupersededEstimate(stage, slot, "primary", item.get("evidence"), entry, item.digest, "")
                said = lost.say("a certificate needs a document")
                self.unused.append(said if power else lost.say("no power of the grid is counted here to certify"))
        return kept

    def _beyond(
        self, known: tuple[Emission, ...], beyond: tuple[Emission, ...], amount: int, where: Where
    ) -> tuple[Emission, ...]:
        """Give what the power beyond its certificates takes: no less than if nothing were certified."""
        bench = self.desk.bench
        plans = [bench.plan(one, where) for one in (known, beyond)]
        sums = [sum(bench.builder.value(one.node) for one in bench.enter(plan, amount)) for plan in plans]
        return known if plans[1].reason or sums[0] > sums[1] else beyond

    def _amount(self, group: Sequence[Reading], kind: Slot, *, conditions: bool) -> int | None:
        """Enter what a factor applies to: what was used, or held for a time, or used under conditions."""
        if kind.needs and conditions:
            return conditioned(self.desk, group, kind.unit)
        return self.desk.held(group, kind.unit) if kind.stock else self.desk.readings(group, kind.unit)

    def emissions(
        self,
        emissions: Sequence[Emission],
        amount: int,
        *,
        stage: str,
        slot: str,
        phase: str,
        where: Where,
        evidence: str,
        tier: str = "",
        flags: tuple[str, ...] = (),
        supplied: Reading | None = None,
    ) -> list[Posting]:
        """Enter all emissions of an amount; `tier` is empty where a primary factor makes a posting primary.

        `supplied` is the reading whose supplier's value stands for making the input.
        """
        plan = self.desk.bench.plan(emissions, where)
        if plan.reason:
            return self.refuse(stage, slot, plan.reason)
        compiled = self.desk.bench.enter(plan, amount)
        kind = slot_type(stage, slot)
        found: list[Compiled] = []
        if supplied is not None and kind is not None:
            found = replaced(self.desk, supplied, compiled, amount=amount, unit=kind.unit, where=where)
            if not found:
                self.unused.append(declined(supplied, stage, part=False))
        unfit = self._misfits(found, stage, slot) if found else self._misfits_of(plan, stage, slot)
        if unfit:
            return self.refuse(stage, slot, *unfit)
        compiled = found or compiled
        return [
            self.post(item, stage, slot, phase, evidence, item.tier or tier or _tier_of(item), flags)
            for item in compiled
        ]

    def _misfits(self, compiled: Sequence[Compiled], stage: str, slot: str) -> Sequence[str]:
        return tuple(misfits(compiled, slot_type(stage, slot), slot, self.desk.bench.method.policy))

    def _misfits_of(self, plan: Plan, stage: str, slot: str) -> Sequence[str]:
        """Tell why the factors of a plan do not fit; they are the same for every amount."""
        key, unfit = (plan, stage, slot), self.desk.unfit
        if key not in unfit:
            unfit[key] = self._misfits([one for _, one in plan.emissions], stage, slot)
        return unfit[key]

    def post(
        self, item: Compiled, stage: str, slot: str, phase: str, evidence: str, tier: str, flags: tuple[str, ...]
    ) -> Posting:
        """Round a compiled emission and say what it stands for."""
        node = self.desk.bench.builder.posting(
            item.node, stage=stage, slot=slot, bucket=item.bucket, gas=item.gas, evidence=evidence, tier=tier
        )
        merged = tuple(sorted({*item.flags, *flags})) if flags else item.flags
        primary = item.primary and tier == "primary"
        return Posting(phase, stage, slot, item.bucket, item.gas, evidence, tier, merged, primary, item.where, node)

    def refuse(self, stage: str, slot: str, *reasons: str) -> list[Posting]:
        """Remember that a slot could not be entered."""
        self.missing += [MissingSlot(stage, slot, "", reason) for reason in reasons]
        return []

    def money(
        self, reading: Reading, *, stage: str, phase: str, where: Where, scale: Scale | None = None
    ) -> list[Posting]:
        """Enter the input-output default of an expense, every step of the conversion as a node."""
        slot, item = reading.slot, reading.cited.item
        kind = slot_type(stage, slot)
        bench = self.desk.bench
        if kind is None:
            return self.refuse(stage, slot, "the stage does not know this slot")
        try:
            row_id, row = self.sector(item.get("sector"))
            refusal = io_refusal(row.gas, main_gas=kind.main_gas, io_closable=kind.io_closable)
            if refusal is not None:
                return self.refuse(stage, slot, refusal)
            with_margins = bench.method.policy.guarded and row.boundary == PURCHASER
            conversion = price_steps(
                currency=item.get("currency"),
                year=_year(item.get("year"), reading.time),
                table_currency=row.unit.rpartition("/")[2],
                table_year=row.year,
                prices=self.prices(),
                vat=item.get("vat") or None,
                margin="0" if with_margins else item.get("margin") or None,
            )
        except IOCoreError as error:
            return self.refuse(stage, slot, f"{error.code}: {error}")
        node = self.desk.leaf(reading.cited.entry, item, "amount")
        for step in conversion.steps:
            node = self.step(node, step, reading)
        if scale is not None:
            node = scale(node)
        node = bench.builder.product([node, bench.row(row_id)])
        flags = {"io_default", *(flag.partition(":")[0] for flag in conversion.flags)}
        gas = row.gas
        if gas == "CO2":
            node = bench.builder.product([node, bench.characterisation("CO2")])
            flags.add("co2_only")
        elif gas != f"CO2e@{bench.method.gwp_set}":
            flags.add("other_gwp")
        compiled = Compiled(node, "fossil", gas, tuple(sorted(flags)), primary=False, where=where, rows=(row,))
        if unfit := self._misfits([compiled], stage, slot):
            return self.refuse(stage, slot, *unfit)
        return [self.post(compiled, stage, slot, phase, reading.evidence, "io", ())]

    def prices(self) -> FactorSet:
        """Find the price set; a library without one has no rows to move money with."""
        try:
            return self.desk.bench.library.source("prices")
        except FactorNotFound:
            return FactorSet(source="prices", version="none", title="", licence="", may_publish=True, rows=())

    def sector(self, text: str) -> tuple[str, FactorRow]:
        """Find the multiplier of a sector written `<source>:<key>`; a purchase takes the row with margins."""
        source, _, key = text.partition(":")
        rows = self.desk.bench.library.source(source)
        for name in (key, f"{key}.PUR"):
            found = rows.get(name)
            if found is not None:
                return rows.row_id(name), found
        return rows.row_id(key), rows.row(key)

    def step(self, node: int, step: PriceStep, reading: Reading) -> int:
        """Enter one step of a price conversion."""
        build = self.desk.bench.builder
        top = [node, *(self.term(term, step, reading) for term in step.multiply)]
        below = [self.term(term, step, reading) for term in step.divide]
        whole = build.product(top)
        return build.ratio(whole, build.product(below)) if below else whole

    def term(self, term: PriceTerm, step: PriceStep, reading: Reading) -> int:
        """Enter one number of a step: a row, a field of the expense, or a constant."""
        bench, item = self.desk.bench, reading.cited.item
        build = bench.builder
        if term.row_id:
            return bench.row(term.row_id)
        if step.code in ("vat", "margin") and item.get(step.code) == term.value:
            number = self.desk.leaf(reading.cited.entry, item, step.code)
        else:
            number = build.constant(term.value, term.source)
        if term.form == "one_plus":
            return build.sum([build.constant("1", "net of tax"), number])
        if term.form == "one_minus":
            minus = build.constant("-1", "subtraction")
            return build.sum([build.constant("1", "net of margin"), build.product([minus, number])])
        return number


def _tier_of(item: Compiled) -> str:
    return "primary" if item.primary else "database"


def _year(text: str, time: datetime) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) == 4 else time.year
