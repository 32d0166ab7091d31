"""Write what the figures of a study rest on: data, evidence, ratings, warnings."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from ledger.book.stage import life_cycle
from passport.footprint import PHASES
from passport.study import BOUNDARIES, Study, StudyPosting
from passport.trail import Source
from web.study.blocks import Block, Link, Pieces, Section, Table, row, spaced
from web.study.build import Frame
from web.study.scope import boundary_name, in_one_file, phase_name
from web.study.words import Words


def data(study: Study, frame: Frame, words: Words) -> Section:
    """List every slot that counts, with its evidence, its data and its factors."""
    groups: dict[tuple[str, str, str, str, str], list[StudyPosting]] = {}
    for lot in study.lots:
        for one in lot.postings:
            key = (one.line.phase, one.text("stage"), one.text("slot"), one.text("evidence"), one.text("tier"))
            groups.setdefault(key, []).append(one)
    rows = []
    order = {stage.code: stage.order for stage in life_cycle()}
    ordered = sorted(groups.items(), key=lambda one: (PHASES.index(one[0][0]), order.get(one[0][1], 0), one[0]))
    for (phase, stage, slot, evidence, tier), postings in ordered:
        kg = sum((one.kg for one in postings), Decimal(0))
        rows.append(
            row(
                words.aside(words.place(stage, slot), phase_name(words, phase)),
                str(kg),
                words.name("evidence", evidence),
                words.name("tier", tier),
                _cited(study, postings, "item", words),
                _cited(study, postings, "factor", words),
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
        words.t("A slot with several rows is known in several ways: each row is for other lots or other activities."),
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
                        words.name("tier", tier),
                        words.name("evidence", evidence),
                        _reason(words, reason),
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


def _reason(words: Words, text: str) -> str:
    """Say why an estimate does not count; a slot that answers better goes by its name."""
    slot, found, _ = text.partition(" counts instead")
    return words.t("{slot} counts instead", slot=words.name("slot", slot)) if found else words.said(text)


def _cited(study: Study, postings: list[StudyPosting], op: str, words: Words) -> Pieces:
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
    if op == "item" and len(numbers) > 1 and not in_one_file(study):
        return (words.t("{count} data, named with each lot", count=len(numbers)),)
    return spaced(Link(f"{letter}{number}", f"{letter.lower()}{number}") for number in numbers) or ("–",)


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
    for kind, caption in (
        ("evidence", words.t("By evidence of the quantity, delivered")),
        ("tier", words.t("By kind of estimate, delivered")),
    ):
        parts = study.means["delivered"].parts[kind]
        blocks.append(
            Table(
                caption,
                (words.t("Part"), "kg CO2e", "%"),
                tuple(row(words.name(kind, part.code), str(part.total), str(part.share)) for part in parts),
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
