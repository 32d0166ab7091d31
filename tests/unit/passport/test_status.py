"""Check status lists: bit order, the same bytes each time, strict reading."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from typing import Any

import pytest

from passport.errors import MalformedStatus
from passport.multibase import decode_base64url, encode_base64url
from passport.status import (
    LIST_LENGTH,
    decode_bits,
    encode_bits,
    read_status_entry,
    read_status_list,
    status_entry,
    status_list_credential,
)

URL = "https://passport.example/status/2026-1"
DID = "did:web:passport.example:issuers:coop"


def listed(*revoked: int) -> dict[str, Any]:
    credential = status_list_credential(
        url=URL,
        issuer=DID,
        revoked=revoked,
        valid_from=datetime(2026, 7, 1, tzinfo=UTC),
        valid_until=datetime(2046, 7, 1, tzinfo=UTC),
    )
    return {**credential, "proof": {}}


def test_index_zero_is_the_leftmost_bit() -> None:
    bits = decode_bits(encode_bits({0, 9}))
    assert len(bits) * 8 == LIST_LENGTH == 131072
    assert bits[0] == 0x80 and bits[1] == 0x40 and not any(bits[2:])


def test_the_list_has_the_same_bytes_each_time_and_no_clock_in_it() -> None:
    assert encode_bits({7, 8}) == encode_bits([8, 7])
    packed = decode_base64url(encode_bits(())[1:])
    assert packed[:4] == b"\x1f\x8b\x08\x00" and packed[4:8] == bytes(4) and packed[9] == 255


# W3C Bitstring Status List 1.0, the encodedList of its examples: a list of 131,072 zero bits.
def test_the_published_example_is_read() -> None:
    assert decode_bits("uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA") == bytes(16384)


def test_exactly_the_revoked_indexes_are_set() -> None:
    found = read_status_list(listed(7, 131071))
    assert [index for index in range(LIST_LENGTH) if found.is_set(index)] == [7, 131071]
    assert found.issuer == DID and found.url == URL


@pytest.mark.parametrize("index", [-1, LIST_LENGTH])
def test_an_index_outside_the_list_is_refused(index: int) -> None:
    with pytest.raises(MalformedStatus):
        read_status_list(listed()).is_set(index)
    with pytest.raises(MalformedStatus):
        encode_bits({index})


def spoiled() -> list[dict[str, Any]]:
    good = listed(1)
    subject = good["credentialSubject"]
    short = "u" + encode_base64url(gzip.compress(bytes(16), mtime=0))
    bomb = "u" + encode_base64url(gzip.compress(bytes(1 << 23), mtime=0))
    return [
        {**good, "extra": 1},
        {key: value for key, value in good.items() if key != "issuer"},
        {**good, "type": ["VerifiableCredential"]},
        {**good, "validUntil": "soon"},
        {**good, "credentialSubject": {**subject, "statusPurpose": "suspension"}},
        {**good, "credentialSubject": {**subject, "encodedList": short}},
        {**good, "credentialSubject": {**subject, "encodedList": bomb}},
        {**good, "credentialSubject": {**subject, "encodedList": subject["encodedList"][:-4]}},
        {**good, "credentialSubject": {**subject, "encodedList": "x"}},
        {**good, "credentialSubject": None},
        {**good, "issuer": {}},
    ]


@pytest.mark.parametrize("value", [None, [], "x", *spoiled()], ids=range(14))
def test_any_other_form_is_refused(value: Any) -> None:
    with pytest.raises(MalformedStatus):
        read_status_list(value)


def test_the_entry_of_a_passport_is_read_back() -> None:
    assert read_status_entry(status_entry(URL, 7)) == (URL, 7)
    assert type(status_entry(URL, 7)["statusListIndex"]) is int


@pytest.mark.parametrize(
    "change",
    [
        {"statusListIndex": "7"},
        {"statusListIndex": True},
        {"statusListIndex": -1},
        {"id": URL},
        {"type": "x"},
        {"y": 1},
    ],
)
def test_another_entry_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedStatus):
        read_status_entry({**status_entry(URL, 7), **change})
