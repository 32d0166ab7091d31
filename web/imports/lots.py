"""Read lot numbers in the forms that stand on labels: codes, GS1 element strings, links, ledger ids."""

from __future__ import annotations

import re
import secrets
from typing import Final

from ledger.ids import CROCKFORD, code_check_character, is_gtin, make_code
from web.imports.measure import Unreadable

_ELEMENTS: Final = re.compile(r"\(01\)\s*([0-9]{14})\s*\(10\)\s*([A-Za-z0-9_-]{1,20})")
_PATH: Final = re.compile(r"(?:gs1:|https?://[^ ]*?/)01/([0-9]{14})/10/([A-Za-z0-9_-]{1,20})(?:[/?#].*)?")
# What a Chinese keyboard writes for the signs of a lot number.
_WIDE: Final = {0xFF08: "(", 0xFF09: ")", 0xFF1A: ":", 0xFF0D: "-", 0xFF0F: "/"}
_CODE: Final = re.compile(r"(?:p:|https?://[^ ]*?/p/)?([0-9A-Za-z]{16})")


def fresh_lot() -> str:
    """Draw the number of a lot that has no label yet."""
    return f"p:{make_code(secrets.token_bytes(10))}"


def read_lot(text: str) -> str:
    """Read a printed lot number into its ledger id.

    Accepts `p:` codes with or without prefix and in any case, `(01)..(10)..`, Digital Links and `gs1:` ids, also
    with the full-width signs of a Chinese keyboard.

    Raises:
        Unreadable: lot-malformed, with the reason in both languages.
    """
    text = text.translate(_WIDE)
    match = _ELEMENTS.fullmatch(text) or _PATH.fullmatch(text)
    if match:
        if not is_gtin(match[1]):
            raise Unreadable("lot-malformed", reason_zh="GTIN 校验位不对", reason="wrong GTIN check digit")
        return f"gs1:01/{match[1]}/10/{match[2].upper()}"
    match = _CODE.fullmatch(text)
    if match is None:
        raise Unreadable("lot-malformed", reason_zh="格式不对", reason="not the form of a lot number")
    code = match[1].upper()
    if any(character not in CROCKFORD for character in code):
        raise Unreadable("lot-malformed", reason_zh="含有标签不用的字母 I L O U", reason="it holds I, L, O or U")
    if code_check_character(code[:15]) != code[15]:
        raise Unreadable("lot-malformed", reason_zh="末位校验字符不对", reason="wrong check character at its end")
    return f"p:{code}"
