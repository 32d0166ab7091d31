"""Fresh fruit, as picked or packed."""

from __future__ import annotations

from ledger.book.product import ProductType

PRODUCT = ProductType(
    code="fresh",
    methodology="lychee-fresh@2",
    cpc="01319",
    category="Other tropical and subtropical fruits, n.e.c.",
    varieties=("guiwei", "nuomici"),
)
