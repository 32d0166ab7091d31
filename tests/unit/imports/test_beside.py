"""The form for what stands beside a footprint gives entries that the ledger takes, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ledger.book import apart_rules
from tests.scenarios.cases import library
from tests.unit.assess.recorder import SEASON, Recorder, activity, lot
from web.imports.base import Draft
from web.imports.files import read_file
from web.imports.violations import reason_zh

HEADERS = {
    "zh": "记录号,事由,日期,开始日期,截止日期,负责人,场所,行类型,批次,数量,单位,测量日期,凭证,所有人,监测方式,监测至,"
    "封存地点,相关记录编号,序列号,信用年份,状态,涵盖序列号,项目,基准,方法,环节,品名,附件\n",
    "en": "record,what,date,first date,last date,actor,facility,row type,lot,quantity,unit,measured on,evidence,owner,"
    "monitoring,monitored until,stored at,entry id,serial,vintage,status,covers,project,baseline,method,stage,input,"
    "attachment\n",
}
FRUIT = lot("fruit")
SHARED = "2026-08-01,2025-08-01,2026-07-31,g1,orchard"
WATCHED = "owner,sampling,2036-08-01,,,,,,,,,,,,paper.pdf"
BATCH = WATCHED.replace("2036-08-01,,,", "2036-08-01,,,batch:K3")
CHAR = {
    "zh": (
        f"1,生物炭,{SHARED},批次,{FRUIT},1000,公斤,,磅单,{BATCH}",
        f"1,生物炭,{SHARED},炭量,,0.1,吨,,磅单,{BATCH}",
        f"1,生物炭,{SHARED},含碳比例,,0.75,,,单据,{BATCH}",
        f"1,生物炭,{SHARED},稳定比例,,0.80,,,单据,{BATCH}",
    ),
    "en": (
        f"1,biochar,{SHARED},lot,{FRUIT},1000,kg,,scale ticket,{BATCH}",
        f"1,biochar,{SHARED},char,,100,kg,,scale ticket,{BATCH}",
        f"1,biochar,{SHARED},carbon fraction,,0.75,,,document,{BATCH}",
        f"1,biochar,{SHARED},stable fraction,,0.80,,,document,{BATCH}",
    ),
}
SOIL = (
    f"2,soil carbon,{SHARED},lot,{FRUIT},1000,kg,,,{WATCHED}",
    f"2,soil carbon,{SHARED},carbon stock,,9,t,2020-08-01,document,{WATCHED}",
    f"2,soil carbon,{SHARED},carbon stock,,12,t,2026-08-01,document,{WATCHED}",
)
POWER = (
    f"3,certified power,{SHARED},lot,{FRUIT},1000,kg,,,,,,,,gec:1,,,,,,,packing,electricity,",
    f"3,certified power,{SHARED},power used,,500,kWh,,meter,,,,,,gec:1,,,,,,,packing,electricity,",
    f"3,certified power,{SHARED},power certified,,300,kWh,,document,,,,,,gec:1,,,,,,,packing,electricity,",
)
CREDIT = (
    f"4,credit,{SHARED},amount,,328,kg,,document,owner,,,,,phcer:7,2026,issued,own_pv:1,roof,,,packing,electricity,",
    f"5,avoided emissions,{SHARED},amount,,328,kg,,document,owner,,,,,,,,,,grid,margin,,,",
)


def drafts(folder: Path, *rows: str, language: str = "en") -> tuple[Draft, ...]:
    (folder / "paper.pdf").write_bytes(b"laboratory")
    path = folder / "beside.csv"
    path.write_text(HEADERS[language] + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    result = read_file(path)
    assert (result.kind, [finding.text("en") for finding in result.findings]) == ("beside", [])
    return result.drafts


def record(rec: Recorder, draft: Draft) -> None:
    rec.add(
        draft.kind, at="orchard", stage=draft.stage, lots=draft.lots, data=draft.data, items=draft.items,
        time=draft.event_time,
    )  # fmt: skip


def picked() -> Recorder:
    rec = Recorder()
    rec.place("orchard", country="CN", region="CN-GD")
    rec.harvest({"fruit": "1000"}, at="orchard")
    rec.pool("orchard", "orchard", [activity("electricity", "1000", "kWh", "meter")])
    rec.close("orchard", "orchard", {"fruit": "1000"}, SEASON)
    return rec


def figures(rec: Recorder) -> tuple[str, str, int]:
    from passport.assess import assess

    size = len(rec.entries)
    found = assess(rec.book, FRUIT, library=library(), methodology="lychee-fresh@2", tree_size=size).footprint
    return str(found.gate.total_kgco2e), str(found.removals_kgco2e), len(found.apart.avoided)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_biochar_of_a_form_counts(tmp_path: Path, language: str) -> None:
    (draft,) = drafts(tmp_path, *CHAR[language], language=language)
    assert draft.data["serials"] == ["batch:K3"]
    rec = picked()
    record(rec, draft)
    assert figures(rec) == ("577.700000", "-220.000000", 0)


def test_soil_certificates_credits_and_avoided_emissions_of_a_form_count_as_they_should(tmp_path: Path) -> None:
    rec = picked()
    made = drafts(tmp_path, *SOIL, *POWER, *CREDIT)
    assert [draft.kind for draft in made] == ["removal", "activity", "credit", "avoided"]
    for draft in made:
        record(rec, draft)
    # 577.7, 200 kWh beyond the certificates and 300 of them at 0.0545; 3000 kg C x 365 of 2191 days x 44/12.
    assert figures(rec) == ("709.590000", "-1832.496577", 0)


@pytest.mark.parametrize(
    ("rows", "column", "code"),
    [
        ((CREDIT[0].replace("phcer:7", ""),), "序列号 / serial", "value-missing"),
        (tuple(row.replace("batch:K3", "") for row in CHAR["en"]), "序列号 / serial", "value-missing"),
        ((CREDIT[1].replace(",grid,", ",,"),), "基准 / baseline", "value-missing"),
        ((SOIL[1].replace("2020-08-01", ""), SOIL[0]), "测量日期 / measured on", "value-missing"),
        ((CHAR["en"][1].replace("0.1", "-1").replace(",100,", ",-1,"),), "数量 / quantity", "number-negative"),
        ((CREDIT[0].replace("credit", "gift"),), "事由 / what", "choice-unknown"),
    ],
)
def test_what_is_missing_is_named_at_its_cell(tmp_path: Path, rows: tuple[str, ...], column: str, code: str) -> None:
    (tmp_path / "paper.pdf").write_bytes(b"laboratory")
    path = tmp_path / "beside.csv"
    path.write_text(HEADERS["en"] + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    result = read_file(path)
    assert (column, code) in {(finding.field, finding.code) for finding in result.findings} and not result.drafts


def test_carbon_in_a_harvest_is_public_and_of_its_lot(tmp_path: Path) -> None:
    path = tmp_path / "diary.csv"
    header = "日期,负责人,场所,事项,数量,单位,品种,批次,产季开始,产季结束,含碳量(公斤)"
    row = f"2026-06-24,g1,orchard,采收,1000,公斤,桂味,{FRUIT},2025-08-01,2026-07-31,80"
    path.write_text(f"{header}\n{row}\n", encoding="utf-8")
    result = read_file(path)
    assert [finding.text("en") for finding in result.findings] == []
    (draft,) = result.drafts
    value = {"lot": FRUIT, "quantity": "80", "unit": "kg", "evidence": "document", "audience": "public"}
    assert draft.lots == (FRUIT,) and [item for item in draft.items if item[0] == "carbon"] == [("carbon", value)]


def test_every_rule_on_what_stands_beside_is_worded_in_chinese() -> None:
    rules = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)",', Path(str(apart_rules.__file__)).read_text(encoding="utf-8")))
    assert {"certificate-exceeds", "serial-claimed", "reversal-lots"} <= rules
    assert [rule for rule in sorted(rules) if reason_zh(rule) == reason_zh("no-such-rule")] == []
