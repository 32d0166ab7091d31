"""Check the two multibase spellings, also that each value has one of them only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passport.errors import MalformedMultibase
from passport.multibase import (
    decode_base58,
    decode_base64url,
    decode_multikey,
    encode_base58,
    encode_base64url,
    encode_multikey,
)


# draft-msporny-base58-03, section 5.
@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"Hello World!", "2NEpo7TZRRrLZSi2U"),
        (
            b"The quick brown fox jumps over the lazy dog.",
            "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
        ),
        (bytes.fromhex("0000287fb4cd"), "11233QC4"),
        (b"", ""),
    ],
)
def test_published_base58_vectors(data: bytes, text: str) -> None:
    assert encode_base58(data) == text
    assert decode_base58(text) == data


@given(st.binary(max_size=80))
def test_what_is_written_is_read_back(data: bytes) -> None:
    assert decode_base58(encode_base58(data)) == data
    assert decode_base64url(encode_base64url(data)) == data


@given(st.text(alphabet="123456789ABCabcz0OIl-_=+/ ", max_size=40))
def test_what_is_read_is_in_its_one_spelling(text: str) -> None:
    for decode, encode in ((decode_base58, encode_base58), (decode_base64url, encode_base64url)):
        try:
            data = decode(text)
        except MalformedMultibase:
            continue
        assert encode(data) == text


@pytest.mark.parametrize(
    "text", ["", "u1", "z", "z1", "z6Mk", encode_multikey(bytes(31)), "z" + encode_base58(bytes(34))]
)
def test_what_is_no_multikey_is_refused(text: str) -> None:
    with pytest.raises(MalformedMultibase):
        decode_multikey(text)
