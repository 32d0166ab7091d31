"""Texts of studies: English in the code, Chinese from the gettext catalogue beside this file, names from the pages'."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from passport.claims import refuse_claims
from passport.i18n import catalogue as names_of
from web.sentences import chinese_of, in_chinese

LOCALES: Final = {"zh": "zh-Hans", "en": "en"}


def catalogue() -> Mapping[str, str]:
    """Read the Chinese texts of studies."""
    return chinese_of("web.study")


class Words:
    """Give the texts of one language.

    Args:
        lang: `zh` or `en`.
    """

    __slots__ = ("_names", "lang", "locale")

    def __init__(self, lang: str) -> None:
        self.lang: Final = lang
        self.locale: Final = LOCALES[lang]
        self._names = names_of(self.locale)

    def t(self, message: str, /, **values: object) -> str:
        """Return a text with its places filled; none of ours makes a claim.

        Raises:
            ClaimRefused: it makes one.
        """
        text = catalogue().get(message, message) if self.lang == "zh" else message
        return refuse_claims(text.format(**values) if values else text, field="study")

    def name(self, group: str, code: str) -> str:
        """Return the display name of a stage, slot, bucket, kind or variety, or the code itself."""
        return self._names.name(group, code)

    def gas(self, code: str) -> str:
        """Name a gas; a sum of gases names its set of warming potentials."""
        return self._names.gas(code)

    def flag(self, code: str) -> str:
        """Say what a warning means."""
        return self._names.flag(code)

    def constant(self, source: str) -> str:
        """Say what a constant stands for; a ratio of units is written as one."""
        return self.titled("constant", re.sub(r"^(\S+) per (\S+)$", r"\1/\2", source), source)

    def titled(self, group: str, text: str, code: str = "") -> str:
        """Say a title, unit or other text of the data by its code, or by itself; as it is where no catalogue has it.

        Codes are written without a percent sign, which gettext would take for a place.
        """
        return self._names.find(f"{group}.{(code or text).replace('%', 'percent')}") or text

    def said(self, text: str) -> str:
        """Return a sentence of a library in this language."""
        return in_chinese(text) if self.lang == "zh" else text

    def reason(self, text: str) -> str:
        """Say why a slot is open, or what fills it."""
        known = {"not reported": self.t("not reported"), "stage not reported": self.t("the stage was not reported")}
        return known.get(text) or self.said(text)

    def aside(self, text: str, remark: str) -> str:
        """Put a remark in brackets behind a text."""
        return self._names.aside(text, remark)

    def listed(self, texts: Iterable[str]) -> str:
        """Write texts in a row."""
        return self._names.text("list.and").join(texts)

    def place(self, stage: str, slot: str) -> str:
        """Name a slot of a stage; neither stands for sharing among lots."""
        if not stage:
            return self.t("sharing among lots")
        return f"{self.name('stage', stage)} / {self.name('slot', slot)}"
