"""Every reading command over a demo home, for people and as JSON; every writing command over a copy of it."""

from __future__ import annotations

import json
import re
import sqlite3
import stat
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ledger.book.entry import parse_entry
from tests.support.chain import ChainBuilder, pseudonym
from tests.support.demo_home import copy_home, digests, report_of
from web.cli.base import find_actor, need_actor
from web.cli.failures import Failure
from web.cli.main import run

SEA1 = "gs1:01/09520000000264/10/26GW-SEA1"
COOP = "a_aaiulegcyisoc333"
HOLDER = "a_oqvqoqtqypdi5wyk"
Capture = pytest.CaptureFixture[str]


def ask(capsys: Capture, home: Path, *arguments: str, code: int = 0) -> Any:
    """Run a command with `--json` and read its answer."""
    capsys.readouterr()
    assert run(["--home", str(home), *arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def say(capsys: Capture, home: Path, *arguments: str, code: int = 0, lang: str = "en") -> str:
    """Run a command for people and return what it printed."""
    capsys.readouterr()
    assert run(["--lang", lang, "--home", str(home), *arguments]) == code
    printed = capsys.readouterr()
    return printed.out + printed.err


def test_a_lot_is_named_as_its_label_prints_it(demo_home: Path, capsys: Capture) -> None:
    printed = "（01）09520000000264（10）26gw-sea1"
    assert ask(capsys, demo_home, "lot", "trace", printed)["lot"] == SEA1
    assert ask(capsys, demo_home, "assess", printed)["lot"] == SEA1


def test_a_calculation_is_explained_in_chinese(demo_home: Path, capsys: Capture) -> None:
    text = say(capsys, demo_home, "assess", SEA1, "--boundary", "gate", "--explain", lang="zh")
    calculation = text[text.index(" kg CO2e ÷ ") :].split("已选用")[0]
    assert f"{SEA1} 的份额：" in calculation and "[发票, 公开因子]" in calculation
    assert not any(word in calculation for word in ("share of", "weight", "invoice", "database", " per kg"))


def first_passport(home: Path, status: str = "active") -> str:
    """Return the identifier of a passport."""
    return str(next(one["passport"] for one in report_of(home)["footprints"] if one["status"] == status))


READING = (
    ["lot", "list"],
    ["lot", "trace", SEA1, "--balance", "--methodology", "lychee-fresh@2"],
    ["lot", "balance"],
    ["lot", "balance", COOP, "--since", "100", "--methodology", "lychee-fresh@2"],
    ["assess", SEA1],
    ["assess", SEA1, "--boundary", "gate", "--explain"],
    ["assess", SEA1, "--boundary", "gate", "--monte-carlo", "7"],
    ["passport", "list"],
    ["passport", "list", "--stale"],
    ["keys", "list"],
    ["log", "checkpoint"],
    ["log", "fsck"],
    ["log", "consistency", "3", "100"],
    ["factors", "list"],
    ["factors", "show", "literature", "--key", "ELC"],
    ["entry", "template"],
    ["entry", "template", "diary"],
    ["doctor"],
)


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_reading_commands_answer_in_both_forms_and_languages(
    demo_home: Path, capsys: Capture, arguments: list[str]
) -> None:
    before = digests(demo_home)
    assert ask(capsys, demo_home, *arguments) is not None
    english, chinese = (say(capsys, demo_home, *arguments, lang=lang) for lang in ("en", "zh"))
    assert english.strip() and chinese.strip()
    assert digests(demo_home) == before


def test_calculation_is_shown_as_text_as_json_and_as_a_picture(demo_home: Path, capsys: Capture) -> None:
    told = say(capsys, demo_home, "assess", SEA1, "--explain")
    assert told == say(capsys, demo_home, "assess", SEA1, "--explain", "--format", "text")
    whole = ask(capsys, demo_home, "assess", SEA1, "--explain")
    assert whole == json.loads(say(capsys, demo_home, "assess", SEA1, "--explain", "--format", "json"))
    for boundary in ("gate", "delivered"):
        arguments = ("assess", SEA1, "--explain", "--format", "svg", "--boundary", boundary)
        drawn = say(capsys, demo_home, *arguments, lang="zh")
        changes = re.findall(r'data-change="([^"]+)"', drawn)
        assert str(sum(map(Decimal, changes))) == whole[boundary]["total_kgco2e"]
        assert f"{whole[boundary]['kgco2e_per_kg']}\u00a0kg\u00a0CO2e/kg" in drawn and 'lang="zh-Hans"' in drawn
        assert drawn == say(capsys, demo_home, *arguments, lang="zh")
    assert "--explain" in say(capsys, demo_home, "assess", SEA1, "--format", "svg", code=2)
    papers = {one["source"]: one for one in whole["plausibility"] if one["subject"] == "farm_per_kg"}
    assert {name: one["verdict"] for name, one in papers.items()} == {
        "Yan M. et al. 2016": "within",
        "Zhao C. et al. 2021": "below",
    }
    orchard = next(one for one in whole["gate"]["by_stage"] if one["stage"] == "orchard")
    per_kg = Decimal(orchard["total_kgco2e"]) / Decimal(whole["gate"]["mass_kg"])
    hectares = Decimal(48 + 20) / 15  # two plots of Guiwei, which yielded 17,600 and 7,600 kg
    wanted = str(round(per_kg * 25200 / hectares / 1000, 3))
    (ours,) = {one["value"] for one in whole["plausibility"] if one["subject"] == "farm_per_ha"}
    assert ours == wanted


def test_lots_and_balances_add_up(demo_home: Path, capsys: Capture) -> None:
    lots = {row["lot"]: row for row in ask(capsys, demo_home, "lot", "list")}
    assert lots[SEA1]["mass_kg"] and lots[SEA1]["used_up_by"] == ""
    trace = ask(capsys, demo_home, "lot", "trace", SEA1, "--balance")
    assert all(row["balanced"] for row in trace["carbon"] + trace["actors"]) and trace["faults"] == []
    assert {row["verdict"] for row in trace["masses"]} <= {"balanced", "warning"}
    assert trace["carbon"][-1]["lot"] == SEA1
    behind = {row["actor_name"] for row in trace["actors"]}
    assert "Rotterdam fruit importer and shop (demo)" in behind
    assert not {name for name in behind if name.startswith(("Shanghai", "Amsterdam", "Baiyun", "陈"))}
    apart = {"aircraft_forcing", "biogenic_co2", "biogenic_uptake", "removal"}
    stock = sum(Decimal(row["stock"]) for row in trace["actors"] if row["bucket"] not in apart)
    assert str(stock) == trace["assessed"]
    figure = ask(capsys, demo_home, "assess", SEA1)["delivered"]["total_kgco2e"]
    assert trace["carbon"][-1]["stock"] == trace["assessed"] == figure and trace["not_booked"] == "0.000000"


def test_statement_of_an_actor_goes_on_from_an_earlier_size(demo_home: Path, capsys: Capture) -> None:
    whole, later = (
        ask(capsys, demo_home, "lot", "balance", COOP, *more)["actors"] for more in ([], ["--since", "100"])
    )
    assert {row["actor"] for row in whole} == {COOP} and all(row["balanced"] for row in whole + later)
    assert {row["opening"] for row in whole} == {"0.000000"} != {row["opening"] for row in later}
    assert [row["stock"] for row in whole] == [row["stock"] for row in later]
    assert "a_nobody" in say(capsys, demo_home, "lot", "balance", "a_nobody", code=2)


def test_actors_are_named_as_the_home_knows_them(demo_home: Path, tmp_path: Path, capsys: Capture) -> None:
    whole = ask(capsys, demo_home, "lot", "balance", COOP)
    for name in ("coop", "从化青塘荔枝专业合作社（演示）", " qingtang lychee cooperative of conghua (DEMO) "):
        assert ask(capsys, demo_home, "lot", "balance", name) == whole
    assert "青塘" in say(capsys, demo_home, "lot", "balance", "青塘", code=2, lang="zh")
    form = tmp_path / "rows.csv"
    form.write_text(
        "date,actor,facility,input or harvest,quantity,unit,evidence,season start,season end\n"
        "2026-09-10,g1,orchard-g1,diesel,12.5,L,invoice,2026-08-01,2027-07-31\n"
    )
    arguments = ("entry", "import", str(form), "--dry-run", "--key")
    assert [row["status"] for row in ask(capsys, demo_home, *arguments, "coop")["entries"]] == ["good"]
    told = say(capsys, demo_home, *arguments, "梁顺成", code=2)  # the cooperative keeps his books
    assert "There is no private key 梁顺成 (a_uznqx7bug37jo4ne)" in told
    assert "There is no private key nobody in" in say(capsys, demo_home, *arguments, "nobody", code=2)


def test_name_of_two_actors_means_neither_and_both_are_listed(capsys: Capture) -> None:
    chain = ChainBuilder()
    names = [("name", {"text": "老梁", "lang": "zh"})]
    twins = sorted(pseudonym("a", ref) for ref in ("one", "two"))
    for actor in twins:
        chain.must("register_actor", actor, data={"roles": ["grower"], "keeper": ""}, items=names,
                   key=chain.signer(chain.registrar), at="2026-01-01T00:00:00Z")  # fmt: skip
    with pytest.raises(Failure, match=f"{twins[0]}, {twins[1]}"):
        find_actor(chain.book, "老梁")
    assert (find_actor(chain.book, twins[0]), find_actor(chain.book, "老李")) == (twins[0], "")
    with pytest.raises(Failure, match="There is no actor a_aaaaaaaaaaaaaaaa"):
        need_actor(chain.book, "a_aaaaaaaaaaaaaaaa")


def test_impact_names_the_lots_that_an_amendment_touched(demo_home: Path, capsys: Capture) -> None:
    entries = [one for path in sorted((demo_home / "entries").iterdir()) for one in [parse_entry(path.read_bytes())]]
    change = next(one for one in entries if one.entry.kind == "amend")
    found = ask(capsys, demo_home, "lot", "impact", change.entry_id, "--methodology", "lychee-fresh@1")
    assert all(Decimal(row["before"]) != Decimal(row["after"]) for row in found["lots"])
    found = ask(capsys, demo_home, "lot", "impact", change.entry_id)
    assert found["lots"] and {row["reason"] for row in found["lots"]} <= {"named", "shares", "made_from"}
    told = say(capsys, demo_home, "lot", "impact", change.entry_id, lang="zh")
    assert all(row["lot"] in told for row in found["lots"])
    key = next(one for one in entries if one.entry.kind == "register_key")
    assert "touches no lot" in say(capsys, demo_home, "lot", "impact", key.entry_id)
    say(capsys, demo_home, "lot", "impact", "0" * 64, code=2)


def test_assessment_equals_the_final_passport(demo_home: Path, capsys: Capture) -> None:
    answer = ask(capsys, demo_home, "assess", SEA1)
    final = next(one for one in report_of(demo_home)["footprints"] if one["lot"] == SEA1 and one["status"] == "active")
    assert answer["delivered"]["kgco2e_per_kg"] == final["total"]


def test_all_lots_are_assessed_line_by_line(demo_home: Path, capsys: Capture) -> None:
    lines = [json.loads(line) for line in say(capsys, demo_home, "assess", "--all").splitlines()]
    live = {row["lot"] for row in ask(capsys, demo_home, "lot", "list") if not row["used_up_by"]}
    assert [line["lot"] for line in lines if "problem" in line] == []
    assert {line["lot"] for line in lines} == live
    one = next(line for line in lines if line["lot"] == SEA1)
    alone = ask(capsys, demo_home, "assess", SEA1)
    for boundary in ("gate", "delivered"):
        assert one[boundary].items() <= alone[boundary].items()
    assert one["flags"] == alone["flags"]
    gate = say(capsys, demo_home, "assess", "--all", "--boundary", "gate").splitlines()
    assert all("delivered" not in json.loads(line) for line in gate)
    assert say(capsys, demo_home, "assess", "--all", "--since", "1000000") == ""
    for wrong in ([], [SEA1, "--all"], [SEA1, "--since", "3"], ["--all", "--explain"]):
        assert "--since" in say(capsys, demo_home, "assess", *wrong, code=2)


def test_another_method_can_be_asked_and_says_which_factors_it_passed_over(demo_home: Path, capsys: Capture) -> None:
    answer = ask(capsys, demo_home, "assess", SEA1, "--methodology", "lychee-fresh@2")
    assert answer["methodology"] == "lychee-fresh@2"
    passed_over = {one["row"]: one["rejected"] for one in answer["choices"]}
    grid = "literature:2026-11:ELC.GRID-PCF.CN.20"
    told = {one["row"].rpartition(":")[2]: (one["value"], one["reason"]) for one in passed_over[f"{grid}24"]}
    assert told.pop("ELC.GRID-PCF.CN.2023") == ("0.6205", "further from the year of the activity, or another edition")
    assert told["ELC.GRID-AVG.CN-GD.2022"] == (
        "0.4403", "CO2 of power plants alone, as organisations report it; a product takes the whole life cycle"
    )  # fmt: skip
    assert told["ELC.GRID-RESID.CN.2023"][0] == "0.6096" and "residual mix" in told["ELC.GRID-RESID.CN.2023"][1]
    assert not {row for row in told if row.endswith(("2021", "CN-YN.2022")) or "RESID.CN.2022" in row}
    (dates,) = {one["published"] for one in answer["choices"] if one["row"] == f"{grid}24"}
    assert dates == "2025-10-24"
    text = say(capsys, demo_home, "assess", SEA1, "--methodology", "lychee-fresh@2", "--explain")
    assert (
        f"{grid}24 was chosen, 2 years before the activity, and passed over were:\n  {grid}23 = 0.6205 kg/kWh: further"
        in text
    )
    assert f"{grid}24 is valid for 2024 and was published: 2025-10-24." in text
    spoken = say(capsys, demo_home, "assess", SEA1, "--methodology", "lychee-fresh@2", "--explain", lang="zh")
    assert (
        "ELC.GRID-AVG.CN-GD.2022 = 0.4403 kg/kWh：仅计发电直接二氧化碳，供组织核算使用；产品采用全生命周期因子"
        in spoken
    )
    assert "methodology" in say(capsys, demo_home, "assess", SEA1, "--methodology", "lychee-fresh@0", code=2)


def test_assessment_says_what_its_data_are_worth(demo_home: Path, capsys: Capture) -> None:
    answer = ask(capsys, demo_home, "assess", SEA1, "--monte-carlo", "7")
    assert set(answer["quality"]) == set(answer["monte_carlo"]) == {"gate", "delivered"}
    assert answer["quality"]["gate"]["table"] == "quality-2026-12"
    assert answer["monte_carlo"]["gate"]["seed"] == 7 and answer["monte_carlo"]["gate"]["agrees"] is True
    text = say(capsys, demo_home, "assess", SEA1, "--boundary", "gate", "--monte-carlo", "7")
    assert text == say(capsys, demo_home, "assess", SEA1, "--boundary", "gate", "--monte-carlo", "7")
    for words in ("our reading of the PACT scale", "Evidence by emissions", "Variance by slot", "seed 7", "at worst"):
        assert words in text
    assert "monte_carlo" not in ask(capsys, demo_home, "assess", SEA1)


def test_assessing_an_unknown_lot_is_told(demo_home: Path, capsys: Capture) -> None:
    assert "p:0000" in say(capsys, demo_home, "assess", "p:0000", code=2)
    assert "p:0000" in say(capsys, demo_home, "lot", "trace", "p:0000", code=2)


def test_a_folder_without_a_home_is_told_and_left_alone(tmp_path: Path, capsys: Capture) -> None:
    assert "no home" in say(capsys, tmp_path / "none", "lot", "list", code=2)
    assert not (tmp_path / "none").exists()


def test_verify_exit_codes(demo_home: Path, tmp_path: Path, capsys: Capture) -> None:
    uuid = first_passport(demo_home)
    bundle = demo_home / "passports" / f"{uuid}.bundle.json"
    trust, log = ["--trust", str(demo_home / "trust.json")], ["--log", str(demo_home / "log")]
    report = ask(capsys, demo_home, "passport", "verify", str(bundle), *trust, *log)
    assert report["verdicts"] == {"consistent": True, "trusted": True, "complete": True}
    assert ask(capsys, demo_home, "passport", "verify", str(bundle), *trust)["verdicts"]["complete"] is None
    assert ask(capsys, demo_home, "passport", "verify", str(bundle), code=4)["verdicts"]["consistent"] is True
    for ending in ("json", "jwt"):
        path = demo_home / "passports" / f"{uuid}.{ending}"
        ask(capsys, demo_home, "passport", "verify", str(path), *trust)
        ask(capsys, demo_home, "passport", "verify", str(path), code=4)
    altered = tmp_path / "altered.bundle.json"
    altered.write_bytes(bundle.read_bytes().replace(b'"phase":"final"', b'"phase":"provisional"', 1))
    assert (
        ask(capsys, demo_home, "passport", "verify", str(altered), *trust, *log, code=1)["verdicts"]["consistent"]
        is False
    )
    assert "FAILED" in say(capsys, demo_home, "passport", "verify", str(altered), *trust, code=1)
    for path, code in ((bundle, 0), (altered, 1)):
        told = say(capsys, demo_home, "passport", "verify", str(path), *trust, *log, code=code, lang="zh")
        assert "已披露" in told and not re.search("(?<![:.=])[a-z]+ [a-z]+", told), "no English sentence is left"
    for junk in (b"", b"\xff\xfe", b"no passport", bundle.read_bytes()[:-1], b"{" * 100_000):
        altered.write_bytes(junk)
        assert "neither" in say(capsys, demo_home, "passport", "verify", str(altered), *trust, code=2)
    late = ask(capsys, demo_home, "passport", "verify", str(bundle), *trust, "--at", "2060-01-01T00:00:00Z", code=1)
    assert "validity" in {check["name"] for check in late["checks"] if check["outcome"] == "failed"}
    online = ["--log", "http://127.0.0.1:9/", "--offline"]
    assert "offline" in say(capsys, demo_home, "passport", "verify", str(bundle), *online, code=3)


def test_another_trust_file_leaves_the_origin_unknown(demo_home: Path, tmp_path: Path, capsys: Capture) -> None:
    other = tmp_path / "other"
    for arguments in (["keys", "new", "--service"],):
        assert run(["--home", str(other), *arguments]) == 0
    from web.config import load
    from web.services import build

    with build(load({}, {"home": other, "base_url": "https://other.example", "origin": "localhost"})) as services:
        (tmp_path / "trust.json").write_bytes(services.passports.trust_json())
    bundle = demo_home / "passports" / f"{first_passport(demo_home)}.bundle.json"
    report = ask(capsys, demo_home, "passport", "verify", str(bundle), "--trust", str(tmp_path / "trust.json"), code=4)
    assert report["verdicts"]["consistent"] is True
    assert report["verdicts"]["trusted"] is False


def test_fsck_names_table_and_index(demo_home: Path, tmp_path: Path, capsys: Capture) -> None:
    home = copy_home(demo_home, tmp_path / "home")
    with sqlite3.connect(home / "ecarbon.db") as database:
        (chain,) = database.execute("SELECT chain FROM entry WHERE idx = 7").fetchone()
        database.execute("DROP TRIGGER entry_no_update")
        database.execute("UPDATE entry SET chain = ? WHERE idx = 7", (bytes([chain[0] ^ 1]) + chain[1:],))
    database.close()
    findings = ask(capsys, home, "log", "fsck", code=1)["findings"]
    assert any(finding["table"] == "entry" and finding["index"] in (7, "7") for finding in findings)
    assert "entry" in say(capsys, home, "log", "fsck", code=1)


@pytest.mark.parametrize("column", ["size", "root", "chain", "edge", "checkpoint"])
def test_fsck_names_a_damaged_state(demo_home: Path, tmp_path: Path, capsys: Capture, column: str) -> None:
    home = copy_home(demo_home, tmp_path / "home")
    with sqlite3.connect(home / "ecarbon.db") as database:
        (old,) = database.execute(f"SELECT {column} FROM log_state").fetchone()
        new = old + 1 if isinstance(old, int) else old[:-9] + bytes([old[-9] ^ 1]) + old[-8:]
        database.execute(f"UPDATE log_state SET {column} = ?", (new,))
    database.close()
    findings = ask(capsys, home, "log", "fsck", code=1)["findings"]
    assert "log_state" in {finding["table"] for finding in findings}


def test_receipt_and_export_of_the_log(demo_home: Path, tmp_path: Path, capsys: Capture) -> None:
    entry_id = sorted(path.stem for path in (demo_home / "entries").iterdir())[0]
    answer = ask(capsys, demo_home, "log", "receipt", entry_id)
    assert answer["receipt"].encode() == (demo_home / "receipts" / f"{entry_id}.tlog-proof").read_bytes()
    assert "entry" in say(capsys, demo_home, "log", "receipt", "00" * 32, code=2)
    written = ask(capsys, demo_home, "log", "export", str(tmp_path / "log"))["written"]
    assert len(written) > 3
    assert ask(capsys, demo_home, "log", "export", str(tmp_path / "log"))["written"] == []
    assert digests(tmp_path / "log") == digests(demo_home / "log")


def test_reindex_changes_nothing_in_a_sound_home(demo_home: Path, tmp_path: Path, capsys: Capture) -> None:
    home = copy_home(demo_home, tmp_path / "home")
    assert ask(capsys, home, "log", "reindex") == {"size": report_of(home)["log"]["size"], "changed": 0}


@pytest.mark.parametrize(("form", "ending"), [("vc", "json"), ("jwt", "jwt"), ("pact", "pact.json")])
def test_exported_formats_equal_the_home(
    demo_home: Path, tmp_path: Path, capsys: Capture, form: str, ending: str
) -> None:
    uuid = first_passport(demo_home)
    answer = ask(capsys, demo_home, "passport", "export", uuid, "--out", str(tmp_path), "--format", form)
    assert Path(answer["file"]).read_bytes() == (demo_home / "passports" / f"{uuid}.{ending}").read_bytes()


def test_exported_bundles_say_their_audience(demo_home: Path, tmp_path: Path, capsys: Capture) -> None:
    uuid = first_passport(demo_home)
    names = []
    for audience in ("public", "partner", "full"):
        out = ["--out", str(tmp_path), "--format", "bundle", "--audience", audience]
        names.append(Path(ask(capsys, demo_home, "passport", "export", uuid, *out)["file"]).name)
    assert names == [f"{uuid}.public.bundle.json", f"{uuid}.partner.bundle.json", f"{uuid}.bundle.json"]


def test_revoking_changes_status_list_and_bundle(demo_home: Path, tmp_path: Path, capsys: Capture) -> None:
    home = copy_home(demo_home, tmp_path / "home")
    uuid = first_passport(home)
    assert ask(capsys, home, "passport", "revoke", uuid, "--reason", "wrong lot")["status"] == "revoked"
    bundle = home / "passports" / f"{uuid}.bundle.json"
    trust = ["--trust", str(home / "trust.json"), "--log", str(home / "log")]
    report = ask(capsys, home, "passport", "verify", str(bundle), *trust, code=1)
    assert [check["name"] for check in report["checks"] if check["outcome"] == "failed"] == ["status"]
    assert "passport-conflict" in say(capsys, home, "passport", "revoke", uuid, "--reason", "again", code=2)


def test_superseding_keeps_the_lot_and_marks_the_earlier(demo_home: Path, tmp_path: Path, capsys: Capture) -> None:
    home = copy_home(demo_home, tmp_path / "home")
    uuid = first_passport(home)
    again = ask(capsys, home, "passport", "supersede", uuid)
    assert again["passport"] != uuid and again["supersedes"] == uuid
    states = {row["passport"]: row["status"] for row in ask(capsys, home, "passport", "list")}
    assert states[uuid] == "superseded" and states[again["passport"]] == "active"
    assert ask(capsys, home, "passport", "show", again["passport"])["credential"]["id"].endswith(again["passport"])
    assert (home / "passports" / f"{again['passport']}.public.bundle.json").is_file()


def test_a_lot_written_off_makes_its_passport_stale_and_shows_everywhere(
    demo_home: Path, tmp_path: Path, capsys: Capture
) -> None:
    home = copy_home(demo_home, tmp_path / "home")
    assert ask(capsys, home, "passport", "list", "--stale") == []
    slip = tmp_path / "slip.csv"
    headers = "slip,date,action,actor,facility,lot,stage,cause of loss,treatment"
    slip.write_text(f"{headers}\nH-9,2026-07-10 10:00,write off,rtm,,{SEA1},retail,recalled,landfill\n")
    ask(capsys, home, "entry", "import", str(slip), "--key", HOLDER)
    (stale,) = ask(capsys, home, "passport", "list", "--stale")
    assert (stale["lot"], stale["written_off"], [one["kind"] for one in stale["late"]]) == (SEA1, True, ["write_off"])
    assert "revoke" in say(capsys, home, "passport", "list", "--stale")
    row = next(row for row in ask(capsys, home, "lot", "list") if row["lot"] == SEA1)
    assert (row["mass_kg"], row["written_off_by"]) == ("0", stale["late"][0]["entry_id"])
    assert SEA1 not in say(capsys, home, "lot", "list", "--live")
    last = ask(capsys, home, "lot", "trace", SEA1, "--balance")
    assert last["carbon"][-1]["stock"] == "0.000000" and Decimal(last["carbon"][-1]["written_off"]) > 0
    (loss,) = ask(capsys, home, "lot", "balance", HOLDER)["losses"]
    assert (loss["lot"], loss["cause"], loss["kgco2e"]) == (SEA1, "recalled", last["carbon"][-1]["written_off"])
    assert "召回" in say(capsys, home, "lot", "balance", HOLDER, lang="zh")
    assert "written off" in say(capsys, home, "assess", SEA1, code=2)
    ask(capsys, home, "passport", "revoke", stale["passport"], "--reason", "recalled")
    assert ask(capsys, home, "passport", "list", "--stale") == []


def test_keys_are_made_registered_and_revoked(demo_home: Path, tmp_path: Path, capsys: Capture) -> None:
    home = copy_home(demo_home, tmp_path / "home")
    made = ask(capsys, home, "keys", "new", "--role", "grower", "--label", "2027")
    assert stat.S_IMODE(Path(made["file"]).stat().st_mode) == 0o600
    assert ask(capsys, home, "keys", "revoke", made["key"])["index"] > 0
    row = next(row for row in ask(capsys, home, "keys", "list") if row["key"] == made["key"])
    assert row["revoked_at"] is not None
    assert "key" in say(capsys, home, "keys", "revoke", made["key"], code=1)
    loose = ask(capsys, home, "keys", "new", "--no-register")
    assert loose["registered"] is False
    assert "no key" in say(capsys, home, "keys", "revoke", "a_aaaaaaaaaaaaaaaa/1", code=2)


def test_new_home_begins_its_log_once(tmp_path: Path, capsys: Capture) -> None:
    home = tmp_path / "home"
    first = ask(capsys, home, "keys", "new", "--service")
    assert len(first["registered"]) == 2
    assert ask(capsys, home, "keys", "new", "--service")["registered"] == []
    assert ask(capsys, home, "log", "checkpoint")["size"] == 2
    assert {stat.S_IMODE(Path(path).stat().st_mode) for path in first["files"]} == {0o600}


def test_malformed_keeper_is_refused_before_anything_is_written(tmp_path: Path, capsys: Capture) -> None:
    home = tmp_path / "home"
    assert run(["--home", str(home), "keys", "new", "--service"]) == 0
    before = digests(home)
    assert "参与方编号应为" in say(capsys, home, "keys", "new", "--keeper", "a_zzz", code=2, lang="zh")
    assert digests(home) == before


def test_issuer_and_buyer_are_told_of_a_weight_off_the_mass(demo_home: Path, tmp_path: Path, capsys: Capture) -> None:
    home, form = copy_home(demo_home, tmp_path / "home"), tmp_path / "rows.csv"
    lot = "gs1:01/09520000000264/10/26GW-AIR1"
    form.write_text(
        "settlement,date,first date,last date,actor,facility,stage,row type,lot,quantity,unit\n"
        f"J-9,2026-08-01,2026-06-01,2026-06-30,coop,precooler,precooling,lot share,{lot},1,kg\n"
    )
    ask(capsys, home, "entry", "import", str(form), "--key", "coop")
    issued = ask(capsys, home, "passport", "issue", lot)
    told = f"{lot} weighs 1 kg there, and 1515 kg by its own entries"
    (remark,) = (one for one in issued["remarks"] if one["stage"] == "precooling")
    assert {(one["lot"], one["stated"], one["low"]) for one in remark["lots"]} >= {(lot, "1", "1515")}
    assert told in say(capsys, home, "passport", "supersede", issued["passport"])
    bundle = str(home / "passports" / f"{issued['passport']}.bundle.json")
    checking = ("passport", "verify", bundle, "--trust", str(home / "trust.json"), "--log", str(home / "log"))
    assert told in say(capsys, home, *checking)
    assert f"{lot} 在此按 1 公斤分摊，而按其自身记录为 1515 公斤" in say(capsys, home, *checking, lang="zh")
    told_of = {one["stage"]: one for one in ask(capsys, home, *checking)["remarks"]}
    assert (lot, "mass") in {(one["lot"], one["code"]) for one in told_of["precooling"]["lots"]}
