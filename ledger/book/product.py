"""Describe a form of product: how trade classifies it, and which method its footprint follows unless told otherwise.

The ledger itself reads nothing here but the codes; the rest is for those who read the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from iocore.registry import discover

#: The form of what fits no other, and of lots that are not yet of any product.
OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class ProductType:
    """Describe one form of product.

    Args:
        code: name, permanent once signed; `kind` of a registered product.
        methodology: method and version of new passports.
        cpc: code in the Central Product Classification of the United Nations, version 2.1, or empty.
        category: what that classification calls it.
        origin: where its life begins, as its passports say in English.
        varieties: codes of varieties that input files may name; their names stand in the catalogues.
    """

    code: str
    methodology: str
    cpc: str = ""
    category: str = ""
    origin: str = "orchard"
    varieties: tuple[str, ...] = ()


@cache
def products() -> Mapping[str, ProductType]:
    """Give every form of product by code, in the order of the codes."""
    return discover("ledger.book.products", "PRODUCT")
