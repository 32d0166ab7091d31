"""Recompute the whole demo season by hand: formulas, files' numbers and factor rows, without the product's arithmetic.

Quantities below are those of `web/demo` (after its correction); factors are read from the rows of `iocore/data`.
Both versions of the method are recomputed: the first counts of composting nothing but the way to the heap, and carries
net masses only.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import floor, prod
from pathlib import Path

import pytest

import iocore
from iocore.sources import load_all
from passport.assess import Assessment, assess
from passport.explain import explain_text
from passport.footprint import ProductFootprint
from passport.journal import Journal, journal_of_actors
from passport.methodology import methodology
from tests.support.demo_season import season, sign_season
from web.imports.history import History

DATA = Path(iocore.__file__).parent / "data"
MILLION = 1_000_000


@cache
def rows(name: str) -> Mapping[str, Fraction]:
    """Read the numbers of one file by key."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    if name.startswith("prices"):
        return {f"{row['series_id']}.{row['year']}": Fraction(row["value"]) for row in found}
    key = next(iter(found[0]))
    return {row[key]: Fraction(row["value"]) for row in found if row["value"]}


def f(key: str) -> Fraction:
    """Give a literature factor."""
    return rows("literature-2026-11.csv")[key]


def c(key: str) -> Fraction:
    """Give a dated constant."""
    return rows("constants-2026-11.csv")[key]


def n(text: str) -> Fraction:
    """Write a quantity of a file."""
    return Fraction(text)


@dataclass(frozen=True)
class Line:
    """Hold one rounded amount: before or after the gate, the stage, the versions of the method that add it."""

    phase: str
    stage: str
    kg: Fraction
    since: int = 1
    until: int = 2


Account = tuple[Line, ...]


def post(stage: str, *amounts: Fraction, phase: str = "gate", since: int = 1) -> Account:
    """Round amounts half-even to 0.000001 kg."""
    return tuple(Line(phase, stage, Fraction(round(amount * MILLION), MILLION), since) for amount in amounts)


def divide(account: Iterable[Line], weights: Mapping[str, Fraction], key: str) -> Account:
    """Take the part of one key of every line: floors, then one quantum each to the largest remainders."""
    names = sorted(weights)
    whole = sum(weights.values())
    found = []
    for line in account:
        quanta = line.kg * MILLION
        parts = {name: quanta * weights[name] / whole for name in names}
        floors = {name: floor(part) for name, part in parts.items()}
        order = sorted(names, key=lambda name: (floors[name] - parts[name], -weights[name], names.index(name)))
        for name in order[: int(quanta) - sum(floors.values())]:
            floors[name] += 1
        found.append(replace(line, kg=Fraction(floors[key], MILLION)))
    return tuple(found)


def masses(**lots: str) -> dict[str, Fraction]:
    """Write weights; the order of ties follows the identifiers, which no tie of the season needs."""
    return {name: Fraction(text) for name, text in lots.items()}


def until(version: int, lines: Account) -> Account:
    """Let lines end with a version."""
    return tuple(replace(line, until=version) for line in lines)


def since(version: int, lines: Account) -> Account:
    """Let lines begin with a version."""
    return tuple(replace(line, since=version) for line in lines)


# --- formulas ---------------------------------------------------------------------------------------------------------

GRID = f("ELC.GRID-PCF.CN.2024")  # life cycle, not the direct CO2 of organisations
GRID_NL = f("ELC.GRID-EMBER.NL.2024")
N2O, CH4 = f("GWP100.N2O.AR6"), f("GWP100.CH4-FOSSIL.AR6")


def soil(nitrogen: Fraction, direct: str, volatile: str) -> Fraction:
    """IPCC 2019, equations 11.1, 11.9, 11.10, wet: kg N in, kg CO2e out; 44/28 turns N2O-N into N2O."""
    volatilised = f(f"SOILN.{volatile}.WORLD.2019") * f("SOILN.EF4-WET.WORLD.2019")
    leached = f("SOILN.FRACLEACH-WET.WORLD.2019") * f("SOILN.EF5.WORLD.2019")
    return nitrogen * (f(f"SOILN.{direct}.WORLD.2019") + volatilised + leached) * Fraction(44, 28) * N2O


def diesel(litres: str, *, use: str = "ROAD", stage: str = "road", phase: str = "gate") -> Account:
    """Burn litres (CO2, CH4, N2O) and count their making once."""
    kilograms = n(litres) * c("DIESEL.DENSITY")
    terajoules = kilograms / MILLION * f("FUEL.DIESEL.NCV.WORLD.2006")
    return post(
        stage,
        kilograms * f("FUEL.DIESEL.CO2-MASS.CN.2015"),
        terajoules * f(f"FUEL.DIESEL.CH4-{use}.WORLD.2006") * CH4,
        terajoules * f(f"FUEL.DIESEL.N2O-{use}.WORLD.2006") * N2O,
        n(litres) * f("FUEL.DIESEL.WTT.GB.2025"),
        phase=phase,
    )


def orchard(urea: str, manure: str, npk: str, pesticide: str, litres: str, kwh: str, film: str = "0") -> Account:
    """A season of one orchard: fertiliser made and spread, pesticide, fuel, electricity, mulch."""
    urea_n = n(urea) * c("UREA.N-FRACTION")
    npk_n = n(npk) * c("NPK-15-15-15.N-FRACTION")
    manure_n = n(manure) * c("MANURE-CHICKEN.N-FRACTION")
    return diesel(litres, use="AGRI", stage="orchard") + post(
        "orchard",
        urea_n * f("FERT.UREA.MFG.CN.2015"),
        n(urea) * f("SOILC.UREA.WORLD.2006") * Fraction(44, 12),
        soil(urea_n, "EF1-SYN-WET", "FRACGASF-UREA"),
        n(npk) * f("FERT.NPK-15-15-15.MFG.CN.2015"),
        soil(npk_n, "EF1-SYN-WET", "FRACGASF-AGG"),
        n(manure) / 1000 * f("FERT.COMPOST.MFG.GB.2025"),
        soil(manure_n, "EF1-ORG-WET", "FRACGASM"),
        n(pesticide) * f("AGROCHEM.PESTICIDE.MFG.US.2002"),
        n(kwh) * GRID,
        n(film) / 1000 * f("PKG.LDPE.PRIM.GB.2025"),
    )


def cool(kwh: str) -> Account:
    return post("precooling", n(kwh) * GRID)


def tonnes(stage: str, stem: str, kilograms: str, phase: str = "gate") -> Account:
    """Materials and treatments by the tonne."""
    return post(stage, n(kilograms) / 1000 * f(f"{stem}.GB.2025"), phase=phase)


def compost(kilograms: str, stage: str = "packing", phase: str = "gate") -> Account:
    """Carry to the heap; as of the second version also what the heap releases, per kg of wet waste."""
    methane = n(kilograms) / 1000 * f("EOL.COMPOST-CH4.WORLD.2006") * f("GWP100.CH4-NONFOSSIL.AR6")
    nitrous = n(kilograms) / 1000 * f("EOL.COMPOST-N2O.WORLD.2006") * N2O
    released = post(stage, methane, nitrous, phase=phase, since=2)
    return tonnes(stage, "EOL.FOOD-COMPOST", kilograms, phase) + released


def pack(board: str = "", foam: str = "", film: str = "", ice: str = "", waste: str = "") -> Account:
    """What packing used; ice is electricity."""
    used = (("PKG.BOARD.PRIM", board), ("PKG.PS.PRIM", foam), ("PKG.FILM.PRIM", film))
    made = tuple(line for stem, kilograms in used if kilograms for line in tonnes("packing", stem, kilograms))
    made += compost(waste) if waste else ()
    frozen = post("packing", n(ice) / 1000 * f("COLD.ICE-FLAKE-TROPIC.WORLD.1992") * GRID) if ice else ()
    return made + frozen


def work(stage: str, stem: str, distance: str, net: str, gross: Fraction) -> Account:
    """Tonne-kilometres by the two halves of well-to-wheel: of the product, and later with packaging and ice."""
    alone, packed = (
        post(
            stage, *(n(distance) * mass / 1000 * f(f"{stem}.{half}.GB.2025") for half in ("TTW", "WTT")), phase="after"
        )
        for mass in (n(net), gross)
    )
    return until(1, alone) + since(2, packed)


def terminal(stage: str, part: Fraction, moves: str, hours: str, grid: Fraction, phase: str) -> Account:
    """A lot's part of a box of 2 TEU: moves over the quay, and hours on the plug."""
    handled = post(stage, n(moves) * 2 * part * f("HUB.TERMINAL-HIGH.ID.2021"), phase=phase) if moves else ()
    return handled + post(stage, n(hours) * 2 * part * f("TRN.REEFER-PLUG.WORLD.2011") * grid, phase=phase)


def shop(kwh: Sequence[str], grid: Fraction, landfill: str) -> Account:
    display = post("retail", *(n(each) * grid for each in kwh), phase="after")
    return display + tonnes("retail", "EOL.FOOD-LANDFILL", landfill, "after")


# --- the season -------------------------------------------------------------------------------------------------------

PACKING = post("packing", 980 * GRID, 46 * f("WATER.SUPPLY.GB.2025"))
PACKED = masses(SEA1="9120", SEA2="6880", AIR1="1515", SHA1="4545", SHA2="3670", SHA3="6050", D1="1400", D2="780")
#: Board, foam, film and ice of each lot, as packed.
HELD = {
    "SEA1": n("766") + n("27"),
    "SEA2": n("578") + n("20"),
    "AIR1": n("127") + n("36") + n("300"),
    "SHA2": n("308") + n("80") + n("1100"),
    "SHA3": n("508") + n("132") + n("1800"),
}
COLD = post("cold_store", 1100 * GRID, n("0.12") * f("GWP100.R404A.AR6"))
COLD_DAYS = masses(SEA1="27360", SEA2="6880", AIR1="3030", SHA1="9090", SHA2="3670", SHA3="3025")


def pools(name: str) -> Account:
    return divide(PACKING, PACKED, name) + divide(COLD, COLD_DAYS, name)


@cache
def harvested() -> dict[str, Account]:
    """The five harvests, until they are merged or graded."""
    one = orchard("480", "9600", "960", "48", "150", "620", "24")
    two = orchard("200", "4000", "400", "20", "62", "255")
    crop = masses(H1="9600", H2="8000")
    missing = n("4000") / 1000 * f("COLD.COOL-PRODUCE.US-CA.2006") * GRID
    return {
        "H1": divide(one, crop, "H1") + diesel("6.2") + cool("498"),
        "H2": divide(one, crop, "H2") + diesel("6") + cool("416"),
        "H3": two + diesel("5") + cool("403") + compost("20"),
        "H4": orchard("100", "2000", "200", "10", "30", "125") + diesel("4.5") + post("precooling", missing),
        "H5": orchard("180", "3500", "360", "17", "55", "230") + diesel("7.5") + cool("343"),
    }


@cache
def fruit() -> dict[str, Account]:
    """Merge, grade by value, split by mass."""
    lots = harvested()
    merged = lots["H1"] + lots["H3"] + compost("490")
    by_value = {"F1": n("15290") * 24, "D1": n("1400") * 6}
    fresh = divide(merged, by_value, "F1")
    parts = masses(S1="9180", A1="1530", C1="4580")
    second = lots["H2"] + compost("290")
    second_value = {"F2": n("6930") * 24, "D2": n("780") * 6}
    return {
        **{name: divide(fresh, parts, name) for name in parts},
        "D1": divide(merged, by_value, "D1"),
        "F2": divide(second, second_value, "F2"),
        "D2": divide(second, second_value, "D2"),
        "F4": lots["H4"] + compost("300"),
        "F5": lots["H5"] + compost("510"),
    }


def on_one_truck(litres: str, name: str, phase: str, *lots: str) -> Account:
    """Share what a truck burnt: by the product, and later with packaging and ice."""
    net = {lot: PACKED[lot] for lot in lots}
    gross = {lot: mass + HELD[lot] for lot, mass in net.items()}
    burnt = diesel(litres, phase=phase)
    return until(1, divide(burnt, net, name)) + since(2, divide(burnt, gross, name))


def by_sea(name: str, net: str, left: str, lost: str, kwh: str, landfill: str) -> Account:
    part = n(net) / 16000
    return (
        on_one_truck("36", name, "gate", "SEA1", "SEA2")
        + terminal("port", part, "1", "31", GRID, "gate")
        + terminal("customs", part, "", "3", GRID, "gate")
        + post("sea", 18196 * 2 * part * f("TRN.SEA-REEFER-TEU.WTW.WORLD.2019"), phase="after")
        + terminal("import_terminal", part, "1", "14", GRID_NL, "after")
        + terminal("customs", part, "", "2", GRID_NL, "after")
        + compost(lost, "import_terminal", "after")
        + work("road", "TRN.ARTIC-33-REEFER", "43", left, n(left) + HELD[name])
        + shop([kwh], GRID_NL, landfill)
    )


def cartons_by_invoice() -> Account:
    """2908.80 CNY of 2026: less 13 % VAT, less 6 % margin, back to 2017 by producer prices, times kg per CNY."""
    prices = rows("prices-2026-11.csv")
    index = prod((prices[f"PPI.CN.{year}"] / 100 for year in range(2018, 2025)), start=Fraction(1))
    basic = n("2908.80") / n("1.13") * n("0.94") / index
    return post("packing", basic * rows("cn-io-2017-1.csv")["10"])


def to_shanghai(name: str) -> Account:
    return on_one_truck("488", name, "after", "SHA2", "SHA3")


@cache
def accounts() -> dict[str, Account]:
    """Give all that each packed lot carries."""
    lots = fruit()
    sea1 = pack(board="766", film="27", waste="60") + by_sea("SEA1", "9120", "8770", "350", "350", "180")
    sea2 = pack(board="578", film="20", waste="50") + by_sea("SEA2", "6880", "6630", "250", "262", "140")
    air = pack(board="127", foam="36", ice="300", waste="15") + diesel("9.8")
    flown = n("1515") + HELD["AIR1"]
    air += work("air", "TRN.AIR-LONG-NORF", "9140", "1515", flown)
    air += work("road", "TRN.RIGID-17-REEFER", "21", "1515", flown)
    sha1 = pack(foam="100", ice="1350", waste="35") + cartons_by_invoice() + diesel("318", phase="after")
    sha2 = pack(board="308", foam="80", ice="1100", waste="30") + to_shanghai("SHA2")
    sha3 = pack(board="508", foam="132", ice="1800", waste="40") + to_shanghai("SHA3")
    drying = divide(PACKING, PACKED, "D1") + divide(PACKING, PACKED, "D2") + post("drying", 820 * GRID)
    return {
        "SEA1": lots["S1"] + pools("SEA1") + sea1,
        "SEA2": lots["F2"] + pools("SEA2") + sea2,
        "AIR1": lots["A1"] + pools("AIR1") + air + shop(["19", "28.7"], GRID_NL, "18"),
        "SHA1": lots["C1"] + pools("SHA1") + sha1 + shop(["200"], GRID, "95"),
        "SHA2": lots["F4"] + pools("SHA2") + sha2 + shop(["160"], GRID, "75"),
        "SHA3": lots["F5"] + pools("SHA3") + sha3 + shop(["270"], GRID, "130"),
        "DRY1": lots["D1"] + lots["D2"] + drying,
    }


#: Net kilograms at the gate and as delivered.
NET = {
    "SEA1": ("9120", "8590"),
    "SEA2": ("6880", "6490"),
    "AIR1": ("1515", "1497"),
    "SHA1": ("4545", "4450"),
    "SHA2": ("3670", "3595"),
    "SHA3": ("6050", "5920"),
    "DRY1": ("545", "545"),
}


# --- against the product ----------------------------------------------------------------------------------------------

#: Method of fresh fruit and of what is dried, by version.
METHODS = {1: ("lychee-fresh@1", "lychee-fresh@1"), 2: ("lychee-fresh@2", "lychee-dried@1")}
both = pytest.mark.parametrize("version", METHODS)


def of(version: int, lines: Iterable[Line]) -> Account:
    """Leave out what a later version added, and what an earlier one ended."""
    return tuple(line for line in lines if line.since <= version <= line.until)


def total(lines: Iterable[Line]) -> Fraction:
    """Add up."""
    return sum((line.kg for line in lines), Fraction(0))


@cache
def history() -> History:
    found = History(())
    sign_season(found)
    return found


@cache
def assessed(name: str, version: int) -> Assessment:
    code = METHODS[version][name.startswith("DRY")]
    lot, size = season()["lots"][name], history().size
    return assess(history().book, lot, library=load_all(), tree_size=size, methodology=code)


def footprint(name: str, version: int) -> ProductFootprint:
    return assessed(name, version).footprint


def exact(value: Decimal) -> Fraction:
    return Fraction(value)


@both
@pytest.mark.parametrize("name", NET)
def test_headline_is_what_the_formulas_give(name: str, version: int) -> None:
    lines = of(version, accounts()[name])
    found = footprint(name, version)
    for figure, phases, net in zip(
        (found.gate, found.delivered), (("gate",), ("gate", "after")), NET[name], strict=True
    ):
        wanted = total(line for line in lines if line.phase in phases)
        assert exact(figure.total_kgco2e) == wanted
        assert exact(figure.mass_kg) == n(net)
        assert exact(figure.kgco2e_per_kg) == Fraction(round(wanted / n(net) * MILLION), MILLION)


@both
@pytest.mark.parametrize("name", NET)
def test_every_stage_is_what_the_formulas_give(name: str, version: int) -> None:
    lines = of(version, accounts()[name])
    shown = footprint(name, version).delivered.slots
    stages = {(line.phase, line.stage) for line in lines} | {(slot.phase, slot.stage) for slot in shown}
    for phase, stage in sorted(stages):
        mine = total(line for line in lines if (line.phase, line.stage) == (phase, stage))
        theirs = sum(
            (exact(slot.total_kgco2e) for slot in shown if (slot.phase, slot.stage) == (phase, stage)), Fraction(0)
        )
        assert theirs == mine, (phase, stage)


def test_versions_differ_by_what_a_heap_releases_and_what_holds_the_fruit() -> None:
    """4 g of methane and 0.24 g of nitrous oxide per kg, at 27.0 and 273: 0.17352 kg CO2e for every kg that rots."""
    for name in NET:
        more = footprint(name, 2).delivered.total_kgco2e - footprint(name, 1).delivered.total_kgco2e
        lines = accounts()[name]
        assert exact(more) == total(of(2, lines)) - total(of(1, lines)), name
        assert total(line for line in lines if line.since == 2) > total(line for line in lines if line.until == 1), name


def test_boxes_and_ice_fly_too() -> None:
    """463 kg x 9140 km x 0.66646 kg per tkm are 2820.338757 kg CO2e more, and every leg by distance states them."""
    more = footprint("AIR1", 2).aircraft_kgco2e - footprint("AIR1", 1).aircraft_kgco2e
    assert exact(more) == Fraction("2820.338757")
    assert not {"net_mass_travels"} & {flag.code for name in NET for flag in footprint(name, 2).delivered.flags}


@both
def test_aircraft_is_in_the_headline_and_its_forcing_apart(version: int) -> None:
    tkm = 9140 * (n("1515") if version == 1 else n("1515") + HELD["AIR1"]) / 1000
    forcing = tkm * (f("TRN.AIR-LONG-RF.WTW.GB.2025") - f("TRN.AIR-LONG-NORF.WTW.GB.2025"))
    found = footprint("AIR1", version)
    assert exact(found.aircraft_forcing_kgco2e) == Fraction(round(forcing * MILLION), MILLION)
    assert exact(found.aircraft_kgco2e) == total(
        line for line in of(version, accounts()["AIR1"]) if line.stage == "air"
    )
    assert all(not footprint(name, version).aircraft_forcing_kgco2e for name in NET if name != "AIR1")


@both
def test_what_all_lots_carry_is_all_that_the_season_emitted(version: int) -> None:
    """No kilogram is lost or counted twice on the way through merge, grading, split and pools."""
    season_wide = [*PACKING, *COLD, *compost("490"), *compost("290"), *compost("300"), *compost("510")]
    season_wide += [line for lot in harvested().values() for line in lot]
    own = {
        "SEA1": pack(board="766", film="27", waste="60"),
        "SEA2": pack(board="578", film="20", waste="50"),
        "AIR1": pack(board="127", foam="36", ice="300", waste="15") + diesel("9.8"),
        "SHA1": pack(foam="100", ice="1350", waste="35") + cartons_by_invoice(),
        "SHA2": pack(board="308", foam="80", ice="1100", waste="30"),
        "SHA3": pack(board="508", foam="132", ice="1800", waste="40"),
        "DRY1": post("drying", 820 * GRID),
    }
    season_wide += [line for lot in own.values() for line in lot]
    port = [line for name in ("SEA1", "SEA2") for line in accounts()[name] if line.stage in ("port", "customs")]
    season_wide += [line for line in (*port, *diesel("36")) if line.phase == "gate"]
    found = sum((exact(footprint(name, version).gate.total_kgco2e) for name in NET), Fraction(0))
    assert found == total(of(version, season_wide))


@cache
def books(code: str) -> Journal:
    return journal_of_actors(history().book, method=methodology(code), library=load_all())


@both
@pytest.mark.parametrize("name", NET)
def test_books_hold_the_headline_of_every_lot_and_every_lot_of_the_way_is_balanced(name: str, version: int) -> None:
    book, lot = history().book, season()["lots"][name]
    kept = books(METHODS[version][name.startswith("DRY")]).lots()
    for one in book.ancestors(lot):
        mine, origin = kept[one], book.lots[one].origin
        assert mine.balanced
        handed_over = sum(kept[before].transferred for before in origin.ins)
        assert handed_over == sum(kept[out].acquired for out in origin.outs)
    stated = footprint(name, version).delivered
    estimated = sum((exact(slot.total_kgco2e) for slot in stated.slots if slot.tier == "gap_fill"), Fraction(0))
    assert kept[lot].stock == (exact(stated.total_kgco2e) - estimated) * MILLION


@both
def test_books_of_every_actor_add_up_over_the_season(version: int) -> None:
    kept = books(METHODS[version][0])
    assert kept.faults() == ()
    lines = kept.statement()
    assert all(line.balanced for line in lines)
    assert len({line.actor for line in lines}) > 3
    assert sum(line.imported for line in lines) == sum(line.delivered for line in lines) > 0


@both
def test_explanation_of_the_invoice_names_every_step_and_the_table(version: int) -> None:
    (line,) = [line for line in explain_text(assessed("SHA1", version).tree).splitlines() if "2908.80 {" in line]
    steps = ("(1 + 0.13 {", "(1 + -1 x 0.06 {", "{PPI.CN.2018}", "{PPI.CN.2024}", "{cn-io-2017:1:10}", "{GWP100.CO2}")
    places = [line.index(step) for step in steps]
    assert places == sorted(places)
