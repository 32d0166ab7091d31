"""After erasing one grower nothing of that grower is left in the home, and every passport still verifies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.demo_home import copy_home, digests, entries_of, file_digests, make_home, openings_of, report_of
from web.cli.main import run

GROWERS = ("a_uznqx7bug37jo4ne", "a_x6uya76d7shpfapu", "a_xdl2ugjep4vlvgba")
#: Values that would be found by chance: short numbers, words that others use too.
LEAST_LENGTH = 5


def secrets_of(home: Path, actor: str) -> dict[bytes, str]:
    """Collect what must be gone: whole lines, salts, digests' preimages, names and longer texts."""
    found: dict[bytes, str] = {}
    others = {line for path in (home / "items").iterdir() for line in path.read_text("utf-8").splitlines()}
    own = {line for one in entries_of(home, actor) for line in openings_of(home, one.entry_id)}
    shared = "\n".join(sorted(others - own))
    for line in sorted(own):
        salt, name, value = json.loads(line)
        found[line.encode()] = f"line of {name}"
        found[json.dumps(line)[1:-1].encode()] = f"escaped line of {name}"
        found[salt.encode()] = f"salt of {name}"
        for field, text in value.items():
            if isinstance(text, str) and len(text.encode()) >= LEAST_LENGTH and f'"{text}"' not in shared:
                found[text.encode()] = f"{name}.{field}"
    return found


def words_of_the_program() -> bytes:
    """Give texts that stand in public data anyway, so that finding them says nothing."""
    from iocore.sources import load_all
    from ledger.book.stage import stages

    slots = [slot.code for stage in stages().values() for slot in stage.slots]
    rows = [json.dumps(row.as_dict(), ensure_ascii=False) for one in load_all().sets for row in one]
    return "\n".join([*rows, *slots]).encode()


@pytest.mark.parametrize("actor", GROWERS)
def test_nothing_of_an_erased_grower_remains(demo_home: Path, tmp_path: Path, actor: str) -> None:
    secrets = secrets_of(demo_home, actor)
    assert sum(1 for what in secrets.values() if what.startswith("salt")) >= 10
    assert any(what == "name.text" for what in secrets.values())
    home = copy_home(demo_home, tmp_path / "home")
    assert run(["--home", str(home), "entry", "erase", actor, "--yes"]) == 0

    public = words_of_the_program()
    left = []
    for name in digests(home):
        data = (home / name).read_bytes()
        left += [f"{what} in {name}" for secret, what in secrets.items() if secret in data and secret not in public]
    assert left == []
    assert all(openings_of(home, one.entry_id) == [] for one in entries_of(home, actor))


def test_every_passport_still_verifies_and_the_log_is_sound(demo_home: Path, tmp_path: Path) -> None:
    home = copy_home(demo_home, tmp_path / "home")
    assert run(["--home", str(home), "entry", "erase", GROWERS[0], "--yes"]) == 0
    report = report_of(home)
    assert report["log"]["size"] == report_of(demo_home)["log"]["size"] + 1
    assert report["counts"]["by_kind"]["erase"] == 1
    for row in report["checks"]:
        assert (row["consistent"], row["trusted"], row["complete"]) == (True, True, True), row
        assert set(row["not_checked"]) <= {"derivation"}
    assert run(["--home", str(home), "log", "fsck"]) == 0
    trust, log = str(home / "trust.json"), str(home / "log")
    for old in sorted((demo_home / "passports").glob("*.bundle.json")):
        assert run(["passport", "verify", str(old), "--trust", trust, "--log", log, "--json"]) == 0


def test_playing_the_season_again_restores_nothing(demo_home: Path, tmp_path: Path) -> None:
    home = copy_home(demo_home, tmp_path / "home")
    assert run(["--home", str(home), "entry", "erase", GROWERS[2], "--yes"]) == 0
    before = file_digests(home)
    make_home(home)
    assert file_digests(home) == before
    assert all(openings_of(home, one.entry_id) == [] for one in entries_of(home, GROWERS[2]))


def test_erasing_twice_is_no_error_and_an_unknown_actor_is_told(
    demo_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = copy_home(demo_home, tmp_path / "home")
    assert run(["--home", str(home), "entry", "erase", GROWERS[1], "--yes"]) == 0
    before = file_digests(home)
    assert run(["--home", str(home), "entry", "erase", GROWERS[1], "--yes"]) == 0
    assert file_digests(home) == before
    assert run(["--home", str(home), "entry", "erase", "a_aaaaaaaaaaaaaaaa", "--yes"]) == 2
    assert "There is no actor a_aaaaaaaaaaaaaaaa" in capsys.readouterr().err
