"""Make logs to measure with: plain notes of one key, and whole demo seasons under other names, all really signed."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import orjson

from iocore.times import Interval
from ledger.book.entry import Entry, entry_id_of, parse_entry, sign_entry
from ledger.book.item import make_item, parse_item, salt_text
from ledger.book.keyring import make_proof
from ledger.guard import Guard
from ledger.ids import NO_ENTRY, gtin_check_digit, make_code
from ledger.log.note import SignedNote
from ledger.log.signer import Signer
from ledger.openings import Openings
from ledger.service import Ledger
from ledger.store.sql import SqlLogStore
from tests.support.chain import CLOCK, SEASON, ChainBuilder

Note = tuple[bytes, tuple[str, ...]]
SEAL_KEY: Final = sha256(b"bench/seal").digest()
LOG_KEY: Final = Signer.from_seed("log.example/bench", sha256(b"bench/log").digest())
_IDS: Final = re.compile(r"a_[a-z2-7]{16}|f_[a-z2-7]{16}|p:[0-9A-HJKMNP-TV-Z]{16}|\b09[0-9]{12}\b|\b[0-9a-f]{64}\b")
_BASE32: Final = "abcdefghijklmnopqrstuvwxyz234567"


@lru_cache(maxsize=4096)
def signer_of(key_name: str) -> Signer:
    """Make the key of a name from a seed that anyone can compute."""
    return Signer.from_seed(key_name, sha256(key_name.encode()).digest())


def open_ledger(url: str, guard: Path) -> Ledger:
    """Open a ledger of the benchmark's keys over a store, with its rollback guard, as the product does."""
    store = SqlLogStore(url)
    return Ledger(store, LOG_KEY, Openings(store, SEAL_KEY), CLOCK, guard=Guard(guard, LOG_KEY.public_key))


def submit_all(ledger: Ledger, notes: list[Note], batch: int = 256) -> None:
    """Submit notes in batches; every one must be logged."""
    for at in range(0, len(notes), batch):
        found = {result.status for result in ledger.submit(notes[at : at + batch])}
        if found != {"logged"}:
            raise AssertionError(f"the benchmark's notes must all be logged: {found}")


class PlainNotes:
    """Sign notes without items, one after the other: activities of one facility."""

    def __init__(self) -> None:
        chain = ChainBuilder()
        self._actor = chain.actor("coop", "cooperative")
        self._facility = chain.facility("orchard", self._actor)
        self._signer = chain.signer(self._actor)
        last = [added for added in chain.added if added.signed.key_name == self._signer.name][-1]
        self._seq, self._prev = last.signed.entry.seq, last.entry_id
        self.start: list[Note] = chain.notes

    def take(self, count: int) -> list[Note]:
        """Sign that many more."""
        return [self._next() for _ in range(count)]

    def _next(self) -> Note:
        self._seq += 1
        entry = Entry(
            actor=self._actor,
            recorded_by=self._actor,
            kind="activity",
            seq=self._seq,
            prev=self._prev,
            event_time="2026-06-24T10:00:00Z",
            stage="orchard",
            facility=self._facility,
            data={"period": SEASON},
        )
        note = sign_entry(entry, self._signer)
        self._prev = entry_id_of(SignedNote.parse(note).text)
        return note, ()


@dataclass(frozen=True)
class _Old:
    entry: Entry
    entry_id: str
    key_name: str
    lines: tuple[str, ...]


class Seasons:
    """Copy the demo season under other names: the same kinds, sizes and items, other ids, salts, keys and chains.

    Args:
        home: a home in which the season was played.
        without: kinds of entries that are left out, and that nothing else refers to.
        often: how many readings stand in place of each reading of a meter that lots share. Where there are several,
            the closes state no total in their place, so that every one of them counts.
    """

    def __init__(self, home: Path, without: frozenset[str] = frozenset(), often: int = 1) -> None:
        self._old = [old for old in _read(home) if old.entry.kind not in without]
        if often > 1:
            self._old = list(_read_often(self._old, often))
        self._registrar = self._old[0].entry.actor
        self._heads: dict[str, tuple[int, str]] = {}
        self._count = 0
        self._names: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._old)

    def take(self, count: int) -> list[Note]:
        """Write at least that many more notes, in whole seasons."""
        notes: list[Note] = []
        while len(notes) < count:
            notes.extend(self._season(self._count))
            self._count += 1
        return notes

    def amend(self) -> list[Note]:
        """Amend once more what the season amends, in the last season taken."""
        old = next(old for old in self._old if old.entry.kind == "amend")
        return [self._copy(self._count - 1, self._names, old)[1]]

    def _season(self, number: int) -> Iterator[Note]:
        names = self._names = {self._registrar: self._registrar}
        for old in self._old:
            again = old.entry.actor == self._registrar and old.entry.kind in ("register_key", "register_actor")
            if number == 0 or not again:
                entry_id, note = self._copy(number, names, old)
                names[old.entry_id] = entry_id
                yield note

    def _copy(self, number: int, names: dict[str, str], old: _Old) -> tuple[str, Note]:
        def rename(found: re.Match[str]) -> str:
            text = found[0]
            if text not in names:
                names[text] = _rename(number, text)
            return names[text]

        items = sorted((_item(number, rename, line) for line in old.lines), key=lambda item: item.digest)
        fields: dict[str, Any] = orjson.loads(_IDS.sub(rename, orjson.dumps(_plain(old.entry)).decode()))
        signer = signer_of(_IDS.sub(rename, old.key_name))
        if old.entry.kind == "register_key":
            key = signer_of(_IDS.sub(rename, str(old.entry.data["vkey"]).partition("+")[0]))
            fields["data"] |= {"vkey": key.public_key.encode(), "proof": make_proof(key)}
        seq, prev = self._heads.get(signer.name, (0, NO_ENTRY))
        fields |= {"seq": seq + 1, "prev": prev, "items": tuple(item.digest for item in items)}
        fields |= {name: tuple(sorted(fields[name])) for name in ("lots", "refs")}
        note = sign_entry(Entry(**fields), signer)
        entry_id = entry_id_of(SignedNote.parse(note).text)
        self._heads[signer.name] = (seq + 1, entry_id)
        return entry_id, (note, tuple(item.text for item in items))


def _read(home: Path) -> Iterator[_Old]:
    database = sqlite3.connect(f"file:{home / 'ecarbon.db'}?mode=ro", uri=True)
    try:
        notes = [bytes(note) for (note,) in database.execute("select note from entry order by idx")]
    finally:
        database.close()
    for note in notes:
        signed = parse_entry(note)
        path = home / "items" / f"{signed.entry_id}.jsonl"
        lines = tuple(path.read_text("utf-8").splitlines()) if path.is_file() else ()
        yield _Old(signed.entry, signed.entry_id, signed.key_name, lines)


def _read_often(season: list[_Old], often: int) -> Iterator[_Old]:
    """Put several readings of a part of the time in place of each reading of a meter that lots share."""
    metered = {(old.entry.facility, old.entry.stage) for old in season if _is_metered(old)}
    for old in season:
        if old.entry.kind == "close" and (old.entry.facility, old.entry.stage) in metered:
            lines = tuple(line for line in old.lines if not ('"total"' in line and '"electricity"' in line))
            yield replace(old, lines=lines)
        elif not _is_metered(old):
            yield old
        else:
            for place in range(often):
                yield _part(old, place, often)


def _is_metered(old: _Old) -> bool:
    """Tell whether an entry is a reading of electricity in whole kilowatt hours that is no lot's own."""
    return old.entry.kind == "activity" and not old.entry.lots and any('"kWh"' in line for line in old.lines)


def _part(old: _Old, place: int, often: int) -> _Old:
    """Give one of several readings that add up to a reading: a part of its time, and what was used in that."""
    span = Interval.from_json(old.entry.data["period"])
    starts = [span.start + timedelta(seconds=span.seconds * one // often) for one in range(often + 1)]
    period = Interval(starts[place], starts[place + 1]).to_json()
    lines = []
    for line in old.lines:
        item = parse_item(line)
        value = dict(item.value)
        if item.name == "activity":
            used = int(value["quantity"])
            value["quantity"] = str(used * (place + 1) // often - used * place // often)
        lines.append(make_item(salt_text(sha256(f"{place}/{item.salt}".encode()).digest()[:16]), item.name, value).text)
    entry = Entry(**{**_plain(old.entry), "data": {**old.entry.data, "period": period}})
    return _Old(entry, f"{old.entry_id}/{place}", old.key_name, tuple(lines))


def _plain(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__struct_fields__}


def _item(number: int, rename: Callable[[re.Match[str]], str], line: str) -> Any:
    old = parse_item(line)
    salt = salt_text(sha256(f"bench/{number}/{old.salt}".encode()).digest()[:16])
    return make_item(salt, old.name, orjson.loads(_IDS.sub(rename, orjson.dumps(dict(old.value)).decode())))


def _rename(number: int, text: str) -> str:
    digest = sha256(f"bench/{number}/{text}".encode()).digest()
    if text[:2] in ("a_", "f_"):
        return text[:2] + "".join(_BASE32[byte & 31] for byte in digest[:16])
    if text.startswith("p:"):
        return "p:" + make_code(digest)
    if len(text) == 14:
        body = f"{int(text[:13]) + number * 100_000:013d}"
        return body + gtin_check_digit(body)
    return text
