"""Files at the command line: good rows, findings, dry runs, the same row twice, entries signed elsewhere."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ledger.ids import make_code
from tests.support.demo_home import copy_home, digests
from web.cli.main import run

COOP = "a_aaiulegcyisoc333"
Capture = pytest.CaptureFixture[str]
HEADER = "date,last date,actor,facility,input or harvest,quantity,unit,kg per bag,evidence,season start,season end\n"
GOOD = "2026-09-10,,g1,orchard-g1,diesel,12.5,L,,invoice,2026-08-01,2027-07-31\n"


@pytest.fixture
def home(demo_home: Path, tmp_path: Path) -> Path:
    return copy_home(demo_home, tmp_path / "home")


def import_file(capsys: Capture, home: Path, text: str, *more: str, code: int = 0) -> Any:
    path = home.parent / "rows.csv"
    path.write_text(HEADER + text, encoding="utf-8")
    capsys.readouterr()
    assert run(["--home", str(home), "entry", "import", str(path), "--key", COOP, *more, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def size(capsys: Capture, home: Path) -> int:
    capsys.readouterr()
    assert run(["--home", str(home), "log", "checkpoint", "--json"]) == 0
    return int(json.loads(capsys.readouterr().out)["size"])


def test_good_row_is_recorded_once_with_its_receipt(home: Path, capsys: Capture) -> None:
    before = size(capsys, home)
    (entry,) = import_file(capsys, home, GOOD)["entries"]
    assert entry["status"] == "logged" and entry["index"] == before
    assert (home / "receipts" / f"{entry['entry_id']}.tlog-proof").read_text("utf-8") == entry["receipt"]
    again = import_file(capsys, home, GOOD)
    assert again["entries"] == [] and again["skipped"][0]["entry_id"] == entry["entry_id"]
    assert size(capsys, home) == before + 1


def test_dry_run_shows_the_same_report_and_changes_nothing(home: Path, capsys: Capture) -> None:
    before = digests(home)
    bad = GOOD + GOOD.replace("12.5", "1,250".join('""'))
    dry = import_file(capsys, home, bad, "--dry-run", code=1)
    real = import_file(capsys, home, bad, code=1)
    assert dry["findings"] == real["findings"] != []
    assert [row["status"] for row in real["entries"]] == ["good"]
    assert digests(home) == before


def test_findings_hold_everything_back_until_good_rows_are_asked_for(home: Path, capsys: Capture) -> None:
    before = size(capsys, home)
    bad = GOOD + GOOD.replace("12.5,L", "7,furlong") + GOOD.replace("2026-09-10", "10/09/2026")
    held = import_file(capsys, home, bad, code=1)
    assert {finding["row"] for finding in held["findings"]} == {3, 4}
    assert all(finding["field"] and finding["advice_zh"] and finding["advice_en"] for finding in held["findings"])
    assert size(capsys, home) == before
    taken = import_file(capsys, home, bad, "--good-rows", code=1)
    assert [row["status"] for row in taken["entries"]] == ["logged"]
    assert size(capsys, home) == before + 1


def test_row_of_another_party_is_refused(home: Path, capsys: Capture) -> None:
    answer = import_file(capsys, home, GOOD.replace("g1,orchard-g1", "g3,orchard-g3"), code=1)
    assert [finding["code"] for finding in answer["findings"]] == ["key-mismatch"]
    assert answer["entries"] == []


def test_messages_are_in_the_reader_language(home: Path, capsys: Capture) -> None:
    path = home.parent / "rows.csv"
    path.write_text(HEADER + GOOD.replace("12.5,L", "7,furlong"), encoding="utf-8")
    texts = {}
    for lang in ("zh", "en"):
        capsys.readouterr()
        assert run(["--lang", lang, "--home", str(home), "entry", "import", str(path), "--key", COOP]) == 1
        texts[lang] = capsys.readouterr().err
    assert "rows.csv" in texts["zh"] and "第 2 行" in texts["zh"] and "没有记录任何内容" in texts["zh"]
    assert "row 2" in texts["en"] and "nothing was recorded" in texts["en"]


def test_unreadable_file_and_unknown_key_end_with_two(home: Path, capsys: Capture) -> None:
    path = home.parent / "picture.csv"
    path.write_bytes(bytes(range(256)))
    assert run(["--home", str(home), "entry", "import", str(path), "--key", COOP]) == 2
    assert run(["--home", str(home), "entry", "import", str(home / "none.csv"), "--key", COOP]) == 2
    assert run(["--home", str(home), "entry", "import", str(path), "--key", "a_aaaaaaaaaaaaaaaa"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_entries_signed_elsewhere_are_appended_and_known_again(home: Path, demo_home: Path, capsys: Capture) -> None:
    note = sorted((demo_home / "entries").iterdir())[0]
    lines = demo_home / "items" / f"{note.stem}.jsonl"
    items = lines.read_text("utf-8").splitlines() if lines.is_file() else []
    path = home.parent / "signed.json"
    path.write_text(json.dumps({"entries": [{"note": note.read_text("utf-8"), "items": items}]}), encoding="utf-8")
    capsys.readouterr()
    assert run(["--home", str(home), "entry", "submit", str(path), "--json"]) == 0
    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert (result["status"], result["entry_id"]) == ("duplicate", note.stem)
    path.write_text('{"entries":[{"note":"x","items":[]}]}', encoding="utf-8")
    assert run(["--home", str(home), "entry", "submit", str(path)]) == 1
    for text in ("[]", "{", '{"entries":[{"note":1,"items":[]}]}', '{"entries":[{"note":"x","items":[1]}]}'):
        path.write_text(text, encoding="utf-8")
        assert run(["--home", str(home), "entry", "submit", str(path)]) == 2


SEASON = (
    "settlement,date,first date,last date,actor,facility,stage,row type,earlier season,input,lot,"
    "quantity,unit,evidence\n"
    + "".join(
        f"J-1,2027-08-01,2026-08-01,2027-07-31,g1,orchard-g1,orchard,{row}\n"
        for row in (
            "total,,electricity,,1100,kWh,meter",
            "total,2026,electricity,,1200,kWh,meter",
            "total,2025,electricity,,1000,kWh,meter",
            "yield,2026,,,12000,kg,scale ticket",
            "yield,2025,,,3000,kg,scale ticket",
            "lot share,,,{lot},9000,kg,",
        )
    )
)


def test_earlier_seasons_reach_the_figure_and_the_books(home: Path, capsys: Capture) -> None:
    lot = "p:" + make_code(bytes(range(10)))
    harvest = "date,actor,facility,input or harvest,quantity,unit,evidence,variety,lot,season start,season end\n"
    files = (harvest + f"2027-06-20,g1,orchard-g1,harvest,9000,kg,scale ticket,guiwei,{lot},2026-08-01,2027-07-31\n",
             SEASON.format(lot=lot))  # fmt: skip
    for text in files:
        path = home.parent / "rows.csv"
        path.write_text(text, encoding="utf-8")
        assert run(["--home", str(home), "entry", "import", str(path), "--key", COOP]) == 0

    def ask(*args: str) -> Any:
        capsys.readouterr()
        assert run(["--home", str(home), *args, "--methodology", "lychee-fresh@2", "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    # (1100 + 1200 + 1000) kWh x 0.5777 = 1906.41 over 9000 + 12000 + 3000 = 24000 kg; 1100 x 0.5777 = 635.47.
    answer = ask("assess", lot)
    assert answer["gate"]["slots"][0]["slot"] == "electricity"
    charged = sum(Decimal(slot["total_kgco2e"]) for slot in answer["gate"]["slots"] if slot["tier"] != "gap_fill")
    alone = {name: Decimal(value["total_kgco2e"]) for name, value in answer["own_season"].items()}
    filled = Decimal(answer["gate"]["total_kgco2e"]) - charged
    assert charged == Decimal("714.903750") and alone == dict.fromkeys(
        ("gate", "delivered"), Decimal("635.47") + filled
    )
    assert answer["own_season"]["gate"]["seasons"] == ["2025", "2026", "2027"]
    balance = ask("lot", "balance")
    (reserve,) = balance["reserves"]
    assert (reserve["holder"], reserve["kgco2e"], reserve["latest_season"]) == ("deferral", "-79.433750", "635.470000")
    assert reserve["strained"] is False
    # The season's own close knows more than its power, and another yield.
    assert {(row["season"], row["slot"]) for row in balance["restated"]} >= {("2026", ""), ("2026", "urea")}
    capsys.readouterr()
    for words in (["assess", lot], ["lot", "balance"]):
        assert run(["--home", str(home), *words, "--methodology", "lychee-fresh@2"]) == 0
    told = capsys.readouterr().out
    assert "2025, 2026, 2027" in told and "-79.433750" in told


def test_close_that_moves_emissions_to_a_neighbour_is_recorded_and_everybody_is_told(
    home: Path, capsys: Capture
) -> None:
    light, heavy, forgotten = ("p:" + make_code(bytes(range(first, first + 10))) for first in (0, 1, 2))
    picked = zip((light, heavy, forgotten), ("1000", "3000", "500"), strict=True)
    harvest = (
        "date,actor,facility,input or harvest,quantity,unit,evidence,variety,lot,season start,season end\n"
        + "".join(
            f"2027-06-20,g1,orchard-g1,harvest,{kg},kg,scale ticket,guiwei,{lot},2026-08-01,2027-07-31\n"
            for lot, kg in picked
        )
    )
    head = "settlement,date,first date,last date,actor,facility,stage,row type,input,lot,quantity,unit,evidence\n"
    shares = {light: "0.001", heavy: "3000"}

    def close() -> str:
        rows = ["total,electricity,,1000,kWh,meter", *(f"lot share,,{lot},{kg},kg," for lot, kg in shares.items())]
        return head + "".join(f"J-1,2027-08-01,2026-08-01,2027-07-31,g1,orchard-g1,orchard,{row}\n" for row in rows)

    def send(text: str, *more: str) -> Any:
        path = home.parent / "rows.csv"
        path.write_text(text, encoding="utf-8")
        capsys.readouterr()
        assert run(["--home", str(home), "entry", "import", str(path), "--key", COOP, *more, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    assert send(harvest)["warnings"] == []
    honest = close().replace("0.001", "1000") + (
        f"J-1,2027-08-01,2026-08-01,2027-07-31,g1,orchard-g1,orchard,lot share,,{forgotten},500,kg,\n"
    )
    assert send(honest, "--dry-run")["warnings"] == []
    dry = send(close(), "--dry-run")
    (warning,) = dry["warnings"]
    assert dry["findings"] == [] and (warning["code"], warning["row"]) == ("sharing-doubtful", 3)
    # 1000 of 4500 kg are 22.2 %, 500 are 11.1 %.
    for words in (
        f"{light} weighs 0.001 kg there, and 1000 kg by its own entries; it takes 0.0 % instead of 22.2 %",
        f"{forgotten} was there by its own entries and has no weight; it takes 0.0 % instead of 11.1 %",
    ):
        assert words in warning["message_en"]
    assert f"{forgotten} 按其自身记录当时在场，却没有份额；它承担 0.0 %，而不是 11.1 %" in warning["message_zh"]
    late = "p:" + make_code(bytes(range(3, 13)))
    recorded = send(close())
    assert [row["status"] for row in recorded["entries"]] == ["logged"] and recorded["warnings"] == [warning]
    rows = (
        harvest.splitlines()[0]
        + f"\n2027-06-21,g1,orchard-g1,harvest,100,kg,scale ticket,guiwei,{late},2026-08-01,2027-07-31\n"
    )
    (other,) = send(rows, "--dry-run")["warnings"]
    assert other["row"] == 2 and other["message_en"].count("p:") == 1, "of an earlier close, only what is new"
    assert f"{late} was there by its own entries and has no weight" in other["message_en"]
    assert run(["--home", str(home), "assess", light, "--methodology", "lychee-fresh@2", "--json"]) == 0
    (remark,) = json.loads(capsys.readouterr().out)["remarks"]
    # Of 1000 kWh x 0.5777 = 577.7 kg: 2/9 less a third of a millionth, and 1/9.
    assert [(one["lot"], one["kgco2e"]) for one in remark["lots"]] == [(light, "-128.378"), (forgotten, "-64.189")]
    told = {}
    for lang in ("en", "zh"):
        assert run(["--lang", lang, "--home", str(home), "assess", light, "--methodology", "lychee-fresh@2"]) == 0
        told[lang] = capsys.readouterr().out
    assert "instead of 22.2 %: -128.378 kg CO2e for it" in told["en"] and "大岭桂味园" in told["en"]
    assert "而不是 22.2 %，其排放因此相差 -128.378 kg CO2e" in told["zh"] and "Look" not in told["zh"]
