"""Rules on what stands beside the footprint: removals, carbon in products, credits, certificates; small functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from ledger.book.model import Effective, mass_of
from ledger.book.statement import Statement
from ledger.book.view import BookRule, BookView
from ledger.book.violation import Violation

#: Kinds of entries in which an item may stand; items that are not named here may stand anywhere.
PLACES: Final[Mapping[str, tuple[str, ...]]] = {
    "carbon": ("harvest", "transform"),
    "measurement": ("removal",),
    "model": ("removal",),
    "monitoring": ("removal",),
    "penalty": ("removal",),
    "reverses": ("removal",),
}


def items_beside_fit(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that items about what stands beside the footprint stand in an entry of their kind."""
    for item in entry.items:
        if item.name in PLACES and entry.kind not in PLACES[item.name]:
            yield Violation(
                "item-place",
                f"items.{item.name}",
                f"a {item.name} does not belong in this kind of entry",
                {"item": item.digest},
            )


def carbon_within(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask that carbon is stated once for a lot that the entry creates, and is no more than its mass."""
    seen: set[str] = set()
    for item in entry.named("carbon"):
        lot, context = item.get("lot"), {"item": item.digest, "lot": item.get("lot")}
        if lot not in entry.outs or lot in seen:
            yield Violation("carbon-lot", "items.carbon", "state it once for a lot that comes out", context)
        seen.add(lot)
        carbon, whole = mass_of(item), next((mass_of(mass) for mass in entry.masses("out", lot)), None)
        if carbon is not None and whole is not None and carbon > whole:
            yield Violation("carbon-exceeds", "items.carbon", "there is more carbon than the lot weighs", context)


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


APART_RULES: Final[tuple[BookRule, ...]] = (items_beside_fit, carbon_within, reversal_names_its_lots)
