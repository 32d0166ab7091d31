"""Kill a loaded server twenty times; `make torture` does it two hundred times on both stores."""

from __future__ import annotations

from pathlib import Path

from tests.torture import kills


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(tmp_path: Path) -> None:
    assert kills.kill_server(tmp_path, 20).count == 20
