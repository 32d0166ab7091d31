"""Openings in other hands: exports that hold offline, the access log, and what is left of both after an erasure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.book.entry import parse_entry
from ledger.book.item import parse_item
from ledger.log.canonical import jcs
from tests.support.demo_home import copy_home, openings_of
from tests.unit.cli.test_commands import SEA1, ask, first_passport, say
from web.cli.main import run

Capture = pytest.CaptureFixture[str]
GROWER = "a_uznqx7bug37jo4ne"


@pytest.fixture
def home(demo_home: Path, tmp_path: Path) -> Path:
    return copy_home(demo_home, tmp_path / "home")


def export(capsys: Capture, home: Path, audience: str = "partner") -> Path:
    out = home.parent / f"{audience}.json"
    ask(
        capsys, home, "entry", "export", "--lot", SEA1, "--audience", audience, "--to", "nansha-port", "--out", str(out)
    )
    return out


def check(capsys: Capture, file: Path, *more: str, code: int = 0) -> Any:
    capsys.readouterr()
    assert run(["entry", "check-export", str(file), *more, "--json"]) == code
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("audience", ["public", "partner", "full"])
def test_export_holds_what_the_audience_may_see_and_is_checked_offline(
    home: Path, capsys: Capture, audience: str
) -> None:
    file = export(capsys, home, audience)
    facts = check(capsys, file, "--trust", str(home / "trust.json"))
    assert (facts["consistent"], facts["trusted"], facts["lot"]) == (True, True, SEA1)
    assert check(capsys, file, code=4)["trusted"] is None
    allowed = ("public", "partner", "full")[: ("public", "partner", "full").index(audience) + 1]
    value = json.loads(file.read_bytes())
    expected = opened = 0
    for one in value["entries"]:
        entry_id = parse_entry(one["note"].encode()).entry_id
        held = [line for line in openings_of(home, entry_id) if parse_item(line).audience in allowed]
        assert sorted(one["openings"]) == sorted(held)
        expected += len(held)
        opened += len(one["openings"])
    assert facts["open"] == opened == expected
    assert (facts["closed"] == 0) == (audience == "full")


def damaged(value: dict[str, Any]) -> list[tuple[str, dict[str, Any], int]]:
    """Give one damaged copy of an export for each thing that its checker looks at."""
    copies: list[tuple[str, dict[str, Any], int]] = []

    def copy(name: str, code: int) -> dict[str, Any]:
        copies.append((name, json.loads(json.dumps(value)), code))
        return copies[-1][1]

    with_openings = next(place for place, one in enumerate(value["entries"]) if one["openings"])
    copy("field", 2)["more"] = 1
    copy("type", 2)["type"] = "ecarbon/export@v2"
    entries = copy("order", 2)["entries"]
    entries[0], entries[1] = entries[1], entries[0]
    copy("key missing", 1)["entries"].pop(0)
    swapped = copy("receipt", 1)["entries"]
    swapped[0]["receipt"], swapped[1]["receipt"] = swapped[1]["receipt"], swapped[0]["receipt"]
    one = copy("note", 1)["entries"][0]
    one["note"] = one["note"].replace('"event_time":"2', '"event_time":"1')
    opened = copy("opening of another entry", 1)["entries"]
    opened[0]["openings"] = opened[with_openings]["openings"][:1]
    twice = copy("opening twice", 1)["entries"][with_openings]
    twice["openings"].append(twice["openings"][0])
    item = copy("opening changed", 1)["entries"][with_openings]
    item["openings"][0] = item["openings"][0].replace('"]' if '"]' in item["openings"][0] else '"}', '1"}', 1)
    copy("audience", 1)["audience"] = "public"
    return copies


def test_every_damage_to_an_export_is_found(home: Path, capsys: Capture) -> None:
    file = export(capsys, home, "full")
    value = json.loads(file.read_bytes())
    bad = home.parent / "bad.json"
    for name, copy, code in damaged(value):
        bad.write_bytes(jcs(copy))
        assert run(["entry", "check-export", str(bad)]) == code, name
    bad.write_bytes(file.read_bytes() + b"\n")
    assert run(["entry", "check-export", str(bad)]) == 2
    other = json.loads((home / "trust.json").read_bytes())
    other["registrars"] = []
    bad.write_bytes(jcs(other))
    assert check(capsys, file, "--trust", str(bad), code=4)["trusted"] is False


def test_reading_is_noted_for_the_actor_and_erasure_keeps_the_note(home: Path, capsys: Capture) -> None:
    before = ask(capsys, home, "entry", "access", GROWER)
    file = export(capsys, home)
    rows = ask(capsys, home, "entry", "access", GROWER)[len(before) :]
    assert {(row["reader"], row["audience"], row["way"]) for row in rows} == {("nansha-port", "partner", "export")}
    shown = {
        signed.entry_id
        for one in json.loads(file.read_bytes())["entries"]
        if one["openings"] and (signed := parse_entry(one["note"].encode())).entry.actor == GROWER
    }
    assert {row["entry_id"] for row in rows} == shown != set()

    target = str(home.parent / "out")
    for audience in ("public", "full"):
        ask(capsys, home, "passport", "export", first_passport(home), "--out", target, "--audience", audience)
    rows = ask(capsys, home, "entry", "access", GROWER)
    bundles = {(row["reader"], row["audience"]) for row in rows[len(before) :] if row["way"] == "bundle"}
    assert bundles == {("operator", "full")}

    ask(capsys, home, "entry", "erase", GROWER, "--yes")
    assert ask(capsys, home, "entry", "access", GROWER) == rows
    assert check(capsys, file, "--trust", str(home / "trust.json"))["consistent"] is True
    after = json.loads(export(capsys, home, "full").read_bytes())
    for one in after["entries"]:
        assert not one["openings"] or parse_entry(one["note"].encode()).entry.actor != GROWER
    assert "bundle of a passport" in say(capsys, home, "entry", "access", GROWER)
    assert "护照的证明包" in say(capsys, home, "entry", "access", GROWER, lang="zh")


def test_a_person_is_no_reader_and_an_unknown_lot_no_export(home: Path, capsys: Capture) -> None:
    out = str(home.parent / "x.json")
    for name in ("Li Hua", "李华", "a_x", "x" * 41, ""):
        assert run(["--home", str(home), "entry", "export", "--lot", SEA1, "--to", name, "--out", out]) == 2, name
    lot = SEA1.replace("SEA1", "SEA9")
    assert run(["--home", str(home), "entry", "export", "--lot", lot, "--to", "port", "--out", out]) == 2
    assert not Path(out).exists()
    assert "never a person's name" in capsys.readouterr().err
