"""Write the JSON Schema of entries, generated from the types that read them."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ledger.book.kind import kinds
from ledger.book.stage import life_cycle
from ledger.ids import (
    ACTOR_PATTERN,
    DIGEST_PATTERN,
    FACILITY_PATTERN,
    HEX_PATTERN,
    LOT_PATTERN,
)

SCHEMA_PATH: Final = "/schemas/entry/v1"
_TEMPLATE: Final = "#/$defs/{name}"


def entry_schema(base_url: str = "") -> dict[str, Any]:
    """Describe line 2 of an entry: the twelve fields, and the data of every kind.

    Args:
        base_url: where the schema is served, for its `$id`.
    """
    known = kinds()
    schemas, definitions = msgspec.json.schema_components(
        [kind.data for kind in known.values()], ref_template=_TEMPLATE
    )
    cases = [
        {
            "if": {"properties": {"kind": {"const": kind.code}}},
            "then": {"properties": {"data": schema, **_presence(kind.stage, kind.facility, kind.lots, kind.refs)}},
        }
        for kind, schema in zip(known.values(), schemas, strict=True)
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{base_url}{SCHEMA_PATH}",
        "title": "ecarbon entry, version 1",
        "description": "The JSON on line 2 of a note whose line 1 is ecarbon/entry@v1.",
        "type": "object",
        "additionalProperties": False,
        "required": list(_FIELDS),
        "properties": {
            **_FIELDS,
            "kind": {"enum": list(known)},
            "stage": {"enum": ["", *(stage.code for stage in life_cycle())]},
        },
        "allOf": cases,
        "$defs": definitions,
    }


def _presence(stage: str, facility: str, lots: str, refs: tuple[int, int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, wanted in (("stage", stage), ("facility", facility)):
        if wanted == "required":
            found[name] = {"minLength": 1}
        elif wanted == "none":
            found[name] = {"const": ""}
    if lots == "required":
        found["lots"] = {"minItems": 1}
    elif lots == "none":
        found["lots"] = {"maxItems": 0}
    found["refs"] = {"minItems": refs[0], "maxItems": refs[1]}
    return found


def _texts(pattern: str) -> dict[str, Any]:
    return {"type": "array", "uniqueItems": True, "items": {"type": "string", "pattern": pattern}}


_FIELDS: Final[dict[str, Any]] = {
    "actor": {"type": "string", "pattern": ACTOR_PATTERN},
    "data": {"type": "object"},
    "event_time": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"},
    "facility": {"type": "string", "pattern": f"^(|{FACILITY_PATTERN[1:-1]})$"},
    "items": _texts(DIGEST_PATTERN),
    "kind": {"type": "string"},
    "lots": _texts(LOT_PATTERN),
    "prev": {"type": "string", "pattern": HEX_PATTERN},
    "recorded_by": {"type": "string", "pattern": ACTOR_PATTERN},
    "refs": _texts(HEX_PATTERN),
    "seq": {"type": "integer", "minimum": 1, "maximum": 2**53 - 1},
    "stage": {"type": "string"},
}
