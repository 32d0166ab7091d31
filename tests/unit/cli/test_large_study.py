"""The study of many lots: a file for each, what they share stands once, and links lead from the headline to sources."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePosixPath

import pytest

from passport.claims import refuse_claims
from tests.support.pages import Page, Row
from web.cli.main import run

#: The demo has four lots of this product; three count as few here.
GUIWEI = "09520000000264"


class Folder:
    """Hold the pages of a study, and follow links among them as a browser does."""

    def __init__(self, folder: Path) -> None:
        self.pages = {
            path.relative_to(folder).as_posix(): Page(path.read_text("utf-8")) for path in folder.rglob("*.html")
        }

    def follow(self, here: str, link: str) -> tuple[str, str]:
        file, _, anchor = link.rpartition("#")
        parts: list[str] = []
        for part in (PurePosixPath(here).parent / file).parts if file else PurePosixPath(here).parts:
            parts = parts[:-1] if part == ".." else [*parts, part]
        return "/".join(parts), anchor or link

    def row(self, here: str, link: str) -> tuple[str, Row]:
        file, anchor = self.follow(here, link)
        return file, self.pages[file].row(anchor)


@pytest.fixture(scope="module", params=["zh", "en"])
def folder(request: pytest.FixtureRequest, demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("web.study.scope.FEW", 3)
        arguments = ["study", GUIWEI, "--season", "2026", "--lang", request.param, "--out", str(path)]
        assert run(["--home", str(demo_home), *arguments]) == 0
    return path


def test_one_headline_is_followed_through_files_to_entries_and_factors(folder: Path) -> None:
    read = Folder(folder)
    assert sorted(read.pages) == [*(f"lots/lot{number}.html" for number in range(1, 5)), "sources.html", "study.html"]
    home = read.pages["study.html"]
    total = Fraction(0)
    for row in home.table("lots-table").rows[:-1]:
        file, anchor = read.follow("study.html", row.cells[0].links[0])
        page = read.pages[file]
        assert anchor in page.ids
        *stages, last = page.table(f"{anchor}-stages").rows
        assert sum(Decimal(one.cells[1].text) for one in stages) == Decimal(last.cells[1].text)
        assert last.cells[1].text == row.cells[6].text
        total += Fraction(last.cells[1].text)
        for stage in stages:
            *postings, sums = page.table(stage.cells[0].links[0]).rows
            assert sum(Decimal(one.cells[3].text) for one in postings) == Decimal(sums.cells[3].text)
            for posting in postings:
                cited = re.findall(r"([\d.]+) \[([DF]\d+)\]", posting.cells[4].text)
                links = [link for link in posting.cells[4].links if not re.search(r"w\d+$", link)]
                assert len(cited) == len(links) > 0
                for (number, name), link in zip(cited, links, strict=True):
                    there, source = read.row(file, link)
                    assert source.cells[0].text == name and source.cells[2].text.split(" ")[0] == number
                    if name[0] == "D":
                        _, entry = read.row(there, source.cells[6].links[0])
                        assert re.fullmatch(r"[0-9a-f]{64}", entry.cells[-1].text)
    assert total == Fraction(home.table("lots-table").rows[-1].cells[6].text)


def test_sources_stand_once_and_every_link_arrives(folder: Path) -> None:
    read = Folder(folder)
    for name, page in read.pages.items():
        assert len(page.ids) == len(set(page.ids))
        for link in page.links:
            file, anchor = read.follow(name, link)
            assert anchor in read.pages[file].ids, (name, link)
    places = Counter(
        one for page in read.pages.values() for one in page.ids if re.fullmatch(r"(?:[defw]|lot|p\d+-)\d+", one)
    )
    assert len(places) > 300 and set(places.values()) == {1}
    alone = {name for name, page in read.pages.items() if any(re.fullmatch(r"d\d+", one) for one in page.ids)}
    assert alone == set(read.pages) - {"study.html"}


def test_pages_say_where_they_belong_and_need_nothing_from_elsewhere(folder: Path) -> None:
    read = Folder(folder)
    for path in folder.rglob("*.html"):
        name, text = path.relative_to(folder).as_posix(), path.read_text("utf-8")
        refuse_claims(read.pages[name].text, field=name)
        for word in ("<script", "http-equiv", "@import", "url(", "<link", "<img", "http"):
            assert word not in text.replace('xmlns="http://www.w3.org/2000/svg"', "")
        if name != "study.html":
            assert "study.html" in read.follow(name, read.pages[name].links[0])[0]


def test_checks_of_each_lot_stand_with_it_and_are_counted_for_all(folder: Path) -> None:
    read = Folder(folder)
    counted = [row for table in read.pages["study.html"].tables for row in table.rows if "Paull" in str(row.texts())]
    assert sum(int(row.cells[-1].text) for row in counted) == 4
    for number in range(1, 5):
        tables = read.pages[f"lots/lot{number}.html"].tables
        assert sum("Paull" in str(row.texts()) for table in tables for row in table.rows) == 1
    assert len(read.pages["study.html"].table("sensitivity").rows) == 2


def test_writing_few_lots_again_leaves_no_page_of_many(folder: Path, demo_home: Path, tmp_path: Path) -> None:
    stale = tmp_path / "lots"
    stale.mkdir()
    for path in (tmp_path / "sources.html", stale / "lot9.html", stale / "notes.txt"):
        path.write_text("old", "utf-8")
    arguments = ["study", GUIWEI, "--season", "2026", "--out", str(tmp_path)]
    assert run(["--home", str(demo_home), *arguments]) == 0
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert left == ["lots/notes.txt", "study.html", "study.xlsx"]
