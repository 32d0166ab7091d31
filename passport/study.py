"""Hold a study of a product and season: what a report prints, with the way of every figure to its sources.

Plain data; writers make HTML or a workbook of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Final

from iocore.factors import FactorRow
from passport.assess import Assessment
from passport.footprint import PHASES_OF, ProductFootprint, amount
from passport.mean import MeanQuality
from passport.plausibility import Comparison
from passport.remarks import Remark
from passport.rivals import Rival
from passport.trail import Line, Source, Token

BOUNDARIES: Final = tuple(PHASES_OF)


@dataclass(frozen=True, slots=True)
class Datum:
    """Hold one field of a signed item that a posting cites, and the entry that states it."""

    number: int
    digest: str
    field: str
    value: str
    unit: str
    name: str
    role: str
    slot: str
    evidence: str
    audience: str
    gsd: str
    entry: int


@dataclass(frozen=True, slots=True)
class CitedEntry:
    """Hold one entry that items were cited from."""

    number: int
    entry_id: str
    kind: str
    day: str
    actor: str
    facility: str
    stage: str


@dataclass(frozen=True, slots=True)
class CitedFactor:
    """Hold one factor row that postings cite, and how it was chosen.

    Args:
        number: its number in the study.
        row_id: `<source>:<version>:<key>`.
        row: the row.
        gsd: geometric standard deviation that was assumed or stated.
        rejected: rows that were passed over for it, best first, and why.
        gaps: years between activities and the row, each once.
        flags: what the choice warns of.
        postings: how many postings cite it.
    """

    number: int
    row_id: str
    row: FactorRow
    gsd: str
    rejected: tuple[Rival, ...]
    gaps: tuple[int, ...]
    flags: tuple[str, ...]
    postings: int


@dataclass(frozen=True, slots=True)
class Weight:
    """Hold the weight of one lot in an allocation, as arithmetic and as a number."""

    key: str
    tokens: tuple[Token, ...]
    value: Fraction


@dataclass(frozen=True, slots=True)
class Weights:
    """Hold the weights by which lots share."""

    number: int
    rows: tuple[Weight, ...]
    total: Fraction


@dataclass(frozen=True, slots=True)
class StudyPosting:
    """Hold one posting of a lot: its figures, how it was shared, and its arithmetic.

    Args:
        number: place in the lot, from 1.
        lot: number of the lot.
        line: what the calculation says.
        tokens: the posting before it was shared, as arithmetic.
        weights: numbers of the weights of its divisions, in the order of `line.steps`.
    """

    number: int
    lot: int
    line: Line
    tokens: tuple[Token, ...]
    weights: tuple[int, ...]

    def text(self, name: str) -> str:
        """Return what it stands for: `stage`, `slot`, `bucket`, `gas`, `evidence` or `tier`."""
        return self.line.node.text(name)

    @property
    def kg(self) -> Decimal:
        """Return its kilograms of CO2e."""
        return amount(self.line.value)


@dataclass(frozen=True, slots=True)
class StudyLot:
    """Hold one lot of the study.

    Args:
        number: from 1, in the order of harvest, then of the log.
        found: its assessment.
        by_mass: its footprint with joint burdens shared by mass.
        harvested: first and last day of harvest.
        postings: those of the headline.
        apart: those that stand beside the headline, by result.
        masses: net mass as arithmetic, by boundary.
        plausible: its figures against published ones.
    """

    number: int
    found: Assessment
    by_mass: ProductFootprint
    harvested: tuple[str, str]
    postings: tuple[StudyPosting, ...]
    apart: Mapping[str, tuple[StudyPosting, ...]]
    masses: Mapping[str, tuple[Token, ...]]
    plausible: tuple[Comparison, ...]

    def every_posting(self) -> Iterator[StudyPosting]:
        """Give its postings, those apart after those of the headline."""
        yield from self.postings
        for own in self.apart.values():
            yield from own


@dataclass(frozen=True, slots=True)
class Part:
    """Hold one part of a season's total: a stage of a phase, a bucket, a gas, a kind of evidence or of estimate."""

    phase: str
    code: str
    total: Decimal
    per_kg: Decimal
    share: Decimal


@dataclass(frozen=True, slots=True)
class SeasonMean:
    """Hold the mean of all lots by mass, for one boundary.

    Args:
        boundary: `gate` or `delivered`.
        total: kg CO2e of all lots.
        mass: kg of all lots.
        per_kg: the headline.
        low, high: least and greatest figure of a lot.
        deviation: standard deviation of the lots' figures, weighted by mass.
        parts: the total by `stage`, `bucket`, `gas`, `evidence` and `tier`; each adds up to it.
        measured_share, primary_share: in percent of the total.
        flags: kg CO2e and percent by warning.
        dqr: mean rating by dimension.
        quality: how far the mean may be off.
        by_mass: the headline with joint burdens shared by mass.
    """

    boundary: str
    total: Decimal
    mass: Decimal
    per_kg: Decimal
    low: Decimal
    high: Decimal
    deviation: Decimal
    parts: Mapping[str, tuple[Part, ...]]
    measured_share: Decimal
    primary_share: Decimal
    flags: Mapping[str, tuple[Decimal, Decimal]]
    dqr: Mapping[str, Decimal]
    quality: MeanQuality
    by_mass: Decimal


@dataclass(frozen=True, slots=True)
class Study:
    """Hold a study of one product and season.

    `refused` names lots left out with a reason, empty if written off; `remarks` what asks for a second look in what the
    lots share; `called` the public names of actors and facilities, by id and language.
    """

    product: str
    season: str
    lots: tuple[StudyLot, ...]
    refused: Mapping[str, str]
    means: Mapping[str, SeasonMean]
    data: tuple[Datum, ...]
    entries: tuple[CitedEntry, ...]
    factors: tuple[CitedFactor, ...]
    weights: tuple[Weights, ...]
    remarks: tuple[Remark, ...]
    called: Mapping[str, Mapping[str, str]]
    numbers: Mapping[tuple[str, str, str], int] = field(repr=False)

    def number(self, source: Source) -> int:
        """Return the number of a datum or factor; a constant has none and gives 0."""
        return self.numbers.get((source.op, source.name, source.field), 0)

    @property
    def method(self) -> str:
        """Return the code of the methodology."""
        return self.lots[0].found.methodology.code
