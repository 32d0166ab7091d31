"""Dried fruit."""

from __future__ import annotations

from ledger.book.product import ProductType

PRODUCT = ProductType(
    code="dried",
    methodology="lychee-dried@1",
    cpc="21419",
    category="Other dried fruit, n.e.c.",
)
