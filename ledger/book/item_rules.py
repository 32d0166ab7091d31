"""Rules that look into items: form, slots, units, masses and totals; each a small function in a list.

They judge what is opened. A rule that needs an item which is not opened here keeps silent.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from iocore.errors import IOCoreError
from iocore.units import Quantity, conversion, format_decimal
from ledger.book.balance import balance_of, current_mass, tolerance
from ledger.book.item import Item
from ledger.book.kind import kinds
from ledger.book.model import Effective, mass_of, quantity_in
from ledger.book.stage import Slot, slot_type, stages
from ledger.book.statement import Statement
from ledger.book.view import BookRule, BookView
from ledger.book.violation import Violation, on_item
from ledger.book.vocabulary import CONDITIONS, ITEM_TYPES

_SLOTTED: Final = ("activity", "expense", "total", "season_total", "supplier_value")
_QUANTIFIED: Final = ("activity", "total", "season_total")
_OF_A_CLOSE: Final = ("weight", "total", "season_total", "season_yield")
_AT_KINDS: Final = frozenset(
    "activity attest customs port_call receive removal retail ship transport write_off".split()
)
_CERTIFYING: Final = ("harvest", "transform")


def items_readable(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask for items of the vocabulary, in their form."""
    for item in entry.items:
        known = ITEM_TYPES.get(item.name)
        if known is None:
            yield Violation("item-unknown", f"items.{item.name}", "no such item", {"item": item.digest})
        else:
            yield from known.check(item)


def items_fit_kind(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that weights and totals stand in a close, and masses and attributes where they make sense."""
    moves = _moves(entry)
    for item in entry.items:
        role = item.get("role")
        if item.name in _OF_A_CLOSE and entry.kind != "close":
            yield on_item(item, "item-place", f"a {item.name} belongs in a close")
        elif item.name == "climate" and entry.kind != "register_facility":
            yield on_item(item, "item-place", "a climate belongs in the registration of a facility")
        elif item.name == "activity" and entry.kind == "close":
            yield on_item(item, "item-place", "a close states totals; report activities apart")
        elif item.name == "attribute" and entry.kind not in _CERTIFYING:
            yield on_item(item, "item-place", "an attribute is stated where a lot is harvested or processed")
        elif item.name == "mass" and (
            (role in ("in", "out") and not moves)
            or (role == "loss" and not moves and entry.kind != "loss")
            or (role == "at" and entry.kind not in _AT_KINDS)
        ):
            yield on_item(item, "item-place", f"a mass of role {role} does not belong in this kind of entry")


def lots_named(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that an item speaks of a lot that the envelope names."""
    for item in entry.items:
        lot = item.get("lot")
        if lot and lot not in entry.lots:
            yield on_item(item, "item-lot", "the envelope does not name this lot", lot=lot)


def slots_known(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that a slot belongs to the stage and that its unit converts."""
    for item in entry.items:
        if item.name not in _SLOTTED:
            continue
        slot = _slot_of(entry, item)
        if slot is None:
            if entry.stage in stages():
                context = {"slot": item.get("slot"), "stage": entry.stage}
                yield on_item(item, "slot-unknown", "the stage has no such slot", **context)
            elif not entry.stage:
                yield on_item(item, "slot-stage", "a slot needs a stage", slot=item.get("slot"))
        elif item.name != "expense":
            try:
                conversion(item.get("unit"), slot.unit)
            except IOCoreError as error:
                yield on_item(item, "slot-unit", f"state it in {slot.unit} or a unit of the same kind: {error.message}")


def conditions_fit(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that a condition stands beside the quantity of a slot that needs it."""
    for item in entry.items:
        slot = _slot_of(entry, item) if item.name in _QUANTIFIED else None
        for name in CONDITIONS if slot is not None else ():
            if name in item.value and slot is not None and name not in slot.needs:
                yield on_item(item, "item-field", "the slot has no such field", slot=slot.code, field=name)


def suppliers_fit(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that one supplier's value stands beside the quantity of a slot that it speaks for."""
    if entry.unopened:
        return
    used = {item.get("slot") for item in entry.items if item.name in ("activity", "total")}
    seen: set[str] = set()
    for item in entry.named("supplier_value"):
        slot = item.get("slot")
        if slot not in used:
            yield on_item(
                item, "item-place", "state the quantity that the supplier's value is for beside it", slot=slot
            )
        elif slot in seen:
            yield on_item(item, "item-double", "the same statement stands twice", slot=slot)
        seen.add(slot)


def zeros_explained(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask for the reason of an explicit zero, and for a document where the slot needs one."""
    documented = bool(entry.unopened) or any(entry.named("document"))
    for item in entry.named("activity"):
        quantity, slot = _quantity(item), _slot_of(entry, item)
        if quantity is None or quantity.value != 0:
            continue
        if not item.get("reason"):
            yield on_item(item, "zero-reason", "say why nothing was used", slot=item.get("slot"))
        if slot is not None and slot.zero_needs_document and not documented:
            yield on_item(item, "zero-document", "this zero needs a document beside it", slot=item.get("slot"))


def masses_single(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask for one mass, one weight, one price and one distance of its own per lot and role."""
    seen: set[tuple[str, str, str]] = set()
    for item in entry.items:
        if item.name in ("mass", "weight", "price") or (item.name == "distance" and item.get("lot")):
            key = (item.name, item.get("lot"), item.get("role"))
            if key in seen:
                yield on_item(item, "item-double", "the same statement stands twice", lot=item.get("lot"))
            seen.add(key)


def distances_complete(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask for the distance of every lot of a trip, once one of them has its own and none holds for all."""
    named = {item.get("lot") for item in entry.named("distance")}
    missing = sorted(set(entry.lots) - named)
    if missing and named - {""} and "" not in named and not entry.unopened:
        yield Violation(
            "distance-missing",
            "items.distance",
            "state the distance of every lot, or one that holds for the others",
            {"lots": missing},
        )


def masses_stated(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask for the mass of every lot that is created or loses something."""
    if entry.unopened:
        return
    wanted = [("out", lot) for lot in entry.outs] if _moves(entry) else []
    wanted += [("loss", lot) for lot in entry.lots] if entry.kind == "loss" else []
    for role, lot in wanted:
        if next(entry.masses(role, lot), None) is None:
            yield Violation("mass-missing", "items.mass", f"state the mass of role {role}", {"lot": lot, "role": role})


def masses_positive(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that a lot is not created empty."""
    for item in entry.masses("out"):
        if mass_of(item) == 0:
            yield on_item(item, "mass-zero", "a lot must weigh something", lot=item.get("lot"))


def mass_balances(book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that a process neither creates mass nor loses it unsaid."""
    balance = balance_of(book, entry) if _moves(entry) else None
    if balance is None or balance.verdict == "balanced":
        return
    context = {
        "in_kg": _text(balance.in_kg),
        "out_kg": _text(balance.out_kg),
        "loss_kg": _text(balance.loss_kg),
        "difference_kg": _text(balance.difference_kg),
    }
    if balance.verdict == "oversold":
        yield Violation("oversell", "items.mass", "more comes out than went in", context)
    elif balance.verdict == "unbalanced":
        yield Violation("mass-balance", "items.mass", "more than 5 % is missing; state the loss", context)
    else:
        yield Violation("mass-balance", "items.mass", "some mass is not accounted for", context, "warning")


def ins_match(book: BookView, statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that a lot goes in with the mass that is left of it."""
    if not _moves(entry) or statement.is_amendment:
        return
    for item in entry.masses("in"):
        stated, left = mass_of(item), current_mass(book, item.get("lot"))
        if stated is not None and left is not None:
            yield from _compare(item, stated, left, "the lot has another mass; record a loss or split it first")


def outs_match_consumers(book: BookView, statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that an amended mass still fits what was made of the lot."""
    if not statement.is_amendment or not _moves(entry):
        return
    for item in entry.masses("out"):
        lot, stated = item.get("lot"), mass_of(item)
        consumer, before, left = book.consumer_of(lot), book.lot_mass(lot), current_mass(book, lot)
        used = next(consumer.masses("in", lot), None) if consumer else None
        taken = mass_of(used) if used else None
        if stated is None or before is None or left is None or taken is None:
            continue
        yield from _compare(item, taken, left - before.base.mass_kg + stated, "the lot was used up with another mass")


def losses_within(book: BookView, statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that a lot loses no more than is left of it."""
    if entry.kind != "loss":
        return
    before = book.entry(entry.entry_id) if statement.is_amendment else None
    for item in entry.masses("loss"):
        lost, left = mass_of(item), current_mass(book, item.get("lot"))
        if before is not None and left is not None:
            left += sum((mass_of(old) or Fraction(0) for old in before.masses("loss", item.get("lot"))), Fraction(0))
        if lost is not None and left is not None and lost > left:
            yield on_item(item, "loss-exceeds", "more is lost than is left", lost_kg=_text(lost), left_kg=_text(left))


def outs_cover_losses(book: BookView, statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that an amended mass is not below what the lot has lost since."""
    for item in entry.masses("out") if statement.is_amendment else ():
        stated, before, left = mass_of(item), book.lot_mass(item.get("lot")), current_mass(book, item.get("lot"))
        if stated is None or before is None or left is None:
            continue
        lost = before.base.mass_kg - left
        if lost > stated:
            yield on_item(item, "loss-exceeds", "more was lost than that", lost_kg=_text(lost), left_kg=_text(stated))


def lots_not_empty(book: BookView, statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that something is left of a lot that is processed or handed on."""
    if statement.is_amendment or not (_moves(entry) or entry.kind == "ship"):
        return
    for lot in entry.ins if _moves(entry) else entry.lots:
        if current_mass(book, lot) == 0:
            yield Violation("lot-empty", "lots", "all of this lot was lost; there is nothing left to use", {"lot": lot})


def attributes_apart(book: BookView, statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that certified lots go into one process only with lots certified alike, so that they are never averaged."""
    if statement.is_amendment or not _moves(entry) or len(entry.ins) < 2:
        return
    known = {lot: book.attributes_of(lot) for lot in entry.ins}
    stated = {lot: attributes for lot, attributes in known.items() if attributes is not None}
    if len(set(stated.values())) > 1:
        context = {lot: " ".join(sorted(attributes)) for lot, attributes in sorted(stated.items())}
        yield Violation(
            "attributes-apart",
            "data.in",
            "these lots are not certified alike; keep them apart",
            {"lots": sorted(stated), "attributes": context},
        )


def written_off_whole(book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that a lot is written off with the mass that is left of it."""
    for item in entry.masses("at") if entry.kind == "write_off" else ():
        stated, left = mass_of(item), current_mass(book, item.get("lot"))
        if stated is not None and left is not None:
            yield from _compare(item, stated, left, "a lot is written off as a whole; split it first, or record a loss")


def handed_within(book: BookView, statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that no more is shipped than is left, and no more received than was shipped."""
    if statement.is_amendment:
        return
    ship = book.entry(entry.refs[0]) if entry.kind == "receive" and entry.refs else None
    for item in entry.masses("at") if entry.kind in ("ship", "receive") else ():
        lot, stated = item.get("lot"), mass_of(item)
        sent = next(ship.masses("at", lot), None) if ship else None
        limit = mass_of(sent) if sent else current_mass(book, lot)
        if stated is not None and limit is not None and stated > limit + tolerance(limit):
            message = "more is received than was shipped" if sent else "more is handed over than is left"
            yield on_item(item, "oversell", message, lot=lot, stated_kg=_text(stated), limit_kg=_text(limit))


def weights_complete(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask a close for one weight per lot, in one unit, with a sum above zero."""
    if entry.kind != "close" or entry.unopened:
        return
    weights = list(entry.named("weight"))
    missing = sorted(set(entry.lots) - {item.get("lot") for item in weights})
    if missing:
        yield Violation("weight-missing", "items.weight", "state a weight for every lot", {"lots": missing})
    if len({item.get("unit") for item in weights}) > 1:
        yield Violation("weight-unit", "items.weight", "state all weights in one unit")
    read = [_quantity(item) for item in weights]
    if weights and all(found is not None and found.value == 0 for found in read):
        yield Violation("weight-zero", "items.weight", "the weights must have a sum above zero")


def totals_agree(book: BookView, statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that a close's total equals the activities reported for its slot, where both exist."""
    if entry.kind != "close" or entry.period is None:
        return
    pools = book.pools_at(entry.facility, entry.stage)
    inside = [item for pool in pools for known in pool.activities if _overlaps(known, entry) for item in known.items]
    if any(known.unopened for pool in pools for known in pool.activities if _overlaps(known, entry)):
        return
    for total in entry.named("total"):
        slot = _slot_of(entry, total)
        stated = [item for item in inside if item.name == "activity" and item.get("slot") == total.get("slot")]
        if slot is None or not stated:
            continue
        reported = [quantity_in(item, slot.unit) for item in stated]
        said = quantity_in(total, slot.unit)
        if said is not None and None not in reported and said != sum(value for value in reported if value is not None):
            yield on_item(total, "total-differs", "the total is not the sum of the activities", slot=slot.code)


ITEM_RULES: Final[tuple[BookRule, ...]] = (
    items_readable,
    items_fit_kind,
    lots_named,
    slots_known,
    conditions_fit,
    suppliers_fit,
    zeros_explained,
    masses_single,
    distances_complete,
    masses_stated,
    masses_positive,
    mass_balances,
    ins_match,
    outs_match_consumers,
    losses_within,
    outs_cover_losses,
    lots_not_empty,
    attributes_apart,
    written_off_whole,
    handed_within,
    weights_complete,
    totals_agree,
)


def _moves(entry: Effective) -> bool:
    kind = kinds().get(entry.kind)
    return kind is not None and kind.moves


def _slot_of(entry: Effective, item: Item) -> Slot | None:
    return slot_type(entry.stage, item.get("slot"))


def _quantity(item: Item) -> Quantity | None:
    try:
        return Quantity.parse(item.get("quantity"), item.get("unit"))
    except IOCoreError:
        return None


def _overlaps(activity: Effective, close: Effective) -> bool:
    mine, other = activity.period, close.period
    return mine is not None and other is not None and mine.overlaps(other)


def _compare(item: Item, stated: Fraction, expected: Fraction, message: str) -> Iterable[Violation]:
    difference = abs(stated - expected)
    if difference <= tolerance(expected):
        return
    context = {"lot": item.get("lot"), "stated_kg": _text(stated), "expected_kg": _text(expected), "item": item.digest}
    serious = difference > expected * Fraction(5, 100) or stated > expected + tolerance(expected)
    yield Violation("mass-differs", "items.mass", message, context, "error" if serious else "warning")


def _text(value: Fraction) -> str:
    return format_decimal(value)
