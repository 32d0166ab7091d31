"""Word the rules of the book that a row breaks, in both languages, at the row's place in its file."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from ledger.book.violation import Violation
from web.imports.base import Draft, Finding
from web.imports.findings import finding

_LOT: Final = "批次 / lot"
_AMOUNT: Final = "数量 / quantity"
_ACTOR: Final = "负责人 / actor"

_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "lots": _LOT,
        "data.in": _LOT,
        "data.out": _LOT,
        "data.product": _LOT,
        "data.period": "日期 / date",
        "event_time": "日期 / date",
        "recorded_by": _ACTOR,
        "actor": _ACTOR,
        "facility": "场所 / facility",
        "stage": "环节 / stage",
        "data.to": "对方 / counterpart",
    }
)

# Rule of the book -> finding that says the same to people.
_SAME: Final[Mapping[str, str]] = MappingProxyType(
    {
        "lot-unknown": "lot-unknown",
        "lot-exists": "lot-exists",
        "lot-taken": "lot-exists",
        "lot-consumed": "lot-used",
        "lot-custody": "lot-not-held",
        "lot-other": "lot-not-held",
        "product-unknown": "product-unknown",
        "product-other": "product-unknown",
        "ship-missing": "ship-missing",
        "ship-other": "ship-missing",
        "ship-lots": "ship-missing",
        "ship-closed": "ship-missing",
        "total-differs": "total-differs",
        "close-overlaps": "close-overlaps",
        "weight-missing": "weight-missing",
        "weight-unit": "weight-missing",
        "weight-zero": "weight-missing",
        "zero-document": "document-needed",
        "facility-other": "facility-other",
        "facility-unknown": "facility-unknown",
        "writer-other": "key-mismatch",
        "writer-registrar": "key-mismatch",
        "role-missing": "key-mismatch",
        "key-unknown": "key-unregistered",
        "key-revoked": "key-unregistered",
    }
)


def _masses(context: Mapping[str, Any]) -> tuple[str, dict[str, str]] | None:
    """Choose the finding about masses that the context speaks of."""
    if "difference_kg" in context:
        lost = [str(context[name]) for name in ("out_kg", "loss_kg")]
        gap = str(context["difference_kg"]).removeprefix("-")
        return "mass-imbalance", {"into": str(context["in_kg"]), "out": " + ".join(lost), "gap": gap}
    for code, have, want in (
        ("lot-oversold", "limit_kg", "stated_kg"),
        ("lot-oversold", "left_kg", "lost_kg"),
        ("mass-differs", "expected_kg", "stated_kg"),
    ):
        if have in context and want in context:
            return code, {"have": str(context[have]), "want": str(context[want])}
    return None


def _field(violation: Violation) -> str:
    if violation.field.startswith("items."):
        return _AMOUNT
    return _FIELDS.get(violation.field, violation.field)


def explain(violation: Violation, draft: Draft) -> Finding:
    """Word a broken rule as a finding about the draft's row, at the lot's own row where there is one."""
    context = violation.context
    lots = context.get("lots") or draft.lots
    lot = str(context.get("lot") or (lots[0] if len(lots) == 1 else " ".join(lots)))
    source = draft.row_of(lot)
    masses = _masses(context)
    if masses is not None:
        code, figures = masses
        return finding(code, source, field=_AMOUNT, value=lot, **figures)
    code = _SAME.get(violation.code, "rule-broken")
    value = {_ACTOR: draft.actor, "场所 / facility": draft.facility}.get(_field(violation), lot)
    return finding(code, source, field=_field(violation), value=value, rule=violation.code, reason=violation.message)
