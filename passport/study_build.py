"""Put assessed lots of a product and season together into a study.

Data, factors, entries and weights are numbered in the order in which the postings cite them, so that the same lots give
the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from iocore.dqr import policy_table, roll_up
from iocore.factors import FactorLibrary
from iocore.units import largest_remainder, round_quantum
from ledger.book.item import Item
from ledger.book.model import Effective
from ledger.book.stage import stages
from ledger.book.state import Book
from passport.assess import Assessment
from passport.facts import LOCAL
from passport.footprint import (
    APART_RESULTS,
    HEADLINE_BUCKETS,
    MEASURED_EVIDENCE,
    PHASES,
    PHASES_OF,
    ProductFootprint,
    amount,
    percent,
)
from passport.mean import MeanQuality, Together
from passport.plausibility import compare
from passport.rivals import rivals
from passport.study import (
    BOUNDARIES,
    CitedEntry,
    CitedFactor,
    Datum,
    Part,
    SeasonMean,
    Study,
    StudyLot,
    StudyPosting,
    Weight,
    Weights,
)
from passport.trail import Line, Source, Token, arithmetic, lines, lines_apart
from passport.weights import remarks_on

#: Kinds of estimates, best first.
TIERS: Final = ("primary", "supplier", "database", "io", "gap_fill")


def put_together(
    book: Book,
    found: Sequence[Assessment],
    by_mass: Sequence[ProductFootprint],
    *,
    product: str,
    season: str,
    harvested: Mapping[str, tuple[str, str]],
    refused: Mapping[str, str],
    seed: int | None,
    library: FactorLibrary,
) -> Study:
    """Make a study of assessed lots.

    Args:
        book: what the log holds.
        found: their assessments with the quality judged, at least one; all of one method and log size.
        by_mass: their footprints with joint burdens shared by mass.
        product: what was asked for.
        season: year of harvest.
        harvested: first and last day of harvest by lot.
        refused: lots that could not be assessed, and why.
        seed: start of the random draws; None for none.
        library: factor sets, to say what was passed over.
    """
    register = _Register(book, found)
    lots = [
        register.lot(number, one, other, harvested[one.lot])
        for number, (one, other) in enumerate(zip(found, by_mass, strict=True), 1)
    ]
    together = Together(found)
    own = [[posting.line for posting in lot.postings] for lot in lots]
    means = {name: _mean(name, lots, together.quality(name, own, seed=seed)) for name in BOUNDARIES}
    return Study(
        product=product,
        season=season,
        lots=tuple(lots),
        refused=dict(sorted(refused.items())),
        means=means,
        data=tuple(register.data),
        entries=tuple(register.entries),
        factors=register.factors(library),
        weights=tuple(register.weights),
        called=_called(book, register.entries),
        remarks=remarks_on(book, [one.lot for one in found]),
        numbers=register.numbers,
    )


class _Register:
    """Number what postings cite, in the order in which they do."""

    def __init__(self, book: Book, found: Sequence[Assessment]) -> None:
        self._book = book
        self._by_source: Mapping[str, Effective] = {one.source_id: one for one in book.entries.values()}
        self._found = found
        self._rows = {row_id: row for one in found for row_id, row in one.used_rows.items()}
        self._gsd = {name: gsd for one in found for name, gsd in one.spreads.items()}
        self._cited: dict[str, int] = {}
        self._known_entries: dict[str, int] = {}
        self._known_weights: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}
        self.numbers: dict[tuple[str, str, str], int] = {}
        self.data: list[Datum] = []
        self.entries: list[CitedEntry] = []
        self.weights: list[Weights] = []

    def lot(self, number: int, found: Assessment, by_mass: ProductFootprint, harvested: tuple[str, str]) -> StudyLot:
        """Number what one lot cites."""
        tree = found.tree
        results = tree.nodes[-1].strings("names")
        masses = {name: tree.nodes[-1].args[results.index(f"{name}_mass")] for name in BOUNDARIES}
        return StudyLot(
            number=number,
            found=found,
            by_mass=by_mass,
            harvested=harvested,
            postings=self._postings(number, found, lines(tree)),
            apart={name: self._postings(number, found, lines_apart(tree, name)) for name in APART_RESULTS},
            masses={name: self._tokens(found, place) for name, place in masses.items()},
            plausible=compare(self._book, found.lot, tree),
        )

    def factors(self, library: FactorLibrary) -> tuple[CitedFactor, ...]:
        """List the factors cited, each with what was passed over for it."""
        matches = [match for one in self._found for match in one.choices]
        found = []
        for number, row_id in enumerate(self._cited, 1):
            own = [match for match in matches if match.row_id == row_id]
            found.append(
                CitedFactor(
                    number=number,
                    row_id=row_id,
                    row=self._rows[row_id],
                    gsd=self._gsd.get(row_id, "1"),
                    rejected=tuple({one.row_id: one for match in own for one in rivals(library, match)}.values()),
                    gaps=tuple(sorted({match.year_gap for match in own})),
                    flags=tuple(sorted({flag for match in own for flag in match.flags})),
                    postings=self._cited[row_id],
                )
            )
        return tuple(found)

    def _postings(self, lot: int, found: Assessment, cited: Iterable[Line]) -> tuple[StudyPosting, ...]:
        postings = []
        for number, line in enumerate(cited, 1):
            tokens = self._tokens(found, line.node.args[0])
            for row_id in {token.name for token in tokens if isinstance(token, Source) and token.op == "factor"}:
                self._cited[row_id] += 1
            weights = tuple(self._weights(found, step.keys, step.weights) for step in line.steps)
            postings.append(StudyPosting(number, lot, line, tokens, weights))
        return tuple(postings)

    def _tokens(self, found: Assessment, place: int) -> tuple[Token, ...]:
        tokens = tuple(arithmetic(found.tree, place))
        for token in tokens:
            if isinstance(token, Source) and (token.op, token.name, token.field) not in self.numbers:
                self._note(found, token)
        return tokens

    def _note(self, found: Assessment, source: Source) -> None:
        key = (source.op, source.name, source.field)
        if source.op == "factor":
            self._cited.setdefault(source.name, 0)
            self.numbers[key] = len(self._cited)
        elif source.op == "item":
            self.numbers[key] = len(self.data) + 1
            entry = self._by_source[source.entry]
            item = next(one for one in entry.items if one.digest == source.name)
            self.data.append(
                Datum(
                    number=len(self.data) + 1,
                    digest=source.name,
                    field=source.field,
                    value=source.value,
                    unit=_unit(item, source.field),
                    name=item.name,
                    role=item.get("role"),
                    slot=item.get("slot"),
                    evidence=item.get("evidence"),
                    audience=found.audiences.get(source.name, item.audience),
                    gsd=self._gsd.get(source.name, "1"),
                    entry=self._entry(entry),
                )
            )

    def _entry(self, entry: Effective) -> int:
        if entry.source_id not in self._known_entries:
            number = self._known_entries[entry.source_id] = len(self.entries) + 1
            self.entries.append(
                CitedEntry(
                    number=number,
                    entry_id=entry.source_id,
                    kind=entry.kind,
                    day=(entry.event_time + LOCAL).date().isoformat(),
                    actor=entry.actor,
                    facility=entry.facility,
                    stage=entry.stage,
                )
            )
        return self._known_entries[entry.source_id]

    def _weights(self, found: Assessment, keys: tuple[str, ...], places: tuple[int, ...]) -> int:
        digests = found.tree.digests()
        key = (keys, tuple(digests[place] for place in places))
        if key not in self._known_weights:
            values = found.tree.evaluate()
            rows = [
                Weight(name, self._tokens(found, place), values[place])
                for name, place in zip(keys, places, strict=True)
            ]
            number = self._known_weights[key] = len(self.weights) + 1
            self.weights.append(Weights(number, tuple(rows), sum((row.value for row in rows), Fraction(0))))
        return self._known_weights[key]


def _called(book: Book, entries: Iterable[CitedEntry]) -> dict[str, dict[str, str]]:
    """Give the public names of actors and facilities, by `zh` and `en`; those that are closed stay so."""
    found = {}
    for code in dict.fromkeys(code for one in entries for code in (one.facility, one.actor)):
        known = book.facilities.get(code) or book.actors.get(code)
        names = [item for item in known.registration.named("name") if item.audience == "public"] if known else []
        found[code] = {item.get("lang")[:2]: item.get("text") for item in names}
    return {code: names for code, names in found.items() if names}


def _mean(boundary: str, lots: Sequence[StudyLot], quality: MeanQuality) -> SeasonMean:
    figures = [lot.found.footprint.boundary(boundary) for lot in lots]
    total = sum((one.total_kgco2e for one in figures), Decimal(0))
    mass = sum((one.mass_kg for one in figures), Decimal(0))
    mean = Fraction(total) / Fraction(mass)
    per_kg = amount(round_quantum(mean))
    inside = [posting for lot in lots for posting in lot.postings if posting.line.phase in PHASES_OF[boundary]]
    spread = sum(
        (Fraction(one.mass_kg) * (Fraction(one.kgco2e_per_kg) - mean) ** 2 for one in figures), Fraction(0)
    ) / Fraction(mass)
    other = sum((lot.by_mass.boundary(boundary).total_kgco2e for lot in lots), Decimal(0))
    other_mass = sum((lot.by_mass.boundary(boundary).mass_kg for lot in lots), Decimal(0))
    rated = [(Fraction(one.total_kgco2e), one.rating) for lot in lots for one in lot.found.quality[boundary].postings]
    return SeasonMean(
        boundary=boundary,
        total=total,
        mass=mass,
        per_kg=per_kg,
        low=min(one.kgco2e_per_kg for one in figures),
        high=max(one.kgco2e_per_kg for one in figures),
        deviation=(Decimal(spread.numerator) / Decimal(spread.denominator)).sqrt().quantize(Decimal("0.000001")),
        parts={name: _parts(inside, per_kg, name) for name in ("stage", "bucket", "gas", "evidence", "tier")},
        measured_share=_share(inside, total, lambda one: one.text("evidence") in MEASURED_EVIDENCE),
        primary_share=_share(
            inside, total, lambda one: one.text("evidence") in MEASURED_EVIDENCE and one.text("tier") == "primary"
        ),
        flags=_flags(boundary, lots, total),
        dqr=roll_up(rated),
        quality=quality,
        by_mass=amount(round_quantum(Fraction(other) / Fraction(other_mass))),
    )


def _parts(postings: Sequence[StudyPosting], per_kg: Decimal, name: str) -> tuple[Part, ...]:
    """Divide a total; the figures per kilogram add up to the headline by largest remainder."""

    def key(one: StudyPosting) -> tuple[str, str]:
        return (one.line.phase if name == "stage" else "", one.text(name))

    sums: dict[tuple[str, str], Fraction] = {}
    for one in sorted(postings, key=lambda one: in_order(*key(one))):
        sums[key(one)] = sums.get(key(one), Fraction(0)) + one.line.value
    total = sum(sums.values(), Fraction(0))
    if total and min(sums.values()) >= 0:
        shown = list(largest_remainder(Fraction(per_kg), list(sums.values())))
    else:
        shown = [round_quantum(Fraction(per_kg) * part / total) if total else Fraction(0) for part in sums.values()]
    return tuple(
        Part(phase, code, amount(part), amount(share), percent(part, total))
        for ((phase, code), part), share in zip(sums.items(), shown, strict=True)
    )


def in_order(phase: str, code: str) -> tuple[int, int, str]:
    """Put stages into the order of a lot's life, buckets into that of the headline, the best data first."""
    place = stages()[code].order if code in stages() else 0
    for order in (HEADLINE_BUCKETS, tuple(policy_table("activity")), TIERS):
        if code in order:
            place = order.index(code)
    return (PHASES.index(phase) if phase else 0, place, code)


def _share(postings: Sequence[StudyPosting], total: Decimal, holds: Callable[[StudyPosting], bool]) -> Decimal:
    return percent(sum((one.line.value for one in postings if holds(one)), Fraction(0)), Fraction(total))


def _flags(boundary: str, lots: Sequence[StudyLot], total: Decimal) -> dict[str, tuple[Decimal, Decimal]]:
    sums: dict[str, Decimal] = {}
    for lot in lots:
        for flag in lot.found.footprint.boundary(boundary).flags:
            sums[flag.code] = sums.get(flag.code, Decimal(0)) + flag.total_kgco2e
    return {code: (kg, percent(Fraction(kg), Fraction(total))) for code, kg in sorted(sums.items()) if kg}


def _unit(item: Item, field: str) -> str:
    """Give the unit of a field of an item; a rate and an efficiency have none."""
    if field == "amount":
        return item.get("currency")
    return {"teu": "TEU"}.get(field, item.get("unit") if field in ("quantity", "load", "gross") else "")
