"""Rules on the earlier seasons that a close restates, so that means over several seasons rest on its own items.

A season is named by the year in which it ended. `establishment` names the years before the first yield; its yield is
what the trees are expected to bear in their life.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction
from typing import Final

from iocore.times import Interval
from ledger.book.item import Item
from ledger.book.model import Effective, Pool, mass_of, quantity_in
from ledger.book.stage import slot_type
from ledger.book.statement import Statement
from ledger.book.view import BookRule, BookView
from ledger.book.violation import Violation, on_item

ESTABLISHMENT: Final = "establishment"


def season_of(period: Interval) -> str:
    """Name the season of a period: the year of its last second."""
    return f"{(period.end - timedelta(seconds=1)).year:04d}"


def seasons_whole(_book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Ask for one yield and one total per slot of every season restated, all of them before the one that ends."""
    restated = [*entry.named("season_total"), *entry.named("season_yield")]
    if not restated or entry.kind != "close" or entry.period is None:
        return
    own = season_of(entry.period)
    seen: set[tuple[str, str, str]] = set()
    for item in restated:
        season, key = item.get("season"), (item.name, item.get("season"), item.get("slot"))
        if key in seen:
            yield on_item(item, "item-double", "the same statement stands twice", season=season)
        seen.add(key)
        if season != ESTABLISHMENT and season >= own:
            yield on_item(item, "season-order", "an earlier season ended in an earlier year", season=season, own=own)
        if season != ESTABLISHMENT and item.get("year"):
            yield on_item(
                item, "season-year", "a season has its own year; only an establishment states one", season=season
            )
        if season == ESTABLISHMENT and item.name == "season_yield" and mass_of(item) == 0:
            yield on_item(item, "season-yield", "state the yield that the trees are expected to bear in their life")
    if entry.unopened:
        return
    yields = {item.get("season") for item in entry.named("season_yield")}
    for season in sorted({item.get("season") for item in entry.named("season_total")} - yields):
        yield Violation("season-yield", "items.season_yield", "state the yield of this season", {"season": season})
    yield from _gaps(own, yields - {ESTABLISHMENT})
    for item in entry.named("weight"):
        if item.get("unit") != "kg":
            yield on_item(item, "season-weight", "beside earlier seasons, weights are kilograms", lot=item.get("lot"))


def seasons_agree(book: BookView, _statement: Statement, entry: Effective) -> Iterable[Violation]:
    """Warn where a season is restated otherwise than a close of the same facility and stage says it."""
    restated = [*entry.named("season_total"), *entry.named("season_yield")]
    if not restated or entry.kind != "close" or book.partial or entry.unopened:
        return
    pools = [pool for pool in book.pools_at(entry.facility, entry.stage) if pool.close]
    said = _restated(entry)
    for pool in pools:
        if pool.close is None or pool.close.entry_id == entry.entry_id or pool.close.unopened:
            continue
        own, known = season_of(pool.period), _restated(pool.close)
        if any(season == own for season, _ in said) and not any(one.unopened for one in pool.activities):
            known = known | _caused(pool, own)
        for season, slot in sorted(known.keys() | said.keys()):
            both = season in {name for name, _ in said} and season in {name for name, _ in known}
            if both and said.get((season, slot), Fraction(0)) != known.get((season, slot), Fraction(0)):
                yield Violation(
                    "season-differs",
                    "items.season_total" if slot else "items.season_yield",
                    "another close of this facility states this season otherwise",
                    {"season": season, "slot": slot, "close": pool.close.entry_id},
                    "warning",
                )


def _gaps(own: str, yields: set[str]) -> Iterable[Violation]:
    """Warn of the latest year that is left out between the seasons restated and the one that ends."""
    years = {int(season) for season in yields if season.isdecimal()}
    missing = [year for year in range(int(own) - 1, min(years, default=int(own)), -1) if year not in years]
    if missing:
        yield Violation(
            "season-gap",
            "items.season_yield",
            "a mean takes seasons that follow each other without a gap",
            {"season": f"{missing[0]:04d}"},
            "warning",
        )


def _restated(close: Effective) -> dict[tuple[str, str], Fraction]:
    """Read what a close says about earlier seasons; a yield has no slot."""
    found: dict[tuple[str, str], Fraction] = {}
    for item in close.named("season_total"):
        found[item.get("season"), item.get("slot")] = _in_slot(close.stage, item)
    for item in close.named("season_yield"):
        found[item.get("season"), ""] = mass_of(item) or Fraction(0)
    return found


def _caused(pool: Pool, season: str) -> dict[tuple[str, str], Fraction]:
    """Add up what a pool used by its close and its activities, and the weights of its lots."""
    close = pool.close
    totals = list(close.named("total")) if close else []
    weights = [mass_of(item) for item in close.named("weight")] if close else []
    stated = {item.get("slot") for item in totals}
    inside = [item for entry in pool.activities for item in entry.named("activity") if item.get("slot") not in stated]
    found: dict[tuple[str, str], Fraction] = {}
    for item in (*totals, *inside):
        key = (season, item.get("slot"))
        found[key] = found.get(key, Fraction(0)) + _in_slot(pool.stage, item)
    found[season, ""] = sum((weight for weight in weights if weight is not None), Fraction(0))
    return found


def _in_slot(stage: str, item: Item) -> Fraction:
    """Read a quantity in the unit of its slot; anything unreadable is nothing."""
    slot = slot_type(stage, item.get("slot"))
    return (quantity_in(item, slot.unit) if slot else None) or Fraction(0)


SEASON_RULES: Final[tuple[BookRule, ...]] = (seasons_whole, seasons_agree)
