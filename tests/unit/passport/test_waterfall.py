"""The waterfall as a picture: well-formed, closed from bar to bar, and nothing that stands apart shortens it."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree

from passport.explain import Bar
from passport.waterfall import MARGIN, WIDTH, Words, draw, wrapped

SVG = "{http://www.w3.org/2000/svg}"
WORDS = Words(
    lang="en",
    title="Where it arises <&>",
    headline="delivered: 1.250000 kg CO2e/kg",
    phases={"gate": "to the gate", "after": "beyond"},
    total="Total",
    apart="Apart",
    unit="kg CO2e",
    names={"orchard": "Orchard", "sea": "Sea"},
)


def bars(*changes: tuple[str, str, str]) -> tuple[Bar, ...]:
    found, level = [], Decimal("0.000000")
    for phase, stage, change in changes:
        found.append(Bar((phase, stage), level, Decimal(change), level + Decimal(change)))
        level += Decimal(change)
    return tuple(found)


# 3.333333 + 3.333333 + 3.333334 = 10, and 3.33 + 3.33 + 3.34 = 10.00
THIRDS = bars(("gate", "orchard", "3.333333"), ("gate", "packing", "3.333333"), ("after", "sea", "3.333334"))


def spans(text: str) -> list[tuple[Decimal, Decimal]]:
    root = ElementTree.fromstring(text)
    rects = [rect for group in root.iter(f"{SVG}g") for rect in group.iter(f"{SVG}rect")]
    return [(Decimal(one.attrib["x"]), Decimal(one.attrib["x"]) + Decimal(one.attrib["width"])) for one in rects]


def test_values_and_lengths_add_up_to_the_headline() -> None:
    text = draw(THIRDS, words=WORDS)
    root = ElementTree.fromstring(text)
    groups = [group for group in root.iter(f"{SVG}g") if group.get("class") == "bar"]
    assert sum(Decimal(group.attrib["data-change"]) for group in groups) == Decimal("10.000000")
    shown = [group.findall(f"{SVG}text")[1].text or "" for group in groups]
    assert sorted(shown) == ["3.33 kg CO2e", "3.33 kg CO2e", "3.34 kg CO2e"]
    assert ">10.00 kg CO2e</text>" in text
    found = spans(text)
    assert found[0][0] == MARGIN and found[-1][1] == WIDTH - MARGIN
    assert all(one[1] == other[0] for one, other in pairwise(found))


def test_what_stands_apart_is_drawn_from_zero_and_moves_no_bar() -> None:
    plain, beside = draw(THIRDS, words=WORDS), draw(THIRDS, words=WORDS, apart=[("Removals", Decimal("-5.000000"))])
    # The removal needs room left of zero: 15 units of value on 344 of width, so zero lies a third in.
    zero = Decimal(MARGIN) + (Decimal(WIDTH - 2 * MARGIN) / 3).quantize(Decimal("0.01"))
    assert spans(beside)[0][0] == zero and spans(beside)[-1] == (Decimal(MARGIN), zero)
    changes = re.findall(r'data-change="([^"]+)"', plain)
    assert changes == re.findall(r'data-change="([^"]+)"', beside)
    assert ">10.00 kg CO2e</text>" in beside and ">-5.00 kg CO2e</text>" in beside
    assert "Removals: -5.000000 kg CO2e" in beside and "Removals" not in plain


def test_negative_step_goes_back_and_is_outlined() -> None:
    text = draw(bars(("gate", "orchard", "4.000000"), ("gate", "packing", "-1.000000")), words=WORDS)
    first, second = spans(text)
    assert second[1] == first[1] and second[0] < second[1]
    assert ">-1.00 kg CO2e</text>" in text and ">3.00 kg CO2e</text>" in text


def test_picture_has_title_and_description_and_nothing_from_elsewhere() -> None:
    text = draw(THIRDS, words=WORDS, name="x")
    root = ElementTree.fromstring(text)
    assert root.get("role") == "img" and root.get("lang") == "en"
    assert root.get("aria-labelledby") == "x-title x-desc"
    assert root.findtext(f"{SVG}title") == WORDS.title
    assert "Orchard: 3.33 kg CO2e" in (root.findtext(f"{SVG}desc") or "")
    assert "href" not in text and "@font-face" not in text and "style" not in text
    assert draw(THIRDS, words=WORDS, name="x") == text


def test_nothing_emitted_is_a_picture_too() -> None:
    text = draw(bars(("gate", "orchard", "0.000000")), words=WORDS)
    assert ElementTree.fromstring(text) is not None and ">0.00 kg CO2e</text>" in text


def test_long_names_are_broken_after_blanks_and_between_chinese_characters() -> None:
    assert wrapped("Cold store, Road transport", 100) == ["Cold store,", "Road", "transport"]
    # Seven wide characters are 91 units; a mark stays with its character, so both move.
    assert wrapped("公路运输出口港、报关", 92) == ["公路运输出口", "港、报关"]
    assert wrapped("7.178599 kg CO2e/kg", 120) == ["7.178599\u00a0kg\u00a0CO2e/kg"]
