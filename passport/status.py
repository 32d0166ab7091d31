"""Publish which passports are revoked as a Bitstring Status List, and read such lists.

Source: W3C Bitstring Status List 1.0, sections 2.1 to 3.3.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from iocore.errors import IOCoreError
from iocore.times import format_time, parse_time
from passport.errors import MalformedMultibase, MalformedStatus
from passport.multibase import decode_base64url, encode_base64url

LIST_LENGTH = 131_072
CONTEXT = "https://www.w3.org/ns/credentials/v2"
_MOST_BYTES = 1 << 20
_LIST_FIELDS = frozenset({"@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialSubject", "proof"})


@dataclass(frozen=True, slots=True)
class StatusList:
    """Hold a status list that has been read: whose it is, from when until when, and its bits."""

    url: str
    issuer: str
    valid_from: datetime
    valid_until: datetime
    bits: bytes

    def is_set(self, index: int) -> bool:
        """Tell whether the bit of an index is set; the first bit is the left-most one.

        Raises:
            MalformedStatus: the list has no such index.
        """
        if not 0 <= index < len(self.bits) * 8:
            raise MalformedStatus("the status list has no such index", index=index, length=len(self.bits) * 8)
        return bool(self.bits[index // 8] & (0x80 >> index % 8))


def encode_bits(indexes: Collection[int]) -> str:
    """Return the `encodedList` in which exactly these indexes are set; the same bytes each time."""
    bits = bytearray(LIST_LENGTH // 8)
    for index in indexes:
        if not 0 <= index < LIST_LENGTH:
            raise MalformedStatus("the index lies outside the status list", index=index, length=LIST_LENGTH)
        bits[index // 8] |= 0x80 >> index % 8
    packed = bytearray(gzip.compress(bytes(bits), compresslevel=9, mtime=0))
    packed[9] = 255  # operating system "unknown": some Python versions write their own
    return "u" + encode_base64url(bytes(packed))


def decode_bits(text: str) -> bytes:
    """Return the bits of an `encodedList`.

    Raises:
        MalformedStatus: not base64url of one gzip member, or shorter than 131,072 bits or longer than 8,388,608.
    """
    if not text.startswith("u"):
        raise MalformedStatus("an encoded list starts with u")
    try:
        unpacker = zlib.decompressobj(wbits=31)
        bits = unpacker.decompress(decode_base64url(text[1:]), _MOST_BYTES)
    except (zlib.error, MalformedMultibase) as error:
        raise MalformedStatus("the encoded list is not base64url of gzip data") from error
    if not unpacker.eof or unpacker.unused_data or len(bits) * 8 < LIST_LENGTH:
        raise MalformedStatus("the encoded list is cut, too long or too short", bits=len(bits) * 8)
    return bits


def status_entry(list_url: str, index: int) -> dict[str, Any]:
    """Return the `credentialStatus` of a passport; the index is an integer in both forms, as UNTP 0.7.0 has it."""
    return {
        "id": f"{list_url}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": index,
        "statusListCredential": list_url,
    }


def read_status_entry(value: Any) -> tuple[str, int]:
    """Return list address and index of a `credentialStatus` of exactly our form.

    Raises:
        MalformedStatus: any other form.
    """
    if not isinstance(value, dict):
        raise MalformedStatus("the credential has no status entry")
    url, index = value.get("statusListCredential"), value.get("statusListIndex")
    if not isinstance(url, str) or type(index) is not int or index < 0 or value != status_entry(url, index):
        raise MalformedStatus("the status entry is not a revocation entry of our form")
    return url, index


def status_list_credential(
    *, url: str, issuer: str, revoked: Collection[int], valid_from: datetime, valid_until: datetime
) -> dict[str, Any]:
    """Build the status list credential, without proof."""
    return {
        "@context": [CONTEXT],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": format_time(valid_from),
        "validUntil": format_time(valid_until),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encode_bits(revoked),
        },
    }


def read_status_list(value: Any) -> StatusList:
    """Read a status list credential; its proof is the caller's to check.

    Raises:
        MalformedStatus: not a revocation list of our form.
    """
    if not isinstance(value, dict) or set(value) != _LIST_FIELDS:
        raise MalformedStatus("the status list credential has other fields than ours")
    url, issuer, subject = value["id"], value["issuer"], value["credentialSubject"]
    if not isinstance(url, str) or not isinstance(issuer, str) or not isinstance(subject, dict):
        raise MalformedStatus("the status list credential has no id, issuer or subject")
    encoded = subject.get("encodedList")
    expected = {"id": f"{url}#list", "type": "BitstringStatusList", "statusPurpose": "revocation"}
    if not isinstance(encoded, str) or subject != {**expected, "encodedList": encoded}:
        raise MalformedStatus("the subject is not a revocation list of our form")
    if value["type"] != ["VerifiableCredential", "BitstringStatusListCredential"] or value["@context"] != [CONTEXT]:
        raise MalformedStatus("the credential is not a BitstringStatusListCredential")
    try:
        valid_from, valid_until = parse_time(value["validFrom"]), parse_time(value["validUntil"])
    except IOCoreError as error:
        raise MalformedStatus("the status list has no valid times") from error
    return StatusList(url, issuer, valid_from, valid_until, decode_bits(encoded))
