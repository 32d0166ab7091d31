"""Write the headline of a study, its lots, and their mean."""

from __future__ import annotations

from decimal import Decimal

from passport.explain import Bar
from passport.footprint import PHASES
from passport.study import BOUNDARIES, Study
from passport.waterfall import Words as PictureWords
from passport.waterfall import draw
from web.study.blocks import Link, Picture, Section, Table, row
from web.study.build import Frame
from web.study.scope import UNIT, apart_titles, boundary_name, lot_link, phase_name
from web.study.words import Words

#: Id of the table of all lots.
TABLE = "lots-table"


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
            str(study.means[name].primary_share),
            str(study.means[name].measured_share),
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
            phases={name: phase_name(words, name) for name in PHASES},
            total=words.t("Total"),
            apart=words.t("Apart, no part of the total"),
            unit="kg CO2e",
            names={part.code: words.name("stage", part.code) for part in mean.parts["stage"]},
        ),
        apart=[(title, value) for title, value, counted in apart_values(study, words) if not counted],
        name="season",
    )
    closed = sum(1 for one in study.data if one.audience != "public")
    least = min(lot.found.footprint.coverage for lot in study.lots)
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
                    words.t("Primary data, %"),
                    words.t("Measured activity, %"),
                ),
                tuple(rows),
                frozenset({1, 2, 3, 4, 5}),
            ),
            words.t("Least coverage of mandatory slots in a lot: {share} %.", share=least),
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
        *(
            (title, sum((getattr(one, f"{name}_kgco2e") for one in prints), Decimal(0)), False)
            for name, title in apart_titles(words).items()
        ),
    ]


def figure_columns(words: Words) -> tuple[str, ...]:
    """Head emissions, mass and footprint of lots, to the gate and delivered."""
    return (
        words.t("kg CO2e to the gate"),
        words.t("kg at the gate"),
        words.t("kg CO2e/kg to the gate"),
        words.t("kg CO2e delivered"),
        words.t("kg delivered"),
        words.t("kg CO2e/kg delivered"),
    )


def lots(study: Study, frame: Frame, words: Words) -> Section:
    """List the lots with mass and footprint, and their mean by mass."""
    masses, figures = [], []
    for lot in study.lots:
        found = lot.found.footprint
        days = lot.harvested[0] if lot.harvested[0] == lot.harvested[1] else " – ".join(lot.harvested)
        masses.append(
            row(
                lot_link(words, lot),
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
                lot_link(words, lot),
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
            (Link(str(one.total), TABLE), f" / {one.mass} = {one.per_kg}"),
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
                *figure_columns(words),
            ),
            tuple(masses),
            frozenset({3, 4, 5, 6, 7, 8}),
            anchor=TABLE,
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
            lot_link(words, lot),
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
