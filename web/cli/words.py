"""Messages in the user's language: English in the code, Chinese from the gettext catalogue beside this file."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Final

from web.sentences import catalogue, in_chinese

LANGUAGES = ("en", "zh")
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


def tr(message: str, /, **values: object) -> str:
    """Say a message in the language of this run, its `{name}` places filled."""
    text = catalogue().get(message, message) if language() == "zh" else message
    return text.format(**values) if values else text


def translate(text: str) -> str:
    """Say a finished sentence of a library, of click or of the system in the language of this run."""
    return in_chinese(text) if language() == "zh" else text


def tr_help(text: str | None) -> str | None:
    """Translate a help text; line breaks inside a paragraph do not matter."""
    if not text or language() == "en":
        return text
    plain = " ".join(text.split())
    return catalogue().get(plain, text)
