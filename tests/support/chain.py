"""Build real chains for tests: seeded keys, signed entries with salted items, and a real ledger on demand."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from iocore.times import FixedClock
from ledger.book.entry import Entry, SignedEntry, parse_entry, sign_entry
from ledger.book.item import Item, make_item, salt_text
from ledger.book.keyring import REGISTRAR, make_proof
from ledger.book.state import Book
from ledger.book.violation import Violation
from ledger.ids import NO_ENTRY, gtin_check_digit, key_owner, make_code
from ledger.log.signer import Signer
from ledger.openings import Openings
from ledger.service import Ledger
from ledger.store.sql import SqlLogStore

CLOCK = FixedClock(datetime(2026, 8, 1, tzinfo=UTC))
SEASON = {"start": "2025-07-31T16:00:00Z", "end": "2026-07-31T16:00:00Z"}
JUNE = {"start": "2026-05-31T16:00:00Z", "end": "2026-06-30T16:00:00Z"}
LABEL = "2026"
Value = Mapping[str, Any]


def pseudonym(prefix: str, ref: str) -> str:
    """Derive an actor or facility id from a name."""
    digest = sha256(f"test/{prefix}/{ref}".encode()).digest()
    return f"{prefix}_{base64.b32encode(digest).decode('ascii').lower()[:16]}"


def lot_code(ref: str) -> str:
    """Derive a lot id of the form `p:<code>` from a name."""
    return "p:" + make_code(sha256(f"test/lot/{ref}".encode()).digest())


def gtin(number: int) -> str:
    """Give a GTIN with the demo prefix 952."""
    body = f"0952{number:09d}"
    return body + gtin_check_digit(body)


def gs1_lot(product: str, lot: str) -> str:
    """Give a lot id of a product."""
    return f"gs1:01/{product}/10/{lot}"


def mass(lot: str, role: str, quantity: str, **more: str) -> tuple[str, Value]:
    """Write a mass item."""
    return "mass", {"lot": lot, "role": role, "quantity": quantity, "unit": "kg", "evidence": "scale_ticket", **more}


def used(slot: str, quantity: str, unit: str, **more: str) -> tuple[str, Value]:
    """Write an activity item."""
    return "activity", {"slot": slot, "quantity": quantity, "unit": unit, "evidence": "meter", **more}


def weight(lot: str, quantity: str, unit: str = "kg") -> tuple[str, Value]:
    """Write a weight item of a close."""
    return "weight", {"lot": lot, "quantity": quantity, "unit": unit}


def name(text: str, lang: str = "en", **more: str) -> tuple[str, Value]:
    """Write a name item."""
    return "name", {"text": text, "lang": lang, **more}


@dataclass(frozen=True)
class Added:
    """Hold an entry that the builder signed and what the book said."""

    index: int
    signed: SignedEntry
    lines: tuple[str, ...]
    violations: tuple[Violation, ...]

    @property
    def entry_id(self) -> str:
        """Give its id."""
        return self.signed.entry_id

    @property
    def codes(self) -> list[str]:
        """Give the codes of the broken rules."""
        return [violation.code for violation in self.violations]


class ChainBuilder:
    """Sign entries with real keys and keep the book beside them."""

    def __init__(self) -> None:
        self.book = Book.empty()
        self.added: list[Added] = []
        self.signers: dict[str, Signer] = {}
        self.keepers: dict[str, str] = {}
        self._heads: dict[str, tuple[int, str]] = {}
        self.registrar = pseudonym("a", "registrar")
        self.register_key(self.registrar, roles=[REGISTRAR, "operator"])

    # --- the log so far --------------------------------------------------------------------------------------------

    @property
    def notes(self) -> list[tuple[bytes, tuple[str, ...]]]:
        """Give every note with its openings, in order."""
        return [(added.signed.note, added.lines) for added in self.added]

    @property
    def triples(self) -> list[tuple[int, bytes, tuple[str, ...]]]:
        """Give what `Book.fold` reads."""
        return [(added.index, added.signed.note, added.lines) for added in self.added]

    @property
    def envelopes(self) -> list[SignedEntry]:
        """Give the public part."""
        return [added.signed for added in self.added]

    def ledger(self, folder: Path, database: str = "") -> Ledger:
        """Submit everything to a real ledger, on SQLite in a folder where no address of a database is given."""
        store = SqlLogStore(database or f"sqlite:///{folder / 'ecarbon.db'}")
        signer = Signer.from_seed("log.example/ledger-2026", sha256(b"test/log").digest())
        ledger = Ledger(store, signer, Openings(store, sha256(b"test/seal").digest()), CLOCK)
        results = ledger.submit(self.notes)
        assert {result.status for result in results} <= {"logged", "rejected"}, results
        return ledger

    # --- signing ---------------------------------------------------------------------------------------------------

    def signer(self, actor: str, label: str = LABEL) -> Signer:
        """Give an actor's key, made from a seed."""
        key_name = f"{actor}/{label}"
        return self.signers.setdefault(key_name, Signer.from_seed(key_name, sha256(key_name.encode()).digest()))

    def item(self, item_name: str, value: Value) -> Item:
        """Write an item with a salt of its own."""
        self._salt = getattr(self, "_salt", 0) + 1
        return make_item(salt_text(sha256(f"test/salt/{self._salt}".encode()).digest()[:16]), item_name, value)

    def sign(
        self,
        kind: str,
        actor: str,
        *,
        data: Value | None = None,
        items: Iterable[tuple[str, Value]] = (),
        lots: Iterable[str] = (),
        facility: str = "",
        stage: str = "",
        refs: Iterable[str] = (),
        at: str = "2026-06-24T10:00:00Z",
        key: Signer | None = None,
    ) -> tuple[SignedEntry, tuple[Item, ...]]:
        """Sign an entry at the head of its key's chain, without adding it."""
        chosen = key or self.signer(self.keepers.get(actor, actor))
        seq, prev = self._heads.get(chosen.name, (0, NO_ENTRY))
        made = tuple(sorted((self.item(*item) for item in items), key=lambda item: item.digest))
        entry = Entry(
            actor=actor,
            recorded_by=key_owner(chosen.name),
            kind=kind,
            seq=seq + 1,
            prev=prev,
            event_time=at,
            stage=stage,
            facility=facility,
            lots=tuple(sorted(lots)),
            data=dict(data or {}),
            items=tuple(item.digest for item in made),
            refs=tuple(sorted(refs)),
        )
        return parse_entry(sign_entry(entry, chosen)), made

    def advance(self, signed: SignedEntry) -> None:
        """Let a key's next entry follow this one, which stays outside the book kept here."""
        self._heads[signed.key_name] = (signed.entry.seq, signed.entry_id)

    def add(self, kind: str, actor: str, **parts: Any) -> Added:
        """Sign an entry and take it into the log, whatever the rules say."""
        signed, items = self.sign(kind, actor, **parts)
        return self.append(signed, items)

    def append(self, signed: SignedEntry, items: Sequence[Item] = ()) -> Added:
        """Take a signed entry into the log."""
        index = len(self.added)
        violations = self.book.apply(index, signed, {item.digest: item for item in items})
        self.advance(signed)
        self.added.append(Added(index, signed, tuple(item.text for item in items), tuple(violations)))
        return self.added[-1]

    def must(self, kind: str, actor: str, **parts: Any) -> Added:
        """Add an entry that has to take effect."""
        added = self.add(kind, actor, **parts)
        assert not added.violations, [violation.to_json() for violation in added.violations]
        return added

    # --- people, places, things ------------------------------------------------------------------------------------

    def register_key(self, actor: str, *, roles: Sequence[str] = (), keeper: str = "", label: str = LABEL) -> Added:
        """Register a key of an actor."""
        key = self.signer(actor, label)
        data = {"vkey": key.public_key.encode(), "roles": list(roles), "keeper": keeper, "proof": make_proof(key)}
        return self.must("register_key", actor, data=data, key=self.signer(self.registrar), at="2026-01-01T00:00:00Z")

    def actor(self, ref: str, *roles: str, keeper: str = "", own_key: bool = True) -> str:
        """Register an actor, and its key unless a keeper writes for it."""
        actor = pseudonym("a", ref)
        self.must(
            "register_actor",
            actor,
            data={"roles": list(roles), "keeper": keeper},
            items=[name(ref)],
            key=self.signer(self.registrar),
            at="2026-01-01T00:00:00Z",
        )
        if own_key:
            self.register_key(actor, roles=roles)
        else:
            self.keepers[actor] = keeper
        return actor

    def facility(self, ref: str, owner: str, *, kind: str = "place", place: Value | None = None) -> str:
        """Register a facility."""
        facility = pseudonym("f", ref)
        items = [name(ref), ("place", {"country": "CN", "region": "CN-GD", **(place or {})})]
        self.must(
            "register_facility",
            owner,
            facility=facility,
            data={"type": kind},
            items=items,
            at="2026-01-01T00:00:00Z",
        )
        return facility

    def product(self, number: int, owner: str, *, kind: str = "fresh", variety: str = "guiwei") -> str:
        """Register a product."""
        code = gtin(number)
        self.must(
            "register_product",
            owner,
            data={"gtin": code, "kind": kind, "variety_code": variety},
            items=[name("Fresh lychee")],
            key=self.signer(self.registrar),
            at="2026-01-01T00:00:00Z",
        )
        return code

    # --- a lot's life ----------------------------------------------------------------------------------------------

    def harvest(
        self, actor: str, facility: str, ref: str, quantity: str, *, variety: str = "guiwei", **parts: Any
    ) -> str:
        """Harvest one lot."""
        lot = lot_code(ref)
        self.must(
            "harvest",
            actor,
            facility=facility,
            stage="orchard",
            lots=[lot],
            data={"out": [lot], "period": SEASON, "product": "", "variety": variety},
            items=[mass(lot, "out", quantity)],
            **parts,
        )
        return lot

    def move(
        self,
        kind: str,
        actor: str,
        ins: Mapping[str, str],
        outs: Mapping[str, str],
        *,
        data: Value | None = None,
        items: Iterable[tuple[str, Value]] = (),
        **parts: Any,
    ) -> Added:
        """Split, merge or transform lots of the stated masses."""
        masses = [mass(lot, "in", quantity) for lot, quantity in ins.items()]
        masses += [mass(lot, "out", quantity) for lot, quantity in outs.items()]
        return self.add(
            kind,
            actor,
            lots=[*ins, *outs],
            data={"in": sorted(ins), "out": sorted(outs), **(data or {})},
            items=[*masses, *items],
            **parts,
        )

    def pack(self, actor: str, facility: str, ins: Mapping[str, str], outs: Mapping[str, str], **parts: Any) -> Added:
        """Transform lots in a packhouse."""
        data = {"process": "pack", **parts.pop("data", {})}
        return self.move("transform", actor, ins, outs, facility=facility, stage="packing", data=data, **parts)

    def hand_over(self, giver: str, taker: str, lots: Mapping[str, str], *, at: str = "2026-06-24T11:00:00Z") -> Added:
        """Ship lots and receive them."""
        masses = [mass(lot, "at", quantity) for lot, quantity in lots.items()]
        ship = self.must("ship", giver, lots=lots, data={"to": taker}, items=masses, at=at)
        return self.must("receive", taker, lots=lots, refs=[ship.entry_id], items=masses, at=at)

    def amend(self, target: Added, *, reason: str = "wrong_number", **changes: Any) -> Added:
        """Replace an entry's content: what is not given stays, items excepted."""
        entry = target.signed.entry
        parts: dict[str, Any] = {
            "lots": entry.lots,
            "facility": entry.facility,
            "stage": entry.stage,
            "at": entry.event_time,
        }
        data = changes.pop("data", entry.data)
        kind = changes.pop("kind", entry.kind)
        actor = changes.pop("actor", entry.actor)
        parts.update(changes)
        return self.add(
            "amend", actor, data={"kind": kind, "data": data, "reason": reason}, refs=[target.entry_id], **parts
        )
