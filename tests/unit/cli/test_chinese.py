"""What is written in Chinese holds no English words, but for ids, units, formulas, and sources cited as published."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from tests.support.pages import Page
from web.cli.main import run
from web.imports.files import kinds

#: A word of four letters or more that stands alone: no part of an id, a key, a version, an address or a file name.
WORD = re.compile(r"(?<![\w.:/@_`-])[A-Za-z]?[a-z]{3,}(?![\w./:@_`-])")
#: Names of licences and authors, which have no Chinese ones.
NAMES = {"Open", "Government", "Licence", "Shan", "Guan", "Climatiq", "Ember"}
#: Columns that cite what was published, under its own title, or hold digests.
AS_PUBLISHED = {"来源", "数据项摘要", "因子集摘要", "计算摘要"}
SEA = "gs1:01/09520000000264/10/26GW-SEA1"


def english(text: str) -> set[str]:
    return set(WORD.findall(text)) - NAMES


@pytest.mark.parametrize("product", ["fresh", "dried"])
def test_study(demo_home: Path, tmp_path: Path, product: str) -> None:
    assert (
        run(["--home", str(demo_home), "study", product, "--season", "2026", "--lang", "zh", "--out", str(tmp_path)])
        == 0
    )
    written = (tmp_path / "study.html").read_text("utf-8")
    cells = {
        (column, cell.text)
        for table in Page(written).tables
        for row in table.rows
        for column, cell in zip(table.columns, row.cells, strict=True)
    }
    assert len(cells) > 500 and {column for column, _ in cells} >= AS_PUBLISHED
    assert {(column, text) for column, text in cells if column not in AS_PUBLISHED and english(text)} == set()
    texts = re.findall(r"<(?:p|li|caption|h[1-3]|th|title|desc|text)\b[^>]*>(.*?)</", written, re.DOTALL)
    plain = [unescape(re.sub(r"<[^>]+>", "", text)) for text in texts]
    assert len(plain) > 100 and [text for text in plain if english(text)] == []


@pytest.mark.parametrize("format", ["text", "svg"])
def test_assessment(demo_home: Path, capsys: pytest.CaptureFixture[str], format: str) -> None:
    capsys.readouterr()
    arguments = ["--home", str(demo_home), "--lang", "zh", "assess", SEA]
    assert run([*arguments, *(["--explain", "--format", "svg"] if format == "svg" else [])]) == 0
    shown = capsys.readouterr().out
    if format == "svg":
        shown = "\n".join(unescape(text) for text in re.findall(r">([^<>]+)<", shown))
        assert not re.search(r"[\u4e00-\u9fff）][:;] ", shown)
    assert len(shown) > 500 and english(shown) == set()


@pytest.mark.parametrize("code", sorted(kinds()))
def test_forms(code: str) -> None:
    # Names that the co-operative gave its people and places, and codes of roles, stand in the rows to be overwritten.
    heading, columns, *_ = kinds()[code].template("zh").splitlines()
    assert english(heading) == english(columns) == set()
