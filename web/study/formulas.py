"""Write the sheets of a study that calculate: from data and factors over weights and postings to lots and headline.

A datum or factor has its number in column B of the row after its own number. A posting states its exact kilograms, and
beside them a formula works its arithmetic out from the cells that it rests on, so that the difference shows a slip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from iocore.units import round_quantum
from passport.footprint import PHASES
from passport.study import BOUNDARIES, Study, StudyPosting
from passport.trail import Source, Token
from web.study import annex
from web.study.blocks import Table, plain
from web.study.cells import Formula, Sheet, digits, typed
from web.study.lots import apart_values, figure_columns
from web.study.scope import UNIT, boundary_name, phase_name
from web.study.words import Words

#: A formula has at most 8,192 characters; a longer one is written as its value.
LONGEST: Final = 8000
#: Columns of the lots that hold the figure per kilogram, the emissions and the mass.
COLUMNS: Final = {"gate": ("G", "E", "F"), "delivered": ("J", "H", "I")}


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

    def cited(self, sheet: Sheet, table: Table, numbers: Sequence[str]) -> None:
        """Write data or factors as their annex has them, with the bare number in column B."""
        first, *others = table.columns
        right = frozenset({1, *(place + 1 for place in table.numbers)})
        sheet.head([first, self._words.t("Number"), *others], right)
        for row, number in zip(table.rows, numbers, strict=True):
            first, *others = (plain(cell) for cell in row.cells)
            values = [typed(text, number=place in table.numbers) for place, text in enumerate(others, 1)]
            sheet.append([first, Decimal(number), *values], right)

    def weights(self, sheet: Sheet) -> None:
        """Write the weights, each set with its sum."""
        words = self._words
        sheet.head([words.t("No."), words.t("Weight"), words.t("Lot"), words.t("Arithmetic")], frozenset({1}))
        for one in self._study.weights:
            start = sheet.last + 1
            for weight in one.rows:
                said = plain(annex.arithmetic(self._study, weight.tokens, words))
                worked = self._formula(weight.tokens, weight.value)
                self._weights[one.number, weight.key] = sheet.append([f"W{one.number}", worked, weight.key, said])
            total = Formula(f"=SUM(B{start}:B{sheet.last})", one.total)
            self._totals[one.number] = sheet.append([f"W{one.number}", total, words.t("Total"), ""], bold=True)

    def postings(self, sheet: Sheet) -> int:
        """Write the postings, those apart after those of the headline; give the last row."""
        words = self._words
        columns = [
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
        ]
        sheet.head(columns, frozenset({0, 8, 9, 10}))
        titles = {phase: phase_name(words, phase) for phase in PHASES}
        titles |= annex.apart_titles(words)
        for lot in self._study.lots:
            for one in lot.every_posting():
                place = sheet.last + 1
                worked = self._worked_out(one)
                sheet.append(
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
                        Formula(
                            f"=ROUND(I{place}-J{place},6)", one.line.value - worked.gives if worked else Fraction(0)
                        ),
                        plain(annex.how(self._study, one, words)),
                    ],
                )
        return sheet.last

    def lots(self, sheet: Sheet, last: int) -> None:
        """Write the lots with sums over their postings; the last row has all lots and the headlines."""
        words, gate, after = self._words, *(phase_name(self._words, phase) for phase in PHASES)
        columns = [
            words.t("No."),
            words.t("Lot"),
            words.t("First day of harvest"),
            words.t("Last day of harvest"),
            *figure_columns(words),
        ]
        sheet.head(columns, frozenset({0, *range(4, 10)}))
        for lot in self._study.lots:
            place, found = sheet.last + 1, lot.found.footprint
            parts = [self._sum(last, f"A{place}", phase) for phase in (gate, after)]
            sheet.append(
                [
                    lot.number,
                    lot.found.lot,
                    *(date.fromisoformat(day) for day in lot.harvested),
                    Formula(f"=ROUND({parts[0]},6)", found.gate.total_kgco2e),
                    self._formula(lot.masses["gate"], Fraction(found.gate.mass_kg)),
                    Formula(f"=ROUND(E{place}/F{place},6)", found.gate.kgco2e_per_kg),
                    Formula(f"=ROUND({parts[0]}+{parts[1]},6)", found.delivered.total_kgco2e),
                    self._formula(lot.masses["delivered"], Fraction(found.delivered.mass_kg)),
                    Formula(f"=ROUND(H{place}/I{place},6)", found.delivered.kgco2e_per_kg),
                ],
            )
        end = sheet.last
        cells: list[Formula] = []
        for name, (_, kg, mass) in COLUMNS.items():
            mean = self._study.means[name]
            cells += [
                Formula(f"=ROUND(SUM({kg}2:{kg}{end}),6)", mean.total),
                Formula(f"=ROUND(SUM({mass}2:{mass}{end}),6)", mean.mass),
                Formula(f"=ROUND({kg}{end + 1}/{mass}{end + 1},6)", mean.per_kg),
            ]
        sheet.append(["", words.t("All lots"), "", "", *cells], bold=True)

    def summary(self, sheet: Sheet, last: int) -> None:
        """Write both headlines, divide them by stage with sums over the postings, and list what stands apart."""
        words, end = self._words, len(self._study.lots) + 2
        sheet.head([words.t("Headline"), UNIT, "kg CO2e", "kg"], frozenset({1, 2, 3}))
        for name, columns in COLUMNS.items():
            mean = self._study.means[name]
            cells = [
                Formula(f"={self._ref('lots', f'{column}{end}')}", value)
                for column, value in zip(columns, (mean.per_kg, mean.total, mean.mass), strict=True)
            ]
            sheet.append([boundary_name(words, name), *cells])
        for name in BOUNDARIES:
            self._stages(sheet, name, last)
        sheet.head([words.t("Stated apart"), UNIT, "kg CO2e"], frozenset({1, 2}), gap=1)
        mass = Fraction(self._study.means["delivered"].mass)
        for title, value, _ in apart_values(self._study, words):
            sheet.append([title, Formula(f"=C{sheet.last + 1}/$D$3", Fraction(value) / mass), value])

    def _stages(self, sheet: Sheet, name: str, last: int) -> None:
        """Divide a headline by stage."""
        words, mean, headline = self._words, self._study.means[name], f"$D${BOUNDARIES.index(name) + 2}"
        titles = [words.t("By stage: {boundary}", boundary=boundary_name(words, name)), UNIT, "kg CO2e"]
        sheet.head(titles, frozenset({1, 2}), gap=1)
        start = sheet.last + 1
        for part in mean.parts["stage"]:
            stage, phase = words.name("stage", part.code), phase_name(words, part.phase)
            kg = Formula(f"=ROUND({self._sum(last, '', phase, stage)},6)", part.total)
            per_kg = Formula(f"=C{sheet.last + 1}/{headline}", Fraction(part.total) / Fraction(mean.mass))
            sheet.append([words.aside(stage, phase), per_kg, kg])
        sums = [
            Formula(f"=ROUND(SUM({column}{start}:{column}{sheet.last}),6)", value)
            for column, value in (("B", mean.per_kg), ("C", mean.total))
        ]
        sheet.append([words.t("Total"), *sums], bold=True)

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
        text, value = f"ROUND({whole},6)", one.line.posted
        for step, number in zip(reversed(one.line.steps), reversed(one.weights), strict=True):
            weight = self._ref("weights", f"B{self._weights[number, step.key]}")
            text = f"ROUND({text}*{weight}/{self._ref('weights', f'B{self._totals[number]}')},6)"
            value = round_quantum(value * step.weight / step.total)
        return Formula(f"={text}", value) if len(text) < LONGEST else None

    def _formula(self, tokens: Sequence[Token], value: Fraction) -> Formula | Decimal:
        """Write arithmetic as a formula, or as its value where a sheet cannot say it."""
        text = self._expression(tokens)
        return Formula(f"={text}", value) if 0 < len(text) < LONGEST else Decimal(digits(value))

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
