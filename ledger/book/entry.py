"""Write and read entries: the public envelope, signed by one key.

Parsing accepts exactly the bytes that encoding would produce. It judges form only; whether an entry may take effect
is decided in `ledger.book.rules`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

import msgspec

from iocore.errors import MalformedTime
from iocore.times import parse_time
from ledger.errors import MalformedEntry, MalformedJson, MalformedNote
from ledger.ids import (
    is_actor_id,
    is_code,
    is_digest,
    is_entry_id,
    is_facility_id,
    is_key_name,
    is_lot_id,
    sorted_unique,
)
from ledger.log.canonical import MAX_INTEGER, decode, encode
from ledger.log.note import SignedNote, VerifierKey
from ledger.log.signer import Signer, verify_note

HEADER: Final = b"ecarbon/entry@v1\n"
MAX_NOTE: Final = 16 * 1024
SIGNATURE_SIZE: Final = 64
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Hold the twelve fields of an envelope.

    Args:
        actor: whose book it is.
        recorded_by: who writes; owns the key.
        kind: what happened; a file in `ledger.book.kinds`.
        stage: where in a lot's life; a file in `ledger.book.stages`, or empty.
        facility: where in space, or empty.
        lots: lots concerned, sorted.
        event_time: when it happened, as claimed.
        data: public facts of the kind.
        items: digests of the salted items, sorted.
        refs: ids of the entries that this one answers, sorted.
        seq: place in the chain of the key, from 1.
        prev: id of the key's previous entry, 64 zeros first.
    """

    actor: str
    recorded_by: str
    kind: str
    seq: int
    prev: str
    event_time: str
    stage: str = ""
    facility: str = ""
    lots: tuple[str, ...] = ()
    data: dict[str, Any] = {}
    items: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()


FIELDS: Final = tuple(sorted(Entry.__struct_fields__))
_FIELD_SET: Final = frozenset(FIELDS)


class SignedEntry(msgspec.Struct, frozen=True, gc=False):
    """Hold an entry with the bytes it was read from.

    Args:
        entry: the envelope.
        entry_id: lower-case hex SHA-256 of the note text, without the signature.
        key_name: `<actor>/<label>` of the one signature.
        note: the whole note; the leaf of the log.
        parts: text and signature of these bytes.
    """

    entry: Entry
    entry_id: str
    key_name: str
    note: bytes
    parts: SignedNote

    def verify(self, key: VerifierKey) -> None:
        """Check the signature with a public key.

        Raises:
            KeyUntrusted: the signature is by another key.
            SignatureUntrusted: it does not verify.
        """
        verify_note(self.parts, key)


def entry_text(entry: Entry) -> bytes:
    """Write the note text: the header line and one line of canonical JSON.

    Raises:
        MalformedEntry: the entry breaks the form.
    """
    _check_form(entry)
    try:
        text = HEADER + encode({name: getattr(entry, name) for name in FIELDS}, ascii_only=True) + b"\n"
    except MalformedJson as error:
        raise MalformedEntry(error.message, **error.context) from None
    _check_control(entry, text)
    return text


def entry_id_of(text: bytes) -> str:
    """Give the id of a note text."""
    return sha256(text).hexdigest()


def sign_entry(entry: Entry, signer: Signer) -> bytes:
    """Write and sign an entry.

    Raises:
        MalformedEntry: the entry breaks the form, is too long, or is not recorded by the key's owner.
    """
    text = entry_text(entry)
    _check_owner(entry, signer.name)
    note = signer.sign_note(text)
    _check_size(note)
    return note


def parse_entry(note: bytes) -> SignedEntry:
    """Read a note as an entry. The signature is not checked here: see `SignedEntry.verify`.

    Raises:
        MalformedEntry: not exactly the bytes that `sign_entry` writes.
    """
    _check_size(note)
    try:
        signed = SignedNote.parse(note)
        if len(signed.signatures) != 1 or signed.encode() != note:
            raise MalformedEntry("an entry carries exactly one signature, in its canonical spelling")
        text, signature = signed.text, signed.signatures[0]
        if not text.startswith(HEADER) or text.count(b"\n") != 2:
            raise MalformedEntry("an entry has the line ecarbon/entry@v1 and one line of JSON")
        value = decode(text[len(HEADER) : -1], ascii_only=True)
    except (MalformedNote, MalformedJson) as error:
        raise MalformedEntry(error.message, **error.context) from None
    if len(signature.blob) != SIGNATURE_SIZE:
        raise MalformedEntry("the signature is not 64 bytes long")
    if not isinstance(value, dict) or value.keys() != _FIELD_SET:
        raise MalformedEntry("an entry has exactly twelve fields", fields=" ".join(FIELDS))
    try:
        entry = msgspec.convert(value, Entry, strict=True)
    except msgspec.ValidationError as error:
        raise MalformedEntry(f"a field has the wrong type: {error}") from None
    _check_form(entry)
    _check_control(entry, text)
    _check_owner(entry, signature.name)
    return SignedEntry(entry, entry_id_of(text), signature.name, note, signed)


def _check_size(note: bytes) -> None:
    if len(note) > MAX_NOTE:
        raise MalformedEntry("an entry is larger than 16 KiB", size=len(note))


def _check_owner(entry: Entry, key_name: str) -> None:
    if not is_key_name(key_name):
        raise MalformedEntry("a key name is an actor id, a slash and a label", key_name=key_name[:80])
    if key_name.partition("/")[0] != entry.recorded_by:
        raise MalformedEntry("recorded_by is the actor who owns the key", field="recorded_by", key_name=key_name)


def _check_form(entry: Entry) -> None:
    for name, test, wanted in _FORM:
        if not test(getattr(entry, name)):
            raise MalformedEntry(f"{name} must be {wanted}", field=name)
    try:
        parse_time(entry.event_time)
    except MalformedTime as error:
        raise MalformedEntry(error.message, field="event_time", **error.context) from None


def _check_control(entry: Entry, text: bytes) -> None:
    """Refuse control characters; in the canonical text all but one of them stand behind a backslash."""
    if (b"\\" in text or b"\x7f" in text) and _holds_control(entry.data):
        raise MalformedEntry("data must not hold control characters", field="data")


def _all(values: tuple[str, ...], test: Callable[[object], bool]) -> bool:
    return not values or (sorted_unique(values) and all(map(test, values)))


def _holds_control(value: Any) -> bool:
    if isinstance(value, str):
        return _CONTROL.search(value) is not None
    if isinstance(value, dict):
        return any(_holds_control(member) for member in value.values())
    if isinstance(value, list | tuple):
        return any(_holds_control(member) for member in value)
    return False


_FORM: Final[tuple[tuple[str, Callable[[Any], bool], str], ...]] = (
    ("actor", is_actor_id, "an actor id"),
    ("recorded_by", is_actor_id, "an actor id"),
    ("kind", is_code, "a code of a-z, 0-9 and _"),
    ("stage", lambda value: value == "" or is_code(value), "empty or a code of a-z, 0-9 and _"),
    ("facility", lambda value: value == "" or is_facility_id(value), "empty or a facility id"),
    ("seq", lambda value: 1 <= value <= MAX_INTEGER, "a count from 1"),
    ("prev", is_entry_id, "an entry id, or 64 zeros"),
    ("lots", lambda value: _all(value, is_lot_id), "lot ids, sorted, each once"),
    ("items", lambda value: _all(value, is_digest), "item digests, sorted, each once"),
    ("refs", lambda value: _all(value, is_entry_id), "entry ids, sorted, each once"),
)
