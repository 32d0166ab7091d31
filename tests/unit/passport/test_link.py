"""Check addresses of lots, also against somebody else's Digital Link parser."""

from __future__ import annotations

import biip
import pytest
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from hypothesis import given
from hypothesis import strategies as st

from ledger.ids import CROCKFORD, make_code
from passport.errors import MalformedLink
from passport.link import CodeLink, DigitalLink, link_of, normal_code, parse_path, uri_of

BASE = "https://passport.example"
LOT = "gs1:01/09520000000264/10/26GW-SEA1"


def test_a_lot_has_one_address_and_an_address_one_lot() -> None:
    assert uri_of(LOT, base_url=BASE) == f"{BASE}/01/09520000000264/10/26GW-SEA1"
    assert parse_path(uri_of(LOT, base_url=BASE).removeprefix(BASE)).lot_id == LOT
    assert uri_of("p:91BGH5VVASFQEG1K", base_url=BASE + "/") == f"{BASE}/p/91BGH5VVASFQEG1K"
    assert parse_path("/p/91BGH5VVASFQEG1K") == CodeLink("91BGH5VVASFQEG1K")


def test_another_parser_reads_the_same() -> None:
    found = GS1DigitalLinkURI.parse(f"{BASE}/01/09520000000264/10/26GW-SEA1/21/ABC123")
    assert [(element.ai.ai, element.value) for element in found.element_strings] == [
        ("01", "09520000000264"),
        ("10", "26GW-SEA1"),
        ("21", "ABC123"),
    ]
    assert biip.parse("09520000000264").gtin is not None
    link = DigitalLink("09520000000264", "26GW-SEA1", "ABC123")
    assert GS1DigitalLinkURI.parse(BASE + link.path).element_strings == found.element_strings


@given(st.from_regex(r"[A-Z0-9_-]{1,20}", fullmatch=True), st.from_regex(r"[A-Z0-9_-]{0,20}", fullmatch=True))
def test_what_is_written_is_read_back(lot: str, serial: str) -> None:
    link = DigitalLink("09520000000264", lot, serial)
    assert parse_path(link.path) == link


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/01/",
        "/01/09520000000265",
        "/01/9520000000264/10/A",
        "/01/09520000000264/10/",
        "/01/09520000000264/10/a",
        "/01/09520000000264/10/荔枝",
        "/01/09520000000264/10/" + "A" * 21,
        "/01/09520000000264/21/A",
        "/01/09520000000264/10/A/21/",
        "/01/09520000000264/10/A?x=1",
        "/01/09520000000264/21/A/10/B",
        "/p/",
        "/p/91BGH5VVASFQEG1J",
        "/p/91BGH5VVASFQEG1K/",
        "/p/91BGH5VVASFQEG1",
        "/x/1",
        "01/09520000000264",
    ],
)
def test_any_other_address_is_refused(path: str) -> None:
    with pytest.raises(MalformedLink):
        parse_path(path)


@pytest.mark.parametrize(
    "base", ["http://passport.example", "https://passport.example/x", "https://P.example", "", "https://a b"]
)
def test_a_base_that_no_label_should_carry_is_refused(base: str) -> None:
    with pytest.raises(MalformedLink):
        uri_of(LOT, base_url=base)


@given(st.binary(min_size=10, max_size=10), st.integers(0, 14), st.integers(1, 31))
def test_one_wrong_character_of_a_code_is_noticed(randomness: bytes, place: int, shift: int) -> None:
    code = make_code(randomness)
    assert CodeLink(code).lot_id == f"p:{code}"
    wrong = CROCKFORD[(CROCKFORD.index(code[place]) + shift) % 32]
    with pytest.raises(MalformedLink):
        CodeLink(code[:place] + wrong + code[place + 1 :])


def test_a_code_is_read_as_people_type_it() -> None:
    assert normal_code("91bg-h5vv-asfq-eglk") == "91BGH5VVASFQEG1K"
    assert link_of("p:91BGH5VVASFQEG1K") == parse_path("/p/91bg-h5vv-asfq-eglk")


@pytest.mark.parametrize("lot", ["", "p:x", "gs1:01/09520000000265/10/A", "gs1:01/09520000000264/10/"])
def test_what_is_no_lot_has_no_link(lot: str) -> None:
    with pytest.raises(MalformedLink):
        link_of(lot)
