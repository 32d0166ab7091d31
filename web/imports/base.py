"""Hold what an importer gives back: drafts of entries, and findings about what it could not read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """Say where in whose file a thing stands: file name, sheet (XLSX only) and row number as people count it."""

    file: str
    sheet: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """Say what is wrong, where, and what to do, in Chinese and in English.

    `row` is 0 and `field` empty when the finding concerns the whole file or the whole row.
    """

    file: str
    row: int
    field: str
    code: str
    message_zh: str
    message_en: str
    advice_zh: str
    advice_en: str
    sheet: str = ""
    value: str = ""

    def message(self, language: str) -> str:
        """Give the message in Chinese for any `zh` language tag, else in English."""
        return self.message_zh if language.startswith("zh") else self.message_en

    def advice(self, language: str) -> str:
        """Give the advice in Chinese for any `zh` language tag, else in English."""
        return self.advice_zh if language.startswith("zh") else self.advice_en

    def text(self, language: str) -> str:
        """Give one line: file, sheet, row, field, message, advice."""
        zh = language.startswith("zh")
        place = [self.file]
        if self.sheet:
            place.append(f"工作表“{self.sheet}”" if zh else f'sheet "{self.sheet}"')
        if self.row:
            place.append(f"第 {self.row} 行" if zh else f"row {self.row}")
        if self.field:
            place.append(f"“{self.field}”" if zh else f'"{self.field}"')
        if zh:
            return f"{'，'.join(place)}：{self.message_zh}。{self.advice_zh}。"
        advice = self.advice_en[:1].upper() + self.advice_en[1:]
        return f"{', '.join(place)}: {self.message_en}. {advice}."

    def as_dict(self) -> dict[str, Any]:
        """Give every field as JSON-ready values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class ShipReference:
    """Refer to the latest entry that ships a lot to an actor; it becomes an entry id when the draft is signed."""

    lots: tuple[str, ...]
    giver: str = ""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Describe what is taken from a store; which lots go, and which is split, is decided when it is signed.

    Args:
        slip: number of the slip.
        kg: kilograms wanted.
        product: GTIN of the lots meant, where the slip names none.
        taken, rest: names for the parts of the lot that is split, drawn from the slip where empty.
        evidence: what proves the kilograms.
        audience: who may see them; by default everybody for packed goods and nobody for others.
    """

    slip: str
    kg: str
    product: str
    taken: str
    rest: str
    evidence: str
    audience: str


@dataclass(frozen=True, slots=True)
class Correction:
    """Describe the one number that a correction replaces, in the words of the file that held it.

    The entry is found among those of the same facility, stage (and lot) by the moment its period covers, its slot and
    its old quantity. `entry_id` narrows the search when it is given.
    """

    slot: str
    moment: str
    old_quantity: str
    old_unit: str
    item: Mapping[str, Any]
    reason: str
    lot: str = ""
    entry_id: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """Hold an entry before it is signed: people and places by the names of the parties file, numbers already read.

    Args:
        actor: whose row it is, as written.
        facility: place as written, empty when the kind has none.
        kind, stage, data, lots, event_time: as in the entry; `data` may hold an actor's name under `to`, `keeper`.
        items: name and value pairs, without salts.
        source: where it stands in the file.
        refers: the entry it refers to, when there is one.
        corrects: what it replaces, for kind `amend`.
        withdraws: what it takes from a store, for a `ship` whose lots the stock decides.
        lot_rows: lot and row of every row that is about a lot, to name the right row in a finding.
    """

    actor: str
    facility: str
    kind: str
    stage: str
    data: Mapping[str, Any]
    lots: tuple[str, ...]
    items: tuple[tuple[str, Mapping[str, Any]], ...]
    event_time: str
    source: Source
    refers: ShipReference | None = None
    corrects: Correction | None = None
    withdraws: Withdrawal | None = None
    lot_rows: tuple[tuple[str, Source], ...] = ()

    def row_of(self, lot: str) -> Source:
        """Give the first row about a lot, or the row of the whole entry."""
        return next((source for known, source in self.lot_rows if known == lot), self.source)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """Hold everything that one file gave: good rows as drafts, all findings, never one without the other."""

    kind: str
    file: str
    drafts: tuple[Draft, ...] = ()
    findings: tuple[Finding, ...] = ()
    rows: int = 0
