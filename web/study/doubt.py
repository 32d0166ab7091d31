"""Write how far the figures of a study may be off: intervals, their sources, what would narrow them, worst cases."""

from __future__ import annotations

from decimal import Decimal

from passport.quality import Shift
from passport.study import BOUNDARIES, Study
from web.study.blocks import Block, Row, Section, Table, row
from web.study.build import Frame
from web.study.scope import boundary_name
from web.study.words import Words

#: Contributors that are named; the workbook and `assess --json` have more.
NAMED = 8


def uncertainty(study: Study, frame: Frame, words: Words) -> Section:
    """State the intervals of the means, where they come from, and what would narrow them."""
    rows = []
    for name in BOUNDARIES:
        found = study.means[name].quality
        title = boundary_name(words, name)
        one = found.interval
        rows.append(row(title, words.t("as passports state it"), one.low, "–", one.high, one.gsd))
        if found.matched:
            two = found.matched
            rows.append(row(title, words.t("matched by moments"), two.low, two.mean, two.high, "–"))
        if found.drawn:
            three = found.drawn
            how = words.t("{draws} draws, seed {seed}", draws=three.draws, seed=three.seed)
            rows.append(row(title, how, three.low, three.mean, three.high, "–"))
        elif found.matched:
            rows.append(row(title, words.t("not drawn: the calculation is too large"), "–", "–", "–", "–"))
    blocks: list[Block] = [
        words.t(
            "Every quantity and factor is taken as lognormal, with the geometric standard "
            "deviation that the annexes state. "
            "What lots share is one source for all of them. Choices of the method are no part of the interval."
        ),
        words.t(
            "The headline takes each value as the median of its distribution. These lean to the right, so the mean of "
            "the draws lies above the headline; only the headline is stated elsewhere."
        ),
        Table(
            words.t("95 % intervals of the season's mean, in kg CO2e/kg"),
            (
                words.t("Boundary"),
                words.t("Way"),
                words.t("Lower bound"),
                words.t("Mean"),
                words.t("Upper bound"),
                words.t("Geometric standard deviation"),
            ),
            tuple(rows),
            frozenset({2, 3, 4, 5}),
            anchor="intervals",
        ),
    ]
    for name in BOUNDARIES:
        found = study.means[name].quality
        if found.contributors:
            blocks.append(
                Table(
                    words.t("Main sources of uncertainty: {boundary}", boundary=boundary_name(words, name)),
                    (words.t("Slot"), words.t("Share of the variance, %")),
                    tuple(row(words.place(one.stage, one.slot), str(one.share)) for one in found.contributors[:NAMED]),
                    frozenset({1}),
                )
            )
        if found.improvements:
            blocks.append(
                Table(
                    words.t(
                        "If one of these slots were measured, with the supplier's own factor: {boundary}",
                        boundary=boundary_name(words, name),
                    ),
                    (
                        words.t("Slot"),
                        words.t("95 % interval"),
                        words.t("Measured activity, %"),
                        words.t("Primary data, %"),
                    ),
                    tuple(
                        row(
                            words.place(one.stage, one.slot),
                            f"{one.interval.low} – {one.interval.high}",
                            str(one.measured_activity_share),
                            str(one.primary_data_share),
                        )
                        for one in found.improvements
                    ),
                    frozenset({1, 2, 3}),
                )
            )
    shifts = _shifts(study, words)
    if shifts:
        blocks.append(
            Table(
                words.t("Worst case where a factor knows other gases or another set of warming potentials, delivered"),
                (words.t("Booked as"), "kg CO2e", words.t("Off by at most, kg CO2e"), words.t("Without a known bound")),
                tuple(shifts),
                frozenset({1, 2}),
                anchor="shifts",
            )
        )
    return Section("uncertainty", words.t("Uncertainty"), tuple(blocks))


def _shifts(study: Study, words: Words) -> list[Row]:
    groups: dict[str, list[Shift]] = {}
    for lot in study.lots:
        for one in lot.found.quality["delivered"].shifts:
            groups.setdefault(one.gas, []).append(one)
    rows = []
    for gas, found in sorted(groups.items()):
        bounds = [one.at_most_kgco2e for one in found]
        known = [bound for bound in bounds if bound is not None]
        slots = dict.fromkeys(slot for one in found for slot in one.unbounded_slots)
        rows.append(
            row(
                words.t("CO2 alone") if gas == "CO2" else words.gas(gas),
                str(sum((one.total_kgco2e for one in found), Decimal(0))),
                str(sum(known, Decimal(0))) if len(known) == len(bounds) else words.t("not bounded"),
                words.listed(words.place(*slot.split("/")) for slot in slots) or "–",
            )
        )
    return rows
