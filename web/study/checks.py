"""Write the checks of a study: completeness, consistency, and plausibility against published figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from passport.plausibility import Comparison
from passport.study import Study, StudyLot
from passport.study_checks import Consistency
from passport.study_checks import completeness as slot_checks
from passport.study_checks import consistency as consistency_checks
from web.study.blocks import Block, Link, Pieces, Row, Section, Table, row
from web.study.build import Frame
from web.study.scope import in_one_file, lot_link
from web.study.words import Words


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


def plausibility(study: Study, frame: Frame, words: Words) -> Section:
    """Hold the lots against published figures; many lots are counted, and shown each with its own postings."""
    remark = words.t(
        "Two papers on Chinese orchards differ by a factor of three or more. Each "
        "is named; neither stands for an "
        "average of the trade, and this is a search for slips, no ranking."
    )
    tables = against(study.lots, words) if in_one_file(study) else _counted(study, words)
    blocks = (
        (remark, *tables) if tables else (words.t("No published figures are at hand to hold this product against."),)
    )
    return Section("plausibility", words.t("Plausibility"), (*blocks, *_shared(study, words)))


def against(lots: Iterable[StudyLot], words: Words) -> tuple[Table, ...]:
    """Hold lots against published figures, where there are any."""
    rows = [
        row(lot_link(words, lot), *_compared(one, words, one.value), _verdict(one, words))
        for lot in lots
        for one in lot.plausible
    ]
    return _ranges((words.t("No."),), (words.t("Outcome"),), rows, words)


def _counted(study: Study, words: Words) -> tuple[Table, ...]:
    """Count the lots by what comparing them gives."""
    groups: dict[tuple[str, str, str], list[Comparison]] = {}
    for one in (one for lot in study.lots for one in lot.plausible):
        groups.setdefault((one.subject, one.source, _verdict(one, words)), []).append(one)
    rows = []
    for (_, _, verdict), found in groups.items():
        known = sorted(one.value for one in found if one.value is not None)
        values = " – ".join(dict.fromkeys(str(end) for end in (*known[:1], *known[-1:]))) or None
        rows.append(row(*_compared(found[0], words, values), verdict, str(len(found))))
    return _ranges((), (words.t("Outcome"), words.t("How many lots")), rows, words)


def _compared(one: Comparison, words: Words, value: object) -> tuple[str, str, str, str]:
    """Name what is compared, the figure, the range and where it was published."""
    subjects = {
        "farm_per_kg": words.t("farm emissions per kg at the gate"),
        "farm_per_ha": words.t("farm emissions per hectare, from the yield in the log"),
        "days_without_loss": words.t("days from harvest to the last hand-over, against how long the fruit keeps"),
    }
    figure = words.t("not recorded") if value is None else f"{value} {one.unit}"
    return subjects[one.subject], figure, f"{one.low} – {one.high} {one.unit}", one.source


def _ranges(before: tuple[str, ...], after: tuple[str, ...], rows: list[Row], words: Words) -> tuple[Table, ...]:
    columns = (*before, words.t("Subject"), words.t("Figure"), words.t("Range"), words.t("Source"), *after)
    return (Table(words.t("Figures against published ranges"), columns, tuple(rows)),) if rows else ()


def _shared(study: Study, words: Words) -> Iterator[Block]:
    """Name the entries that share something by weights or prices which the book does not bear out."""
    if not study.remarks:
        yield words.t(
            "The weights of closes and the prices that share by value fit the masses and dates in the book, as far as "
            "they are open."
        )
        return
    rows = [
        row(
            f"{words.name('kind', one.kind)} {one.entry[:16]}",
            words.aside(one.place, words.name("stage", one.stage)),
            words.said(text),
        )
        for one in study.remarks
        for text in one.texts()
    ]
    yield Table(
        words.t("Weights of closes and prices that share by value which the book does not bear out; no verdict"),
        (words.t("Entry"), words.t("Place"), words.t("Remark")),
        tuple(rows),
        anchor="remarks-table",
    )


def _verdict(one: Comparison, words: Words) -> str:
    said = {
        "within": words.t("it keeps so long") if one.subject == "days_without_loss" else words.t("within the range"),
        "below": words.t("below the range"),
        "above": words.t("above the range"),
        "unknown": "–",
    }[one.verdict]
    return words.aside(said, words.t("look at the data again")) if one.suspect else said
