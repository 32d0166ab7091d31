"""The demo home holds what it must, twice the same, and everything in it verifies."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from ledger.log.canonical import jcs, jcs_decode
from passport.qr import modules
from tests.support.demo_home import digests, file_digests, make_home, report_of, stamps
from tests.support.postgres import Postgres

ROOT = Path(__file__).resolve().parents[2]
HEX = "[0-9a-f]{64}"
UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
LAYOUT = (
    r"ecarbon\.db",
    r"ecarbon\.toml",
    r"guard",
    r"trust\.json",
    r"report\.json",
    r"log/(checkpoint|log\.vkey)",
    r"log/tile/(entries|[0-9]+)/.+",
    rf"entries/{HEX}\.note",
    rf"items/{HEX}\.jsonl",
    rf"receipts/{HEX}\.tlog-proof",
    rf"passports/{UUID}(\.json|\.jwt|\.bundle\.json|\.public\.bundle\.json|\.pact\.json)",
    r"did/.+\.json",
    r"status/[^/]+\.json",
    rf"qr/{UUID}\.(svg|png)",
    r"keys/.+",
)


def test_home_holds_every_kind_of_file_and_no_other(demo_home: Path) -> None:
    files = list(digests(demo_home))
    for pattern in LAYOUT:
        assert any(re.fullmatch(pattern, name) for name in files), pattern
    assert [name for name in files if not any(re.fullmatch(pattern, name) for pattern in LAYOUT)] == []


def test_every_entry_has_its_note_and_receipt_and_every_passport_its_files(demo_home: Path) -> None:
    report = report_of(demo_home)
    notes = {path.stem for path in (demo_home / "entries").iterdir()}
    assert notes == {path.stem for path in (demo_home / "receipts").iterdir()}
    assert len(notes) == report["counts"]["entries"] == report["log"]["size"]
    for one in report["footprints"]:
        for ending in (".json", ".jwt", ".bundle.json", ".public.bundle.json", ".pact.json"):
            assert (demo_home / "passports" / f"{one['passport']}{ending}").is_file()


def test_season_has_what_a_season_has(demo_home: Path) -> None:
    report = report_of(demo_home)
    kinds = report["counts"]["by_kind"]
    assert report["counts"]["lots"] >= 8
    assert kinds["split"] >= 1 and kinds["merge"] >= 1 and kinds["amend"] >= 1 and kinds["close"] >= 2
    assert report["counts"]["rejected"] == 0
    by_lot = {one["lot"]: one for one in report["footprints"] if one["status"] == "active"}
    assert any(one["market"] == "EU" for one in by_lot.values()) and any(
        one["market"] == "CN" for one in by_lot.values()
    )
    assert any(one["phase"] == "provisional" and one["status"] == "superseded" for one in report["footprints"])
    assert any(one["missing"] for one in by_lot.values())
    assert any(Fraction(one["defaultShare"]["input-output"]) > 0 for one in by_lot.values())
    assert any("荔枝干" in one["name"] for one in by_lot.values())


def test_air_emits_ten_to_twenty_times_the_sea_leg_for_what_is_carried(demo_home: Path) -> None:
    current = [one for one in report_of(demo_home)["footprints"] if one["status"] == "active"]
    legs = {}
    for one in current:
        for stage in one["stage"]:
            if stage["name"] in ("sea", "air"):
                legs.setdefault(stage["name"], Fraction(stage["kgCO2e"]))
    carried = legs["air"] * Fraction(1515, 1978)  # per kilogram on board, boxes and ice included
    assert 10 <= carried / legs["sea"] <= 20
    (air,) = [one for one in current if Fraction(one["aircraft"])]
    assert Fraction(air["aircraftForcing"]) > 0
    (delivered,) = [figure for figure in air["figures"] if figure["boundary"] == "delivered"]
    stages = sum(Fraction(stage["lotKgCO2e"]) for stage in air["stage"])
    assert stages == Fraction(delivered["lotKgCO2e"])


def test_stages_add_up_to_the_headline_exactly(demo_home: Path) -> None:
    for one in report_of(demo_home)["footprints"]:
        wanted = {figure["boundary"]: figure for figure in one["figures"]}
        gate = sum(Fraction(stage["lotKgCO2e"]) for stage in one["stage"] if stage["part"] == "gate")
        assert gate == Fraction(wanted["gate"]["lotKgCO2e"])
        shown = [stage for stage in one["stage"] if one["boundary"] == "delivered" or stage["part"] == "gate"]
        assert sum(Fraction(stage["kgCO2e"]) for stage in shown) == Fraction(one["total"])


def test_every_bundle_is_consistent_trusted_and_complete(demo_home: Path) -> None:
    checks = report_of(demo_home)["checks"]
    assert len(checks) == 2 * len(report_of(demo_home)["footprints"])
    for row in checks:
        assert (row["consistent"], row["trusted"], row["complete"], row["failed"]) == (True, True, True, []), row
        allowed = ["derivation"] if ".public." in row["file"] else []
        assert row["not_checked"] == allowed


def test_recomputed_totals_equal_the_credential(demo_home: Path) -> None:
    report = report_of(demo_home)
    figures = {one["passport"]: {f["boundary"]: f["lotKgCO2e"] for f in one["figures"]} for one in report["footprints"]}
    for row in report["checks"]:
        uuid = row["file"].removeprefix("passports/").partition(".")[0]
        assert row["recomputed"]["gate"] == figures[uuid]["gate"]
        assert row["recomputed"]["delivered"] == figures[uuid]["delivered"]


def test_json_files_equal_their_own_jcs_bytes(demo_home: Path) -> None:
    paths = [*(demo_home / "passports").glob("*.json"), *(demo_home / "did").rglob("*.json")]
    for path in [*paths, *(demo_home / "status").iterdir()]:
        data = path.read_bytes()
        assert jcs(jcs_decode(data)) == data, path


def test_two_homes_differ_in_database_and_timings_only(demo_home: Path, tmp_path: Path) -> None:
    other = make_home(tmp_path / "other")
    first, second = digests(demo_home), digests(other)
    assert set(first) == set(second)
    assert {name for name in first if first[name] != second[name]} <= {"ecarbon.db", "report.json"}
    reports = [report_of(demo_home), report_of(other)]
    for report in reports:
        assert set(report.pop("timings")) == {"check", "play", "write"}
    assert reports[0] == reports[1]


def test_the_season_on_postgresql_gives_the_same_roots_and_files(
    demo_home: Path, tmp_path: Path, postgres: Postgres
) -> None:
    address = postgres.store()
    other = make_home(tmp_path / "other", database_url=address)
    here, there = file_digests(demo_home), file_digests(other)
    assert {name for name in here.keys() | there.keys() if here.get(name) != there.get(name)} == {"report.json"}
    reports = [report_of(demo_home), report_of(other)]
    for report in reports:
        report.pop("timings")
    assert reports[0] == reports[1]
    assert not (other / "ecarbon.db").exists()
    postgres.drop(address)


def test_second_run_rewrites_nothing(demo_home: Path) -> None:
    before, contents = stamps(demo_home), digests(demo_home)
    make_home(demo_home)
    assert stamps(demo_home) == before
    assert digests(demo_home) == contents


def test_private_keys_are_for_the_owner_alone_and_say_demo(demo_home: Path) -> None:
    keys = sorted((demo_home / "keys").rglob("*.key"))
    assert len(keys) >= 5
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys} == {0o600}
    assert "DEMO" in (demo_home / "keys" / "DEMO").read_text("utf-8")
    assert report_of(demo_home)["demo_keys"] is True


def test_qr_codes_carry_the_digital_link(demo_home: Path) -> None:
    zxing = pytest.importorskip("zxingcpp")
    import numpy

    for one in report_of(demo_home)["footprints"]:
        grid = modules(one["link"])
        image = numpy.array([[0 if dark else 255 for dark in row] for row in grid], dtype=numpy.uint8)
        wide = numpy.kron(numpy.pad(image, 4, constant_values=255), numpy.ones((8, 8), dtype=numpy.uint8))
        found = zxing.read_barcodes(wide)
        assert [code.text for code in found] == [one["link"]]


def test_verification_opens_no_socket(demo_home: Path) -> None:
    bundle = sorted((demo_home / "passports").glob("*.bundle.json"))[0]
    script = """
import sys
def refuse(event, arguments):
    if event.startswith("socket."):
        raise SystemExit("a socket was used: " + event)
sys.addaudithook(refuse)
from web.cli import main
main(sys.argv[1:])
"""
    command = ["passport", "verify", str(bundle), "--trust", str(demo_home / "trust.json")]
    done = subprocess.run(
        [sys.executable, "-c", script, *command, "--log", str(demo_home / "log"), "--offline", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdicts"] == {"consistent": True, "trusted": True, "complete": True}
