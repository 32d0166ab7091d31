"""Turn the rows of a form into drafts: find the header row, read cell by cell, collect every finding.

An importer is a `FileKind`: its columns, and a function that makes drafts from the rows of one entry.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timezone
from pathlib import Path
from typing import Any, Final

from iocore.times import format_time
from web.imports.base import Draft, Finding, ImportResult, Source
from web.imports.findings import finding
from web.imports.lots import read_lot
from web.imports.measure import Amount, Unreadable, day_period, read_amount, read_moment, read_number, read_offset
from web.imports.sheets import Sheet, UnreadableFile, open_sheets

HEADER_ROWS: Final = 12


@dataclass(frozen=True, slots=True)
class Column:
    """Describe a column: its header in both languages, and how it may be filled.

    Args:
        code: name inside the importer.
        zh, en: headers; `also` are others that people use.
        required: the file must have the column.
        spread: a merged cell fills all rows that it spans; amounts never spread.
    """

    code: str
    zh: str
    en: str
    also: tuple[str, ...] = ()
    required: bool = False
    spread: bool = False

    def names(self) -> Iterable[str]:
        """Give every accepted header in its compared form."""
        return (_key(text) for text in (self.zh, self.en, *self.also))


Choices = Mapping[str, tuple[str, ...]]


def _key(text: Any) -> str:
    return "".join(str(text).replace("（", "(").replace("）", ")").rstrip("*").split()).lower()


def field_name(column: Column) -> str:
    """Name a column in both languages for a finding."""
    return f"{column.zh} / {column.en}"


@dataclass(slots=True)
class Row:
    """Read the cells of one row; what cannot be read becomes a finding and an empty value."""

    source: Source
    cells: Mapping[str, Any]
    columns: Mapping[str, Column]
    folder: Path
    findings: list[Finding] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Tell whether nothing was found wrong so far."""
        return not self.findings

    def fail(self, code: str, column: str = "", **context: Any) -> None:
        """Add a finding about a cell, or about the row."""
        place = self.columns.get(column)
        named = {"zh": place.zh, "en": place.en} if place else {}
        self.findings.append(
            finding(
                code,
                self.source,
                field=field_name(place) if place else "",
                **{"value": self.shown(column), **named, **context},
            )
        )

    def shown(self, column: str) -> str:
        """Give a cell as text for messages."""
        return str(self.cells.get(column, ""))

    def filled(self, column: str) -> bool:
        """Tell whether a cell holds anything."""
        return self.cells.get(column, "") != ""

    def text(self, column: str, *, required: bool = False) -> str:
        """Read free text on one line."""
        value = " ".join(self.shown(column).split())
        if required and not value:
            self.fail("value-missing", column)
        return value

    def number(self, column: str, *, required: bool = True, signed: bool = False) -> str:
        """Read a strict decimal, or give an empty text."""
        if not self.filled(column):
            if required:
                self.fail("value-missing", column)
            return ""
        try:
            return read_number(self.cells[column], signed=signed)
        except Unreadable as error:
            self.fail(error.code, column, **error.context)
            return ""

    def amount(
        self,
        column: str,
        wanted: str,
        *,
        unit: str = "unit",
        each: str = "each_kg",
        what: tuple[str, str] = ("", ""),
        required: bool = True,
        signed: bool = False,
    ) -> Amount | None:
        """Read a quantity with its unit and convert it to the wanted unit.

        A form without a unit column, or an empty unit cell, means the wanted unit itself when `unit` is empty.
        """
        number = self.number(column, required=required, signed=signed)
        if not unit:
            return Amount(number, wanted, number, wanted) if number else None
        name = self.text(unit, required=bool(number))
        each_kg = self.number(each, required=False) if each in self.columns else ""
        if not number or not name:
            return None
        try:
            return read_amount(number, name, wanted, each_kg=each_kg)
        except Unreadable as error:
            if error.code == "unit-needs-weight" and each in self.columns:
                place = self.columns[each]
                self.fail(error.code, unit, zh=place.zh, en=place.en)
            elif error.code == "unit-needs-weight":
                self.fail("unit-impossible", unit, what_zh=what[0], what_en=what[1], wanted=wanted)
            else:
                self.fail(error.code, unit, **{"what_zh": what[0], "what_en": what[1], **error.context})
            return None

    def choice(self, column: str, choices: Choices, *, required: bool = True, default: str = "") -> str:
        """Read one of a few words; give its code."""
        if not self.filled(column):
            if required and not default:
                self.fail("value-missing", column)
            return default
        wanted = _key(self.cells[column])
        for code, names in choices.items():
            if wanted == code or wanted in map(_key, names):
                return code
        self.fail("choice-unknown", column, known=", ".join(" ".join(names[:2]) for names in choices.values()))
        return ""

    def offset(self, column: str = "offset", default: str = "+08:00") -> timezone:
        """Read the offset of local time from UTC; China's where none is given."""
        try:
            return read_offset(self.text(column) or default)
        except Unreadable as error:
            self.fail(error.code, column, **error.context)
            return read_offset(default)

    def moment(self, column: str = "date", *, hour: int = 12) -> str:
        """Read a local date or time and give the UTC instant in the ledger's spelling."""
        if not self.filled(column):
            self.fail("value-missing", column)
            return ""
        try:
            return format_time(read_moment(self.cells[column], self.offset(), hour=hour))
        except Unreadable as error:
            self.fail(error.code, column, **error.context)
            return ""

    def period(self, first: str, last: str) -> dict[str, str]:
        """Read two local days, both included; an empty last day means the first one."""
        good = True
        for column in (first, last) if self.filled(last) else (first,):
            good = bool(self.moment(column)) and good
        if not good:
            return {}
        try:
            return day_period(self.cells[first], self.cells[last if self.filled(last) else first], self.offset())
        except Unreadable as error:
            self.fail(error.code, last, **error.context)
            return {}

    def lot(self, column: str = "lot", *, required: bool = True) -> str:
        """Read a lot number in any of its printed forms."""
        text = self.text(column, required=required)
        if not text:
            return ""
        try:
            return read_lot(text)
        except Unreadable as error:
            self.fail(error.code, column, **error.context)
            return ""


Build = Callable[[Sequence[Row]], Iterable[Draft]]


@dataclass(frozen=True, slots=True)
class FileKind:
    """Describe one kind of form and read files of it.

    Args:
        code: name for the command line.
        title_zh, title_en: what the form is for.
        columns: its columns, in the order of the template.
        build: makes the drafts of one entry's rows; bad cells are reported through the rows.
        group: column whose equal values bind rows into one entry; empty when each row stands alone.
        shared: columns that must agree in all rows of a group.
        examples: filled-in rows of the template, by column code.
    """

    code: str
    title_zh: str
    title_en: str
    columns: tuple[Column, ...]
    build: Build
    group: str = ""
    shared: tuple[str, ...] = ()
    examples: tuple[Mapping[str, str], ...] = ()

    @property
    def headers(self) -> Mapping[str, tuple[str, str]]:
        """Give the Chinese and English header of every column."""
        return {column.code: (column.zh, column.en) for column in self.columns}

    def template(self, language: str = "zh") -> str:
        """Give an empty form as CSV text: a comment line, the headers, example rows to overwrite."""
        zh = language.startswith("zh")
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        example_zh, example_en = "下面是示例，请覆盖", "the rows below are examples: overwrite them"
        writer.writerow([f"# {self.title_zh}（{example_zh}）" if zh else f"# {self.title_en} ({example_en})"])
        writer.writerow([column.zh if zh else column.en for column in self.columns])
        for example in self.examples:
            writer.writerow([example.get(column.code, "") for column in self.columns])
        return out.getvalue()

    def read(self, path: Path) -> ImportResult:
        """Read a file of this kind."""
        return read_with(self, path)


def read_with(kind: FileKind, path: Path) -> ImportResult:
    """Read every sheet of a file as one kind of form; give the good rows and all findings."""
    whole = Source(path.name)
    try:
        sheets = open_sheets(path)
    except UnreadableFile as error:
        problem = finding("file-unreadable", whole, reason_zh=error.reason_zh, reason=error.reason)
        return ImportResult(kind.code, path.name, findings=(problem,))
    findings: list[Finding] = []
    rows: list[Row] = []
    for sheet in sheets:
        rows += _rows_of(kind, sheet, path, findings)
    if not rows and not findings:
        findings.append(finding("file-empty", whole))
    drafts = _drafts_of(kind, _without_duplicates(rows))
    for row in rows:
        findings += row.findings
    findings.sort(key=lambda item: (item.sheet, item.row))
    return ImportResult(kind.code, path.name, tuple(drafts), tuple(findings), rows=len(rows))


def header_row(kind: FileKind, sheet: Sheet) -> int:
    """Find the position of the row that holds most known headers, -1 when no row holds two."""
    counts = [_known(kind, cells) for _, cells in sheet.rows[:HEADER_ROWS]]
    best = max(counts, default=0)
    return counts.index(best) if best >= 2 else -1


def closest_kind(kinds: Sequence[FileKind], sheets: Sequence[Sheet]) -> FileKind | None:
    """Choose the form whose headers a file has: fewest required ones missing, then most known ones.

    None when no form knows half of the headers, so that a wrong form is never guessed.
    """
    best: tuple[tuple[int, int, int], FileKind] | None = None
    for kind in kinds:
        for sheet in sheets:
            top = header_row(kind, sheet)
            if top < 0:
                continue
            cells = [cell for cell in sheet.rows[top][1] if cell != ""]
            known, keys = _known(kind, cells), {_key(cell) for cell in cells}
            required = [column for column in kind.columns if column.required]
            missing = sum(1 for column in required if not keys.intersection(column.names()))
            rank = (-missing, known, len(required))
            if 2 * known >= len(cells) and missing < len(required) and (best is None or rank > best[0]):
                best = (rank, kind)
    return best[1] if best else None


def _known(kind: FileKind, cells: Sequence[Any]) -> int:
    names = {name for column in kind.columns for name in column.names()}
    return sum(1 for cell in cells if cell != "" and _key(cell) in names)


def _rows_of(kind: FileKind, sheet: Sheet, path: Path, findings: list[Finding]) -> list[Row]:
    top = header_row(kind, sheet)
    if top < 0:
        if sheet.rows:
            place = Source(path.name, sheet.name)
            findings.append(finding("kind-unknown", place, known=kind.code))
        return []
    number, cells = sheet.rows[top]
    place = Source(path.name, sheet.name, number)
    columns = _place_columns(kind, cells, place, findings)
    found = {column.code for column in columns.values()}
    for column in kind.columns:
        if column.required and column.code not in found:
            findings.append(finding("header-missing", place, field=field_name(column), zh=column.zh, en=column.en))
    if any(column.required and column.code not in found for column in kind.columns):
        return []
    by_code = {column.code: column for column in kind.columns}
    rows = []
    for line, values in sheet.rows[top + 1 :]:
        if str(values[0]).startswith("#"):
            continue
        cells_of = {
            column.code: values[position]
            for position, column in columns.items()
            if position < len(values) and (column.spread or (line, position) not in sheet.merged)
        }
        own = [cells_of.get(code, "") for code, column in by_code.items() if not column.spread]
        if any(value != "" for value in own):
            rows.append(Row(Source(path.name, sheet.name, line), cells_of, by_code, path.parent))
    return rows


def _place_columns(kind: FileKind, cells: Sequence[Any], place: Source, findings: list[Finding]) -> dict[int, Column]:
    by_name = {name: column for column in kind.columns for name in column.names()}
    columns: dict[int, Column] = {}
    for position, cell in enumerate(cells):
        if cell == "":
            continue
        column = by_name.get(_key(cell))
        if column is None:
            near = difflib.get_close_matches(_key(cell), list(by_name), n=1, cutoff=0.5)
            guess = by_name[near[0]] if near else None
            findings.append(
                finding(
                    "header-unknown",
                    place,
                    field=str(cell),
                    value=str(cell),
                    suggestion_zh=f"是否想写“{guess.zh}”？" if guess else "改用模板中的表头，或删去该列",
                    suggestion_en=f'did you mean "{guess.en}"?' if guess else "use a template's header, or delete it",
                )
            )
        elif column in columns.values():
            findings.append(finding("header-repeated", place, field=field_name(column), value=str(cell)))
        else:
            columns[position] = column
    return columns


def _without_duplicates(rows: Iterable[Row]) -> list[Row]:
    seen: dict[tuple[tuple[str, Any], ...], int] = {}
    kept = []
    for row in rows:
        filled = sorted((code, str(cell)) for code, cell in row.cells.items() if cell != "")
        content = (("sheet", row.source.sheet), *filled)
        if content in seen:
            row.fail("row-duplicate", first=seen[content])
        else:
            seen[content] = row.source.row
            kept.append(row)
    return kept


def _drafts_of(kind: FileKind, rows: Sequence[Row]) -> list[Draft]:
    drafts: list[Draft] = []
    for group in _groups(kind, rows):
        _check_shared(kind, group)
        made = list(kind.build(group))
        if all(row.good for row in group):
            drafts += made
            continue
        for row in group:
            if row.good and len(group) > 1:
                row.fail("row-not-recorded", kind.group)
    return drafts


def _groups(kind: FileKind, rows: Sequence[Row]) -> list[list[Row]]:
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        name = row.text(kind.group) if kind.group else ""
        groups.setdefault((row.source.sheet, name) if name else (row.source.sheet, row.source.row), []).append(row)
    return list(groups.values())


def _check_shared(kind: FileKind, group: Sequence[Row]) -> None:
    first = group[0]
    for row in group[1:]:
        for code in kind.shared:
            if row.filled(code) and row.text(code) != first.text(code):
                row.fail("group-uneven", code)
