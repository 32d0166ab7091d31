"""A passport by a method that is named goes all the way, in a real home and at both phases."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.demo_home import copy_home
from web.app import create_app
from web.cli.main import run
from web.config import load

SEA1 = "gs1:01/09520000000264/10/26GW-SEA1"
USUAL = "lychee-fresh@2"
OTHER = "lychee-fresh@1"
Capture = pytest.CaptureFixture[str]


def ask(capsys: Capture, home: Path, *arguments: str, code: int = 0) -> Any:
    """Run a command with `--json` and read its answer."""
    capsys.readouterr()
    assert run(["--home", str(home), *arguments, "--json"]) == code
    printed = capsys.readouterr().out
    return json.loads(printed) if printed else None


def check(capsys: Capture, home: Path, file: Path) -> dict[str, Any]:
    """Verify a file of the home offline against its own trust file and log."""
    trust = ["--trust", str(home / "trust.json"), "--log", str(home / "log"), "--offline"]
    report: dict[str, Any] = ask(capsys, home, "passport", "verify", str(file), *trust)
    return report


def test_passport_by_a_named_method_from_issue_to_scan_page(demo_home: Path, tmp_path: Path, capsys: Capture) -> None:
    home = copy_home(demo_home, tmp_path / "home")
    shown: dict[str, Any] = {}
    uuid = ask(capsys, home, "passport", "issue", SEA1, "--phase", "provisional", "--methodology", OTHER)["passport"]
    for phase in ("provisional", "final"):
        if phase == "final":
            uuid = ask(capsys, home, "passport", "supersede", uuid, "--phase", "final")["passport"]
        expected = ask(capsys, home, "assess", SEA1, "--methodology", OTHER)
        for audience, derived in (("full", "passed"), ("public", "not_checked")):
            command = ["passport", "export", uuid, "--out", str(tmp_path / "out"), "--format", "bundle"]
            file = Path(ask(capsys, home, *command, "--audience", audience)["file"])
            assert json.loads(file.read_bytes())["methodology"] == OTHER
            report = check(capsys, home, file)
            assert report["verdicts"] == {"consistent": True, "trusted": True, "complete": True}
            assert {one["name"]: one["outcome"] for one in report["checks"]}["derivation"] == derived
        credential = ask(capsys, home, "passport", "show", uuid)["credential"]
        shown = credential["credentialSubject"]["characteristics"]
        assert (shown["methodology"], shown["phase"]) == (OTHER, phase)
        assert shown["total"] == expected["delivered"]["kgco2e_per_kg"]
        out = ["--out", str(tmp_path / "out"), "--format", "pact"]
        pact = json.loads(Path(ask(capsys, home, "passport", "export", uuid, *out)["file"]).read_bytes())
        assert Decimal(pact["pcf"]["pcfExcludingBiogenicUptake"]) == Decimal(expected["gate"]["kgco2e_per_kg"])
        with create_app(load({"ECARBON_CONFIG": str(home / "ecarbon.toml")}, {"home": home})).test_client() as client:
            page = client.get("/01/09520000000264/10/26GW-SEA1", headers={"Accept": "text/html"})
        assert page.status_code == 200 and OTHER in page.text and f'data-value="{shown["total"]}"' in page.text
    usual = ask(capsys, home, "assess", SEA1)
    # Whoever asks for the method of the product gets it back, on request only.
    again = ask(capsys, home, "passport", "supersede", uuid, "--methodology", USUAL)["passport"]
    answer = ask(capsys, home, "passport", "show", again)["credential"]["credentialSubject"]["characteristics"]
    assert (answer["methodology"], answer["total"]) == (USUAL, usual["delivered"]["kgco2e_per_kg"])


def test_unknown_method_is_refused_before_anything_is_logged(demo_home: Path, tmp_path: Path, capsys: Capture) -> None:
    home = copy_home(demo_home, tmp_path / "home")
    before = ask(capsys, home, "log", "checkpoint")["size"], ask(capsys, home, "passport", "list")
    assert run(["--home", str(home), "passport", "issue", SEA1, "--methodology", "lychee-fresh@0"]) == 2
    assert (ask(capsys, home, "log", "checkpoint")["size"], ask(capsys, home, "passport", "list")) == before
