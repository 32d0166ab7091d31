"""Write the postings of a study's lots, each as arithmetic with links to its sources."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from passport.explain import plain
from passport.study import Study, StudyLot, StudyPosting
from passport.study_build import in_order
from passport.trail import Source, Token
from web.study.blocks import Block, Heading, Link, Pieces, Row, Table, row
from web.study.scope import apart_titles, phase_name
from web.study.words import Words

SIGNS = {"+": " + ", "-": " − ", "*": " × ", "/": " / ", ",": ", "}


def arithmetic(study: Study, tokens: Sequence[Token], words: Words) -> Pieces:
    """Write arithmetic with links from every number to where it comes from."""
    pieces: list[str | Link] = []
    for token in _simpler(tokens):
        if isinstance(token, str):
            pieces.append(words.t("round") if token == "round" else SIGNS.get(token, token))
            continue
        number = study.number(token)
        pieces.append(token.value)
        if number:
            letter = "D" if token.op == "item" else "F"
            pieces += [" ", Link(f"[{letter}{number}]", f"{letter.lower()}{number}")]
        elif token.op == "constant":
            pieces.append(f" [{words.constant(token.name)}]")
    return tuple(pieces)


def _simpler(tokens: Sequence[Token]) -> list[Token]:
    """Write `+ -1 *` as one minus."""
    found: list[Token] = []
    for token in tokens:
        found.append(token)
        if token == "*" and len(found) > 2 and found[-3] == "+" and _is_minus(found[-2]):
            found[-3:] = ["-"]
    return found


def _is_minus(token: Token) -> bool:
    return isinstance(token, Source) and token.op == "constant" and token.value == "-1"


def introduction(words: Words) -> str:
    """Say what a posting is."""
    return words.t(
        "A posting is a quantity (D) times factors (F), rounded to 0.000001 kg; where several lots share it, each "
        "takes its part by weight (W). The postings of a stage add up to the stage, the stages to the lot."
    )


def lot_name(lot: StudyLot, words: Words) -> str:
    """Name a lot by its number in the study and its id."""
    return words.aside(words.t("Lot {number}", number=lot.number), lot.found.lot)


def postings(study: Study, lot: StudyLot, words: Words) -> tuple[Block, ...]:
    """List the postings of a lot, stage by stage, each as arithmetic."""
    stages = _by_stage(lot).items()
    return (
        Heading(lot_name(lot, words), f"lot{lot.number}"),
        _stages_table(lot, words),
        (words.t("Net mass at the gate: "), *_mass(study, lot, "gate", words), " kg"),
        (words.t("Net mass delivered: "), *_mass(study, lot, "delivered", words), " kg"),
        *(_postings_table(study, lot, phase, stage, own, words) for (phase, stage), own in stages),
        *(_postings_table(study, lot, name, "", own, words) for name, own in lot.apart.items() if own),
    )


def _by_stage(lot: StudyLot) -> dict[tuple[str, str], list[StudyPosting]]:
    found: dict[tuple[str, str], list[StudyPosting]] = {}
    for one in sorted(lot.postings, key=lambda one: in_order(one.line.phase, one.text("stage"))):
        found.setdefault((one.line.phase, one.text("stage")), []).append(one)
    return found


def _stages_table(lot: StudyLot, words: Words) -> Table:
    rows = []
    for (phase, stage), own in _by_stage(lot).items():
        name = words.aside(words.name("stage", stage), phase_name(words, phase))
        kg = sum((one.kg for one in own), Decimal(0))
        rows.append(row(Link(name, f"lot{lot.number}-{phase}-{stage}"), str(kg)))
    total = lot.found.footprint.delivered.total_kgco2e
    rows.append(row(words.t("Total delivered"), str(total)))
    return Table(
        words.t("Stages of lot {number}", number=lot.number),
        (words.t("Stage"), "kg CO2e"),
        tuple(rows),
        frozenset({1}),
        anchor=f"lot{lot.number}-stages",
        total=True,
    )


def _mass(study: Study, lot: StudyLot, boundary: str, words: Words) -> Pieces:
    value = lot.found.footprint.boundary(boundary).mass_kg
    return (*arithmetic(study, lot.masses[boundary], words), f" = {value}")


def _postings_table(
    study: Study, lot: StudyLot, phase: str, stage: str, own: Sequence[StudyPosting], words: Words
) -> Table:
    rows = [_posting(study, one, phase if not stage else "", words) for one in own]
    kg = sum((one.kg for one in own), Decimal(0))
    rows.append(row(words.t("Total"), "", "", str(kg), ""))
    name = words.aside(words.name("stage", stage), phase_name(words, phase)) if stage else apart_titles(words)[phase]
    return Table(
        words.t("Lot {number}, {stage}", number=lot.number, stage=name),
        (
            words.t("Posting"),
            words.t("Gas and kind of emission"),
            words.t("Evidence of the quantity, kind of estimate"),
            "kg CO2e",
            words.t("Arithmetic"),
        ),
        tuple(rows),
        frozenset({3}),
        anchor=f"lot{lot.number}-{phase}-{stage}".rstrip("-"),
        total=True,
    )


def how(study: Study, one: StudyPosting, words: Words) -> Pieces:
    """Write a posting as arithmetic, and how it was shared."""
    pieces: list[str | Link] = [*arithmetic(study, one.tokens, words), f" = {plain(one.line.posted)}"]
    for step, number in zip(reversed(one.line.steps), reversed(one.weights), strict=True):
        pieces += [
            words.t("; of this "),
            f"{plain(step.weight)} / {plain(step.total)} ",
            Link(f"[W{number}]", f"w{number}"),
            f" = {plain(step.part)}",
        ]
    return tuple(pieces)


def _posting(study: Study, one: StudyPosting, apart: str, words: Words) -> Row:
    bucket = one.text("bucket")
    return row(
        words.name("slot", one.text("slot")),
        words.aside(words.gas(one.text("gas")), words.name("bucket", bucket)),
        words.listed((words.name("evidence", one.text("evidence")), words.name("tier", one.text("tier")))),
        str(one.kg),
        how(study, one, words),
        anchor=f"p{one.lot}-{apart}{one.number}",
    )
