"""Every kind of form: headers in two languages, a template that reads back, findings in two languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from web.imports.base import Source
from web.imports.files import kinds, read_file
from web.imports.findings import codes, words
from web.imports.rows import FileKind

KINDS = tuple(kinds().values())


def test_every_input_of_the_season_has_a_form() -> None:
    assert set(kinds()) == {
        "air", "beside", "closes", "coldstore", "corrections", "customs", "diary", "invoices", "packhouse", "parties",
        "port", "receipts", "retail", "sea", "trucks", "withdrawals",
    }  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_template_reads_back_as_its_own_kind(kind: FileKind, language: str, tmp_path: Path) -> None:
    path = tmp_path / "form.csv"
    path.write_text(kind.template(language), encoding="utf-8")
    result = read_file(path)
    assert result.kind == kind.code
    assert [finding.text(language) for finding in result.findings] == []
    assert result.rows == len(kind.examples) and result.drafts


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_template_in_english_is_english_and_says_the_same(kind: FileKind, tmp_path: Path) -> None:
    assert kind.template("en").isascii()
    path, drafts = tmp_path / "form.csv", []
    for language in ("zh", "en"):
        path.write_text(kind.template(language), encoding="utf-8")
        drafts.append([orjson.loads(orjson.dumps(draft)) for draft in read_file(path).drafts])
    chinese, english = drafts

    def same(one: Any, other: Any) -> bool:
        """Compare all but free text, which Chinese is written in."""
        if isinstance(one, dict):
            return set(one) == set(other) and all(same(one[name], other[name]) for name in one)
        if isinstance(one, list):
            return len(one) == len(other) and all(map(same, one, other))
        return one == other or (isinstance(one, str) and not one.isascii())

    assert same(chinese, english)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_headers_are_unambiguous(kind: FileKind) -> None:
    names = [name for column in kind.columns for name in set(column.names())]
    assert len(names) == len(set(names))
    assert all(zh and en.isascii() for zh, en in kind.headers.values())


@pytest.mark.parametrize("code", codes())
def test_finding_names_the_same_facts_in_both_languages(code: str) -> None:
    message_zh, message_en, advice_zh, advice_en = words(code)
    assert all((message_zh, message_en, advice_zh, advice_en))
    assert message_en.isascii() and not message_zh.isascii()


def test_source_sorts_by_place() -> None:
    assert sorted([Source("b", "", 1), Source("a", "x", 9), Source("a", "x", 2)])[0] == Source("a", "x", 2)


def test_supplier_who_keeps_a_book_here_is_named_by_id_and_any_other_by_name(tmp_path: Path) -> None:
    path = tmp_path / "invoices.csv"
    for name, item in (
        ("纸箱厂", ("contact", {"text": "纸箱厂"})),
        ("a_" + "b" * 16, ("identifier", {"scheme": "supplier", "value": "a_" + "b" * 16})),
    ):
        path.write_text(kinds()["invoices"].template("zh").replace("（供应商名称）", name), encoding="utf-8")
        (draft,) = read_file(path).drafts
        assert item in draft.items and len(draft.items) == 2
