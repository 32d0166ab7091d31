"""An entry is read only from exactly the bytes that writing it would produce."""

from __future__ import annotations

import base64
from hashlib import sha256

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.book.entry import Entry, entry_text, parse_entry, sign_entry
from ledger.errors import KeyUntrusted, Malformed, MalformedEntry, SignatureUntrusted
from ledger.ids import NO_ENTRY
from ledger.log.signer import Signer

ACTOR = "a_uznqx7bug37jo4ne"
SIGNER = Signer.from_seed(f"{ACTOR}/2026", bytes(range(32)))
DIGEST = base64.urlsafe_b64encode(sha256(b"x").digest()).rstrip(b"=").decode()
HARVEST = Entry(
    actor=ACTOR,
    recorded_by=ACTOR,
    kind="harvest",
    stage="orchard",
    facility="f_g5uc6dryavaemt75",
    event_time="2026-06-24T10:00:00Z",
    lots=("p:91BGH5VVASFQEG1K",),
    data={
        "out": ["p:91BGH5VVASFQEG1K"],
        "period": {"end": "2026-07-31T16:00:00Z", "start": "2025-07-31T16:00:00Z"},
        "product": "",
        "variety": "guiwei",
    },
    items=(DIGEST,),
    seq=1,
    prev=NO_ENTRY,
)
NOTE = sign_entry(HARVEST, SIGNER)


def test_note_has_the_documented_bytes() -> None:
    line = (
        b'{"actor":"a_uznqx7bug37jo4ne","data":{"out":["p:91BGH5VVASFQEG1K"],"period":{"end":"2026-07-31T16:00:00Z",'
        b'"start":"2025-07-31T16:00:00Z"},"product":"","variety":"guiwei"},"event_time":"2026-06-24T10:00:00Z",'
        b'"facility":"f_g5uc6dryavaemt75","items":["LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE"],"kind":"harvest",'
        b'"lots":["p:91BGH5VVASFQEG1K"],"prev":"' + b"0" * 64 + b'","recorded_by":"a_uznqx7bug37jo4ne","refs":[],'
        b'"seq":1,"stage":"orchard"}'
    )
    text = b"ecarbon/entry@v1\n" + line + b"\n"
    assert NOTE.startswith(text + "\n— a_uznqx7bug37jo4ne/2026 ".encode())
    signed = parse_entry(NOTE)
    assert signed.entry == HARVEST
    assert signed.entry_id == sha256(text).hexdigest()
    assert signed.key_name == SIGNER.name
    signed.verify(SIGNER.public_key)


def test_signature_of_another_key_is_refused() -> None:
    signed = parse_entry(NOTE)
    with pytest.raises(KeyUntrusted):
        signed.verify(Signer.from_seed(SIGNER.name, bytes(32)).public_key)
    forged = SIGNER.sign_note(entry_text(msgspec.structs.replace(HARVEST, seq=2)))
    mixed = entry_text(HARVEST) + forged[forged.rindex(b"\n\n") + 1 :]
    with pytest.raises(SignatureUntrusted):
        parse_entry(mixed).verify(SIGNER.public_key)


@pytest.mark.parametrize(
    "changes",
    [
        {"actor": "a_short"},
        {"recorded_by": "a_x6uya76d7shpfapu"},
        {"facility": "place"},
        {"kind": "Harvest"},
        {"stage": "the orchard"},
        {"seq": 0},
        {"seq": 2**53},
        {"prev": "0" * 63},
        {"event_time": "2026-06-24"},
        {"lots": ("p:ZA3TWX5PCFMMT0JN", "p:91BGH5VVASFQEG1K")},
        {"lots": ("p:91BGH5VVASFQEG1K",) * 2},
        {"items": (DIGEST + "=",)},
        {"refs": ("A" * 64,)},
        {"data": {"Out": []}},
        {"data": {"weight": 1.5}},
        {"data": {"text": "荔枝"}},
        {"data": {"text": "a\nb"}},
        {"data": {"x": "y" * 20000}},
    ],
)
def test_entry_that_breaks_the_form_is_not_signed(changes: dict[str, object]) -> None:
    with pytest.raises(MalformedEntry):
        sign_entry(msgspec.structs.replace(HARVEST, **changes), SIGNER)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"ecarbon/entry@v1", b"ecarbon/entry@v2"),
        (b'"seq":1', b'"seq":1.0'),
        (b'"seq":1', b'"seq": 1'),
        (b'"seq":1', b'"seq":"1"'),
        (b'"seq":1', b'"seq":1,"seq":1'),
        (b'"refs":[],', b""),
        (b'"refs":[]', b'"refs":null'),
        (b'"stage":"orchard"', b'"stage":"orchard","zone":""'),
        (b'"stage":"orchard"', b'"stage":"\\u006frchard"'),
        (b'{"actor":', b'{ "actor":'),
        (b"}\n\n", b"}\n\n\n"),
        (b"}\n\n", b"}\nmore\n\n"),
        (b"/2026 ", b"/2026  "),
    ],
)
def test_altered_note_is_refused(old: bytes, new: bytes) -> None:
    assert old in NOTE
    with pytest.raises(Malformed):
        parse_entry(NOTE.replace(old, new, 1))


def test_note_without_or_with_two_signatures_is_refused() -> None:
    line = NOTE[NOTE.rindex(b"\n\n") + 2 :]
    with pytest.raises(MalformedEntry):
        parse_entry(NOTE + line)
    with pytest.raises(MalformedEntry):
        parse_entry(NOTE[: -len(line)])


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(NOTE) - 1), st.integers(0, 255))
@example(0, 0)
def test_one_altered_byte_is_refused_or_changes_nothing_silently(place: int, value: int) -> None:
    altered = NOTE[:place] + bytes([value]) + NOTE[place + 1 :]
    try:
        signed = parse_entry(altered)
    except MalformedEntry:
        return
    assert signed.note == altered
    if altered != NOTE:
        with pytest.raises((KeyUntrusted, SignatureUntrusted)):
            signed.verify(SIGNER.public_key)


TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
DATA = st.dictionaries(
    st.text("abcz_09", min_size=1, max_size=8),
    st.recursive(TEXT | st.integers(-(2**53) + 1, 2**53 - 1), lambda inner: st.lists(inner, max_size=3), max_leaves=5),
    max_size=4,
)


@settings(max_examples=100, deadline=None)
@given(
    DATA,
    st.sets(st.binary(min_size=32, max_size=32), max_size=4),
    st.sets(st.binary(min_size=32, max_size=32), max_size=4),
    st.integers(1, 2**53 - 1),
)
def test_entry_survives_signing_and_reading(data: dict[str, object], items: set, refs: set, seq: int) -> None:
    entry = msgspec.structs.replace(
        HARVEST,
        data=data,
        seq=seq,
        refs=tuple(sorted(ref.hex() for ref in refs)),
        items=tuple(sorted(base64.urlsafe_b64encode(item).rstrip(b"=").decode() for item in items)),
    )
    note = sign_entry(entry, SIGNER)
    signed = parse_entry(note)
    assert signed.entry == entry
    assert sign_entry(signed.entry, SIGNER) == note
    signed.verify(SIGNER.public_key)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_raise_one_error_family(data: bytes) -> None:
    with pytest.raises(MalformedEntry):
        parse_entry(data)
