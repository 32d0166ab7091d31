"""Average what an orchard uses over several seasons, and spread what it used before its first yield over its life.

A close restates earlier seasons. Its lots then carry, of every season s in the mean, what was used times
Y_now / (sum of Y_s), with the factors of the year of s, and of the establishment what was used times Y_now / Y_life.
A season that says nothing of a slot, and of none that closes the same question, is not in the mean of that slot: what
nobody stated is not nothing. The seasons of a mean follow each other up to the one that ends: it stops, for all slots
or for one, at the first year that is left out, so that nobody can choose the years.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from ledger.book.model import Cited, Pool
from ledger.book.season_rules import ESTABLISHMENT, season_of
from passport.footprint import SupersededEstimate
from passport.policy import Policy
from passport.quantities import Desk
from passport.readings import Reading, SlotReading, quantity_reading


@dataclass(frozen=True, slots=True)
class Season:
    """Hold one season of a mean.

    Args:
        name: the year in which it ended, or `establishment`.
        part: gives the node that the quantity of a slot is multiplied by; None where it counts whole.
        slots: what it used, as the close restates it; empty for the season that the close ends.
    """

    name: str
    part: Callable[[str], int | None]
    slots: tuple[SlotReading, ...] = ()


@dataclass(frozen=True, slots=True)
class Mean:
    """Hold the seasons that the lots of a pool are charged for: the one that its close ends, and those restated.

    `left` is what the close restates of seasons that are not in the mean.
    """

    own: Season
    earlier: tuple[Season, ...]
    left: tuple[SupersededEstimate, ...] = ()


#: What a pool is charged with that restates nothing: its own season, whole.
OWN_ALONE: Final = Mean(Season("", lambda _slot: None), ())


def mean_of(pool: Pool, weights: Mapping[str, int], *, desk: Desk, policy: Policy) -> Mean:
    """Read the seasons that the close of a pool restates.

    Args:
        pool: a pool with a close.
        weights: nodes of the kilograms of its lots.
        desk: where quantities are entered.
        policy: how many seasons make a mean.
    """
    close = pool.close
    if close is None or not restates(pool, policy):
        return OWN_ALONE
    build = desk.bench.builder
    yields = {
        item.get("season"): desk.quantity(Cited(close, item), "kg")
        for item in sorted(close.named("season_yield"), key=lambda item: item.digest)
    }
    now = _sum(desk, [weights[lot] for lot in sorted(weights)])
    restated = sorted(name for name in yields if name != ESTABLISHMENT)
    used = {year: _used(pool, year, policy) for year in restated}
    own_year = int(season_of(pool.period))
    years = list(takewhile(yields.__contains__, (f"{own_year - ago:04d}" for ago in range(1, policy.seasons))))
    seasons: list[Season] = []
    own = Season("", lambda _slot: None)
    if years:
        stated = {year: {item.slot for item in used[year]} for year in years}

        def row(slot: str) -> list[str]:
            asked = _asked(slot, policy)
            return list(takewhile(lambda year: stated[year] & asked, years))

        def part(slot: str) -> int:
            return build.ratio(now, _sum(desk, [now, *(yields[year] for year in row(slot))]))

        own = Season(season_of(pool.period), part)
        seasons = [Season(year, part, tuple(item for item in used[year] if year in row(item.slot))) for year in years]
    if ESTABLISHMENT in yields:
        of_life = build.ratio(now, yields[ESTABLISHMENT])
        seasons.append(Season(ESTABLISHMENT, lambda _slot: of_life, _used(pool, ESTABLISHMENT, policy)))
    charged = {(season.name, item.slot) for season in seasons for item in season.slots}
    left = [
        _left(pool, reading, int(year) <= own_year - policy.seasons)
        for year in restated
        for item in used[year]
        if (year, item.slot) not in charged
        for reading in item.readings
    ]
    return Mean(own, tuple(seasons), tuple(left))


def _left(pool: Pool, reading: Reading, older: bool) -> SupersededEstimate:
    """Describe what is restated of a season that is not in the mean."""
    if older:
        return reading.superseded(pool.stage, "a mean takes no more seasons than these")
    return reading.superseded(pool.stage, "a mean takes seasons that follow each other without a gap")


def restates(pool: Pool, policy: Policy) -> bool:
    """Tell whether a pool is charged with more than its own season."""
    return policy.seasons > 1 and pool.close is not None and any(pool.close.named("season_yield"))


def _used(pool: Pool, season: str, policy: Policy) -> tuple[SlotReading, ...]:
    """Read what a season used; of two slots that answer one question, the better one."""
    assert pool.close is not None
    found = {
        item.get("slot"): quantity_reading(pool.close, item, season)
        for item in sorted(pool.close.named("season_total"), key=lambda item: item.digest)
        if item.get("season") == season
    }
    return tuple(
        SlotReading(slot, found[slot].tier, (found[slot],))
        for slot in sorted(found)
        if not any(better in found for better in policy.answers(slot))
    )


def _asked(slot: str, policy: Policy) -> frozenset[str]:
    """Give the slots of which any one tells what a slot asks for: it, a better one, those of its groups."""
    groups = (members for _, members in policy.groups if slot in members)
    return frozenset({slot, *policy.answers(slot)}).union(*groups)


def _sum(desk: Desk, nodes: list[int]) -> int:
    return nodes[0] if len(nodes) == 1 else desk.bench.builder.sum(nodes)
