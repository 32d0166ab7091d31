"""Record real signed entries of one cooperative into a real book, with as little typing as possible."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from ledger.book.entry import Entry, parse_entry, sign_entry
from ledger.book.item import Item, by_digest, make_item, salt_text
from ledger.book.keyring import make_proof
from ledger.book.state import Book
from ledger.ids import gtin_check_digit, make_code
from ledger.log.signer import Signer

ACTOR = "a_" + "coop" * 4
KEY = f"{ACTOR}/2026"
ROLES = ["registrar", "grower", "packer", "haulier", "port", "carrier", "freight_agent", "importer", "retailer"]
FRESH = "0952000000026" + gtin_check_digit("0952000000026")
DRIED = "0952000000226" + gtin_check_digit("0952000000226")
MUSHROOM = "0952000000327" + gtin_check_digit("0952000000327")
SEASON = ("2025-08-01T00:00:00Z", "2026-08-01T00:00:00Z")
GATE_STAGES = ("orchard", "packing", "precooling", "cold_store", "drying", "port")


def lot(name: str) -> str:
    """Make a lot id from a name."""
    return "p:" + make_code(hashlib.sha256(name.encode()).digest()[:10])


def facility(name: str) -> str:
    """Make a facility id from a name."""
    letters = "".join(letter for letter in name if letter in "abcdefghijklmnopqrstuvwxyz234567")
    return "f_" + (letters + "a" * 16)[:16]


def period(start: str = SEASON[0], end: str = SEASON[1]) -> dict[str, str]:
    return {"start": start, "end": end}


def activity(slot: str, quantity: str, unit: str, evidence: str = "invoice", **more: str) -> tuple[str, dict[str, str]]:
    return "activity", {"slot": slot, "quantity": quantity, "unit": unit, "evidence": evidence, **more}


def mass(name: str, role: str, quantity: str, **more: str) -> tuple[str, dict[str, str]]:
    value = {"lot": lot(name), "role": role, "quantity": quantity, "unit": "kg", "evidence": "scale_ticket"}
    return "mass", {**value, "audience": "public", **more}


def weight(name: str, quantity: str, unit: str = "kg") -> tuple[str, dict[str, str]]:
    return "weight", {"lot": lot(name), "quantity": quantity, "unit": unit}


def distance(quantity: str, **more: str) -> tuple[str, dict[str, str]]:
    return "distance", {"quantity": quantity, "unit": "km", "evidence": "document", "audience": "public", **more}


class Recorder:
    """Sign and apply entries; every one of them must take effect."""

    def __init__(self) -> None:
        self.signer = Signer.from_seed(KEY, b"s" * 32)
        self.entries: list[tuple[int, bytes, tuple[str, ...]]] = []
        self.book = Book.empty()
        self.seq = 0
        self.prev = "0" * 64
        self.count = 0
        vkey = self.signer.public_key.encode()
        data = {"vkey": vkey, "roles": ROLES, "keeper": "", "proof": make_proof(self.signer)}
        self.add("register_key", data=data, time="2025-01-01T00:00:00Z")
        self.add("register_actor", data={"roles": ROLES, "keeper": ""}, time="2025-01-01T00:00:00Z")
        for gtin, kind in ((FRESH, "fresh"), (DRIED, "dried")):
            data = {"gtin": gtin, "kind": kind, "variety_code": "guiwei"}
            self.add("register_product", data=data, time="2025-01-01T00:00:00Z")

    def place(self, name: str, kind: str = "site", **fields: str) -> None:
        """Register a facility, with a place where one is given."""
        items = [("place", {**fields, "audience": "public"})] if fields else []
        self.add("register_facility", at=name, data={"type": kind}, items=items, time="2025-01-01T00:00:00Z")

    def add(
        self,
        kind: str,
        *,
        at: str = "",
        stage: str = "",
        lots: Sequence[str] = (),
        data: Mapping[str, Any] | None = None,
        items: Sequence[tuple[str, Mapping[str, Any]]] = (),
        time: str = "2026-06-20T00:00:00Z",
        refs: Sequence[str] = (),
        check: bool = True,
    ) -> str:
        """Record one entry and return its id."""
        made: list[Item] = []
        for name, value in items:
            self.count += 1
            salt = salt_text(hashlib.sha256(f"salt {self.count}".encode()).digest()[:16])
            made.append(make_item(salt, name, value))
        self.seq += 1
        entry = Entry(
            actor=ACTOR,
            recorded_by=ACTOR,
            kind=kind,
            seq=self.seq,
            prev=self.prev,
            event_time=time,
            stage=stage,
            facility=facility(at) if at else "",
            lots=tuple(sorted(lots)),
            data=dict(data or {}),
            items=tuple(sorted(item.digest for item in made)),
            refs=tuple(sorted(refs)),
        )
        note = sign_entry(entry, self.signer)
        signed = parse_entry(note)
        lines = tuple(item.text for item in made)
        index = len(self.entries)
        violations = self.book.apply(index, signed, by_digest(lines))
        assert not (check and violations), [(item.code, item.message, dict(item.context)) for item in violations]
        self.entries.append((index, note, lines))
        self.prev = signed.entry_id
        return signed.entry_id

    # --- what happens in a season ----------------------------------------------------------------------------------

    def harvest(
        self,
        outs: Mapping[str, str],
        *,
        at: str,
        time: str = "2026-06-20T00:00:00Z",
        span: tuple[str, str] = SEASON,
        more: Sequence[tuple[str, Mapping[str, Any]]] = (),
    ) -> str:
        lots = [lot(name) for name in outs]
        data = {"out": lots, "period": period(*span), "product": "", "variety": "guiwei"}
        items = [*(mass(name, "out", quantity) for name, quantity in outs.items()), *more]
        return self.add("harvest", at=at, stage="orchard", lots=lots, data=data, items=items, time=time)

    def pool(
        self, at: str, stage: str, items: Sequence[tuple[str, Mapping[str, Any]]], span: tuple[str, str] = SEASON
    ) -> str:
        data = {"period": period(*span)}
        return self.add("activity", at=at, stage=stage, data=data, items=items, time=span[0])

    def close(
        self,
        at: str,
        stage: str,
        weights: Mapping[str, str],
        span: tuple[str, str] = SEASON,
        unit: str = "kg",
        more: Sequence[tuple[str, Mapping[str, Any]]] = (),
    ) -> str:
        items = [*more, *(weight(name, quantity, unit) for name, quantity in weights.items())]
        lots = [lot(name) for name in weights]
        data = {"period": period(*span)}
        return self.add("close", at=at, stage=stage, lots=lots, data=data, items=items, time=span[1])

    def process(
        self,
        kind: str,
        ins: Mapping[str, str],
        outs: Mapping[str, str],
        *,
        at: str,
        stage: str = "packing",
        process: str = "",
        product: str = "",
        more: Sequence[tuple[str, Mapping[str, Any]]] = (),
        time: str = "2026-06-22T00:00:00Z",
    ) -> str:
        data: dict[str, Any] = {"in": [lot(name) for name in ins], "out": [lot(name) for name in outs]}
        if process:
            data["process"] = process
        if product:
            data["product"] = product
        items = [mass(name, "in", quantity) for name, quantity in ins.items()]
        items += [mass(name, "out", quantity) for name, quantity in outs.items()]
        where: dict[str, str] = {"at": at, "stage": stage} if kind == "transform" else {}
        names = [lot(name) for name in (*ins, *outs)]
        return self.add(kind, lots=names, data=data, items=[*items, *more], time=time, **where)

    def lose(self, name: str, quantity: str, *, stage: str, treatment: str, time: str, cause: str = "decay") -> str:
        data = {"cause": cause, "treatment": treatment}
        return self.add(
            "loss", stage=stage, lots=[lot(name)], data=data, items=[mass(name, "loss", quantity)], time=time
        )

    def carry(
        self,
        masses: Mapping[str, str],
        *,
        stage: str,
        leg: str,
        vehicle: str,
        items: Sequence[tuple[str, Mapping[str, Any]]],
        time: str,
        gross: Mapping[str, str] | None = None,
    ) -> str:
        more = {name: {"gross": kilograms} for name, kilograms in (gross or {}).items()}
        stated = [mass(name, "at", quantity, **more.get(name, {})) for name, quantity in masses.items()]
        return self.add(
            "transport",
            stage=stage,
            lots=[lot(name) for name in masses],
            data={"leg": leg, "vehicle": vehicle},
            items=[*stated, *items],
            time=time,
        )


ORCHARD = [
    activity("urea", "200", "kg"),
    activity("npk", "600", "kg"),
    activity("organic_manure", "5000", "kg", "own_statement"),
    activity("pesticide", "12", "kg"),
    activity("diesel", "150", "L"),
    activity("electricity", "900", "kWh", "meter"),
]
