"""Keep facts on disk behind the mappings that the rules on envelopes read and write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from ledger.book.facts import Facts, ProductRight
from ledger.book.keyring import KeyRecord, Keyring
from ledger.book.statement import Statement
from ledger.monitor.store import Rows

V = TypeVar("V")


class Shelf(dict[str, V], Generic[V]):
    """Be a dictionary that fetches what it lacks, and knows what was changed.

    Args:
        fetch: gives the value of a key, or nothing.
    """

    def __init__(self, fetch: Callable[[str], V | None]) -> None:
        super().__init__()
        self._fetch = fetch
        self.changed: set[str] = set()

    def __missing__(self, key: str) -> V:
        found = self._fetch(key)
        if found is None:
            raise KeyError(key)
        super().__setitem__(key, found)
        return found

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.get(key) is not None

    def __setitem__(self, key: str, value: V) -> None:
        super().__setitem__(key, value)
        self.changed.add(key)

    def get(self, key: str, default: Any = None, /) -> Any:
        """Return the value of a key, or the default."""
        try:
            return self[key]
        except KeyError:
            return default

    def setdefault(self, key: str, default: V, /) -> V:
        """Return the value of a key after setting it, if there was none."""
        if key not in self:
            self[key] = default
        return self[key]


class Admitted(dict[str, Statement]):
    """Be the entries that break no rule on envelopes, of which the older ones are on disk and can only be asked for."""

    def __init__(self, rows: Rows) -> None:
        super().__init__()
        self._rows = rows

    def __contains__(self, entry_id: object) -> bool:
        return super().__contains__(entry_id) or (isinstance(entry_id, str) and self._rows.admitted(entry_id))


class Shelves:
    """Hold the facts of everything that was read, and the last entry of every key; to be used in one transaction.

    Args:
        rows: the transaction.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._kept: dict[str, Shelf[Any]] = {}
        self.heads: Shelf[tuple[int, str]] = self._shelf("heads", tuple[int, str])
        self.facts = Facts(
            keyring=Keyring(self._shelf("keyring", KeyRecord)),
            keepers=self._shelf("keepers", str),
            roles=self._shelf("roles", frozenset[str]),
            facilities=self._shelf("facilities", str),
            products=self._shelf("products", ProductRight),
            claims=self._shelf("claims", str),
            holders=self._shelf("holders", frozenset[str]),
            parents=self._shelf("parents", frozenset[str]),
            statements=Shelf[Statement](rows.statement),
            admitted=Admitted(rows),
            vouchers=self._shelf("vouchers", tuple[str, ...]),
        )

    def keep(self) -> None:
        """Write what was changed."""
        for sort, shelf in self._kept.items():
            self._rows.keep_facts(sort, {name: shelf[name] for name in shelf.changed})
            shelf.changed.clear()

    def _shelf(self, sort: str, type_: Any) -> Shelf[Any]:
        shelf = self._kept[sort] = Shelf(lambda name: self._rows.fact(sort, name, type_))
        return shelf
