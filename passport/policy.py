"""Hold what a methodology leaves to judgement as one versioned value: a later judgement changes no earlier figure.

A policy is never edited once a passport was issued under it; another judgement is another policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from ledger.book.stage import FUELS, REFRIGERANT_GASES, REFRIGERANTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Hold the judgements of one version.

    Args:
        code: version, permanent.
        scope: how far one slot reaches: an `entry` or a pool by itself, or all entries and pools of a `lot`.
        gap_order: kinds of estimates, best first.
        better: a slot that another one, or one of several, answers better: where these count, the first does not.
        within: slots, each with one whose factor holds it: where that counts, the first does not, and where the first
            counts, no mean stands in for that.
        boxed: slots of a whole box, and whether they count per TEU.
        zero_only: slots that only an explicit zero can close: no factor is published for any other value.
        mandatory: slots by stage that are shown as missing where nobody reports them.
        flags: warnings that are always stated, even where nothing is flagged.
        guarded: whether factors are refused that do not fit the slot, and input-output defaults of own sales.
        timeless: factors that no distance in time makes worse, by category or by what their stems end in: contents,
            heating values and constants of nature, and coefficients of a guideline that is in force.
        outside: beginnings of factor keys that never belong into a product.
        evidence_gsd: assumed geometric standard deviation of an activity by its evidence; no published table.
        unstated_gsd: the same for weights and prices, whose items need not state any evidence.
        confidence_gsd: the same for factors whose source states none, by confidence letter.
        proxies: places whose factors may stand in, best first.
        regions: power regions between a province and its nation.
        year_gap: a factor further away in time than this is flagged.
        electricity: what factors of electricity have to count, `life_cycle` or `direct`; anything where empty.
        openings: factors that a slot may use although they count electricity in the other way: stem, slot, and the flag
            that each posting then carries.
        weak: confidence letters of factors that are flagged wherever they count.
        engines: vehicles whose engine burns fuel: the electricity of their trips drives nothing and adds to them.
        scant: part of the factor of a vehicle, and kg CO2e per kilometre: the energy of a trip that stays below both
            cannot have driven it, so the distance counts.
        legs: whether lots that go apart share fuel by tonne-kilometres, and the kind of a distance is judged.
        groups: slots of which any one closes the group, by the group's code among the mandatory ones.
        seasons: over how many seasons a close averages that restates earlier ones, its own included.
        held: stages that a lot goes through at a facility of a type, by that type.
        holders: stages that a lot goes through in the hands of who received it, by a role.
        arrived: stages that a lot goes through behind the exit in the place of another one, by that one.
        implied: stages that a lot goes through that another stage carries away, by that stage.
        sites: kinds of sites between which a lot is carried, by type of facility; what is a `vehicle` is no place.
        unions: nations between which nothing is cleared through customs.
        perennial: stages where a season without any yield makes a biological asset.
        joint: stages whose closes share by value where they price every lot; residues then carry nothing until sold for
            more than a hundredth of revenue, there and in processes.
        suppliers: whether a supplier's own footprint stands for making an input.
        beside: whether removals and the carbon in products are booked beside the headline.
        category_gsd: the same for those of a category, or whose keys begin so, before their letter; the first counts.
        skewed: whether intervals allow for the skew of their sources.
        fit: year from which the age of a factor is judged where what it is far from widens its spread and no fraction
            exceeds its whole; 0 where neither does.
        gross: whether transport takes the mass carried, with packaging and ice, and what travels empty beyond the mean
            is flagged.
        by_value: whether outputs that all have a price share by value, else by mass.
    """

    code: str
    scope: Literal["entry", "lot"]
    gap_order: tuple[str, ...]
    better: Mapping[str, str | tuple[str, ...]]
    boxed: Mapping[str, bool]
    zero_only: tuple[str, ...]
    mandatory: Mapping[str, tuple[str, ...]]
    flags: tuple[str, ...]
    guarded: bool
    outside: tuple[str, ...]
    evidence_gsd: Mapping[str, str]
    unstated_gsd: str
    confidence_gsd: Mapping[str, str]
    proxies: tuple[str, ...]
    regions: Mapping[str, str]
    year_gap: int
    beside: bool = False
    by_value: bool = True
    electricity: str = ""
    openings: tuple[tuple[str, str, str], ...] = ()
    weak: tuple[str, ...] = ()
    legs: bool = False
    engines: tuple[str, ...] = ()
    scant: tuple[str, ...] = ()
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    seasons: int = 1
    perennial: tuple[str, ...] = ()
    joint: tuple[str, ...] = ()
    held: tuple[tuple[str, str], ...] = ()
    holders: tuple[tuple[str, str], ...] = ()
    arrived: tuple[tuple[str, str], ...] = ()
    implied: tuple[tuple[str, str], ...] = ()
    sites: tuple[tuple[str, str], ...] = ()
    unions: tuple[frozenset[str], ...] = ()
    suppliers: bool = False
    timeless: tuple[str, ...] = ()
    within: tuple[tuple[str, str], ...] = ()
    category_gsd: tuple[tuple[str, str], ...] = ()
    fit: int = 0
    skewed: bool = False
    gross: bool = False

    def answers(self, slot: str) -> tuple[str, ...]:
        """Give the slots that answer better than a slot."""
        found = self.better.get(slot, ())
        return (found,) if isinstance(found, str) else found

    def members(self, slot: str) -> tuple[str, ...]:
        """Give the slots of a group, or the slot itself."""
        return dict(self.groups).get(slot, (slot,))


POLICY_1: Final = Policy(
    code="1",
    scope="entry",
    gap_order=("primary", "supplier", "database", "io"),
    better={"work": "diesel", "plug_hours": "plug_energy"},
    boxed={"moves": True, "plug_hours": True, "plug_energy": False},
    zero_only=("land_converted",),
    mandatory={
        "orchard": ("urea", "npk", "organic_manure", "pesticide", "diesel", "electricity", "land_converted"),
        "precooling": ("electricity",),
        "packing": ("electricity", "board"),
        "drying": ("electricity",),
        "cold_store": ("electricity", "refrigerant_r404a"),
        "port": ("moves", "plug_hours"),
        "retail": ("electricity",),
    },
    flags=("co2_only", "gap_fill", "io_default", "other_gwp", "proxy_place", "year_gap"),
    guarded=False,
    outside=(),
    evidence_gsd={
        "meter": "1.02",
        "scale_ticket": "1.02",
        "invoice": "1.05",
        "document": "1.10",
        "own_statement": "1.30",
        "estimate": "1.50",
    },
    unstated_gsd="1.05",
    confidence_gsd={"A": "1.1", "B": "1.2", "C": "1.5", "D": "2.0"},
    proxies=("GB", "US", "US-CA", "ID", "DE", "NL", "SG", "HK"),
    regions={"CN-GD": "CN-SOUTH", "CN-GX": "CN-SOUTH", "CN-GZ": "CN-SOUTH", "CN-HI": "CN-SOUTH", "CN-YN": "CN-SOUTH"},
    year_gap=3,
)

#: What a grower has to answer in the orchard, and what closes it: a value of any slot of the row, or one explicit zero.
ORCHARD: Final = (
    "nitrogen", "phosphate", "potash", "organic_manure", "limestone", "pesticide", "diesel", "electricity",
    "irrigation_water", "mulch_film", "residue_nitrogen", "land_converted",
)  # fmt: skip
GROWING: Final = (
    (
        "nitrogen",
        (
            "nitrogen", "nitrate_nitrogen", "urea", "ammonium_nitrate", "ammonium_bicarbonate", "ammonium_chloride",
            "diammonium_phosphate", "monoammonium_phosphate", "npk",
        ),
    ),
    (
        "phosphate",
        ("phosphate", "superphosphate", "fused_phosphate", "diammonium_phosphate", "monoammonium_phosphate", "npk"),
    ),
    ("potash", ("potash", "potassium_chloride", "potassium_sulfate", "npk")),
    ("organic_manure", ("organic_manure", "manure_chicken", "manure_pig", "manure_cattle", "manure_sheep")),
    ("limestone", ("limestone", "dolomite", "quicklime")),
    ("pesticide", ("pesticide", "herbicide", "insecticide", "fungicide")),
    ("irrigation_water", ("irrigation_water", "pumped_water")),
)  # fmt: skip

#: What each stage behind the orchard has to answer; masses, legs, classes of vehicles and boxes are no slots.
CHAIN: Final[Mapping[str, tuple[str, ...]]] = {
    "packing": ("electricity", "board", "foam_box", "film", "ice", "water", "dip"),
    "precooling": ("electricity", "refrigerant"),
    "drying": ("electricity", "heat"),
    "cold_store": ("electricity", "refrigerant", "loss"),
    "road": ("empty_return",),
    "port": ("moves", "plug_hours", "shore_power", "dwell"),
    "import_terminal": ("moves", "plug_hours", "inspection", "loss"),
    "retail": ("electricity", "refrigerant", "loss"),
}
HANDLING: Final = (
    ("board", ("board", "foam_box", "hdpe_crate", "pp_tray", "pet_punnet")),
    ("film", ("film", "ldpe_bag", "paper")),
    ("dip", ("sulphur", "dip_fungicide", "dip_acid")),
    ("heat", tuple(slot.code for slot in FUELS)),
    ("refrigerant", tuple(slot.code for slot in REFRIGERANTS)),
    ("moves", ("moves", "yard_electricity")),
    ("plug_hours", ("plug_hours", "plug_energy")),
)

#: Vehicles of the road whose factors are those of engines, mostly diesel.
ENGINES: Final = (
    "artic_33", "artic_33_reefer", "hgv_all", "hgv_all_reefer", "rigid_17", "rigid_17_reefer", "rigid_7t5_17",
    "rigid_7t5_17_reefer", "van_diesel",
)  # fmt: skip
#: What cannot drive a lorry, van or train: less than a third of its factor, which is a mean over loads, and less than
#: 0.15 kg CO2e per km, which is 4.5 L of diesel for 100 km. Our judgement, low on purpose: true tickets have to count.
SCANT: Final = ("1/3", "0.15")
#: What fuels hold by nature: heating values and carbon. Their CH4 and N2O hang on engines, their making on an industry.
FUEL_CONTENTS: Final = (".NCV", ".NCV-VOL", ".CO2-MASS", ".CO2-NCV", ".CO2-VOL", ".CO2BIO-NCV")
#: Kinds of sites between which a lot does not come by itself, by type of facility.
SITES: Final = (
    ("orchard", "field"),
    *((code, "works") for code in ("cold_store", "dryer", "drying", "packhouse", "precooler", "precooling", "winery")),
    *((code, "gateway") for code in ("airport", "terminal")),
    ("shop", "shop"),
    *((code, "vehicle") for code in ("fleet", "vessel")),
)
#: Member states of the European Union, one customs area, by ISO 3166 code.
EUROPEAN_UNION: Final = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()
)

#: What `lychee-fresh@2` and the methods composed of it judge by: a slot of a lot counts one estimate, wherever it is
#: reported, and factors have to fit their slots.
POLICY_2: Final = replace(
    POLICY_1,
    code="2",
    scope="lot",
    better={
        "work": ("diesel", "electricity", "gasoline", "lng", "natural_gas"),
        "plug_hours": "plug_energy",
        "moves": "yard_electricity",
        "pumped_water": "electricity",
        **{f"charge_{code}": f"refrigerant_{code}" for code in REFRIGERANT_GASES},
    },
    within=(("diesel", "moves"),),
    zero_only=(),
    mandatory={
        **POLICY_1.mandatory,
        "orchard": ORCHARD,
        **CHAIN,
    },
    groups=(*GROWING, *HANDLING),
    guarded=True,
    weak=("D",),
    timeless=("constant", "fertilizer content", "lime", "soil-C", "soil-N", *FUEL_CONTENTS),
    seasons=3,
    perennial=("orchard",),
    joint=("orchard",),
    held=(
        ("cold_store", "cold_store"),
        ("dryer", "drying"),
        ("drying", "drying"),
        ("precooler", "precooling"),
        ("precooling", "precooling"),
        ("shop", "retail"),
        ("terminal", "port"),
    ),
    holders=(("retailer", "retail"),),
    arrived=(("port", "import_terminal"),),
    implied=(("sea", "port"),),
    sites=SITES,
    unions=(EUROPEAN_UNION,),
    suppliers=True,
    beside=True,
    category_gsd=(("FUEL.BITCOAL.", "1.15"), ("fuel", "1.05"), ("price", "1.02"), ("WATER.PUMP-LIFT", "1")),
    fit=2026,
    skewed=True,
    outside=("BENCH.", "COST.", "DIST.", "FERT.N-CHAIN."),
    flags=(*POLICY_1.flags, "gwp_unconfirmed"),
    electricity="life_cycle",
    openings=(("ELC.GRID-RESID", "shore_power", "co2_only"),),
    legs=True,
    engines=ENGINES,
    scant=SCANT,
    gross=True,
)
