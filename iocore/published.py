"""Say when factors came out, where what they were taken from tells it: a factor of electricity comes out years late.

The shipped rows have no such column, and their bytes never change, so that their announcements are listed here. When
China announced its electricity factors of 2021 and its footprint factor of 2023 is told by nothing at hand: no date.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from iocore.factors import FactorRow

#: Day or year by the source of a row. Told by: the locators of ELC.GRID-AVG.CN.2022 ("announcement dated 20 Dec 2024")
#: and of ELC.GRID-AVG.CN.2023 ("announcement 2025 no. 47, 31 Dec 2025"); the day in the address of the page of the
#: Ministry of Ecology and Environment, t20251024_1130734; the title of the British factors.
ANNOUNCED: Final[Mapping[str, str]] = {
    "MEE & NBS announcement, electricity CO2 emission factors 2022": "2024-12-20",
    "MEE & NBS announcement, electricity CO2 emission factors 2023": "2025-12-31",
    "MEE/NBS/NEA announcement, electricity carbon footprint factors 2024": "2025-10-24",
    "UK Government GHG Conversion Factors for Company Reporting 2025 (DESNZ/DEFRA)": "2025",
}


def published(row: FactorRow) -> str:
    """Give the day or the year in which a row came out; empty where nothing tells."""
    return str(row.published) if row.published else ANNOUNCED.get(row.source, "")
