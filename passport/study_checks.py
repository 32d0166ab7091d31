"""Check a study as a practitioner would: is every mandatory slot closed, and do the factors belong together?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ledger.book.stage import life_cycle
from passport.footprint import PHASES
from passport.study import CitedFactor, Study


@dataclass(frozen=True, slots=True)
class SlotCheck:
    """Say in how many lots a mandatory slot was reported, filled with a default, or left open somewhere, and why."""

    stage: str
    slot: str
    reported: int
    filled: int
    missing: int
    fillings: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StageCheck:
    """Say in how many lots a stage has postings, by phase; a stage without any was not visited or not recorded."""

    stage: str
    lots: dict[str, int]
    slots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Consistency:
    """Hold one check of what belongs together: its code, whether it is met, and what was found."""

    code: str
    fine: bool
    found: tuple[str, ...]


def completeness(study: Study) -> tuple[SlotCheck, ...]:
    """Go through the slots that the methodology makes mandatory, stage by stage, and all others left open.

    What an assessment does not name as missing is reported, be it by another slot of its group or by an explicit zero.
    """
    mandatory = study.lots[0].found.methodology.policy.mandatory
    gaps = [(lot.number, gap) for lot in study.lots for gap in lot.found.footprint.missing]
    visited: dict[str, set[int]] = {}
    for lot in study.lots:
        for posting in lot.postings:
            visited.setdefault(posting.text("stage"), set()).add(lot.number)
    for number, gap in gaps:
        visited.setdefault(gap.stage, set()).add(number)
    asked = [(stage, slot) for stage in _ordered(set(visited)) for slot in mandatory.get(stage, ())]
    asked += sorted({(gap.stage, gap.slot) for _, gap in gaps} - set(asked))
    checks = []
    for stage, slot in asked:
        own = [(number, gap) for number, gap in gaps if (gap.stage, gap.slot) == (stage, slot)]
        missing = {number for number, gap in own if not gap.filled}
        filled = {number for number, gap in own if gap.filled} - missing
        checks.append(
            SlotCheck(
                stage=stage,
                slot=slot,
                reported=len(visited[stage] - missing - filled),
                filled=len(filled),
                missing=len(missing),
                fillings=tuple(sorted({gap.filled for _, gap in own if gap.filled})),
                reasons=tuple(sorted({gap.reason for _, gap in own})),
            )
        )
    return tuple(checks)


def stage_map(study: Study) -> tuple[StageCheck, ...]:
    """List every stage that is known, in the order of a lot's life, with where it occurs."""
    checks = []
    for stage in life_cycle():
        own = [one for lot in study.lots for one in lot.postings if one.text("stage") == stage.code]
        lots = {phase: len({one.lot for one in own if one.line.phase == phase}) for phase in PHASES}
        checks.append(StageCheck(stage.code, lots, tuple(dict.fromkeys(one.text("slot") for one in own))))
    return tuple(checks)


def consistency(study: Study) -> tuple[Consistency, ...]:
    """Check what must be one throughout: method, warming potentials, electricity, editions, years, places."""
    methods = sorted({lot.found.methodology.code for lot in study.lots})
    sets = sorted({name for lot in study.lots for name in lot.found.footprint.gwp_sets_used})
    families: dict[str, set[str]] = {}
    kinds: dict[str, set[str]] = {}
    for one in study.factors:
        if one.row.stem.startswith("ELC."):
            families.setdefault(one.row.region, set()).add(one.row.stem)
            kinds.setdefault(one.row.region, set()).add(one.row.electricity)
    editions = sorted({str(one.row.year) for one in study.factors if one.row.stem.startswith("SOILN.")})
    pools = sorted({pool for lot in study.lots for pool in lot.found.footprint.open_pools})
    covered = [lot.found.footprint.coverage for lot in study.lots]
    ends = dict.fromkeys(str(end) for end in (min(covered), max(covered)))
    return (
        Consistency("method", len(methods) == 1, tuple(methods)),
        Consistency("gwp", len(sets) == 1, tuple(sets)),
        Consistency(
            "electricity",
            all(len(counts) == 1 for counts in kinds.values()),
            tuple(f"{region}: {', '.join(sorted(stems))}" for region, stems in sorted(families.items())),
        ),
        Consistency("editions", len(editions) <= 1, tuple(editions)),
        Consistency("years", not _flagged(study.factors, "year_gap"), _flagged(study.factors, "year_gap")),
        Consistency("later", not _flagged(study.factors, "later_year"), _flagged(study.factors, "later_year")),
        Consistency("places", not _flagged(study.factors, "proxy_place"), _flagged(study.factors, "proxy_place")),
        Consistency("pools", not pools, tuple(pools)),
        Consistency("coverage", min(covered) == Decimal(100), (" – ".join(ends),)),
    )


def _flagged(factors: Sequence[CitedFactor], flag: str) -> tuple[str, ...]:
    return tuple(f"F{one.number}" for one in factors if flag in one.flags)


def _ordered(visited: set[str]) -> list[str]:
    return [stage.code for stage in life_cycle() if stage.code in visited]
