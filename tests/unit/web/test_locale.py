"""The language of a page."""

from __future__ import annotations

import pytest

from web.pages.locale import choose


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("zh-TW,zh;q=0.9", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh-Hans-HK", "zh-Hans"),
        ("zh-Hant", "zh-Hant"),
        ("zh", "zh-Hans"),
        ("en-GB,zh;q=0.9", "en"),
        ("de-DE,de;q=0.9", "en"),
        ("de,zh;q=0.5", "zh-Hans"),
        ("en;q=0.1,zh-CN;q=0.9", "zh-Hans"),
        ("en;q=0,zh-CN;q=0", "zh-Hans"),
        ("", "zh-Hans"),
        ("*", "zh-Hans"),
        (";;;q=,,=;", "zh-Hans"),
        ("en;q=９", "zh-Hans"),
        ("x" * 100000, "zh-Hans"),
    ],
)
def test_browser_wishes(header: str, expected: str) -> None:
    assert choose("", header) == expected


def test_the_address_wins_and_unknown_names_do_not() -> None:
    assert choose("en", "zh-CN") == "en"
    assert choose("../etc", "zh-TW") == "zh-Hant"
