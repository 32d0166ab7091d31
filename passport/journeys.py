"""Find legs of a lot's way that nobody reported: hops between nations, regions or kinds of site without a transport.

What is found is named and never valued, since a leg without a distance has no footprint. A place that nobody opened and
a facility that nobody registered say nothing, and neither do vehicles: a ship is not where its flag is. A leg may be
dated after the arrival, as long as the lot went no further by then, but one within a nation by no more than a day; an
entry about a time that began before the arrival may speak of where the lot was before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from ledger.book.model import Effective, Lot
from passport.footprint import MissingSlot
from passport.policy import Policy
from passport.view import View

#: Kinds of entries that are made where the lot is.
THERE: Final = frozenset(
    {
        "harvest", "transform", "split", "merge", "activity", "ship", "receive", "customs", "port_call", "retail",
        "loss", "write_off",
    }
)  # fmt: skip
#: Kinds of entries about a lot that may only pass through.
CALLS: Final = frozenset({"port_call", "customs"})
#: Stages that carry a lot from one gateway to another, and stages without any place of their own.
HAULS: Final = frozenset({"sea", "air", "rail"})
MOVING: Final = HAULS | {"road"}
GATEWAY: Final = "gateway"
MAIN: Final = "main_carriage"
#: By how much a leg within a nation may be dated too late.
LATE: Final = timedelta(days=1)
CLEARANCES: Final = {
    "export": MissingSlot("customs", "plug_hours", "", "no clearance for export is reported"),
    "import": MissingSlot("customs", "plug_hours", "", "no clearance for import is reported"),
}
Kind = Literal["main", "first", "last", "region", "near"]


@dataclass(frozen=True, slots=True)
class Stop:
    """Hold where a lot was, as far as it is stated.

    Args:
        nation, region: ISO 3166 codes; the region is empty where nobody stated it.
        site: kind of site, by the policy.
        type: type of the facility.
        passing: whether nothing but calls is stated here.
    """

    nation: str
    region: str
    site: str
    type: str
    passing: bool

    @property
    def name(self) -> str:
        """Name the place: region or nation, and the type of facility."""
        place = self.region or self.nation
        return f"{place} ({self.type})" if place and self.type else place or self.type

    def abroad(self, other: Stop) -> bool:
        """Tell whether two stops are known to lie in two nations."""
        return _differ(self.nation, other.nation)

    def apart(self, other: Stop) -> bool:
        """Tell whether a leg must lie between two stops."""
        return self.abroad(other) or _differ(self.region, other.region) or _differ(self.site, other.site)

    def learn(self, other: Stop) -> Stop:
        """Stay, and learn what is stated later of the same place."""
        return Stop(
            self.nation or other.nation,
            self.region or other.region,
            self.site or other.site,
            self.type or other.type,
            self.passing and other.passing,
        )


@dataclass(frozen=True, slots=True)
class Leg:
    """Hold a transport: which leg, by what, and to which nation where it says so."""

    leg: str
    stage: str
    to: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Name a leg that is missing: its stage, why, when the lot arrived, of which kind it is, and whether the lot left.

    Args:
        kind: `main` across a border; `first` if a leg before the main one brought the lot across; `last` from where a
            ship or an aircraft took it to where it is stated; `region` within a nation; else `near`.
        left: whether the lot is behind the exit by then: in another nation, or in a shop of another region.
    """

    stage: str
    reason: str
    at: datetime
    kind: Kind
    left: bool

    def closed_by(self, leg: Leg, time: datetime) -> bool:
        """Tell whether a leg that is dated later can be the one."""
        if self.kind in ("main", "first"):
            return leg.leg == MAIN
        if leg.stage in HAULS or (self.kind == "near" and leg.leg == MAIN):
            return False
        return self.kind == "last" or time <= self.at + LATE

    @property
    def slot(self) -> MissingSlot:
        """Return it as a slot that nobody reported."""
        return MissingSlot(self.stage, "work", "", self.reason)


@dataclass(frozen=True, slots=True)
class Way:
    """Hold how far one way of a lot is told: the last stop, the legs since, and a leg that may still be dated later."""

    stop: Stop | None = None
    since: datetime | None = None
    legs: tuple[Leg, ...] = ()
    owed: Gap | None = None
    carried: Leg | None = None


@dataclass(frozen=True, slots=True)
class Journey:
    """Hold all ways on which a lot came to be, the legs they lack, the borders crossed and the clearances stated."""

    ways: frozenset[Way]
    gaps: frozenset[Gap] = frozenset()
    crossed: frozenset[tuple[str, str]] = frozenset()
    cleared: frozenset[str] = frozenset()

    @property
    def lacking(self) -> frozenset[Gap]:
        """Return the legs that are missing if nothing more is reported."""
        return self.gaps | {way.owed for way in self.ways if way.owed}


class Journeys:
    """Follow the lots of a lineage from stop to stop; what a view was asked before is not followed again.

    Args:
        view: what the book says.
        lineage: the lots, each after those that it was made of.
        policy: which types of facilities are which kinds of sites; without any nothing is followed.
    """

    def __init__(self, view: View, lineage: Iterable[Lot], policy: Policy) -> None:
        self._view: Final = view
        self._sites: Final = dict(policy.sites)
        self._unions: Final = policy.unions
        for lot in lineage if policy.sites else ():
            if lot.id not in view.journeys:
                view.journeys[lot.id] = self._follow(lot)

    def left(self, lot: str) -> datetime | None:
        """Give the time at which a lot is first stated behind an exit to which no leg is reported, if it is."""
        found = self._view.journeys.get(lot)
        return min((gap.at for gap in found.lacking if gap.left), default=None) if found else None

    def legs(self, lot: str) -> tuple[MissingSlot, ...]:
        """List the legs of a lot's way that nobody reported."""
        found = self._view.journeys.get(lot)
        return tuple(gap.slot for gap in sorted(found.lacking, key=lambda gap: gap.reason)) if found else ()

    def clearances(self, lot: str) -> tuple[MissingSlot, ...]:
        """List the clearances that crossing a border of a customs area asks for and nobody reported."""
        found = self._view.journeys.get(lot)
        if found is None or all(any({*pair} <= union for union in self._unions) for pair in found.crossed):
            return ()
        return tuple(slot for direction, slot in CLEARANCES.items() if direction not in found.cleared)

    def _follow(self, lot: Lot) -> Journey:
        """Follow a lot from its origin through its entries, on from where its input lots were."""
        parents = [self._view.journeys[name] for name in lot.origin.ins if name in self._view.journeys]
        ways = _together(way for one in parents for way in one.ways) or frozenset({Way()})
        gaps = set[Gap]().union(*(one.gaps for one in parents))
        crossed = set[tuple[str, str]]().union(*(one.crossed for one in parents))
        cleared = set[str]().union(*(one.cleared for one in parents))
        for entry in (lot.origin, *lot.events):
            if entry.kind == "transport":
                leg = _leg(entry)
                ways = frozenset(_move(way, leg, entry.event_time) for way in ways)
            elif stop := self._stop(entry):
                before = tuple(ways)
                arrived = [_arrive(way, stop, entry) for way in before]
                hops = [(was.stop, now.stop) for was, (now, _) in zip(before, arrived, strict=True)]
                crossed |= {(one.nation, two.nation) for one, two in hops if one and two and one.abroad(two)}
                ways = frozenset(way for way, _ in arrived)
                gaps.update(gap for _, found in arrived for gap in found)
            if entry.kind == "customs":
                cleared.add(str(entry.data.get("direction")))
        return Journey(ways, frozenset(gaps), frozenset(crossed), frozenset(cleared))

    def _stop(self, entry: Effective) -> Stop | None:
        """Read where an entry says that the lot is; None where it says nothing."""
        if entry.kind not in THERE or entry.stage in MOVING:
            return None
        places, kind = self._view.stated_places(entry), self._view.type_of(entry.facility)
        site = self._sites.get(kind, "")
        if site == "vehicle" or not (places or site):
            return None
        nation = places[-1][:2] if places else ""
        region = places[0] if places and "-" in places[0] else ""
        return Stop(nation, region, site, kind if site else "", entry.kind in CALLS)


def _leg(entry: Effective) -> Leg:
    ends = {item.get("to")[:2] for item in entry.named("distance") if item.get("to")}
    return Leg(str(entry.data.get("leg")), entry.stage, ends.pop() if len(ends) == 1 else "")


def _differ(one: str, other: str) -> bool:
    return bool(one and other) and one != other


def _together(ways: Iterable[Way]) -> frozenset[Way]:
    """Take ways for one that differ in nothing but since when a lot was where it is."""
    found: dict[Way, list[datetime]] = {}
    for way in ways:
        found.setdefault(replace(way, since=None), []).extend([way.since] if way.since else [])
    return frozenset(replace(way, since=max(since, default=None)) for way, since in found.items())


def _move(way: Way, leg: Leg, time: datetime) -> Way:
    """Carry a lot on; a leg that was owed is taken for one that is dated late."""
    if way.owed is None or not way.owed.closed_by(leg, time):
        return replace(way, legs=(*way.legs, leg))
    legs = (*way.legs, leg) if way.owed.kind == "first" else way.legs
    return replace(way, owed=None, legs=legs, carried=leg if leg.leg == MAIN else way.carried)


def _arrive(way: Way, stop: Stop, entry: Effective) -> tuple[Way, Sequence[Gap]]:
    """Bring a lot to a stop, and give the legs of which it is certain by now that nobody reported them."""
    at = entry.event_time
    if way.stop is None or way.since is None:
        return replace(way, stop=stop, since=at), ()
    if way.stop == stop:
        return way, ()
    if not way.stop.apart(stop):
        return replace(way, stop=way.stop.learn(stop)), ()
    if entry.period and entry.period.start < way.since:
        return way, ()
    certain = [way.owed] if way.owed else []
    mains = [leg for leg in way.legs if leg.leg == MAIN]
    hauls = [place for place, leg in enumerate(way.legs) if leg.stage in HAULS]
    lacking: Gap | None = None
    if way.stop.abroad(stop) and not mains and not _goes_on(way, stop):
        first = any(leg.leg == "pre_carriage" for leg in way.legs)
        lacking = _gap(way.stop, stop, at, "first" if first else "main")
        if way.owed and way.owed.kind == "first":
            certain = []
    elif not way.stop.abroad(stop) and not way.legs:
        lacking = _gap(way.stop, stop, at, "region" if _differ(way.stop.region, stop.region) else "near")
    elif hauls:
        if way.stop.site not in ("", GATEWAY) and hauls[0] == 0:
            certain.append(_gap(way.stop, _gateway(way.stop), at, "near"))
        if stop.site not in ("", GATEWAY) and hauls[-1] == len(way.legs) - 1:
            lacking = _gap(_gateway(stop), stop, at, "last")
    return Way(stop, at, (), lacking, mains[-1] if mains else way.carried), certain


def _goes_on(way: Way, stop: Stop) -> bool:
    """Tell whether a lot came across a border without a main leg of its own: carried on, or on behind the exit."""
    if way.carried is None or way.stop is None:
        return False
    on = any(leg.leg == "on_carriage" for leg in way.legs)
    return on or way.carried.to == stop.nation or (way.stop.passing and way.carried.stage in HAULS)


def _gateway(stop: Stop) -> Stop:
    return replace(stop, site=GATEWAY, type=GATEWAY)


def _gap(start: Stop, end: Stop, at: datetime, kind: Kind) -> Gap:
    """Name the leg between two stops."""
    across = kind in ("main", "first")
    types = {start.type, end.type} if across else set()
    stage = "air" if "airport" in types else "sea" if "terminal" in types else "road"
    left = across or (kind == "region" and end.site == "shop")
    return Gap(stage, f"no leg is reported from {start.name} to {end.name}", at, kind, left)
