"""A settlement with earlier seasons: totals and yields by season, each fault at its cell."""

from __future__ import annotations

from pathlib import Path

import pytest

from web.imports.files import read_file

HEADERS = {
    "zh": "结算号,日期,开始日期,截止日期,负责人,场所,环节,类型,往季,建园年份,品名,批次,数量,单位,凭证\n",
    "en": "settlement,date,first date,last date,actor,facility,stage,row type,earlier season,establishment year,input,"
    "lot,quantity,unit,evidence\n",
}
SHARED = "J-1,2026-08-01,2025-08-01,2026-07-31,g1,orchard-g1"
SHARE = f"{SHARED},果园,批次份额,,,,p:91BGH5VVASFQEG1K,9000,公斤,"


def form(tmp_path: Path, *rows: str, language: str = "zh") -> Path:
    path = tmp_path / "closes.csv"
    path.write_text(HEADERS[language] + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


ROWS = {
    "zh": (
        f"{SHARED},果园,合计,,,用电,,1100,度,电表",
        f"{SHARED},果园,合计,2025,,用电,,1000,度,电表",
        f"{SHARED},果园,产季产量,2025年,,,,6000,斤,磅单",
        f"{SHARED},果园,合计,建园期,2023,用电,,2,兆瓦时,发票",
        f"{SHARED},果园,产量,建园期,,,,200,吨,估计",
        SHARE,
    ),
    "en": (
        f"{SHARED},orchard,total,,,electricity,,1100,kWh,meter",
        f"{SHARED},orchard,total,2025,,electricity,,1000,kWh,meter",
        f"{SHARED},orchard,season's yield,2025,,,,6000,斤,scale ticket",
        f"{SHARED},orchard,total,establishment,2023,electricity,,2,MWh,invoice",
        f"{SHARED},orchard,yield,establishment,,,,200,t,estimate",
        f"{SHARED},orchard,lot share,,,,p:91BGH5VVASFQEG1K,9000,kg,",
    ),
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_earlier_seasons_become_items_of_the_close(tmp_path: Path, language: str) -> None:
    result = read_file(form(tmp_path, *ROWS[language], language=language))
    assert [finding.text("en") for finding in result.findings] == []
    (draft,) = result.drafts
    found = [
        (name, value.get("season", ""), value.get("slot", ""), value["quantity"], value["unit"], value.get("year", ""))
        for name, value in draft.items
    ]
    assert (draft.kind, draft.lots) == ("close", ("p:91BGH5VVASFQEG1K",))
    assert found == [
        ("total", "", "electricity", "1100", "kWh", ""),
        ("season_total", "2025", "electricity", "1000", "kWh", ""),
        ("season_yield", "2025", "", "3000", "kg", ""),
        ("season_total", "establishment", "electricity", "2000", "kWh", "2023"),
        ("season_yield", "establishment", "", "200000", "kg", ""),
        ("weight", "", "", "9000", "kg", ""),
    ]


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        ("果园,合计,去年,,用电,,1000,度,电表", "choice-unknown", "往季"),
        ("果园,合计,25,,用电,,1000,度,电表", "choice-unknown", "往季"),
        ("果园,合计,建园期,很久以前,用电,,1000,度,电表", "choice-unknown", "建园年份"),
        ("果园,合计,2025,,用电,,1000,公斤,电表", "unit-impossible", "单位"),
        ("果园,合计,2025,,纸箱,,1000,公斤,发票", "choice-unknown", "品名"),
        ("果园,合计,2025,,用电,,-1,度,电表", "number-negative", "数量"),
        ("果园,合计,2025,,用电,,,度,电表", "number-missing", "数量"),
        ("果园,产季产量,,,,,3000,公斤,磅单", "value-missing", "往季"),
        ("果园,产季产量,2025,,,,3000,度,磅单", "unit-impossible", "单位"),
        ("果园,批次份额,2025,,,p:91BGH5VVASFQEG1K,3000,公斤,", "season-out-of-place", "往季"),
    ],
)
def test_a_fault_in_an_earlier_season_is_named_at_its_cell(tmp_path: Path, row: str, code: str, field: str) -> None:
    result = read_file(form(tmp_path, f"{SHARED.replace('J-1', 'J-0')},果园,批次份额,,,,p:91BGH5VVASFQEG1K,9000,公斤,",
                            SHARE, f"{SHARED},{row}"))  # fmt: skip
    named = {(finding.code, finding.row, finding.file) for finding in result.findings}
    assert named == {(code, 4, "closes.csv"), ("row-not-recorded", 3, "closes.csv")}
    assert next(finding for finding in result.findings if finding.code == code).field.startswith(field)
    assert len(result.drafts) == 1


def test_lots_of_an_orchard_may_be_priced_and_called_residues(tmp_path: Path) -> None:
    head = "结算号,日期,开始日期,截止日期,负责人,场所,环节,类型,批次,数量,单位,单价(元/公斤),价格来源,产品或残余物\n"
    shared = "J-01,2026-08-01,2025-08-01,2026-07-31,g1,orchard-g1,果园,批次份额"
    rows = [
        f"{shared},p:91BGH5VVASFQEG1K,9000,公斤,16,三年均价,",
        f"{shared},p:2D65M9R0ZBEH14R3,500,公斤,0.5,收据,残余物",
    ]
    path = tmp_path / "closes.csv"
    path.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    result = read_file(path)
    assert result.findings == ()
    (draft,) = result.drafts
    prices = {value["lot"]: value for name, value in draft.items if name == "price"}
    assert prices["p:91BGH5VVASFQEG1K"]["quantity"] == "16" and "kind" not in prices["p:91BGH5VVASFQEG1K"]
    assert prices["p:2D65M9R0ZBEH14R3"]["kind"] == "residue"
    path.write_text(head + rows[0].replace(",16,", ",,") + "残余物\n", encoding="utf-8")
    assert [finding.code for finding in read_file(path).findings] == ["value-missing"]
