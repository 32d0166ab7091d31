"""Say sentences in Chinese, from the gettext catalogue `web/cli/zh_Hans.po`: messages, and what libraries say."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from importlib import resources
from typing import Final

_PLACE: Final = re.compile(r"\{(\w+)\}")


def catalogue() -> Mapping[str, str]:
    """Read the Chinese catalogue of the command line and of what libraries say."""
    return chinese_of("web.cli")


@functools.cache
def chinese_of(package: str) -> Mapping[str, str]:
    """Read the Chinese catalogue of a package; the file is a gettext PO file that any translation tool opens."""
    from babel.messages.pofile import read_po

    with resources.files(package).joinpath("zh_Hans.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id and message.string}


def in_chinese(text: str) -> str:
    """Say a finished sentence of a library, of click or of the system in Chinese; as it is where none is known.

    The catalogue holds such sentences with places for what varies: `{0}` is one word or a list of words, `{text}` is
    a sentence that is translated too, and `{anything_else}` is kept as it is.
    """
    if text in catalogue():
        return catalogue()[text]
    for pattern, names, said in _patterns():
        if match := pattern.fullmatch(text):
            return _fill(said, dict(zip(names, match.groups(), strict=True)))
    return text


def _fill(message: str, values: Mapping[str, str]) -> str:
    def filled(place: re.Match[str]) -> str:
        return in_chinese(values[place[1]]) if place[1] == "text" else values[place[1]]

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
