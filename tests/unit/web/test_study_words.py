"""Texts of studies: all of them in Chinese, none stale, written as Chinese is, and none makes a claim."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

from passport.claims import refuse_claims
from web.study.words import catalogue

ROOT = Path(__file__).resolve().parents[3]


def messages() -> set[str]:
    """Collect what the sections say through `words.t`."""
    found = set()
    for path in (ROOT / "web" / "study").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "t":
                text = node.args[0]
                assert isinstance(text, ast.Constant) and isinstance(text.value, str), (path, node.lineno)
                found.add(text.value)
    return found


def test_catalogue_holds_every_text_and_no_stale_one() -> None:
    assert len(messages()) > 200
    assert sorted(messages() ^ set(catalogue())) == []


def test_places_stay_and_no_text_makes_a_claim() -> None:
    def places(text: str) -> list[str]:
        return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)

    for message, text in catalogue().items():
        assert places(message) == places(text), message
        refuse_claims(message, field=message)
        refuse_claims(text, field=message)


def test_chinese_has_full_width_punctuation_and_no_blank_beside_its_characters() -> None:
    for message, text in catalogue().items():
        plain = re.sub(r"\{\w+\}", "x", text)
        assert not re.search(r"[\u4e00-\u9fff] ?[,:;?!()]|[,:;?!()] ?[\u4e00-\u9fff]", plain), text
        assert not re.search(r"[\u4e00-\u9fff] | [\u4e00-\u9fff]", plain), text
        assert text.count("（") == text.count("）") and text.count("“") == text.count("”"), message
        assert message[-1:] != "." or message == "No." or text[-1] == "。", message
