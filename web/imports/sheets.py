"""Open a CSV or XLSX file as plain tables: rows with the numbers that people see, merged cells filled in.

A spreadsheet is opened read-only in meaning: formulas give their stored results, styles are ignored. Sizes are
bounded before anything is unpacked, so that a small file cannot become a large one.
"""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

MAX_FILE: Final = 10_000_000
MAX_UNPACKED: Final = 100_000_000
MAX_ROWS: Final = 20_000
MAX_COLUMNS: Final = 100


class UnreadableFile(Exception):
    """Say in both languages why a file cannot be read; never leaves this package."""

    def __init__(self, reason_zh: str, reason: str) -> None:
        super().__init__(reason)
        self.reason_zh = reason_zh
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Sheet:
    """Hold the cells of one sheet; a CSV file is one sheet without a name.

    Args:
        name: name of the sheet.
        rows: row number and cells of every row that is not empty.
        merged: row number and column position of the cells that repeat the first cell of their merged area.
    """

    name: str
    rows: tuple[tuple[int, tuple[Any, ...]], ...]
    merged: frozenset[tuple[int, int]] = frozenset()


def open_sheets(path: Path) -> tuple[Sheet, ...]:
    """Read every sheet of a file.

    Raises:
        UnreadableFile: missing, too large, of another type, damaged, or in an unknown encoding.
    """
    try:
        size = path.stat().st_size
        if size > MAX_FILE:
            raise UnreadableFile("文件超过 10 MB", "it is larger than 10 MB")
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableFile("打不开该文件", error.strerror or "it cannot be opened") from None
    if not data.strip():
        raise UnreadableFile("文件是空的", "it is empty")
    if data[:2] == b"PK":
        return _open_workbook(data)
    if data[:4] == b"\xd0\xcf\x11\xe0":
        raise UnreadableFile("这是旧版 .xls 文件", "it is an old .xls file")
    return (Sheet("", tuple(_read_csv(data))),)


def _open_workbook(data: bytes) -> tuple[Sheet, ...]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_UNPACKED:
            raise UnreadableFile("解压后过大", "it grows too large when unpacked")
        workbook = load_workbook(io.BytesIO(data), data_only=True)
    except UnreadableFile:
        raise
    except Exception:  # openpyxl raises whatever its XML readers raise on damaged files
        raise UnreadableFile("不是完好的 .xlsx 文件", "it is not an intact .xlsx file") from None
    return tuple(_read_sheet(sheet) for sheet in workbook.worksheets if sheet.sheet_state == "visible")


def _read_sheet(sheet: Worksheet) -> Sheet:
    height, width = sheet.max_row or 0, sheet.max_column or 0
    if height > MAX_ROWS or width > MAX_COLUMNS:
        raise UnreadableFile("行或列太多", "it has too many rows or columns")
    # A merged area speaks for every row it spans, in its first column only.
    first_of = {
        (row, area.min_col): area.min_row
        for area in sheet.merged_cells.ranges
        for row in range(area.min_row + 1, area.max_row + 1)
    }
    values = {(cell.row, cell.column): cell.value for line in sheet.iter_rows() for cell in line}
    rows = []
    for row in range(1, height + 1):
        places = ((first_of.get((row, column), row), column) for column in range(1, width + 1))
        cells = tuple(_clean(values.get(place)) for place in places)
        if any(cell != "" for cell in cells):
            rows.append((row, cells))
    return Sheet(sheet.title, tuple(rows), frozenset((row, column - 1) for row, column in first_of))


def _read_csv(data: bytes) -> Iterator[tuple[int, tuple[Any, ...]]]:
    text = _decode(data)
    sample = [line for line in text[:8192].splitlines() if not line.startswith("#")]
    first = max(sample[:5], key=len, default="")
    delimiter = max((",", ";", "\t"), key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        while True:
            start = reader.line_num + 1
            values = next(reader, None)
            if values is None:
                return
            if start > MAX_ROWS or len(values) > MAX_COLUMNS:
                raise UnreadableFile("行或列太多", "it has too many rows or columns")
            cells = tuple(_clean(value) for value in values)
            if any(cells) and not str(cells[0]).startswith("#"):
                yield start, cells
    except csv.Error:
        line = reader.line_num
        raise UnreadableFile(f"第 {line} 行的引号不成对", f"a quote in line {line} is left open") from None


def _decode(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise UnreadableFile("文字编码不是 UTF-8 或 GB18030", "its text is neither UTF-8 nor GB18030")


def _clean(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, (bool, int, float, datetime, date)):
        return value
    # Full-width digits, letters and spaces become plain ones; Chinese text stays as it is.
    return unicodedata.normalize("NFC", "".join(_plain(character) for character in str(value))).strip()


def _plain(character: str) -> str:
    code = ord(character)
    if code == 0x3000:
        return " "
    if 0xFF01 <= code <= 0xFF5E and (character.isalnum() or character in "．－／："):
        return chr(code - 0xFEE0)
    return character
