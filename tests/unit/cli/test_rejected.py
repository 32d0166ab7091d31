"""People read which entries about a lot the log rejected wherever they read its figure, and there is one figure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger.book.entry import Entry, sign_entry
from ledger.book.item import make_item, salt_text
from ledger.keyfiles import load_signer
from tests.support.chain import lot_code, mass, used
from tests.support.demo_home import copy_home
from tests.unit.cli.test_commands import COOP, SEA1, ask, say
from web.cli.main import run
from web.config import load
from web.services import build

Capture = pytest.CaptureFixture[str]


def power_for_a_lot_nobody_made(home: Path) -> str:
    """Send an entry of the cooperative that the log has to reject; return its id."""
    nobody, signer = lot_code("nobody"), load_signer(next((home / "keys/actors").glob(f"{COOP}-*.key")))
    said = [used("electricity", "500", "kWh"), mass(SEA1, "at", "950"), mass(nobody, "at", "50")]
    items = [make_item(salt_text(bytes([number] * 16)), *one) for number, one in enumerate(said)]
    with build(load({"ECARBON_HOME": str(home), "ECARBON_CONFIG": str(home / "ecarbon.toml")})) as services:
        ledger = services.ledger
        packed = ledger.book().lots[SEA1].origin
        with ledger.store.read() as reader:
            head = reader.head(signer.name)
        assert head is not None and packed.actor == COOP
        entry = Entry(
            actor=COOP,
            recorded_by=COOP,
            kind="activity",
            seq=head.seq + 1,
            prev=head.entry_id,
            event_time="2026-06-25T00:00:00Z",
            stage=packed.stage,
            facility=packed.facility,
            lots=tuple(sorted((SEA1, nobody))),
            data={"period": {"start": "2026-06-24T00:00:00Z", "end": "2026-06-25T00:00:00Z"}},
            items=tuple(sorted(item.digest for item in items)),
        )
        result = ledger.submit([(sign_entry(entry, signer), [item.text for item in items])])[0]
    assert result.status == "rejected"
    return result.entry_id


def test_rejected_entry_is_named_and_counts_nowhere(demo_home: Path, tmp_path: Path, capsys: Capture) -> None:
    home = copy_home(demo_home, tmp_path / "home")
    before = ask(capsys, home, "assess", SEA1)
    assert before["rejected"] == []
    entry_id = power_for_a_lot_nobody_made(home)
    after = ask(capsys, home, "assess", SEA1)
    assert after["delivered"]["total_kgco2e"] == before["delivered"]["total_kgco2e"]
    assert [(one["entry_id"], one["kind"]) for one in after["rejected"]] == [(entry_id, "activity")]
    assert after["rejected"][0]["reasons"][0]["code"] == "lot-unknown"
    assert f"Not counted, the log rejected it: {entry_id}" in say(capsys, home, "assess", SEA1)
    assert ask(capsys, home, "passport", "list", "--stale") == ask(capsys, demo_home, "passport", "list", "--stale")
    issued = ask(capsys, home, "passport", "issue", SEA1)
    assert issued["rejected"] == [entry_id] and issued["in_force"] == []
    shown = say(capsys, home, "passport", "show", issued["passport"])
    assert f"does not count, the log rejected it: {entry_id}" in shown and issued["total"] in shown
    assert f"不计入，日志已拒绝：{entry_id}" in say(capsys, home, "passport", "show", issued["passport"], lang="zh")
    file = home / "passports" / f"{issued['passport']}.bundle.json"
    facts = json.loads(file.read_bytes())["credential"]["credentialSubject"]["characteristics"]
    figure = next(one for one in facts["figures"] if one["boundary"] == "delivered")
    assert figure["lotKgCO2e"] == after["delivered"]["total_kgco2e"]
    arguments = ["--home", str(home), "passport", "verify", str(file), "--trust", str(home / "trust.json"),
                 "--log", str(home / "log"), "--json"]  # fmt: skip
    capsys.readouterr()
    assert run(arguments) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["verdicts"] == {"consistent": True, "trusted": True, "complete": True}
    assert report["rejected"] == [entry_id]
