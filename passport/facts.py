"""Read from the book what a passport says about its lot beside the carbon: name, place, dates, mass, keepers.

Only public openings are read, so that a credential never holds what an audience may not see.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ledger.book.model import Effective, Lot
from ledger.book.state import Book
from passport.claims import refuse_market_name
from passport.errors import IssueRefused, LotNotFound

#: China has one time zone; a picking day is a day there.
LOCAL: Final = timedelta(hours=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class LotFacts:
    """Hold the public facts of a lot.

    Args:
        lot: lot id.
        lot_number: what stands on the label behind the GTIN, or the code.
        gtin: fourteen digits.
        has_link: whether the lot's address is a Digital Link.
        kind: form of the product, such as `fresh`.
        variety: code of the variety.
        name: the product's name on this market.
        facility: where the lot was made.
        facility_type: type of that facility.
        country, region: where that is; `CN`, `CN-GD`.
        produced: day on which the lot was made, local time.
        harvested: first and last day of harvest, local time.
        net_mass: kilograms, a decimal string, as the label states it.
        keepers: actors who keep the diary of somebody else in the lineage.
    """

    lot: str
    lot_number: str
    gtin: str
    has_link: bool
    kind: str
    variety: str
    name: str
    facility: str
    facility_type: str
    country: str
    region: str
    produced: str
    harvested: tuple[str, str]
    net_mass: str
    keepers: tuple[str, ...]


def facts_of(book: Book, lot_id: str, *, market: str) -> LotFacts:
    """Collect the public facts of a lot.

    Args:
        book: the book, with the openings at hand.
        lot_id: the lot.
        market: `EU` or `CN`; decides which name is used and which words it may hold.

    Raises:
        LotNotFound: no entry creates the lot.
        IssueRefused: a public fact that every passport states is missing.
        ClaimRefused: the name does not suit the market.
    """
    if not book.has_lot(lot_id):
        raise LotNotFound("no entry creates this lot", lot=lot_id)
    lot = book.lots[lot_id]
    product = book.products.get(lot.product_gtin)
    if product is None:
        raise IssueRefused("the lot needs a registered product", lot=lot_id, gtin=lot.product_gtin)
    country, region = _place(book, lot)
    family = [book.lots[name] for name in book.ancestors(lot_id) if book.has_lot(name)]
    harvests = sorted(_day(other.origin) for other in family if other.origin.kind == "harvest")
    facility = book.facilities.get(lot.origin.facility)
    return LotFacts(
        lot=lot_id,
        lot_number=lot_id[2:] if lot_id.startswith("p:") else lot_id[25:],
        gtin=lot.product_gtin,
        has_link=not lot_id.startswith("p:"),
        kind=product.kind,
        variety=lot.variety,
        name=_name(product.registration, market=market),
        facility=lot.origin.facility,
        facility_type=facility.type if facility is not None else lot.origin.stage,
        country=country,
        region=region,
        produced=_day(lot.origin),
        harvested=(harvests[0], harvests[-1]) if harvests else (_day(lot.origin), _day(lot.origin)),
        net_mass=_net_mass(book, lot_id),
        keepers=tuple(sorted(set(_keepers(book, family)))),
    )


def _name(registration: Effective, *, market: str) -> str:
    public = [item for item in registration.items if item.audience == "public"]
    if market == "EU":
        found = [item.get("text") for item in public if item.name == "name_eu"]
        if not found:
            raise IssueRefused("a passport for the EU needs the product's neutral name_eu", field="name_eu")
        return refuse_market_name(found[0], market=market, field="name_eu")
    names = {item.get("lang"): item.get("text") for item in public if item.name == "name"}
    for lang in ("zh", "zh-Hans", "en"):
        if names.get(lang):
            return refuse_market_name(names[lang], market=market)
    raise IssueRefused("the product needs a public name", field="name")


def _place(book: Book, lot: Lot) -> tuple[str, str]:
    """Find the country where the lot was made: a public place of that facility, else of the actor's others."""
    own = [facility for facility in book.facilities.values() if facility.id == lot.origin.facility]
    others = [facility for facility in book.facilities.values() if facility.actor == lot.origin.actor]
    for facility in [*own, *sorted(others, key=lambda found: found.id)]:
        for item in facility.registration.named("place"):
            if item.audience == "public" and item.get("country"):
                return item.get("country"), item.get("region") or item.get("country")
    raise IssueRefused(
        "a passport states the country of production: give the producing facility a public place",
        lot=lot.id,
        facility=lot.origin.facility,
        field="place",
    )


def _net_mass(book: Book, lot_id: str) -> str:
    chain = book.lot_mass(lot_id, after_gate=False)
    if chain is None:
        raise IssueRefused("the mass of the lot is not opened here", lot=lot_id, field="items.mass")
    base = chain.base.item
    if base.audience != "public":
        raise IssueRefused(
            "the label states the net mass, so its mass item must be public", lot=lot_id, field="items.mass.audience"
        )
    if base.get("unit") != "kg":
        raise IssueRefused("the net mass of a lot with a passport is stated in kg", lot=lot_id, unit=base.get("unit"))
    return base.get("quantity")


def _keepers(book: Book, family: list[Lot]) -> Iterator[str]:
    for lot in family:
        actor = book.actors.get(lot.origin.actor)
        if actor is not None and actor.keeper:
            yield actor.keeper


def _day(event: Effective) -> str:
    return (event.event_time + LOCAL).date().isoformat()
