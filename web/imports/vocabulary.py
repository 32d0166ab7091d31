"""Know the words that people write for evidence, inputs, places and causes, and the columns that many forms share."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from types import MappingProxyType
from typing import Final

from ledger.book.product import products
from ledger.book.stage import COMMON_SLOTS, stages
from passport.i18n import catalogue
from web.imports.measure import UNIT_NAMES
from web.imports.row import Choices, Column


def _named(group: str, codes: Iterable[str]) -> Choices:
    """Name codes as the catalogues do: in Chinese, or by the code itself."""
    chinese = catalogue("zh-Hans")
    return {code: (chinese.name(group, code), code.replace("_", " "), code) for code in codes}


EVIDENCE: Final[Choices] = MappingProxyType(
    {
        "meter": ("电表", "meter", "读表", "表计", "计量表"),
        "invoice": ("发票", "invoice"),
        "scale_ticket": ("磅单", "scale ticket", "地磅"),
        "document": ("单据", "document", "文件"),
        "own_statement": ("自述", "own statement", "口述", "自记"),
        "estimate": ("估计", "estimate", "估算"),
    }
)

AUDIENCE: Final[Choices] = MappingProxyType(
    {"public": ("公开", "public"), "partner": ("伙伴", "partner", "合作方"), "full": ("不公开", "full", "仅核查")}
)

STAGE: Final[Choices] = MappingProxyType(
    {
        "orchard": ("果园", "orchard"),
        "harvest": ("采收", "harvest", "采摘"),
        "precooling": ("预冷", "pre-cooling"),
        "packing": ("包装厂", "packing", "分级包装"),
        "drying": ("烘干", "drying"),
        "cold_store": ("冷库", "cold store"),
        "road": ("公路", "road"),
        "port": ("港口", "port"),
        "customs": ("海关", "customs"),
        "rail": ("铁路", "rail"),
        "sea": ("海运", "sea"),
        "air": ("空运", "air"),
        "import_terminal": ("进口码头", "import terminal"),
        "retail": ("零售", "retail"),
        "waste": ("废弃物", "waste"),
    }
)

SLOT: Final[Choices] = MappingProxyType(
    {
        "urea": ("尿素", "urea"),
        "npk": ("复合肥", "compound fertilizer", "npk", "复合肥15-15-15"),
        "organic_manure": ("有机肥", "organic manure"),
        "pesticide": ("农药", "pesticide", "除草剂", "杀虫剂", "杀菌剂"),
        "diesel": ("柴油", "diesel"),
        "electricity": ("用电", "electricity", "电"),
        "irrigation_water": ("灌溉用水", "irrigation water"),
        "pumped_water": ("提水灌溉", "pumped water", "抽水灌溉"),
        "mulch_film": ("地膜", "mulch film"),
        "inbound_work": ("投入品运入", "carriage of inputs", "农资运入", "包材运入"),
        "land_converted": ("土地转用", "land converted"),
        "nitrogen": ("纯氮", "nitrogen", "折纯氮"),
        "nitrate_nitrogen": ("硝态氮", "nitrate nitrogen"),
        "ammonium_nitrate": ("硝酸铵", "ammonium nitrate", "硝铵"),
        "ammonium_bicarbonate": ("碳酸氢铵", "ammonium bicarbonate", "碳铵"),
        "ammonium_chloride": ("氯化铵", "ammonium chloride", "氯铵"),
        "diammonium_phosphate": ("磷酸二铵", "diammonium phosphate", "二铵", "DAP"),
        "monoammonium_phosphate": ("磷酸一铵", "monoammonium phosphate", "一铵", "MAP"),
        "manure_chicken": ("鸡粪", "chicken manure"),
        "manure_pig": ("猪粪", "pig manure"),
        "manure_cattle": ("牛粪", "cattle manure"),
        "manure_sheep": ("羊粪", "sheep manure"),
        "residue_nitrogen": ("还田枝叶纯氮", "residue nitrogen"),
        "phosphate": ("五氧化二磷", "phosphate", "纯磷"),
        "superphosphate": ("过磷酸钙", "superphosphate", "普钙"),
        "fused_phosphate": ("钙镁磷肥", "fused phosphate"),
        "potash": ("氧化钾", "potash", "纯钾"),
        "potassium_chloride": ("氯化钾", "potassium chloride"),
        "potassium_sulfate": ("硫酸钾", "potassium sulfate"),
        "limestone": ("石灰石粉", "limestone", "农用石灰"),
        "dolomite": ("白云石粉", "dolomite"),
        "quicklime": ("生石灰", "quicklime", "石灰"),
        "herbicide": ("除草剂有效成分", "herbicide active ingredient"),
        "insecticide": ("杀虫剂有效成分", "insecticide active ingredient"),
        "fungicide": ("杀菌剂有效成分", "fungicide active ingredient"),
        "gasoline": ("汽油", "gasoline", "petrol"),
        "lpg": ("液化气", "LPG", "液化石油气"),
        "wood": ("木柴", "wood", "柴火"),
        "hdpe_crate": ("塑料筐", "HDPE crate"),
        "board": ("纸箱", "cartons", "board", "纸板"),
        "sugar": ("加入的糖", "sugar", "白糖", "白砂糖"),
        "foam_box": ("泡沫箱", "foam box"),
        "film": ("保鲜膜", "film", "塑料膜"),
        "ice": ("冰", "ice", "冰袋"),
        "water": ("清洗用水", "water"),
        "waste_compost": ("堆肥废果", "waste composted", "废果堆肥"),
        "waste_landfill": ("填埋废弃物", "waste landfilled"),
        "refrigerant_r404a": ("制冷剂R404A", "refrigerant R404A", "制冷剂"),
        "moves": ("吊装次数", "moves"),
        "plug_hours": ("插电小时", "plug hours"),
        "plug_energy": ("插电电量", "plug energy"),
        "dwell": ("停留小时", "dwell"),
    }
)

ROLE: Final[Choices] = MappingProxyType(
    {
        "grower": ("种植户", "grower", "果农", "农户"),
        "cooperative": ("合作社", "cooperative"),
        "packer": ("包装厂", "packer", "包装商"),
        "cold_store": ("冷库", "cold store"),
        "haulier": ("承运人", "haulier", "车队", "物流公司"),
        "freight_agent": ("货运代理", "freight agent", "货代"),
        "port": ("港口", "port"),
        "terminal": ("码头", "terminal"),
        "carrier": ("船公司", "carrier"),
        "airline": ("航空公司", "airline"),
        "customs": ("海关", "customs"),
        "importer": ("进口商", "importer"),
        "retailer": ("零售商", "retailer", "超市"),
        "auditor": ("审核员", "auditor"),
        "assurance_provider": ("鉴证机构", "assurance provider"),
        "issuer": ("签发方", "issuer"),
        "operator": ("运营方", "operator"),
        "registrar": ("登记机构", "registrar"),
    }
)
PLACE: Final[Choices] = MappingProxyType(
    {
        "orchard": ("果园", "orchard"),
        "packhouse": ("包装厂", "packhouse"),
        "precooler": ("预冷间", "precooler", "预冷库"),
        "cold_store": ("冷库", "cold store"),
        "dryer": ("烘干房", "dryer"),
        "winery": ("酒厂", "winery"),
        "fleet": ("车队", "fleet"),
        "terminal": ("码头", "terminal"),
        "vessel": ("船舶", "vessel"),
        "airport": ("机场", "airport"),
        "shop": ("门店", "shop"),
    }
)
ATTRIBUTE: Final[Choices] = MappingProxyType(
    {
        "organic": ("有机", "organic"),
        "gap": ("良好农业规范", "good agricultural practice", "gap"),
        "geographical_indication": ("地理标志", "geographical indication"),
        "fair_trade": ("公平贸易", "fair trade"),
    }
)
CAUSE: Final[Choices] = MappingProxyType(
    {"decay": ("腐烂", "decay"), "moisture": ("失水", "moisture"), "damage": ("机械伤", "damage", "破损")}
)
WRITE_OFF_CAUSE: Final[Choices] = MappingProxyType(
    {
        "spoiled": ("腐坏", "spoiled", "变质"),
        "destroyed": ("损毁", "destroyed", "销毁"),
        "recalled": ("召回", "recalled"),
        "seized": ("扣押", "seized", "没收"),
        "stolen": ("被盗", "stolen"),
        "missing": ("遗失", "missing", "丢失"),
    }
)
TREATMENT: Final[Choices] = MappingProxyType(
    {
        "compost": ("堆肥", "compost"),
        "landfill": ("填埋", "landfill"),
        "digestion": ("沼气", "digestion", "厌氧消化"),
        "incineration": ("焚烧", "incineration"),
        "feed": ("饲料", "feed", "animal feed"),
        "none": ("无", "none"),
    }
)
LEG: Final[Choices] = MappingProxyType(
    {
        "pre_carriage": ("短驳", "pre-carriage", "集货"),
        "main_carriage": ("干线", "main carriage"),
        "on_carriage": ("末端", "on-carriage", "配送"),
    }
)
VEHICLE: Final[Choices] = MappingProxyType(
    {
        "van_diesel": ("厢式小货车", "van", "van_diesel"),
        "rigid_7t5_17": ("7.5-17吨货车", "rigid 7.5-17 t"),
        "rigid_7t5_17_reefer": ("7.5-17吨冷藏车", "rigid 7.5-17 t reefer"),
        "rigid_17": ("17吨以上货车", "rigid over 17 t"),
        "rigid_17_reefer": ("17吨以上冷藏车", "rigid over 17 t reefer"),
        "artic_33": ("33吨以上半挂车", "articulated over 33 t"),
        "artic_33_reefer": ("33吨以上冷藏半挂车", "articulated over 33 t reefer"),
        "van_electric": ("电动小货车", "electric van"),
        "truck_electric": ("电动货车", "electric lorry"),
        "rail": ("火车", "train", "铁路"),
    }
)
VESSEL: Final[Choices] = MappingProxyType(
    {
        "container_reefer": ("冷藏箱航线", "reefer box service"),
        "container_ship": ("集装箱船", "container ship"),
        "container_ship_5000": ("5000-7999TEU集装箱船", "container ship 5000-7999 TEU"),
        "container_ship_8000": ("8000TEU以上集装箱船", "container ship over 8000 TEU"),
    }
)
TRUCK_ENERGY: Final[Choices] = MappingProxyType(
    {
        "diesel": ("柴油", "diesel"),
        "gasoline": ("汽油", "petrol", "gasoline"),
        "lng": ("液化天然气", "LNG"),
        "natural_gas": ("压缩天然气", "natural gas", "CNG", "天然气"),
        "electricity": ("电", "electricity"),
    }
)
BASIS: Final[Choices] = MappingProxyType(
    {
        "shortest_feasible": ("最短可行", "shortest feasible"),
        "planned": ("计划", "planned"),
        "great_circle": ("大圆", "great circle"),
        "odometer": ("里程表", "odometer"),
    }
)
PASSAGE: Final[Choices] = MappingProxyType(
    {
        "suez": ("苏伊士", "Suez"),
        "cape": ("好望角", "Cape of Good Hope", "cape"),
        "panama": ("巴拿马", "Panama"),
        "arctic": ("北极", "Arctic"),
    }
)


def slot_words(code: str) -> tuple[str, str]:
    """Name a slot in Chinese and English."""
    return (slots_named()[code][0] if code in slots_named() else code, code.replace("_", " "))


ACTOR: Final = Column("actor", "负责人", "actor", ("记录主体", "party", "种植户"), required=True, spread=True)
FACILITY: Final = Column("facility", "场所", "facility", ("地块", "设施", "place"), spread=True)
DATE: Final = Column("date", "日期", "date", ("时间", "time"), required=True, spread=True)
LAST_DATE: Final = Column("last_date", "截止日期", "last date", ("结束日期", "end date"), spread=True)
OFFSET: Final = Column("offset", "时区", "UTC offset", ("timezone",), spread=True)
LOT: Final = Column("lot", "批次", "lot", ("批次号", "批次码", "lot number"))
UNIT: Final = Column("unit", "单位", "unit")
QUANTITY: Final = Column("quantity", "数量", "quantity", ("用量", "amount"))
EVIDENCE_COLUMN: Final = Column("evidence", "凭证", "evidence", ("凭证类型",))
REASON: Final = Column("reason", "零值原因", "reason for zero")
ATTRIBUTE_COLUMN: Final = Column("attribute", "认证", "certified as", ("认证属性",))
CARBON_COLUMN: Final = Column("carbon", "含碳量(公斤)", "carbon content (kg)", ("含碳量",))
NOTE: Final = Column("note", "备注", "note", ("remarks", "说明"))
AUDIENCE_COLUMN: Final = Column("audience", "公开范围", "audience")
NET_MASS: Final = Column("mass", "净重(公斤)", "net mass (kg)", ("净重", "net mass"))
GROSS_MASS: Final = Column("gross", "毛重(公斤)", "gross mass (kg)", ("毛重", "gross mass", "gross weight (kg)"))
ORIGIN: Final = Column("origin", "起点", "from", ("起运地",), spread=True)
DESTINATION: Final = Column("destination", "终点", "to", ("目的地",), spread=True)
DISTANCE: Final = Column("distance", "里程(公里)", "distance (km)", ("里程", "distance"), required=True, spread=True)
DISTANCE_SOURCE: Final = Column("distance_source", "里程来源", "distance source", spread=True)
DISTANCE_BASIS: Final = Column("distance_basis", "里程口径", "distance basis", spread=True)
PLUG_HOURS: Final = Column("plug_hours", "插电小时", "plug hours")
PLUG_ENERGY: Final = Column("plug_energy", "插电电量(度)", "plug energy (kWh)")
TEU: Final = Column("teu", "箱型(TEU)", "box (TEU)", ("TEU",), spread=True)
LOAD: Final = Column("load", "全箱货重(公斤)", "whole cargo (kg)", ("全箱货重",), spread=True)


@cache
def stages_named() -> Choices:
    """Give all stages, by what people call them and as the catalogues name them where no such words are known."""
    return {**STAGE, **_named("stage", [code for code in stages() if code not in STAGE])}


@cache
def slots_named() -> Choices:
    """Give the slots of all stages in the same way."""
    known = {slot.code for stage in stages().values() for slot in (*stage.slots, *COMMON_SLOTS)}
    return {**SLOT, **_named("slot", sorted(known - SLOT.keys()))}


@cache
def forms() -> Choices:
    """Give the forms of product, named in Chinese or by code."""
    return _named("product", products())


@cache
def varieties() -> Choices:
    """Give the varieties of all forms of product, named in Chinese or by code."""
    return _named("variety", sorted({code for product in products().values() for code in product.varieties}))


#: What stands in the example rows of forms and is nobody's to choose from.
_EXAMPLES: Final = MappingProxyType(
    {
        "袋": "bag",
        "从化": "Conghua",
        "上海": "Shanghai",
        "地图导航": "map service",
        "广州至阿姆斯特丹大圆距离": "great circle Guangzhou-Amsterdam",
        "海运航线网络，南沙经苏伊士至鹿特丹": "Nansha-Rotterdam via Suez, sea route network",
        "屋顶光伏": "rooftop solar",
        "每两年取土样": "soil sampled every two years",
        "（供应商名称）": "(name of the supplier)",
        "（种植户姓名）": "(name of the grower)",
        "（中文品名）": "(Chinese product name)",
    }
)


def in_english(text: str, own: Iterable[Choices]) -> str:
    """Say a cell of an example row in English.

    Args:
        text: the cell.
        own: words that only the form offers; they go before what many forms share.
    """
    shared = (stages_named(), slots_named(), EVIDENCE, AUDIENCE, ROLE, CAUSE, WRITE_OFF_CAUSE, TREATMENT, LEG, VEHICLE)
    for names in (names for choices in (*own, *shared, forms(), varieties()) for names in choices.values()):
        if names[0] == text and len(names) > 1:
            return names[1]
    return UNIT_NAMES.get(text) or _EXAMPLES.get(text, text)
