"""Lot numbers in the forms that stand on labels."""

from __future__ import annotations

import pytest

from web.imports.lots import read_lot
from web.imports.measure import Unreadable

SEA1 = "gs1:01/09520000000264/10/26GW-SEA1"


@pytest.mark.parametrize(
    "text",
    [
        SEA1,
        "(01)09520000000264(10)26GW-SEA1",
        "(01) 09520000000264 (10) 26gw-sea1",
        "（01）09520000000264（10）26GW－SEA1",
        "https://passport.example/01/09520000000264/10/26GW-SEA1",
        "https://passport.example/01/09520000000264/10/26GW-SEA1?linkType=all",
    ],
)
def test_every_printed_form_of_a_gs1_lot_is_one_lot(text: str) -> None:
    assert read_lot(text) == SEA1


@pytest.mark.parametrize(
    "text", ["p:91BGH5VVASFQEG1K", "91bgh5vvasfqeg1k", "https://passport.example/p/91BGH5VVASFQEG1K"]
)
def test_every_printed_form_of_a_code_is_one_lot(text: str) -> None:
    assert read_lot(text) == "p:91BGH5VVASFQEG1K"


@pytest.mark.parametrize(
    "text",
    [
        "p:91BGH5VVASFQEG1J",
        "p:91BGH5VVASFQEGOK",
        "p:91BGH5VVASFQEG1",
        "(01)09520000000265(10)26GW-SEA1",
        "(01)9520000000264(10)26GW-SEA1",
        "26GW-SEA1",
        "",
    ],
)
def test_a_slip_of_the_pen_is_not_a_lot(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_lot(text)
    assert caught.value.code == "lot-malformed"
    assert caught.value.context["reason"] and caught.value.context["reason_zh"]
