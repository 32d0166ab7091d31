"""Write the first sections of a study: summary, goal, scope, system boundary, lots."""

from __future__ import annotations

from decimal import Decimal

from passport.explain import Bar
from passport.study import BOUNDARIES, Study
from passport.study_checks import stage_map
from passport.trail import HEADLINE_PHASES
from passport.waterfall import Words as PictureWords
from passport.waterfall import draw
from web.study.blocks import Bullets, Link, Picture, Section, Table, row
from web.study.build import Frame
from web.study.words import Words

UNIT = "kg CO2e/kg"


def boundary_name(words: Words, boundary: str) -> str:
    """Name a boundary."""
    return words.t("to the gate") if boundary == "gate" else words.t("delivered")


def phase_name(words: Words, phase: str) -> str:
    """Name the part of a route before or after the exit."""
    return words.t("up to the gate") if phase == "gate" else words.t("beyond the gate")


def season_bars(study: Study) -> tuple[Bar, ...]:
    """Give the steps of the delivered total of all lots, stage by stage."""
    bars = []
    level = Decimal("0.000000")
    for part in study.means["delivered"].parts["stage"]:
        bars.append(Bar((part.phase, part.code), level, part.total, level + part.total))
        level += part.total
    return tuple(bars)


def summary(study: Study, frame: Frame, words: Words) -> Section:
    """Write the headline with its picture."""
    mean = study.means["delivered"]
    rows = [
        row(
            boundary_name(words, name),
            Link(str(study.means[name].per_kg), f"mean-{name}"),
            f"{study.means[name].quality.interval.low} – {study.means[name].quality.interval.high}",
            f"{study.means[name].low} – {study.means[name].high}",
            words.t("{share} %", share=study.means[name].primary_share),
            words.t("{share} %", share=study.means[name].measured_share),
            anchor=f"headline-{name}",
        )
        for name in BOUNDARIES
    ]
    picture = draw(
        season_bars(study),
        words=PictureWords(
            lang=words.locale,
            title=words.t("Where the emissions of all lots arise"),
            headline=words.t(
                "Delivered: {figure} kg CO2e/kg ({total} kg CO2e, {mass} kg)",
                figure=mean.per_kg,
                total=mean.total,
                mass=mean.mass,
            ),
            phases={name: phase_name(words, name) for name in HEADLINE_PHASES},
            total=words.t("Total"),
            apart=words.t("Apart, no part of the total"),
            unit="kg CO2e",
            names={part.code: words.name("stage", part.code) for part in mean.parts["stage"]},
        ),
        apart=[(title, value) for title, value, counted in apart_values(study, words) if not counted],
        name="season",
    )
    closed = sum(1 for one in study.data if one.audience != "public")
    return Section(
        "summary",
        words.t("Headline"),
        (
            words.t(
                "Mean of {lots} lots by mass, in kg CO2e for one kilogram of product. Each "
                "figure leads on to the lots, "
                "stages, postings, entries and factors that it is made of.",
                lots=len(study.lots),
            ),
            Table(
                words.t("Partial carbon footprint of the season"),
                (
                    words.t("Boundary"),
                    UNIT,
                    words.t("95 % interval"),
                    words.t("Least and greatest lot"),
                    words.t("Primary data"),
                    words.t("Measured activity"),
                ),
                tuple(rows),
                frozenset({1, 2, 3, 4, 5}),
            ),
            Picture(picture),
            words.t(
                "This report shows {closed} of {all} figures that are not public. Give it "
                "only to those who may see them.",
                closed=closed,
                all=len(study.data),
            ),
        ),
    )


def apart_values(study: Study, words: Words) -> list[tuple[str, Decimal, bool]]:
    """Name what is stated apart, with the kilograms of all lots; the last field tells what the headline contains."""
    prints = [lot.found.footprint for lot in study.lots]
    return [
        (
            words.t("Aircraft, contained in the headline"),
            sum((one.aircraft_kgco2e for one in prints), Decimal(0)),
            True,
        ),
        (
            words.t("Further warming by aircraft"),
            sum((one.aircraft_forcing_kgco2e for one in prints), Decimal(0)),
            False,
        ),
        (words.t("Biogenic CO2 given off"), sum((one.biogenic_co2_kgco2e for one in prints), Decimal(0)), False),
        (words.t("Biogenic CO2 taken up"), sum((one.biogenic_uptake_kgco2e for one in prints), Decimal(0)), False),
        (words.t("Removals"), sum((one.removals_kgco2e for one in prints), Decimal(0)), False),
    ]


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


def scope(study: Study, frame: Frame, words: Words) -> Section:
    """State product, unit, boundary, time and place."""
    prints = [lot.found.footprint for lot in study.lots]
    start, end = min(one.period[0] for one in prints), max(one.period[1] for one in prints)
    places = sorted({one.row.region for one in study.factors})
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
        (words.t("Time of the activities"), words.t("{start} to {end}", start=start[:10], end=end[:10])),
        (words.t("Places of the activities"), words.listed(frame.places)),
        (words.t("Places of the factors"), words.listed(places)),
        (words.t("Method"), study.method),
        (words.t("Warming potentials"), words.t("{set}, 100 years", set=study.lots[0].found.methodology.gwp_set)),
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
    for one in stage_map(study):
        counts = [str(one.lots[phase]) if one.lots[phase] else "–" for phase in HEADLINE_PHASES]
        slots = words.listed(words.name("slot", slot) for slot in one.slots)
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
                        words.t("avoided emissions, credits and offsets of any kind"),
                    )
                )
            ),
            words.t(
                "There is no cut-off by mass, energy or significance: whatever is recorded "
                "and has a factor is counted. "
                "Mandatory slots without a record stand under completeness."
            ),
            words.t(
                "Fruit that is lost takes no carbon with it: what is left carries it, and "
                "the treatment of the waste is added."
            ),
        ),
    )


def lots(study: Study, frame: Frame, words: Words) -> Section:
    """List the lots with mass and footprint, and their mean by mass."""
    masses, figures = [], []
    for lot in study.lots:
        found = lot.found.footprint
        days = lot.harvested[0] if lot.harvested[0] == lot.harvested[1] else " – ".join(lot.harvested)
        masses.append(
            row(
                Link(words.t("Lot {number}", number=lot.number), f"lot{lot.number}"),
                found.lot,
                days,
                str(found.gate.total_kgco2e),
                str(found.gate.mass_kg),
                str(found.gate.kgco2e_per_kg),
                str(found.delivered.total_kgco2e),
                str(found.delivered.mass_kg),
                str(found.delivered.kgco2e_per_kg),
            )
        )
        figures.append(
            row(
                Link(words.t("Lot {number}", number=lot.number), f"lot{lot.number}"),
                f"{found.gate.interval.low} – {found.gate.interval.high}",
                f"{found.delivered.interval.low} – {found.delivered.interval.high}",
                str(found.delivered.measured_activity_share),
                str(found.delivered.primary_data_share),
                str(found.coverage),
            )
        )
    gate, delivered = (study.means[name] for name in BOUNDARIES)
    masses.append(
        row(
            words.t("All lots"),
            "",
            "",
            str(gate.total),
            str(gate.mass),
            str(gate.per_kg),
            str(delivered.total),
            str(delivered.mass),
            str(delivered.per_kg),
        )
    )
    spread = [
        row(
            boundary_name(words, name),
            (Link(str(one.total), "lots-table"), f" / {one.mass} = {one.per_kg}"),
            str(one.low),
            str(one.high),
            str(one.deviation),
            anchor=f"mean-{name}",
        )
        for name, one in study.means.items()
    ]
    blocks = [
        Table(
            words.t("Mean of the season by mass, and how far its lots lie apart, in kg CO2e/kg"),
            (
                words.t("Boundary"),
                words.t("Mean: kg CO2e / kg"),
                words.t("Least lot"),
                words.t("Greatest lot"),
                words.t("Standard deviation by mass"),
            ),
            tuple(spread),
            frozenset({1, 2, 3, 4}),
        ),
        Table(
            words.t("Lots with mass and footprint"),
            (
                words.t("No."),
                words.t("Lot"),
                words.t("Harvested"),
                words.t("kg CO2e to the gate"),
                words.t("kg at the gate"),
                words.t("kg CO2e/kg to the gate"),
                words.t("kg CO2e delivered"),
                words.t("kg delivered"),
                words.t("kg CO2e/kg delivered"),
            ),
            tuple(masses),
            frozenset({3, 4, 5, 6, 7, 8}),
            anchor="lots-table",
            total=True,
        ),
        Table(
            words.t("What the figures of the lots rest on"),
            (
                words.t("No."),
                words.t("95 % interval to the gate"),
                words.t("95 % interval delivered"),
                words.t("Measured activity, %"),
                words.t("Primary data, %"),
                words.t("Coverage of slots, %"),
            ),
            tuple(figures),
            frozenset({1, 2, 3, 4, 5}),
        ),
    ]
    if any(lot.found.own_season for lot in study.lots):
        blocks.append(_own_seasons(study, words))
    if study.refused:
        blocks.append(
            Table(
                words.t("Lots that are no part of the mean"),
                (words.t("Lot"), words.t("Reason")),
                tuple(
                    row(lot, words.said(reason) or words.t("written off: its carbon stands in the loss account"))
                    for lot, reason in study.refused.items()
                ),
            )
        )
    return Section("lots", words.t("Lots and season"), tuple(blocks))


def _own_seasons(study: Study, words: Words) -> Table:
    """Show what the season alone would give beside a headline that averages several seasons."""
    rows = [
        row(
            Link(words.t("Lot {number}", number=lot.number), f"lot{lot.number}"),
            boundary_name(words, name),
            str(lot.found.footprint.boundary(name).kgco2e_per_kg),
            str(one.kgco2e_per_kg),
            words.listed(one.seasons),
        )
        for lot in study.lots
        for name, one in lot.found.own_season.items()
    ]
    return Table(
        words.t("Orchards averaged over several seasons: the headline, and the season alone, in kg CO2e/kg"),
        (
            words.t("No."),
            words.t("Boundary"),
            words.t("Mean of the seasons"),
            words.t("This season alone"),
            words.t("Seasons"),
        ),
        tuple(rows),
        frozenset({2, 3}),
        anchor="own-seasons",
    )
