"""What an orchard uses and its soil releases, and what a harvest uses.

Sources: IPCC 2019 Refinement, volume 4, chapter 11, equations 11.1, 11.9, 11.10 and tables 11.1, 11.3, all rows of that
edition whatever the year of the activity (soil nitrogen); IPCC 2006, volume 4, sections 11.3 and 11.4 (lime, urea),
volume 2 (fuels), volume 3, chapter 2 (quicklime); Chen, Lu and Wang 2015 (making of fertilisers in China, rows already
in CO2e); Lal 2004 (pesticides by kind); Chinese product standards (contents).

- The climate of the facility chooses the rows of soil nitrogen: wet, unless its registration says dry. Nothing leaches
  from dry soil; one that is irrigated, other than by drip, leaches and is registered as wet.
- A fertiliser is made per kilogram of the nutrient that its row names. The rows of ammonium phosphates are per kilogram
  of phosphate and hold the ammonia too, so their nitrogen is counted in the field only.
- Nitrogen that is not stated as urea brings no CO2 of urea, nor does what a compound fertiliser holds of it.
- Converted land brings the CO2 that was lost, not the N2O of the nitrogen that its soil mineralises.
- Nitrogen in residues does not volatilise (it is not in equation 11.9).
- Manure is a residue of keeping animals: what it releases in the field counts, nothing before it.
- Water lifted by a pump whose electricity nobody metered takes its head over the efficiency of pump and motor; the
  volume of irrigation alone counts nothing, its energy is in the diesel and electricity of the orchard.
- Land converted within twenty years is charged a twentieth of the carbon lost each year, as a document of the place
  tells; no published loss stands in, so without a document it is missing.
- Nothing is published for grinding limestone, for the kiln fuel of quicklime, and for making nitrate fertilisers other
  than ammonium nitrate: the first two are not counted, for the third the mean of all nitrogen stands in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from passport.methodology import AMOUNT, ELECTRICITY, ByClimate, Constant, Emission, Expression, Factor, plus, times
from passport.recipes.basics import (
    MOLAR_CO2,
    MOLAR_N2O,
    constant_row,
    fuel,
    gasoline,
    per_tonne,
    practice,
)

EDITION: Final = 2019
NOTHING: Final = Constant("0", "dry soil leaches nothing, table 11.3")


def soil(name: str) -> Factor:
    """Name a row of soil nitrogen, of the one edition that is used."""
    return Factor(f"SOILN.{name}", edition=EDITION)


LEACHED: Final = ByClimate(wet=times(soil("FRACLEACH-WET"), soil("EF5")), dry=NOTHING)


def field_n2o(nitrogen: Expression, *, synthetic: bool = False, volatile: str = "") -> tuple[Emission, ...]:
    """Give the posting of the N2O that kilograms of nitrogen release in the field.

    Args:
        nitrogen: kilograms of N.
        synthetic: whether it is a mineral fertiliser.
        volatile: row of the part that volatilises; none for residues.
    """
    direct = ByClimate(wet=soil("EF1-SYN-WET" if synthetic else "EF1-ORG-WET"), dry=soil("EF1-DRY"))
    parts: list[Expression] = [direct]
    if volatile:
        parts.append(times(soil(volatile), ByClimate(wet=soil("EF4-WET"), dry=soil("EF4-DRY"))))
    return (Emission("land_management", times(nitrogen, plus(*parts, LEACHED), MOLAR_N2O), gas="N2O"),)


def made(stem: str, nutrient: Expression) -> tuple[Emission, ...]:
    """Give the posting of making a fertiliser, per kilogram of the nutrient that its row names."""
    return (Emission("fossil", times(nutrient, Factor(f"FERT.{stem}.MFG"))),)


def mineral(stem: str, nitrogen: Expression, volatile: str) -> tuple[Emission, ...]:
    """Give the postings of a nitrogen fertiliser: making it, and its nitrogen in the field."""
    return (*made(stem, nitrogen), *field_n2o(nitrogen, synthetic=True, volatile=f"FRACGASF-{volatile}"))


def content(name: str) -> Expression:
    """Give kilograms of a nutrient in kilograms of a product."""
    return times(AMOUNT, practice(name))


def phosphate_with_nitrogen(stem: str) -> tuple[Emission, ...]:
    """Give the postings of an ammonium phosphate: made per phosphate, its nitrogen in the field."""
    nitrogen = content(f"{stem}.N-FRACTION")
    return (
        *made(stem, content(f"{stem}.P2O5-FRACTION")),
        *field_n2o(nitrogen, synthetic=True, volatile="FRACGASF-NH4"),
    )


def manure(nitrogen: Expression) -> tuple[Emission, ...]:
    """Give the posting of manure in the field."""
    return field_n2o(nitrogen, volatile="FRACGASM")


def carbonate(stem: str) -> tuple[Emission, ...]:
    """Give the posting of the carbon that lime or urea releases in the soil."""
    return (Emission("fossil", times(AMOUNT, Factor(f"SOILC.{stem}"), MOLAR_CO2), gas="CO2"),)


UREA_NITROGEN: Final = times(AMOUNT, constant_row("UREA.N-FRACTION"))
NPK_NITROGEN: Final = times(AMOUNT, constant_row("NPK-15-15-15.N-FRACTION"))
CHICKEN_NITROGEN: Final = times(AMOUNT, constant_row("MANURE-CHICKEN.N-FRACTION"))

#: Making the nitrogen, phosphate and potash of which nothing but the kilograms is known.
PLAIN: Final[Mapping[str, tuple[Emission, ...]]] = {
    "nitrogen": mineral("N-AVG", AMOUNT, "AGG"),
    "nitrate_nitrogen": mineral("N-AVG", AMOUNT, "NO3"),
    "phosphate": made("P-AVG", AMOUNT),
    "potash": made("K-AVG", AMOUNT),
}
FERTILISERS: Final[Mapping[str, tuple[Emission, ...]]] = {
    "urea": (
        *made("UREA", UREA_NITROGEN),
        *carbonate("UREA"),
        *field_n2o(UREA_NITROGEN, synthetic=True, volatile="FRACGASF-UREA"),
    ),
    "npk": (
        *made("NPK-15-15-15", AMOUNT),
        *field_n2o(NPK_NITROGEN, synthetic=True, volatile="FRACGASF-AGG"),
    ),
    "ammonium_nitrate": mineral("AN", content("AN.N-FRACTION"), "AN"),
    "ammonium_bicarbonate": mineral("ABC", content("ABC.N-FRACTION"), "NH4"),
    "ammonium_chloride": mineral("ACL", content("ACL.N-FRACTION"), "NH4"),
    "diammonium_phosphate": phosphate_with_nitrogen("DAP"),
    "monoammonium_phosphate": phosphate_with_nitrogen("MAP"),
    "superphosphate": made("SSP", content("SSP.P2O5-FRACTION")),
    "fused_phosphate": made("FCMP", content("FCMP.P2O5-FRACTION")),
    "potassium_chloride": made("MOP", content("MOP.K2O-FRACTION")),
    "potassium_sulfate": made("SOP", content("SOP.K2O-FRACTION")),
}
ORGANIC: Final[Mapping[str, tuple[Emission, ...]]] = {
    "organic_manure": (*per_tonne("FERT.COMPOST.MFG"), *manure(CHICKEN_NITROGEN)),
    "manure_chicken": manure(CHICKEN_NITROGEN),
    "manure_pig": manure(content("MANURE-PIG.N-FRACTION")),
    "manure_cattle": manure(content("MANURE-CATTLE.N-FRACTION")),
    "manure_sheep": manure(content("MANURE-SHEEP.N-FRACTION")),
    "residue_nitrogen": field_n2o(AMOUNT),
}
OTHERS: Final[Mapping[str, tuple[Emission, ...]]] = {
    "pumped_water": (Emission("fossil", times(AMOUNT, Factor("WATER.PUMP-LIFT"), ELECTRICITY)),),
    "land_converted": (Emission("luc", AMOUNT, gas="CO2", primary=True),),
    "limestone": carbonate("LIMESTONE"),
    "dolomite": carbonate("DOLOMITE"),
    "quicklime": (Emission("fossil", times(AMOUNT, practice("LIME.QUICKLIME.CO2-PROCESS")), gas="CO2"),),
    "herbicide": (Emission("fossil", times(AMOUNT, practice("AGROCHEM.HERBICIDE.MFG"))),),
    "insecticide": (Emission("fossil", times(AMOUNT, practice("AGROCHEM.INSECTICIDE.MFG"))),),
    "fungicide": (Emission("fossil", times(AMOUNT, practice("AGROCHEM.FUNGICIDE.MFG"))),),
    "gasoline": gasoline("AGRI"),
}

RECIPES: Final[Mapping[tuple[str, str], tuple[Emission, ...]]] = {
    **{("orchard", slot): emissions for slot, emissions in {**PLAIN, **FERTILISERS, **ORGANIC, **OTHERS}.items()},
    ("harvest", "diesel"): fuel("AGRI"),
    ("harvest", "gasoline"): gasoline("AGRI"),
}
