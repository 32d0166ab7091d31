"""Check that the ledger appends exactly what it should, and answers with proofs."""

from __future__ import annotations

import json
import threading
import time
from hashlib import sha256
from typing import Any

import nacl.bindings
import pytest

from ledger.book.entry import parse_entry
from ledger.book.state import Book
from ledger.errors import EntryNotFound, KeyUntrusted, LedgerError, MalformedTile
from ledger.fsck import fsck
from ledger.log import merkle
from ledger.log.checkpoint import open_checkpoint
from ledger.log.note import Signature, SignedNote
from ledger.log.proof import Receipt
from ledger.log.signer import Signer
from ledger.openings import Openings
from ledger.service import Ledger
from ledger.store.protection import lifted
from ledger.store.sql import SqlLogStore
from tests.unit.ledger_store.notes import LOG, SEAL, Desk, actor_id, open_ledger

ORDER = 2**252 + 27742317777372353535851937790883648493


def statuses(ledger: Ledger, notes: list[Any]) -> list[str]:
    """Submit and return the statuses."""
    return [result.status for result in ledger.submit(notes)]


def codes(ledger: Ledger, notes: list[Any]) -> list[str | None]:
    """Submit and return the problem codes."""
    return [result.problem["code"] if result.problem else None for result in ledger.submit(notes)]


def started(place: str) -> tuple[Ledger, Desk]:
    """Return a ledger with a registrar and one actor."""
    ledger, desk = open_ledger(place), Desk()
    assert statuses(ledger, [desk.open_log(), *desk.register("zhang")]) == ["logged"] * 3
    return ledger, desk


def other_signature(note: bytes, seed: bytes) -> bytes:
    """Return the same text under another valid signature of the same key: the nonce is the signer's free choice."""
    signed = SignedNote.parse(note)
    digest = bytearray(nacl.bindings.crypto_hash_sha512(seed))
    digest[0] &= 248
    digest[31] = digest[31] & 127 | 64
    secret = int.from_bytes(digest[:32], "little")
    public = nacl.bindings.crypto_scalarmult_ed25519_base_noclamp((secret % ORDER).to_bytes(32, "little"))
    nonce = 12345
    point = nacl.bindings.crypto_scalarmult_ed25519_base_noclamp(nonce.to_bytes(32, "little"))
    challenge = int.from_bytes(nacl.bindings.crypto_hash_sha512(point + public + signed.text), "little") % ORDER
    blob = point + ((nonce + challenge * secret) % ORDER).to_bytes(32, "little")
    line = signed.signatures[0]
    return SignedNote(signed.text, (Signature(line.name, line.key_id, blob),)).encode()


def test_receipt_in_the_answer_verifies_offline(database: str) -> None:
    ledger, desk = open_ledger(database), Desk()
    notes = [desk.open_log(), *desk.register("zhang", names=2), desk.facility("zhang", 1)]
    results = ledger.submit(notes)
    assert [result.index for result in results] == [0, 1, 2, 3]
    for result, (note, items) in zip(results, notes, strict=True):
        assert (result.status, result.problem) == ("logged", None)
        receipt = Receipt.parse(result.receipt or "")
        assert receipt.verify(note, LOG.public_key).size == 4
        assert receipt == ledger.receipt(result.entry_id)
        assert ledger.entry(result.entry_id).note == note
        assert sorted(ledger.items(result.entry_id) or ()) == sorted(items)
    assert open_checkpoint(ledger.checkpoint(), LOG.public_key).size == ledger.size == 4
    assert fsck(ledger.store, LOG.public_key, ledger.openings) == []


def test_same_text_again_gives_the_same_receipt_and_no_second_leaf(database: str) -> None:
    ledger, desk = started(database)
    note = desk.facility("zhang", 1)
    first, twin = ledger.submit([note, note])
    assert (first.status, twin.status, twin.index) == ("logged", "duplicate", first.index)
    ledger.submit([desk.facility("zhang", 2)])
    again, bare = ledger.submit([note, (note[0], [])])
    assert [(result.status, result.index) for result in (again, bare)] == [("duplicate", first.index)] * 2
    assert first.receipt == twin.receipt == again.receipt == bare.receipt
    assert ledger.size == 5


def test_another_signature_over_the_same_text_is_the_same_entry(database: str) -> None:
    ledger, desk = started(database)
    note, items = desk.facility("zhang", 1)
    seed = sha256(b"desk zhang k1").digest()
    twin = other_signature(note, seed)
    assert twin != note and parse_entry(twin).entry_id == parse_entry(note).entry_id
    first = ledger.submit([(note, items)])[0]
    again = ledger.submit([(twin, items)])[0]
    assert (again.status, again.index, again.receipt) == ("duplicate", first.index, first.receipt)
    damaged = SignedNote.parse(twin)
    line = damaged.signatures[0]
    broken = SignedNote(damaged.text, (Signature(line.name, line.key_id, bytes(64)),)).encode()
    assert codes(ledger, [(broken, items)]) == ["signature-untrusted"]
    assert ledger.size == 4


def test_one_bad_note_never_fails_the_others(database: str) -> None:
    ledger, desk = started(database)
    good = [desk.facility("zhang", number) for number in (1, 2, 3)]
    stranger = desk.note(desk.signer("nobody"), "register_facility", {"type": "orchard"})
    forged = SignedNote.parse(desk.facility("zhang", 4, keep=False)[0])
    line = forged.signatures[0]
    bad_signature = SignedNote(forged.text, (Signature(line.name, line.key_id, b"\x01" * 64),)).encode()
    batch = [
        (b"", []),
        good[0],
        (b"\xff", []),
        stranger,
        good[1],
        (bad_signature, []),
        (b"ecarbon/entry@v1\n{}\n\n", []),
        good[2],
    ]
    results = ledger.submit(batch)
    assert [result.status for result in results] == [
        "refused", "logged", "refused", "refused", "logged", "refused", "refused", "logged",
    ]  # fmt: skip
    assert [result.index for result in results if result.status == "logged"] == [3, 4, 5]
    assert [(result.problem or {})["code"] for result in results if result.status == "refused"] == [
        "malformed-entry", "malformed-entry", "key-untrusted", "signature-untrusted", "malformed-entry",
    ]  # fmt: skip
    assert all(json.dumps(result.to_json()) for result in results)
    assert ledger.size == 6


def test_a_gap_stores_nothing_and_says_what_is_expected(database: str) -> None:
    ledger, desk = started(database)
    first, second = desk.facility("zhang", 1), desk.facility("zhang", 2)
    results = ledger.submit([second])
    assert results[0].status == "refused" and results[0].problem is not None
    assert results[0].problem["code"] == "sequence-gap"
    assert (results[0].problem["expected_seq"], results[0].problem["expected_prev"]) == (1, "0" * 64)
    assert ledger.size == 3
    assert statuses(ledger, [first, second]) == ["logged", "logged"]
    wrong = desk.facility("zhang", 3, prev="1" * 64, keep=False)
    assert codes(ledger, [wrong]) == ["sequence-gap"]


def test_openings_must_fit_the_digests(database: str) -> None:
    ledger, desk = started(database)
    note, items = desk.facility("zhang", 1)
    _, others = desk.facility("zhang", 9, keep=False)
    assert codes(ledger, [(note, []), (note, items + others), (note, others), (note, ["x"])]) == [
        "opening-missing", "opening-mismatch", "opening-mismatch", "malformed-item",
    ]  # fmt: skip
    assert ledger.size == 3
    assert statuses(ledger, [(note, items)]) == ["logged"]


def test_equivocation_is_kept_and_freezes_the_key_until_it_is_reattested(database: str) -> None:
    ledger, desk = started(database)
    assert statuses(ledger, [desk.facility("zhang", 1)]) == ["logged"]
    rival = desk.facility("zhang", 7, seq=1, prev="0" * 64, keep=False)
    results = ledger.submit([rival, desk.facility("zhang", 2, keep=False)])
    assert [(result.problem or {})["code"] for result in results] == ["equivocation", "key-frozen"]
    with ledger.store.read() as reader:
        evidence = reader.equivocations()
        assert [(found.seq, found.note) for found in evidence] == [(1, rival[0])]
    assert codes(ledger, [rival]) == ["key-frozen"]
    assert ledger.size == 4
    assert fsck(ledger.store, LOG.public_key, ledger.openings) == []
    second = desk.second_key("zhang")
    free = desk.note(desk.signer("zhang", "k2"), "reattest", {"key": f"{actor_id('zhang')}/k1"})
    assert statuses(ledger, [second, free]) == ["logged", "logged"]
    assert statuses(ledger, [desk.facility("zhang", 2)]) == ["logged"]
    assert fsck(ledger.store, LOG.public_key, ledger.openings) == []


def test_a_frozen_key_cannot_free_itself(database: str) -> None:
    ledger, desk = started(database)
    ledger.submit([desk.facility("zhang", 1)])
    ledger.submit([desk.facility("zhang", 7, seq=1, prev="0" * 64, keep=False)])
    free = desk.note(desk.signer("zhang"), "reattest", {"key": f"{actor_id('zhang')}/k1"}, keep=False)
    assert codes(ledger, [free]) == ["key-frozen"]


def test_a_revoked_key_signs_nothing_more(database: str) -> None:
    ledger, desk = started(database)
    vkey = desk.signer("zhang").public_key.encode()
    assert statuses(ledger, [desk.facility("zhang", 1)]) == ["logged"]
    revoke = desk.note(desk.registrar, "revoke_key", {"vkey": vkey, "disputed_from": ""}, actor=actor_id("zhang"))
    assert statuses(ledger, [revoke]) == ["logged"]
    assert codes(ledger, [desk.facility("zhang", 2)]) == ["key-untrusted"]
    assert fsck(ledger.store, LOG.public_key, ledger.openings) == []


def test_a_broken_rule_is_logged_without_effect_and_reproducible(database: str) -> None:
    ledger, desk = started(database)
    bad = desk.note(desk.signer("zhang"), "ship", {"to": actor_id("zhang")}, lots=("p:0000000000000000",))
    result, after = ledger.submit([bad, desk.facility("zhang", 1)])
    assert (result.status, result.index, after.status) == ("rejected", 3, "logged")
    assert result.problem is not None and result.problem["code"] == "entry-rejected"
    assert Receipt.parse(result.receipt or "").verify(bad[0], LOG.public_key).size == 5
    stored = ledger.entry(result.entry_id)
    assert stored.status == "rejected"
    folded = [(entry.index, entry.note, ledger.items(entry.entry_id) or ()) for entry in ledger.entries()]
    book = Book.fold(folded)
    assert json.loads(stored.reasons) == [found.to_json() for found in book.rejected[result.entry_id]]
    again = ledger.submit([bad])[0]
    assert (again.status, again.index, again.receipt) == ("duplicate", 3, result.receipt)


def test_the_first_entry_registers_the_registrar(database: str) -> None:
    ledger, desk = open_ledger(database), Desk()
    stranger = Desk("stranger")
    first = desk.open_log()
    assert codes(ledger, [desk.register("zhang")[0]]) == ["key-untrusted"]
    assert ledger.size == 0
    guarded = Ledger(ledger.store, LOG, ledger.openings, ledger.clock, registrar=desk.registrar.public_key)
    assert codes(guarded, [stranger.open_log()]) == ["key-untrusted"]
    assert statuses(guarded, [first]) == ["logged"]


def test_empty_log_has_a_signed_head(database: str) -> None:
    ledger = open_ledger(database)
    head = open_checkpoint(ledger.checkpoint(), LOG.public_key)
    assert (head.size, head.root, ledger.size) == (0, merkle.EMPTY_ROOT, 0)
    assert ledger.submit([]) == []
    assert list(ledger.entries()) == []
    assert fsck(ledger.store, LOG.public_key, ledger.openings) == []


def test_reopening_continues_and_another_key_is_refused(database: str) -> None:
    ledger, desk = started(database)
    ledger.store.close()
    again = open_ledger(database)
    assert statuses(again, [desk.facility("zhang", 1)]) == ["logged"]
    with pytest.raises(KeyUntrusted):
        open_ledger(database, log=Signer.from_seed("log.example/other", bytes(32)))
    with pytest.raises(KeyUntrusted):
        open_ledger(database, log=Signer.from_seed(LOG.name, bytes(32)))


def test_two_ledgers_on_one_database_take_turns(database: str) -> None:
    one, desk = started(database)
    two = open_ledger(database)
    for number in range(1, 7):
        assert statuses((one, two)[number % 2], [desk.facility("zhang", number)]) == ["logged"]
    assert one.checkpoint() == two.checkpoint()
    assert one.book().size == two.book().size == 9
    assert fsck(one.store, LOG.public_key, one.openings) == []


def test_eight_clients_sending_the_same_notes_get_one_index_each(database: str) -> None:
    ledger, desk = started(database)
    other = open_ledger(database)
    notes = [desk.facility("zhang", number) for number in range(20)]
    answers: list[list[tuple[int | None, str | None]]] = []

    def client(number: int) -> None:
        results = [(ledger, other)[number % 2].submit([note])[0] for note in notes]
        answers.append([(result.index, result.receipt) for result in results])

    threads = [threading.Thread(target=client, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8 and all(answer == answers[0] for answer in answers)
    assert sorted(index for index, _ in answers[0] if index is not None) == list(range(3, 23))
    assert ledger.size == 23
    assert fsck(ledger.store, LOG.public_key, ledger.openings) == []


def test_proofs_and_tiles_over_a_tile_border(database: str) -> None:
    ledger, desk = started(database)
    notes = [desk.facility("zhang", number) for number in range(600)]
    begun = time.perf_counter()
    results = ledger.submit(notes[:300])
    assert time.perf_counter() - begun < 2
    for at in range(300, 600, 37):
        results += ledger.submit(notes[at : at + 37])
    assert {result.status for result in results} == {"logged"}
    everything = [entry.note for entry in ledger.entries()]
    hashes = [merkle.leaf_hash(note) for note in everything]
    assert len(everything) == ledger.size == 603
    for result in (results[0], results[252], results[253], results[-1]):
        receipt = Receipt.parse(result.receipt or "")
        assert receipt.verify(everything[result.index or 0], LOG.public_key).size > (result.index or 0)
    for size in (1, 255, 256, 257, 603):
        root = merkle.root(hashes[:size])
        merkle.verify_inclusion(hashes[size // 2], size // 2, size, ledger.inclusion(size // 2, size), root)
        merkle.verify_consistency(size, 603, ledger.consistency(size, 603), root, merkle.root(hashes))
    assert ledger.tile("tile/0/001.p/7") == b"".join(hashes[256:263])
    assert ledger.tile("tile/1/000.p/2") == merkle.root(hashes[:256]) + merkle.root(hashes[256:512])
    assert ledger.tile("tile/entries/000.p/1")[2:] == everything[0]
    for path in ("tile/0/002.p/92", "tile/0/003.p/1", "tile/2/000.p/1", "tile/1/000"):
        with pytest.raises(EntryNotFound):
            ledger.tile(path)
    with pytest.raises(MalformedTile):
        ledger.tile("tile/0/2")
    assert [entry.index for entry in ledger.entries(250, 260)] == list(range(250, 260))
    assert fsck(ledger.store, LOG.public_key, ledger.openings) == []


def test_what_is_not_there_is_not_found(database: str) -> None:
    ledger, _ = started(database)
    for call in (
        lambda: ledger.entry("0" * 64),
        lambda: ledger.receipt("0" * 64),
        lambda: ledger.items("0" * 64),
        lambda: ledger.inclusion(3, 3),
        lambda: ledger.inclusion(0, 4),
        lambda: ledger.consistency(1, 4),
        lambda: ledger.consistency(3, 1),
        lambda: ledger.book(4),
    ):
        with pytest.raises(EntryNotFound):
            call()


def test_book_at_a_past_size_and_copies_are_independent(database: str) -> None:
    ledger, desk = started(database)
    held = ledger.book()
    assert statuses(ledger, [desk.facility("zhang", 1)]) == ["logged"]
    assert (held.size, len(held.facilities)) == (3, 0)
    assert (ledger.book().size, len(ledger.book().facilities)) == (4, 1)
    assert (ledger.book(3).size, len(ledger.book(3).facilities)) == (3, 0)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE tile SET data = {zeros}",
        "UPDATE log_state SET root = {zeros}",
        "UPDATE log_state SET edge = {zeros}",
        "UPDATE log_state SET size = 2",
        "UPDATE log_state SET checkpoint = {zeros}",
        "DELETE FROM log_state",
        "DELETE FROM tile",
    ],
)
def test_nothing_is_signed_on_top_of_damage(database: str, damage: str) -> None:
    ledger, desk = started(database)
    before = ledger.checkpoint()
    with ledger.store.engine.begin() as connection:  # type: ignore[attr-defined]
        zeros = "zeroblob(32)" if connection.dialect.name == "sqlite" else "decode(repeat('00', 32), 'hex')"
        with lifted(connection, "tile"):
            connection.exec_driver_sql(damage.replace("{zeros}", zeros))
    with pytest.raises(LedgerError) as caught:
        ledger.submit([desk.facility("zhang", 1)])
    assert caught.value.code in {"ledger-corrupt", "malformed-note"}
    with ledger.store.read() as reader:
        assert reader.last_index() == 2
        assert [size for size, note in reader.checkpoints() if note != before] == [0]


def test_an_entry_that_no_rule_can_digest_is_refused_alone(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, desk = started(database)
    notes = [desk.facility("zhang", 1), desk.note(desk.registrar, "register_actor", {}, actor=actor_id("poison"))]
    poisonous = parse_entry(notes[1][0]).entry_id
    real = Book.apply

    def apply(self: Book, index: int, signed: Any, items: Any, **more: Any) -> Any:
        if signed.entry_id == poisonous:
            raise ZeroDivisionError
        return real(self, index, signed, items, **more)

    monkeypatch.setattr(Book, "apply", apply)
    results = ledger.submit([notes[0], notes[1], desk.facility("zhang", 2)])
    assert [result.status for result in results] == ["logged", "refused", "logged"]
    assert fsck(ledger.store, LOG.public_key, ledger.openings) == []


def test_openings_of_an_audience(database: str) -> None:
    ledger, desk = started(database)
    note = desk.note(
        desk.signer("zhang"),
        "register_facility",
        {"type": "orchard"},
        [("name", {"text": "open", "lang": "en", "audience": "public"}), ("place", {"text": "closed"})],
        facility="f_" + "a" * 16,
    )
    entry_id = ledger.submit([note])[0].entry_id
    assert len(ledger.items(entry_id) or ()) == 2
    assert [json.loads(line)[2]["text"] for line in ledger.items(entry_id, audience="public") or ()] == ["open"]


def test_wrong_seal_key_opens_nothing(database: str) -> None:
    ledger, desk = started(database)
    ledger.submit([desk.facility("zhang", 1)])
    other = Openings(SqlLogStore(database), bytes(32))
    assert {found.table for found in fsck(ledger.store, LOG.public_key, other)} == {"actor_secret"}
    assert fsck(ledger.store, LOG.public_key, Openings(ledger.store, SEAL)) == []
