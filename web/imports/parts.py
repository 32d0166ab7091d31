"""Make the items that many forms share: activities, masses, distances, boxes, notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from mimetypes import guess_type
from typing import Any

from iocore.units import parse_decimal
from ledger.book.stage import slot_type, stages
from ledger.ids import gtin_of
from web.imports.base import Draft, Source
from web.imports.lots import read_lot
from web.imports.measure import Amount, Unreadable
from web.imports.row import Row
from web.imports.vocabulary import ATTRIBUTE, AUDIENCE, BASIS, EVIDENCE, slot_words, slots_named

ItemDraft = tuple[str, Mapping[str, Any]]


def evidence(row: Row, default: str = "own_statement") -> str:
    """Read the evidence of a row."""
    return row.choice("evidence", EVIDENCE, required=False, default=default)


def audience(row: Row, default: str = "full") -> dict[str, str]:
    """Read who may see the row's numbers; `full` is left out, since it is the default."""
    chosen = row.choice("audience", AUDIENCE, required=False, default=default)
    return {"audience": chosen} if chosen not in ("", "full") else {}


def slot_audience(row: Row, slot: str) -> dict[str, str]:
    """Read who may see a slot's quantity; a statement on land use hurts nobody, so it is public unless closed."""
    return audience(row, "public" if slot == "land_converted" else "full")


def mass_audience(row: Row, lot: str) -> dict[str, str]:
    """Read who may see a mass. A packed lot's mass stands on its box and in its passport, so it is public."""
    return audience(row, "public" if gtin_of(lot) else "full")


def slot_unit(stage: str, slot: str) -> str:
    """Give the unit of a slot of a stage, empty when the stage has no such slot."""
    found = slot_type(stage, slot)
    return found.unit if found else ""


def slot_of(row: Row, stage: str, column: str = "slot") -> str:
    """Read the input that a row is about; a finding when the stage has no such slot."""
    kind = stages()[stage] if stage else None
    offered = {entry.code: slots_named()[entry.code] for entry in kind.slots} if kind else slots_named()
    slot = row.choice(column, slots_named(), offered=offered)
    if slot and kind and not kind.slot(slot):
        row.fail("choice-unknown", column, known=", ".join(slot_words(code)[0] for code in offered))
        return ""
    return slot


def activity(
    row: Row, stage: str, slot: str, column: str = "quantity", *, unit: str = "unit", fixed: str = ""
) -> list[ItemDraft]:
    """Make the activity item of a slot from a quantity cell and its unit; an explicit zero needs its reason.

    Args:
        row: the row.
        stage: stage of the slot.
        slot: code of the slot, empty when it could not be read.
        column: where the number stands.
        unit: where its unit stands.
        fixed: the slot's unit as the header states it, where there is no unit column.
    """
    # What else is wrong with the row is said in the same run.
    evidence(row)
    slot_audience(row, slot)
    if not slot:
        row.number(column)
        return []
    wanted = slot_unit(stage, slot)
    amount = row.amount(column, wanted, unit="" if fixed else unit, what=slot_words(slot))
    return activity_of(row, slot, amount, column) if amount else []


def activity_of(row: Row, slot: str, amount: Amount, column: str = "quantity") -> list[ItemDraft]:
    """Make the activity item of a slot from an amount."""
    value: dict[str, Any] = {"slot": slot, **amount.as_item(), "evidence": evidence(row), **slot_audience(row, slot)}
    if not amount.value:
        reason = row.text("reason")
        if not reason and "reason" in row.columns:
            place = row.columns["reason"]
            row.fail("reason-needed", column, zh=place.zh, en=place.en)
        value["reason"] = reason
    elif column == "quantity":
        no_reason(row)
    return [("activity", value)]


def no_reason(row: Row) -> None:
    """Find fault with a reason for zero beside the row's one quantity that is not zero: a cell is out of place."""
    if row.filled("reason"):
        row.fail("reason-without-zero", "reason", value=row.text("reason"))


def mass(lot: str, role: str, amount: Amount, proof: str, **more: str) -> ItemDraft:
    """Make a mass item."""
    return ("mass", {"lot": lot, "role": role, **amount.as_item(), "evidence": proof, **more})


def attribute(row: Row, lot: str) -> list[ItemDraft]:
    """Make the item that states what a lot is certified as, public unless the row says otherwise."""
    code = row.choice("attribute", ATTRIBUTE, required=False)
    return [("attribute", {"code": code, "lot": lot, **audience(row, "public")})] if code and lot else []


def note(row: Row) -> list[ItemDraft]:
    """Make a note item when the row has a note."""
    text = row.text("note")
    if not text:
        return []
    return [("note", {"text": text, "lang": "en" if text.isascii() else "zh"})]


def carbon(row: Row, lot: str) -> list[ItemDraft]:
    """Make the item that states the carbon in a lot, public unless the row says otherwise: a passport shows it."""
    kilograms = row.number("carbon", required=False)
    if not kilograms or not lot:
        return []
    value = {"lot": lot, "quantity": kilograms, "unit": "kg", "evidence": "document", **audience(row, "public")}
    return [("carbon", value)]


def document(row: Row) -> list[ItemDraft]:
    """Make the item of the file that a row names, found beside the form or below it."""
    name = row.text("attachment")
    if not name:
        return []
    found = [path for path in sorted(row.folder.rglob("*")) if path.name == name and path.is_file()]
    if not found:
        row.fail("attachment-missing", "attachment")
        return []
    digest = sha256(found[0].read_bytes()).hexdigest()
    media = guess_type(name)[0] or "application/octet-stream"
    return [("document", {"sha256": digest, "media_type": media, "title": name})]


def distance(row: Row, column: str = "distance", source: str = "distance_source", **more: str) -> list[ItemDraft]:
    """Make the distance item with more fields, public unless the row says otherwise."""
    kilometres = row.number(column)
    if not kilometres:
        return []
    value = {
        "quantity": kilometres,
        "unit": "km",
        "evidence": "document",
        "source": row.text(source, required=True),
        "audience": row.choice("audience", AUDIENCE, required=False, default="public"),
        **more,
    }
    if row.filled("distance_basis"):
        value["basis"] = row.choice("distance_basis", BASIS)
    return [("distance", value)]


def box(row: Row) -> list[ItemDraft]:
    """Make the item of a container: its size in TEU and the mass of its whole cargo; public like its contents."""
    if not row.filled("teu") and not row.filled("load"):
        return []
    teu, load = row.number("teu"), row.number("load")
    if not teu or not load:
        return []
    value = {"teu": teu, "load": load, "unit": "kg", "evidence": evidence(row, "document")}
    if row.filled("setpoint"):
        value["setpoint"] = row.number("setpoint", signed=True)
    return [("box", {**value, **audience(row, "public")})]


def lots_and_masses(rows: Sequence[Row], proof: str) -> tuple[tuple[str, ...], list[ItemDraft]]:
    """Read the lots of a movement and how much of each was moved, with its packaging and ice where that is stated."""
    lots: list[str] = []
    items: list[ItemDraft] = []
    for row in rows:
        lot = row.lot()
        amount = row.amount("mass", "kg", unit="")
        gross = row.number("gross", required=False)
        if gross and amount and parse_decimal(gross) < amount.value:
            row.fail("gross-below-net", "gross", net=amount.quantity)
        if lot and amount:
            lots.append(lot)
            more = mass_audience(row, lot) | ({"gross": gross} if gross else {})
            items.append(mass(lot, "at", amount, evidence(row, proof), **more))
    return tuple(sorted(set(lots))), items


def movement(rows: Sequence[Row], kind: str, stage: str, data: Mapping[str, Any], proof: str) -> Draft:
    """Draft an entry that moves or handles lots; its first row speaks for what all rows share."""
    first = rows[0]
    lots, items = lots_and_masses(rows, proof)
    return Draft(
        actor=first.text("actor", required=True),
        facility=first.text("facility"),
        kind=kind,
        stage=stage,
        data=dict(data),
        lots=lots,
        items=(*items, *note(first)),
        event_time=first.moment("date"),
        source=first.source,
        lot_rows=lot_rows(rows),
    )


def lot_rows(rows: Sequence[Row]) -> tuple[tuple[str, Source], ...]:
    """Give lot and place of every row whose lot can be read."""
    found = []
    for row in rows:
        try:
            found.append((read_lot(row.text("lot")), row.source))
        except Unreadable:
            continue
    return tuple(found)


def route(row: Row) -> list[ItemDraft]:
    """Make the item that names both ends of a leg."""
    ends = [text for text in (row.text("origin"), row.text("destination")) if text]
    return [("place", {"text": " - ".join(ends)})] if ends else []
