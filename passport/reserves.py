"""Keep what seasons caused apart from what their lots are charged for, so that the books stay exact under means.

Where a close restates earlier seasons, what its own season caused goes into a deferral, and what lots carry comes out
of it. What an orchard caused before its first yield is a biological asset, out of which lots carry their part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ledger.book.model import Pool
from ledger.book.season_rules import ESTABLISHMENT
from passport.account import Accounts
from passport.footprint import HEADLINE_BUCKETS
from passport.holdings import Account, Holder
from passport.postings import Posting
from passport.view import name_of_pool


@dataclass(frozen=True, slots=True)
class Reserve:
    """State the headline of what one orchard has deferred, or holds as a biological asset.

    Args:
        season: what its latest season caused whose lots carry a mean; zero where none does.
    """

    actor: str
    holder: Holder
    name: str
    quanta: int
    season: int

    @property
    def strained(self) -> bool:
        """Tell whether the means have lost touch: more is deferred than a season causes, or an asset is overdrawn."""
        return abs(self.quanta) > self.season if self.holder == "deferral" else self.quanta < 0


class Reserves:
    """Follow the deferrals and biological assets of some lots and pools."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts: Final = accounts
        self._pools: Final[dict[str, Pool]] = {}
        self._charged: Final[dict[str, set[str]]] = {}
        self._taken: Final[Counter[Account]] = Counter()
        self._young: Final[Counter[Account]] = Counter()
        self._caused: Counter[Account] | None = None

    def source(self, pool: Pool, posting: Posting) -> Account | None:
        """Say out of what a posting of a pool is charged; None where it is what its own season caused."""
        if not posting.season:
            return None
        name = "/".join(name_of_pool(pool))
        self._pools[name] = pool
        self._charged.setdefault(name, set())
        if posting.season == self.accounts.mean(pool).own.name:
            self._charged[name].add(posting.slot)
        return _account(pool, "biological_asset" if posting.season == ESTABLISHMENT else "deferral", posting)

    def take(self, account: Account, quanta: int) -> None:
        """Note what a lot carries out of a deferral or an asset."""
        self._taken[account] += quanta

    def unshared(self, pool: Pool, posting: Posting) -> Account | None:
        """Say where a posting lies that no lot shares: a season without yield waits for lots; None for other pools."""
        if pool.close is None or pool.lots or pool.stage not in self.accounts.method.policy.perennial:
            return None
        known = self.accounts.book.pools_at(pool.facility, pool.stage)
        bore = any(one.close and one.lots and one.period.start < pool.period.start for one in known)
        account = _account(pool, "deferral" if bore else "biological_asset", posting)
        if not bore:
            self._young[account] += self._quanta(posting)
        return account

    def caused(self) -> Counter[Account]:
        """Give what came into deferrals and assets, but for seasons without yield."""
        if self._caused is None:
            found: Counter[Account] = Counter()
            oldest: dict[Account, int] = {}
            for name, pool in self._in_order():
                for posting in self.accounts.of_pool(pool):
                    if posting.slot in self._charged[name]:
                        found[_account(pool, "deferral", posting)] += self._quanta(posting)
                invested: Counter[Account] = Counter()
                for posting in self.accounts.of_season(pool, ESTABLISHMENT):
                    invested[_account(pool, "biological_asset", posting)] += self._quanta(posting)
                oldest.update(invested)
            for account, quanta in oldest.items():
                found[account] += quanta - self._young[account]
            self._caused = found
        return self._caused

    def left(self) -> Counter[Account]:
        """Give what lots have left in deferrals and assets, but for seasons without yield."""
        left = Counter(self.caused())
        left.subtract(self._taken)
        return left

    def latest(self) -> Mapping[tuple[str, str], int]:
        """Give the headline of the latest season with a mean, by actor and orchard."""
        found: dict[tuple[str, str], int] = {}
        for _, pool in self._in_order():
            whole = [one for one in self.accounts.of_pool(pool) if one.bucket in HEADLINE_BUCKETS]
            found[pool.owner, pool.place] = sum(map(self._quanta, whole))
        return found

    def _in_order(self) -> list[tuple[str, Pool]]:
        return sorted(self._pools.items(), key=lambda item: (item[1].period.start, item[0]))

    def _quanta(self, posting: Posting) -> int:
        return self.accounts.builder.quanta(posting.node)


def _account(pool: Pool, holder: Holder, posting: Posting) -> Account:
    return Account(pool.owner, holder, pool.place, posting.bucket, posting.gas)
