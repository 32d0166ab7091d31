"""Hold figures of a lot against what was published, to find slips; nothing here changes a figure or ranks a product.

Two papers give emissions of Chinese orchards, and they differ by a factor of three or more: each is named, and neither
stands for an average of anything. A figure between them or beyond them asks for a second look at its data.

Source: Yan M. et al. 2016 (five fruits: 0.07-0.7 kg CO2e/kg, 2.9-12.8 t CO2e/ha); Zhao C. et al. 2021 (regional means
of orchards: 2.2-3.0 kg CO2e/kg, 6.4-10.0 t CO2e/ha); Paull et al. 2014, CTAHR F_N-29 (lychee keeps 21-35 days at 2-5
degrees Celsius, 3-5 days at 20).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from iocore.errors import IOCoreError
from iocore.units import Quantity
from ledger.book.model import Lot
from ledger.book.state import Book
from passport.calculation import Calculation
from passport.trail import lines

Verdict = Literal["within", "below", "above", "unknown"]
FARM: Final = frozenset({"orchard", "harvest"})
CHILLED: Final = frozenset({"precooling", "cold_store"})
YAN: Final = "Yan M. et al. 2016"
ZHAO: Final = "Zhao C. et al. 2021"
PAULL: Final = "Paull et al. 2014"
PER_KG: Final[Mapping[str, tuple[str, str]]] = {YAN: ("0.07", "0.7"), ZHAO: ("2.2", "3.0")}
PER_HA: Final[Mapping[str, tuple[str, str]]] = {YAN: ("2.9", "12.8"), ZHAO: ("6.4", "10.0")}
#: Days that lychee keeps, chilled or not: the least and the most that is reported.
KEEPS: Final[Mapping[bool, tuple[str, str]]] = {True: ("21", "35"), False: ("3", "5")}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Hold one figure against one published range.

    Args:
        subject: `farm_per_kg`, `farm_per_ha` or `days_without_loss`.
        value: the figure, or None where what it takes is not recorded.
        unit: its unit.
        low, high: the range.
        source: the paper.
        verdict: where the figure lies; days are within where the fruit keeps so long.
        suspect: whether it asks for a second look at the data.
    """

    subject: str
    value: Decimal | None
    unit: str
    low: str
    high: str
    source: str
    verdict: Verdict
    suspect: bool


def compare(book: Book, lot: str, tree: Calculation) -> tuple[Comparison, ...]:
    """Hold the figures of a fresh lot against published ones; other products have none to be held against.

    Args:
        book: what the log holds.
        lot: lot id.
        tree: its calculation, nothing sealed.
    """
    product = book.products.get(book.lots[lot].product_gtin)
    if product is None or product.kind != "fresh":
        return ()
    family = [book.lots[name] for name in book.ancestors(lot) if book.has_lot(name)]
    farm = sum((line.value for line in lines(tree) if line.node.text("stage") in FARM), Fraction(0))
    mass = tree.results()["gate_mass"]
    found = list(_ranges("farm_per_kg", farm / mass if mass else None, "kg CO2e/kg", PER_KG))
    found += _ranges("farm_per_ha", _per_hectare(book, family, farm, mass), "t CO2e/ha", PER_HA)
    return (*found, _keeping(family))


def _ranges(
    subject: str, value: Fraction | None, unit: str, ranges: Mapping[str, tuple[str, str]]
) -> Iterator[Comparison]:
    """Compare with each paper; a figure is suspect where no paper reports it."""
    shown = None if value is None else Decimal(round(value * 1000)).scaleb(-3)
    verdicts = {source: _verdict(shown, *span) for source, span in ranges.items()}
    suspect = shown is not None and "within" not in verdicts.values()
    for source, (low, high) in ranges.items():
        yield Comparison(subject, shown, unit, low, high, source, verdicts[source], suspect)


def _verdict(value: Decimal | None, low: str, high: str) -> Verdict:
    if value is None:
        return "unknown"
    if value < Decimal(low):
        return "below"
    return "above" if value > Decimal(high) else "within"


def _per_hectare(book: Book, family: Sequence[Lot], farm: Fraction, mass: Fraction) -> Fraction | None:
    """Give tonnes per hectare, as if all that the orchards of the lineage yielded were like this lot.

    The yield of an orchard is what its harvests in the log weigh; without the area of each orchard there is no figure.
    """
    yielded = area = Fraction(0)
    orchards = {lot.origin.facility for lot in family if lot.origin.kind == "harvest"}
    for name in sorted(orchards):
        hectares = _hectares(book, name)
        if hectares is None:
            return None
        area += hectares
    for lot in book.lots.values():
        if lot.origin.kind == "harvest" and lot.origin.facility in orchards:
            chain = book.lot_mass(lot.id)
            if chain is None:
                return None
            yielded += chain.base.mass_kg
    return farm / mass * yielded / area / 1000 if area and mass else None


def _hectares(book: Book, facility: str) -> Fraction | None:
    found = book.facilities.get(facility)
    for item in found.registration.named("place") if found else ():
        if item.get("area"):
            try:
                return Quantity.parse(item.get("area"), item.get("unit")).exact_in("ha")
            except IOCoreError:
                return None
    return None


def _keeping(family: Sequence[Lot]) -> Comparison:
    """Compare the days from the first harvest to the last hand-over with how long the fruit keeps."""
    picked = [lot.origin.event_time for lot in family if lot.origin.kind == "harvest"]
    events = {entry.entry_id: entry for lot in family for entry in (lot.origin, *lot.events)}
    handed = [entry.event_time for entry in events.values() if entry.kind == "receive"]
    chilled = any(entry.stage in CHILLED for entry in events.values())
    low, high = KEEPS[chilled]
    days = Decimal((max(handed) - min(picked)).days) if handed and picked else None
    lossless = not any(entry.kind in ("loss", "write_off") for entry in events.values())
    verdict = _verdict(days, "0", high)
    return Comparison("days_without_loss", days, "d", low, high, PAULL, verdict, lossless and verdict == "above")
