"""Write a study as a workbook whose formulas add up: from the postings over lots and stages to the headline.

The same study gives the same bytes: the times in the file are fixed, and the parts of the archive have no date.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from decimal import Decimal
from typing import Final

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from passport.study import Study
from web.study import annex
from web.study.blocks import Block, Bullets, Heading, Picture, Section, Table, plain
from web.study.build import Frame
from web.study.cells import BOLD, append, fit, head, put
from web.study.formulas import Calculator
from web.study.report import SECTIONS, title
from web.study.words import Words

#: What the file states as the time of its making; it says nothing.
STATED: Final = datetime(2000, 1, 1)
ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")


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
    sheets = {code: book.create_sheet(name) for code, name in names.items()}
    calculator = Calculator(study, words, names)
    data, factors, entries = (
        _only_table(make(study, frame, words)) for make in (annex.data, annex.factors, annex.entries)
    )
    calculator.cited(sheets["data"], data, [one.value for one in study.data])
    calculator.cited(sheets["factors"], factors, [one.row.value for one in study.factors])
    _table(sheets["entries"], entries)
    calculator.weights(sheets["weights"])
    last = calculator.postings(sheets["postings"])
    calculator.lots(sheets["lots"], last)
    calculator.summary(sheets["summary"], last)
    _report(sheets["report"], study, frame, words)
    for code, sheet in sheets.items():
        fit(sheet, freeze="" if code in ("summary", "report") else "A2")
    book.properties.creator = frame.software
    book.properties.title = title(study, frame, words)
    book.properties.created = STATED
    held = io.BytesIO()
    book.save(held)
    return _undated(held.getvalue())


def _undated(archive: bytes) -> bytes:
    """Write an archive again without the time at which it was made."""
    stated = STATED.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(written, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stated, content)
            info = zipfile.ZipInfo(name, ZIP_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, content)
    return written.getvalue()


def _only_table(section: Section) -> Table:
    return next(block for block in section.blocks if isinstance(block, Table))


def _table(sheet: Worksheet, table: Table) -> None:
    head(sheet, table.columns, sheet.max_row + 1 if sheet.max_row > 1 else 1)
    for row in table.rows:
        append(sheet, [plain(cell) for cell in row.cells])


def _report(sheet: Worksheet, study: Study, frame: Frame, words: Words) -> None:
    """Write the sections before the annexes as text and values."""
    put(sheet, 1, 1, title(study, frame, words))
    sheet.cell(1, 1).font = BOLD
    for number, make in enumerate(SECTIONS, 1):
        section = make(study, frame, words)
        append(sheet, [""])
        _line(sheet, f"{number}. {section.title}", bold=True)
        for block in section.blocks:
            _block(sheet, block)


def _block(sheet: Worksheet, block: Block) -> None:
    if isinstance(block, Picture):
        return
    if isinstance(block, Table):
        _line(sheet, block.caption, bold=True)
        head(sheet, block.columns, sheet.max_row + 1)
        for row in block.rows:
            texts = [plain(cell) for cell in row.cells]
            append(
                sheet,
                [Decimal(text) if _NUMBER.fullmatch(text) and place else text for place, text in enumerate(texts)],
            )
    elif isinstance(block, Bullets):
        for item in block.items:
            _line(sheet, f"– {plain(item)}")
    elif isinstance(block, Heading):
        _line(sheet, block.text, bold=True)
    else:
        _line(sheet, block if isinstance(block, str) else plain(block))


def _line(sheet: Worksheet, text: str, *, bold: bool = False) -> None:
    append(sheet, [text])
    if bold:
        sheet.cell(sheet.max_row, 1).font = BOLD
