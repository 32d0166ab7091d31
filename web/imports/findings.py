"""Word every finding in Chinese and in English: what is wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from web.imports.base import Finding, Source

# code: (Chinese message, English message, Chinese advice, English advice); {names} are filled from the context.
_WORDS: Final[Mapping[str, tuple[str, str, str, str]]] = MappingProxyType(
    {
        "file-unreadable": (
            "文件无法读取（{reason_zh}）",
            "the file cannot be read ({reason})",
            "请在表格软件中打开，另存为 .xlsx 或 UTF-8 编码的 .csv 后重试",
            "open it in a spreadsheet program, save it as .xlsx or as .csv in UTF-8, and try again",
        ),
        "file-empty": (
            "文件里没有数据行",
            "the file holds no data row",
            "在表头下面至少填写一行；空白模板可用 ecarbon entry template 生成",
            "fill in at least one row below the headers; ecarbon entry template prints an empty form",
        ),
        "kind-unknown": (
            "认不出这是哪一类表：没有任何已知表头",
            "the kind of form cannot be told: no known header was found",
            "请使用模板的表头；可用的模板：{known}",
            "use the headers of a template; templates there are: {known}",
        ),
        "header-unknown": (
            "不认识的表头“{value}”，该列没有被读取",
            'unknown header "{value}", its column was not read',
            "{suggestion_zh}",
            "{suggestion_en}",
        ),
        "header-missing": (
            "缺少必需的列“{zh}”",
            'the required column "{en}" is missing',
            "在表头行加上“{zh}”",
            'add "{en}" (or "{zh}") to the header row',
        ),
        "header-repeated": (
            "表头“{value}”出现了两次",
            'the header "{value}" stands there twice',
            "只保留一列",
            "keep one of the two columns",
        ),
        "value-missing": (
            "没有填写",
            "nothing is filled in",
            "请填写该格",
            "fill in the cell",
        ),
        "number-missing": (
            "没有填写",
            "nothing is filled in",
            "请填写该格；如果确实是零，请填 0 并写明原因",
            "fill in the cell; where the amount really is nothing, write 0 and the reason",
        ),
        "number-comma": (
            "数字“{value}”里有逗号",
            'the number "{value}" holds a comma',
            "去掉逗号，小数点用“.”，例如 {example}",
            "leave out the comma and use a point for decimals, such as {example}",
        ),
        "number-malformed": (
            "“{value}”不是数字",
            '"{value}" is not a number',
            "只写数字和一个小数点，例如 12.5；单位写在单位列",
            "write digits and one point only, such as 12.5; the unit goes into the unit column",
        ),
        "number-negative": (
            "数字“{value}”是负数",
            'the number "{value}" is negative',
            "填写正数；要更正以前的数，请用更正表",
            "write a positive number; to correct an earlier number use the corrections form",
        ),
        "gross-below-net": (
            "毛重“{value}”低于净重 {net} 公斤",
            'the gross mass "{value}" is below the net mass of {net} kg',
            "毛重是装车或装机时的重量，含果品、包装和冰；不清楚就留空",
            "the gross mass is what is loaded: the product, its packaging and its ice; leave it empty if not known",
        ),
        "unit-unknown": (
            "不认识的单位“{value}”",
            'unknown unit "{value}"',
            "请用其中之一：{known}",
            "use one of: {known}",
        ),
        "unit-impossible": (
            "“{what_zh}”不能用单位“{value}”计量",
            '"{what_en}" cannot be measured in "{value}"',
            "请换算成 {wanted} 或同类单位",
            "give it in {wanted} or a unit of the same kind",
        ),
        "unit-needs-weight": (
            "单位“{value}”没有说明每件多少公斤",
            'the unit "{value}" does not say how many kilograms one of them holds',
            "请在“{zh}”列填写每件公斤数",
            'fill in the column "{en}"',
        ),
        "date-order": (
            "日期“{value}”的顺序不对",
            'the date "{value}" is in the wrong order',
            "请按 年-月-日 填写，例如 {example}",
            "write year-month-day, such as {example}",
        ),
        "date-malformed": (
            "“{value}”不是日期",
            '"{value}" is not a date',
            "请按 年-月-日 填写，例如 2026-06-24；需要时刻时写 2026-06-24 08:30",
            "write year-month-day such as 2026-06-24, with a time where asked: 2026-06-24 08:30",
        ),
        "period-backwards": (
            "结束日期早于开始日期",
            "the period ends before it starts",
            "请检查两个日期",
            "check the two dates",
        ),
        "vehicle-electric": (
            "“{value}”不靠电行驶",
            '"{value}" does not run on electricity',
            "电动车请填“电动货车”或“电动小货车”；车型不变时，请填行驶用的燃料",
            'write "electric lorry" or "electric van" for an electric vehicle, else the fuel that drove it',
        ),
        "choice-unknown": (
            "“{value}”不在可选范围内",
            '"{value}" is not one of the choices',
            "请用其中之一：{known}",
            "use one of: {known}",
        ),
        "season-out-of-place": (
            "批次份额不属于往季“{value}”",
            'a lot\'s share does not belong to the earlier season "{value}"',
            "往季只写合计和产季产量；批次份额属于本次结算的产季",
            "earlier seasons have totals and a yield only; a lot's share belongs to the season that is settled",
        ),
        "lot-needed": (
            "没有填写批次号",
            "no lot number is filled in",
            "已有的批次照标签填写；还没有标签的新批次可填入 {fresh}（随机生成），此后各表都用这个号",
            "copy that of a lot that there is from its label; for a new lot without a label paste {fresh} (drawn by "
            "chance) and use it in every later form",
        ),
        "lot-malformed": (
            "“{value}”不是批次号（{reason_zh}）",
            '"{value}" is not a lot number ({reason})',
            "请照标签填写，例如 p:91BGH5VVASFQEG1K 或 (01)09520000000264(10)26GW-SEA1，注意校验位",
            "copy it from the label, such as p:91BGH5VVASFQEG1K or (01)09520000000264(10)26GW-SEA1; mind check digits",
        ),
        "place-nowhere": (
            "地球上没有 {place} 这个位置",
            "there is no place {place} on Earth",
            "请核对纬度和经度；不清楚时两格都留空",
            "check latitude and longitude; leave both empty where they are not known",
        ),
        "place-minutes": (
            "{place} 看起来是度和分",
            "{place} looks like degrees and minutes",
            "请写十进制度数：22度34分写作 22.57",
            "write decimal degrees: 22 degrees 34 minutes are 22.57",
        ),
        "place-far": (
            "{place} 离该口岸代码所指的口岸很远",
            "{place} is far from the port of that UN/LOCODE",
            "请核对口岸代码、纬度和经度",
            "check the UN/LOCODE, latitude and longitude",
        ),
        "country-unknown": (
            "“{value}”不是国家代码",
            '"{value}" is not a country code',
            "请填两个字母的代码，例如 CN、NL；电力因子按它选取",
            "write the two letters of the country, such as CN or NL; factors of electricity are chosen by it",
        ),
        "region-unknown": (
            "“{value}”不是地区代码",
            '"{value}" is not the code of a region',
            "请填国家与地区的代码，例如广东填 CN-GD；不清楚就留空",
            "write the codes of country and region, such as CN-GD for Guangdong, or leave the cell empty",
        ),
        "gtin-malformed": (
            "“{value}”不是 GTIN：应为 14 位数字且校验位正确",
            '"{value}" is no GTIN: 14 digits with a right check digit',
            "请从商品条码抄写，不足 14 位在前面补 0",
            "copy it from the barcode, with zeros in front up to 14 digits",
        ),
        "row-duplicate": (
            "与第 {first} 行完全相同",
            "the row is the same as row {first}",
            "删去重复的一行；若确是两次，请写明各自的时间或备注",
            "delete one of them; if it did happen twice, give each its own time or note",
        ),
        "row-not-recorded": (
            "与其他行同属“{value}”，那些行有错，本行一并没有登记",
            'the row belongs to "{value}" together with rows that have errors, so it was not taken either',
            "改正那些行后重新导入",
            "correct those rows and import again",
        ),
        "attachment-missing": (
            "找不到附件“{value}”",
            'the attachment "{value}" is not there',
            "把附件放在表格所在的文件夹（或其子文件夹）里",
            "put it into the folder of the form, or a folder below it",
        ),
        "document-needed": (
            "土地转用填 0 需要附件证明",
            "a zero for converted land needs a document",
            "在“附件”列填写证明文件名；没有证明就不要填这一行",
            'name the document in the column "attachment"; without one leave the row out',
        ),
        "reason-needed": (
            "填 0 需要写明原因",
            "a zero needs its reason",
            "在“{zh}”列写明为什么是零",
            'say why in the column "{en}"',
        ),
        "condition-out-of-place": (
            "这一行的用量不用填这一格",
            "the input of this row does not need this cell",
            "扬程和水泵效率只填在提水灌溉的行，开垦年份和碳损失只填在土地转用的行",
            "state head and efficiency beside pumped water only, conversion and loss beside converted land only",
        ),
        "reason-without-zero": (
            "“{value}”写在“零值原因”里，可数量不是 0",
            'a reason for zero ("{value}") stands beside a quantity that is not zero',
            "检查这一行是否错了一列；数量不是 0 就把该格留空",
            "see whether the row is shifted by a column; leave the cell empty where the quantity is not zero",
        ),
        "group-uneven": (
            "同一“{value}”的各行填写不一致",
            'rows of the same "{value}" do not agree',
            "同一单号的各行应填写相同内容",
            "give the same value in all rows of one number",
        ),
        "job-incomplete": (
            "“{value}”缺少{what_zh}",
            '"{value}" has no {what_en}',
            "请补上缺少的行",
            "add the missing row",
        ),
        "mass-imbalance": (
            "投入 {into} 公斤与产出加损耗 {out} 公斤不平衡，相差 {gap} 公斤",
            "{into} kg in and {out} kg out and lost do not balance: {gap} kg apart",
            "核对磅单；腐烂、修剪、水分损失要填“损耗”行",
            'check the scale tickets; decay, trimming and moisture belong into a row "loss"',
        ),
        "id-needed": (
            "编号“{value}”缺失或格式不对",
            'the id "{value}" is missing or has the wrong form',
            "新登记时可填入 {fresh}（随机生成，一旦登记就不再改变）",
            "for a new registration paste {fresh} (drawn by chance; once registered it stays)",
        ),
        "actor-unknown": (
            "主体名录里没有“{value}”",
            'the parties file does not know "{value}"',
            "使用名录中的简称、名称或 a_ 编号，或先在名录中登记",
            "use a reference, name or a_ id of the parties file, or register the party first",
        ),
        "name-shared": (
            "“{value}”是几个登记共有的名称：{ids}",
            '"{value}" is the name of several: {ids}',
            "改填其编号，或其独有的简称",
            "write the id of the one meant, or a reference that it alone has",
        ),
        "facility-unknown": (
            "主体名录里没有场所“{value}”",
            'the parties file does not know the place "{value}"',
            "使用名录中的场所简称、名称或 f_ 编号，或先登记",
            "use a reference, name or f_ id of the parties file, or register the place first",
        ),
        "lot-unknown": (
            "账本里没有批次“{value}”",
            'the ledger does not know the lot "{value}"',
            "核对批次号；先导入产生该批次的采收或作业记录",
            "check the number; import the harvest or the job that makes this lot first",
        ),
        "lot-exists": (
            "批次“{value}”已经登记过",
            'the lot "{value}" has been recorded already',
            "使用新的批次号；要改数请用更正表",
            "use a new number; to correct a figure use the corrections form",
        ),
        "lot-oversold": (
            "批次“{value}”的数量不够：账上 {have} 公斤，本行需要 {want} 公斤",
            'there is not enough of the lot "{value}": {have} kg are there, the row takes {want} kg',
            "核对批次号和磅单，不能卖出多于现有的数量",
            "check lot and scale ticket: nobody can hand over more than there is",
        ),
        "lot-used": (
            "批次“{value}”已经用完（加工、合批或拆批）",
            'the lot "{value}" has been used up (processed, merged or split)',
            "核对批次号；部分使用前要先拆批",
            "check the number; to use a part of a lot, split it first",
        ),
        "lot-gone": (
            "批次“{value}”已经整批核销",
            'the lot "{value}" has been written off as a whole',
            "核对批次号；已核销的批次不能再使用",
            "check the number; nothing can be done with a lot that was written off",
        ),
        "lot-empty": (
            "批次“{value}”已全部损耗，没有剩余",
            'all of the lot "{value}" was lost, nothing is left of it',
            "核对批次号和损耗记录；损耗写多了请用更正表",
            "check the number and the losses; correct a loss that is too large with the corrections form",
        ),
        "attributes-apart": (
            "批次“{value}”的认证属性不一致，不能混在一起",
            'the lots "{value}" are not certified alike and cannot be mixed',
            "认证批次只与同样认证的批次合批或同单加工，请分开填写",
            "merge or process certified lots only with lots that are certified alike",
        ),
        "stock-short": (
            "出库单“{value}”要 {want} 公斤，库存只有 {have} 公斤",
            'the withdrawal "{value}" takes {want} kg, the stock holds {have} kg',
            "核对重量、批次和 GTIN；入库的交接单要先导入",
            "check kilograms, lots and GTIN; import what came into the store first",
        ),
        "stock-certified": (
            "产品“{value}”的库存批次认证不一致，出库单没有写明取哪些批次",
            'lots of the product "{value}" are not certified alike, and the withdrawal does not name its lots',
            "在出库单里逐行写明批次",
            "name the lots, one row each",
        ),
        "lot-not-held": (
            "批次“{value}”目前不在该主体手里",
            'the party does not hold the lot "{value}"',
            "先导入交接单（发货与收货），再导入本行",
            "import the hand-over (ship and receive) first, then this row",
        ),
        "mass-differs": (
            "批次“{value}”账上有 {have} 公斤，本行写 {want} 公斤",
            'the ledger holds {have} kg of the lot "{value}", the row says {want} kg',
            "核对磅单；部分使用先拆批，减少的部分填“损耗”行",
            'check the scale ticket; split a lot for partial use, and put what is gone into a row "loss"',
        ),
        "facility-other": (
            "场所“{value}”属于其他主体",
            'the place "{value}" belongs to another party',
            "改用本主体的场所，或把该行归到场所的所有者",
            "use a place of this party, or give the row to the owner of the place",
        ),
        "product-unknown": (
            "批次“{value}”的产品没有登记，或不属于该主体",
            'the product of the lot "{value}" is not registered, or belongs to another party',
            "先在主体名录里登记该 GTIN",
            "register the GTIN in the list of parties first",
        ),
        "total-differs": (
            "合计与期间内各条记录之和不一致",
            "the total is not the sum of the period's records",
            "核对各条记录；记录有错先用更正单更正，再结算",
            "check the records; correct a wrong one with the corrections form, then settle",
        ),
        "close-overlaps": (
            "该场所和环节在这段时间已经结算过",
            "this place and stage have been settled for a part of this period",
            "核对起止日期；要改结算请更正原结算",
            "check both dates; to change a settlement correct the first one",
        ),
        "sharing-doubtful": (
            "各批次的分摊与账上不符：{zh}",
            "what lots share does not fit the book: {en}",
            "核对磅单、批次和单价；若确实如此，可照样登记",
            "check scale tickets, lots and prices; if they are right, record the row as it is",
        ),
        "weight-missing": (
            "批次份额不全，或单位不一致，或全为零",
            "a lot's share is missing, the units differ, or all shares are zero",
            "每个批次填一行份额，单位相同",
            "give one share for every lot, all in one unit",
        ),
        "key-mismatch": (
            "没有“{value}”的签名钥匙，也没有其代管方的钥匙",
            'there is no key of "{value}" or of its keeper',
            "换用该主体的钥匙（--key），或由其代管方导入这些行",
            "use that party's key (--key), or let its keeper import these rows",
        ),
        "registrar-needed": (
            "登记主体、场所、产品和钥匙须由登记机构签名",
            "parties, facilities, products and keys are registered by the registrar",
            "换用登记机构的钥匙：--key 后写 keys/registrar.key 文件的路径",
            "sign with the registrar's key: --key and the path of its file keys/registrar.key",
        ),
        "key-unregistered": (
            "钥匙“{value}”没有在账本登记，或已被吊销、冻结",
            'the key "{value}" is not registered in the ledger, or it is revoked or frozen',
            "请登记机构登记或更换钥匙",
            "ask the registrar to register or replace the key",
        ),
        "ship-missing": (
            "找不到对应的发货记录",
            "no matching shipment is on record",
            "先导入发货方的发货行，并核对批次和收货方",
            "import the sender's shipment first, and check lot and receiver",
        ),
        "correction-target": (
            "找到 {count} 条可更正的记录，应恰好一条",
            "{count} records match what is to be corrected; it must be exactly one",
            "核对场所、环节、日期、品名和原数量，或填写条目编号",
            "check place, stage, date, input and old quantity, or give the entry id",
        ),
        "rule-broken": (
            "不符合记账规则 {rule}（{reason_zh}）",
            "the row breaks the rule {rule} ({reason})",
            "按提示改正后重新导入",
            "correct it and import again",
        ),
    }
)


def words(code: str) -> tuple[str, str, str, str]:
    """Give the four templates of a finding."""
    return _WORDS[code]


def codes() -> tuple[str, ...]:
    """List every finding there is."""
    return tuple(_WORDS)


def finding(code: str, source: Source, *, field: str = "", value: str = "", **context: Any) -> Finding:
    """Make a finding at a place, worded in both languages."""
    shown = value if len(value) <= 60 else value[:57] + "..."
    texts = [template.format(value=shown, **context) for template in _WORDS[code]]
    return Finding(
        file=source.file,
        sheet=source.sheet,
        row=source.row,
        field=field,
        code=code,
        value=shown,
        message_zh=texts[0],
        message_en=texts[1],
        advice_zh=texts[2],
        advice_en=texts[3],
    )
