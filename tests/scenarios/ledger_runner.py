"""Run worked examples through signed entries, the book and the assessment: each step is one or a few real entries.

An example holds for every version of the method, unless it names those that it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from iocore.units import QUANTA_PER_UNIT, format_decimal
from ledger.book.balance import current_mass
from ledger.book.fifo import plan
from passport.assess import Assessment, assess
from passport.errors import AssessmentRefused
from passport.footprint import ProductFootprint
from passport.journal import Journal, journal_of_actors
from passport.methodology import methodology
from passport.removals import CARRIED
from tests.scenarios.cases import Case, library, near
from tests.unit.assess.recorder import FRESH, MUSHROOM, SEASON, Recorder, activity, distance, lot, mass, period

Step = Mapping[str, Any]
Items = list[tuple[str, Mapping[str, str]]]
METHODS = ("lychee-fresh@1", "lychee-fresh@2")
PLACES = {"orchard": "CN-GD", "hillside": "CN-GD", "packhouse": "CN-GD", "coldroom": "CN-GD", "shop": "NL"}


class Story:
    """Keep the recorder of one example, and the entries that a later step names."""

    def __init__(self, case: Case, method: str) -> None:
        self.case = case
        self.method = method
        self.rec = Recorder()
        self.named: dict[str, str] = {}
        for name, region in PLACES.items():
            self.rec.place(name, country=region[:2], region=region)

    def assessed(self, name: str, *, judged: bool = False) -> Assessment:
        size, method = len(self.rec.entries), self.method
        return assess(self.rec.book, lot(name), library=library(), methodology=method, tree_size=size, judged=judged)

    def footprint(self, name: str) -> ProductFootprint:
        return self.assessed(name).footprint

    def books(self) -> Journal:
        """Keep everybody's books; they must add up."""
        books = journal_of_actors(self.rec.book, method=methodology(self.method), library=library())
        assert not books.faults() and all(line.balanced for line in books.statement()), (self.case["id"], self.method)
        return books

    def check_reserves(self, wanted: Mapping[str, str], *where: object) -> None:
        """Compare what seasons caused and lots are not charged for, and what was caused before the first yield."""
        held: dict[str, int] = {}
        for one in self.books().reserves():
            held[one.holder] = held.get(one.holder, 0) + one.quanta
        for holder, total in wanted.items():
            near(Fraction(held.get(holder, 0), QUANTA_PER_UNIT), total, self.case, *where, holder)

    def check(self, lots: Mapping[str, Step], *where: object) -> None:
        """Compare every field that the example states of a lot."""
        for name, wanted in lots.items():
            found = self.footprint(name)
            for field, value in wanted.items():
                if field == "own":
                    alone = self.assessed(name, judged=True).own_season["delivered"]
                    near(Fraction(alone.total_kgco2e), value, self.case, *where, name, field)
                elif isinstance(value, str):
                    near(Fraction(NUMBERS[field](found)), value, self.case, *where, name, field)
                elif field == "slots":
                    sums = slot_totals(found)
                    for key, total in value.items():
                        near(Fraction(sums[key]), total, self.case, *where, name, key)
                else:
                    assert LISTS[field](found) == value, (self.case["id"], *where, name, field, LISTS[field](found))


NUMBERS: Mapping[str, Callable[[ProductFootprint], Decimal]] = {
    "total": lambda found: found.delivered.total_kgco2e,
    "mass": lambda found: found.delivered.mass_kg,
    "per_kg": lambda found: found.delivered.kgco2e_per_kg,
    "gate": lambda found: found.gate.total_kgco2e,
    "gate_mass": lambda found: found.gate.mass_kg,
    "gate_per_kg": lambda found: found.gate.kgco2e_per_kg,
    "aircraft_forcing": lambda found: found.aircraft_forcing_kgco2e,
    "removals": lambda found: found.removals_kgco2e,
    "biogenic_co2": lambda found: found.biogenic_co2_kgco2e,
    "biogenic_uptake": lambda found: found.biogenic_uptake_kgco2e,
    "emissions_and_removals": lambda found: found.apart.emissions_and_removals["delivered"].total_kgco2e,
    "measured_share": lambda found: found.delivered.measured_activity_share,
    "primary_share": lambda found: found.delivered.primary_data_share,
}
LISTS: Mapping[str, Callable[[ProductFootprint], list[str]]] = {
    "flags": lambda found: [flag.code for flag in found.delivered.flags if flag.total_kgco2e],
    "superseded": lambda found: sorted({f"{item.stage}.{item.slot}.{item.tier}" for item in found.superseded}),
    "declined": lambda found: [f"{item.slot}: {item.reason}" for item in found.superseded if item.tier == "supplier"],
    "filled": lambda found: [f"{item.stage}.{item.slot}" for item in found.missing if item.filled],
    "silent": lambda found: [
        f"{item.stage}.{item.slot}" for item in found.missing if not item.filled and item.stage == "port"
    ],
    "refused": lambda found: [
        f"{item.stage}.{item.slot}: {item.reason}" for item in found.missing if "not reported" not in item.reason
    ],
    "credited": lambda found: [f"{one.stage}.{one.slot}: {one.serial} of {one.owner}" for one in found.apart.credited],
    "avoided": lambda found: [f"{one.kgco2e} against {one.baseline}" for one in found.apart.avoided],
    "uncounted": lambda found: [f"{item.type}: {item.reason}" for item in found.apart.uncounted],
    "exposed": lambda found: list(found.exposed),
    "open_pools": lambda found: [pool.partition("/")[2] for pool in found.open_pools],
}


def slot_totals(found: ProductFootprint) -> dict[str, Decimal]:
    """Add up the delivered postings by slot and gas."""
    sums: dict[str, Decimal] = {}
    for slot in found.delivered.slots:
        key = f"{slot.slot}/{slot.gas}"
        sums[key] = sums.get(key, Decimal(0)) + slot.total_kgco2e
    return sums


def reported(step: Step) -> Items:
    """Write what a step uses as quantities, and what it spends as money."""
    items: Items = []
    for use in step.get("use", ()):
        conditions = use[4] if len(use) > 4 else {}
        items.append(activity(*use[:4], reason="as recorded", **conditions))
    for value in step.get("supplier", ()):
        items.append(("supplier_value", {"source": "case", "evidence": "document", **value}))
    for money in step.get("spend", ()):
        items.append(("expense", {"evidence": "invoice", **money}))
    return items


def contained(step: Step, *names: str) -> Items:
    """State the kilograms of carbon in lots."""
    carbon = {"unit": "kg", "evidence": "document"}
    known = {name: kg for name, kg in step.get("carbon", {}).items() if name in names}
    return [("carbon", {"lot": lot(name), "quantity": kg, **carbon}) for name, kg in known.items()]


def certificate(slot: str, serial: str, kwh: str) -> tuple[str, Mapping[str, str]]:
    """Name a certificate for kilowatt-hours of a slot."""
    return "certificate", {"slot": slot, "serial": serial, "quantity": kwh, "unit": "kWh", "evidence": "document"}


def priced(step: Step) -> Items:
    """State what a kilogram of each lot was sold for, and which of them are residues."""
    items: Items = []
    for kind in ("product", "residue"):
        for name, price in step.get(f"{kind}_price", {}).items():
            sold = {"quantity": price, "unit": "CNY/kg", "source": "case", "kind": kind}
            items.append(("price", {"lot": lot(name), **sold}))
    return items


def boxed(step: Step) -> Items:
    """Write a box and its cargo."""
    return [("box", {**step["box"], "unit": "kg", "evidence": "document"})] if "box" in step else []


def harvest(story: Story, step: Step, time: str) -> None:
    """Pick lots of one orchard, report its season, and close it unless the step says otherwise."""
    at = step.get("at", "orchard")
    for name, kilograms in step["lots"].items():
        story.rec.harvest({name: kilograms}, at=at, time=time, more=contained(step, name))
    use = [["electricity", step["kwh"], "kWh", "meter"]] if "kwh" in step else []
    items = reported({**step, "use": [*use, *step.get("use", ())]})
    if items:
        story.named[step.get("name", at)] = story.rec.pool(at, "orchard", items)
    if step.get("close", True):
        story.rec.close(at, "orchard", step["lots"], SEASON, more=priced(step))


def close(story: Story, step: Step, _time: str) -> None:
    """Close the season of an orchard with one weight for each lot."""
    story.rec.close(step.get("at", "orchard"), "orchard", step["weights"], SEASON)


def season(story: Story, step: Step, _time: str) -> None:
    """Live through a year of an orchard: use, pick, close; the close restates earlier seasons."""
    at, year, lots = step.get("at", "orchard"), step["year"], step.get("lots", {})
    span = (f"{year - 1}-08-01T00:00:00Z", f"{year}-08-01T00:00:00Z")
    for name, kilograms in lots.items():
        story.rec.harvest({name: kilograms}, at=at, time=f"{year}-06-20T00:00:00Z", span=span)
    story.rec.pool(at, "orchard", reported(step), span)
    items: Items = []
    for earlier in step.get("earlier", ()):
        named = {"season": earlier["season"], **({"year": earlier["year"]} if "year" in earlier else {})}
        for slot, quantity, unit, evidence in earlier.get("use", ()):
            value = {"slot": slot, "quantity": quantity, "unit": unit, "evidence": evidence}
            items.append(("season_total", {**named, **value}))
        value = {"quantity": earlier["yield"], "unit": "kg", "evidence": "scale_ticket"}
        items.append(("season_yield", {"season": earlier["season"], **value}))
    story.rec.close(at, "orchard", lots, span, more=items)


def amend(story: Story, step: Step, _time: str) -> None:
    """Replace all that an orchard reported for the season."""
    data = {"kind": "activity", "reason": "wrong_number", "data": {"period": period()}}
    refs = [story.named[step["entry"]]]
    story.rec.add("amend", at="orchard", stage="orchard", data=data, items=reported(step), time=SEASON[0], refs=refs)


def loss(story: Story, step: Step, time: str) -> None:
    """Lose part of a lot."""
    stage = step.get("stage", "retail")
    cause = step.get("cause", "decay")
    story.rec.lose(step["lot"], step["quantity"], stage=stage, treatment=step["treatment"], cause=cause, time=time)


def write_off(story: Story, step: Step, time: str) -> None:
    """Write off a whole lot."""
    data = {"cause": step["cause"], "treatment": step["treatment"]}
    story.rec.add("write_off", stage=step.get("stage", "retail"), lots=[lot(step["lot"])], data=data, time=time)


def product(story: Story, name: object) -> str:
    """Give the GTIN of a product; mushrooms are registered where they first grow."""
    if name != "mushroom":
        return FRESH
    if MUSHROOM not in story.rec.book.products:
        data = {"gtin": MUSHROOM, "kind": "other", "variety_code": "oyster"}
        story.rec.add("register_product", data=data, time=SEASON[0])
    return MUSHROOM


def transform(story: Story, step: Step, time: str) -> None:
    """Grade, pack, dry or brew; outputs with prices share by value."""
    more: Items = [mass(name, "loss", lost) for name, lost in step.get("lost", {}).items()]
    for name, price in step.get("price", {}).items():
        more.append(("price", {"lot": lot(name), "quantity": price, "unit": "CNY/kg", "source": "case"}))
    story.rec.process(
        "transform",
        step["in"],
        step["out"],
        at="packhouse",
        stage=step.get("stage", "packing"),
        process=step["do"],
        product=product(story, step["product"]) if "product" in step else "",
        more=[*more, *contained(step, *step["out"]), *reported(step)],
        time=time,
    )


def move(story: Story, step: Step, time: str) -> None:
    """Split or merge."""
    story.rec.process(step["do"], step["in"], step["out"], at="packhouse", time=time)


def withdraw(story: Story, step: Step, time: str) -> None:
    """Take kilograms from lots in the order in which they came in; what is cut is split by an entry."""
    masses = {name: current_mass(story.rec.book, lot(name)) or Fraction(0) for name in step["stock"]}
    found = plan(masses.items(), Fraction(step["kg"]))
    goes, stays = [], []
    for take in found.takes:
        name = take.lot
        if take.left_kg:
            name, rest = step["goes"][len(goes)], step["stays"][0]
            parts = {name: format_decimal(take.kg), rest: format_decimal(take.left_kg)}
            whole = format_decimal(take.kg + take.left_kg)
            story.rec.process("split", {take.lot: whole}, parts, at="coldroom", time=time)
            stays.append(rest)
        goes.append(name)
    assert (goes, stays, found.short_kg) == (step["goes"], step["stays"], 0)


def cold_store(story: Story, step: Step, _time: str) -> None:
    """Report a room, each reading in an entry of its own, and close it by kilograms times days."""
    readings = [*step.get("use", ())]
    readings += [["electricity", step["kwh"], "kWh", "meter"]] if "kwh" in step else []
    readings += [["refrigerant_r404a", step["r404a"], "kg", "invoice"]] if "r404a" in step else []
    for reading in readings:
        story.rec.pool("coldroom", "cold_store", reported({"use": [reading]}))
    story.rec.close("coldroom", "cold_store", step["weights"], unit="kg_day")


def room(story: Story, step: Step, _time: str) -> None:
    """Report a room for a time, and close that time by kilograms times days where the step states weights."""
    span = (step["from"], step["to"])
    story.rec.pool("coldroom", "cold_store", reported(step), span)
    if "weights" in step:
        story.rec.close("coldroom", "cold_store", step["weights"], span, unit="kg_day")


def carry(story: Story, step: Step, time: str) -> None:
    """Carry lots of the stated masses on one leg, with their gross masses where the step has some."""
    more = {"basis": step["basis"]} if "basis" in step else {}
    legs = [distance(step["km"], **more)] if "km" in step else []
    legs += [distance(km, lot=lot(name), **more) for name, km in step.get("km_of", {}).items()]
    story.rec.carry(
        step["lots"],
        stage=step["stage"],
        leg=step["leg"],
        vehicle=step["vehicle"],
        items=[*legs, *boxed(step), *reported(step)],
        time=time,
        gross=step.get("gross", {}),
    )


def port_call(story: Story, step: Step, time: str) -> None:
    """Handle lots at the port of exit."""
    stated: Items = [mass(name, "at", kilograms) for name, kilograms in step["lots"].items()]
    story.rec.add(
        "port_call",
        stage="port",
        lots=[lot(name) for name in step["lots"]],
        data={"port": step["port"]},
        items=[*stated, *boxed(step), *reported(step)],
        time=time,
    )


def place(story: Story, step: Step, _time: str) -> None:
    """Register a facility of a type, with its place where one is stated."""
    where = {name: step[name] for name in ("country", "region") if name in step}
    story.rec.place(step["at"], step["type"], **where)


def retail(story: Story, step: Step, time: str) -> None:
    """Sell a lot from the chilled shelf of a shop."""
    story.rec.add(
        "retail", at=step.get("at", "shop"), stage="retail", lots=[lot(step["lot"])], items=reported(step), time=time
    )


def record(story: Story, step: Step, time: str) -> None:
    """Report on a lot, at the packhouse unless the step says otherwise, in an entry of its own."""
    certified = step.get("certified", ())
    story.named[step.get("name", "record")] = story.rec.add(
        "activity",
        at=step.get("at", "packhouse"),
        stage=step.get("stage", "packing"),
        lots=[lot(step["lot"])],
        data={"period": period(), **({"certificates": [one[1] for one in certified]} if certified else {})},
        items=[*reported(step), *(certificate(*one) for one in certified)],
        time=time,
    )


def credit(story: Story, step: Step, time: str) -> None:
    """Record a credit that was issued for slots of a lot, and what it covers."""
    paper = {"quantity": step["quantity"], "unit": "kg", "project": "panels", "evidence": "document"}
    items: Items = [("credit", paper), ("owner", {"text": step["owner"]})]
    items += [("link", {"stage": stage, "slot": slot}) for stage, slot in step["links"]]
    data = {"serial": step["serial"], "vintage": "2026", "status": "issued", "period": period()}
    story.rec.add(
        "credit",
        at=step.get("at", "packhouse"),
        lots=[lot(name) for name in step["lots"]],
        data={**data, "covers": step.get("covers", [])},
        items=items,
        time=time,
    )


def avoid(story: Story, step: Step, time: str) -> None:
    """State emissions that a project avoids against a baseline."""
    value = {name: step[name] for name in ("quantity", "baseline", "method")}
    items: Items = [("avoided", {**value, "unit": "kg", "evidence": "document"}), ("owner", {"text": step["owner"]})]
    data = {"period": period(), "type": step["type"]}
    names = [lot(name) for name in step["lots"]]
    story.rec.add("avoided", at="packhouse", lots=names, data=data, items=items, time=time)


def remove(story: Story, step: Step, time: str) -> None:
    """Report a removal of the lots named: what was measured, and the conditions it meets unless some are left out."""
    items: Items = [mass(name, "at", kilograms) for name, kilograms in step["lots"].items()]
    for of, quantity, unit, evidence, *day in step.get("measured", ()):
        dated = {"date": day[0]} if day else {}
        items.append(("measurement", {"of": of, "quantity": quantity, "unit": unit, "evidence": evidence, **dated}))
    paper = {"sha256": "ab" * 32, "media_type": "application/pdf", "title": "report"}
    stated: dict[str, Mapping[str, str]] = {
        "owner": {"text": "cooperative"},
        "monitoring": {"text": "sampled every second year", "until": step.get("until", "2040-12-31")},
        "document": paper,
    }
    items += [(name, value) for name, value in stated.items() if name not in step.get("without", ())]
    items += [("place", {"text": step["stored_at"]})] if "stored_at" in step else []
    items += [("penalty", {"entry": story.named[step["penalty"]]})] if "penalty" in step else []
    items += [("model", {"text": "growth", "plots": step["plots"]})] if "plots" in step else []
    if "reverses" in step:
        entry, quantity = story.named[step["reverses"]], step["quantity"]
        items.append(("reverses", {"entry": entry, "quantity": quantity, "unit": "kg", "evidence": "own_statement"}))
    data: dict[str, Any] = {"period": period(*step.get("period", SEASON)), "type": step["type"]}
    if step["type"] in CARRIED and "serial" not in step.get("without", ()):
        data["serials"] = [step.get("serial", f"batch:{step.get('name', step['type'])}").replace(" ", "-")]
    story.named[step.get("name", step["type"])] = story.rec.add(
        "removal",
        at=step.get("at", "orchard"),
        lots=[lot(name) for name in step["lots"]],
        data=data,
        items=items,
        time=time,
    )


def expect(story: Story, step: Step, _time: str) -> None:
    """Compare in the middle of the story."""
    story.check(step["lots"], step["name"])
    story.check_reserves(step.get("reserves", {}), step["name"])


STEPS: Mapping[str, Callable[[Story, Step, str], None]] = {
    "harvest": harvest,
    "season": season,
    "close": close,
    "amend": amend,
    "loss": loss,
    "write_off": write_off,
    "grade": transform,
    "pack": transform,
    "dry": transform,
    "brew": transform,
    "split": move,
    "merge": move,
    "withdraw": withdraw,
    "cold_store": cold_store,
    "room": room,
    "carry": carry,
    "port_call": port_call,
    "record": record,
    "credit": credit,
    "avoid": avoid,
    "remove": remove,
    "place": place,
    "retail": retail,
    "expect": expect,
}


def run_ledger(case: Case) -> None:
    """Record the steps a day apart, compare what each lot then carries by each version of the method, and balance."""
    for method in case.get("methods", METHODS):
        story = Story(case, method)
        for number, step in enumerate(case["step"], start=1):
            STEPS[step["do"]](story, step, step.get("time", f"2026-06-{number:02d}T00:00:00Z"))
        story.check(case["lots"], method)
        books = story.books()
        for name, total in case.get("written_off", {}).items():
            near(Fraction(books.lots()[lot(name)].written_off, QUANTA_PER_UNIT), total, case, method, name)
            with pytest.raises(AssessmentRefused, match="written off"):
                story.footprint(name)
        story.check_reserves(case.get("reserves", {}), method)
        if "sum" in case:
            total = sum(Fraction(story.footprint(name).delivered.total_kgco2e) for name in case["sum"]["lots"])
            assert total == Fraction(case["sum"]["total"]), (case["id"], method, str(total))
