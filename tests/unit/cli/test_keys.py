"""Keys on the command line: refused before anything is written, pending until logged, shown at any size."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.keyfiles import file_name, load_signer, save_signer
from ledger.log.signer import Signer
from tests.support.demo_home import copy_home, digests
from tests.unit.cli.test_commands import COOP, Capture, ask, say
from web.cli.main import run
from web.registration import pending_file


@pytest.fixture
def home(demo_home: Path, tmp_path: Path) -> Path:
    return copy_home(demo_home, tmp_path / "home")


def size(home: Path, capsys: Capture) -> int:
    return int(ask(capsys, home, "log", "checkpoint")["size"])


@pytest.mark.parametrize("more", [[], ["--no-register"]])
def test_an_unknown_role_is_refused_before_anything_is_written(home: Path, capsys: Capture, more: list[str]) -> None:
    before = digests(home)
    text = say(capsys, home, "keys", "new", "--role", "grower", "--role", "wizard", *more, code=2)
    assert "wizard" in text and "cooperative" in text
    assert "没有" in say(capsys, home, "keys", "new", "--role", "wizard", code=2, lang="zh")
    assert digests(home) == before


def test_a_refused_registration_leaves_no_key_and_no_entry(home: Path, capsys: Capture) -> None:
    before = size(home, capsys)
    folder = home / "keys/actors"
    for path in folder.glob(f"{COOP}-*.key"):
        path.unlink()
    files = sorted(folder.iterdir())
    # The log has a key of this label already, which another machine holds.
    say(capsys, home, "keys", "new", "--actor", COOP, "--label", "2026", "--role", "packer", code=1)
    assert (size(home, capsys), sorted(folder.iterdir())) == (before, files)


def test_a_pending_key_is_taken_up_again(home: Path, capsys: Capture) -> None:
    name = f"{COOP}/2027"
    path = home / "keys/actors" / file_name(name)
    waiting = Signer.generate(name)
    save_signer(pending_file(path), waiting)
    assert ask(capsys, home, "keys", "list")[-1]["file"].endswith(".key.pending")
    made = ask(capsys, home, "keys", "new", "--actor", COOP, "--label", "2027", "--role", "packer")
    assert made["vkey"] == waiting.public_key.encode() == load_signer(path).public_key.encode()
    assert not pending_file(path).exists()
    # The log took the registration, but the program ended before the file got its name.
    path.rename(pending_file(path))
    before = size(home, capsys)
    again = ask(capsys, home, "keys", "new", "--actor", COOP, "--label", "2027", "--role", "packer")
    assert (again["entry_id"], size(home, capsys)) == (made["entry_id"], before)
    assert path.exists() and not pending_file(path).exists()


def test_a_key_file_in_use_is_never_replaced(home: Path, capsys: Capture) -> None:
    made = ask(capsys, home, "keys", "new", "--role", "grower", "--label", "2027")
    before = digests(home / "keys")
    text = say(capsys, home, "keys", "new", "--actor", made["actor"], "--label", "2027", code=2)
    assert "never overwritten" in text
    assert digests(home / "keys") == before


def test_a_key_is_shown_at_any_size(home: Path, capsys: Capture) -> None:
    name = f"{COOP}/2026"
    first = ask(capsys, home, "keys", "show", name)
    assert first["state"] == "valid" and first["entries"] > 3 and first["disputed"] == []
    early = ask(capsys, home, "keys", "show", name, "--at", str(first["registered_at"] + 1))
    assert (early["entries"], early["registered_at"]) == (0, first["registered_at"])
    say(capsys, home, "keys", "show", name, "--at", str(first["registered_at"]), code=2)
    say(capsys, home, "keys", "show", name, "--at", "99999", code=2)
    start = first["size"] - 60
    ask(capsys, home, "keys", "revoke", name, "--disputed-from", str(start))
    later = ask(capsys, home, "keys", "show", name)
    assert (later["state"], later["revoked_at"], later["disputed_from"]) == ("revoked", first["size"], start)
    assert later["disputed"] and all(one["index"] >= start for one in later["disputed"])
    assert ask(capsys, home, "keys", "show", name, "--at", str(first["size"])) == first
    assert "存疑条目" in say(capsys, home, "keys", "show", name, lang="zh")


def test_disputed_entries_are_reattested_with_another_key(home: Path, capsys: Capture) -> None:
    name = f"{COOP}/2026"
    passport = next((home / "passports").glob("*.public.bundle.json"))
    ask(capsys, home, "keys", "revoke", name, "--disputed-from", "20")
    shown = ask(capsys, home, "keys", "show", name)["disputed"]
    assert shown
    other = ask(capsys, home, "keys", "new", "--actor", COOP, "--label", "2027", "--role", "packer")["key"]
    one = ask(capsys, home, "keys", "reattest", name, "--key", other, "--entry", shown[0]["entry_id"])
    assert one["entries"] == [shown[0]["entry_id"]]
    assert ask(capsys, home, "keys", "show", name)["disputed"] == shown[1:]
    rest = ask(capsys, home, "keys", "reattest", name, "--key", other)
    assert rest["entries"] == [entry["entry_id"] for entry in shown[1:]]
    final = ask(capsys, home, "keys", "show", name)
    assert (final["disputed"], final["vouched"]) == ([], shown)
    assert run(["--home", str(home), "log", "fsck"]) == 0
    assert run(["--home", str(home), "log", "export", str(home / "log")]) == 0
    verify = ["passport", "verify", str(passport), "--trust", str(home / "trust.json"), "--log", str(home / "log")]
    assert ask(capsys, home, *verify)["disputed"] == []
    stranger = next((home / "keys/actors").glob("a_u57iyohufhm44wni-*.key"))
    assert "does not belong" in say(capsys, home, "keys", "reattest", name, "--key", str(stranger), code=2)


def test_a_revocation_that_cannot_hold_is_not_logged(home: Path, capsys: Capture) -> None:
    before = size(home, capsys)
    for wrong in ("99999", "soon", "-1"):
        say(capsys, home, "keys", "revoke", f"{COOP}/2026", f"--disputed-from={wrong}", code=1)
    assert size(home, capsys) == before
