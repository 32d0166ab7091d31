"""Find the entries that the log rejected whatever their items say, from what a monitor has filed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ledger.book.kind import kinds
from ledger.book.statement import Statement
from ledger.monitor.store import Rows


class Rejections:
    """Tell of entries what `ledger.book.authority.Authority.refuses` tells of them when they come.

    Args:
        rows: a transaction; it has filed every entry under the lots that it names.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._made: dict[str, int | None] = {}

    def among(self, statements: Iterable[Statement]) -> Iterator[str]:
        """Give the ids of those that the log rejected whatever their items say."""
        for statement in statements:
            if not self._rows.admitted(statement.entry_id) or self._names_nothing(statement):
                yield statement.entry_id

    def _names_nothing(self, statement: Statement) -> bool:
        """Tell whether an entry names a lot that no admitted entry created before it."""
        made = [self._made_at(lot) for lot in set(statement.lots) - _created(statement)]
        return any(index is None or index >= statement.index for index in made)

    def _made_at(self, lot: str) -> int | None:
        """Give the place of the first admitted entry that creates a lot."""
        if lot not in self._made:
            self._made[lot] = next(
                (
                    one.index
                    for one in self._rows.marked(f"lot {lot}")
                    if not one.is_amendment and lot in _created(one) and self._rows.admitted(one.entry_id)
                ),
                None,
            )
        return self._made[lot]


def _created(statement: Statement) -> frozenset[str]:
    kind = kinds().get(statement.kind)
    return frozenset(statement.outs) if kind is not None and kind.moves else frozenset()
