"""Write sheets of a workbook: numbers, days and formulas as such, and all else as text that is never calculated."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Final

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

#: Typefaces that the usual programs have; others put one of their own in its place.
FACES: Final = {"zh": "Microsoft YaHei", "en": "Calibri"}
SHADE: Final = PatternFill("solid", fgColor="EEEEEE")
LEFT: Final = Alignment(horizontal="left", vertical="top", wrap_text=True, indent=1)
RIGHT: Final = Alignment(horizontal="right", vertical="top", wrap_text=True, indent=1)
#: Widths in digits, heights in points; nothing tells a program how high wrapped text stands.
NARROWEST: Final = 10
WIDEST: Final = 60
LINE: Final = 16
HIGHEST: Final = 400
#: A paragraph goes over so many columns.
SPAN: Final = 6
#: Places of columns with numbers.
Numbers = frozenset[int]
NONE: Final[Numbers] = frozenset()
_NUMBER: Final = re.compile(r"[+-]?(?:0|[1-9]\d*)(?:\.\d+)?")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Formula:
    """Hold a formula, with its equals sign, and what it gives: programs that do not calculate show that."""

    text: str
    gives: Decimal | Fraction


Value = str | int | Decimal | Formula | date


def digits(value: Fraction | Decimal) -> str:
    """Write an exact number for a cell, with as many digits as a sheet keeps."""
    return f"{Decimal(value.numerator) / value.denominator:.15g}" if isinstance(value, Fraction) else f"{value:.15g}"


def typed(text: str, *, number: bool) -> Value:
    """Take a day as a day, and a number as a number where one is looked for; all else stays text."""
    if number and _NUMBER.fullmatch(text):
        return Decimal(text)
    return date.fromisoformat(text) if _DAY.fullmatch(text) else text


class Sheet:
    """Write a sheet from the top down.

    Args:
        sheet: the empty sheet.
        lang: `zh` or `en`.
        widest: greatest width of a column.
    """

    def __init__(self, sheet: Worksheet, lang: str, *, widest: int = WIDEST) -> None:
        self.last = 0
        self.shown: Final[dict[str, str]] = {}
        self._sheet: Final = sheet
        self._widest: Final = widest
        self._fonts: Final = {bold: Font(name=FACES[lang], size=10, bold=bold) for bold in (False, True)}
        self._sizes: Final[dict[int, list[int]]] = {}
        #: Size of what stands over several columns, and the first of these, by row.
        self._wide: Final[dict[int, tuple[int, int]]] = {}

    def head(self, columns: Sequence[str], numbers: Numbers = NONE, *, gap: int = 0, over: bool = False) -> None:
        """Write headings so many rows further down; see `append`."""
        self.last += gap
        self.append(columns, numbers, bold=True, over=over)
        for place in range(SPAN if over and len(columns) < SPAN else len(columns)):
            self._sheet.cell(self.last, place + 1).fill = SHADE

    def append(
        self, values: Sequence[Value], numbers: Numbers = NONE, *, bold: bool = False, over: bool = False
    ) -> int:
        """Write a row below all others; give its place.

        Args:
            values: what its cells hold.
            numbers: places of columns with numbers, where texts stand to the right too.
            bold: whether it is printed bold.
            over: whether a text at its end takes the columns that paragraphs have beyond it.
        """
        self.last += 1
        sizes = [self._put(column, value, bold, column - 1 in numbers) for column, value in enumerate(values, 1)]
        if over and len(values) < SPAN and len(values) - 1 not in numbers:
            self._over(len(values), sizes.pop())
        self._sizes[self.last] = sizes
        return self.last

    def line(self, text: str, *, bold: bool = False, gap: int = 0) -> None:
        """Write a paragraph over several columns, so many rows further down."""
        self.last += gap + 1
        self._over(1, self._put(1, text, bold))

    def finish(self, *, freeze: str = "A2", sort: bool = False) -> None:
        """Set widths and heights by what the cells hold, keep headings in sight and on every page, number the pages.

        Args:
            freeze: the first cell that moves; empty for none.
            sort: whether readers may sort and filter all rows by their columns.
        """
        sheet = self._sheet
        count = max([SPAN, *(len(sizes) for sizes in self._sizes.values())])
        columns = [[sizes[place] for sizes in self._sizes.values() if place < len(sizes)] for place in range(count)]
        widths = [min(max([NARROWEST, *(size + 3 for size in sizes)]), self._widest) for sizes in columns]
        for column, width in enumerate(widths, 1):
            sheet.column_dimensions[get_column_letter(column)].width = width
        for row, sizes in self._sizes.items():
            self._raise(row, max(map(_lines, sizes, widths), default=1))
        for row, (first, size) in self._wide.items():
            self._raise(row, _lines(size, sum(widths[first - 1 : SPAN])))
        if freeze:
            sheet.freeze_panes = freeze
            sheet.print_title_rows = "1:1"
        if sort:
            sheet.auto_filter.ref = sheet.dimensions
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.page_setup.fitToHeight = 0
        sheet.oddFooter.center.text = "&A  &P / &N"

    def _raise(self, row: int, lines: int) -> None:
        height = min(lines * LINE, HIGHEST)
        if lines > 1 and height > (self._sheet.row_dimensions[row].height or 0):
            self._sheet.row_dimensions[row].height = height

    def _over(self, first: int, size: int) -> None:
        self._wide[self.last] = (first, size)
        self._sheet.merge_cells(start_row=self.last, start_column=first, end_row=self.last, end_column=SPAN)

    def _put(self, column: int, value: Value, bold: bool, right: bool = False) -> int:
        """Write one cell and give its size; a text that looks like a formula stays a text."""
        cell = self._sheet.cell(self.last, column)
        cell.font = self._fonts[bold]
        cell.alignment = LEFT if isinstance(value, str | date) and not right else RIGHT
        if isinstance(value, Formula):
            cell.value = value.text
            cell.number_format = "0.000000"
            self.shown[cell.coordinate] = digits(value.gives)
            return 14
        if isinstance(value, str):
            text = ILLEGAL_CHARACTERS_RE.sub("", value)[:32_000]
            if text:
                cell.value, cell.data_type = text, "s"
            return sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)
        cell.value = value
        if isinstance(value, date):
            cell.number_format = "yyyy-mm-dd"
        elif isinstance(value, Decimal):
            places = -int(value.as_tuple().exponent)
            cell.number_format = f"0.{'0' * places}" if places > 0 else "0"
        return len(str(value))


def _lines(size: int, width: int) -> int:
    """Tell how many lines a text takes."""
    return ceil(size / (width - 2))
