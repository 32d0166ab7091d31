"""Choose the language of a page from its address or from the browser's wishes.

Werkzeug and Babel both choose wrongly among zh-Hans, zh-Hant and en (`zh-CN,en` gets English, `zh-TW` gets
Simplified), so the rule is written out here: script first, then region.
"""

from __future__ import annotations

import re

from passport.i18n import LOCALES

DEFAULT = "zh-Hans"
_TAG = re.compile(r"(\*|[A-Za-z]{1,8}([-_][A-Za-z0-9]{1,8})*)\s*", re.ASCII)
_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})


def match(tag: str) -> str | None:
    """Map a language tag to a locale of ours, or to None; `*` means any.

    Chinese without a script or region is Simplified; languages we do not have read English.
    """
    parts = tag.strip().replace("_", "-").lower().split("-")
    if parts[0] == "zh":
        if "hans" in parts:
            return "zh-Hans"
        return "zh-Hant" if _TRADITIONAL & set(parts[1:]) else "zh-Hans"
    return "en" if parts[0] == "en" else None


def choose(wanted: str, accept_language: str) -> str:
    """Return the locale of a page.

    Args:
        wanted: the `lang` of the address, which wins if it is one of `LOCALES`.
        accept_language: the browser's `Accept-Language`.
    """
    if wanted in LOCALES:
        return wanted
    ranked = []
    for place, part in enumerate(accept_language[:1000].split(",")):
        tag, _, weight = part.partition(";")
        quality = _quality(weight)
        if _TAG.fullmatch(tag.strip()) and quality > 0:
            ranked.append((-quality, place, tag.strip()))
    ranked.sort()
    found = next((locale for _, _, tag in ranked if (locale := match(tag))), None)
    if found:
        return found
    named = [tag for _, _, tag in ranked if tag != "*"]
    return "en" if named else DEFAULT


def reads_chinese(accept_language: str) -> bool:
    """Tell whether a caller prefers Chinese; programs that wish for nothing read English."""
    return choose("", f"{accept_language},en;q=0.001") != "en"


def _quality(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    value = value.strip()
    if not value.replace(".", "", 1).isdigit() or not value.isascii() or len(value) > 5:
        return 0.0
    return min(float(value), 1.0)
