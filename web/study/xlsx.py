"""Write a study as a workbook whose formulas add up: from the postings over lots and stages to the headline.

The same study gives the same bytes: the times in the file are fixed, and the parts of the archive have no date.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from openpyxl import Workbook

from passport.study import Study
from web.study import cited
from web.study.blocks import Block, Bullets, Heading, Picture, Section, Table, plain
from web.study.build import Frame
from web.study.cells import WIDEST, Sheet, typed
from web.study.formulas import Calculator
from web.study.report import SECTIONS, title
from web.study.words import Words

#: What the file states as the time of its making; it says nothing.
STATED: Final = datetime(2000, 1, 1)
ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)
#: Greatest widths of columns: the report has tables of many columns, the postings long arithmetic.
WIDTHS: Final = {"report": 24, "postings": 100}
_EMPTY: Final = re.compile(rb'(<c r="([A-Z]+\d+)"[^>]*><f>[^<]*</f>)<v ?/>')


def to_xlsx(study: Study, frame: Frame, lang: str) -> bytes:
    """Write the workbook.

    Args:
        study: the study.
        frame: what stands around it.
        lang: `zh` or `en`.
    """
    words = Words(lang)
    names = {
        "summary": words.t("Headline"),
        "report": words.t("Report"),
        "lots": words.t("Lots"),
        "postings": words.t("Postings"),
        "weights": words.t("Weights"),
        "data": words.t("Data"),
        "factors": words.t("Factors"),
        "entries": words.t("Entries"),
    }
    book = Workbook()
    book.remove(book.worksheets[0])
    sheets = {
        code: Sheet(book.create_sheet(name), lang, widest=WIDTHS.get(code, WIDEST)) for code, name in names.items()
    }
    calculator = Calculator(study, words, names)
    data, factors, entries = (_only_table(make(study, words)) for make in (cited.data, cited.factors, cited.entries))
    calculator.cited(sheets["data"], data, [one.value for one in study.data])
    calculator.cited(sheets["factors"], factors, [one.row.value for one in study.factors])
    _table(sheets["entries"], entries)
    calculator.weights(sheets["weights"])
    last = calculator.postings(sheets["postings"])
    calculator.lots(sheets["lots"], last)
    calculator.summary(sheets["summary"], last)
    _report(sheets["report"], study, frame, words)
    for code, sheet in sheets.items():
        sheet.finish(
            freeze="" if code in ("summary", "report") else "A2",
            sort=code in ("postings", "data", "factors", "entries"),
        )
    book.properties.creator = frame.software
    book.properties.title = title(study, frame, words)
    book.properties.created = STATED
    held = io.BytesIO()
    book.save(held)
    shown = {f"xl/worksheets/sheet{place}.xml": sheet.shown for place, sheet in enumerate(sheets.values(), 1)}
    return _finished(held.getvalue(), shown)


def _finished(archive: bytes, shown: Mapping[str, Mapping[str, str]]) -> bytes:
    """Write an archive again without the time at which it was made, and with what its formulas give.

    A program that calculates does so again when it opens the file; previews, and a program that trusts no file from
    elsewhere, show what is stored.
    """
    stated = STATED.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(written, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stated, content)
            if name in shown:
                values = shown[name]
                content = _EMPTY.sub(lambda cell, values=values: _filled(cell, values), content)
            info = zipfile.ZipInfo(name, ZIP_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, content)
    return written.getvalue()


def _filled(cell: re.Match[bytes], values: Mapping[str, str]) -> bytes:
    return b"%b<v>%b</v>" % (cell[1], values[cell[2].decode()].encode())


def _only_table(section: Section) -> Table:
    return next(block for block in section.blocks if isinstance(block, Table))


def _table(sheet: Sheet, table: Table, *, over: bool = False) -> None:
    sheet.head(table.columns, table.numbers, over=over)
    for row in table.rows:
        values = [typed(plain(cell), number=place in table.numbers) for place, cell in enumerate(row.cells)]
        sheet.append(values, table.numbers, bold=table.total and row is table.rows[-1], over=over)


def _report(sheet: Sheet, study: Study, frame: Frame, words: Words) -> None:
    """Write the sections before the annexes as text and values."""
    sheet.line(title(study, frame, words), bold=True)
    for number, make in enumerate(SECTIONS, 1):
        section = make(study, frame, words)
        sheet.line(f"{number}. {section.title}", bold=True, gap=1)
        for block in section.blocks:
            _block(sheet, block)


def _block(sheet: Sheet, block: Block) -> None:
    if isinstance(block, Table):
        sheet.line(block.caption, bold=True, gap=1)
        _table(sheet, block, over=True)
    elif isinstance(block, Bullets):
        for item in block.items:
            sheet.line(f"– {plain(item)}")
    elif isinstance(block, Heading):
        sheet.line(block.text, bold=True, gap=1)
    elif not isinstance(block, Picture):
        sheet.line(block if isinstance(block, str) else plain(block))
