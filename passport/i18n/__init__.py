"""Hold the texts that people read, as gettext catalogues; messages are named by keys, not by English sentences.

`<locale>/LC_MESSAGES/ecarbon.po` is edited by hand and compiled to the `.mo` file beside it
(`pybabel compile -d passport/i18n -D ecarbon`); tests compare the two and the keys of all locales. A product, stage or
method that is added may bring a catalogue of its own, such as `rose.po`: all of a folder count as one.
"""

from __future__ import annotations

import functools
import gettext
from pathlib import Path
from typing import Final

LOCALES: Final = ("zh-Hans", "zh-Hant", "en")


class Catalogue:
    """Give the texts of one locale.

    Args:
        locale: one of `LOCALES`.
        translations: the compiled catalogue.
    """

    __slots__ = ("_translations", "locale")

    def __init__(self, locale: str, translations: gettext.NullTranslations) -> None:
        self.locale = locale
        self._translations = translations

    def find(self, key: str) -> str | None:
        """Return the text of a key as it stands, or None."""
        text = self._translations.gettext(key)
        return None if text == key else text

    def text(self, key: str, **values: object) -> str:
        """Return the text of a key with its `{name}` places filled in.

        Raises:
            KeyError: no such text; a fault of the program, which the parity test finds.
        """
        text = self.find(key)
        if text is None:
            raise KeyError(key)
        return text.format(**values)

    def name(self, group: str, code: str) -> str:
        """Return the display name of a code, or the code itself where the catalogue does not know it.

        Codes joined by `+` are named one by one.
        """
        names = [self.find(f"{group}.{part}") or part for part in code.split("+")]
        return self.text("list.and").join(names)

    def aside(self, text: str, remark: str) -> str:
        """Put a remark in brackets behind a text."""
        return self.text("list.aside", text=text, remark=remark)

    def gas(self, code: str) -> str:
        """Name a gas; a sum of gases names its set of warming potentials, such as `CO2e@AR5`."""
        kind, _, warming = code.partition("@")
        known = self.find(f"gwp.{warming}") if warming else None
        return self.aside(kind, known) if known else self.name("gas", code)

    def flag(self, code: str) -> str:
        """Say what a warning means; what follows a colon, such as a set of warming potentials, stays or has a name."""
        kind, _, detail = code.partition(":")
        name = self.name("flag", kind)
        return self.aside(name, self.find(f"gwp.{detail}") or detail) if detail else name


@functools.cache
def catalogue(locale: str) -> Catalogue:
    """Read the compiled catalogues of a locale; a key that several have is that of the first by name.

    Raises:
        KeyError: not one of `LOCALES`.
    """
    if locale not in LOCALES:
        raise KeyError(locale)
    merged = gettext.NullTranslations()
    for folder in __path__:
        for path in sorted((Path(folder) / locale.replace("-", "_") / "LC_MESSAGES").glob("*.mo")):
            with path.open("rb") as file:
                merged.add_fallback(gettext.GNUTranslations(file))
    return Catalogue(locale, merged)
