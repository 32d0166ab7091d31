"""Every recipe of every method multiplies units that give kilograms of its gas, and nothing else.

A unit is a factor to base units and the exponents of those: a kilogram of one substance is another unit than that of
another, so that nitrogen cannot stand for phosphate. Numbers are not looked at, but for conversions that are stated as
constants: these must be what their name says.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import pytest

from iocore.factors import FactorRow
from iocore.sources import load_all
from ledger.book.stage import COMMON_SLOTS, REFRIGERANT_GASES, slot_type, stages
from passport.methodology import (
    ELECTRICITY,
    Amount,
    ByClimate,
    Constant,
    Electricity,
    Emission,
    Expression,
    Factor,
    Methodology,
    Product,
    methodologies,
    times,
)
from passport.recipes.basics import PER_GIGAGRAM, PER_TONNE


@dataclass(frozen=True)
class Unit:
    """Hold a factor to base units, and the exponent of each."""

    scale: Fraction
    powers: tuple[tuple[str, int], ...]

    def __mul__(self, other: Unit) -> Unit:
        powers = Counter(dict(self.powers))
        for name, power in other.powers:
            powers[name] += power
        return Unit(self.scale * other.scale, tuple(sorted((name, power) for name, power in powers.items() if power)))

    def __str__(self) -> str:
        return f"{self.scale} {' '.join(f'{name}^{power}' for name, power in self.powers)}"


ONE = Unit(Fraction(1), ())
#: Symbols that are not base units: which one they are a multiple of.
MULTIPLES = {
    "g": ("kg", Fraction(1, 1000)),
    "t": ("kg", Fraction(1000)),
    "Gg": ("kg", Fraction(10**6)),
    "MJ": ("TJ", Fraction(1, 10**6)),
}
BASES = {"%", "kg", "L", "m3", "m", "h", "yr", "kWh", "TJ", "tkm", "TEU", "TEU-km"}
#: What a slot's quantity is, where its unit alone does not say it: kilograms of what, and what `passport.quantities`
#: and the policy make of it before a recipe sees it.
AMOUNTS = {
    **dict.fromkeys(("nitrogen", "nitrate_nitrogen", "residue_nitrogen"), "kg N"),
    "phosphate": "kg P2O5",
    "potash": "kg K2O",
    **dict.fromkeys(("herbicide", "insecticide", "fungicide"), "kg a.i."),
    "pumped_water": "m3 m",
    "land_converted": "kg CO2",
    "refrigerant_co2": "kg CO2",
    **{f"refrigerant_{code}": f"kg {gas}" for code, gas in REFRIGERANT_GASES.items()},
    **{f"charge_{code}": f"kg {gas} yr" for code, gas in REFRIGERANT_GASES.items()},
    "moves": "TEU",
    "plug_hours": "TEU h",
}
#: What a constant is, by its source. The last three convert: their unit undoes their value.
CONSTANTS = {
    "molar mass of N2O over N2": "kg N2O/kg N2O-N",
    "molar mass of CO2 over C": "kg CO2/kg C",
    "molar mass of two CO2 over that of glucose, which ferments to them": "kg CO2/kg",
    "subtraction": "",
    "dry soil leaches nothing, table 11.3": None,
    "per cent": "/%",
    "t per kg": "t/kg",
    "kg per g": "kg/g",
    "kg per Gg": "Gg/kg",
}
CONVERSIONS = ("t per kg", "kg per g", "kg per Gg")
#: Gases of rows by the gas that a posting carries.
GASES = {"CH4-biogenic": "CH4"}
#: Words behind a kilogram that say how it lies there, not of what it is.
QUALIFIERS = (" product", " urea", " waste", " of charge")


def parse(text: str) -> Unit:
    """Read a unit such as `kg N2O-N/kg N` or `kWh/m3/m`."""
    for word in QUALIFIERS:
        text = text.replace(word, "")
    above, *below = text.split("/")
    found = _side(above)
    for part in below:
        side = _side(part)
        found *= Unit(1 / side.scale, tuple((name, -power) for name, power in side.powers))
    return found


def _side(text: str) -> Unit:
    found = ONE
    for symbol in text.split():
        base, scale = MULTIPLES.get(symbol, (symbol, Fraction(1)))
        if base == "kW":
            found *= Unit(Fraction(1), (("h", -1), ("kWh", 1)))
        elif base in BASES:
            found *= Unit(scale, ((base, 1),))
        else:
            assert found.powers == (("kg", 1),), f"{symbol} in {text} is no unit"
            found = Unit(found.scale, ((f"kg {symbol}", 1),))
    return found


def of_row(row: FactorRow) -> Unit:
    """Give the unit of a factor row: what stands above is of its gas, or the part that a fraction names."""
    above, slash, below = row.unit.partition("/")
    part = {"FRACG": "kg N volatilised", "FRACL": "kg N leached"}.get(row.stem.removeprefix("SOILN.")[:5])
    if part:
        above = part
    elif row.gas not in ("n/a", "fraction", "energy") and " " not in above:
        above = f"{above} {carried(row.gas)}"
    return parse(re.sub(r" N (leached|volatilised)", r" \1-N", above + slash + below))


def carried(gas: str) -> str:
    """Name the gas of a row: CO2e of any set is one substance here, for no recipe mixes sets."""
    return "CO2e" if gas.startswith("CO2e@") else gas.removesuffix("-biogenic")


@cache
def rows(source: str, stem: str) -> tuple[FactorRow, ...]:
    (found,) = (one for one in load_all().sets if one.source == source)
    return tuple(row for row in found if row.stem == stem)


def units(value: Expression, amount: Unit, method: Methodology) -> set[Unit | None]:
    """List the units that an expression can have; None is a zero, which fits any sum."""
    if isinstance(value, Amount):
        return {amount}
    if isinstance(value, Constant):
        text = CONSTANTS[value.source]
        if text is None:
            return {None}
        unit = parse(text)
        assert value.source not in CONVERSIONS or unit.scale * Fraction(value.value) == 1, value
        return {unit}
    if isinstance(value, Electricity):
        return {unit for stem in set(method.grid.values()) for unit in units(Factor(stem), amount, method)}
    if isinstance(value, Factor):
        found = rows(value.source, value.stem)
        chosen = [row for row in found if row.year == value.edition] if value.edition else found
        assert chosen, value
        return {of_row(row) for row in chosen if not (row.stem.startswith("SOILN") and row.year == 2006)}
    if isinstance(value, ByClimate):
        return units(value.wet, amount, method) | units(value.dry, amount, method)
    if isinstance(value, Product):
        product: set[Unit | None] = {ONE}
        for arg in value.args:
            product = {
                None if left is None or right is None else left * right
                for left in product
                for right in units(arg, amount, method)
            }
        return product
    terms: set[Unit | None] = set()
    for arg in value.args:
        terms |= units(arg, amount, method)
    stated = terms - {None}
    assert len(stated) <= 1, f"a sum of {' and '.join(sorted(map(str, stated)))}"
    return terms


def wrong(emission: Emission, amount: Unit, method: Methodology) -> str:
    """Say what is wrong with the units of an emission; nothing where they give kilograms of its gas."""
    gas = carried(GASES.get(emission.gas, emission.gas)) if emission.gas else "CO2e"
    found = units(emission.kg, amount, method) - {None}
    return "" if found == {parse(f"kg {gas}")} else f"{sorted(map(str, found))} for kg {gas}"


def amount_of(stage: str, slot: str) -> Unit:
    kind = slot_type(stage, slot)
    assert kind is not None, (stage, slot)
    return parse(AMOUNTS.get(slot, {"teu_km": "TEU-km"}.get(kind.unit, kind.unit)))


def emissions(method: Methodology) -> Iterator[tuple[str, Emission, Unit]]:
    """List every emission of a method with the unit of its amount."""
    for stage, kind in stages().items():
        for slot in (*kind.slots, *COMMON_SLOTS):
            for emission in method.recipe(stage, slot.code) or ():
                yield f"{stage}/{slot.code}", emission, amount_of(stage, slot.code)
    tables: tuple[tuple[str, Mapping[str, tuple[Emission, ...]], str], ...] = (
        ("vehicle", method.vehicles, "tkm"),
        ("ship", method.vessels, "tkm"),
        ("beyond", method.beyond, "kWh"),
        ("certified", {"": method.certified}, "kWh"),
    )
    for name, table, unit in tables:
        for key, found in table.items():
            for emission in found:
                yield f"{name}/{key}", emission, parse(unit)


@pytest.mark.parametrize("code", sorted(methodologies()))
def test_every_recipe_gives_kilograms_of_its_gas(code: str) -> None:
    method = methodologies()[code]
    checked = list(emissions(method))
    assert [(name, fault) for name, emission, amount in checked if (fault := wrong(emission, amount, method))] == []
    assert {name for name, _, _ in checked} >= {"orchard/urea", "sea/work", "retail/electricity"}


@pytest.mark.parametrize("code", sorted(methodologies()))
def test_every_default_gives_the_unit_of_its_slot(code: str) -> None:
    method = methodologies()[code]
    for fill in method.fills:
        given = units(fill.quantity, parse("TEU" if fill.per == "box" else "kg"), method)
        assert given == {amount_of(fill.stage, fill.slot)}, fill


def test_a_slip_of_unit_or_substance_is_found() -> None:
    method = methodologies()["lychee-fresh@2"]
    board, kg = Factor("PKG.BOARD.PRIM"), parse("kg")
    assert not wrong(Emission("fossil", times(Amount(), PER_TONNE, board)), kg, method)
    assert wrong(Emission("fossil", times(Amount(), board)), kg, method)
    assert wrong(Emission("fossil", times(Amount(), PER_TONNE, board), gas="CO2"), kg, method)
    assert wrong(Emission("fossil", times(Amount(), PER_GIGAGRAM, board)), kg, method)
    assert wrong(Emission("fossil", times(Amount(), ELECTRICITY)), kg, method)
    urea, phosphate = Factor("FERT.UREA.MFG"), Factor("DAP.P2O5-FRACTION", source="practice")
    assert wrong(Emission("fossil", times(Amount(), phosphate, urea)), kg, method)
    direct, leached = Factor("SOILN.EF1-DRY", edition=2019), Factor("SOILN.EF5", edition=2019)
    assert wrong(Emission("land_management", times(Amount(), direct), gas="N2O"), parse("kg N"), method)
    assert wrong(Emission("land_management", times(Amount(), leached), gas="N2O"), parse("kg N"), method)


def test_every_value_of_practice_has_a_unit_that_a_recipe_uses() -> None:
    (practice,) = (one for one in load_all().sets if one.source == "practice")
    assert {row.key for row in practice if not of_row(row).powers} == set()
