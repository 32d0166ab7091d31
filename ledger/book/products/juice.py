"""Fruit juice; no method is made for it yet, and no passport has a class for it."""

from __future__ import annotations

from ledger.book.product import ProductType

PRODUCT = ProductType(
    code="juice",
    methodology="lychee-fresh@2",
)
