"""Turn the rows of a form into drafts: find the header row, read cell by cell, collect every finding.

An importer is a `FileKind`: its columns, and a function that makes drafts from the rows of one entry.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from web.imports.base import Draft, Finding, ImportResult, Source
from web.imports.findings import finding
from web.imports.row import Choices, Column, Row, field_name, header_key
from web.imports.sheets import Sheet, UnreadableFile, open_sheets
from web.imports.vocabulary import in_english

HEADER_ROWS: Final = 12


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
        examples: filled-in rows of the template, by column code, in Chinese.
        words: what only this form offers to choose from, for its examples in English.
    """

    code: str
    title_zh: str
    title_en: str
    columns: tuple[Column, ...]
    build: Build
    group: str = ""
    shared: tuple[str, ...] = ()
    examples: tuple[Mapping[str, str], ...] = ()
    words: tuple[Choices, ...] = ()

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
            cells = [example.get(column.code, "") for column in self.columns]
            writer.writerow(cells if zh else [in_english(cell, self.words) for cell in cells])
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
            known, keys = _known(kind, cells), {header_key(cell) for cell in cells}
            required = [column for column in kind.columns if column.required]
            missing = sum(1 for column in required if not keys.intersection(column.names()))
            rank = (-missing, known, len(required))
            if 2 * known >= len(cells) and missing < len(required) and (best is None or rank > best[0]):
                best = (rank, kind)
    return best[1] if best else None


def _known(kind: FileKind, cells: Sequence[Any]) -> int:
    names = {name for column in kind.columns for name in column.names()}
    return sum(1 for cell in cells if cell != "" and header_key(cell) in names)


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
        column = by_name.get(header_key(cell))
        if column is None:
            near = difflib.get_close_matches(header_key(cell), list(by_name), n=1, cutoff=0.5)
            guess = by_name[near[0]] if near else None
            findings.append(
                finding(
                    "header-unknown",
                    place,
                    field=str(cell),
                    value=str(cell),
                    suggestion_zh=f"如果是“{guess.zh}”，请改成它" if guess else "改用模板中的表头，或删去该列",
                    suggestion_en=f'write "{guess.en}" or "{guess.zh}" if that is what you mean'
                    if guess
                    else "use a template's header, or delete it",
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
