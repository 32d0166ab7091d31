"""Write rows of a workbook: numbers as numbers, formulas as formulas, and all else as text that is never calculated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

BOLD: Final = Font(bold=True)
SHADE: Final = PatternFill("solid", fgColor="EEEEEE")
TOP: Final = Alignment(wrap_text=True, vertical="top")
NARROWEST: Final = 9
WIDEST: Final = 60


@dataclass(frozen=True, slots=True)
class Formula:
    """Hold a formula, with its equals sign."""

    text: str


Value = str | int | Decimal | Formula


def head(sheet: Worksheet, columns: Sequence[str], place: int = 1) -> None:
    """Write headings in a row."""
    for column, text in enumerate(columns, 1):
        put(sheet, place, column, text)
        cell = sheet.cell(place, column)
        cell.font, cell.fill = BOLD, SHADE


def append(sheet: Worksheet, values: Sequence[Value]) -> None:
    """Write a row below all others; nothing makes an empty one."""
    place = sheet.max_row + 1
    for column, value in enumerate(values, 1):
        put(sheet, place, column, value)


def put(sheet: Worksheet, row: int, column: int, value: Value) -> None:
    """Write one cell; a text that looks like a formula stays a text."""
    cell = sheet.cell(row, column)
    if isinstance(value, Formula):
        cell.value = value.text
        cell.number_format = "0.000000"
    elif isinstance(value, Decimal):
        cell.value = value
        cell.number_format = (
            f"0.{'0' * -exponent}" if isinstance(exponent := value.as_tuple().exponent, int) and exponent < 0 else "0"
        )
    elif isinstance(value, int):
        cell.value = value
    elif value:
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)[:32_000]
        cell.data_type = "s"
    cell.alignment = TOP


def fit(sheet: Worksheet, *, freeze: str = "A2") -> None:
    """Set widths by what the columns hold, and keep the headings in sight and on every page."""
    widths: dict[int, int] = {}
    for row in sheet.iter_rows():
        for cell in row:
            text = str(cell.value or "")
            size = 14 if cell.data_type == "f" else sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)
            widths[cell.column] = max(widths.get(cell.column, 0), size + 2)
    for column, width in widths.items():
        sheet.column_dimensions[get_column_letter(column)].width = min(max(width, NARROWEST), WIDEST)
    if freeze:
        sheet.freeze_panes = freeze
        sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToHeight = 0
