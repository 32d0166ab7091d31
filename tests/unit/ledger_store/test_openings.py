"""Check that openings are sealed at rest, and that erasing leaves nothing behind while proofs stay valid."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from ledger.book.entry import parse_entry
from ledger.errors import MalformedKey, OpeningMismatch, StoreConflict
from ledger.fsck import fsck
from ledger.openings import Openings
from ledger.service import Ledger
from ledger.store.sql import SqlLogStore
from tests.unit.ledger_store.notes import LOG, SEAL, Desk, Note, actor_id, open_ledger


def everything_in(folder: Path) -> bytes:
    """Return the bytes of all files of a folder."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def secrets_of(notes: list[Note]) -> list[bytes]:
    """Return the lines and texts that must not show."""
    lines = [line for _, items in notes for line in items]
    return [text.encode() for line in lines for text in (line, line.split('"')[1], line.split('"text":"')[1][:-3])]


def erase_note(desk: Desk, name: str, notes: list[Note]) -> Note:
    """Return an actor's `erase` entry over notes."""
    refs = tuple(sorted(parse_entry(note).entry_id for note, items in notes if items))
    return desk.note(desk.signer(name), "erase", {"subject": actor_id(name)}, refs=refs)


def season(folder: Path) -> tuple[Ledger, Desk, list[Note], list[Note]]:
    """Return a ledger with many openings of two actors, and their notes."""
    ledger, desk = open_ledger(folder), Desk()
    ledger.submit([desk.open_log()])
    zhang, li = desk.register("zhang", names=3), desk.register("li", names=2)
    ledger.submit([*zhang, *li])
    for number in range(40):
        zhang.append(desk.facility("zhang", number))
        li.append(desk.facility("li", number))
        ledger.submit([zhang[-1], li[-1]])
    return ledger, desk, zhang, li


def test_nothing_lies_open_in_any_file(tmp_path: Path) -> None:
    ledger, _, zhang, li = season(tmp_path)
    data = everything_in(tmp_path)
    assert len(data) > 50_000
    assert [text for text in secrets_of(zhang + li) if text in data] == []
    ledger.store.close()


def test_erasing_leaves_no_copy_and_every_proof_valid(tmp_path: Path) -> None:
    ledger, desk, zhang, li = season(tmp_path)
    with ledger.store.read() as reader:
        sealed = [row.sealed for row in reader.openings_of(actor_id("zhang"))]
        wrapped = reader.secret(actor_id("zhang"))
    assert len(sealed) == 43 and wrapped is not None
    assert all(ciphertext in everything_in(tmp_path) for ciphertext in sealed)
    receipts = {parse_entry(note).entry_id: ledger.receipt(parse_entry(note).entry_id) for note, _ in zhang + li}
    result = ledger.submit([erase_note(desk, "zhang", zhang)])[0]
    assert (result.status, result.problem) == ("logged", None)
    data = everything_in(tmp_path)
    assert not any(ciphertext in data for ciphertext in sealed)
    assert wrapped.wrapped not in data
    assert [text for text in secrets_of(zhang) if text in data] == []
    for note, items in zhang:
        entry_id = parse_entry(note).entry_id
        assert ledger.items(entry_id) is None or not items
        assert ledger.receipt(entry_id) == receipts[entry_id]
        assert receipts[entry_id].verify(note, LOG.public_key).size <= ledger.size
    for note, items in li:
        assert sorted(ledger.items(parse_entry(note).entry_id) or ()) == sorted(items)
    assert fsck(ledger.store, LOG.public_key, ledger.openings) == []
    book = ledger.book()
    assert book.name_of(actor_id("zhang")) is None and book.name_of(actor_id("li")) is not None
    assert ledger.book(ledger.size).rejected == book.rejected == {}


def test_sending_an_erased_entry_again_does_not_bring_its_openings_back(tmp_path: Path) -> None:
    ledger, desk, zhang, _ = season(tmp_path)
    ledger.submit([erase_note(desk, "zhang", zhang)])
    again = ledger.submit(zhang)
    assert {result.status for result in again} == {"duplicate"}
    assert all(ledger.items(result.entry_id) is None for result in again)
    assert [text for text in secrets_of(zhang) if text in everything_in(tmp_path)] == []


def test_new_openings_after_erasure_are_sealed_under_a_new_key(tmp_path: Path) -> None:
    ledger, desk, zhang, _ = season(tmp_path)
    ledger.submit([erase_note(desk, "zhang", zhang)])
    note = desk.facility("zhang", 99)
    entry_id = ledger.submit([note])[0].entry_id
    assert list(ledger.items(entry_id) or ()) == note[1]
    assert fsck(ledger.store, LOG.public_key, ledger.openings) == []


def test_erasing_a_part_renews_the_key_of_the_rest(tmp_path: Path) -> None:
    ledger, desk, zhang, _ = season(tmp_path)
    with ledger.store.read() as reader:
        old = {row.digest: row for row in reader.openings_of(actor_id("zhang"))}
        old_secret = reader.secret(actor_id("zhang"))
    ledger.submit([erase_note(desk, "zhang", zhang[2:12])])
    with ledger.store.read() as reader:
        new = {row.digest: row for row in reader.openings_of(actor_id("zhang"))}
        new_secret = reader.secret(actor_id("zhang"))
    assert (len(old), len(new)) == (43, 33)
    assert old_secret is not None and new_secret is not None and old_secret.wrapped != new_secret.wrapped
    assert all(row.sealed != old[digest].sealed for digest, row in new.items())
    kept = [note for note in zhang if note not in zhang[2:12]]
    for note, items in kept:
        assert sorted(ledger.items(parse_entry(note).entry_id) or ()) == sorted(items)
    assert fsck(ledger.store, LOG.public_key, ledger.openings) == []


def test_nobody_erases_the_openings_of_another(tmp_path: Path) -> None:
    ledger, desk, zhang, li = season(tmp_path)
    refs = tuple(sorted(parse_entry(note).entry_id for note, items in zhang if items))
    note = desk.note(desk.signer("li"), "erase", {"subject": actor_id("li")}, refs=refs)
    assert ledger.submit([note])[0].status == "rejected"
    assert all(ledger.items(parse_entry(note).entry_id) for note, items in zhang + li if items)


def test_erasing_without_a_logged_reason_is_found(tmp_path: Path) -> None:
    ledger, _, zhang, _ = season(tmp_path)
    assert ledger.erase([parse_entry(zhang[2][0]).entry_id]) == 1
    assert [(found.table, found.check) for found in fsck(ledger.store, LOG.public_key, ledger.openings)] == [
        ("opening", "missing")
    ]


def test_openings_cannot_be_moved_between_entries(tmp_path: Path) -> None:
    ledger, _, zhang, _ = season(tmp_path)
    ids = [parse_entry(note).entry_id for note, _ in zhang[2:4]]
    with sqlite3.connect(tmp_path / "ecarbon.db") as connection:
        first, second = map(bytes.fromhex, ids)
        connection.execute("DELETE FROM opening WHERE entry_id = ?", (first,))
        connection.execute("UPDATE opening SET entry_id = ? WHERE entry_id = ?", (first, second))
    connection.close()
    with pytest.raises(OpeningMismatch):
        ledger.items(ids[0])


def test_seal_key_must_be_right(tmp_path: Path) -> None:
    ledger, _, zhang, _ = season(tmp_path)
    with pytest.raises(MalformedKey):
        Openings(ledger.store, b"short")
    with pytest.raises(OpeningMismatch):
        Openings(ledger.store, bytes(32)).open_items(parse_entry(zhang[2][0]).entry_id)
    assert Openings(ledger.store, SEAL).open_items("0" * 64) is None


def test_pragmas_hold_on_every_connection(tmp_path: Path) -> None:
    store = SqlLogStore(f"sqlite:///{tmp_path}/ecarbon.db")
    for write in (False, True):
        with store.write() if write else store.read() as block:
            connection = block._connection
            found = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "secure_delete", "application_id")
            }
        assert found == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "application_id": 0x4543424E}
    store.close()


def test_foreign_databases_are_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("PRAGMA application_id = 7")
        connection.execute("CREATE TABLE entry (x)")
    connection.close()
    for url in (f"sqlite:///{tmp_path}/other.db", "sqlite://", "nonsense", "nosuchdb://x"):
        with pytest.raises(StoreConflict):
            SqlLogStore(url)


def test_another_process_forgets_what_was_erased(tmp_path: Path) -> None:
    ledger, desk, zhang, _ = season(tmp_path)
    other = open_ledger(tmp_path)
    assert other.book().name_of(actor_id("zhang")) is not None
    ledger.submit([erase_note(desk, "zhang", zhang)])
    assert other.book().name_of(actor_id("zhang")) is None


def test_erased_pages_are_cleared_even_when_a_reader_was_in_the_way(tmp_path: Path) -> None:
    ledger, desk, zhang, _ = season(tmp_path)
    with ledger.store.read() as reader:
        sealed = [row.sealed for row in reader.openings_of(actor_id("zhang"))]
    slow = sqlite3.connect(tmp_path / "ecarbon.db")
    slow.execute("BEGIN")
    slow.execute("SELECT count(*) FROM entry").fetchone()
    result = ledger.submit([erase_note(desk, "zhang", zhang)])[0]
    assert result.status == "logged"
    slow.close()
    ledger.submit([desk.facility("li", 99)])
    assert not any(ciphertext in everything_in(tmp_path) for ciphertext in sealed)
