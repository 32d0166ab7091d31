"""Packing, cooling, drying, storing, carrying, handling, selling.

Sources: the rows of the factor sets; IPCC 2006, volume 2, chapters 2 and 3 (fuels) and volume 3, chapter 7 (leakage);
ISO 14083:2023 (well-to-wheel, empty running, plug load apart from dry rows).

Choices that a reader may want to know:
- Heat takes the CH4 and N2O of small stoves and driers (agriculture), not those of industrial boilers.
- Wood releases biogenic CO2 that its tree took up before; both stand apart. Its CH4 and N2O stand in the headline.
  Felling, carrying and drying it is not counted, for nothing is published for it here.
- Where no top-up of a refrigerant is recorded, the charge leaks at the middle of the published range of its kind of
  plant, for the days of the period. Ammonia has no warming potential, carbon dioxide that of one.
- A leg goes by the mass carried, with packaging and ice, where it states that of every lot: its tonne-kilometres and
  the shares of its fuel. One by distance that states the product alone is flagged.
- Rows per tonne-kilometre by road are means of laden and empty running, so an empty return adds nothing to them; one
  above half of the way there is more than such means hold, and flagged, for no row of an empty truck is shipped. Fuel
  is what was burnt: it has to hold the empty return, and `empty_return` says how far that was.
- Carriage of what was bought to an orchard or a packing house takes the mean of all lorries; their own diesel, where
  that fetched it, holds the way already. Rows of materials and fertilisers end at the gate of their maker.
- A ship known by tonne-kilometres carries dry boxes: the plug of a refrigerated box on board is added, made by the
  ship's own engine. The row per TEU-km of refrigerated boxes contains it.
- A yard that meters its electricity stands for the moves by default; the diesel of its vehicles counts beside that
  meter, or alone. The row of the moves holds both, so diesel never counts beside a move.
- Rail in China takes the Chinese row, which is weak and five times below the British one; it is flagged.
- By air there are rows for long flights only.
- Fruit that is lost is recorded as a loss, with its mass and treatment; the slot `loss` says that nothing was.
- Sulphur and acids of a dip have no published factor here: money may stand for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ledger.book.stage import REFRIGERANT_GASES
from passport.methodology import AMOUNT, Constant, Emission, Expression, Factor, times
from passport.recipes.basics import (
    MINUS,
    PER_GIGAGRAM,
    PER_THOUSAND,
    PER_TONNE,
    POWER,
    burnt,
    energy_of,
    fuel,
    gasoline,
    per_tonne,
    practice,
    well_to_wheel,
)

PERCENT: Final = Constant("1/100", "per cent")


def natural_gas(use: str) -> tuple[Emission, ...]:
    """Give the postings of normal cubic metres of natural gas."""
    nation = ("CN",)
    energy = times(AMOUNT, Factor("FUEL.NG.NCV-VOL", source="practice", proxies=nation))
    carbon = times(AMOUNT, Factor("FUEL.NG.CO2-VOL", proxies=nation))
    return burnt(carbon, energy, "NG", use, times(AMOUNT, Factor("FUEL.NG.WTT")))


def wood() -> tuple[Emission, ...]:
    """Give the postings of kilograms of wood: CO2 given off and taken up before apart, CH4 and N2O in the headline."""
    energy = times(AMOUNT, practice("FUEL.WOOD.NCV"), PER_GIGAGRAM)
    carbon = times(energy, Factor("FUEL.WOOD.CO2BIO-NCV"))
    return (
        Emission("biogenic_co2", carbon, gas="CO2"),
        Emission("biogenic_uptake", times(MINUS, carbon), gas="CO2"),
        Emission("biogenic_non_co2", times(energy, Factor("FUEL.WOOD.CH4-RES")), gas="CH4-biogenic"),
        Emission("biogenic_non_co2", times(energy, Factor("FUEL.WOOD.N2O-RES")), gas="N2O"),
    )


def ship_power(kilowatt_hours: Expression) -> tuple[Emission, ...]:
    """Give the postings of electricity that a ship makes from residual fuel oil."""
    mass = times(kilowatt_hours, practice("SHIP.AUX-SFC"))
    carbon = times(mass, Factor("FUEL.RFO.CO2-MASS", places=("WORLD",)))
    made = times(mass, PER_TONNE, Factor("FUEL.MFO.WTT"))
    return burnt(carbon, energy_of("RFO", mass), "RFO", "SHIP", made)


def leakage(stem: str, gas: str) -> tuple[Emission, ...]:
    """Give the posting of a charge held for a part of a year."""
    return (Emission("fossil", times(AMOUNT, Factor(stem), PERCENT), gas=gas),)


LEAKING: Final = {
    "*": "LEAK.COLDSTORE-IND",
    "retail": "LEAK.RETAIL-ML",
    **dict.fromkeys(("road", "rail", "sea"), "LEAK.REEFER-TRANSPORT"),
}

RECIPES: Final[Mapping[tuple[str, str], tuple[Emission, ...]]] = {
    ("*", "diesel"): fuel("ROAD"),
    ("*", "gasoline"): gasoline("ROAD"),
    ("*", "lng"): burnt(
        times(AMOUNT, Factor("FUEL.NG.CO2-MASS")),
        energy_of("NG", AMOUNT),
        "NG",
        "ROAD",
        times(
            AMOUNT,
            Factor("FUEL.NG.NCV"),
            Factor("FUEL.LNG.WTT", source="practice", proxies=("EU",)),
            PER_THOUSAND,
        ),
    ),
    ("*", "lpg"): burnt(
        times(AMOUNT, Factor("FUEL.LPG.CO2-MASS")),
        energy_of("LPG", AMOUNT),
        "LPG",
        "RES",
        times(AMOUNT, practice("FUEL.LPG.VOLUME"), Factor("FUEL.LPG.WTT")),
    ),
    ("*", "natural_gas"): natural_gas("RES"),
    ("road", "natural_gas"): natural_gas("ROAD"),
    ("*", "coal"): burnt(
        times(AMOUNT, Factor("FUEL.BITCOAL.CO2-MASS")),
        energy_of("BITCOAL", AMOUNT),
        "BITCOAL",
        "RES",
        times(AMOUNT, PER_TONNE, Factor("FUEL.COAL-IND.WTT")),
    ),
    ("*", "wood"): wood(),
    ("*", "inbound_work"): well_to_wheel("TRN.HGV-ALL"),
    ("*", "ldpe_bag"): per_tonne("PKG.LDPE.PRIM"),
    ("*", "hdpe_crate"): per_tonne("PKG.HDPE.PRIM"),
    ("*", "pp_tray"): per_tonne("PKG.PP.PRIM"),
    ("*", "pet_punnet"): per_tonne("PKG.PET.PRIM"),
    ("*", "paper"): per_tonne("PKG.PAPER.PRIM"),
    ("*", "pallet_wood"): per_tonne("PKG.WOOD.PRIM"),
    ("*", "dip_fungicide"): (Emission("fossil", times(AMOUNT, Factor("AGROCHEM.PESTICIDE.MFG"))),),
    ("*", "yard_electricity"): POWER,
    ("*", "shore_power"): POWER,
    ("*", "inspection"): (),
    ("*", "empty_return"): (),
    ("*", "loss"): (),
    ("*", "refrigerant_ammonia"): (),
    ("*", "refrigerant_co2"): (Emission("fossil", AMOUNT, gas="CO2", primary=True),),
    **{
        ("*", f"refrigerant_{code}"): (Emission("fossil", AMOUNT, gas=gas, primary=True),)
        for code, gas in REFRIGERANT_GASES.items()
    },
    **{
        (stage, f"charge_{code}"): leakage(stem, gas)
        for stage, stem in LEAKING.items()
        for code, gas in REFRIGERANT_GASES.items()
    },
    ("rail", "work"): (Emission("fossil", times(AMOUNT, Factor("TRN.RAIL.WTW"))),),
    ("sea", "plug_hours"): ship_power(times(AMOUNT, Factor("TRN.REEFER-PLUG"))),
    ("sea", "plug_energy"): ship_power(AMOUNT),
}

#: Ships whose rows are per tonne-kilometre of dry cargo, without the plug of a refrigerated box.
VESSELS: Final[Mapping[str, tuple[Emission, ...]]] = {
    "container_ship": well_to_wheel("TRN.SEA-CONT-AVG"),
    "container_ship_5000": well_to_wheel("TRN.SEA-CONT-5000"),
    "container_ship_8000": well_to_wheel("TRN.SEA-CONT-8000"),
}
