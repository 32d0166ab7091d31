"""Assess a lot: lineage, items, factor sets and a methodology make a calculation, and the calculation a footprint.

Pure: the same entries, openings, factor rows and methodology give the same bytes on any machine, whatever the order
in which they arrive and whatever else the book and the library hold.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from iocore.factors import FactorLibrary, FactorMatch, FactorRow
from iocore.times import format_time
from iocore.units import QUANTA_PER_UNIT, round_quantum
from ledger.book.item import Item
from ledger.book.model import Effective
from ledger.book.state import Book
from passport.account import SILENT_KINDS, Accounts
from passport.calculation import Calculation
from passport.choice import method_of
from passport.footprint import HEADLINE_BUCKETS, PHASES_OF, DeclaredUnit, MissingSlot, ProductFootprint, amount
from passport.methodology import Methodology
from passport.policy import Policy
from passport.quality import Quality, judge, ratings
from passport.quantities import Desk
from passport.slots import superseded
from passport.spread import spreads_of
from passport.summary import Summary, summarise
from passport.tree import Tree, grow


@dataclass(frozen=True, slots=True)
class OwnSeason:
    """State one boundary as it would be if every lot carried its own season alone.

    Args:
        total_kgco2e: kg CO2e.
        kgco2e_per_kg: the same per declared unit.
        seasons: the seasons that the headline spreads or averages, sorted.
    """

    total_kgco2e: Decimal
    kgco2e_per_kg: Decimal
    seasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """Hold what assessing a lot gave.

    Args:
        lot: lot id.
        methodology: the method used.
        tree: the calculation without salts.
        footprint: the figures.
        used_rows: factor rows that the calculation cites, by id, sorted.
        choices: how rows were chosen that the calculation cites, and what was passed over, by row and distance.
        entries: ids of the entries whose items the calculation cites, sorted.
        audiences: audience of every item cited, by digest.
        flags: what a reader must know, sorted.
        spreads: geometric standard deviation by item digest or factor row.
        quality: what its data are worth by boundary; empty unless asked for.
        ratings: mean rating of the data at the gate by dimension; empty unless asked for, or where the method's policy
            does not judge fit.
        own_season: by boundary, what its own season alone gives where the headline is a mean over several; empty unless
            asked for.
    """

    lot: str
    methodology: Methodology
    tree: Calculation
    footprint: ProductFootprint
    used_rows: Mapping[str, FactorRow]
    choices: tuple[FactorMatch, ...]
    entries: tuple[str, ...]
    audiences: Mapping[str, str]
    flags: tuple[str, ...]
    spreads: Mapping[str, str]
    quality: Mapping[str, Quality] = field(default_factory=dict)
    ratings: Mapping[str, Decimal] = field(default_factory=dict)
    own_season: Mapping[str, OwnSeason] = field(default_factory=dict)

    def calculation(self, key: bytes) -> Calculation:
        """Give the calculation with salts derived from a key."""
        return self.tree.salted(key)


def assess(
    book: Book,
    lot: str,
    *,
    library: FactorLibrary,
    methodology: str | Methodology | None = None,
    tree_size: int,
    earlier: Sequence[Book] = (),
    desk: Desk | None = None,
    judged: bool = False,
    rated: bool = False,
) -> Assessment:
    """Assess one lot.

    Args:
        book: the fold of the entries up to `tree_size`.
        earlier: the folds up to the sizes that `earlier_sizes` names; they change no figure, only which stages stand
            together.
        lot: lot id.
        library: factor sets; those rows suffice that an earlier assessment of the same lot used.
        methodology: the method or its code; by default that of the lot's product.
        tree_size: log size that the figures refer to.
        desk: where other lots were entered with the same method and library; what they share is entered once.
        judged: whether the quality of the data is judged, and its own season told apart; it changes no figure.
        rated: whether the data at the gate are rated; it changes no figure.

    Raises:
        LotNotFound: no entry creates the lot.
        MethodologyNotFound: the method is not installed.
        AssessmentRefused: a mass, a weight or an opening is missing.
    """
    method = method_of(book, lot, methodology)
    accounts = Accounts(book, lot, method=method, library=library, desk=desk)
    trees: list[Tree] = []
    for before in earlier:
        if before.has_lot(lot):
            trees.append(grow(Accounts(before, lot, method=method, library=library, desk=desk), trees))
    tree = grow(accounts, trees)
    missing, coverage = _coverage(accounts)
    used: dict[str, FactorRow] = {}
    cited: dict[str, Item] = {}
    entries: set[str] = set()
    for node in tree.calculation.leaves:
        if node.op == "factor":
            row = node.text("row")
            used[row] = accounts.bench.used[row]
        elif node.op == "item":
            digest = node.text("item")
            cited[digest] = accounts.desk.items[digest]
            entries.add(node.text("entry"))
    spreads = spreads_of(accounts.desk, used, cited)
    summary = summarise(accounts, tree, spread=spreads)
    footprint = _footprint(accounts, tree, summary, missing, coverage, tree_size)
    flags = {flag.code for flag in footprint.delivered.flags if flag.total_kgco2e}
    flags |= {"open_pool"} if footprint.open_pools else set()
    flags |= {"missing_slots"} if any(not item.filled for item in missing) else set()
    flags |= {"missing_leg"} if accounts.journeys.legs(lot) else set()
    flags |= {name for name in ("exposed", "change_exposed") if getattr(footprint, name)}
    return Assessment(
        lot=lot,
        methodology=method,
        tree=tree.calculation,
        footprint=footprint,
        used_rows=dict(sorted(used.items())),
        choices=_choices(accounts, used),
        entries=tuple(sorted(entries)),
        audiences={digest: item.audience for digest, item in sorted(cited.items())},
        flags=tuple(sorted(flags)),
        spreads=spreads,
        quality=judge(accounts, tree, spread=spreads) if judged else {},
        ratings=ratings(accounts, "gate") if rated and method.policy.fit else {},
        own_season=_own_season(accounts, tree) if judged else {},
    )


def earlier_sizes(book: Book, lot: str) -> tuple[int, ...]:
    """Give the log sizes that the passports recorded for a lot rest on, ascending, each once."""
    recorded = [entry for entry in book.naming(lot) if entry.kind == "passport"]
    return tuple(sorted({min(entry.data["lineage"]["tree_size"], entry.source_index) for entry in recorded}))


def _own_season(accounts: Accounts, tree: Tree) -> Mapping[str, OwnSeason]:
    """Enter the lot once more without means; nothing where it shares in none."""
    method = accounts.method
    seasons = tuple(sorted({posting.season for posting in accounts.postings()} - {""}))
    if not seasons:
        return {}
    alone = replace(method, policy=replace(method.policy, seasons=1))
    other = Accounts(accounts.book, accounts.target, method=alone, library=accounts.bench.library)
    inside = [posting for posting in other.postings() if posting.bucket in HEADLINE_BUCKETS]
    found: dict[str, OwnSeason] = {}
    for name, phases in PHASES_OF.items():
        total = Fraction(sum(other.builder.quanta(one.node) for one in inside if one.phase in phases), QUANTA_PER_UNIT)
        mass = tree.calculation.results()[f"{name}_mass"]
        found[name] = OwnSeason(amount(total), amount(round_quantum(total / mass)), seasons)
    return found


def _choices(accounts: Accounts, used: Collection[str]) -> tuple[FactorMatch, ...]:
    """List how the rows used were chosen, each way once."""
    found = {(one.row_id, one.place_rank, one.year_gap, one.asked): one for one in accounts.bench.matches.values()}
    return tuple(found[key] for key in sorted(found) if key[0] in used)


def _footprint(
    accounts: Accounts,
    tree: Tree,
    summary: Summary,
    missing: tuple[MissingSlot, ...],
    coverage: Decimal,
    tree_size: int,
) -> ProductFootprint:
    sets = {posting.gas.partition("@")[2] for posting in accounts.postings()} - {""}
    times = [entry for lot in accounts.lineage for entry in (lot.origin, *lot.events)]
    beside = {"removal"} if accounts.method.policy.beside else set()
    start, end = _period([entry for entry in times if entry.kind not in {"avoided", "credit", *beside}])
    return ProductFootprint(
        lot=accounts.target,
        methodology=accounts.method.code,
        gwp_set=accounts.method.gwp_set,
        gwp_sets_used=tuple(sorted(sets | {accounts.method.gwp_set})),
        tree_size=tree_size,
        declared_unit=DeclaredUnit(),
        gate=summary.gate,
        delivered=summary.delivered,
        **summary.beside,
        missing=missing,
        superseded=superseded(accounts.selected.values()),
        coverage=coverage,
        open_pools=tuple(sorted(accounts.open_pools)),
        exposed=tree.exposed,
        change_exposed=tree.change_exposed,
        period=(start, end),
    )


def _period(entries: list[Effective]) -> tuple[str, str]:
    starts = [entry.period.start if entry.period else entry.event_time for entry in entries if entry.kind != "passport"]
    ends = [entry.event_time for entry in entries if entry.kind not in SILENT_KINDS or entry.kind == "receive"]
    return format_time(min(starts)), format_time(max(ends))


def _closed(slots: Mapping[str, bool], slot: str, policy: Policy) -> bool:
    """Tell whether a slot that was reported counts, itself or by the slot that answers it better."""
    better = policy.answers(slot) if slot in slots and policy.scope == "lot" else ()
    return any(slots.get(code) for code in (slot, *better))


def _coverage(accounts: Accounts) -> tuple[tuple[MissingSlot, ...], Decimal]:
    """List mandatory slots that nobody reported, and the share of those that were."""
    policy = accounts.method.policy
    mandatory_of = policy.mandatory
    closed = total = 0
    missing: list[MissingSlot] = list(accounts.gaps.filled)
    total += len(accounts.gaps.filled)
    filled = {(item.stage, item.slot) for item in accounts.gaps.filled} if policy.scope == "lot" else set()
    for (_, stage), slots in sorted(accounts.events.reported.items()):
        mandatory = mandatory_of.get(stage, ())
        total += len(mandatory)
        for slot in mandatory:
            members = policy.members(slot)
            if any(_closed(slots, code, policy) for code in members):
                closed += 1
            elif any((stage, code) in filled for code in members):
                total -= 1
            elif not any(code in slots for code in members):
                missing.append(MissingSlot(stage, slot, "", "not reported"))
    visited = {stage for _, stage in accounts.events.reported} | {item.stage for item in accounts.gaps.filled}
    for stage in accounts.required():
        if stage not in visited:
            mandatory = mandatory_of.get(stage, ())
            total += len(mandatory)
            missing += [MissingSlot(stage, slot, "", "stage not reported") for slot in mandatory]
    on_the_way = (*accounts.journeys.legs(accounts.target), *accounts.journeys.clearances(accounts.target))
    total += len(on_the_way)
    missing += [*on_the_way, *accounts.poster.missing]
    unique = tuple(sorted(set(missing), key=lambda item: (item.stage, item.slot, item.filled, item.reason)))
    share = Fraction(closed * 1000, total) if total else Fraction(1000)
    return unique, (Decimal(round(share)) / 10).quantize(Decimal("0.1"))
