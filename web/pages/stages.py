"""Lay out the stages of a passport: rows whose printed figures add up to the printed headline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from passport.display import figure, parts
from web.pages.evidence import CLOSED, DEFAULT, ZERO
from web.pages.words import Words

JOURNEY: Final = ("sea", "air", "import_terminal", "customs", "road", "cold_store", "retail", "waste")


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRow:
    """Hold one stage: its name, printed figure, bar width in percent, and how it was found out."""

    name: str
    value: str
    share: str
    bar: float
    label: str
    after: bool
    buckets: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]


def stage_rows(
    facts: Mapping[str, Any], labels: Mapping[tuple[str, str], str], words: Words
) -> tuple[str, tuple[StageRow, ...]]:
    """Round the headline and its stages so that the printed stages add up to the printed headline."""
    counted = [one for one in facts["stage"] if facts["boundary"] == "delivered" or one["part"] == "gate"]
    amounts = {f"{one['part']}/{one['name']}": one["kgCO2e"] for one in counted}
    headline, shown = parts(facts["total"], amounts)
    largest = max((Decimal(value) for value in amounts.values()), default=Decimal(0))
    gaps = list(facts["missing"])
    rows = []
    for one in sorted(counted, key=_place):
        key = f"{one['part']}/{one['name']}"
        own = [gap for gap in gaps if gap["stage"] in one["name"].split("+")]
        gaps = [gap for gap in gaps if gap not in own]
        rows.append(_row(one, shown[key], largest, own, labels.get((one["part"], one["name"]), CLOSED), facts, words))
    named = {name for one in facts["stage"] for name in one["name"].split("+")}
    for stage in dict.fromkeys(gap["stage"] for gap in gaps if gap["stage"] not in named):
        own = [gap for gap in gaps if gap["stage"] == stage]
        rows.append(_empty_row(stage, own, words))
    return headline, tuple(rows)


def _place(stage: Mapping[str, Any]) -> int:
    """Put what comes after the gate in the order of the journey; what comes before it stands in order already."""
    if stage["part"] == "gate":
        return -1
    places = [JOURNEY.index(name) for name in stage["name"].split("+") if name in JOURNEY]
    return min(places, default=len(JOURNEY))


def _row(
    stage: Mapping[str, Any],
    shown: str,
    largest: Decimal,
    gaps: Sequence[Mapping[str, str]],
    label: str,
    facts: Mapping[str, Any],
    words: Words,
) -> StageRow:
    value, total = Decimal(stage["kgCO2e"]), Decimal(facts["total"])
    if not Decimal(stage["lotKgCO2e"]):
        label = ZERO
    elif gaps and label == DEFAULT:
        label = "missing"
    bar = float(round(value / largest * 100, 1)) if largest > 0 else 0.0
    return StageRow(
        name=words.name("stage", stage["name"]),
        value=shown,
        share=_stage_share(value, total),
        bar=bar,
        label=label,
        after=stage["part"] == "after",
        buckets=_buckets(stage, words),
        missing=_gap_lines(gaps, words),
    )


def _stage_share(value: Decimal, total: Decimal) -> str:
    """Return a stage's share of the headline in whole percents; a small one shows as below one."""
    if total <= 0:
        return ""
    share = value / total * 100
    return "<1" if 0 < share < 1 else f"{share:.0f}"


def _empty_row(stage: str, gaps: Sequence[Mapping[str, str]], words: Words) -> StageRow:
    return StageRow(
        name=words.name("stage", stage),
        value=words.text("scan.stage_missing"),
        share="",
        bar=0.0,
        label="uncounted",
        after=False,
        buckets=(),
        missing=_gap_lines(gaps, words),
    )


def _buckets(stage: Mapping[str, Any], words: Words) -> tuple[tuple[str, str], ...]:
    """List the lot's kilograms by bucket, where the public form of the calculation shows them."""
    unit = words.text("scan.unit_lot")
    lines = [
        (words.name("bucket", code), f"{figure(value, places=1)} {unit}")
        for code, value in stage["lotBucket"].items()
        if Decimal(value)
    ]
    return (*lines, (words.text("scan.whole_lot"), f"{figure(stage['lotKgCO2e'], places=1)} {unit}"))


def _gap_lines(gaps: Sequence[Mapping[str, str]], words: Words) -> tuple[str, ...]:
    """Write one line for all slots of a stage that nobody reported, and one for those that a default filled."""
    together: dict[tuple[str, bool], list[str]] = {}
    for gap in gaps:
        slots = together.setdefault((gap["stage"], bool(gap["filled"])), [])
        slots += [gap["slot"]] if gap["slot"] not in slots else []
    lines = []
    for (stage, filled), slots in together.items():
        slot = words.text("scan.slot_of", stage=words.name("stage", stage), slot=words.listed("slot", slots))
        if filled:
            method = words.find(f"fill.{stage}") or words.text("fill.other")
            lines.append(words.text("scan.filled", slot=slot, method=method))
        else:
            lines.append(words.text("scan.unfilled", slot=slot))
    return tuple(lines)
