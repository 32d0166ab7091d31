"""An item is one canonical line; its digest binds salt, name and value."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.book.item import by_digest, digest_of, make_item, parse_item, salt_text, visible_to
from ledger.errors import MalformedItem

SALT = salt_text(bytes(range(16)))
UREA = {
    "slot": "urea",
    "quantity": "12.5",
    "unit": "kg",
    "evidence": "invoice",
    "original_quantity": "25",
    "original_unit": "斤",
}
LINE = (
    '["AAECAwQFBgcICQoLDA0ODw","activity",{"evidence":"invoice","original_quantity":"25","original_unit":"斤",'
    '"quantity":"12.5","slot":"urea","unit":"kg"}]'
)


def test_line_and_digest_have_the_documented_bytes() -> None:
    item = make_item(SALT, "activity", UREA)
    assert item.text == LINE
    assert item.digest == digest_of(LINE.encode()) == "Y0ewpokg818p6wOZ5bSHNDud3_XvNoV9imjYjA1RgVk"
    assert parse_item(LINE) == item
    assert item.audience == "full"
    assert by_digest([LINE]) == {item.digest: item}


@pytest.mark.parametrize(
    "line",
    [
        LINE + "\n",
        LINE.replace(",", ", ", 1),
        LINE.replace("AAEC", "AAE="),
        LINE.replace("ODw", "ODx"),
        LINE.replace('"activity"', '"Activity"'),
        LINE.replace('"urea"', "1.5"),
        LINE.replace('"slot":"urea"', '"slot":"urea","slot":"urea"'),
        '["AAECAwQFBgcICQoLDA0ODw","name",["x"]]',
        '["AAECAwQFBgcICQoLDA0ODw","name"]',
        '["AAECAwQFBgcICQoLDA0ODw","name",{"audience":"all"}]',
        '["AAECAwQFBgcICQoLDA0ODw","name",{"audience":["full"]}]',
        '["AAECAwQFBgcICQoLDA0ODw","name",{"text":"e\u0301"}]',
        "{}",
        "",
        "\ud800",
    ],
)
def test_line_in_another_spelling_is_refused(line: str) -> None:
    with pytest.raises(MalformedItem):
        parse_item(line)


def test_salt_must_be_sixteen_bytes() -> None:
    with pytest.raises(MalformedItem):
        salt_text(b"short")
    with pytest.raises(MalformedItem):
        make_item("short", "activity", UREA)


def test_audience_decides_who_sees() -> None:
    assert make_item(SALT, "mass", {"audience": "public"}).audience == "public"
    assert visible_to("public", "full")
    assert visible_to("partner", "partner")
    assert not visible_to("full", "partner")
    assert not visible_to("partner", "public")


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(
    lambda text: __import__("unicodedata").normalize("NFC", text)
)


@settings(max_examples=100, deadline=None)
@given(st.binary(min_size=16, max_size=16), st.dictionaries(st.text("abc_1", min_size=1, max_size=6), TEXT, max_size=4))
def test_item_survives_writing_and_reading(salt: bytes, value: dict[str, str]) -> None:
    value.pop("audience", None)
    item = make_item(salt_text(salt), "note", value)
    assert parse_item(item.line) == item
    assert dict(item.value) == value


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_raises_one_error_family(text: str) -> None:
    with pytest.raises(MalformedItem):
        parse_item(text)
