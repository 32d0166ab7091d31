"""Cut roses."""

from __future__ import annotations

from ledger.book.product import ProductType

PRODUCT = ProductType(
    code="rose",
    methodology="rose@1",
    cpc="01962",
    category="Cut flowers and flower buds including bouquets, wreaths, floral baskets and similar articles",
    origin="greenhouse",
    varieties=("carola",),
)
