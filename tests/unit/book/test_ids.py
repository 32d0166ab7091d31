"""Identifiers have one spelling, and check digits catch slips."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import MalformedEntry
from ledger.ids import (
    CROCKFORD,
    code_check_character,
    gtin_check_digit,
    gtin_of,
    is_gtin,
    is_lot_id,
    key_owner,
    make_code,
    parse_actor_id,
    parse_facility_id,
)

LOT = "gs1:01/09520000000264/10/26GW-SEA1"


def test_known_identifiers_are_read() -> None:
    assert is_lot_id(LOT)
    assert gtin_of(LOT) == "09520000000264"
    assert is_lot_id("p:91BGH5VVASFQEG1K")
    assert parse_actor_id("a_c2olwv7vbcap4dwd") == "a_c2olwv7vbcap4dwd"
    assert parse_facility_id("f_g5uc6dryavaemt75") == "f_g5uc6dryavaemt75"
    assert key_owner("a_c2olwv7vbcap4dwd/2026") == "a_c2olwv7vbcap4dwd"


@pytest.mark.parametrize(
    "text",
    [
        "gs1:01/09520000000265/10/26GW-SEA1",
        "gs1:01/09520000000264/10/",
        "gs1:01/09520000000264/10/26gw",
        "gs1:01/09520000000264/10/" + "A" * 21,
        "gs1:01/9520000000264/10/A",
        "p:91BGH5VVASFQEG1J",
        "p:91bgh5vvasfqeg1k",
        "p:IIIIIIIIIIIIIIII",
        LOT + "\n",
        "",
    ],
)
def test_lot_in_another_form_is_refused(text: str) -> None:
    assert not is_lot_id(text)


@pytest.mark.parametrize(
    "text", ["a_c2olwv7vbcap4dw", "a_C2OLWV7VBCAP4DWD", "a_c2olwv7vbcap4dw1", "f_c2olwv7vbcap4dwd"]
)
def test_actor_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(MalformedEntry):
        parse_actor_id(text)


@pytest.mark.parametrize("text", ["a_c2olwv7vbcap4dwd", "a_c2olwv7vbcap4dwd/", "a_c2olwv7vbcap4dwd/A", "x/2026"])
def test_key_name_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(MalformedEntry):
        key_owner(text)


@given(st.text("0123456789", min_size=13, max_size=13), st.integers(0, 12), st.integers(1, 9))
def test_gtin_with_one_altered_digit_is_refused(body: str, place: int, shift: int) -> None:
    gtin = body + gtin_check_digit(body)
    assert is_gtin(gtin)
    assert not is_gtin(gtin[:place] + str((int(gtin[place]) + shift) % 10) + gtin[place + 1 :])


@given(st.binary(min_size=10, max_size=10))
def test_made_code_has_a_valid_check_character(randomness: bytes) -> None:
    assert is_lot_id("p:" + make_code(randomness))


@given(st.text(CROCKFORD, min_size=15, max_size=15), st.integers(0, 14), st.integers(1, 31))
def test_code_with_one_altered_character_is_refused(body: str, place: int, shift: int) -> None:
    code = body + code_check_character(body)
    altered = CROCKFORD[(CROCKFORD.index(code[place]) + shift) % 32]
    assert not is_lot_id("p:" + code[:place] + altered + code[place + 1 :])
