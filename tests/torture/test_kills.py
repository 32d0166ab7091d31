"""Kill a loaded server twenty times on each store; `make torture` does it two hundred times."""

from __future__ import annotations

from pathlib import Path

from tests.torture import kills


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(tmp_path: Path, database: str) -> None:
    assert kills.kill_server(tmp_path, 20, database=database).count == 20
