"""Say which content rule an entry breaks, as a value."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

from ledger.book.item import Item

Level = Literal["error", "warning"]
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclasses.dataclass(frozen=True, slots=True)
class Violation:
    """Hold one finding.

    Args:
        code: stable name of the rule, with hyphens.
        field: the field concerned, such as `data.out` or `items.mass.quantity`.
        message: what is wrong and what to do, for people.
        context: the values concerned, JSON-ready.
        level: `error` keeps the entry without effect, `warning` is only shown.
    """

    code: str
    field: str
    message: str
    context: Mapping[str, Any] = dataclasses.field(default_factory=lambda: _NOTHING)
    level: Level = "error"

    def to_json(self) -> dict[str, Any]:
        """Give one JSON-ready object."""
        return {
            "code": self.code,
            "field": self.field,
            "message": self.message,
            "context": dict(self.context),
            "level": self.level,
        }


def errors_of(findings: Iterable[Violation]) -> list[Violation]:
    """Keep the findings that reject an entry."""
    return [finding for finding in findings if finding.level == "error"]


def on_item(item: Item, code: str, message: str, **context: str) -> Violation:
    """Say that an item breaks a rule, and name it by its digest."""
    return Violation(code, f"items.{item.name}", message, {"item": item.digest, **context})
