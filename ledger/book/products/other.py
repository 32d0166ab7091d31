"""Anything else, and lots that are not yet of any product."""

from __future__ import annotations

from ledger.book.product import ProductType

PRODUCT = ProductType(
    code="other",
    methodology="lychee-fresh@2",
)
