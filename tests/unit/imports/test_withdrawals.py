"""A withdrawal slip takes the lots that came in first, cuts the last one, and hands all of it over."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.ids import make_code
from tests.support.demo_season import actors, season, sign_file, sign_season
from web.imports.history import History

HEADERS = "出库单号,日期,负责人,对方,场所,GTIN,批次,出库重量(公斤),出库批次,剩余批次,凭证\n"
LOTS = season()["lots"]
AIR, SHA = LOTS["AIR1"], LOTS["SHA1"]  # 1515 kg and 4545 kg, packed in this order


@pytest.fixture
def history() -> History:
    found = History()
    sign_season(found, until="05-packhouse.csv")
    return found


def sheet(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "out.csv"
    path.write_text(HEADERS + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def kilograms(history: History, lot: str) -> int:
    chain = history.book.lot_mass(lot)
    assert chain is not None
    return int(chain.mass_kg)


def test_the_lot_that_came_first_goes_whole_and_the_next_is_cut(tmp_path: Path, history: History) -> None:
    one = f"C-1,2026-06-26 09:00,coop,sha,,,{SHA},2000,,,磅单"
    path = sheet(tmp_path, one, f"C-1,2026-06-26 09:00,coop,sha,,,{AIR},,,,")
    done = sign_file(path, history, ["coop"])
    assert [finding.text("en") for finding in done.findings] == []
    split, ship = (entry.draft for entry in done.signed.batch)
    cut, rest = (lot for lot in split.lots if lot != SHA)
    if kilograms(history, cut) != 485:
        cut, rest = rest, cut
    assert (split.kind, split.data["in"]) == ("split", [SHA])
    assert (kilograms(history, cut), kilograms(history, rest)) == (485, 4060)
    assert (ship.kind, set(ship.lots), ship.data["to"]) == ("ship", {AIR, cut}, "sha")
    assert history.book.custodian_of(rest) == actors()["coop"] and history.book.consumer_of(AIR) is None
    again = sign_file(path, history, ["coop"])
    assert (again.signed.batch, again.findings, len(again.signed.skipped)) == ((), (), 1)


def test_a_product_stands_for_its_lots_and_the_parts_can_be_named(tmp_path: Path, history: History) -> None:
    gtin = AIR[7:21]
    cut, rest = (f"p:{make_code(bytes([number]) * 10)}" for number in (1, 2))
    stock = [
        lot for lot, found in history.book.lots.items()
        if found.product_gtin == gtin and found.consumed_by is None and found.custodian == actors()["coop"]
    ]  # fmt: skip
    first, second = sorted(
        stock, key=lambda lot: (history.book.lots[lot].origin.event_time, history.book.lots[lot].origin.index, lot)
    )[:2]
    slip = f"C-{{}},2026-06-26 09:00,coop,sha,packhouse,{gtin},,{{}},{cut},{rest},"
    whole = sign_file(sheet(tmp_path, slip.format(1, kilograms(history, first))), history, ["coop"])
    assert [(entry.draft.kind, entry.draft.lots) for entry in whole.signed.batch] == [("ship", (first,))]
    # The first lot is on its way, though nobody has received it yet: the next slip cuts the second.
    part = sign_file(sheet(tmp_path, slip.format(2, kilograms(history, second) - 1)), history, ["coop"])
    assert [entry.draft.kind for entry in part.signed.batch] == ["split", "ship"]
    assert part.signed.batch[0].draft.data["in"] == [second]
    assert (history.book.product_of(cut), kilograms(history, rest)) == (gtin, 1)


def test_a_lot_on_its_way_cannot_leave_again(tmp_path: Path, history: History) -> None:
    slip = f"C-{{}},2026-06-26 09:00,coop,sha,,,{AIR},{{}},,,"
    assert sign_file(sheet(tmp_path, slip.format(1, 1515)), history, ["coop"]).findings == ()
    (found,) = sign_file(sheet(tmp_path, slip.format(2, 100)), history, ["coop"]).findings
    assert found.code == "stock-short" and "库存只有 0 公斤" in found.text("zh")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (f"C-3,2026-06-26 09:00,coop,sha,,,{AIR},1516,,,", "stock-short"),
        ("C-3,2026-06-26 09:00,coop,sha,,,p:000000000000000E,10,,,", "lot-malformed"),
        (f"C-3,2026-06-26 09:00,coop,nobody,,,{AIR},100,,,", "actor-unknown"),
        (f"C-3,2026-06-26 09:00,coop,sha,,,{AIR},0,,,", "value-missing"),
        ("C-3,2026-06-26 09:00,coop,sha,,,,10,,,", "value-missing"),
        ("C-3,2026-06-26 09:00,coop,sha,,09520000000265,,10,,,", "gtin-malformed"),
        (f"C-3,2026-06-26 09:00,rtm,sha,,,{AIR},10,,,", "key-mismatch"),
    ],
)
def test_what_is_wrong_with_a_slip_is_told_and_nothing_is_cut(
    tmp_path: Path, history: History, row: str, code: str
) -> None:
    done = sign_file(sheet(tmp_path, row), history, ["coop"])
    assert [finding.code for finding in done.findings] == [code] and done.signed.batch == ()
