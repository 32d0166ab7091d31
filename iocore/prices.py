"""Turn the money on an invoice into the money of an input-output table, one named step at a time.

Order: take out VAT, take out the trade margin, move through time by the price index of the invoice's own
currency, then change currency at the rate of the table's year. Never the other way round: a rate of today
carries today's inflation of both countries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from iocore.errors import FactorNotFound, MalformedNumber, UnknownUnit
from iocore.factors import FactorSet
from iocore.units import parse_decimal

#: Price index of each currency, and whether its values chain (preceding year = 100) or are levels.
INDICES: Final[Mapping[str, tuple[str, str]]] = {"CNY": ("PPI.CN", "chain"), "USD": ("CPI.US", "level")}

#: (from, to) -> exchange series and whether money is multiplied or divided by it.
EXCHANGES: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("USD", "CNY"): ("FX.USDCNY", "multiply"),
    ("CNY", "USD"): ("FX.USDCNY", "divide"),
}


@dataclass(frozen=True, slots=True)
class PriceTerm:
    """Name one number of a step: a factor row (`row_id`), or a constant or given value with its `source`.

    `form` tells how the number enters: `plain`, `one_plus` (1 + value) or `one_minus` (1 - value).
    """

    value: str
    row_id: str = ""
    source: str = ""
    form: str = "plain"

    @property
    def exact(self) -> Fraction:
        """Return the number as it enters the step."""
        number = Fraction(parse_decimal(self.value))
        return {"plain": number, "one_plus": 1 + number, "one_minus": 1 - number}[self.form]


@dataclass(frozen=True, slots=True)
class PriceStep:
    """Multiply money by some terms and divide it by others.

    `code`: `vat`, `margin`, `price_index` or `exchange_rate`.
    """

    code: str
    multiply: tuple[PriceTerm, ...] = ()
    divide: tuple[PriceTerm, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def factor(self) -> Fraction:
        """Return the exact factor of the step."""
        product = Fraction(1)
        for term in self.multiply:
            product *= term.exact
        for term in self.divide:
            product /= term.exact
        return product


@dataclass(frozen=True, slots=True)
class PriceConversion:
    """Hold the ordered steps from an invoice to a table, and what was assumed on the way."""

    steps: tuple[PriceStep, ...]
    flags: tuple[str, ...]

    @property
    def factor(self) -> Fraction:
        """Return the exact product of all steps."""
        product = Fraction(1)
        for step in self.steps:
            product *= step.factor
        return product

    @property
    def row_ids(self) -> tuple[str, ...]:
        """Return the ids of all rows used, sorted."""
        terms = [term for step in self.steps for term in (*step.multiply, *step.divide)]
        return tuple(sorted({term.row_id for term in terms if term.row_id}))


def price_steps(
    *,
    currency: str,
    year: int,
    table_currency: str,
    table_year: int,
    prices: FactorSet,
    vat: str | None = None,
    margin: str | None = None,
) -> PriceConversion:
    """Return the steps that turn an invoice amount into the table's money.

    Args:
        currency: currency of the invoice, `CNY` or `USD`.
        year: year of the invoice.
        table_currency: currency of the table.
        table_year: year of the table's prices.
        prices: the set with index and exchange rows.
        vat: rate contained in the amount, such as `0.13`; None or `0` if it is net of VAT.
        margin: trade and transport share of the net price, such as `0.08`; None if it is not known, which is flagged.

    Returns:
        Steps in order. A year that no series holds is bridged by the nearest one and flagged
        `nearest_year:<series>:<wanted>:<used>`.

    Raises:
        MalformedNumber: a rate is not a decimal of at least 0 and below 1.
        UnknownUnit: no index or exchange series for a currency.
        FactorNotFound: a series has no row at all.
    """
    steps: list[PriceStep] = []
    if vat is not None and _rate(vat, "vat"):
        steps.append(PriceStep("vat", divide=(PriceTerm(vat, source="VAT rate on the invoice", form="one_plus"),)))
    if margin is None:
        unknown: tuple[str, ...] = ("margin_unknown",)
    else:
        unknown = ()
        if _rate(margin, "margin"):
            term = PriceTerm(margin, source="trade and transport margin as given", form="one_minus")
            steps.append(PriceStep("margin", multiply=(term,)))
    if year != table_year:
        steps.append(_index_step(currency, year, table_year, prices))
    if currency != table_currency:
        steps.append(_exchange_step(currency, table_currency, table_year, prices))
    return PriceConversion(tuple(steps), unknown + tuple(flag for step in steps for flag in step.flags))


def _rate(text: str, name: str) -> Fraction:
    """Read a rate of at least 0 and below 1."""
    rate = Fraction(parse_decimal(text))
    if not 0 <= rate < 1:
        raise MalformedNumber("a rate is a decimal of at least 0 and below 1", field=name, text=text)
    return rate


def _index_step(currency: str, year: int, table_year: int, prices: FactorSet) -> PriceStep:
    """Move money from its year to the table's year by the index of its currency."""
    if currency not in INDICES:
        raise UnknownUnit("no price index for this currency", currency=currency, known=sorted(INDICES))
    series, kind = INDICES[currency]
    if kind == "level":
        start, end = _nearest(series, year, prices), _nearest(series, table_year, prices)
        flags = _flags(series, ((year, start), (table_year, end)))
        return PriceStep("price_index", (_term(series, end, prices),), (_term(series, start, prices),), flags)
    later, earlier = max(year, table_year), min(year, table_year)
    known = _years(series, prices)
    links = [each for each in range(earlier + 1, later + 1) if each in known]
    missing = [each for each in range(earlier + 1, later + 1) if each not in known]
    indices = tuple(_term(series, each, prices) for each in links)
    hundreds = (PriceTerm("100", source="index base: preceding year = 100"),) * len(links)
    flags = _flags(series, tuple((each, _nearest(series, each, prices)) for each in missing))
    if year > table_year:
        return PriceStep("price_index", hundreds, indices, flags)
    return PriceStep("price_index", indices, hundreds, flags)


def _exchange_step(currency: str, table_currency: str, table_year: int, prices: FactorSet) -> PriceStep:
    """Change currency at the annual mean rate of the table's year."""
    if (currency, table_currency) not in EXCHANGES:
        raise UnknownUnit("no exchange rate between these currencies", currency=currency, into=table_currency)
    series, operation = EXCHANGES[currency, table_currency]
    used = _nearest(series, table_year, prices)
    terms = (_term(series, used, prices),)
    flags = _flags(series, ((table_year, used),))
    if operation == "multiply":
        return PriceStep("exchange_rate", multiply=terms, flags=flags)
    return PriceStep("exchange_rate", divide=terms, flags=flags)


def _years(series: str, prices: FactorSet) -> frozenset[int]:
    """Return the years a series holds."""
    return frozenset(row.year for row in prices if row.key == f"{series}.{row.year}")


def _nearest(series: str, year: int, prices: FactorSet) -> int:
    """Return the year of a series nearest to the one wanted; the earlier of two equally near."""
    years = _years(series, prices)
    if not years:
        raise FactorNotFound("the price set holds no row of this series", set=prices.id, series=series)
    return min(years, key=lambda each: (abs(each - year), each))


def _term(series: str, year: int, prices: FactorSet) -> PriceTerm:
    """Cite one row of a series."""
    key = f"{series}.{year}"
    return PriceTerm(prices.row(key).value, row_id=prices.row_id(key))


def _flags(series: str, pairs: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """Flag every year that another one stands in for."""
    return tuple(f"nearest_year:{series}:{wanted}:{used}" for wanted, used in pairs if wanted != used)
