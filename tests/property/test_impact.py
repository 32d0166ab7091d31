"""An entry touches every lot whose calculation it changes; a lot that it does not touch keeps its calculation."""

from __future__ import annotations

from collections import Counter
from functools import cache

from hypothesis import event, given, settings
from hypothesis import strategies as st

from iocore.factors import FactorLibrary
from iocore.sources import load_all
from ledger.book.state import Book
from passport.account import Accounts
from passport.errors import AssessmentRefused
from passport.impact import late_entries, touched
from passport.methodology import methodology
from passport.tree import grow
from tests.support.trading import TradingWorld


@cache
def library() -> FactorLibrary:
    return load_all()


def digests(book: Book) -> dict[str, str]:
    """Give the digest of every lot's calculation without salts; a lot that cannot be assessed has the reason."""
    found: dict[str, str] = {}
    for lot in book.lots:
        try:
            accounts = Accounts(book, lot, method=methodology("lychee-fresh@1"), library=library())
            found[lot] = grow(accounts).calculation.unsalted_digest()
        except AssessmentRefused as refusal:
            found[lot] = str(refusal)
    return found


class Witness:
    """Compare, at every log size, whose calculation changed with whom the entry touched."""

    def __init__(self) -> None:
        self.before = Book.empty()
        self.digests: dict[str, str] = {}
        self.first, self.first_digests = Book.empty(), self.digests
        self.kinds: Counter[str] = Counter()
        self.spared = 0

    def __call__(self, book: Book) -> None:
        after = book.copy()
        entry_id = list(after.authority.facts.statements)[-1]
        now = digests(after)
        changed = {lot for lot in now if self.digests.get(lot) != now[lot]}
        lots = touched(self.before, after, entry_id)
        assert changed <= set(lots), (changed - set(lots), entry_id)
        for touch in lots.values():
            assert touch.reason != "made_from" or touch.by in after.ancestors(touch.lot)
        if changed:
            self.kinds[after.authority.facts.statements[entry_id].kind] += 1
        self.spared += len(now) - len(lots)
        if len(now) == 3 and not self.first_digests:
            self.first, self.first_digests = after, now
        self.before, self.digests = after, now

    def look_back(self) -> None:
        """Compare whose calculation changed since the third lot with the lots that late entries are named for."""
        known = self.first_digests.items()
        changed = {lot for lot, digest in known if self.digests[lot] != digest}
        late = late_entries(self.first, self.before, self.first_digests)
        assert changed <= set(late)
        assert all(entry.source_index >= self.first.size for found in late.values() for entry in found)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 14))
def test_an_entry_touches_every_lot_whose_calculation_changes(seed: int, lots: int) -> None:
    witness = Witness()
    TradingWorld(seed, lots, witness).run()
    witness.look_back()
    event(f"{len(witness.kinds)} kinds of entries changed something; lots left alone: {witness.spared > 0}")
    assert set(witness.kinds) >= {"harvest"}
