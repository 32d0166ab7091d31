"""Hold the parts of a report before anybody writes it: sections of paragraphs, lists, tables and pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """Hold a text that leads to another place of the report; `anchor` is the id of that place."""

    text: str
    anchor: str


#: What stands in a cell or paragraph, in a row.
Pieces = tuple[str | Link, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Hold the cells of a row, with an id where other places lead to it."""

    cells: tuple[Pieces, ...]
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Hold a table.

    Args:
        caption: what it shows.
        columns: headings.
        rows: its rows; the first cell of each names it.
        numbers: places of the columns with numbers.
        anchor: id of the table, where other places lead to it.
        total: whether the last row adds up the others.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    numbers: frozenset[int] = frozenset()
    anchor: str = ""
    total: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """Hold a list of short texts."""

    items: tuple[Pieces, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Hold an SVG picture."""

    svg: str


@dataclass(frozen=True, slots=True)
class Heading:
    """Hold a heading inside a section, with an id where other places lead to it."""

    text: str
    anchor: str = ""


Block = str | Pieces | Table | Bullets | Picture | Heading


@dataclass(frozen=True, slots=True)
class Section:
    """Hold one numbered section."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Hold one file of a report.

    Args:
        name: path below the report's folder.
        title: its heading.
        sections: what it holds.
        up: where a page that is not the first leads back to.
    """

    name: str
    title: str
    sections: tuple[Section, ...]
    up: Pieces = ()

    def anchors(self) -> Iterator[str]:
        """Give the ids of its places."""
        for section in self.sections:
            yield section.anchor
            for block in section.blocks:
                if isinstance(block, Table | Heading) and block.anchor:
                    yield block.anchor
                if isinstance(block, Table):
                    yield from (row.anchor for row in block.rows if row.anchor)


def row(*cells: str | Link | Pieces, anchor: str = "") -> Row:
    """Make a row of cells, each a text, a link, or several in a row."""
    return Row(tuple(cell if isinstance(cell, tuple) else (cell,) for cell in cells), anchor)


def spaced(links: Iterable[Link]) -> Pieces:
    """Put links side by side."""
    return tuple(piece for link in links for piece in (" ", link))[1:]


def plain(pieces: Pieces) -> str:
    """Give the text of a cell without its links."""
    return "".join(piece if isinstance(piece, str) else piece.text for piece in pieces)
