"""Rules on what stands beside the footprint: removals, carbon in products, credits, certificates; small functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final

from ledger.book.kind import claimed_by, comparable
from ledger.book.model import Effective, mass_of, quantity_in
from ledger.book.stage import slot_type
from ledger.book.statement import Statement
from ledger.book.view import BookRule, BookView
from ledger.book.violation import Violation, on_item

#: Kinds of entries in which an item may stand; items that are not named here may stand anywhere.
PLACES: Final[Mapping[str, tuple[str, ...]]] = {
    "avoided": ("avoided",),
    "carbon": ("harvest", "transform"),
    "certificate": ("activity",),
    "credit": ("credit",),
    "link": ("credit",),
    "measurement": ("removal",),
    "model": ("removal",),
    "monitoring": ("removal",),
    "owner": ("avoided", "credit", "removal"),
    "penalty": ("removal",),
    "reverses": ("removal",),
}


def items_beside_fit(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that items about what stands beside the footprint stand in an entry of their kind."""
    for item in entry.items:
        if item.name in PLACES and entry.kind not in PLACES[item.name]:
            yield on_item(item, "item-place", f"a {item.name} does not belong in this kind of entry")


def carbon_within(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that carbon is stated once for a lot that the entry creates, and is no more than its mass."""
    seen: set[str] = set()
    for item in entry.named("carbon"):
        lot = item.get("lot")
        if lot not in entry.outs or lot in seen:
            yield on_item(item, "carbon-lot", "state it once for a lot that comes out", lot=lot)
        seen.add(lot)
        carbon, whole = mass_of(item), next((mass_of(mass) for mass in entry.masses("out", lot)), None)
        if carbon is not None and whole is not None and carbon > whole:
            yield on_item(item, "carbon-exceeds", "there is more carbon than the lot weighs", lot=lot)


def reversal_names_its_lots(book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that a loss takes back from a removal of the same actor, and names the lots that shared it."""
    for item in entry.named("reverses"):
        context = {"item": item.digest, "ref": item.get("entry")}
        if entry.data.get("type") != "reversal":
            yield Violation("reversal-type", "data.type", "what is lost again is recorded as a reversal", context)
        target = book.entry(item.get("entry"))
        if target is None:
            if not book.partial:
                yield Violation("reversal-target", "items.reverses.entry", "the log holds no such removal", context)
        elif target.kind != "removal" or target.actor != entry.actor or target.data.get("type") == "reversal":
            yield Violation("reversal-target", "items.reverses.entry", "name a removal of the same actor", context)
        elif set(entry.lots) != set(target.lots):
            yield Violation("reversal-lots", "lots", "name exactly the lots that shared the removal", context)


def serials_unclaimed(book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that no other entry in force claims the same certificate, credit or metered power."""
    for serial in claimed_by(entry.kind, entry.data):
        other = book.claim_of(serial)
        if other and other != entry.entry_id:
            context = {"serial": serial, "by": other}
            yield Violation(
                "serial-claimed",
                "data",
                "another entry claims this serial; a kilowatt-hour or a tonne counts once",
                context,
            )


def certificates_within(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that certified power is named in public, measured in kWh, and no more than was used."""
    claimed = claimed_by(entry.kind, entry.data)
    certified: dict[str, Fraction] = {}
    for item in entry.named("certificate"):
        context, code = {"item": item.digest, "serial": item.get("serial")}, item.get("slot")
        slot = slot_type(entry.stage, code)
        if comparable(item.get("serial")) not in claimed:
            yield Violation(
                "certificate-serial",
                "items.certificate.serial",
                "name the serial among the certificates in the public data",
                context,
            )
        if slot is None or slot.unit != "kWh":
            yield Violation("certificate-slot", "items.certificate.slot", "this slot is not counted in kWh", context)
        certified[code] = certified.get(code, Fraction(0)) + (quantity_in(item, "kWh") or 0)
    for code, kwh in sorted(certified.items()):
        used = [quantity_in(item, "kWh") for item in entry.named("activity") if item.get("slot") == code]
        if kwh > sum((part for part in used if part is not None), Fraction(0)):
            yield Violation(
                "certificate-exceeds", "items.certificate", "more is certified than was used", {"slot": code}
            )


def statements_whole(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask a credit and avoided emissions for their amount, once, and for an owner."""
    if entry.kind not in ("credit", "avoided") or entry.unopened:
        return
    if len(list(entry.named(entry.kind))) != 1:
        yield Violation("amount-missing", f"items.{entry.kind}", "state the amount in one item", {"kind": entry.kind})
    if not any(entry.named("owner")):
        yield Violation("owner-missing", "items.owner", "name the owner", {"kind": entry.kind})


def links_known(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that a credit is linked to slots that there are."""
    for item in entry.named("link"):
        if slot_type(item.get("stage"), item.get("slot")) is None:
            yield on_item(item, "link-slot", "the stage has no such slot")


APART_RULES: Final[tuple[BookRule, ...]] = (
    items_beside_fit,
    carbon_within,
    reversal_names_its_lots,
    serials_unclaimed,
    certificates_within,
    statements_whole,
    links_known,
)
