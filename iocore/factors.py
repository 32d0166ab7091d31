"""Hold emission factors with their provenance and choose the one that fits a place and a year."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from itertools import pairwise

from iocore.errors import FactorConflict, FactorNotFound, MalformedTable
from iocore.units import parse_decimal

WORLD = "WORLD"

#: Power regions that lie between a province and the nation.
PARENT_REGIONS: Mapping[str, str] = {
    "CN-GD": "CN-SOUTH",
    "CN-GX": "CN-SOUTH",
    "CN-GZ": "CN-SOUTH",
    "CN-HI": "CN-SOUTH",
    "CN-YN": "CN-SOUTH",
}

#: Places that may stand in when nothing nearer is published, best first.
PROXY_PLACES: tuple[str, ...] = ("GB", "US", "US-CA", "ID", "DE", "NL", "SG", "HK")

#: A factor further away in time than this is flagged.
YEAR_GAP_LIMIT = 3

#: What factors of electricity count, by the second segment of their keys: the whole life cycle, or what power plants
#: emit. Organisations report the second kind; neither stands for the other.
ELECTRICITY: Mapping[str, str] = {
    "GRID-PCF": "life_cycle",
    "GRID-EMBER": "life_cycle",
    "PV-PCF": "life_cycle",
    "GRID-AVG": "direct",
    "GRID-RESID": "direct",
    "GRID-FOSSIL": "direct",
    "OM": "direct",
    "BM": "direct",
}

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRow:
    """State one published value with everything a reader needs to judge it.

    `year` is the year that the value is valid for, `published` the year in which it came out, 0 where that is not
    stated: a factor of electricity comes out one or two years late. `published` chooses nothing; a row that states
    none is written without it.
    """

    key: str
    value: str
    unit: str
    gas: str
    gwp_set: str = "n/a"
    region: str = WORLD
    year: int = 0
    name_en: str = ""
    name_zh: str = ""
    category: str = ""
    source: str = ""
    locator: str = ""
    licence: str = ""
    may_publish: bool = True
    confidence: str = ""
    uncertainty: str = ""
    notes: str = ""
    boundary: str = ""
    published: int = 0

    def __post_init__(self) -> None:
        if not _CODE.match(self.key):
            raise MalformedTable("a factor key holds letters, digits, dots and hyphens only", key=self.key)
        parse_decimal(self.value)

    @property
    def amount(self) -> Decimal:
        """Return the value as an exact decimal."""
        return parse_decimal(self.value)

    @property
    def stem(self) -> str:
        """Return the key without its region and year segments."""
        for suffix in (f".{self.region}.{self.year}", f".{self.region}"):
            if self.key.endswith(suffix):
                return self.key[: -len(suffix)]
        return self.key

    @property
    def electricity(self) -> str:
        """Return what a factor of electricity counts, `life_cycle`, `direct` or `unknown`; empty for other factors."""
        first, _, rest = self.key.partition(".")
        return ELECTRICITY.get(rest.partition(".")[0], "unknown") if first == "ELC" else ""

    def as_dict(self) -> dict[str, str]:
        """Return the canonical row: every field as text, in field order; `published` only where it is stated."""
        row: dict[str, str] = {}
        for name in ROW_FIELDS:
            value = getattr(self, name)
            row[name] = ("true" if value else "false") if isinstance(value, bool) else str(value)
        return {**row, "published": str(self.published)} if self.published else row

    @classmethod
    def from_dict(cls, row: Mapping[str, str]) -> FactorRow:
        """Read a canonical row; exactly the fields that `as_dict` writes are accepted.

        Raises:
            MalformedTable: a field is missing, unknown or not in its canonical form.
        """
        if set(row) - {"published"} != set(ROW_FIELDS):
            raise MalformedTable("a factor row has other fields than expected", fields=sorted(row))
        if not all(isinstance(value, str) for value in row.values()):
            raise MalformedTable("every field of a factor row is text", key=row["key"])
        year, publish = row["year"], row["may_publish"]
        if not re.fullmatch(r"0|[1-9][0-9]{3}", year, re.ASCII) or publish not in ("true", "false"):
            raise MalformedTable("year or may_publish of a factor row cannot be read", key=row["key"])
        published = row.get("published", "")
        if "published" in row and not re.fullmatch(r"[1-9][0-9]{3}", published, re.ASCII):
            raise MalformedTable("the year in which a factor row was published cannot be read", key=row["key"])
        texts = {name: row[name] for name in ROW_FIELDS if name not in ("year", "may_publish")}
        return cls(year=int(year), may_publish=publish == "true", published=int(published or "0"), **texts)


#: Fields that every canonical row has.
ROW_FIELDS: tuple[str, ...] = tuple(item.name for item in fields(FactorRow) if item.name != "published")


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorSet:
    """Collect the rows of one source and version, sorted by key.

    `provenance` names what the rows were made from: file, origin, SHA-256, method.
    """

    source: str
    version: str
    title: str
    licence: str
    may_publish: bool
    rows: tuple[FactorRow, ...]
    provenance: Mapping[str, str] = field(default_factory=dict, hash=False)
    _index: Mapping[str, FactorRow] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for text in (self.source, self.version):
            if not _CODE.match(text):
                raise MalformedTable("source and version of a factor set are plain codes", code=text)
        ordered = tuple(sorted(self.rows, key=lambda row: row.key))
        index = {row.key: row for row in ordered}
        if len(index) != len(ordered):
            twice = sorted({near.key for near, far in pairwise(ordered) if near.key == far.key})
            raise FactorConflict("a factor key occurs twice in one set", set=self.id, keys=twice)
        object.__setattr__(self, "rows", ordered)
        object.__setattr__(self, "_index", index)

    @property
    def id(self) -> str:
        """Return `<source>:<version>`."""
        return f"{self.source}:{self.version}"

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[FactorRow]:
        return iter(self.rows)

    def __contains__(self, key: object) -> bool:
        return key in self._index

    def get(self, key: str) -> FactorRow | None:
        """Return the row of a key, or None."""
        return self._index.get(key)

    def row(self, key: str) -> FactorRow:
        """Return the row of a key.

        Raises:
            FactorNotFound: the set has no such row.
        """
        found = self._index.get(key)
        if found is None:
            raise FactorNotFound("no factor of this key in the set", set=self.id, key=key)
        return found

    def row_id(self, key: str) -> str:
        """Return `<source>:<version>:<key>` of an existing row."""
        return f"{self.id}:{self.row(key).key}"


@dataclass(frozen=True, slots=True)
class FactorMatch:
    """Tell which factor was chosen, how near it is, and what was passed over.

    `place_rank` counts places from 0 (the place asked for); `year_gap` is the activity's year minus the factor's.
    `flags` depend on the chosen row and the question only, never on what else the library holds:
    `proxy_place`, `later_year`, `year_gap`. `asked` holds the places of the activity, nearest first, where the caller
    asked for others.
    """

    row_id: str
    row: FactorRow
    place_rank: int
    year_gap: int
    flags: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()


def places_around(places: Sequence[str], regions: Mapping[str, str] = PARENT_REGIONS) -> tuple[str, ...]:
    """Order places from near to far: each place, its power region, its nation; then the world.

    What the caller lists after `WORLD` stays after it and counts as a proxy.
    """
    near: list[str] = []
    for place in places:
        nation = place.split("-", 1)[0]
        near += [place, *([regions[place]] if place in regions else []), nation]
    if WORLD not in near:
        near.append(WORLD)
    return tuple(dict.fromkeys(near))


class FactorLibrary:
    """Look factors up across sets, by full id or by stem, place and year."""

    __slots__ = ("_pinned", "_sets", "_stems")

    def __init__(self, sets: Iterable[FactorSet]) -> None:
        self._sets: dict[str, FactorSet] = {}
        self._stems: dict[str, dict[str, list[tuple[str, FactorRow]]]] = {}
        self._pinned: dict[tuple[tuple[str, str], ...], FactorLibrary] = {}
        for factor_set in sets:
            if factor_set.id in self._sets:
                raise FactorConflict("a factor set is loaded twice", set=factor_set.id)
            self._sets[factor_set.id] = factor_set

    @property
    def sets(self) -> tuple[FactorSet, ...]:
        """Return the sets, sorted by id."""
        return tuple(self._sets[name] for name in sorted(self._sets))

    def pinned(self, versions: Mapping[str, str]) -> FactorLibrary:
        """Give the library as a method of certain versions sees it: of each source that version and no other.

        Args:
            versions: version by source; a source that is not named is not there, nor one whose version is not loaded.
        """
        key = tuple(sorted(versions.items()))
        if key not in self._pinned:
            self._pinned[key] = FactorLibrary(
                one for one in self._sets.values() if versions.get(one.source) == one.version
            )
        return self._pinned[key]

    def set(self, set_id: str) -> FactorSet:
        """Return the set `<source>:<version>`.

        Raises:
            FactorNotFound: no such set is loaded.
        """
        found = self._sets.get(set_id)
        if found is None:
            raise FactorNotFound("no factor set of this id is loaded", set=set_id)
        return found

    def source(self, source: str) -> FactorSet:
        """Return the only loaded version of a source.

        Raises:
            FactorNotFound: the source is not loaded.
            FactorConflict: several versions are.
        """
        found = [item for item in self._sets.values() if item.source == source]
        if not found:
            raise FactorNotFound("no factor set of this source is loaded", source=source)
        if len(found) > 1:
            raise FactorConflict("several versions of a source are loaded", sets=sorted(item.id for item in found))
        return found[0]

    def row(self, row_id: str) -> FactorRow:
        """Return the row `<source>:<version>:<key>`.

        Raises:
            FactorNotFound: the set or the row is not loaded.
        """
        parts = row_id.split(":")
        if len(parts) != 3:
            raise FactorNotFound("a factor id reads <source>:<version>:<key>", row=row_id)
        return self.set(f"{parts[0]}:{parts[1]}").row(parts[2])

    def match(
        self,
        stem: str,
        *,
        places: Sequence[str],
        year: int,
        proxies: Sequence[str] = PROXY_PLACES,
        source: str = "literature",
        regions: Mapping[str, str] = PARENT_REGIONS,
        year_gap: int = YEAR_GAP_LIMIT,
        edition: int = 0,
    ) -> FactorMatch:
        """Choose the factor of a stem: nearest place first, then the year.

        Places rank as asked, power region, nation, world, then listed proxies. Within a place the activity's
        year wins, else the latest earlier year, else the nearest later one, which is flagged.

        Args:
            stem: key without region and year, such as `ELC.GRID-PCF`; a full key of an unlocated row works too.
            places: ISO 3166 codes, nearest first.
            year: year of the activity.
            proxies: places that may stand in, best first.
            source: which source to look in.
            regions: power regions between a province and its nation.
            year_gap: years beyond which a factor is flagged.
            edition: the only year of a factor that is asked for; 0 for any.

        Raises:
            FactorNotFound: nothing of this stem is published for these places.
            FactorConflict: two rows of one place and year.
        """
        near = places_around(places, regions)
        ranks = {place: rank for rank, place in enumerate(dict.fromkeys((*near, *proxies)))}
        beyond = ranks[WORLD]
        candidates: list[tuple[tuple[int, int, int], str, FactorRow]] = []
        rejected: list[str] = []
        for row_id, row in self._rows_of(source).get(stem, ()):
            if row.region not in ranks or edition not in (0, row.year):
                rejected.append(row_id)
                continue
            gap = year - row.year
            order = (0, gap) if gap >= 0 else (1, -gap)
            candidates.append(((ranks[row.region], *order), row_id, row))
        if not candidates:
            raise FactorNotFound(
                "no factor of this stem for the place", stem=stem, places=list(places), year=year, elsewhere=rejected
            )
        candidates.sort(key=lambda item: (item[0], item[1]))
        (rank, _, _), row_id, row = candidates[0]
        if len(candidates) > 1 and candidates[1][0] == candidates[0][0]:
            raise FactorConflict("two factors of one rank", rows=[row_id, candidates[1][1]])
        gap = year - row.year if row.year else 0
        flags = [
            name
            for name, holds in (
                ("proxy_place", rank > beyond),
                ("later_year", gap < 0),
                ("year_gap", abs(gap) > year_gap),
            )
            if holds
        ]
        rejected = [item[1] for item in candidates[1:]] + rejected
        return FactorMatch(row_id, row, rank, gap, tuple(flags), tuple(rejected))

    def _rows_of(self, source: str) -> Mapping[str, list[tuple[str, FactorRow]]]:
        """Index the rows of a source by stem, once."""
        if source not in self._stems:
            stems: dict[str, list[tuple[str, FactorRow]]] = {}
            for item in self.sets:
                if item.source == source:
                    for row in item.rows:
                        stems.setdefault(row.stem, []).append((item.row_id(row.key), row))
            self._stems[source] = stems
        return self._stems[source]
