"""Write the figures of a study: results by stage, bucket and gas, what stands apart, and how burdens were shared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from iocore.units import round_quantum
from passport.nodes import six
from passport.study import BOUNDARIES, Part, SeasonMean, Study, StudyLot
from web.study.blocks import Block, Bullets, Heading, Link, Pieces, Section, Table, row, spaced
from web.study.build import Frame
from web.study.lots import TABLE, apart_values
from web.study.scope import UNIT, boundary_name, in_one_file, lot_link, phase_name
from web.study.words import Words


def results(study: Study, frame: Frame, words: Words) -> Section:
    """Divide both headlines by stage, bucket and gas."""
    blocks: list[Block] = []
    for name in BOUNDARIES:
        mean = study.means[name]
        blocks.append(Heading(boundary_name(words, name), f"results-{name}"))
        for kind, caption in (
            ("stage", words.t("By stage")),
            ("bucket", words.t("By kind of emission")),
            ("gas", words.t("By gas")),
        ):
            blocks.append(_parts_table(study, mean, kind, caption, words))
    blocks.append(
        words.t(
            "A factor that its source states in CO2e only has no gases of its own: it "
            "stands under CO2e with its set of "
            "warming potentials."
        )
    )
    return Section("results", words.t("Results"), tuple(blocks))


def _parts_table(study: Study, mean: SeasonMean, kind: str, caption: str, words: Words) -> Table:
    lots = (words.t("Postings by lot"),) if kind == "stage" else ()
    rows = []
    for part in mean.parts[kind]:
        links = (_lots_of(study, part, words),) if kind == "stage" else ()
        rows.append(row(_part_name(part, kind, words), str(part.total), str(part.per_kg), str(part.share), *links))
    rows.append(row(words.t("Total"), str(mean.total), str(mean.per_kg), "100.0", *("" for _ in lots)))
    return Table(
        caption,
        (words.t("Part"), "kg CO2e", UNIT, "%", *lots),
        tuple(rows),
        frozenset({1, 2, 3}),
        anchor=f"{mean.boundary}-{kind}",
        total=True,
    )


def _lots_of(study: Study, part: Part, words: Words) -> Pieces:
    """Lead from a stage to its postings in every lot that has any, or to the lots where they are many."""
    place = (part.phase, part.code)
    found = [lot for lot in study.lots if any((one.line.phase, one.text("stage")) == place for one in lot.postings)]
    if not in_one_file(study):
        return (Link(words.t("{lots} lots", lots=len(found)), TABLE),)
    return spaced(Link(str(lot.number), f"lot{lot.number}-{part.phase}-{part.code}") for lot in found)


def _part_name(part: Part, kind: str, words: Words) -> str:
    if kind == "gas":
        return words.gas(part.code)
    name = words.name(kind, part.code)
    return words.aside(name, phase_name(words, part.phase)) if part.phase == "after" else name


def apart(study: Study, frame: Frame, words: Words) -> Section:
    """State what is no part of the headline, and the second line beside it."""
    mean = study.means["delivered"]
    rows = [row(name, str(value), _per(value, mean.mass)) for name, value, _ in apart_values(study, words)]
    blocks: list[Block] = [
        Table(
            words.t("Beside the headline, all lots, delivered"),
            (words.t("Subject"), "kg CO2e", UNIT),
            tuple(rows),
            frozenset({1, 2}),
            anchor="apart-table",
        )
    ]
    for name in BOUNDARIES:
        blocks.append(_second_line(study, study.means[name], words))
    blocks.append(
        words.t(
            "Nothing here lowers the headline; the second line of ISO 14067 stands beside it and never replaces it."
        )
    )
    blocks += _beside(study, words)
    blocks.append(
        words.t("Credits and avoided emissions stand in no sum of this study; what is known of them is named here.")
    )
    return Section("apart", words.t("Stated apart"), tuple(blocks))


def _beside(study: Study, words: Words) -> list[Block]:
    """Name removals, credits, avoided emissions, and what was reported and does not count, each once."""
    kind, entry = words.t("Kind"), words.t("Id of the entry")
    found = [lot.found.footprint.apart for lot in study.lots]
    removed = dict.fromkeys(one for own in found for one in own.removed)
    credited = dict.fromkeys(one for own in found for one in own.credited)
    avoided = dict.fromkeys(one for own in found for one in own.avoided)
    uncounted = dict.fromkeys(one for own in found for one in own.uncounted)
    tables = (
        Table(
            words.t("Removals that count, with their owners"),
            (kind, words.t("Owner"), words.t("Monitored until"), words.t("Place of storage"), entry),
            tuple(
                row(words.name("slot", one.slot), one.owner, one.until, one.place or "–", one.entry_id)
                for one in removed
            ),
        ),
        Table(
            words.t("Slots for which a registry issued a credit; no figure changes"),
            (words.t("Slot"), words.t("Serial number"), words.t("Owner"), entry),
            tuple(
                row(words.place(one.stage, one.slot), one.serial, one.owner or words.t("not stated"), one.entry_id)
                for one in credited
            ),
        ),
        Table(
            words.t("Stated by projects as avoided against a baseline; in no sum"),
            (words.t("Baseline"), "kg CO2e", words.t("Owner"), entry),
            tuple(row(one.baseline, str(one.kgco2e), one.owner, one.entry_id) for one in avoided),
            frozenset({1}),
        ),
        Table(
            words.t("Reported beside the headline and not counted"),
            (kind, words.t("Reason"), entry),
            tuple(row(words.name("slot", one.slot), words.said(one.reason), one.entry_id) for one in uncounted),
        ),
    )
    return [table for table in tables if table.rows]


def _second_line(study: Study, mean: SeasonMean, words: Words) -> Table:
    """Add emissions and removals up as ISO 14067 does, beside the headline."""
    lines = [lot.found.footprint.apart.emissions_and_removals[mean.boundary] for lot in study.lots]
    removals = sum((value for one in lines for value in one.removals_kgco2e.values()), Decimal("0.000000"))
    parts = [
        (words.t("Headline: emissions"), mean.total),
        (words.t("Biogenic CO2 given off"), sum((one.biogenic_co2_kgco2e for one in lines), Decimal(0))),
        (words.t("Biogenic CO2 taken up"), sum((one.biogenic_uptake_kgco2e for one in lines), Decimal(0))),
        (words.t("Removals"), removals),
        (
            words.t("Second line: emissions, uptake and removals"),
            sum((one.total_kgco2e for one in lines), Decimal(0)),
        ),
    ]
    return Table(
        words.t("Second line: {boundary}", boundary=boundary_name(words, mean.boundary)),
        (words.t("Line"), "kg CO2e", UNIT),
        tuple(row(name, str(value), _per(value, mean.mass)) for name, value in parts),
        frozenset({1, 2}),
        anchor=f"second-line-{mean.boundary}",
        total=True,
    )


def _per(value: Decimal, mass: Decimal) -> str:
    return six(round_quantum(Fraction(value) / Fraction(mass)))


def sensitivity(lots: Sequence[StudyLot], means: Iterable[SeasonMean], words: Words) -> Table:
    """Compare lots and means as counted with what sharing by mass would give."""
    pairs: list[tuple[str | Link, str, Decimal, Decimal]] = [
        (lot_link(words, lot), name, *(one.boundary(name).kgco2e_per_kg for one in (lot.found.footprint, lot.by_mass)))
        for lot in lots
        for name in BOUNDARIES
    ]
    pairs += [(words.t("All lots"), mean.boundary, mean.per_kg, mean.by_mass) for mean in means]
    return Table(
        words.t("Sensitivity: joint burdens by value, as counted, and by mass, in kg CO2e/kg"),
        (words.t("No."), words.t("Boundary"), words.t("By value"), words.t("By mass"), words.t("Change, %")),
        tuple(
            row(title, boundary_name(words, name), str(before), str(after), _change(before, after))
            for title, name, before, after in pairs
        ),
        frozenset({2, 3, 4}),
    )


def allocation(study: Study, frame: Frame, words: Words) -> Section:
    """Say how joint burdens were shared, and what sharing by mass would give."""
    same = all(mean.per_kg == mean.by_mass for mean in study.means.values())
    rules = (
        words.t("Several products of one process share by value where each has a price, else by mass."),
        words.t(
            "What a facility uses in a period is shared by the weights that the close of "
            "the period states: by mass, in a "
            "cold store by mass and days; before the close by mass among the lots of the lineage."
        ),
        words.t("Residues, rejected fruit and waste take no share; their treatment is added to what is left."),
        words.t("A trip is shared by mass and distance, a box by the part of its load."),
        words.t("Every share is exact to 0.000001 kg by largest remainder, so the parts add up to the whole."),
    )
    return Section(
        "allocation",
        words.t("Allocation and its sensitivity"),
        (
            Bullets(tuple((rule,) for rule in rules)),
            replace(
                sensitivity(study.lots if in_one_file(study) else (), study.means.values(), words), anchor="sensitivity"
            ),
            words.t("No process of these lots has several outputs with prices, so both rules give the same.")
            if same
            else words.t(
                "The difference is what the choice between value and mass decides; everything else is unchanged."
            ),
        ),
    )


def _change(before: Decimal, after: Decimal) -> str:
    return f"{100 * (after - before) / before:+.1f}" if before else "–"
