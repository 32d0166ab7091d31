"""Check canonical JSON: one spelling in, one spelling out."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import LedgerError, MalformedJson
from ledger.log.canonical import MAX_INTEGER, decode, encode, jcs, jcs_decode
from tests.support.official import vectors

TEXT = st.text(st.characters(exclude_categories=("Cs",))).map(lambda text: normalize("NFC", text))
KEYS = st.from_regex(r"[a-z0-9_]{1,6}", fullmatch=True)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
@settings(max_examples=300, deadline=None)
def test_profile_equals_rfc8785_and_reads_back(value: Any) -> None:
    try:
        data = encode(value)
    except MalformedJson as error:
        assert "eight levels" in error.message
        return
    assert data == rfc8785.dumps(value)
    assert decode(data) == value
    assert jcs_decode(data, exact=True) == value


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"a": 1}',
        b'{"a":1}\n',
        b'{"b":1,"a":1}',
        b'{"a":1,"a":1}',
        b'{"a":1,"a":2}',
        b'{"a":1.0}',
        b'{"a":1e2}',
        b'{"a":-0}',
        b'{"a":01}',
        b'{"a":9007199254740992}',
        b'{"a":-9007199254740992}',
        b'{"a":99999999999999999999999999}',
        b'{"A":1}',
        b'{"":1}',
        b'{"a b":1}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":"\\u0041"}',
        b'{"a":"\\/"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xff"}',
        '{"a":"e\u0301"}'.encode(),
        b"[[[[[[[[[1]]]]]]]]]",
        b"\xef\xbb\xbf1",
        b"'a'",
        b"[1,]",
    ],
)
def test_every_other_spelling_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedJson):
        decode(data)


def test_depth_of_eight_is_the_limit() -> None:
    assert decode(b"[[[[[[[[1]]]]]]]]") == [[[[[[[[1]]]]]]]]
    with pytest.raises(MalformedJson):
        encode([[[[[[[[[1]]]]]]]]])
    with pytest.raises(MalformedJson):
        decode(b"[" * 100_000 + b"]" * 100_000)


def test_ascii_only_refuses_other_characters() -> None:
    assert decode('"荔枝"'.encode()) == "荔枝"
    for call in (lambda: decode('"荔枝"'.encode(), ascii_only=True), lambda: encode("荔枝", ascii_only=True)):
        with pytest.raises(MalformedJson):
            call()


@pytest.mark.parametrize("value", [1.5, b"x", {1: 2}, {"a": object()}, {"A": 1}, {"a": float("nan")}, "\ud800"])
def test_values_outside_the_profile_are_refused(value: Any) -> None:
    with pytest.raises(MalformedJson):
        encode(value)


def test_mutated_bytes_never_leak_another_error() -> None:
    source = random.Random(7)
    good = encode({"actor": "a_x", "data": {"in": ["p:1"], "n": 3}, "items": ["荔枝"], "seq": 12})
    accepted = 0
    for _ in range(5000):
        data = bytearray(good)
        for _ in range(source.randint(1, 3)):
            at = source.randrange(len(data))
            if source.random() < 0.3:
                del data[at]
            else:
                data[at] = source.randrange(256)
        try:
            value = decode(bytes(data))
        except LedgerError as error:
            assert isinstance(error, MalformedJson)
        else:
            accepted += 1
            assert encode(value) == bytes(data)
    assert accepted > 0


@pytest.mark.parametrize(
    "data", [b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":1e999}', b'{"a":"\\ud800"}', b"\xff", b"[" * 5000 + b"]" * 5000]
)
def test_strict_json_refuses(data: bytes) -> None:
    with pytest.raises(MalformedJson):
        jcs_decode(data)


def test_exact_form_is_asked_for_explicitly() -> None:
    assert jcs_decode(b'{ "b": 1.50, "A": 2 }') == {"b": 1.5, "A": 2}
    with pytest.raises(MalformedJson):
        jcs_decode(b'{ "b": 1.5 }', exact=True)
    with pytest.raises(MalformedJson):
        jcs({"a": float("inf")})


@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_official_rfc8785_cases(name: str) -> None:
    folder = vectors("jcs", cases=6)
    source = json.loads(Path(folder, "input", f"{name}.json").read_text(encoding="utf-8"))
    expected = bytes.fromhex(Path(folder, "outhex", f"{name}.txt").read_text(encoding="ascii"))
    assert jcs(source) == expected
    assert jcs(jcs_decode(expected, exact=True)) == expected
