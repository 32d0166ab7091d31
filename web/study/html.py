"""Write a study as one HTML file that needs nothing else: no script, no font, no address."""

from __future__ import annotations

from importlib import resources
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from passport.study import Study
from web.study.blocks import Block, Link, Pieces, plain
from web.study.build import Frame
from web.study.report import sections, title
from web.study.words import Words

#: Letters of the longest word that a column makes room for.
LONG: Final = 16


def to_html(study: Study, frame: Frame, lang: str) -> str:
    """Write the report.

    Args:
        study: the study.
        frame: what stands around it.
        lang: `zh` or `en`.
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
    return templates.get_template("study.html").render(
        locale=words.locale,
        title=title(study, frame, words),
        contents=words.t("Contents"),
        sections=sections(study, frame, words),
        css=Markup(css),
        kind=_kind,
        inline=_inline,
        is_long=_is_long,
        markup=Markup,
    )


def _kind(block: Block) -> str:
    if isinstance(block, str):
        return "text"
    return "pieces" if isinstance(block, tuple) else type(block).__name__


def _is_long(pieces: Pieces) -> bool:
    """Tell whether a cell holds a word that must be broken somewhere, such as a digest."""
    return any(len(word) > LONG for word in plain(pieces).split())


def _inline(pieces: Pieces) -> Markup:
    """Write the pieces of a cell, links as links."""
    written = Markup("")
    for piece in pieces:
        if isinstance(piece, Link):
            written += Markup('<a href="#{}">{}</a>').format(piece.anchor, piece.text)
        else:
            written += escape(piece)
    return written
