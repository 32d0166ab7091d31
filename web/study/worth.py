"""Write what the figures are worth: data, quality, completeness, consistency, uncertainty, plausibility."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from ledger.book.stage import life_cycle
from passport.plausibility import Comparison
from passport.quality import Shift
from passport.study import BOUNDARIES, Study, StudyPosting
from passport.study_checks import Consistency
from passport.study_checks import completeness as slot_checks
from passport.study_checks import consistency as consistency_checks
from passport.trail import HEADLINE_PHASES, Source
from web.study.blocks import Block, Link, Pieces, Row, Section, Table, row
from web.study.build import Frame
from web.study.scope import boundary_name, phase_name
from web.study.words import Words

#: Contributors that are named; the workbook and `assess --json` have more.
NAMED = 8


def evidence_name(words: Words, code: str) -> str:
    """Name a kind of evidence."""
    names = {
        "meter": words.t("meter"),
        "scale_ticket": words.t("scale ticket"),
        "invoice": words.t("invoice"),
        "document": words.t("document"),
        "own_statement": words.t("own statement"),
        "estimate": words.t("estimate"),
    }
    return names.get(code, code)


def tier_name(words: Words, code: str) -> str:
    """Name a kind of estimate."""
    names = {
        "primary": words.t("primary: activity and factor of the actor"),
        "supplier": words.t("value of the supplier"),
        "database": words.t("published factor"),
        "io": words.t("input-output default"),
        "gap_fill": words.t("filled with a default"),
    }
    return names.get(code, code)


def data(study: Study, frame: Frame, words: Words) -> Section:
    """List every slot that counts, with its evidence, its data and its factors."""
    groups: dict[tuple[str, str, str, str, str], list[StudyPosting]] = {}
    for lot in study.lots:
        for one in lot.postings:
            key = (one.line.phase, one.text("stage"), one.text("slot"), one.text("evidence"), one.text("tier"))
            groups.setdefault(key, []).append(one)
    rows = []
    order = {stage.code: stage.order for stage in life_cycle()}
    ordered = sorted(
        groups.items(), key=lambda one: (HEADLINE_PHASES.index(one[0][0]), order.get(one[0][1], 0), one[0])
    )
    for (phase, stage, slot, evidence, tier), postings in ordered:
        kg = sum((one.kg for one in postings), Decimal(0))
        rows.append(
            row(
                words.aside(words.place(stage, slot), phase_name(words, phase)),
                str(kg),
                evidence_name(words, evidence),
                tier_name(words, tier),
                _cited(study, postings, "item"),
                _cited(study, postings, "factor"),
            )
        )
    blocks: list[Block] = [
        words.t(
            "Quantities come from signed entries of the log (D), factors from versioned "
            "sets (F). Both are listed in the "
            "annexes with value, unit, source and confidence: A read in the source, B in a "
            "reprint, C known but not read "
            "again, D weak."
        ),
        Table(
            words.t("Every slot that counts, all lots, delivered"),
            (
                words.t("Slot"),
                "kg CO2e",
                words.t("Evidence of the quantity"),
                words.t("Kind of estimate"),
                words.t("Data"),
                words.t("Factors"),
            ),
            tuple(rows),
            frozenset({1}),
            anchor="slots",
        ),
    ]
    lost = Counter(
        (one.stage, one.slot, one.tier, one.evidence, one.reason)
        for lot in study.lots
        for one in lot.found.footprint.superseded
    )
    if lost:
        blocks.append(
            Table(
                words.t("Estimates that were offered and do not count, so that no slot counts twice"),
                (
                    words.t("Slot"),
                    words.t("Kind of estimate"),
                    words.t("Evidence of the quantity"),
                    words.t("Reason"),
                    words.t("How many"),
                ),
                tuple(
                    row(
                        words.place(stage, slot),
                        tier_name(words, tier),
                        evidence_name(words, evidence),
                        words.said(reason),
                        str(count),
                    )
                    for (stage, slot, tier, evidence, reason), count in sorted(lost.items())
                ),
                frozenset({4}),
            )
        )
    else:
        blocks.append(words.t("No slot was offered more than one estimate."))
    return Section("data", words.t("Data"), tuple(blocks))


def _cited(study: Study, postings: list[StudyPosting], op: str) -> Pieces:
    """Name the data or factors of some postings, each once, as links."""
    letter = "D" if op == "item" else "F"
    numbers = sorted(
        {
            study.number(token)
            for one in postings
            for token in one.tokens
            if isinstance(token, Source) and token.op == op
        }
    )
    pieces: list[str | Link] = []
    for number in numbers:
        pieces += [" ", Link(f"{letter}{number}", f"{letter.lower()}{number}")]
    return tuple(pieces[1:]) or ("–",)


def quality(study: Study, frame: Frame, words: Words) -> Section:
    """Rate the data: by dimension, by evidence, by kind of estimate, and what warnings they carry."""
    dimensions = {
        "technology": words.t("technology"),
        "geography": words.t("geography"),
        "time": words.t("time"),
        "activity": words.t("activity data"),
    }
    table = study.lots[0].found.quality["delivered"].table
    blocks: list[Block] = [
        Table(
            words.t("Ratings weighted by emissions: 1 is best, 5 worst"),
            (words.t("Dimension"), *(boundary_name(words, name) for name in BOUNDARIES)),
            tuple(
                row(title, *(str(study.means[name].dqr.get(code, "–")) for name in BOUNDARIES))
                for code, title in dimensions.items()
            ),
            frozenset({1, 2}),
            anchor="dqr",
        ),
        words.t("The scale is our own reading of the one that PACT names: table {table}.", table=table),
        Table(
            words.t("Shares of the emissions, in percent"),
            (words.t("Share"), *(boundary_name(words, name) for name in BOUNDARIES)),
            (
                row(
                    words.t("Primary data: measured activity and a factor of the actor's own"),
                    *(str(study.means[name].primary_share) for name in BOUNDARIES),
                ),
                row(
                    words.t("Measured activity: meter, scale ticket or invoice"),
                    *(str(study.means[name].measured_share) for name in BOUNDARIES),
                ),
            ),
            frozenset({1, 2}),
        ),
    ]
    for kind, caption, namer in (
        ("evidence", words.t("By evidence of the quantity, delivered"), evidence_name),
        ("tier", words.t("By kind of estimate, delivered"), tier_name),
    ):
        parts = study.means["delivered"].parts[kind]
        blocks.append(
            Table(
                caption,
                (words.t("Part"), "kg CO2e", "%"),
                tuple(row(namer(words, part.code), str(part.total), str(part.share)) for part in parts),
                frozenset({1, 2}),
            )
        )
    flags = study.means["delivered"].flags
    if flags:
        blocks.append(
            Table(
                words.t("Warnings, delivered; one posting may carry several"),
                (words.t("Warning"), "kg CO2e", "%"),
                tuple(row(words.flag(code), str(kg), str(share)) for code, (kg, share) in flags.items()),
                frozenset({1, 2}),
            )
        )
    return Section("quality", words.t("Data quality"), tuple(blocks))


def completeness(study: Study, frame: Frame, words: Words) -> Section:
    """Check every mandatory slot."""
    rows = []
    for one in slot_checks(study):
        remarks = [words.reason(text) for text in (*one.fillings, *one.reasons)]
        rows.append(
            row(
                words.place(one.stage, one.slot),
                str(one.reported),
                str(one.filled),
                str(one.missing),
                words.listed(remarks) or "–",
            )
        )
    least = min(lot.found.footprint.coverage for lot in study.lots)
    return Section(
        "completeness",
        words.t("Completeness check"),
        (
            words.t("Least coverage of mandatory slots in a lot: {share} %.", share=least),
            Table(
                words.t("Mandatory slots of the stages visited, and all others left open: number of lots"),
                (
                    words.t("Slot"),
                    words.t("reported"),
                    words.t("filled with a default"),
                    words.t("left open"),
                    words.t("How and why"),
                ),
                tuple(rows),
                frozenset({1, 2, 3}),
                anchor="completeness-table",
            ),
            words.t("An explicit zero with its reason counts as reported."),
        ),
    )


def consistency(study: Study, frame: Frame, words: Words) -> Section:
    """Check what must be the same throughout."""
    titles = {
        "method": words.t("one method for all lots"),
        "gwp": words.t("one set of warming potentials"),
        "electricity": words.t("one family of electricity factors in each place"),
        "editions": words.t("one edition of the soil factors"),
        "years": words.t("no factor from a distant year"),
        "later": words.t("no factor from a later year"),
        "places": words.t("no factor from a place that only stands in"),
        "pools": words.t("every shared period is closed"),
        "coverage": words.t("every mandatory slot is reported, coverage of the lots in %"),
    }
    return Section(
        "consistency",
        words.t("Consistency check"),
        (
            Table(
                words.t("What belongs together"),
                (words.t("Check"), words.t("Outcome"), words.t("Found")),
                tuple(
                    row(
                        titles[one.code],
                        words.t("met") if one.fine else words.t("not met"),
                        _linked(one, words) or words.t("none"),
                    )
                    for one in consistency_checks(study)
                ),
                anchor="consistency-table",
            ),
            words.t("What is not met is no error: it is stated, rated and bounded under quality and uncertainty."),
        ),
    )


def _linked(check: Consistency, words: Words) -> Pieces:
    """Write what a check found, factors as links."""
    pieces: list[str | Link] = []
    for text in check.found:
        factor = text[:1] == "F" and text[1:].isdigit()
        said = words.name("gwp", text) if check.code == "gwp" else text
        pieces += [words.listed(("", "")), Link(text, text.lower()) if factor else said]
    return tuple(pieces[1:])


def uncertainty(study: Study, frame: Frame, words: Words) -> Section:
    """State the intervals of the means, where they come from, and what would narrow them."""
    rows = []
    for name in BOUNDARIES:
        found = study.means[name].quality
        title = boundary_name(words, name)
        one = found.interval
        rows.append(row(title, words.t("first order, as passports state it"), one.low, "–", one.high, one.gsd))
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
                words.t("CO2 alone") if gas == "CO2" else gas,
                str(sum((one.total_kgco2e for one in found), Decimal(0))),
                str(sum(known, Decimal(0))) if len(known) == len(bounds) else words.t("not bounded"),
                words.listed(words.place(*slot.split("/")) for slot in slots) or "–",
            )
        )
    return rows


def plausibility(study: Study, frame: Frame, words: Words) -> Section:
    """Hold the lots against published figures."""
    subjects = {
        "farm_per_kg": words.t("farm emissions per kg at the gate"),
        "farm_per_ha": words.t("farm emissions per hectare, from the yield in the log"),
        "days_without_loss": words.t("days from harvest to the last hand-over, against how long the fruit keeps"),
    }
    rows = []
    for lot in study.lots:
        for one in lot.plausible:
            rows.append(
                row(
                    Link(words.t("Lot {number}", number=lot.number), f"lot{lot.number}"),
                    subjects[one.subject],
                    words.t("not recorded") if one.value is None else f"{one.value} {one.unit}",
                    f"{one.low} – {one.high} {one.unit}",
                    one.source,
                    _verdict(one, words),
                )
            )
    if not rows:
        return Section(
            "plausibility",
            words.t("Plausibility"),
            (words.t("No published figures are at hand to hold this product against."),),
        )
    return Section(
        "plausibility",
        words.t("Plausibility"),
        (
            words.t(
                "Two papers on Chinese orchards differ by a factor of three or more. Each "
                "is named; neither stands for an "
                "average of the trade, and this is a search for slips, no ranking."
            ),
            Table(
                words.t("Figures against published ranges"),
                (
                    words.t("No."),
                    words.t("Subject"),
                    words.t("Figure"),
                    words.t("Range"),
                    words.t("Source"),
                    words.t("Outcome"),
                ),
                tuple(rows),
                anchor="plausibility-table",
            ),
        ),
    )


def _verdict(one: Comparison, words: Words) -> str:
    said = {
        "within": words.t("it keeps so long") if one.subject == "days_without_loss" else words.t("within the range"),
        "below": words.t("below the range"),
        "above": words.t("above the range"),
        "unknown": "–",
    }[one.verdict]
    return words.aside(said, words.t("look at the data again")) if one.suspect else said
