"""Read the tables of an HTML page, with their ids and links, as a reader without the code would."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Cell:
    """Hold the text of a cell and the ids that its links lead to."""

    text: str = ""
    links: list[str] = field(default_factory=list)


@dataclass
class Row:
    """Hold the cells of a row and its id."""

    anchor: str
    cells: list[Cell] = field(default_factory=list)

    def texts(self) -> list[str]:
        """Give the texts of its cells."""
        return [cell.text for cell in self.cells]


@dataclass
class Table:
    """Hold a table: id, caption, headings, rows."""

    anchor: str
    caption: str = ""
    columns: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


class Page(HTMLParser):
    """Hold what a page shows: tables, ids, links, language, and all of its text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[Table] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: dict[str, int] = {}
        self.lang = ""
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def table(self, anchor: str) -> Table:
        """Find a table by its id."""
        return next(one for one in self.tables if one.anchor == anchor)

    def row(self, anchor: str) -> Row:
        """Find a row by its id."""
        return next(row for table in self.tables for row in table.rows if row.anchor == anchor)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self._open.append(tag)
        if found.get("id"):
            self.ids.append(found["id"] or "")
        if tag == "html":
            self.lang = found.get("lang") or ""
        elif tag == "table":
            self.tables.append(Table(found.get("id") or ""))
        elif tag == "tr" and "tbody" in self._open:
            self.tables[-1].rows.append(Row(found.get("id") or ""))
        elif tag in ("td", "th") and "tbody" in self._open:
            assert tag == "td" or found.get("scope") == "row"
            self.tables[-1].rows[-1].cells.append(Cell())
        elif tag == "th":
            assert found.get("scope") == "col"
            self.tables[-1].columns.append("")
        elif tag == "a":
            target = (found.get("href") or "").removeprefix("#")
            self.links.append(target)
            if "td" in self._open or "th" in self._open:
                self.tables[-1].rows[-1].cells[-1].links.append(target)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "style" in self._open:
            return
        self.text += data
        if "caption" in self._open:
            self.tables[-1].caption += data
        elif "thead" in self._open and "th" in self._open:
            self.tables[-1].columns[-1] += data
        elif "tbody" in self._open and ("td" in self._open or "th" in self._open):
            self.tables[-1].rows[-1].cells[-1].text += data
