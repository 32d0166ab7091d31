"""Wine of fruit."""

from __future__ import annotations

from ledger.book.product import ProductType

PRODUCT = ProductType(
    code="wine",
    methodology="lychee-wine@1",
    cpc="24230",
    category="Cider, perry, mead and other fermented beverages, except wine of fresh grapes and beer made from malt",
)
