"""Read numbers, units and dates as people write them, and say exactly what is wrong with the others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from iocore.errors import IOCoreError, MalformedNumber
from iocore.times import format_time
from iocore.units import conversion, format_decimal, from_float, parse_decimal, round_quantum

# What people call a unit -> its code. Containers are counted, and need the weight of one.
UNIT_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "公斤": "kg", "千克": "kg", "kg": "kg", "克": "g", "g": "g", "斤": "jin", "市斤": "jin", "jin": "jin",
        "吨": "t", "t": "t", "升": "L", "公升": "L", "l": "L", "litre": "L", "litres": "L", "毫升": "mL", "ml": "mL",
        "立方米": "m3", "立方": "m3", "方": "m3", "m3": "m3", "m³": "m3", "度": "kWh", "千瓦时": "kWh", "kwh": "kWh",
        "兆瓦时": "MWh", "mwh": "MWh", "公里": "km", "千米": "km", "km": "km", "吨公里": "tkm", "tkm": "tkm",
        "小时": "h", "h": "h", "hours": "h", "天": "day", "day": "day", "days": "day", "亩": "mu", "mu": "mu",
        "公顷": "ha", "ha": "ha", "平方米": "m2", "m2": "m2", "teu": "TEU", "标箱": "TEU", "次": "move",
        "move": "move", "moves": "move", "件": "piece", "个": "piece", "piece": "piece", "元": "CNY", "人民币": "CNY",
        "cny": "CNY", "美元": "USD", "usd": "USD", "欧元": "EUR", "eur": "EUR", "公斤天": "kg_day", "kg_day": "kg_day",
        "元/公斤": "CNY/kg", "cny/kg": "CNY/kg",
    }
)  # fmt: skip
CONTAINERS: Final = frozenset({"袋", "包", "箱", "筐", "桶", "bag", "bags", "box", "boxes", "crate", "crates"})
UNITS_SHOWN: Final = "公斤 kg, 斤 jin, 吨 t, 升 L, 立方米 m3, 度 kWh, 公里 km, 小时 h, 亩 mu, 次 move, 袋 bag"

_GROUPED: Final = re.compile(r"-?[0-9]+(?:,[0-9]+)+(?:\.[0-9]+)?")
_YEAR_FIRST: Final = re.compile(
    r"([0-9]{4})(?:-|/|\.|年)([0-9]{1,2})(?:-|/|\.|月)([0-9]{1,2})日?(?:[T ]+([0-9]{1,2}):([0-9]{2})(?::[0-9]{2})?)?"
)
_YEAR_LAST: Final = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})(?:[T ].*)?")
_OFFSET: Final = re.compile(r"([+-])([0-9]{2}):([0-9]{2})")


class Unreadable(Exception):
    """Carry the code of a finding and its context out of a cell; never leaves this package."""

    def __init__(self, code: str, **context: Any) -> None:
        super().__init__(code)
        self.code = code
        self.context = context


def read_number(cell: Any, *, signed: bool = False) -> str:
    """Read a number into the strict decimal spelling.

    Raises:
        Unreadable: number-comma, number-negative or number-malformed.
    """
    if isinstance(cell, bool):
        raise Unreadable("number-malformed")
    if isinstance(cell, int):
        text = str(cell)
    elif isinstance(cell, float):
        text = _float_text(cell)
    else:
        text = str(cell).replace("，", ",")
    if _GROUPED.fullmatch(text):
        raise Unreadable("number-comma", example=text.replace(",", ""))
    try:
        value = parse_decimal(text)
    except MalformedNumber:
        raise Unreadable("number-malformed") from None
    if value < 0 and not signed:
        raise Unreadable("number-negative")
    return text


def _float_text(cell: float) -> str:
    try:
        text = format_decimal(from_float(cell))
    except IOCoreError:
        raise Unreadable("number-malformed") from None
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class Amount:
    """Keep a quantity in the unit it was written in and in the unit that is recorded."""

    quantity: str
    unit: str
    original_quantity: str
    original_unit: str

    @property
    def value(self) -> Decimal:
        """Give the recorded quantity as a decimal."""
        return parse_decimal(self.quantity)

    def as_item(self) -> dict[str, str]:
        """Give the fields of an item: the original beside the converted, where they differ."""
        fields = {"quantity": self.quantity, "unit": self.unit}
        if self.original_unit != self.unit:
            fields |= {"original_quantity": self.original_quantity, "original_unit": self.original_unit}
        return fields


def read_amount(number: str, unit_name: str, wanted: str, *, each_kg: str = "") -> Amount:
    """Convert a written quantity into the wanted unit, exactly where that is possible.

    Args:
        number: strict decimal.
        unit_name: as people write it.
        wanted: code of the unit to record.
        each_kg: kilograms of one bag, box or crate.

    Raises:
        Unreadable: unit-unknown, unit-needs-weight or unit-impossible.
    """
    name = unit_name.strip()
    if name.lower() in CONTAINERS:
        if wanted != "kg":
            raise Unreadable("unit-impossible", wanted=wanted)
        if not each_kg:
            raise Unreadable("unit-needs-weight")
        exact = Fraction(parse_decimal(number)) * Fraction(parse_decimal(each_kg))
        return Amount(_written(exact), "kg", number, f"{name} ({each_kg} kg)")
    code = UNIT_NAMES.get(name.lower())
    if code is None:
        raise Unreadable("unit-unknown", known=UNITS_SHOWN)
    if code == wanted:
        return Amount(number, wanted, number, wanted)
    try:
        ratio = conversion(code, wanted)
    except IOCoreError:
        raise Unreadable("unit-impossible", wanted=wanted) from None
    return Amount(_written(Fraction(parse_decimal(number)) * ratio), wanted, number, name)


def _written(value: Fraction) -> str:
    try:
        return format_decimal(value)
    except MalformedNumber:
        return format_decimal(round_quantum(value))


def read_offset(text: str) -> timezone:
    """Read a UTC offset such as `+08:00`.

    Raises:
        Unreadable: choice-unknown.
    """
    match = _OFFSET.fullmatch(text.strip())
    if match is None or int(match[2]) > 14 or int(match[3]) > 59:
        raise Unreadable("choice-unknown", known="+08:00, +02:00, +01:00, +00:00")
    minutes = int(match[2]) * 60 + int(match[3])
    return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))


def read_moment(cell: Any, offset: timezone, *, hour: int = 12) -> datetime:
    """Read a local date, with or without a time of day, into UTC.

    Args:
        cell: text, or a date that the spreadsheet program recognised.
        offset: offset of local time.
        hour: hour of day to assume where only a date is given.

    Raises:
        Unreadable: date-order or date-malformed.
    """
    if isinstance(cell, datetime):
        local = cell.replace(microsecond=0, tzinfo=None)
        if local.time() == time(0):
            local = local.replace(hour=hour)
    elif isinstance(cell, date):
        local = datetime.combine(cell, time(hour))
    else:
        local = _local(str(cell).strip(), hour)
    return local.replace(tzinfo=offset).astimezone(UTC)


def _local(text: str, hour: int) -> datetime:
    match = _YEAR_FIRST.fullmatch(text)
    if match is None:
        raise _not_a_date(text)
    try:
        clock = time(int(match[4]), int(match[5])) if match[4] else time(hour)
        return datetime.combine(date(int(match[1]), int(match[2]), int(match[3])), clock)
    except ValueError:
        raise _not_a_date(text) from None


def _not_a_date(text: str) -> Unreadable:
    last = _YEAR_LAST.fullmatch(text)
    if last:
        year = last[3] if len(last[3]) == 4 else f"20{last[3]}"
        month, day = int(last[2]), int(last[1])
        if month > 12 >= day:
            month, day = day, month
        return Unreadable("date-order", example=f"{year}-{month:02d}-{day:02d}")
    first = _YEAR_FIRST.fullmatch(text)
    if first and int(first[2]) > 12 and int(first[3]) <= 12:
        return Unreadable("date-order", example=f"{first[1]}-{int(first[3]):02d}-{int(first[2]):02d}")
    return Unreadable("date-malformed")


def day_period(first: Any, last: Any, offset: timezone) -> dict[str, str]:
    """Give the half-open period from the start of one local day to the end of another.

    Raises:
        Unreadable: a date that cannot be read, or period-backwards.
    """
    start = _midnight(first, offset)
    end = _midnight(last, offset) + timedelta(days=1)
    if end <= start:
        raise Unreadable("period-backwards")
    return {"start": format_time(start), "end": format_time(end)}


def _midnight(cell: Any, offset: timezone) -> datetime:
    local = read_moment(cell, offset).astimezone(offset)
    return local.replace(hour=0, minute=0, second=0).astimezone(UTC)
