"""Check identifiers at the edge, and read what stands in them.

Actors and facilities are pseudonyms. A lot is named by a GTIN with its lot number, or by a random code that cannot
be guessed. None of them says who or where; names are items.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Final

from ledger.errors import MalformedEntry

ACTOR_PATTERN: Final = "^a_[a-z2-7]{16}$"
FACILITY_PATTERN: Final = "^f_[a-z2-7]{16}$"
LABEL_PATTERN: Final = "[a-z0-9][a-z0-9-]{0,31}"
KEY_NAME_PATTERN: Final = f"^a_[a-z2-7]{{16}}/{LABEL_PATTERN}$"
GTIN_PATTERN: Final = "^[0-9]{14}$"
GS1_LOT_PATTERN: Final = "^gs1:01/[0-9]{14}/10/[A-Z0-9_-]{1,20}$"
LOT_PATTERN: Final = "^(gs1:01/[0-9]{14}/10/[A-Z0-9_-]{1,20}|p:[0-9A-HJKMNP-TV-Z]{16})$"
DIGEST_PATTERN: Final = "^[A-Za-z0-9_-]{43}$"
HEX_PATTERN: Final = "^[0-9a-f]{64}$"
#: 128 bits in base64url; the last character holds two of them.
SALT_PATTERN: Final = "^[A-Za-z0-9_-]{21}[AQgw]$"
CODE_PATTERN: Final = "^[a-z][a-z0-9_]{0,31}$"

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NO_ENTRY: Final = "0" * 64


def matcher(pattern: str) -> Callable[[object], bool]:
    """Give the test whether a value is a text of a pattern, which is written `^...$`."""
    find = re.compile(pattern[1:-1], re.ASCII).fullmatch
    return lambda text: isinstance(text, str) and find(text) is not None


is_actor_id: Final = matcher(ACTOR_PATTERN)
is_facility_id: Final = matcher(FACILITY_PATTERN)
is_key_name: Final = matcher(KEY_NAME_PATTERN)
is_digest: Final = matcher(DIGEST_PATTERN)
is_entry_id: Final = matcher(HEX_PATTERN)
is_code: Final = matcher(CODE_PATTERN)
is_salt: Final = matcher(SALT_PATTERN)
_has_gtin_form: Final = matcher(GTIN_PATTERN)
_has_gs1_form: Final = matcher(GS1_LOT_PATTERN)
_has_code_form: Final = matcher("^[0-9A-HJKMNP-TV-Z]{16}$")


def parse_actor_id(text: str) -> str:
    """Read `a_` and sixteen characters of `a-z2-7`.

    Raises:
        MalformedEntry: another form.
    """
    if not is_actor_id(text):
        raise MalformedEntry("an actor id is a_ and 16 characters of a-z2-7", text=str(text)[:80])
    return text


def parse_facility_id(text: str) -> str:
    """Read `f_` and sixteen characters of `a-z2-7`.

    Raises:
        MalformedEntry: another form.
    """
    if not is_facility_id(text):
        raise MalformedEntry("a facility id is f_ and 16 characters of a-z2-7", text=str(text)[:80])
    return text


def parse_key_name(text: str) -> str:
    """Read `<actor>/<label>`.

    Raises:
        MalformedEntry: another form.
    """
    if not is_key_name(text):
        raise MalformedEntry("a key name is an actor id, a slash and a label", text=str(text)[:80])
    return text


def key_owner(name: str) -> str:
    """Give the actor who owns a key.

    Raises:
        MalformedEntry: not a key name.
    """
    return parse_key_name(name).partition("/")[0]


def gtin_check_digit(body: str) -> str:
    """Compute the last digit of a GTIN from all digits before it.

    Source: GS1 General Specifications, section 7.9.1: weights 3 and 1 from the right.
    """
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def is_gtin(text: object) -> bool:
    """Tell whether a text is a GTIN of fourteen digits with a valid check digit."""
    return isinstance(text, str) and _has_gtin_form(text) and gtin_check_digit(text[:13]) == text[13]


def code_check_character(body: str) -> str:
    """Compute the sixteenth character of a lot code from the fifteen before it.

    The value is the sum of (2i-1) * v_i over the characters v_1 to v_15, modulo 32, in Crockford's base32.
    """
    total = sum((2 * place + 1) * CROCKFORD.index(character) for place, character in enumerate(body))
    return CROCKFORD[total % 32]


def make_code(randomness: bytes) -> str:
    """Turn ten random bytes into a lot code: fifteen characters and a check character.

    Raises:
        MalformedEntry: fewer than ten bytes.
    """
    if len(randomness) < 10:
        raise MalformedEntry("a lot code needs ten random bytes", size=len(randomness))
    number = int.from_bytes(randomness[:10], "big") >> 5
    body = "".join(CROCKFORD[number >> shift & 31] for shift in range(70, -1, -5))
    return body + code_check_character(body)


def is_code_text(text: object) -> bool:
    """Tell whether a text is a lot code with a valid check character."""
    return isinstance(text, str) and _has_code_form(text) and (code_check_character(text[:15]) == text[15])


def is_lot_id(text: object) -> bool:
    """Tell whether a text is a lot id with valid check digits."""
    return isinstance(text, str) and _is_lot_id(text)


@lru_cache(maxsize=4096)
def _is_lot_id(text: str) -> bool:
    if _has_gs1_form(text):
        return is_gtin(text[7:21])
    return text.startswith("p:") and is_code_text(text[2:])


def gtin_of(lot: str) -> str:
    """Give the GTIN in a lot id, or an empty text for a random code."""
    return lot[7:21] if lot.startswith("gs1:01/") else ""


def sorted_unique(values: Iterable[str]) -> bool:
    """Tell whether texts stand in ascending order without a double."""
    return all(first < second for first, second in pairwise(values))
