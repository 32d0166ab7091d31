"""Bad input: each fault is named with file, row, field and advice; all in one run; good rows are offered."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.demo_season import DEMO, sign_file, sign_season
from web.imports.base import Finding
from web.imports.files import read_file
from web.imports.history import History

DIARY = "日期,截止日期,负责人,场所,事项,数量,单位,每袋公斤,凭证,品种,批次,产季开始,产季结束,附件,零值原因\n"
GOOD = "2026-06-02,,g1,orchard-g1,用电,12,度,,电表,,,,,,\n"


def _diary(tmp_path: Path, *rows: str, headers: str = DIARY) -> Path:
    path = tmp_path / "diary.csv"
    path.write_text(headers + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def _codes(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in findings]


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        ('2026-06-01,,g1,orchard-g1,尿素,"1,200",公斤,,发票,,,,,,', "number-comma", "数量"),
        ("24/06/2026,,g1,orchard-g1,尿素,12,公斤,,发票,,,,,,", "date-order", "日期"),
        ("2026-06-01,,g1,orchard-g1,尿素,12,升,,发票,,,,,,", "unit-impossible", "单位"),
        ("2026-06-01,,g1,orchard-g1,尿素,12,担,,发票,,,,,,", "unit-unknown", "单位"),
        ("2026-06-01,,g1,orchard-g1,尿素,12,袋,,发票,,,,,,", "unit-needs-weight", "单位"),
        ("2026-06-01,,g1,orchard-g1,火药,12,公斤,,发票,,,,,,", "choice-unknown", "事项"),
        ("2026-06-01,,g1,orchard-g1,尿素,,公斤,,发票,,,,,,", "number-missing", "数量"),
        ("2026-06-01,,,orchard-g1,尿素,12,公斤,,发票,,,,,,", "value-missing", "负责人"),
        ("2026-06-09,2026-06-01,g1,orchard-g1,尿素,12,公斤,,发票,,,,,,", "period-backwards", "截止日期"),
        ("2026-06-01,,g1,orchard-g1,尿素,0,公斤,,发票,,,,,,", "reason-needed", "数量"),
        ("2026-06-01,,g1,orchard-g1,尿素,12,公斤,,,,,,,,发票", "reason-without-zero", "零值原因"),
        ("2026-06-01,,g1,orchard-g1,土地转用,0,亩,,单据,,,,,,从未转用", "document-needed", "附件"),
        ("2026-06-01,,g1,orchard-g1,土地转用,0,亩,,单据,,,,,nowhere.txt,从未转用", "attachment-missing", "附件"),
        (
            "2026-06-24,,g1,orchard-g1,采收,9,斤,,磅单,桂味,p:91BGH5VVASFQEG1J,2025-08-01,2026-07-31,,",
            "lot-malformed",
            "批次",
        ),
        (
            "2026-06-24,,g1,orchard-g1,采收,9,斤,,磅单,妃子笑,p:91BGH5VVASFQEG1K,2025-08-01,2026-07-31,,",
            "choice-unknown",
            "品种",
        ),
    ],
)
def test_fault_is_named_at_its_cell_and_the_good_row_is_offered(
    tmp_path: Path, row: str, code: str, field: str
) -> None:
    result = read_file(_diary(tmp_path, GOOD.strip(), row))
    (found,) = result.findings
    assert (found.code, found.row, found.file) == (code, 3, "diary.csv")
    assert found.field.startswith(field)
    assert len(result.drafts) == 1
    for language in ("zh", "en"):
        assert found.message(language) in found.text(language)
        assert found.advice(language)[1:] in found.text(language)
        assert "diary.csv" in found.text(language) and "3" in found.text(language)


def test_all_faults_of_a_file_come_in_one_run(tmp_path: Path) -> None:
    result = read_file(
        _diary(
            tmp_path,
            '24/06/2026,,,orchard-g1,尿素,"1,200",担,,,,,,,,',
            GOOD.strip(),
            "2026-06-01,,g1,orchard-g1,火药,12,公斤,,,,,,,,",
            GOOD.strip(),
        )
    )
    assert sorted((finding.row, finding.code) for finding in result.findings) == [
        (2, "date-order"),
        (2, "number-comma"),
        (2, "unit-unknown"),
        (2, "value-missing"),
        (4, "choice-unknown"),
        (5, "row-duplicate"),
    ]
    assert len(result.drafts) == 1


def test_unknown_header_is_named_with_the_nearest_known_one(tmp_path: Path) -> None:
    result = read_file(
        _diary(tmp_path, "2026-06-02,g1,orchard-g1,用电,12,度,电表", headers="日期,负责人,场所,事项,数量,单位,凭症\n")
    )
    (found,) = result.findings
    assert (found.code, found.row, found.field) == ("header-unknown", 1, "凭症")
    assert "凭证" in found.advice("zh")
    assert len(result.drafts) == 1


def test_missing_and_repeated_headers_are_named(tmp_path: Path) -> None:
    result = read_file(
        _diary(tmp_path, "2026-06-02,orchard-g1,用电,12,度", headers="日期,场所,事项,数量,数量\n"), "diary"
    )
    assert _codes(result.findings) == ["header-repeated", "header-missing"]
    assert not result.drafts


def test_amount_in_merged_cells_counts_once(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    for row in (
        ["日期", "负责人", "场所", "事项", "数量", "单位"],
        ["2026-06-02", "g1", "orchard-g1", "用电", 12, "度"],
    ):
        book.active.append(row)
    book.active.append(["2026-06-03", None, None, "用电", None, "度"])
    for area in ("B2:B3", "C2:C3", "E2:E3"):
        book.active.merge_cells(area)
    book.save(tmp_path / "diary.xlsx")
    result = read_file(tmp_path / "diary.xlsx")
    assert [(finding.row, finding.code) for finding in result.findings] == [(3, "number-missing")]
    assert [draft.actor for draft in result.drafts] == ["g1"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"PK\x03\x04 torn", "file-unreadable"),
        (b"", "file-unreadable"),
        ("姓名,电话\n甲,1\n".encode(), "kind-unknown"),
        (DIARY.encode(), "file-empty"),
    ],
)
def test_unusable_file_is_one_finding(tmp_path: Path, data: bytes, code: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    result = read_file(path)
    assert _codes(result.findings) == [code]
    assert not result.drafts


def test_finding_in_one_row_holds_back_its_whole_job(tmp_path: Path) -> None:
    text = (DEMO / "05-packhouse.csv").read_text(encoding="utf-8")
    path = tmp_path / "packhouse.csv"
    path.write_text(text.replace("26GW-AIR1,,1515,公斤", "26GW-AIR1,,1515,升"), encoding="utf-8")
    result = read_file(path)
    assert _codes(result.findings).count("unit-impossible") == 1
    assert set(_codes(result.findings)) == {"unit-impossible", "row-not-recorded"}
    whole = read_file(DEMO / "05-packhouse.csv")
    assert len(result.drafts) == len(whole.drafts) - 1


def test_mass_that_does_not_balance_is_refused_before_signing(tmp_path: Path) -> None:
    text = (DEMO / "05-packhouse.csv").read_text(encoding="utf-8")
    path = tmp_path / "packhouse.csv"
    path.write_text(text.replace("26GW-AIR1,,1515,公斤", "26GW-AIR1,,1495,公斤"), encoding="utf-8")
    found = next(finding for finding in read_file(path).findings if finding.code == "mass-imbalance")
    assert "1530" in found.message("zh") and "20" in found.message("en")


# --- what only the ledger knows ---------------------------------------------------------------------------------------


@pytest.fixture
def until_packed() -> History:
    history = History()
    sign_season(history, until="05-packhouse.csv")
    return history


SLIP = "交接单号,日期,动作,负责人,对方,批次,净重(公斤),凭证\n"


def _slip(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "slip.csv"
    path.write_text(SLIP + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        ("X-1,2026-06-28 18:00,发货,coop,haulier,(01)09520000000264(10)26GW-NONE,10,磅单", "lot-unknown", "批次"),
        ("X-1,2026-06-28 18:00,发货,coop,haulier,(01)09520000000264(10)26GW-AIR1,1600,磅单", "lot-oversold", "数量"),
        ("X-1,2026-06-28 18:00,发货,coop,haulier,p:GVPC5DCWCF9D9WM9,10,磅单", "lot-used", "批次"),
        ("X-1,2026-06-28 18:00,发货,haulier,sha,(01)09520000000264(10)26GW-AIR1,10,磅单", "lot-not-held", "批次"),
        ("X-1,2026-06-28 18:00,收货,haulier,coop,(01)09520000000264(10)26GW-AIR1,10,磅单", "ship-missing", "批次"),
        ("X-1,2026-06-28 18:00,发货,coop,路人甲,(01)09520000000264(10)26GW-AIR1,10,磅单", "actor-unknown", "对方"),
        ("X-1,2026-06-28 18:00,发货,sha,coop,(01)09520000000264(10)26GW-AIR1,10,磅单", "key-mismatch", "负责人"),
    ],
)
def test_row_that_breaks_a_rule_of_the_ledger_is_named_and_not_signed(
    tmp_path: Path, until_packed: History, row: str, code: str, field: str
) -> None:
    good = "X-2,2026-06-28 19:00,发货,coop,haulier,(01)09520000000264(10)26GW-SEA1,9120,磅单"
    done = sign_file(_slip(tmp_path, row, good), until_packed, ["coop", "haulier"])
    (found,) = done.findings
    assert (found.code, found.row) == (code, 2)
    assert found.field.startswith(field)
    (entry,) = done.signed.batch
    assert entry.draft.source.row == 3


def test_refused_row_leaves_no_gap_in_the_chain(tmp_path: Path, until_packed: History) -> None:
    before = dict(until_packed.heads)
    rows = [
        "X-1,2026-06-28 18:00,发货,coop,haulier,(01)09520000000264(10)26GW-NONE,10,磅单",
        "X-2,2026-06-28 19:00,发货,coop,haulier,(01)09520000000264(10)26GW-SEA1,9120,磅单",
    ]
    sign_file(_slip(tmp_path, *rows), until_packed, ["coop"])
    grown = {name: until_packed.heads[name][0] - seq for name, (seq, _) in before.items()}
    assert sorted(grown.values())[-2:] == [0, 1]


def test_key_that_nobody_registered_is_refused(tmp_path: Path, until_packed: History) -> None:
    from ledger.log.signer import Signer
    from tests.support.demo_season import SALTS, actors
    from web.imports.sign import sign_drafts

    coop = actors()["coop"]
    stranger = Signer.from_seed(f"{coop}/other", b"\x07" * 32)
    row = "X-2,2026-06-28 19:00,发货,coop,haulier,(01)09520000000264(10)26GW-SEA1,9120,磅单"
    drafts = read_file(_slip(tmp_path, row)).drafts
    signed = sign_drafts(drafts, history=until_packed, keys={coop: stranger}, salts=SALTS)
    assert _codes(signed.findings) == ["key-unregistered"]
    assert not signed.batch


def test_new_key_under_a_registered_name_cannot_sign(tmp_path: Path, until_packed: History) -> None:
    from ledger.log.signer import Signer
    from tests.support.demo_season import SALTS, actors
    from web.imports.sign import sign_drafts

    coop = actors()["coop"]
    forged = Signer.from_seed(f"{coop}/2026", b"\x08" * 32)
    row = "X-2,2026-06-28 19:00,发货,coop,haulier,(01)09520000000264(10)26GW-SEA1,9120,磅单"
    drafts = read_file(_slip(tmp_path, row)).drafts
    signed = sign_drafts(drafts, history=until_packed, keys={coop: forged}, salts=SALTS)
    assert _codes(signed.findings) == ["key-unregistered"]
    assert not signed.batch


def test_correction_needs_exactly_one_target(tmp_path: Path, until_packed: History) -> None:
    text = (DEMO / "20-corrections.csv").read_text(encoding="utf-8")
    path = tmp_path / "corrections.csv"
    path.write_text(text.replace("尿素,20,袋", "尿素,21,袋"), encoding="utf-8")
    done = sign_file(path, until_packed, ["coop"])
    (found,) = done.findings
    assert found.code == "correction-target" and "0" in found.message("en")


def test_same_row_twice_is_recorded_once(tmp_path: Path, until_packed: History) -> None:
    row = "X-2,2026-06-28 19:00,发货,coop,haulier,(01)09520000000264(10)26GW-SEA1,9120,磅单"
    first = sign_file(_slip(tmp_path, row), until_packed, ["coop"])
    again = sign_file(_slip(tmp_path, row), until_packed, ["coop"])
    assert len(first.signed.batch) == 1 and not again.signed.batch
    assert again.signed.skipped[0][1] == first.signed.batch[0].entry_id


def test_broken_rule_is_worded_in_the_language_of_the_reader() -> None:
    from ledger.book.violation import Violation
    from web.imports.base import Draft, Source
    from web.imports.violations import explain

    draft = Draft("coop", "", "ship", "road", {}, (), (), "", Source("slip.csv", "", 2))
    for rule, reason in (("ship-to-self", "不能发货给自己"), ("lots-missing", "缺少必填内容"), ("new", "账本的规则")):
        found = explain(Violation(rule, "data.to", "english detail"), draft)
        assert reason in found.message("zh") and "english" not in found.text("zh")
        assert "english detail" in found.message("en")


def test_every_wrong_cell_of_a_row_is_named_in_one_run(tmp_path: Path) -> None:
    path = tmp_path / "diary.csv"
    head = "日期,负责人,场所,事项,数量,单位,凭证,公开范围\n"
    path.write_text(head + "03/04/2026,g1,orchard-g1,尿素,abc,furlong,传言,某些人\n", encoding="utf-8")
    result = read_file(path)
    assert not result.drafts
    fields = {finding.field.partition(" / ")[0] for finding in result.findings}
    assert fields == {"日期", "数量", "单位", "凭证", "公开范围"}


@pytest.mark.parametrize(
    ("name", "unit", "slot"),
    [
        ("碳铵", "公斤", "ammonium_bicarbonate"),
        ("磷酸二铵", "公斤", "diammonium_phosphate"),
        ("石灰", "斤", "quicklime"),
        ("猪粪", "吨", "manure_pig"),
        ("氯化钾", "公斤", "potassium_chloride"),
        ("汽油", "升", "gasoline"),
        ("除草剂", "公斤", "pesticide"),
    ],
)
def test_diary_knows_what_growers_call_their_inputs(tmp_path: Path, name: str, unit: str, slot: str) -> None:
    result = read_file(_diary(tmp_path, f"2026-06-01,,g1,orchard-g1,{name},12,{unit},,发票,,,,,,"))
    assert result.findings == ()
    (draft,) = result.drafts
    ((_, item),) = draft.items
    assert item["slot"] == slot


def test_diary_reads_what_a_pump_and_converted_land_need(tmp_path: Path) -> None:
    headers = "日期,负责人,场所,事项,数量,单位,凭证,扬程(米),水泵效率,开垦年份,每公顷碳损失(吨CO2)\n"
    pump = "2026-06-01,g1,orchard-g1,提水灌溉,500,方,自述,20,0.5,,"
    land = "2026-06-01,g1,orchard-g1,土地转用,2,亩,单据,,,2013,120"
    wrong = "2026-06-01,g1,orchard-g1,柴油,2,升,发票,20,,,"
    result = read_file(_diary(tmp_path, pump, land, wrong, headers=headers))
    assert [(finding.code, finding.field) for finding in result.findings] == [
        ("condition-out-of-place", "扬程(米) / head (m)")
    ]
    items = [dict(draft.items[0][1]) for draft in result.drafts]
    assert (items[0]["head"], items[0]["efficiency"]) == ("20", "0.5")
    assert (items[1]["converted"], items[1]["lost"]) == ("2013", "120")


def test_diary_reads_the_footprint_that_a_maker_states(tmp_path: Path) -> None:
    (tmp_path / "pcf.pdf").write_bytes(b"the maker's statement")
    stated = "供应商出厂碳足迹(kgCO2e),碳足迹每单位,碳足迹GWP版本,碳足迹来源"
    headers = f"日期,负责人,场所,事项,数量,单位,凭证,附件,{stated}\n"
    known = "2026-06-01,g1,orchard-g1,复合肥,600,公斤,发票,pcf.pdf,900,吨,AR6,厂家2026"
    said = "2026-06-01,g1,orchard-g1,复合肥,600,公斤,发票,,0.9,,,厂家口述"
    wrong = "2026-06-01,g1,orchard-g1,复合肥,600,公斤,发票,,0.9,升,,厂家口述"
    result = read_file(_diary(tmp_path, known, said, wrong, headers=headers))
    assert [(finding.code, finding.field) for finding in result.findings] == [
        ("unit-impossible", "碳足迹每单位 / footprint per unit")
    ]
    values = [dict(draft.items)["supplier_value"] for draft in result.drafts]
    assert [(one["kgco2e"], one["unit"], one["gwp_set"], one["evidence"]) for one in values] == [
        ("900", "t", "AR6", "document"),
        ("0.9", "kg", "unknown", "own_statement"),
    ]


def test_a_harvest_without_a_lot_number_is_offered_one(tmp_path: Path) -> None:
    row = "2026-06-24,,g1,orchard-g1,采收,9,斤,,磅单,桂味,,2025-08-01,2026-07-31,,"
    (found,) = read_file(_diary(tmp_path, row)).findings
    assert found.code == "lot-needed"
    offered = found.advice("en").split("paste ")[1].split(" ")[0]
    assert read_file(_diary(tmp_path, row.replace("桂味,,", f"桂味,{offered},"))).findings == ()


def test_a_job_sheet_offers_the_inputs_of_its_stage_alone(tmp_path: Path) -> None:
    path = tmp_path / "packhouse.csv"
    path.write_text(
        "工单,日期,负责人,场所,作业,方向,批次,品名,数量,单位\nW-1,2026-06-26,coop,winery,酿造,用量,,火药,1,公斤\n",
        encoding="utf-8",
    )
    (found,) = [found for found in read_file(path).findings if found.code == "choice-unknown"]
    assert "玻璃瓶" in found.advice("zh") and "尿素" not in found.advice("zh")


def test_only_a_number_may_be_zero_with_a_reason(tmp_path: Path) -> None:
    row = "2026-06-01,,,orchard-g1,尿素,,公斤,,发票,,,,,,"
    advice = {found.code: found.advice("zh") for found in read_file(_diary(tmp_path, row)).findings}
    assert "请填 0" in advice["number-missing"] and "请填 0" not in advice["value-missing"]
