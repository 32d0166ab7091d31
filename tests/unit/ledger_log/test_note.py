"""Check signed notes and keys against Go's own example, and against every damage."""

from __future__ import annotations

import pytest

from ledger.errors import KeyUntrusted, LedgerError, MalformedKey, MalformedNote, SignatureUntrusted
from ledger.log.note import SignedNote, VerifierKey, b64decode_strict
from ledger.log.signer import Signer, verify_note
from tests.support.published import GO_NOTE, GO_TEXT, GO_VKEY

GO_SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"


def test_go_example_is_written_and_read_to_the_byte() -> None:
    signer, key = Signer.parse(GO_SKEY), VerifierKey.parse(GO_VKEY)
    assert signer.public_key == key
    assert (signer.encode(), key.encode()) == (GO_SKEY, GO_VKEY)
    assert signer.sign_note(GO_TEXT) == GO_NOTE
    note = SignedNote.parse(GO_NOTE)
    assert (note.text, note.encode()) == (GO_TEXT, GO_NOTE)
    verify_note(note, key)
    assert GO_SKEY.rpartition("+")[2] not in repr(signer)


def test_every_flipped_byte_of_a_note_is_found() -> None:
    key = VerifierKey.parse(GO_VKEY)
    for at in range(len(GO_NOTE)):
        data = bytearray(GO_NOTE)
        data[at] ^= 1
        with pytest.raises(LedgerError):
            verify_note(SignedNote.parse(bytes(data)), key)


def test_text_may_hold_empty_lines_and_several_signatures() -> None:
    one, two = Signer.from_seed("one", bytes(32)), Signer.from_seed("two", b"\x01" * 32)
    text = "荔枝\n\nx\n".encode()
    both = one.sign_note(text) + SignedNote.parse(two.sign_note(text)).signatures[0].encode().encode() + b"\n"
    note = SignedNote.parse(both)
    assert note.text == text
    verify_note(note, one.public_key)
    verify_note(note, two.public_key)
    with pytest.raises(KeyUntrusted):
        verify_note(note, VerifierKey.parse(GO_VKEY))


def test_a_bad_line_of_a_known_key_spoils_the_note() -> None:
    signer = Signer.from_seed("one", bytes(32))
    good, other = SignedNote.parse(signer.sign_note(b"x\n")), SignedNote.parse(signer.sign_note(b"y\n"))
    spoiled = SignedNote(good.text, good.signatures + other.signatures)
    with pytest.raises(SignatureUntrusted):
        verify_note(SignedNote.parse(spoiled.encode()), signer.public_key)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x\n",
        b"x\n\n",
        b"x\n\n\n",
        GO_NOTE[:-1],
        GO_NOTE + b"\n",
        GO_NOTE.replace(b"\xe2\x80\x94", b"-"),
        GO_NOTE.replace(b"PeterNeumann", b"Peter+Neumann"),
        GO_NOTE.replace(b"PeterNeumann", b""),
        GO_NOTE.replace(b"PeterNeumann", "Peter\u2028Neumann".encode()),
        GO_NOTE.replace(b"PeterNeumann x08", b"PeterNeumann  x08"),
        GO_NOTE.replace(b"JnAM=", b"JnAN="),
        GO_NOTE.replace(b"JnAM=", b"JnAM"),
        GO_NOTE.replace(b"JnAM=", b"JnAM= "),
        GO_NOTE.replace(b"If you", b"If\tyou"),
        GO_NOTE.replace(b"If you", b"If\ryou"),
        GO_NOTE.replace(b"If you", b"If\xffyou"),
        b"x\n\n\xe2\x80\x94 k AAAA\n",
        b"x\n\n" + GO_NOTE.splitlines(keepends=True)[-1] * 101,
        b"x" * 1_000_001,
    ],
)
def test_malformed_notes_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedNote):
        SignedNote.parse(data)


def test_sixteen_signatures_are_read() -> None:
    line = GO_NOTE.splitlines(keepends=True)[-1]
    assert len(SignedNote.parse(b"x\n\n" + line * 16).signatures) == 16


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "PeterNeumann",
        GO_VKEY.replace("c74f20a3", "C74F20A3"),
        GO_VKEY.replace("c74f20a3", "c74f20a4"),
        GO_VKEY.replace("PeterNeumann", "PeterNeuman"),
        GO_VKEY.replace("PeterNeumann", "Peter Neumann"),
        GO_VKEY[:-1],
        GO_VKEY + "=",
        "x+00000000+",
        "x+00000000+AQ==",
        GO_SKEY,
    ],
)
def test_malformed_keys_are_refused(vkey: str) -> None:
    with pytest.raises(MalformedKey):
        VerifierKey.parse(vkey)


@pytest.mark.parametrize("skey", ["", GO_VKEY, GO_SKEY[:-4], GO_SKEY.replace("c74f20a3", "c74f20a4"), GO_SKEY + "A"])
def test_malformed_private_keys_are_refused(skey: str) -> None:
    with pytest.raises(MalformedKey):
        Signer.parse(skey)


@pytest.mark.parametrize("text", ["AAAB", "AAE=", "AQ=="])
def test_base64_has_one_spelling(text: str) -> None:
    assert b64decode_strict(text)
    for other in (text + "\n", text + "=", " " + text, text.rstrip("=") + "=" * 3, text.replace("Q=", "R="), "A\u00e9"):
        if other != text:
            with pytest.raises(MalformedNote):
                b64decode_strict(other)


def test_texts_that_no_note_may_hold_are_not_signed() -> None:
    signer = Signer.generate("one")
    for text in (b"no newline", b"a\tb\n", b"\xff\n"):
        with pytest.raises(MalformedNote):
            signer.sign_note(text)
