"""Describe the terms of `CarbonDisclosure` as a JSON-LD context, made from the model itself so that it cannot drift.

The context names no default vocabulary and redefines no term of the contexts before it, so an unknown property stays
unknown. A published term never changes, and none is taken away; such a change is `/ns/carbon/v2`.

Source: JSON-LD 1.1, sections 4.1.8 (scoped contexts) and 4.1.11 (protected terms).
"""

from __future__ import annotations

import types
import typing
from typing import Any, Final

import msgspec

from passport.disclosure import Disclosure, Number

DECIMAL: Final = "http://www.w3.org/2001/XMLSchema#decimal"
INTEGER: Final = "http://www.w3.org/2001/XMLSchema#integer"
BOOLEAN: Final = "http://www.w3.org/2001/XMLSchema#boolean"
# Terms that the contexts before this one define and protect.
KNOWN: Final = frozenset({"id", "type", "name"})


def carbon_context(base_url: str) -> dict[str, Any]:
    """Return the document served at `/ns/carbon/v1`.

    Args:
        base_url: the service's address; terms are named below it.
    """
    prefix = f"{base_url}/ns/carbon/v1#"
    terms = {"@protected": True, **_terms(Disclosure, prefix)}
    return {
        "@context": {
            "@version": 1.1,
            "@protected": True,
            "CarbonDisclosure": {"@id": f"{prefix}CarbonDisclosure", "@context": terms},
        }
    }


def _terms(model: type[msgspec.Struct], prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(model):
        if field.encode_name not in KNOWN:
            found[field.encode_name] = _term(field.type, f"{prefix}{field.encode_name}", prefix)
    return found


def _term(kind: Any, name: str, prefix: str) -> dict[str, Any]:
    if kind is Number:
        return {"@id": name, "@type": DECIMAL}
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        (kind,) = (one for one in typing.get_args(kind) if one is not msgspec.UnsetType)
        return _term(kind, name, prefix)
    if origin is typing.Annotated:
        return _term(typing.get_args(kind)[0], name, prefix)
    if origin is list:
        return {**_term(typing.get_args(kind)[0], name, prefix), "@container": "@set"}
    if origin is dict:
        return {"@id": name, "@type": "@json"}
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return {"@id": name, "@context": {"@protected": True, **_terms(kind, prefix)}}
    if kind is bool:
        return {"@id": name, "@type": BOOLEAN}
    return {"@id": name, "@type": INTEGER} if kind is int else {"@id": name}
