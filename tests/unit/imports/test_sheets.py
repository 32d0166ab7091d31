"""Files as plain tables: encodings, delimiters, merged cells, damaged files."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from web.imports.sheets import UnreadableFile, open_sheets


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_in_usual_encodings_and_delimiters(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = f"# 注释，不读, a, b, c, d\n日期{delimiter}数量\n2026-06-24{delimiter}12\n"
    (sheet,) = open_sheets(_write(tmp_path / "a.csv", text.encode(encoding)))
    assert sheet.rows == ((2, ("日期", "数量")), (3, ("2026-06-24", "12")))


def test_full_width_digits_become_plain_ones(tmp_path: Path) -> None:
    (sheet,) = open_sheets(_write(tmp_path / "a.csv", "数量\n１２．５　\n".encode()))
    assert sheet.rows[1] == (2, ("12.5",))


def test_row_numbers_are_those_of_the_file(tmp_path: Path) -> None:
    (sheet,) = open_sheets(_write(tmp_path / "a.csv", b'a,b\n"two\nlines",2\n\n5,6\n'))
    assert [number for number, _ in sheet.rows] == [1, 2, 5]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"  \n",
        b"PK\x03\x04 not a workbook",
        b"\xd0\xcf\x11\xe0 old",
        b"\xff\xfe\x00\x01\x02\x80",
        b'a,b\n"open,2\n',
    ],
)
def test_damaged_file_is_named_in_both_languages(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UnreadableFile) as caught:
        open_sheets(_write(tmp_path / "a.xlsx", data))
    assert caught.value.reason and caught.value.reason_zh


def test_missing_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        open_sheets(tmp_path / "nowhere.csv")
    with pytest.raises(UnreadableFile):
        open_sheets(tmp_path)


def test_small_archive_that_unpacks_to_a_large_one_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 101_000_000)
    with pytest.raises(UnreadableFile, match="too large"):
        open_sheets(_write(tmp_path / "bomb.xlsx", buffer.getvalue()))


def test_merged_area_speaks_for_all_its_rows_in_its_first_column(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    for row in (["种植户", "数量", "单位"], ["梁", 1, "斤"], [None, 2, "斤"]):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    book.save(tmp_path / "a.xlsx")
    (read,) = open_sheets(tmp_path / "a.xlsx")
    assert read.rows[2] == (3, ("梁", 2, "斤"))
    assert read.merged == {(3, 0)}


def test_hidden_sheets_are_left_out(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["a", "b"])
    hidden = book.create_sheet("草稿")
    hidden.append(["c", "d"])
    hidden.sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    assert [sheet.name for sheet in open_sheets(tmp_path / "a.xlsx")] == ["Sheet"]
