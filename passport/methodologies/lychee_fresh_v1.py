"""Lychee, fresh and dried, from orchard to shelf: `lychee-fresh@1`.

Sources: ISO 14067:2018 and GB/T 24067-2024 (boundary, allocation, separate reporting); IPCC 2019 Refinement, volume 4,
chapter 11, equations 11.1, 11.9, 11.10 and tables 11.1, 11.3, wet climate (soil nitrogen); IPCC 2006, volume 4, section
11.4 (urea) and volume 2 (fuels); ISO 14083:2023 (well-to-wheel, hubs, distances); PACT Methodology v3 (shares).

Choices that a reader may want to know:
- Electricity in China uses the national life-cycle factor, never the average of direct CO2 that organisations report.
- Urea releases its carbon in the field as fossil CO2; soil nitrous oxide is land management.
- Irrigation water is not counted: the energy of pumping it is in the diesel and electricity of the orchard.
- Terminal handling takes the upper published value per TEU of throughput, so a move is one passage over the quay, not
  every lift in the yard; it is flagged as CO2 only.
- Tonne-kilometres and shares of fuel take the mass that the transport entry states. Where that is net fruit, boxes and
  ice travel uncounted: a haulier or forwarder should state the gross mass.
- The sea row of refrigerated boxes contains the plug on board; the plug ashore is counted by hours.
- Aircraft forcing beyond CO2 stands apart: the row with forcing less the row without.
- Grading allocates by value over the by-products; wood, litter and rejected fruit carry nothing.
"""

from __future__ import annotations

from typing import Final

from passport.methodology import AMOUNT, ELECTRICITY, Emission, Factor, Fill, Methodology, plus, times
from passport.policy import POLICY_1
from passport.recipes.basics import (
    MINUS,
    MOLAR_CO2,
    PER_TONNE,
    POWER,
    constant_row,
    fuel,
    per_tonne,
    soil_n2o,
    well_to_wheel,
)

UREA_NITROGEN: Final = times(AMOUNT, constant_row("UREA.N-FRACTION"))
NPK_NITROGEN: Final = times(AMOUNT, constant_row("NPK-15-15-15.N-FRACTION"))
MANURE_NITROGEN: Final = times(AMOUNT, constant_row("MANURE-CHICKEN.N-FRACTION"))

METHODOLOGY: Final = Methodology(
    code="lychee-fresh@1",
    title="Partial footprint of lychee, cradle to gate and cradle to delivered",
    gwp_set="AR6",
    allocation="by value at grading (three-season mean prices), in a cold store by mass and days, otherwise by mass",
    gwps={
        "CO2": "GWP100.CO2",
        "CH4": "GWP100.CH4-FOSSIL.AR6",
        "N2O": "GWP100.N2O.AR6",
        "R404A": "GWP100.R404A.AR6",
    },
    recipes={
        ("orchard", "urea"): (
            Emission("fossil", times(UREA_NITROGEN, Factor("FERT.UREA.MFG"))),
            Emission("fossil", times(AMOUNT, Factor("SOILC.UREA"), MOLAR_CO2), gas="CO2"),
            Emission(
                "land_management",
                soil_n2o(UREA_NITROGEN, synthetic=True, volatile="SOILN.FRACGASF-UREA"),
                gas="N2O",
            ),
        ),
        ("orchard", "npk"): (
            Emission("fossil", times(AMOUNT, Factor("FERT.NPK-15-15-15.MFG"))),
            Emission(
                "land_management",
                soil_n2o(NPK_NITROGEN, synthetic=True, volatile="SOILN.FRACGASF-AGG"),
                gas="N2O",
            ),
        ),
        ("orchard", "organic_manure"): (
            *per_tonne("FERT.COMPOST.MFG"),
            Emission(
                "land_management",
                soil_n2o(MANURE_NITROGEN, synthetic=False, volatile="SOILN.FRACGASM"),
                gas="N2O",
            ),
        ),
        ("orchard", "pesticide"): (Emission("fossil", times(AMOUNT, Factor("AGROCHEM.PESTICIDE.MFG"))),),
        ("orchard", "diesel"): fuel("AGRI"),
        ("orchard", "mulch_film"): per_tonne("PKG.LDPE.PRIM"),
        ("orchard", "irrigation_water"): (),
        ("*", "electricity"): POWER,
        ("*", "plug_energy"): POWER,
        ("*", "plug_hours"): (Emission("fossil", times(AMOUNT, Factor("TRN.REEFER-PLUG"), ELECTRICITY)),),
        ("*", "moves"): (
            Emission("fossil", times(AMOUNT, Factor("HUB.TERMINAL-HIGH")), gas="CO2", flags=("co2_only",)),
        ),
        ("*", "board"): per_tonne("PKG.BOARD.PRIM"),
        ("*", "foam_box"): per_tonne("PKG.PS.PRIM"),
        ("*", "film"): per_tonne("PKG.FILM.PRIM"),
        ("*", "ice"): (Emission("fossil", times(AMOUNT, PER_TONNE, Factor("COLD.ICE-FLAKE-TROPIC"), ELECTRICITY)),),
        ("*", "water"): (Emission("fossil", times(AMOUNT, Factor("WATER.SUPPLY"))),),
        ("*", "waste_compost"): per_tonne("EOL.FOOD-COMPOST"),
        ("*", "waste_landfill"): per_tonne("EOL.FOOD-LANDFILL", "biogenic_non_co2"),
        ("*", "refrigerant_r404a"): (Emission("fossil", AMOUNT, gas="R404A", primary=True),),
        ("*", "diesel"): fuel("ROAD"),
        ("*", "dwell"): (),
        ("sea", "work"): (Emission("fossil", times(AMOUNT, Factor("TRN.SEA-REEFER-TEU.WTW"))),),
        ("air", "work"): (
            *well_to_wheel("TRN.AIR-LONG-NORF"),
            Emission(
                "aircraft_forcing",
                times(AMOUNT, plus(Factor("TRN.AIR-LONG-RF.WTW"), times(MINUS, Factor("TRN.AIR-LONG-NORF.WTW")))),
            ),
        ),
    },
    vehicles={
        "artic_33_reefer": well_to_wheel("TRN.ARTIC-33-REEFER"),
        "rigid_17_reefer": well_to_wheel("TRN.RIGID-17-REEFER"),
        "rigid_7t5_17_reefer": well_to_wheel("TRN.RIGID-7T5-17-REEFER"),
        "hgv_all_reefer": well_to_wheel("TRN.HGV-ALL-REEFER"),
        "artic_33": well_to_wheel("TRN.ARTIC-33"),
        "rigid_17": well_to_wheel("TRN.RIGID-17"),
        "rigid_7t5_17": well_to_wheel("TRN.RIGID-7T5-17"),
        "hgv_all": well_to_wheel("TRN.HGV-ALL"),
        "van_diesel": well_to_wheel("TRN.VAN-DIESEL"),
        "rail": well_to_wheel("TRN.RAIL"),
    },
    fills=(
        Fill(
            "precooling",
            "electricity",
            times(AMOUNT, PER_TONNE, Factor("COLD.COOL-PRODUCE")),
            "energy per tonne of cooling and short storage of produce",
        ),
    ),
    required={
        "fresh": ("orchard", "packing", "precooling"),
        "dried": ("orchard", "packing", "drying"),
    },
    grid={"CN": "ELC.GRID-PCF", "*": "ELC.GRID-EMBER"},
    policy=POLICY_1,
    sets={
        "cn-io-2017": "1",
        "constants": "2026-11",
        "literature": "2026-11",
        "prices": "2026-11",
        "us-epa-2021": "1.2",
    },
)
