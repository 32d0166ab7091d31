"""Move money from an invoice to a table: order, exactness, cited rows, flagged gaps."""

from __future__ import annotations

from fractions import Fraction

import pytest

from iocore.errors import FactorNotFound, MalformedNumber, UnknownUnit
from iocore.factors import FactorLibrary, FactorRow, FactorSet
from iocore.prices import price_steps


def series(**values: str) -> FactorSet:
    rows = []
    for name, value in values.items():
        stem, year = name.rsplit("_", 1)
        key = {"PPI": "PPI.CN", "CPI": "CPI.US", "FX": "FX.USDCNY"}[stem]
        rows.append(FactorRow(key=f"{key}.{year}", value=value, unit="1", gas="n/a", region="CN", year=int(year)))
    return FactorSet(source="prices", version="t", title="t", licence="t", may_publish=True, rows=tuple(rows))


PRICES = series(
    PPI_2018="110", PPI_2019="90", PPI_2020="105", FX_2017="7", FX_2021="6.5", CPI_2017="250", CPI_2020="275"
)


def test_vat_margin_index_then_exchange_in_this_order_and_exact() -> None:
    result = price_steps(
        currency="USD", year=2020, table_currency="CNY", table_year=2017, prices=PRICES, vat="0.13", margin="0.2"
    )
    assert [step.code for step in result.steps] == ["vat", "margin", "price_index", "exchange_rate"]
    assert [step.factor for step in result.steps] == [
        Fraction(100, 113),
        Fraction(4, 5),
        Fraction(250, 275),
        Fraction(7),
    ]
    assert result.factor == Fraction(100, 113) * Fraction(4, 5) * Fraction(10, 11) * 7
    assert result.row_ids == ("prices:t:CPI.US.2017", "prices:t:CPI.US.2020", "prices:t:FX.USDCNY.2017")
    assert result.flags == ()


def test_chain_index_links_each_year_after_the_table() -> None:
    result = price_steps(currency="CNY", year=2020, table_currency="CNY", table_year=2017, prices=PRICES)
    assert result.factor == 1 / (Fraction(110, 100) * Fraction(90, 100) * Fraction(105, 100))
    assert result.row_ids == tuple(f"prices:t:PPI.CN.{year}" for year in (2018, 2019, 2020))
    assert result.flags == ("margin_unknown",)
    back = price_steps(currency="CNY", year=2017, table_currency="CNY", table_year=2020, prices=PRICES)
    assert back.factor * result.factor == 1


def test_own_currency_is_deflated_before_the_exchange_rate_of_the_tables_year() -> None:
    result = price_steps(currency="CNY", year=2020, table_currency="USD", table_year=2018, prices=PRICES, margin="0")
    index, exchange = result.steps
    assert index.factor == 1 / (Fraction(90, 100) * Fraction(105, 100))
    assert exchange.factor == Fraction(1, 7)
    assert result.flags == ("nearest_year:FX.USDCNY:2018:2017",)


def test_missing_years_use_the_nearest_and_are_flagged() -> None:
    chained = price_steps(currency="CNY", year=2022, table_currency="CNY", table_year=2019, prices=PRICES, margin="0")
    assert chained.factor == Fraction(100, 105)
    assert chained.flags == ("nearest_year:PPI.CN:2021:2020", "nearest_year:PPI.CN:2022:2020")
    level = price_steps(currency="USD", year=2026, table_currency="USD", table_year=2017, prices=PRICES, margin="0")
    assert level.factor == Fraction(250, 275) and level.flags == ("nearest_year:CPI.US:2026:2020",)


def test_the_rows_used_alone_give_the_same_steps() -> None:
    asked = {"currency": "CNY", "year": 2022, "table_currency": "USD", "table_year": 2018}
    whole = price_steps(prices=PRICES, **asked)  # type: ignore[arg-type]
    keys = [row_id.split(":")[2] for row_id in whole.row_ids]
    part = FactorSet(
        source="prices", version="t", title="t", licence="t", may_publish=True, rows=tuple(map(PRICES.row, keys))
    )
    assert price_steps(prices=part, **asked) == whole  # type: ignore[arg-type]


def test_same_year_and_currency_need_no_step() -> None:
    result = price_steps(
        currency="CNY", year=2017, table_currency="CNY", table_year=2017, prices=PRICES, vat="0", margin="0"
    )
    assert result.steps == () and result.factor == 1


@pytest.mark.parametrize("rate", ["1", "-0.1", "13%", "0,13", "1e-1", ""])
def test_impossible_rates_are_refused(rate: str) -> None:
    with pytest.raises(MalformedNumber):
        price_steps(currency="CNY", year=2017, table_currency="CNY", table_year=2017, prices=PRICES, vat=rate)
    with pytest.raises(MalformedNumber):
        price_steps(currency="CNY", year=2017, table_currency="CNY", table_year=2017, prices=PRICES, margin=rate)


def test_unknown_currency_and_empty_series_are_refused() -> None:
    with pytest.raises(UnknownUnit):
        price_steps(currency="EUR", year=2020, table_currency="CNY", table_year=2017, prices=PRICES)
    with pytest.raises(UnknownUnit):
        price_steps(currency="EUR", year=2017, table_currency="CNY", table_year=2017, prices=PRICES)
    with pytest.raises(FactorNotFound):
        price_steps(currency="CNY", year=2020, table_currency="CNY", table_year=2017, prices=series(FX_2017="7"))


def test_shipped_series_bring_a_2026_invoice_to_the_2017_table(library: FactorLibrary) -> None:
    result = price_steps(
        currency="CNY",
        year=2026,
        table_currency="CNY",
        table_year=2017,
        prices=library.source("prices"),
        vat="0.13",
        margin="0",
    )
    chain = 1.035 * 0.997 * 0.982 * 1.081 * 1.041 * 0.970 * 0.978
    assert float(result.factor) == pytest.approx(1 / 1.13 / chain, rel=1e-12)
    assert result.flags == ("nearest_year:PPI.CN:2025:2024", "nearest_year:PPI.CN:2026:2024")
