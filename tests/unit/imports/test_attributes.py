"""A grower writes what a harvest is certified as; a packhouse that mixes it with others is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.ids import make_code
from tests.support.demo_season import sign_file, sign_season
from web.imports.history import History

DIARY = "日期,负责人,场所,事项,数量,单位,凭证,品种,认证,批次,产季开始,产季结束\n"
JOB = "工单,日期,负责人,场所,作业,方向,批次,数量,单位,凭证,认证\n"


@pytest.fixture
def history() -> History:
    found = History()
    sign_season(found, until="01-parties.csv")
    return found


def test_a_certified_harvest_is_kept_apart(tmp_path: Path, history: History) -> None:
    first, second = (f"gs1:01/09520000001261/10/26NM-{name}" for name in ("A", "B"))
    one, two, packed = (f"p:{make_code(bytes([number]) * 10)}" for number in (1, 2, 3))
    diary, slip, job = (tmp_path / f"{name}.csv" for name in ("diary", "slip", "job"))
    harvest = "2026-06-24,g3,orchard-g3,采收,{},公斤,磅单,糯米糍,{},{},2025-08-01,2026-07-31\n"
    diary.write_text(DIARY + harvest.format(900, "有机", one) + harvest.format(800, "", two), encoding="utf-8")
    done = sign_file(diary, history, ["g3"])
    assert done.findings == ()
    assert (history.book.attributes_of(one), history.book.attributes_of(two)) == ({"organic"}, frozenset())
    rows = [f"H-1,2026-06-24 1{hour}:00,{do},{who},{other},,{lot},{kg},磅单"
            for hour, (do, who, other) in enumerate([("发货", "g3", "coop"), ("收货", "coop", "g3")])
            for lot, kg in ((one, 900), (two, 800))]  # fmt: skip
    slip.write_text("交接单号,日期,动作,负责人,对方,场所,批次,净重(公斤),凭证\n" + "\n".join(rows), encoding="utf-8")
    assert sign_file(slip, history, ["coop", "g3"]).findings == ()
    work = "B-1,2026-06-25 09:00,coop,packhouse,包装,{},{},{},公斤,磅单,{}\n"
    mixed = (
        work.format("投入", one, 900, "") + work.format("投入", two, 800, "") + work.format("产出", packed, 1700, "")
    )
    job.write_text(JOB + mixed, encoding="utf-8")
    (told,) = sign_file(job, history, ["coop"]).findings
    assert told.code == "attributes-apart" and one in told.message("zh") and "认证" in told.message("zh")
    rows = (("投入", two, 800, ""), ("产出", first, 500, "地理标志"), ("产出", second, 300, ""))
    job.write_text(JOB + "".join(work.format(*row) for row in rows), encoding="utf-8")
    assert sign_file(job, history, ["coop"]).findings == ()
    assert history.book.attributes_of(first) == {"geographical_indication"}
    assert history.book.attributes_of(second) == frozenset()
    slip.write_text(
        f"出库单号,日期,负责人,对方,GTIN,出库重量(公斤)\nC-1,2026-06-26,coop,sha,{first[7:21]},600\n", "utf-8"
    )
    (told,) = sign_file(slip, history, ["coop"]).findings
    assert told.code == "stock-certified"
