"""Messages in the user's language: English in the code, Chinese from the gettext catalogue beside this file."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from contextvars import ContextVar
from importlib import resources
from typing import Final

LANGUAGES = ("en", "zh")
_PLACE: Final = re.compile(r"\{(\w+)\}")
# What click and the operating system say, and sentences of ours that are put together from parts.
FOREIGN_MESSAGES: Final = (
    "Usage: ",
    "Options:",
    "Commands:",
    "Show this message and exit.",
    "{text}  [required]",
    "{text} ({fields})",
    "Missing command.",
    "Missing argument {0}.",
    "Missing option {0}.",
    "Missing option {0}. {text}",
    "Choose from:{choices}",
    "No such option {0}.",
    "No such command {0}.",
    "{text} Did you mean {0}?",
    "{text} (Did you mean one of: {0}?)",
    "Invalid value for {0}: {text}",
    "{value} is not one of {0}.",
    "{value} is not a valid integer.",
    "{0} is not in the range {range}.",
    "File {path} is a directory.",
    "File {path} is not readable.",
    "Directory {path} is a file.",
    "Directory {path} is not readable.",
    "Got unexpected extra argument ({arguments})",
    "Got unexpected extra arguments ({arguments})",
    "Option {0} requires an argument.",
    "Option {0} does not take a value.",
    "No such file or directory",
    "Permission denied",
    "Is a directory",
    "Not a directory",
    "File exists",
    "No space left on device",
    "Read-only file system",
    "{0}: {text}",
    "one of {0}",
    "{0} stages",
    "{0} stages, buckets of {1} sealed since",
)
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


def translate(text: str) -> str:
    """Say a finished sentence of a library, of click or of the system in the language of this run.

    The catalogue holds such sentences with places for what varies: `{0}` is one word or a list of words, `{text}` is
    a sentence that is translated too, and `{anything_else}` is kept as it is.
    """
    if language() == "en" or text in catalogue():
        return tr(text)
    for pattern, names, said in _patterns():
        if match := pattern.fullmatch(text):
            return _fill(said, dict(zip(names, match.groups(), strict=True)))
    return text


def _fill(message: str, values: Mapping[str, str]) -> str:
    def filled(place: re.Match[str]) -> str:
        return translate(values[place[1]]) if place[1] == "text" else values[place[1]]

    return _PLACE.sub(filled, message)


@functools.cache
def _patterns() -> list[tuple[re.Pattern[str], list[str], str]]:
    """Make patterns of the messages with places, the most particular first."""

    def order(message: str) -> tuple[bool, int, bool]:
        return message.startswith("{"), -len(_PLACE.sub("", message)), "{text}" not in message

    found = []
    for message in sorted(catalogue(), key=order):
        words, names = _PLACE.split(message)[::2], _PLACE.findall(message)
        if names:
            places = [r"(\S+(?:, \S+)*)" if name.isdigit() else "(.+?)" for name in names]
            pattern = "".join(re.escape(word) + place for word, place in zip(words, [*places, ""], strict=True))
            found.append((re.compile(pattern, re.DOTALL), names, catalogue()[message]))
    return found


def tr_help(text: str | None) -> str | None:
    """Translate a help text; line breaks inside a paragraph do not matter."""
    if not text or language() == "en":
        return text
    plain = " ".join(text.split())
    return catalogue().get(plain, text)
