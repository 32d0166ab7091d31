"""Read the cells of one row: numbers, amounts, dates, choices, lots. What cannot be read becomes a finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timezone
from pathlib import Path
from typing import Any

from iocore.times import format_time
from web.imports.base import Finding, Source
from web.imports.findings import finding
from web.imports.lots import fresh_lot, read_lot
from web.imports.measure import Amount, Unreadable, day_period, read_amount, read_moment, read_number, read_offset


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
        return (header_key(text) for text in (self.zh, self.en, *self.also))


Choices = Mapping[str, tuple[str, ...]]


def known(choices: Choices) -> str:
    """List words that may be chosen, in Chinese and English."""
    return ", ".join(" ".join(names[:2]) for names in choices.values())


def header_key(text: Any) -> str:
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
        found = finding(
            code,
            self.source,
            field=field_name(place) if place else "",
            **{"value": self.shown(column), **named, **context},
        )
        if found not in self.findings:
            self.findings.append(found)

    def shown(self, column: str) -> str:
        """Give a cell as text for messages."""
        return str(self.cells.get(column, ""))

    def filled(self, column: str) -> bool:
        """Tell whether a cell holds anything."""
        return bool(self.cells.get(column, "") != "")

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
                self.fail("number-missing", column)
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
        if not name or not self.filled(column):
            return None
        try:
            # Beside an unreadable number the unit is still checked.
            amount = read_amount(number or "1", name, wanted, each_kg=each_kg)
            return amount if number else None
        except Unreadable as error:
            if error.code == "unit-needs-weight" and each in self.columns:
                place = self.columns[each]
                self.fail(error.code, unit, zh=place.zh, en=place.en)
            elif error.code == "unit-needs-weight":
                self.fail("unit-impossible", unit, what_zh=what[0], what_en=what[1], wanted=wanted)
            else:
                self.fail(error.code, unit, **{"what_zh": what[0], "what_en": what[1], **error.context})
            return None

    def choice(
        self,
        column: str,
        choices: Choices,
        *,
        required: bool = True,
        default: str = "",
        offered: Choices | None = None,
    ) -> str:
        """Read one of a few words; give its code. A word that is none of them is answered with those `offered`."""
        if not self.filled(column):
            if required and not default:
                self.fail("value-missing", column)
            return default
        wanted = header_key(self.cells[column])
        for code, names in choices.items():
            if wanted == code or wanted in map(header_key, names):
                return code
        self.fail("choice-unknown", column, known=known(choices if offered is None else offered))
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
        text = self.text(column)
        if not text:
            if required:
                self.fail("lot-needed", column, fresh=fresh_lot())
            return ""
        try:
            return read_lot(text)
        except Unreadable as error:
            self.fail(error.code, column, **error.context)
            return ""
