"""Keep every actor's carbon in double entry: what came into a book, where it lies, and what left it.

What an entry reports is booked whole into a pool of the actor who reports it, and goes from there to the lots that
share it, from lots to the lots made of them, and from holder to holder. Beside these moves stands what the lots carry
in the calculation that passports rest on. The statement compares the two, so one quantum too much in one share breaks
it. Amounts are integers of 0.000001 kg CO2e, by bucket and gas. What nobody reported is not booked: estimates that an
assessment puts in its place stay in the assessment.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from iocore.factors import FactorLibrary
from ledger.book.balance import current_mass
from ledger.book.model import Effective, Lot, Pool
from ledger.book.pools import is_pool_activity, pools_of_group, span_of
from ledger.book.pools import pool_key as place_of
from ledger.book.state import Book
from passport.account import Accounts, Added
from passport.footprint import HEADLINE_BUCKETS
from passport.holdings import Account, Holder, Move, Step
from passport.methodology import Methodology
from passport.nodes import Node
from passport.postings import Posting
from passport.quantities import Desk
from passport.readings import require_open
from passport.reserves import Reserve, Reserves
from passport.view import name_of_pool


@dataclass(frozen=True, slots=True)
class Line:
    """State one actor's bucket and gas over a time: opening + produced + imported = delivered + stock + written off."""

    actor: str
    bucket: str
    gas: str
    opening: int
    produced: int
    imported: int
    delivered: int
    stock: int
    written_off: int

    @property
    def balanced(self) -> bool:
        """Tell whether the two sides are equal."""
        return self.opening + self.produced + self.imported == self.delivered + self.stock + self.written_off


@dataclass(frozen=True, slots=True)
class LotLine:
    """State the headline of one lot, whoever held it: acquired + produced = transferred + stock + written off."""

    lot: str
    acquired: int
    produced: int
    transferred: int
    stock: int
    written_off: int

    @property
    def balanced(self) -> bool:
        """Tell whether the two sides are equal."""
        return self.acquired + self.produced == self.transferred + self.stock + self.written_off


@dataclass(frozen=True, slots=True)
class Journal:
    """Hold the books at one log size.

    Args:
        moves: how much took which way.
        carried: what every account holds, read from the postings of lots that are there and of pools that wait for
            lots; no move went into it.
        seasons: headline of what the latest season caused, by actor and orchard, where lots share in a mean.
    """

    moves: Mapping[Move, int]
    carried: Mapping[Account, int]
    seasons: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def balances(self) -> Mapping[Account, int]:
        """Give what the moves leave in every account, where they leave anything."""
        left: Counter[Account] = Counter()
        for move, quanta in self.moves.items():
            left[move.target] += quanta
            if move.source is not None:
                left[move.source] -= quanta
        return {account: quanta for account, quanta in left.items() if quanta}

    def faults(self) -> tuple[Account, ...]:
        """Name the accounts of lots and pools in which the moves leave something else than what they carry."""
        left = self.balances()
        return tuple(
            account
            for account in sorted({*left, *self.carried})
            if account.holder != "loss" and left.get(account, 0) != self.carried.get(account, 0)
        )

    def reserves(self) -> tuple[Reserve, ...]:
        """State what is deferred and what is held as a biological asset, by orchard."""
        sums: Counter[tuple[str, Holder, str]] = Counter()
        for account, quanta in self.carried.items():
            if account.holder in ("deferral", "biological_asset") and account.bucket in HEADLINE_BUCKETS:
                sums[account.actor, account.holder, account.name] += quanta
        return tuple(Reserve(*key, sums[key], self.seasons.get((key[0], key[2]), 0)) for key in sorted(sums))

    def losses(self) -> Mapping[tuple[str, str], int]:
        """State the headline of what lies in loss accounts, by actor and lot."""
        sums: Counter[tuple[str, str]] = Counter()
        for move, quanta in self.moves.items():
            if move.step == "write_off" and move.target.bucket in HEADLINE_BUCKETS:
                sums[move.target.actor, move.target.name] += quanta
        return dict(sorted(sums.items()))

    def lots(self) -> Mapping[str, LotLine]:
        """State the headline of every lot that anything was booked for."""
        sums: dict[str, Counter[str]] = {}
        for move, quanta in self.moves.items():
            source, target = move.source, move.target
            if target.bucket not in HEADLINE_BUCKETS or move.step in ("produce", "transfer"):
                continue
            if target.holder == "lot":
                name = "acquired" if move.step == "transform" else "produced"
                sums.setdefault(target.name, Counter())[name] += quanta
            if source is not None and source.holder == "lot":
                name = "written_off" if move.step == "write_off" else "transferred"
                sums.setdefault(source.name, Counter())[name] += quanta
        for account, quanta in self.carried.items():
            if account.holder == "lot" and account.bucket in HEADLINE_BUCKETS:
                sums.setdefault(account.name, Counter())["stock"] += quanta
        names = ("acquired", "produced", "transferred", "stock", "written_off")
        return {lot: LotLine(lot, *(sums[lot][name] for name in names)) for lot in sorted(sums)}

    def statement(self, before: Journal | None = None) -> tuple[Line, ...]:
        """State what came into every actor's book and left it, and what lies there.

        Args:
            before: the same books at an earlier log size; without it they are stated from their beginning. What a later
                entry changes about earlier ones shows as more or less of the same flow.
        """
        sums: dict[tuple[str, str, str], Counter[str]] = {}

        def add(account: Account, name: str, quanta: int) -> None:
            sums.setdefault((account.actor, account.bucket, account.gas), Counter())[name] += quanta

        for journal, sign in ((self, 1), (before, -1)):
            if journal is None:
                continue
            for move, quanta in journal.moves.items():
                source, target = move.source, move.target
                if source is None:
                    add(target, "produced", sign * quanta)
                elif move.step == "write_off":
                    add(source, "written_off", sign * quanta)
                elif source.actor != target.actor:
                    add(source, "delivered", sign * quanta)
                    if target.actor:
                        add(target, "imported", sign * quanta)
            for account, quanta in journal.carried.items():
                add(account, "stock" if sign > 0 else "opening", quanta)
        names = ("opening", "produced", "imported", "delivered", "stock", "written_off")
        return tuple(
            Line(*key, *(sums[key][name] for name in names)) for key in sorted(sums) if any(sums[key].values())
        )


def linked(book: Book, lots: Iterable[str]) -> tuple[str, ...]:
    """Give the lots that share an entry or a pool with some lots, directly or through others, and these, sorted."""
    pools: dict[str, list[Pool]] = {}
    for each in book.pools.values():
        for pool in each:
            for lot in pool.lots:
                pools.setdefault(lot, []).append(pool)
    found: set[str] = set()
    waiting = list(lots)
    while waiting:
        lot = waiting.pop()
        if lot not in found and book.has_lot(lot):
            found.add(lot)
            waiting += [name for entry in book.naming(lot) for name in entry.lots if name not in found]
            waiting += [name for pool in pools.get(lot, ()) for name in pool.lots if name not in found]
    return tuple(sorted(found))


def journal_of_lot(book: Book, lot: str, *, method: Methodology, library: FactorLibrary) -> Journal:
    """Keep the books of everybody for a lot and all lots linked with it.

    Raises:
        LotNotFound: no entry creates the lot.
        AssessmentRefused: a mass, weight or opening is missing.
    """
    return _Clerk(book, linked(book, [lot]) or (lot,), method, library).journal()


def journal_of_actors(
    book: Book, actor: str = "", *, method: Methodology, library: FactorLibrary, desk: Desk | None = None
) -> Journal:
    """Keep the books of one actor, or of all: every lot that their entries name, and pools that no lot shares yet.

    The lines of other actors are whole only where all actors are asked for.

    Args:
        book: what the log holds.
        actor: whose book, or everybody's.
        method: accounting rules.
        library: factor sets.
        desk: one at which the books of another log size were kept, whose calculations are then shared.

    Raises:
        AssessmentRefused: a mass, weight or opening is missing.
    """
    named = {lot for entry in book.entries.values() if actor in ("", entry.actor) for lot in entry.lots}
    for pool in (pool for pools in book.pools.values() for pool in pools):
        if actor in ("", pool.owner):
            named.update(pool.lots)
    clerk = _Clerk(book, linked(book, named), method, library, desk)
    clerk.enter_waiting(actor)
    return clerk.journal()


def headline(accounts: Accounts) -> int:
    """Give what the lot asked for carries in the buckets of the headline, in 0.000001 kg CO2e."""
    return sum(accounts.builder.quanta(one.node) for one in accounts.postings() if one.bucket in HEADLINE_BUCKETS)


class Shared(NamedTuple):
    """Hold the pool that a posting went into, the node that brings it or a share of it, and the lots that took it.

    `reserve` is the deferral or the asset that it came out of, if it was not caused then.
    """

    account: Account
    node: Node
    lots: set[str]
    reserve: Account | None


class _Clerk:
    """Book the postings of some lots."""

    def __init__(
        self,
        book: Book,
        lots: tuple[str, ...],
        method: Methodology,
        library: FactorLibrary,
        desk: Desk | None = None,
    ) -> None:
        self.book: Final = book
        self.accounts: Final = Accounts(book, lots, method=replace(method, fills=()), library=library, desk=desk)
        self._quanta: Final = self.accounts.builder.quanta
        self._moves: Final[Counter[Move]] = Counter()
        self._carried: Final[Counter[Account]] = Counter()
        self._produced: Final[dict[tuple[str, int, int], Shared]] = {}
        self._shared: Final = {
            entry.entry_id
            for sources in self.accounts.sources.values()
            for pool in [source.pool for source in sources if source.pool]
            for entry in (*pool.activities, *([pool.close] if pool.close else []))
        }
        self._custody: Final[dict[str, tuple[list[int], list[str]]]] = {}
        self._reserves: Final = Reserves(self.accounts)
        for lot in self.accounts.lineage:
            self._enter(lot)
        if method.policy.scope == "lot":
            self._supersede()

    def journal(self) -> Journal:
        """Give what was booked."""
        for account, quanta in self._reserves.caused().items():
            self._moves[Move("produce", None, account)] += quanta
        self._carried.update(self._reserves.left())
        carried = {account: quanta for account, quanta in self._carried.items() if quanta}
        return Journal(dict(self._moves), carried, self._reserves.latest())

    def enter_waiting(self, actor: str) -> None:
        """Book the pools that no lot shares: they stay with the actor who reports them."""
        groups: dict[tuple[str, str], list[Effective]] = {}
        for entry in self.book.entries.values():
            place = place_of(entry)
            whole = is_pool_activity(entry) or entry.kind == "close"
            if place and whole and entry.entry_id not in self._shared and actor in ("", entry.actor):
                groups.setdefault(place, []).append(entry)
        for place in sorted(groups):
            require_open(groups[place])
            for pool in pools_of_group(place, groups[place]):
                seen: Counter[tuple[str, int]] = Counter()
                for posting in self.accounts.of_pool(pool):
                    account = self._produce(Added(pool, posting), seen, "", self._reserves.unshared(pool, posting))
                    self._carried[account] += self._quanta(posting.node)

    def _enter(self, lot: Lot) -> None:
        """Book what came into a lot, what changed hands with it, and what it carries."""
        times, holders = self._custody[lot.id] = _custody(lot)
        parents = [name for name in sorted(lot.origin.ins) for _ in self.accounts.carried[name]]
        for name, posting in zip(parents, self.accounts.acquired[lot.id], strict=True):
            source = Account(self._custody[name][1][-1], "lot", name, posting.bucket, posting.gas)
            self._bring(lot, "transform", source, posting, holders)
        seen: Counter[tuple[str, int]] = Counter()
        for added in self.accounts.added[lot.id]:
            source = self._produce(added, seen, lot.id)
            since = max(bisect_right(times, _position(lot, added.origin)) - 1, 0)
            self._bring(lot, "allocate", source, added.posting, holders[since:])
        if lot.consumed_by is not None:
            return
        gone = lot.written_off_by is not None or current_mass(self.book, lot.id) == 0
        for posting in self.accounts.carried[lot.id]:
            quanta = self._quanta(posting.node)
            if gone:
                last = Account(holders[-1], "lot", lot.id, posting.bucket, posting.gas)
                self._moves[Move("write_off", last, replace(last, holder="loss"))] += quanta
            else:
                self._carried[Account(lot.custodian, "lot", lot.id, posting.bucket, posting.gas)] += quanta

    def _produce(
        self, added: Added, seen: Counter[tuple[str, int]], lot: str, waiting: Account | None = None
    ) -> Account:
        """Book a posting whole, once for all lots that share it, and give the pool that it went into.

        Args:
            added: the posting or a share of it.
            seen: how often the lot has brought each posting before.
            lot: the lot that takes a share, if one does.
            waiting: where it goes instead of a pool.
        """
        origin, posting = added.origin, added.posting
        reserve: Account | None = None
        if isinstance(origin, Pool):
            actor, name = origin.owner, "/".join(name_of_pool(origin))
            reserve = self._reserves.source(origin, posting)
        else:
            actor, name = origin.actor, origin.entry_id
        node = self.accounts.builder.nodes[posting.node]
        whole = node.args[0] if node.op == "share" else posting.node
        seen[name, whole] += 1
        key = (name, whole, seen[name, whole])
        if key not in self._produced:
            account = waiting or Account(actor, "pool", name, posting.bucket, posting.gas)
            self._produced[key] = Shared(account, node, set(), reserve)
            self._moves[Move("release" if reserve else "produce", reserve, account)] += self._quanta(whole)
        if reserve:
            self._reserves.take(reserve, self._quanta(posting.node))
        account = self._produced[key].account
        self._produced[key].lots.add(lot)
        return account

    def _supersede(self) -> None:
        """Take out of what was produced the shares of lots for which a better estimate counts instead."""
        build = self.accounts.builder
        for account, node, lots, reserve in self._produced.values():
            if node.op == "share":
                weights = dict(zip(node.strings("keys"), node.args[1:], strict=True))
                for lot in weights.keys() - lots:
                    share = build.share(node.args[0], weights, lot)
                    self._moves[Move("produce", None, account)] -= self._quanta(share)
                    if reserve:
                        self._reserves.take(reserve, self._quanta(share))

    def _bring(self, lot: Lot, step: Step, source: Account, posting: Posting, holders: list[str]) -> None:
        """Book what comes into a lot, and hand it on to everybody who held the lot afterwards."""
        quanta = self._quanta(posting.node)
        for actor in holders:
            target = Account(actor, "lot", lot.id, posting.bucket, posting.gas)
            self._moves[Move(step, source, target)] += quanta
            step, source = "transfer", target


def _custody(lot: Lot) -> tuple[list[int], list[str]]:
    """List since which place in the log who held a lot."""
    received = sorted((entry.index, entry.actor) for entry in lot.events if entry.kind == "receive")
    return [lot.origin.index, *(index for index, _ in received)], [lot.origin.actor, *(actor for _, actor in received)]


def _position(lot: Lot, origin: Effective | Pool) -> int:
    """Give the place in the log from which a lot carries something: where it came into a pool, else the entry's own."""
    if not isinstance(origin, Pool):
        return origin.index
    joined = [
        entry.index
        for entry in (lot.origin, *lot.events)
        if (entry.facility, entry.stage) == (origin.facility, origin.stage)
        and entry.kind != "close"
        and span_of(entry).overlaps(origin.period)
    ]
    close = [origin.close.index] if origin.close else []
    return min(joined or close or [lot.origin.index])
