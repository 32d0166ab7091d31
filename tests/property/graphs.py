"""Make random seasons of hundreds of lots from a seed, and keep by hand what was emitted in them.

Orchards harvest into pools that are closed; packhouses grade with by-products of other value, split, merge, cool some
lots together, lose some, and share the meter of the month. Readings are amended afterwards. Estimates and expenses
stand beside measured values of their slot and must not count. Every facility signs with a key of its own, so that the
entries could have reached the log in many orders.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ledger.book.keyring import make_proof
from ledger.log.signer import Signer
from tests.unit.assess.recorder import ACTOR, ROLES, SEASON, Recorder, activity, lot, mass, period

GRID = Fraction("0.5777")
LANDFILL = Fraction("700.30886") / 1000
#: Kilograms of nitrogen in the N2O of a kilogram of urea nitrogen in wet soil: direct, evaporated, leached.
UREA_N = Fraction("0.016") + Fraction("0.15") * Fraction("0.014") + Fraction("0.24") * Fraction("0.011")
DIESEL_KG = Fraction("0.84")
DIESEL_TJ = DIESEL_KG * 43 / 10**6
#: kg CO2e of a kilogram of urea and of a litre of diesel in an orchard and of a kilogram of refrigerant, by bucket and
#: gas: the rows of the factor sets, multiplied by hand.
EMITTED: Mapping[str, Mapping[tuple[str, str], Fraction]] = {
    "urea": {
        ("fossil", "CO2e@unknown"): Fraction("0.46") * Fraction("7.4837"),
        ("fossil", "CO2"): Fraction("0.20") * 44 / 12,
        ("land_management", "N2O"): Fraction("0.46") * UREA_N * 44 / 28 * 273,
    },
    "diesel": {
        ("fossil", "CO2"): DIESEL_KG * Fraction("3.1451"),
        ("fossil", "CH4"): DIESEL_TJ * Fraction("4.15") * Fraction("29.8"),
        ("fossil", "N2O"): DIESEL_TJ * Fraction("28.6") * 273,
        ("fossil", "CO2e@AR5"): Fraction("0.62409"),
    },
    "refrigerant_r404a": {("fossil", "R404A"): Fraction(4728)},
}
LOTS = 200
MOST_POSTINGS = 60
MONTH = ("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z")
ORCHARDS = ("orcharda", "orchardb", "orchardc", "orchardd")
PACKHOUSES = ("packhousea", "packhouseb", "packhousec", "packhoused")

Said = tuple[str, dict[str, str]]


def seeds(count: int) -> range:
    """Give the seeds to try: a few, or as many as ECARBON_GRAPHS says."""
    return range(int(os.environ.get("ECARBON_GRAPHS", count)))


def quantum(value: Fraction) -> Fraction:
    return Fraction(round(value * 10**6), 10**6)


def moment(step: int) -> str:
    return f"2026-06-{1 + step // 24:02d}T{step % 24:02d}:00:00Z"


class Keys(Recorder):
    """Record with one key for each facility; the first key signs what has no facility, and every other entry."""

    def __init__(self) -> None:
        self._heads: dict[str, tuple[Signer, int, str]] = {}
        super().__init__()
        for name in (*ORCHARDS, *PACKHOUSES):
            signer = Signer.from_seed(f"{ACTOR}/{name}", name.ljust(32).encode())
            data = {"vkey": signer.public_key.encode(), "roles": ROLES, "keeper": "", "proof": make_proof(signer)}
            self.add("register_key", data=data, time="2025-01-01T00:00:00Z")
            self._heads[name] = signer, 0, "0" * 64

    def add(self, kind: str, *, at: str = "", **more: Any) -> str:
        """Record one entry with the key of its facility, or with the first."""
        own = at if kind != "register_facility" and at in self._heads and len(self.entries) % 2 else ""
        if own:
            self._heads[""] = self.signer, self.seq, self.prev
            self.signer, self.seq, self.prev = self._heads[own]
        entry_id = super().add(kind, at=at, **more)
        if own:
            self._heads[own] = self.signer, self.seq, self.prev
            self.signer, self.seq, self.prev = self._heads[""]
        return entry_id


@dataclass
class Told:
    """Hold an entry that reads a meter, and what its reading is added up with: that of its pool, or nothing else."""

    entry_id: str
    group: str
    at: str
    stage: str
    lots: tuple[str, ...]
    period: dict[str, str]
    masses: Sequence[Said]
    kilowatt_hours: Fraction


@dataclass
class Graph:
    """Record a random season.

    Args:
        seed: what to draw from.
        across: whether estimates stand in entries of their own, too, where only a method with one slot for each lot
            passes them over.
        lots: how many lots to make at least.
        gases: whether orchards use urea and diesel, too, and what cools lots leaks.
    """

    seed: int
    across: bool = False
    lots: int = LOTS
    gases: bool = False
    rec: Keys = field(default_factory=Keys)
    live: dict[str, int] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    lost: dict[str, int] = field(default_factory=dict)
    defaults: int = 0
    used: list[tuple[str, Fraction]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.step = 24
        self.names = 0
        self.shared: dict[str, int] = {}
        self.made: dict[str, dict[str, int]] = {name: {} for name in PACKHOUSES}
        for name in (*ORCHARDS, *PACKHOUSES):
            self.rec.place(name)
        for orchard in ORCHARDS:
            self._harvest(orchard)
        while self.names < self.lots:
            self._act()
        for packhouse, outs in self.made.items():
            if outs:
                self._meter(packhouse, "packing", MONTH)
                self.rec.close(packhouse, "packing", {name: str(kilograms) for name, kilograms in outs.items()}, MONTH)
        for told in self.chance.sample(self.told, len(self.told) // 4):
            self._amend(told)

    @property
    def produced(self) -> Fraction:
        """Give what was emitted in all: what each pool and each entry used, and each loss, rounded by itself."""
        used: dict[str, Fraction] = {}
        for told in self.told:
            used[told.group] = used.get(told.group, Fraction(0)) + told.kilowatt_hours
        energy = sum((quantum(one * GRID) for one in used.values()), Fraction(0))
        return energy + sum((quantum(lost * LANDFILL) for lost in self.lost.values()), Fraction(0))

    @property
    def emitted(self) -> Mapping[tuple[str, str], Fraction]:
        """Give what was emitted by bucket and gas."""
        sums: Counter[tuple[str, str]] = Counter()
        for slot, quantity in self.used:
            for key, factor in EMITTED[slot].items():
                sums[key] += quantum(quantity * factor)
        rotten = sum((quantum(lost * LANDFILL) for lost in self.lost.values()), Fraction(0))
        return {**sums, ("fossil", "CO2e@AR6"): self.produced - rotten, ("biogenic_non_co2", "CO2e@AR5"): rotten}

    def _reported(self, *slots: tuple[str, str]) -> list[Said]:
        """Draw readings of slots in their units, and remember them."""
        found: list[Said] = []
        for slot, unit in slots:
            text = f"{self.chance.randint(1, 999)}.{self.chance.randint(0, 999):03d}"
            self.used.append((slot, Fraction(text)))
            found.append(activity(slot, text, unit, "meter"))
        return found

    def _name(self) -> str:
        self.names += 1
        return f"lot{self.names}"

    def _harvest(self, orchard: str) -> None:
        outs = {self._name(): self.chance.randint(500, 9999) for _ in range(self.chance.randint(6, 14))}
        for name, kilograms in outs.items():
            self.rec.harvest({name: str(kilograms)}, at=orchard, time=moment(0))
        self._meter(orchard, "orchard", SEASON)
        if self.gases:
            self.rec.pool(orchard, "orchard", self._reported(("urea", "kg"), ("diesel", "L")))
        self.rec.close(orchard, "orchard", {name: str(kilograms) for name, kilograms in outs.items()})
        self.live |= outs
        self.shared |= dict.fromkeys(outs, 1)

    def _reading(self) -> tuple[str, Said]:
        text = f"{self.chance.randint(1, 99999)}.{self.chance.randint(0, 999):03d}"
        return text, activity("electricity", text, "kWh", "meter")

    def _defaults(self) -> list[Said]:
        """Draw values that must not count beside a measured one."""
        found: list[Said] = []
        if self.chance.random() < 0.3:
            found.append(activity("electricity", str(self.chance.randint(1, 9999)), "kWh", "estimate"))
        if self.chance.random() < 0.3:
            money = {"amount": str(self.chance.randint(1, 9999)), "currency": "CNY", "vat": "0.13", "year": "2024"}
            found.append(
                ("expense", {"slot": "electricity", "sector": "cn-io-2017:24", **money, "evidence": "invoice"})
            )
        self.defaults += len(found)
        return found

    def _meter(self, at: str, stage: str, span: tuple[str, str]) -> None:
        for _ in range(self.chance.randint(1, 4)):
            text, reading = self._reading()
            entry_id = self.rec.pool(at, stage, [reading, *self._defaults()], span)
            self.told.append(Told(entry_id, at, at, stage, (), period(*span), (), Fraction(text)))

    def _act(self) -> None:
        self.step += 1
        acts = {
            "split": self._split,
            "merge": self._merge,
            "grade": self._grade,
            "loss": self._lose,
            "cool": self._cool,
        }
        acts[self.chance.choice(sorted(acts))](moment(self.step), self.chance.choice(PACKHOUSES))

    def _parts(self, name: str) -> dict[str, int]:
        kilograms = self.live[name]
        cuts = sorted(self.chance.sample(range(1, kilograms), self.chance.randint(1, 3)))
        return {
            self._name(): end - start for start, end in zip([0, *cuts], [*cuts, kilograms], strict=True)
        }  # fmt: skip

    def _some(self, least: int) -> str | None:
        fit = sorted(name for name, kilograms in self.live.items() if kilograms >= least)
        return self.chance.choice(fit) if fit else None

    def _split(self, time: str, at: str) -> None:
        name = self._some(8)
        if name is not None:
            outs = self._parts(name)
            self._make("split", (name,), outs, at=at, time=time)

    def _merge(self, time: str, at: str) -> None:
        ins = self.chance.sample(sorted(self.live), 2)
        if sum(self.shared[name] for name in ins) <= MOST_POSTINGS:
            self._make("merge", ins, {self._name(): sum(self.live[name] for name in ins)}, at=at, time=time)

    def _grade(self, time: str, at: str) -> None:
        name = self._some(8)
        if name is None:
            return
        outs = self._parts(name)
        text, reading = self._reading()
        more: list[Said] = [reading, *self._defaults()]
        for out in outs:
            price = str(self.chance.randint(1, 40))
            more.append(("price", {"lot": lot(out), "quantity": price, "unit": "CNY/kg", "source": "x"}))
        entry_id = self._make("transform", (name,), outs, at=at, time=time, process="grade", more=more)
        self.told.append(Told(entry_id, entry_id, at, "packing", (), {}, (), Fraction(text)))
        self.made[at] |= outs
        self.shared |= {out: self.shared[out] + 2 for out in outs}
        if self.across:
            self._beside(at, outs, time)

    def _beside(self, at: str, outs: Mapping[str, int], time: str) -> None:
        """Report defaults for lots in an entry of their own, at a place where a process of theirs was measured."""
        found = self._defaults()
        if found:
            span = {"start": time, "end": moment(self.step + 1)}
            masses = [mass(out, "at", str(kilograms)) for out, kilograms in outs.items()]
            names = [lot(out) for out in outs]
            self.rec.add("activity", at=at, stage="packing", lots=names, data={"period": span}, items=[*found, *masses],
                         time=time)  # fmt: skip

    def _make(self, kind: str, ins: Sequence[str], outs: dict[str, int], **more: Any) -> str:
        used = {name: str(self.live.pop(name)) for name in ins}
        self.live |= outs
        self.shared |= dict.fromkeys(outs, sum(self.shared[name] for name in ins))
        return self.rec.process(kind, used, {name: str(kilograms) for name, kilograms in outs.items()}, **more)

    def _lose(self, time: str, at: str) -> None:
        name = self._some(3)
        if name is not None:
            lost = self.chance.randint(1, self.live[name] // 2)
            entry_id = self.rec.lose(name, str(lost), stage="packing", treatment="landfill", time=time)
            self.live[name] -= lost
            self.shared[name] += 1
            self.lost[entry_id] = lost

    def _cool(self, time: str, at: str) -> None:
        names = self.chance.sample(sorted(self.live), min(len(self.live), self.chance.randint(1, 6)))
        text, reading = self._reading()
        masses = [mass(name, "at", str(self.live[name])) for name in names]
        span, lots = {"start": time, "end": moment(self.step + 1)}, tuple(lot(name) for name in names)
        entry_id = self.rec.add(
            "activity", at=at, stage="precooling", lots=lots, data={"period": span},
            items=[reading, *masses, *self._defaults()], time=time,
        )  # fmt: skip
        self.told.append(Told(entry_id, entry_id, at, "precooling", lots, span, masses, Fraction(text)))
        if self.gases:
            self.rec.add("activity", at=at, stage="precooling", lots=lots, data={"period": span}, time=time,
                         items=[*masses, *self._reported(("refrigerant_r404a", "kg"))])  # fmt: skip
        self.shared |= {name: self.shared[name] + 1 for name in names}

    def _amend(self, told: Told) -> None:
        """Correct a reading; what a process used stands."""
        if not told.period:
            return
        text, reading = self._reading()
        self.rec.add(
            "amend", at=told.at, stage=told.stage, lots=told.lots, refs=[told.entry_id], time="2026-08-02T00:00:00Z",
            data={"kind": "activity", "reason": "wrong_number", "data": {"period": told.period}},
            items=[reading, *told.masses, *self._defaults()],
        )  # fmt: skip
        told.kilowatt_hours = Fraction(text)
        if told.stage == "orchard":
            # The correction is of another year than the season's first day, and each year has its own factor.
            told.group = f"{told.at}/2026"
