"""Read the list of parties: actors, their facilities and products, and the keys they sign with.

Everything public about them is a pseudonym; names, places and contacts are items. `id` is drawn once, by chance, and
kept: a row without one is answered with a fresh id to paste.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from iocore.ports import place_fault
from ledger.book.kind import known_roles
from ledger.ids import is_code, is_gtin
from web.imports.base import Draft
from web.imports.directory import ALIAS, is_actor_id, is_facility_id
from web.imports.parts import ItemDraft
from web.imports.row import Choices, Column, Row, header_key, known
from web.imports.rows import FileKind
from web.imports.vocabulary import AUDIENCE, AUDIENCE_COLUMN, DATE, OFFSET, PLACE, ROLE, UNIT, forms, varieties

_COUNTRY: Final = re.compile("[A-Z]{2}")
_REGION: Final = re.compile("[A-Z]{2}-[A-Z0-9]{1,3}")
_TYPE: Final[Choices] = {
    "actor": ("主体", "actor"),
    "facility": ("场所", "facility"),
    "product": ("产品", "product"),
    "key": ("钥匙", "key"),
}
_CLIMATE: Final[Choices] = {"wet": ("湿润", "wet"), "dry": ("干旱", "dry")}


def fresh_id(prefix: str) -> str:
    """Draw a new pseudonym: `a` for actors, `f` for facilities."""
    return f"{prefix}_{base64.b32encode(secrets.token_bytes(10)).decode('ascii').lower()}"


def _build(rows: Sequence[Row]) -> Iterable[Draft]:
    row = rows[0]
    kind = row.choice("type", _TYPE)
    moment = row.moment("date")
    if kind == "actor":
        yield _actor(row, moment)
    elif kind == "facility":
        yield _facility(row, moment)
    elif kind == "product":
        yield _product(row, moment)
    elif kind == "key":
        yield _key(row, moment)


def _actor(row: Row, moment: str) -> Draft:
    data = {"keeper": row.text("owner"), "roles": _roles(row)}
    actor = _id(row, "a")
    return _draft(row, actor, "", "register_actor", data, moment)


def _facility(row: Row, moment: str) -> Draft:
    data = {"type": (_codes(row, PLACE) or [""])[0]}
    draft = _draft(row, row.text("owner", required=True), _id(row, "f"), "register_facility", data, moment)
    return replace(draft, items=(*draft.items, *_climate(row)))


def _climate(row: Row) -> list[ItemDraft]:
    """Read whether the soil of a facility is wet or dry; a source makes it a document."""
    zone = row.choice("climate", _CLIMATE, required=False)
    if not zone:
        return []
    source = row.text("climate_source")
    value = {"zone": zone, "evidence": "document" if source else "own_statement"}
    return [("climate", {**value, **({"source": source} if source else {})})]


def _product(row: Row, moment: str) -> Draft:
    gtin = row.text("gtin", required=True)
    if gtin and not is_gtin(gtin):
        row.fail("gtin-malformed", "gtin")
    data = {"gtin": gtin, "kind": row.choice("form", forms()), "variety_code": row.choice("variety", varieties())}
    return _draft(row, row.text("owner", required=True), "", "register_product", data, moment)


def _key(row: Row, moment: str) -> Draft:
    data: dict[str, Any] = {"keeper": "", "roles": _roles(row), "label": row.text("reference", required=True)}
    for field in ("vkey", "proof"):
        if row.filled(field):
            data[field] = row.text(field)
    owner = row.text("owner", required=True)
    return Draft(owner, "", "register_key", "", data, (), (), moment, row.source)


def _draft(row: Row, actor: str, facility: str, kind: str, data: dict[str, Any], moment: str) -> Draft:
    return Draft(actor, facility, kind, "", data, (), tuple(_items(row)), moment, row.source)


def _items(row: Row) -> Iterable[ItemDraft]:
    shown = row.choice("audience", AUDIENCE, required=False, default="full")
    names = (("name", "name_zh", "zh"), ("name", "name_en", "en"), ("name_eu", "name_eu", "en"))
    for item, column, language in names:
        if row.filled(column):
            yield item, {"text": row.text(column), "lang": language, "audience": shown}
    place = {
        "country": _country(row),
        "region": _region(row),
        "locode": row.text("locode").upper(),
        "text": row.text("address"),
    }
    place.update(_coordinates(row, place["locode"]))
    place.update(_area(row))
    if any(place.values()):
        yield "place", {**{key: text for key, text in place.items() if text}, "audience": shown}
    if row.filled("contact"):
        yield "contact", {"text": row.text("contact")}
    if row.filled("reference"):
        yield "identifier", {"scheme": ALIAS, "value": row.text("reference")}


def _coordinates(row: Row, locode: str) -> dict[str, str]:
    """Read latitude and longitude; a fault when they cannot be those of the place."""
    if not row.filled("latitude") and not row.filled("longitude"):
        return {}
    found = {name: row.number(name, signed=True) for name in ("latitude", "longitude")}
    if not all(found.values()):
        return {}
    fault = place_fault(locode, Decimal(found["latitude"]), Decimal(found["longitude"]))
    if fault:
        row.fail(f"place-{fault}", "latitude", place=f"{found['latitude']} {found['longitude']}")
    return found


def _area(row: Row) -> dict[str, str]:
    """Read how large a place is, in mu; an orchard's emissions per hectare need it."""
    area = row.amount("area", "mu", what=("面积", "area"), required=False)
    return {"area": area.quantity, "unit": area.unit} if area else {}


def _id(row: Row, prefix: str) -> str:
    text = row.text("id")
    if (is_actor_id if prefix == "a" else is_facility_id)(text):
        return text
    row.fail("id-needed", "id", value=text, fresh=fresh_id(prefix))
    return ""


def _roles(row: Row) -> list[str]:
    roles = _codes(row, ROLE)
    if not known_roles().issuperset(roles):
        row.fail("choice-unknown", "roles", known=known(ROLE))
    return roles


def _codes(row: Row, words: Choices) -> list[str]:
    """Read words or codes, several of them between blanks, commas or semicolons."""
    codes = {header_key(name): code for code, names in words.items() for name in names}
    text = row.text("roles", required=True)
    for phrase in (name for names in words.values() for name in names if " " in name):
        text = text.replace(phrase, phrase.replace(" ", ""))
    parts = re.sub("[、，,；;]", " ", text).split()
    read = [codes.get(header_key(part), part) for part in parts]
    if not all(is_code(code) for code in read):
        row.fail("choice-unknown", "roles", known=known(words))
        return []
    return sorted(set(read))


def _country(row: Row) -> str:
    """Read a country as two letters, or China by its name: factors of electricity are chosen by it."""
    country = row.text("country").upper()
    code = "CN" if country in ("中国", "CHINA") else country
    if code and not _COUNTRY.fullmatch(code):
        row.fail("country-unknown", "country")
    return code


def _region(row: Row) -> str:
    """Read a part of a country as a passport prints it, such as `CN-GD`."""
    region = row.text("region").upper()
    if region and not _REGION.fullmatch(region):
        row.fail("region-unknown", "region")
    return region


IMPORT: Final = FileKind(
    code="parties",
    title_zh="主体名录",
    title_en="List of parties",
    columns=(
        Column("type", "类别", "type", required=True),
        DATE,
        Column("reference", "简称", "reference", required=True),
        Column("id", "编号", "id", required=True),
        Column("owner", "所属或代管方", "owner or keeper"),
        Column("roles", "角色或类型", "roles or type", required=True),
        Column("name_zh", "中文名", "Chinese name"),
        Column("name_en", "英文名", "English name"),
        Column("name_eu", "欧盟中性品名", "neutral EU name"),
        Column("gtin", "GTIN", "GTIN-14"),
        Column("form", "形态", "form"),
        Column("variety", "品种", "variety"),
        Column("country", "国家", "country"),
        Column("region", "地区代码", "region"),
        Column("locode", "口岸代码", "UN/LOCODE"),
        Column("latitude", "纬度", "latitude"),
        Column("longitude", "经度", "longitude"),
        Column("address", "地址", "address"),
        Column("area", "面积", "area"),
        UNIT,
        Column("climate", "气候", "climate"),
        Column("climate_source", "气候依据", "climate source"),
        Column("contact", "联系方式", "contact"),
        Column("vkey", "公钥", "verifier key"),
        Column("proof", "公钥证明", "key proof"),
        AUDIENCE_COLUMN,
        OFFSET,
    ),
    words=(_TYPE, _CLIMATE),
    build=_build,
    examples=(
        {
            "type": "主体",
            "date": "2026-05-20",
            "reference": "g1",
            "id": "a_uznqx7bug37jo4ne",
            "owner": "coop",
            "roles": "种植户",
            "name_zh": "（种植户姓名）",
            "country": "CN",
            "region": "CN-GD",
        },
        {
            "type": "场所",
            "date": "2026-05-20",
            "reference": "orchard-g1",
            "id": "f_g5uc6dryavaemt75",
            "owner": "g1",
            "roles": "果园",
            "country": "CN",
            "region": "CN-GD",
            "area": "48",
            "unit": "亩",
        },
        {
            "type": "场所",
            "date": "2026-05-20",
            "reference": "packhouse",
            "id": "f_7nq3vkz2mtwhxe5a",
            "owner": "coop",
            "roles": "packhouse",
            "country": "CN",
            "region": "CN-GD",
            "audience": "公开",
        },
        {
            "type": "产品",
            "date": "2026-05-20",
            "reference": "guiwei",
            "owner": "coop",
            "roles": "product",
            "name_zh": "（中文品名）",
            "name_eu": "Fresh lychee, variety Guiwei",
            "gtin": "09520000000264",
            "form": "鲜果",
            "variety": "桂味",
            "audience": "公开",
        },
        {"type": "钥匙", "date": "2026-05-20", "reference": "2026", "owner": "coop", "roles": "cooperative packer"},
    ),
)
