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
        "lot-gone": "lot-gone",
        "lot-empty": "lot-empty",
        "attributes-apart": "attributes-apart",
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
        "writer-registrar": "registrar-needed",
        "role-missing": "key-mismatch",
        "key-unknown": "key-unregistered",
        "key-revoked": "key-unregistered",
    }
)


# What a rule without a finding of its own says in Chinese, by its code or by the end of its code.
_REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "stage-unknown": "没有这个环节",
        "period-malformed": "期间必须先开始后结束",
        "lots-double": "同一批次在投入和产出中出现了两次",
        "gtin-check": "GTIN 校验位不对",
        "product-lot": "批次号里的 GTIN 与所填产品不同",
        "product-taken": "该产品已由其他主体登记",
        "facility-taken": "该场所已由其他主体登记",
        "key-exists": "同名钥匙已经登记，请换一个标签",
        "key-malformed": "公钥格式不对",
        "key-name": "公钥名称格式不对",
        "key-owner": "钥匙不属于该主体",
        "key-proof": "新钥匙没有为自己的登记签名",
        "oversell": "产出多于投入",
        "mass-balance": "有一部分重量没有去向，请写明损耗",
        "mass-zero": "批次重量不能为零",
        "mass-missing": "没有写明重量",
        "ship-to-self": "不能发货给自己",
        "amend-kind": "更正不能改变记录的类别",
        "amend-actor": "只有原主体可以更正",
        "amend-never": "这类记录不能更正",
        "amend-facility": "更正不能改变场所",
        "amend-lots": "更正不能改变批次",
        "amend-fixed": "其他记录可能已依据此项，不能改动",
        "amend-amendment": "请更正最初的记录，不要更正它的更正",
        "amend-rejected": "原记录没有生效，请重新登记",
        "ref-unknown": "账本里没有所引用的记录",
        "first-entry": "账本的第一条必须登记登记机构自己的钥匙",
        "certificate-exceeds": "证书电量多于实际用电量，请按实际用电量填写",
        "certificate-serial": "证书的序列号没有写在公开内容里",
        "certificate-slot": "该项目不以度计量，不能用绿色电力证书",
        "serial-claimed": "该序列号已被另一条记录使用；一度电、一吨减排只能计一次",
        "carbon-lot": "含碳量只在产出的批次上各写一次",
        "carbon-exceeds": "含碳量多于批次重量",
        "reversal-target": "没有该主体的这项清除，请核对相关记录编号",
        "reversal-lots": "批次须与原清除记录的批次完全相同",
        "reversal-type": "清除又失去时，事由填“清除被抵回”",
        "amount-missing": "没有写明数额",
        "owner-missing": "没有写明所有人",
        "link-slot": "该环节没有这个项目",
        "gross-below-net": "毛重低于净重；毛重含果品、包装和冰",
        "gross-far-above": "包装和冰比果品还重；请核对是否为公斤，是否误填计费重量",
        "box-teu": "40 英尺箱为 2 TEU；1 TEU 的水果不到 14 吨",
        "season-differs": "该场所的另一次结算对这一产季写法不同",
        "place-nowhere": "没有这样的坐标；不清楚就留空",
        "item-place": "这类记录没有这种明细",
        "season-gap": "往季之间缺了一年；均值只取逐年相连的产季",
        "season-order": "往季须在本季之前的年份结束",
        "season-yield": "往季缺少产量，或建园期的预计产量为零",
        "season-year": "只有建园期可另写年份",
        "season-weight": "写有往季时，批次份额须为公斤",
        "item-unknown": "没有这种明细",
        "item-missing": "缺少必填的明细内容",
        "item-malformed": "明细内容的格式不对",
        "missing": "缺少必填内容",
        "malformed": "内容的格式不对",
        "unwanted": "填写了这类记录不用的内容",
        "field": "填写了这类记录不用的内容",
        "unknown": "填写了这类记录不用的内容",
    }
)


def reason_zh(rule: str) -> str:
    """Say in Chinese what a rule asks, by its code."""
    return _REASONS.get(rule) or _REASONS.get(rule.rpartition("-")[2], "内容与账本的规则不符")


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
    reasons = {"reason": violation.message, "reason_zh": reason_zh(violation.code)}
    return finding(code, source, field=_field(violation), value=value, rule=violation.code, **reasons)
