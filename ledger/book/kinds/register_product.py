"""Register a product of an actor by its GTIN. Its names are items; other actors may be named as users."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, UnsetType

from ledger.book.facts import Facts, ProductRight
from ledger.book.kind import ActorText, CodeText, Data, GtinText, Kind
from ledger.book.product import products
from ledger.book.statement import Statement, texts
from ledger.book.violation import Violation
from ledger.ids import is_gtin

if TYPE_CHECKING:
    ProductCode = str
else:
    ProductCode = Literal[tuple(products())]


class RegisterProduct(Data, frozen=True):
    """Hold the GTIN, the form, the variety, and the actors who may create lots of it beside the owner."""

    gtin: GtinText
    kind: ProductCode
    variety_code: CodeText
    users: list[ActorText] | UnsetType = UNSET


def _valid(_facts: Facts, statement: Statement) -> Iterable[Violation]:
    gtin = statement.text("gtin")
    if len(gtin) == 14 and not is_gtin(gtin):
        yield Violation("gtin-check", "data.gtin", "the GTIN's check digit is wrong", {"gtin": gtin})


def _unclaimed(facts: Facts, statement: Statement) -> Iterable[Violation]:
    right = facts.products.get(statement.text("gtin"))
    if right is not None and right.owner != statement.actor:
        yield Violation("product-taken", "data.gtin", "the product belongs to another actor", {"owner": right.owner})


def _effect(facts: Facts, statement: Statement) -> None:
    users = frozenset(texts(statement.data.get("users")))
    facts.products[statement.text("gtin")] = ProductRight(statement.actor, users)


KIND = Kind(
    code="register_product",
    data=RegisterProduct,
    writer="registrar",
    stage="none",
    facility="none",
    lots="none",
    fixed=("gtin", "kind", "variety_code", "users"),
    rules=(_valid, _unclaimed),
    registers="product",
    effect=_effect,
)
