"""Refuse words that claim neutrality or a general environmental merit, in any text that we generate or sign.

The list holds phrases, not letters: *greenhouse* and 绿色信贷 pass, "carbon neutral", 碳中和 and "eco-friendly" do not.
Latin phrases need word boundaries; spaces, hyphens and full-width forms make no difference; characters that show
nothing are dropped first.

Source: Directive (EU) 2024/825, Annex I points 2a, 4a and 4c and recital 9; GB/T 24021-2024, clause 5.3.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from passport.errors import ClaimRefused

# Carbon and climate: a claim for a product whatever stands behind it.
_LATIN = (
    "(?:carbon|climate|co2|co2e|ghg|greenhouse gas|emissions?|klima|klimat|klimaat) ?"
    "(?:neutral|neutre|neutraal)(?:ity|isation|ization)?",
    "(?:neutral|neutre|neutro|neutra) (?:en|in|de|em) (?:carbon|carbone|carbono|carbonio|co2)",
    "(?:carbono|carbonio) (?:neutro|neutral)",
    "neutralite carbone",
    "(?:carbon|climate|co2) (?:positive|negative|free|friendly|conscious|smart|compensated|offset)",
    "(?:net|near|nearly|almost) zero",
    "zero (?:net )?(?:carbon|emission|emissions|co2|ghg|footprint|impact|carbone|emissioni|emisiones)",
    "low (?:carbon|emission|emissions|co2|footprint)",
    "(?:carbon|co2|emission|emissions) free",
    "(?:reduced|lower) (?:climate|carbon) (?:impact|footprint)",
    # Generic environmental claims.
    "eco ?friendly",
    "(?:eco|ecological|ecologically|ecologique|okologisch|ecologico)",
    "(?:environmentally|environment|earth|planet|nature|climate|ocean|klima|umwelt) ?"
    "(?:friendly|safe|correct|freundlich)",
    "good for the (?:planet|environment|climate)",
    "(?:natures friend|nature s friend|gentle on the environment|respectueux de l environnement)",
    "green(?! (?:credit|credits|loan|loans|bond|bonds|finance|tea|bean|beans|onion|onions))",
    "(?:sustainable|sustainably|climate conscious|biobased|biodegradable)(?! (?:finance|loan|loans|bond|bonds))",
)
_HAN = (
    "碳中和",
    "碳中性",
    "(?:净|淨|近|准|超低|接近)零(?:碳|排放)?",
    "零(?:碳|排放|污染)",
    "无碳",
    "無碳",
    "[低负負]碳",
    "碳[负負抵](?:消|排)?",
    "(?:气候|氣候|温室气体|溫室氣體)(?:中和|中性|友好|正效)",
    "(?:环境|環境|生态|生態|地球|自然)友[好善]",
    "(?:绿|綠)色(?!信[贷貸]|金融|[债債]券|[贷貸]款|通道)",
    "(?:环|環)保(?!部|局|法|税|稅)",
    "(?:生态|生態)(?:产品|產品|荔枝|水果)",
    "可持续(?!发展(?:金融|挂钩|贷款))(?:产品|荔枝|水果|种植)",
)
_BRAND = ("双碳", "雙碳", "dual carbon")

_LATIN_FORM = re.compile(r"(?<![a-z0-9])(?:" + "|".join(_LATIN) + r")(?![a-z0-9])")
_HAN_FORM = re.compile("|".join(_HAN))
_UNSEEN = frozenset({"Mn", "Me", "Cf", "Cc"})
_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff])[\s·・.,-]+(?=[\u3400-\u9fff])")
_SEPARATORS = re.compile(r"[\s_'’`.,/·・‐‑‒–—―-]+")


@dataclass(frozen=True, slots=True)
class Claim:
    """Hold a phrase that was found, in the spelling in which it was compared."""

    phrase: str


def find_claims(text: str) -> tuple[Claim, ...]:
    """List the claim phrases in a text, first to last; an empty tuple means the text makes none."""
    latin, han = _forms(text)
    found = [match.group() for match in _LATIN_FORM.finditer(latin)]
    found += [match.group() for match in _HAN_FORM.finditer(han)]
    return tuple(Claim(phrase) for phrase in dict.fromkeys(found))


def refuse_claims(text: str, *, field: str) -> str:
    """Return a text that makes no claim.

    Args:
        text: what is about to be printed or signed.
        field: where it stands, for the message.

    Raises:
        ClaimRefused: the text holds a phrase of the list.
    """
    found = find_claims(text)
    if found:
        raise ClaimRefused(
            "this text makes a claim that no passport may carry; use words that state a fact",
            field=field,
            text=text,
            phrases=[claim.phrase for claim in found],
        )
    return text


def holds_brand(text: str) -> bool:
    """Tell whether a text holds a brand word that is itself an implied claim, such as 双碳."""
    latin, han = _forms(text)
    return any(word in han or f" {word} " in f" {latin} " for word in _BRAND)


def refuse_market_name(text: str, *, market: str, field: str = "name") -> str:
    """Return a product name that may stand on a passport of a market.

    Args:
        text: the product's name.
        market: `EU` or `CN`; the EU also refuses brand words such as 双碳.
        field: where the name stands, for the message.

    Raises:
        ClaimRefused: the name makes a claim, or is empty.
    """
    if not text.strip():
        raise ClaimRefused("the product has no name for this market", field=field, market=market)
    if market != "CN" and holds_brand(text):
        raise ClaimRefused(
            "a brand that implies a climate claim cannot stand on this market's passport; give a neutral name_eu",
            field=field,
            text=text,
            market=market,
        )
    return refuse_claims(text, field=field)


def _forms(text: str) -> tuple[str, str]:
    """Return the text as Latin phrases and as Han phrases are compared."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(letter for letter in folded if letter in "\t\n" or unicodedata.category(letter) not in _UNSEEN)
    plain = unicodedata.normalize("NFKC", plain)
    latin = _SEPARATORS.sub(" ", plain).strip()
    return latin, _BETWEEN_HAN.sub("", plain)
