"""The catalogues: every text in every language, compiled, with the same places to fill, and written as it should be."""

from __future__ import annotations

import io
import re
import string
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from passport.claims import refuse_claims
from passport.i18n import LOCALES, catalogue

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "passport" / "i18n"
CHINESE = ("zh-Hans", "zh-Hant")


def texts(locale: str) -> dict[str, str]:
    path = FOLDER / locale.replace("-", "_") / "LC_MESSAGES" / "ecarbon.po"
    with path.open("rb") as file:
        found = {str(message.id): str(message.string) for message in read_po(file) if message.id}
    assert all(found.values())
    return found


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_language_has_every_text_with_the_same_places(locale: str) -> None:
    first, other = texts("zh-Hans"), texts(locale)
    assert set(first) == set(other)
    optional = {"monthname", "month"}  # months are numbers in Chinese and names in English
    assert {key: places(text) - optional for key, text in first.items()} == {
        key: places(text) - optional for key, text in other.items()
    }


@pytest.mark.parametrize("locale", LOCALES)
def test_compiled_catalogue_is_that_of_its_source(locale: str) -> None:
    folder = FOLDER / locale.replace("-", "_") / "LC_MESSAGES"
    with (folder / "ecarbon.po").open("rb") as file:
        source = read_po(file)
    compiled = io.BytesIO()
    write_mo(compiled, source)
    assert (folder / "ecarbon.mo").read_bytes() == compiled.getvalue(), (
        "run pybabel compile -d passport/i18n -D ecarbon"
    )


@pytest.mark.parametrize("locale", LOCALES)
def test_no_text_makes_a_claim(locale: str) -> None:
    for key, text in texts(locale).items():
        if key != "scan.brand_note":
            refuse_claims(text, field=key)


@pytest.mark.parametrize("locale", CHINESE)
def test_chinese_is_written_with_full_width_punctuation_and_without_spaces_by_hand(locale: str) -> None:
    for key, text in texts(locale).items():
        plain = re.sub(r"\{\w+\}|`[^`]*`", "", text)
        assert not re.search(r"[\u4e00-\u9fff] ?[,:;?!()]", plain), (key, text)
        assert not re.search(r"[\u4e00-\u9fff]\.(?![a-z])", plain), (key, text)


def test_simplified_and_traditional_differ_where_characters_do() -> None:
    simplified, traditional = texts("zh-Hans"), texts("zh-Hant")
    only_simplified = set("签账证环节产数记录计算实测缺显")
    assert any(simplified[key] != traditional[key] for key in simplified)
    for key, text in traditional.items():
        assert not set(text) & only_simplified - set("算"), (key, text)


@pytest.mark.parametrize("locale", LOCALES)
def test_no_text_has_characters_that_plain_fonts_lack(locale: str) -> None:
    for key, text in texts(locale).items():
        assert not re.search("[\u2082\u2713-\u2718\U0001f000-\U0001ffff\ufe0f]", text), (key, text)


def test_every_text_that_templates_and_code_name_exists() -> None:
    known = set(texts("zh-Hans"))
    named = set()
    for path in [*(ROOT / "web/pages").rglob("*.html"), *(ROOT / "web/pages").rglob("*.py")]:
        named |= set(re.findall(r"""\b(?:text|t)\(\s*["']([a-z_]+\.[a-z_0-9]+)["']""", path.read_text("utf-8")))
    assert len(named) > 60
    assert named - known == set()


def test_unknown_codes_show_as_they_are_and_unknown_texts_are_a_fault() -> None:
    texts_ = catalogue("en")
    assert texts_.name("stage", "orchard+brewing") == "Orchard, brewing"
    with pytest.raises(KeyError):
        texts_.text("no.such")
    with pytest.raises(KeyError):
        catalogue("fr")


def test_every_stage_slot_and_kind_has_a_name() -> None:
    from ledger.book.kind import kinds
    from ledger.book.product import products
    from ledger.book.stage import stages

    for locale in LOCALES:
        for stage in stages().values():
            assert catalogue(locale).find(f"stage.{stage.code}"), stage.code
            for slot in stage.slots:
                assert catalogue(locale).find(f"slot.{slot.code}"), slot.code
        for code in kinds():
            assert catalogue(locale).find(f"kind.{code}"), code
        for code in products():
            assert catalogue(locale).find(f"product.{code}"), code


def test_evidence_and_tiers_have_exactly_the_names_they_need() -> None:
    from iocore.hybrid import TIERS
    from ledger.book.vocabulary import EVIDENCE

    wanted = {f"evidence.{code}" for code in EVIDENCE} | {f"tier.{code}" for code in (*TIERS, "gap_fill")}
    for locale in LOCALES:
        assert {key for key in texts(locale) if key.startswith(("evidence.", "tier."))} == wanted, locale


def test_no_text_is_left_over() -> None:
    folders = (ROOT / "web/pages", ROOT / "passport")
    source = "".join(path.read_text("utf-8") for folder in folders for path in folder.rglob("*") if is_source(path))
    made = re.compile(
        r"(stage|slot|product|bucket|gas|kind|check|month|region|flag|gwp|label|phase|status|boundary|reason|fill|entrystatus|verdict|evidence|tier|method|set|licence|constant|unit|factor|context)\."
        r"|variety\.|scan\.(revoked|superseded|expired)_banner|scan\.(removals|biogenic_co2|biogenic_uptake)"
    )
    assert [key for key in texts("en") if not made.match(key) and key not in source] == []


def is_source(path: Path) -> bool:
    return path.suffix in (".py", ".html")
