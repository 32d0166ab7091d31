"""Check which words make a claim and which do not."""

from __future__ import annotations

import pytest

from passport.claims import find_claims, refuse_claims, refuse_market_name
from passport.errors import ClaimRefused


@pytest.mark.parametrize(
    "text",
    [
        "carbon neutral",
        "Carbon-Neutral lychee",
        "CARBON\u00a0NEUTRAL",
        "carbon\u200bneutral",
        "ｃａｒｂｏｎ ｎｅｕｔｒａｌ",
        "climate neutrality",
        "CO₂-neutral",
        "greenhouse-gas neutral",
        "net zero",
        "Net-Zero",
        "zero emissions",
        "zero-carbon",
        "low carbon",
        "climate positive",
        "carbon free",
        "eco-friendly",
        "Eco lychee",
        "green lychee",
        "environmentally friendly",
        "sustainable fruit",
        "klimaneutral",
        "neutre en carbone",
        "zéro carbone",
        "umweltfreundlich",
        "carbono neutro",
        "climate-compensated",
        "碳中和",
        "碳 中 和",
        "碳·中和荔枝",
        "双碳中和",
        "零碳",
        "零碳荔枝",
        "净零",
        "淨零排放",
        "低碳荔枝",
        "负碳",
        "绿色荔枝",
        "綠色",
        "环保",
        "生态友好",
        "零排放",
        "近零碳",
        "碳抵消",
    ],
)
def test_a_claim_is_found(text: str) -> None:
    assert find_claims(text)
    with pytest.raises(ClaimRefused):
        refuse_claims(text, field="name")


@pytest.mark.parametrize(
    "text",
    [
        "greenhouse gas emissions",
        "Greengage",
        "绿色信贷",
        "绿色金融",
        "ecarbon passport",
        "E-carbon passport",
        "economy",
        "net mass 5 kg",
        "Product carbon footprint, gate",
        "recorded",
        "Fresh lychee, variety Guiwei, Conghua",
        "桂味荔枝",
        "碳足迹",
        "碳护照",
        "环境保护税",
        "生态环境部",
        "neutral point",
        "zero kilometres",
        "low temperature",
        "green credit",
        "荔枝干",
        "二氧化碳当量",
        "carbon balances",
        "CO2e@AR5",
        "from zero",
        "绿化",
    ],
)
def test_a_fact_passes(text: str) -> None:
    assert refuse_claims(text, field="name") == text


@pytest.mark.parametrize("name", ["双碳荔枝·从化桂味", "雙碳荔枝", "Dual-Carbon Lychee", "双 碳荔枝"])
def test_the_brand_stands_in_china_only(name: str) -> None:
    assert refuse_market_name(name, market="CN") == name
    with pytest.raises(ClaimRefused):
        refuse_market_name(name, market="EU")


@pytest.mark.parametrize("market", ["EU", "CN"])
@pytest.mark.parametrize("name", ["", " ", "carbon neutral lychee", "双碳中和荔枝"])
def test_no_market_takes_a_claim_or_no_name(name: str, market: str) -> None:
    with pytest.raises(ClaimRefused):
        refuse_market_name(name, market=market)
