"""Forms of the chain read what the stages ask for: energies, distances, ships, plugs, refrigerants, treatments."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from web.imports.files import read_file

SEA1 = "(01)09520000000264(10)26GW-SEA1"
SHA1 = "(01)09520000000264(10)26GW-SHA1"


def read(path: Path, *lines: str) -> list[Any]:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = read_file(path)
    assert found.findings == ()
    return list(found.drafts)


def items(draft: Any, name: str) -> list[Mapping[str, Any]]:
    return [value for item, value in draft.items if item == name]


def test_a_trip_of_two_lots_by_gas(tmp_path: Path) -> None:
    (trip,) = read(
        tmp_path / "trucks.csv",
        "车次,日期,负责人,路段,车型,里程(公里),里程来源,里程口径,本批里程(公里),能源,用量,单位,空驶返程(公里),批次,净重(公斤),凭证",
        f"T-1,2026-06-26,haulier,短驳,33吨以上冷藏半挂车,100,地图,最短可行,100,液化天然气,40,公斤,75,{SEA1},4000,发票",
        f"T-1,2026-06-26,haulier,短驳,33吨以上冷藏半挂车,100,地图,最短可行,50,液化天然气,40,公斤,75,{SHA1},6000,发票",
    )
    assert [(one.get("lot", ""), one["quantity"], one["basis"]) for one in items(trip, "distance")] == [
        ("", "100", "shortest_feasible"),
        ("gs1:01/09520000000264/10/26GW-SEA1", "100", "shortest_feasible"),
        ("gs1:01/09520000000264/10/26GW-SHA1", "50", "shortest_feasible"),
    ]
    used = [(one["slot"], one["quantity"], one["unit"]) for one in items(trip, "activity")]
    assert used == [("lng", "40", "kg"), ("empty_return", "75", "km")]


@pytest.mark.parametrize(
    ("name", "head", "row"),
    [
        ("trucks", "车次,日期,负责人,路段,车型,里程(公里),里程来源", "T-1,2026-06-26,haulier,短驳,17吨以上货车,9,地图"),
        ("rail", "车次,日期,负责人,路段,车型,里程(公里),里程来源", "R-1,2026-06-26,haulier,干线,火车,1500,12306"),
        ("air", "air waybill,date,actor,distance (km),distance source", "W-1,2026-06-28,agent,9140,great circle"),
    ],
)  # fmt: skip
def test_a_leg_states_what_holds_the_fruit(tmp_path: Path, name: str, head: str, row: str) -> None:
    mass = ("net mass (kg)", "gross mass (kg)") if name == "air" else ("净重(公斤)", "毛重(公斤)")
    lot = "lot" if name == "air" else "批次"
    (leg,) = read(tmp_path / f"{name}.csv", f"{head},{lot},{mass[0]},{mass[1]}", f"{row},{SEA1},1515,1978")
    assert [(one["quantity"], one["gross"]) for one in items(leg, "mass")] == [("1515", "1978")]
    (leg,) = read(tmp_path / f"{name}.csv", f"{head},{lot},{mass[0]},{mass[1]}", f"{row},{SEA1},1515,")
    assert [(one["quantity"], "gross" in one) for one in items(leg, "mass")] == [("1515", False)]
    path = tmp_path / f"{name}.csv"
    path.write_text(f"{head},{lot},{mass[0]},{mass[1]}\n{row},{SEA1},1515,1514.9\n", encoding="utf-8")
    assert [one.code for one in read_file(path).findings] == ["gross-below-net"]


def test_a_train_is_a_stage_of_its_own(tmp_path: Path) -> None:
    (trip,) = read(
        tmp_path / "trucks.csv",
        "车次,日期,负责人,路段,车型,里程(公里),里程来源,批次,净重(公斤)",
        f"R-1,2026-06-26,haulier,干线,火车,1500,12306,{SEA1},9120",
    )
    assert (trip.stage, trip.data["vehicle"]) == ("rail", "rail")


def test_electricity_drives_electric_vehicles_only(tmp_path: Path) -> None:
    header = "车次,日期,负责人,路段,车型,里程(公里),里程来源,能源,用量,单位,批次,净重(公斤),凭证"
    row = f"E-1,2026-06-26,haulier,短驳,{{}},75,地图,电,90,千瓦时,{SEA1},9120,电表"
    (trip,) = read(tmp_path / "electric.csv", header, row.format("电动货车"))
    assert (trip.stage, trip.data["vehicle"]) == ("road", "truck_electric")
    assert [one["slot"] for one in items(trip, "activity")] == ["electricity"]
    (tmp_path / "diesel.csv").write_text(f"{header}\n{row.format('33吨以上冷藏半挂车')}\n", encoding="utf-8")
    assert [one.code for one in read_file(tmp_path / "diesel.csv").findings] == ["vehicle-electric"]


def test_a_voyage_names_its_ports_ship_and_plug(tmp_path: Path) -> None:
    (voyage,) = read(
        tmp_path / "sea.csv",
        "航次,日期,负责人,起点,终点,里程(公里),里程来源,里程口径,航道,船型,箱型(TEU),全箱货重(公斤),设定温度,插电小时,批次,净重(公斤)",
        f"V-1,2026-06-30,carrier,CNNSA,NLRTM,24372,船公司,计划,好望角,8000TEU以上集装箱船,2,16000,2.0,600,{SEA1},9120",
    )
    (leg,) = items(voyage, "distance")
    assert [leg[name] for name in ("from", "to", "passage", "basis")] == ["CNNSA", "NLRTM", "cape", "planned"]
    assert voyage.data["vehicle"] == "container_ship_8000"
    assert items(voyage, "box")[0]["setpoint"] == "2.0"
    assert [(one["slot"], one["unit"]) for one in items(voyage, "activity")] == [("plug_hours", "h")]


@pytest.mark.parametrize(
    ("word", "slot"),
    [("制冷剂R410A", "refrigerant_r410a"), ("R404A充注量", "charge_r404a"), ("制冷剂氨", "refrigerant_ammonia")],
)
def test_a_room_reports_any_refrigerant(tmp_path: Path, word: str, slot: str) -> None:
    (room,) = read(
        tmp_path / "coldstore.csv",
        "日期,截止日期,负责人,场所,记录项,数量,单位,凭证",
        f"2026-06-01,2026-06-30,coop,coldroom,{word},0.4,公斤,发票",
    )
    assert [(one["slot"], one["unit"]) for one in items(room, "activity")] == [(slot, "kg")]


def test_a_shop_tops_up_and_feeds_animals(tmp_path: Path) -> None:
    sold, lost = read(
        tmp_path / "retail.csv",
        "日期,截止日期,负责人,场所,批次,净重(公斤),陈列用电(度),制冷剂,补充制冷剂(公斤),损耗(公斤),损耗原因,处理方式,凭证",
        f"2026-06-29,2026-07-02,sha,sha-store,{SHA1},4545,180,制冷剂R134A,0.2,110,腐烂,饲料,电表",
    )
    assert [one["slot"] for one in items(sold, "activity")] == ["electricity", "refrigerant_r134a"]
    assert lost.data["treatment"] == "feed"


def test_a_port_reports_yard_and_shore_but_no_inspection(tmp_path: Path) -> None:
    head = (
        "作业号,日期,负责人,场所,环节,口岸代码,箱型(TEU),全箱货重(公斤),堆场用电(度),岸电(度),查验小时,批次,净重(公斤)"
    )
    line = f"N-1,2026-06-30,port,nansha,{{}},CNNSA,2,16000,120,800,{{}},{SEA1},9120"
    (call,) = read(tmp_path / "port.csv", head, line.format("港口", ""))
    assert [one["slot"] for one in items(call, "activity")] == ["yard_electricity", "shore_power"]
    (call,) = read(tmp_path / "port.csv", head, line.format("进口码头", "5"))
    assert items(call, "activity")[-1]["slot"] == "inspection"
    path = tmp_path / "wrong.csv"
    path.write_text(f"{head}\n{line.format('港口', '5')}\n", encoding="utf-8")
    assert [finding.code for finding in read_file(path).findings] == ["choice-unknown"]
