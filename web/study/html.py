"""Write a study as HTML that needs nothing else: no script, no font, no address; one file where it has few lots."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib import resources
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from passport.study import Study
from web.study.blocks import Block, Link, Pieces, plain
from web.study.build import Frame
from web.study.report import pages
from web.study.words import Words

#: Letters of the longest word that a column makes room for.
LONG: Final = 16


def to_pages(study: Study, frame: Frame, lang: str) -> dict[str, str]:
    """Write the report.

    Args:
        study: the study.
        frame: what stands around it.
        lang: `zh` or `en`.

    Returns:
        the files by their path: `study.html`, and where there are many lots `sources.html` and one in `lots/` for each.
    """
    words = Words(lang)
    templates = Environment(
        loader=PackageLoader("web.study", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css = resources.files("web.study").joinpath("templates", "study.css").read_text("utf-8")
    template = templates.get_template("study.html")
    written = pages(study, frame, words)
    places = {anchor: page.name for page in written for anchor in page.anchors()}
    return {
        page.name: template.render(
            locale=words.locale,
            page=page,
            contents=words.t("Contents"),
            css=Markup(css),
            kind=_kind,
            inline=partial(_inline, page.name, places),
            is_long=_is_long,
            markup=Markup,
        )
        for page in written
    }


def _kind(block: Block) -> str:
    if isinstance(block, str):
        return "text"
    return "pieces" if isinstance(block, tuple) else type(block).__name__


def _is_long(pieces: Pieces) -> bool:
    """Tell whether a cell holds a word that must be broken somewhere, such as a digest."""
    return any(len(word) > LONG for word in plain(pieces).split())


def _inline(here: str, places: Mapping[str, str], pieces: Pieces) -> Markup:
    """Write the pieces of a cell, links as links; those to other files are relative, so that the folder can move."""
    written = Markup("")
    for piece in pieces:
        if isinstance(piece, Link):
            there = places[piece.anchor]
            file = "" if there == here else f"{'../' * here.count('/')}{there}"
            written += Markup('<a href="{}#{}">{}</a>').format(file, piece.anchor, piece.text)
        else:
            written += escape(piece)
    return written
