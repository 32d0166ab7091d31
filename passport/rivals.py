"""Say why the candidates for a factor were passed over, when somebody asks: choosing factors does not wait for it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from iocore.factors import FactorLibrary, FactorMatch, FactorRow, places_around
from passport.remarks import say


@dataclass(frozen=True, slots=True)
class Rival:
    """Hold a row that was passed over for another.

    Args:
        row_id: `<source>:<version>:<key>`.
        row: the row.
        reason: why, in English; catalogues translate it.
    """

    row_id: str
    row: FactorRow
    reason: str


def rivals(library: FactorLibrary, match: FactorMatch) -> tuple[Rival, ...]:
    """Give the rows passed over for a match, best first.

    Beside the rows of the same kind that a match names, a factor of electricity has others for the same places: of each
    kind and place the newest.
    """
    own = [(row_id, library.row(row_id)) for row_id in match.rejected]
    found = [Rival(row_id, row, _distance(row, match.row)) for row_id, row in own]
    return (*found, *_other_electricity(library, match))


def _distance(row: FactorRow, chosen: FactorRow) -> str:
    if row.region != chosen.region:
        return say("another place, or a wider one")
    return say("further from the year of the activity, or another edition")


def _other_electricity(library: FactorLibrary, match: FactorMatch) -> list[Rival]:
    """List factors of electricity of other kinds for the places of an activity and the place of the factor."""
    if not match.row.electricity:
        return []
    near = places_around((*match.asked, match.row.region))
    own = library.set(match.row_id.rpartition(":")[0])
    rows = [row for row in own if row.electricity and row.stem != match.row.stem and row.region in near]
    rows.sort(key=lambda row: (row.stem, near.index(row.region), -row.year))
    newest = [next(each) for _, each in groupby(rows, key=lambda row: (row.stem, row.region))]
    return [Rival(own.row_id(row.key), row, _kind(row, match.row)) for row in newest]


def _kind(row: FactorRow, chosen: FactorRow) -> str:
    """Say what a factor of electricity counts that is of another kind."""
    kind = row.key.split(".")[1]
    if kind in ("OM", "BM"):
        return say("a baseline for credits, which no product takes")
    if kind == "GRID-FOSSIL":
        return say("power from fuels alone, and only the CO2 of its plants")
    if chosen.electricity == "direct":
        return say("the whole grid, with the power that certificates name")
    if row.electricity == chosen.electricity:
        return say("another compilation of the same; the method names one for each country")
    if kind == "GRID-RESID":
        return say(
            "CO2 of power plants alone, of the residual mix; only a ship's plug beyond its certificates takes it"
        )
    return say("CO2 of power plants alone, as organisations report it; a product takes the whole life cycle")
