"""Write the sheets of a study that calculate: from data and factors over weights and postings to lots and headline.

A datum or factor has its number in column B of the row after its own number. A posting states its exact kilograms, and
beside them a formula works its arithmetic out from the cells that it rests on, so that the difference shows a slip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from openpyxl.worksheet.worksheet import Worksheet

from passport.footprint import PHASES
from passport.study import BOUNDARIES, Study, StudyPosting
from passport.trail import Source, Token
from web.study import annex
from web.study.blocks import Table, plain
from web.study.cells import Formula, append, head
from web.study.lots import apart_values
from web.study.scope import UNIT, boundary_name, phase_name
from web.study.words import Words

#: A formula has at most 8,192 characters; a longer one is written as its value.
LONGEST: Final = 8000


class Calculator:
    """Write the sheets that calculate.

    Args:
        study: the study.
        words: the language.
        names: name of each sheet by what it holds: `lots`, `postings`, `weights`, `data`, `factors`, `entries`.
    """

    def __init__(self, study: Study, words: Words, names: Mapping[str, str]) -> None:
        self._study: Final = study
        self._words: Final = words
        self._names: Final = names
        self._weights: Final[dict[tuple[int, str], int]] = {}
        self._totals: Final[dict[int, int]] = {}

    def cited(self, sheet: Worksheet, table: Table, numbers: Sequence[str]) -> None:
        """Write data or factors as their annex has them, with the bare number in column B."""
        head(sheet, [table.columns[0], self._words.t("Number"), *table.columns[1:]])
        for row, number in zip(table.rows, numbers, strict=True):
            first, *others = (plain(cell) for cell in row.cells)
            append(sheet, [first, Decimal(number), *others])

    def weights(self, sheet: Worksheet) -> None:
        """Write the weights, each set with its sum."""
        words = self._words
        head(sheet, [words.t("No."), words.t("Weight"), words.t("Lot"), words.t("Arithmetic")])
        for one in self._study.weights:
            start = sheet.max_row + 1
            for weight in one.rows:
                said = plain(annex.arithmetic(self._study, weight.tokens))
                worked = self._formula(weight.tokens) or Decimal(annex.number(weight.value))
                append(sheet, [f"W{one.number}", worked, weight.key, said])
                self._weights[one.number, weight.key] = sheet.max_row
            append(sheet, [f"W{one.number}", Formula(f"=SUM(B{start}:B{sheet.max_row})"), words.t("Total"), ""])
            self._totals[one.number] = sheet.max_row

    def postings(self, sheet: Worksheet) -> int:
        """Write the postings, those apart after those of the headline; give the last row."""
        words = self._words
        head(
            sheet,
            [
                words.t("Lot"),
                words.t("Part"),
                words.t("Stage"),
                words.t("Slot"),
                words.t("Gas"),
                words.t("Kind of emission"),
                words.t("Evidence of the quantity"),
                words.t("Kind of estimate"),
                "kg CO2e",
                words.t("Worked out"),
                words.t("Difference"),
                words.t("Arithmetic"),
            ],
        )
        titles = {phase: phase_name(words, phase) for phase in PHASES}
        titles |= annex.apart_titles(words)
        for lot in self._study.lots:
            for one in (*lot.postings, *(one for own in lot.apart.values() for one in own)):
                place = sheet.max_row + 1
                worked = self._worked_out(one)
                append(
                    sheet,
                    [
                        one.lot,
                        titles[one.line.phase],
                        words.name("stage", one.text("stage")),
                        words.name("slot", one.text("slot")),
                        words.gas(one.text("gas")),
                        words.name("bucket", one.text("bucket")),
                        words.name("evidence", one.text("evidence")),
                        words.name("tier", one.text("tier")),
                        one.kg,
                        worked or one.kg,
                        Formula(f"=ROUND(I{place}-J{place},6)"),
                        plain(annex.how(self._study, one, words)),
                    ],
                )
        return sheet.max_row

    def lots(self, sheet: Worksheet, last: int) -> None:
        """Write the lots with sums over their postings; the last row has all lots and the headlines."""
        words, gate, after = self._words, *(phase_name(self._words, phase) for phase in PHASES)
        columns = (
            words.t("kg CO2e to the gate"),
            words.t("kg at the gate"),
            words.t("kg CO2e/kg to the gate"),
            words.t("kg CO2e delivered"),
            words.t("kg delivered"),
            words.t("kg CO2e/kg delivered"),
        )
        head(sheet, [words.t("No."), words.t("Lot"), words.t("Harvested"), *columns])
        for lot in self._study.lots:
            place = sheet.max_row + 1
            parts = [self._sum(last, f"A{place}", phase) for phase in (gate, after)]
            append(
                sheet,
                [
                    lot.number,
                    lot.found.lot,
                    " – ".join(dict.fromkeys(lot.harvested)),
                    Formula(f"=ROUND({parts[0]},6)"),
                    self._formula(lot.masses["gate"]) or lot.found.footprint.gate.mass_kg,
                    Formula(f"=ROUND(D{place}/E{place},6)"),
                    Formula(f"=ROUND({parts[0]}+{parts[1]},6)"),
                    self._formula(lot.masses["delivered"]) or lot.found.footprint.delivered.mass_kg,
                    Formula(f"=ROUND(G{place}/H{place},6)"),
                ],
            )
        end = sheet.max_row
        sums = {column: Formula(f"=ROUND(SUM({column}2:{column}{end}),6)") for column in "DEGH"}
        ratios = [Formula(f"=ROUND({kg}{end + 1}/{mass}{end + 1},6)") for kg, mass in ("DE", "GH")]
        append(sheet, ["", words.t("All lots"), "", sums["D"], sums["E"], ratios[0], sums["G"], sums["H"], ratios[1]])

    def summary(self, sheet: Worksheet, last: int) -> None:
        """Write both headlines, divide them by stage with sums over the postings, and list what stands apart."""
        words, end = self._words, len(self._study.lots) + 2
        head(sheet, [words.t("Headline"), UNIT, "kg CO2e", "kg"])
        columns = {"gate": ("F", "D", "E"), "delivered": ("I", "G", "H")}
        for name in BOUNDARIES:
            cells = [Formula(f"={self._ref('lots', f'{column}{end}')}") for column in columns[name]]
            append(sheet, [boundary_name(words, name), *cells])
        for name in BOUNDARIES:
            own, place = self._study.means[name], sheet.max_row + 2
            head(sheet, [words.t("By stage: {boundary}", boundary=boundary_name(words, name)), UNIT, "kg CO2e"], place)
            headline = f"$D${BOUNDARIES.index(name) + 2}"
            for part in own.parts["stage"]:
                row = sheet.max_row + 1
                stage = words.name("stage", part.code)
                kg = f"=ROUND({self._sum(last, '', phase_name(words, part.phase), stage)},6)"
                title = words.aside(stage, phase_name(words, part.phase))
                append(sheet, [title, Formula(f"=C{row}/{headline}"), Formula(kg)])
            row = sheet.max_row
            sums = [Formula(f"=ROUND(SUM({column}{place + 1}:{column}{row}),6)") for column in "BC"]
            append(sheet, [words.t("Total"), *sums])
        head(sheet, [words.t("Stated apart"), UNIT, "kg CO2e"], sheet.max_row + 2)
        for title, value, _ in apart_values(self._study, words):
            append(sheet, [title, Formula(f"=C{sheet.max_row + 1}/$D$3"), value])

    def _sum(self, last: int, lot: str, phase: str, stage: str = "") -> str:
        """Write the sum of postings of a lot, a phase and a stage; an empty one is not asked for."""
        asked = [("A", lot), ("B", f'"{phase}"'), ("C", f'"{stage}"' if stage else "")]
        criteria = [f"{self._range(column, last)},{value}" for column, value in asked if value]
        return f"SUMIFS({self._range('I', last)},{','.join(criteria)})"

    def _range(self, column: str, last: int) -> str:
        return self._ref("postings", f"${column}$2:${column}${last}")

    def _ref(self, sheet: str, cell: str) -> str:
        return f"'{self._names[sheet]}'!{cell}"

    def _worked_out(self, one: StudyPosting) -> Formula | None:
        """Write a posting as a formula: its arithmetic, rounded, times the part of each division."""
        whole = self._expression(one.tokens)
        if not whole:
            return None
        text = f"ROUND({whole},6)"
        for step, number in zip(reversed(one.line.steps), reversed(one.weights), strict=True):
            weight = self._ref("weights", f"B{self._weights[number, step.key]}")
            text = f"ROUND({text}*{weight}/{self._ref('weights', f'B{self._totals[number]}')},6)"
        return Formula(f"={text}") if len(text) < LONGEST else None

    def _formula(self, tokens: Sequence[Token]) -> Formula | None:
        text = self._expression(tokens)
        return Formula(f"={text}") if 0 < len(text) < LONGEST else None

    def _expression(self, tokens: Sequence[Token]) -> str:
        """Write arithmetic with references; empty where it holds what a sheet cannot say."""
        parts: list[str] = []
        closing: list[str] = []
        rounds = False
        for token in tokens:
            if isinstance(token, Source):
                parts.append(self._source(token))
            elif token == "(":
                parts.append("(")
                closing.append(",6)" if rounds else ")")
                rounds = False
            elif token == ")":
                parts.append(closing.pop())
            elif token == "round":
                parts.append("ROUND")
                rounds = True
            elif token in "+*/":
                parts.append(token)
            else:
                return ""
        return "".join(parts)

    def _source(self, source: Source) -> str:
        number = self._study.number(source)
        if number:
            return self._ref("data" if source.op == "item" else "factors", f"B{number + 1}")
        return f"({source.value})" if "/" in source.value or source.value.startswith("-") else source.value
