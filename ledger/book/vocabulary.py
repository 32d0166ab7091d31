"""Name the items that entries may carry and the form of their values.

Every number is a decimal string; every unit is of the table in `iocore.units`. An item of a name that is not here is
refused, so that a slip of the pen is not taken for silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from iocore.errors import IOCoreError
from iocore.units import UNITS, parse_decimal
from ledger.book.item import AUDIENCES, Item
from ledger.book.violation import Violation
from ledger.ids import is_code, is_lot_id

EVIDENCE: Final = ("meter", "invoice", "scale_ticket", "document", "own_statement", "estimate")
#: Passages that a voyage may take.
PASSAGES: Final = ("suez", "cape", "panama", "arctic")
MASS_ROLES: Final = ("in", "out", "at", "loss")
#: What a removal measures: kilograms of char, of CO2 emitted and stored, of carbon in soil or wood, and parts of char.
MEASURED_OF: Final = ("biochar", "carbon", "stable", "emitted", "stored", "stock", "change")
_SECTOR: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,31}:[A-Za-z0-9._-]{1,48}\Z")
_YEAR: Final = re.compile(r"[0-9]{4}\Z")
_SEASON: Final = re.compile(r"([0-9]{4}|establishment)\Z")
_LOCODE: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\Z")
_LANGUAGE: Final = re.compile(r"[a-z]{2}(-[A-Z][a-z]{3})?\Z")
_SHA256: Final = re.compile(r"[0-9a-f]{64}\Z")
_SERIAL: Final = re.compile(r"[a-z0-9_]{1,16}:[A-Za-z0-9._/-]{1,64}\Z")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")

Test = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Form:
    """Describe what a field may hold, for a machine and for people."""

    test: Test
    wanted: str


@dataclass(frozen=True, slots=True)
class ItemType:
    """Describe one name of items.

    Args:
        name: what stands as the item's name.
        fields: fields that must be there.
        optional: fields that may be there; `note` and `audience` always may.
    """

    name: str
    fields: Mapping[str, Form]
    optional: Mapping[str, Form]

    def check(self, item: Item) -> Iterator[Violation]:
        """Give every field that breaks the form."""
        place = f"items.{self.name}"
        for name, form in self.fields.items():
            if name not in item.value:
                yield Violation("item-missing", f"{place}.{name}", f"state {form.wanted}", {"item": item.digest})
        for name, value in item.value.items():
            form_of = self.fields.get(name) or self.optional.get(name) or _EVERYWHERE.get(name)
            if form_of is None:
                yield Violation("item-field", f"{place}.{name}", "the item has no such field", {"item": item.digest})
            elif not form_of.test(value):
                yield Violation("item-malformed", f"{place}.{name}", f"state {form_of.wanted}", {"item": item.digest})


def _is_number(value: Any) -> bool:
    try:
        parse_decimal(value)
    except IOCoreError:
        return False
    return True


def _is_amount(value: Any) -> bool:
    return _is_number(value) and not value.startswith("-")


def _is_day(value: Any) -> bool:
    if not isinstance(value, str) or _DAY.match(value) is None:
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 4000


def _among(*choices: str) -> Form:
    return Form(lambda value: isinstance(value, str) and value in choices, "one of " + ", ".join(choices))


def _pattern(pattern: re.Pattern[str], wanted: str) -> Form:
    return Form(lambda value: isinstance(value, str) and pattern.match(value) is not None, wanted)


AMOUNT: Final = Form(_is_amount, "a number such as 12.50, not below zero")
NUMBER: Final = Form(_is_number, "a number such as -12.50")
TEXT: Final = Form(_is_text, "a text of 1 to 4000 characters")
ANY_TEXT: Final = Form(lambda value: isinstance(value, str) and len(value) <= 4000, "a text")
CODE: Final = Form(is_code, "a code of a-z, 0-9 and _")
LOT: Final = Form(is_lot_id, "a lot id")
UNIT: Final = Form(lambda value: isinstance(value, str) and value in UNITS, "a unit of the table")
DAY: Final = Form(_is_day, "a day such as 2026-06-30")
ENTRY: Final = _pattern(_SHA256, "the id of an entry")
SERIAL: Final = _pattern(_SERIAL, "a scheme and a serial, such as gec:2026-000123")
PROOF: Final = _among(*EVIDENCE)
PART: Final = Form(
    lambda value: _is_amount(value) and 0 < parse_decimal(value) <= 1, "a part such as 0.5, above 0 and at most 1"
)
YEAR: Final = _pattern(_YEAR, "a year of four digits")
SEASON: Final = _pattern(_SEASON, "the year in which a season ended, or establishment")
PORT: Final = _pattern(_LOCODE, "a UN/LOCODE such as CNNSA")
LANGUAGE: Final = _pattern(_LANGUAGE, "a language such as zh or en")
_EVERYWHERE: Final[Mapping[str, Form]] = MappingProxyType(
    {"audience": _among(*AUDIENCES), "note": ANY_TEXT, "original_quantity": ANY_TEXT, "original_unit": ANY_TEXT}
)


def _type(name: str, fields: Mapping[str, Form], optional: Mapping[str, Form] | None = None) -> ItemType:
    return ItemType(name, MappingProxyType(dict(fields)), MappingProxyType(dict(optional or {})))


#: What a quantity of some slots needs beside it to be counted; a slot names its own.
CONDITIONS: Final[Mapping[str, Form]] = MappingProxyType(
    {"converted": YEAR, "lost": AMOUNT, "head": AMOUNT, "efficiency": PART}
)
_TEXT_ITEM: Final = {"text": TEXT, "lang": LANGUAGE}

_ALL: Final = (
    _type(
        "activity",
        {"slot": CODE, "quantity": AMOUNT, "unit": UNIT, "evidence": PROOF},
        {"reason": TEXT, "from": ANY_TEXT, "to": ANY_TEXT, "meter": ANY_TEXT, "source": ANY_TEXT, **CONDITIONS},
    ),
    _type(
        "expense",
        {
            "slot": CODE,
            "amount": AMOUNT,
            "currency": _among("CNY", "USD", "EUR"),
            "vat": AMOUNT,
            "year": YEAR,
            "sector": _pattern(_SECTOR, "a factor set and a sector, such as cn-io-2017:10"),
            "evidence": PROOF,
        },
        {"margin": AMOUNT, "source": ANY_TEXT},
    ),
    _type(
        "supplier_value",
        {
            "slot": CODE,
            "kgco2e": AMOUNT,
            "unit": UNIT,
            "gwp_set": _among("AR4", "AR5", "AR6", "unknown"),
            "boundary": _among("cradle_to_gate", "cradle_to_grave", "gate_to_gate"),
            "source": TEXT,
            "evidence": PROOF,
        },
        {"supplier": ANY_TEXT, "year": YEAR, "sha256": _pattern(_SHA256, "64 lower-case hex digits")},
    ),
    _type(
        "mass",
        {"lot": LOT, "role": _among(*MASS_ROLES), "quantity": AMOUNT, "unit": _among("kg"), "evidence": PROOF},
        {"cause": CODE, "gross": AMOUNT},
    ),
    _type("weight", {"lot": LOT, "quantity": AMOUNT, "unit": _among("kg", "kg_day")}, {"evidence": PROOF}),
    _type("total", {"slot": CODE, "quantity": AMOUNT, "unit": UNIT, "evidence": PROOF}, {"reason": TEXT, **CONDITIONS}),
    _type(
        "season_total",
        {"season": SEASON, "slot": CODE, "quantity": AMOUNT, "unit": UNIT, "evidence": PROOF},
        {"year": YEAR, **CONDITIONS},
    ),
    _type("season_yield", {"season": SEASON, "quantity": AMOUNT, "unit": _among("kg"), "evidence": PROOF}),
    _type(
        "price",
        {"lot": LOT, "quantity": AMOUNT, "unit": _among("CNY/kg"), "source": TEXT},
        {"evidence": PROOF, "years": ANY_TEXT, "kind": _among("product", "residue")},
    ),
    _type(
        "distance",
        {"quantity": AMOUNT, "unit": _among("km"), "evidence": PROOF},
        {
            "source": ANY_TEXT,
            "basis": ANY_TEXT,
            "lot": LOT,
            "from": PORT,
            "to": PORT,
            "passage": _among(*PASSAGES),
        },
    ),
    _type(
        "box",
        {"teu": AMOUNT, "load": AMOUNT, "unit": _among("kg"), "evidence": PROOF},
        {"number": ANY_TEXT, "setpoint": NUMBER},
    ),
    _type(
        "temperature",
        {"minimum": NUMBER, "maximum": NUMBER, "mean": NUMBER, "unit": _among("CEL")},
        {"evidence": PROOF, "setpoint": NUMBER},
    ),
    _type("name", _TEXT_ITEM),
    _type("name_eu", _TEXT_ITEM),
    _type("note", _TEXT_ITEM),
    _type(
        "place",
        {},
        {
            "country": ANY_TEXT,
            "region": ANY_TEXT,
            "locode": ANY_TEXT,
            "gln": ANY_TEXT,
            "latitude": NUMBER,
            "longitude": NUMBER,
            "area": AMOUNT,
            "unit": UNIT,
            "text": ANY_TEXT,
            "lang": LANGUAGE,
        },
    ),
    _type(
        "contact", {}, {"text": ANY_TEXT, "phone": ANY_TEXT, "email": ANY_TEXT, "person": ANY_TEXT, "lang": LANGUAGE}
    ),
    _type("climate", {"zone": _among("wet", "dry"), "evidence": PROOF}, {"precipitation": AMOUNT, "source": ANY_TEXT}),
    _type("identifier", {"scheme": CODE, "value": TEXT}),
    _type(
        "attribute",
        {"code": CODE},
        {"lot": LOT, "scheme": ANY_TEXT, "number": ANY_TEXT, "evidence": PROOF, "text": ANY_TEXT, "lang": LANGUAGE},
    ),
    _type("variety", {"code": CODE}, {"text": ANY_TEXT, "lang": LANGUAGE}),
    _type(
        "document",
        {"sha256": _pattern(_SHA256, "64 lower-case hex digits"), "media_type": TEXT, "title": TEXT},
        {"lang": LANGUAGE, "slot": CODE, "number": ANY_TEXT},
    ),
    _type(
        "avoided",
        {"quantity": AMOUNT, "unit": _among("kg"), "baseline": TEXT, "method": TEXT, "evidence": PROOF},
    ),
    _type(
        "certificate", {"slot": CODE, "serial": SERIAL, "quantity": AMOUNT, "unit": _among("kWh"), "evidence": PROOF}
    ),
    _type("credit", {"quantity": AMOUNT, "unit": _among("kg"), "project": TEXT, "evidence": PROOF}),
    _type("link", {"stage": CODE, "slot": CODE}),
    _type("carbon", {"lot": LOT, "quantity": AMOUNT, "unit": _among("kg"), "evidence": PROOF}),
    _type(
        "measurement",
        {"of": _among(*MEASURED_OF), "quantity": AMOUNT, "unit": _among("kg", "kg/kg"), "evidence": PROOF},
        {"date": DAY, "source": ANY_TEXT},
    ),
    _type("model", {"text": TEXT, "plots": AMOUNT}, {"lang": LANGUAGE}),
    _type("monitoring", {"text": TEXT, "until": DAY}, {"lang": LANGUAGE}),
    _type("owner", {"text": TEXT}, {"lang": LANGUAGE}),
    _type("penalty", {"entry": ENTRY}),
    _type("reverses", {"entry": ENTRY, "quantity": AMOUNT, "unit": _among("kg"), "evidence": PROOF}),
)

ITEM_TYPES: Final[Mapping[str, ItemType]] = MappingProxyType({entry.name: entry for entry in _ALL})
