"""Name the sections of a study in their order, and divide them into files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from passport.study import Study, StudyLot
from passport.trail import Source, Token
from web.study import annex, checks, cited, closing, doubt, figures, lots, scope, worth
from web.study.blocks import Link, Page, Section
from web.study.build import Frame
from web.study.scope import in_one_file
from web.study.words import Words

SECTIONS = (
    lots.summary,
    scope.goal,
    scope.scope,
    scope.boundary,
    lots.lots,
    figures.results,
    figures.apart,
    figures.allocation,
    worth.data,
    worth.quality,
    checks.completeness,
    checks.consistency,
    doubt.uncertainty,
    checks.plausibility,
    closing.interpretation,
    closing.limitations,
    closing.versions,
    closing.review,
)


def pages(study: Study, frame: Frame, words: Words) -> tuple[Page, ...]:
    """Write a report in one language: all in one file, or where there are many lots, each with a file of its own.

    Sources that several lots cite stand in a file for all of them; what one lot cites alone stands with the lot.
    """
    front = tuple(make(study, frame, words) for make in SECTIONS)
    name = title(study, frame, words)
    if in_one_file(study):
        everything = (cited.weights, cited.data, cited.factors, cited.entries)
        lots_of_all = Section(
            "postings",
            words.t("Annex: postings of the lots"),
            (annex.introduction(words), *(block for lot in study.lots for block in annex.postings(study, lot, words))),
        )
        return (Page("study.html", name, (*front, lots_of_all, *(make(study, words) for make in everything))),)
    data, entries = _owners(study)
    home = Link(words.t("Report"), front[0].anchor)
    shared = (
        cited.weights(study, words),
        cited.data(study, words, data[0]),
        cited.factors(study, words),
        cited.entries(study, words, entries[0]),
    )
    sources = Page("sources.html", words.t("Sources that several lots share"), shared, (home,))
    back = (home, " / ", Link(words.t("Lots with mass and footprint"), lots.TABLE))
    return (
        Page("study.html", name, front),
        sources,
        *(
            Page(
                f"lots/lot{lot.number}.html",
                annex.lot_name(lot, words),
                _of_lot(study, lot, data[lot.number], entries[lot.number], words),
                back,
            )
            for lot in study.lots
        ),
    )


def _of_lot(study: Study, lot: StudyLot, data: set[int], entries: set[int], words: Words) -> tuple[Section, ...]:
    """Write the page of one lot."""
    checked = [figures.sensitivity((lot,), (), words), *checks.against((lot,), words)]
    return (
        Section(
            f"lot{lot.number}-postings",
            words.t("Postings"),
            (annex.introduction(words), *annex.postings(study, lot, words)),
        ),
        Section(f"lot{lot.number}-checks", words.t("Sensitivity and plausibility"), tuple(checked)),
        cited.data(study, words, data),
        cited.entries(study, words, entries),
    )


def _owners(study: Study) -> tuple[Mapping[int, set[int]], Mapping[int, set[int]]]:
    """Divide data and entries by the number of the only lot that cites them, or 0 for several or for weights."""
    by_datum: dict[int, set[int]] = {}

    def note(owner: int, tokens: Iterable[Token]) -> None:
        for token in tokens:
            if isinstance(token, Source) and token.op == "item":
                by_datum.setdefault(study.number(token), set()).add(owner)

    for lot in study.lots:
        for posting in lot.every_posting():
            note(lot.number, posting.tokens)
        for tokens in lot.masses.values():
            note(lot.number, tokens)
    for weights in study.weights:
        for weight in weights.rows:
            note(0, weight.tokens)
    by_entry: dict[int, set[int]] = {}
    for datum in study.data:
        by_entry.setdefault(datum.entry, set()).update(by_datum[datum.number])
    return _alone(by_datum), _alone(by_entry)


def _alone(owned: Mapping[int, set[int]]) -> Mapping[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for number, owners in owned.items():
        found[next(iter(owners)) if len(owners) == 1 else 0].add(number)
    return found


def title(study: Study, frame: Frame, words: Words) -> str:
    """Return the title of a study."""
    return words.t(
        "Carbon footprint study: {product}, harvest {season}", product=frame.names[words.lang], season=study.season
    )
