"""Write what a study is about: goal, scope, system boundary."""

from __future__ import annotations

from iocore.times import parse_time
from passport.facts import LOCAL
from passport.footprint import PHASES
from passport.study import Study, StudyLot
from passport.study_checks import stage_map
from web.study.blocks import Bullets, Link, Section, Table, row
from web.study.build import Frame
from web.study.words import Words

UNIT = "kg CO2e/kg"
#: Up to so many lots the report is one file, and tables name every lot.
FEW = 24


def in_one_file(study: Study) -> bool:
    """Tell whether a report is one file; beyond that each lot has its own."""
    return len(study.lots) <= FEW


def boundary_name(words: Words, boundary: str) -> str:
    """Name a boundary."""
    return words.t("to the gate") if boundary == "gate" else words.t("delivered")


def phase_name(words: Words, phase: str) -> str:
    """Name the part of a route before or after the exit."""
    return words.t("up to the gate") if phase == "gate" else words.t("beyond the gate")


def apart_titles(words: Words) -> dict[str, str]:
    """Name the results that stand beside the headline."""
    return {
        "aircraft_forcing": words.t("Further warming by aircraft"),
        "biogenic_co2": words.t("Biogenic CO2 given off"),
        "biogenic_uptake": words.t("Biogenic CO2 taken up"),
        "removals": words.t("Removals"),
    }


def lot_link(words: Words, lot: StudyLot) -> Link:
    """Lead to the postings of a lot."""
    return Link(words.t("Lot {number}", number=lot.number), f"lot{lot.number}")


def goal(study: Study, frame: Frame, words: Words) -> Section:
    """State why the study was made and for whom."""
    return Section(
        "goal",
        words.t("Goal and intended use"),
        (
            words.t(
                "This study states the partial carbon footprint of {product}, harvest {season}, on the model of "
                "ISO 14067:2018 and GB/T 24067-2024.",
                product=frame.names[words.lang],
                season=study.season,
            ),
            words.t(
                "It is meant for those who keep this ledger, for their partners and for "
                "whoever reviews it: to find where "
                "emissions arise, to improve the data, and to hand on figures together with their quality."
            ),
            words.t(
                "It is no basis for comparing products: figures of other studies rest on other rules, data and years."
            ),
        ),
    )


def gas_of(key: str) -> str:
    """Give the gas that a warming potential is of, such as `GWP100.CH4-FOSSIL.AR6`."""
    name = key.split(".")[1]
    return {"CH4-FOSSIL": "CH4", "CH4-NONFOSSIL": "CH4-biogenic"}.get(name, name)


def scope(study: Study, frame: Frame, words: Words) -> Section:
    """State product, unit, boundary, time and place."""
    prints = [lot.found.footprint for lot in study.lots]
    start, end = min(one.period[0] for one in prints), max(one.period[1] for one in prints)
    first, last = ((parse_time(time) + LOCAL).date() for time in (start, end))
    places = sorted({one.row.region for one in study.factors})
    gwps = [one.row for one in study.factors if one.row.key.startswith("GWP100.")]
    gases = [f"{words.gas(gas_of(row.key))} {row.value}" for row in sorted(gwps, key=lambda row: row.key)]
    facts = [
        (words.t("Product"), frame.names[words.lang]),
        (words.t("Product numbers"), words.listed(frame.gtins)),
        (words.t("Varieties"), words.listed(words.name("variety", code) for code in frame.varieties)),
        (
            words.t("Declared unit"),
            words.t("1 kg of product, net: without packaging, without ice, after losses on the way"),
        ),
        (
            words.t("Functional unit"),
            words.t("none: use is not part of this study, so the declared unit takes its place"),
        ),
        (
            words.t("Boundary to the gate"),
            words.t("from the making of the orchard's inputs to the port or airport of exit, or to the last dispatch"),
        ),
        (
            words.t("Boundary delivered"),
            words.t("from the same beginning to where each lot is now, as far as the log tells"),
        ),
        (words.t("Time of the activities"), words.t("{start} to {end}", start=first, end=last)),
        (words.t("Places of the activities"), words.listed(frame.places)),
        (words.t("Places of the factors"), words.listed(places)),
        (words.t("Method"), study.method),
        (words.t("Product category rules"), words.t("none are known to us for this product, and none were applied")),
        (words.t("Warming potentials"), words.t("{set}, 100 years", set=study.lots[0].found.methodology.gwp_set)),
        (words.t("Gases, with kg CO2e per kg"), words.listed(gases) or "–"),
    ]
    return Section(
        "scope",
        words.t("Scope"),
        (
            Table(
                words.t("What is studied"),
                (words.t("Subject"), words.t("Statement")),
                tuple(row(name, text) for name, text in facts),
            ),
        ),
    )


def boundary(study: Study, frame: Frame, words: Words) -> Section:
    """Map the stages, and say what is left out."""
    rows = []
    asked = {gap.stage for lot in study.lots for gap in lot.found.footprint.missing}
    for one in stage_map(study):
        counts = [str(one.lots[phase]) if one.lots[phase] else "–" for phase in PHASES]
        slots = words.listed(words.name("slot", slot) for slot in one.slots)
        if not slots and one.stage in asked:
            slots = words.t("visited, and nothing recorded: see completeness")
        rows.append(row(words.name("stage", one.stage), *counts, slots or words.t("not visited, or not recorded")))
    return Section(
        "boundary",
        words.t("System boundary"),
        (
            Table(
                words.t("Map of the stages: in how many lots each has postings"),
                (
                    words.t("Stage"),
                    phase_name(words, "gate"),
                    phase_name(words, "after"),
                    words.t("Slots counted"),
                ),
                tuple(rows),
                frozenset({1, 2}),
            ),
            words.t("Left out by the method:"),
            Bullets(
                tuple(
                    (text,)
                    for text in (
                        words.t("buildings, machines, vehicles and other capital goods"),
                        words.t("the work of people, their food and their way to work"),
                        words.t("shopping trips, storage, preparation and waste at home"),
                        words.t("treatment of packaging after use"),
                        words.t("carriage of fertiliser, packaging, ice and other inputs, unless it is recorded"),
                        words.t("treatment of mulch film after use and of waste water"),
                        words.t("carbon that soil and trees gain or lose while the use of the land stays the same"),
                        words.t("avoided emissions, credits and offsets of any kind"),
                    )
                )
            ),
            words.t(
                "Within these bounds there is no cut-off by mass, energy or significance: "
                "whatever is recorded and has a factor is counted. "
                "Mandatory slots without a record stand under completeness."
            ),
            words.t(
                "Fruit that is lost takes no carbon with it: what is left carries it, and "
                "the treatment of the waste is added."
            ),
        ),
    )
