"""Choose the method that a lot is accounted with: the one asked for, else that of its product."""

from __future__ import annotations

from ledger.book.product import OTHER, products
from ledger.book.state import Book
from passport.errors import LotNotFound
from passport.methodology import Methodology, methodology


def method_of(book: Book, lot: str, asked: str | Methodology | None = None) -> Methodology:
    """Give the method for a lot.

    Args:
        book: the book that creates the lot.
        lot: lot id.
        asked: a method or its code; by default that of the lot's product, and of a lot of no product that of `other`.

    Raises:
        LotNotFound: no entry creates the lot.
        MethodologyNotFound: the method is not installed.
    """
    if isinstance(asked, Methodology):
        return asked
    if asked is not None:
        return methodology(asked)
    if not book.has_lot(lot):
        raise LotNotFound("no entry creates this lot", lot=lot)
    product = book.products.get(book.lots[lot].product_gtin)
    return methodology(products().get(product.kind if product else OTHER, products()[OTHER]).methodology)
