"""Messages in the user's language: English in the code, Chinese from the gettext catalogue beside this file."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from contextvars import ContextVar
from importlib import resources

LANGUAGES = ("en", "zh")
_language: ContextVar[str] = ContextVar("ecarbon_language", default="en")


def choose_language(environ: Mapping[str, str], wanted: str | None = None) -> str:
    """Pick the language: the option first, then the locale variables in their POSIX order, else English."""
    if wanted in LANGUAGES:
        return wanted
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = environ.get(name, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def set_language(language: str) -> None:
    """Use this language for every message of this run."""
    _language.set(language)


def language() -> str:
    """Return the language of this run, `en` or `zh`."""
    return _language.get()


@functools.cache
def catalogue() -> Mapping[str, str]:
    """Read the Chinese catalogue; the file is a gettext PO file that any translation tool opens."""
    from babel.messages.pofile import read_po

    with resources.files("web.cli").joinpath("zh_Hans.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id and message.string}


def tr(message: str, /, **values: object) -> str:
    """Say a message in the language of this run, its `{name}` places filled."""
    text = catalogue().get(message, message) if language() == "zh" else message
    return text.format(**values) if values else text


def tr_help(text: str | None) -> str | None:
    """Translate a help text; line breaks inside a paragraph do not matter."""
    if not text or language() == "en":
        return text
    plain = " ".join(text.split())
    return catalogue().get(plain, text)
