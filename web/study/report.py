"""Name the sections of a study in their order."""

from __future__ import annotations

from passport.study import Study
from web.study import annex, checks, closing, doubt, figures, lots, scope, worth
from web.study.blocks import Section
from web.study.build import Frame
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
ANNEXES = (annex.postings, annex.weights, annex.data, annex.factors, annex.entries)


def sections(study: Study, frame: Frame, words: Words) -> tuple[Section, ...]:
    """Write all sections in one language."""
    return tuple(make(study, frame, words) for make in (*SECTIONS, *ANNEXES))


def title(study: Study, frame: Frame, words: Words) -> str:
    """Return the title of a study."""
    return words.t(
        "Carbon footprint study: {product}, harvest {season}", product=frame.names[words.lang], season=study.season
    )
