"""Know where some ports are, and tell whether a place or a length of voyage is possible.

The list is our own, to a tenth of a degree: public lists of UN/LOCODE places store degrees and minutes as if they were
decimals, and 91/91 where nothing is known. Lengths are compared with great circles through the straits of a route, so
that a route which a program drew through the Arctic shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import pairwise
from math import asin, cos, floor, radians, sin, sqrt
from typing import Final

from iocore.errors import MalformedTable
from iocore.sources._base import shipped_rows
from iocore.units import parse_decimal

FILE: Final = "ports-2026-12.csv"
EARTH_KM: Final = 6371.0
#: The list is exact to a tenth of a degree, and a port is larger than a point.
SLACK_KM: Final = 30.0
FAR_KM: Final = 100.0

Point = tuple[float, float]

_USHANT: Final[Point] = (48.6, -5.6)
_SINGAPORE: Final[Point] = (1.2, 103.8)
#: Straits and capes of a route between the Far East and northern Europe, from east to west.
PASSAGES: Final[Mapping[str, tuple[Point, ...]]] = {
    "suez": (
        _SINGAPORE, (5.8, 80.6), (12.6, 43.4), (29.9, 32.6), (31.3, 32.3), (36.0, -5.4), (37.0, -9.0), (43.3, -9.4),
        _USHANT,
    ),
    "cape": (_SINGAPORE, (-34.5, 18.4), (15.0, -18.0), (43.3, -9.4), _USHANT),
}  # fmt: skip
_EAST: Final = frozenset({"east_asia", "south_east_asia"})
_WEST: Final = frozenset({"north_europe"})


@dataclass(frozen=True, slots=True)
class Port:
    """Hold a port: its UN/LOCODE, names, place and the sea that routes begin in."""

    locode: str
    name_zh: str
    name_en: str
    point: Point
    sea: str


@cache
def ports() -> Mapping[str, Port]:
    """Give every listed port by UN/LOCODE.

    Raises:
        MalformedTable: a coordinate cannot be right.
    """
    return read_ports(shipped_rows(FILE))


def read_ports(rows: Iterable[Mapping[str, str]]) -> Mapping[str, Port]:
    """Read a list of ports.

    Raises:
        MalformedTable: a place does not exist, stands twice, or all of them look like degrees and minutes.
    """
    found: dict[str, Port] = {}
    parts: list[Decimal] = []
    for row in rows:
        latitude, longitude = parse_decimal(row["latitude"]), parse_decimal(row["longitude"])
        if not is_place(latitude, longitude):
            raise MalformedTable("no such place on Earth", port=row["locode"])
        if row["locode"] in found:
            raise MalformedTable("a port stands twice", port=row["locode"])
        parts += [abs(latitude) % 1, abs(longitude) % 1]
        point = (float(latitude), float(longitude))
        found[row["locode"]] = Port(row["locode"], row["name_zh"], row["name_en"], point, row["sea"])
    if len(parts) >= 20 and max(parts) < Decimal("0.6"):
        raise MalformedTable("no coordinate has a fraction of 0.6 or more: these are degrees and minutes")
    return found


def is_place(latitude: Decimal, longitude: Decimal) -> bool:
    """Tell whether coordinates lie on Earth."""
    return abs(latitude) <= 90 and abs(longitude) <= 180


def great_circle(one: Point, other: Point) -> float:
    """Give the shortest distance between two points, in km."""
    (lat1, lon1), (lat2, lon2) = ((radians(value) for value in point) for point in (one, other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


def place_fault(locode: str, latitude: Decimal, longitude: Decimal) -> str:
    """Say why coordinates cannot be those of a place: `nowhere`, `minutes`, `far` from the port, or nothing.

    Args:
        locode: UN/LOCODE of the place, or empty; a port that the list lacks is compared with nothing.
    """
    if not is_place(latitude, longitude):
        return "nowhere"
    port = ports().get(locode)
    if port is None:
        return ""
    stated = great_circle((float(latitude), float(longitude)), port.point)
    read = great_circle((_from_minutes(latitude), _from_minutes(longitude)), port.point)
    if read < stated and stated > SLACK_KM / 2 and read <= SLACK_KM / 2:
        return "minutes"
    return "far" if stated > FAR_KM else ""


def _from_minutes(value: Decimal) -> float:
    whole = int(value)
    return float(whole + (value - whole) * 100 / 60)


def shortest(origin: str, destination: str, passage: str) -> int:
    """Give the least whole km that a voyage between two ports can have, 0 where one of them is not listed.

    Args:
        origin: UN/LOCODE.
        destination: UN/LOCODE.
        passage: one of `PASSAGES`; anything else is compared with the great circle.
    """
    one, other = ports().get(origin), ports().get(destination)
    if one is None or other is None:
        return 0
    east, west = (other, one) if one.sea in _WEST else (one, other)
    between = PASSAGES.get(passage, ()) if east.sea in _EAST and west.sea in _WEST else ()
    points = (east.point, *between, west.point)
    return max(0, floor(sum(great_circle(near, far) for near, far in pairwise(points)) - 2 * SLACK_KM))


def voyage_fault(origin: str, destination: str, kilometres: Decimal, passage: str) -> str:
    """Say why a voyage cannot have this length: `short` of the great circle, `arctic`, `passage`, or nothing.

    Args:
        origin: UN/LOCODE.
        destination: UN/LOCODE.
        kilometres: the length that is stated.
        passage: the passage that is stated, or empty.
    """
    if kilometres < shortest(origin, destination, ""):
        return "short"
    if passage in PASSAGES:
        return "passage" if kilometres < shortest(origin, destination, passage) else ""
    if not passage and kilometres < shortest(origin, destination, "suez"):
        return "arctic"
    return ""
