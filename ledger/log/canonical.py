"""Write and read canonical JSON bytes.

Two spellings live here. ``encode`` and ``decode`` hold the strict profile of entries and items, in which RFC 8785 and
sorted compact output are the same bytes: keys of ``[a-z0-9_]``, no floats, integers of at most 2^53-1, strings in NFC,
at most eight levels. ``jcs`` and ``jcs_decode`` are full RFC 8785 for credentials.

Source: RFC 8785 (JSON Canonicalization Scheme), RFC 7493 (I-JSON).
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from functools import lru_cache
from typing import Any, Final, NoReturn

import orjson
import rfc8785

from ledger.errors import MalformedJson

MAX_INTEGER: Final = 2**53 - 1
MAX_DEPTH: Final = 8
_KEY: Final = re.compile(r"[a-z0-9_]+\Z")
_MAX_JCS_DEPTH: Final = 200


def encode(value: Any, *, ascii_only: bool = False) -> bytes:
    """Return the only spelling of a value in the strict profile.

    Args:
        value: objects, lists, strings, integers, booleans and null.
        ascii_only: refuse every string with a character outside ASCII.

    Raises:
        MalformedJson: the value is outside the profile.
    """
    _check(value, MAX_DEPTH, ascii_only)
    return spell(value)


def spell(value: Any) -> bytes:
    """Return what ``encode`` returns, for a value that was found to be in the strict profile before.

    Raises:
        MalformedJson: the value is not even JSON.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONEncodeError, RecursionError) as error:
        raise MalformedJson("the value has no canonical form", reason=str(error)) from None


def decode(data: bytes, *, ascii_only: bool = False) -> Any:
    """Read bytes that ``encode`` would have written, and refuse all others.

    Raises:
        MalformedJson: not JSON, outside the profile, or not in its canonical spelling.
    """
    try:
        value = orjson.loads(data)
    except (orjson.JSONDecodeError, RecursionError, TypeError) as error:
        raise MalformedJson("not JSON", reason=str(error)) from None
    _check(value, MAX_DEPTH, ascii_only)
    if spell(value) != data:
        raise MalformedJson("not the canonical spelling of its value")
    return value


def jcs(value: Any) -> bytes:
    """Return the RFC 8785 bytes of a value; floats and any key are allowed.

    Raises:
        MalformedJson: the value has no RFC 8785 form.
    """
    try:
        return bytes(rfc8785.dumps(value))
    except (rfc8785.CanonicalizationError, ValueError, TypeError, RecursionError) as error:
        raise MalformedJson("the value has no canonical form", reason=str(error)) from None


def jcs_decode(data: bytes, *, exact: bool = False) -> Any:
    """Read JSON strictly: UTF-8, no duplicate keys, no NaN or infinity, no lone surrogates.

    Args:
        data: the bytes.
        exact: also refuse bytes that are not their own RFC 8785 form.

    Raises:
        MalformedJson: the bytes cannot be read so.
    """
    try:
        text = data.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant, parse_float=_finite)
        _refuse_surrogates(value, _MAX_JCS_DEPTH)
    except (ValueError, RecursionError, AttributeError) as error:
        raise MalformedJson("not strict JSON", reason=str(error)) from None
    if exact and jcs(value) != data:
        raise MalformedJson("not the canonical spelling of its value")
    return value


def _check(value: Any, depth: int, ascii_only: bool) -> None:
    """Check a value; the members of a container are checked in place, since every entry and item passes here."""
    kind = type(value)
    if kind is dict:
        for key in value:
            if type(key) is not str or not _is_key(key):
                raise MalformedJson("a key is not made of a-z, 0-9 and _", key=str(key))
        members = value.values()
    elif kind is list or kind is tuple:
        members = value
    else:
        members, depth = (value,), depth + 1
    if depth == 0:
        raise MalformedJson("nested deeper than eight levels")
    for member in members:
        kind = type(member)
        if kind is str:
            if not member.isascii():
                _check_text(member, ascii_only)
        elif kind is dict or kind is list or kind is tuple:
            _check(member, depth - 1, ascii_only)
        elif kind is int:
            if not -MAX_INTEGER <= member <= MAX_INTEGER:
                raise MalformedJson("an integer is larger than 2^53-1")
        elif member is not None and kind is not bool:
            raise MalformedJson("a value is neither text, integer, boolean, null, list nor object", type=kind.__name__)


@lru_cache(maxsize=1024)
def _is_key(text: str) -> bool:
    return _KEY.match(text) is not None


def _check_text(value: str, ascii_only: bool) -> None:
    if ascii_only:
        raise MalformedJson("a string holds a character outside ASCII")
    if not unicodedata.is_normalized("NFC", value):
        raise MalformedJson("a string is not in Unicode form NFC")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice in one object")
    return found


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _refuse_surrogates(value: Any, depth: int) -> None:
    if depth == 0:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        value.encode("utf-8")
    elif isinstance(value, dict):
        for key, member in value.items():
            key.encode("utf-8")
            _refuse_surrogates(member, depth - 1)
    elif isinstance(value, list):
        for member in value:
            _refuse_surrogates(member, depth - 1)
