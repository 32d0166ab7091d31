"""Word the rules of the book that a row breaks, in both languages, at the row's place in its file."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledger.book.violation import Violation
from web.imports.base import Draft, Finding
from web.imports.findings import finding

_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "lots": "批次 / lot",
        "data.in": "批次 / lot",
        "data.out": "批次 / lot",
        "data.period": "日期 / date",
        "event_time": "日期 / date",
        "recorded_by": "负责人 / actor",
        "actor": "负责人 / actor",
        "facility": "场所 / facility",
        "stage": "环节 / stage",
        "data.to": "对方 / counterpart",
    }
)


def _field(violation: Violation) -> str:
    if violation.field.startswith("items."):
        return "数量 / quantity"
    return _FIELDS.get(violation.field, violation.field)


def explain(violation: Violation, draft: Draft) -> Finding:
    """Word a broken rule as a finding about the draft's row."""
    field = _field(violation)
    context = violation.context
    lot = str(context.get("lot", "") or " ".join(map(str, context.get("lots", ()))) or " ".join(draft.lots))
    return finding("rule-broken", draft.source, field=field, value=lot, rule=violation.code, reason=violation.message)
