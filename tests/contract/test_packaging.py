"""Build the wheel, install it in a fresh environment, and use it from an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.contract.test_docs import tracked

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("iocore", "ledger", "passport", "web")

USE = """
import importlib.resources as resources, pathlib, sys
import iocore, ledger, passport, web
for package in (iocore, ledger, passport, web):
    assert pathlib.Path(package.__file__).is_relative_to(sys.prefix), package.__file__
from iocore.sources import load_all
library = load_all()
from web.cli.words import catalogue
assert catalogue()
assert resources.files("web").joinpath("demo", "season.toml").is_file()
print("installed and usable")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    (path,) = folder.glob("*.whl")
    return path


@pytest.mark.slow
def test_wheel_holds_every_file_of_the_four_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    shipped = {name for name in names if ".dist-info/" not in name}
    wanted = {str(path.relative_to(ROOT)) for path in tracked() if path.relative_to(ROOT).parts[0] in PACKAGES}
    assert wanted - shipped == set()
    assert {name.partition("/")[0] for name in shipped} == set(PACKAGES)
    for part in ("web/pages/templates/", "web/pages/static/", "web/demo/", "iocore/data/", "passport/i18n/"):
        assert any(name.startswith(part) and not name.endswith(".py") for name in shipped), part
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


@pytest.mark.slow
def test_wheel_installs_and_runs_away_from_the_source(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "env"
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    # The libraries come from this environment; only our distribution is installed anew. A path added here does not
    # run the editable install's own .pth file, so the source tree stays out.
    Path(site, "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    empty = tmp_path / "empty"
    empty.mkdir()
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ECARBON_", "PYTHON"))}
    used = subprocess.run([python, "-c", USE], cwd=empty, env=clean, capture_output=True, text=True)
    assert (used.returncode, used.stdout.strip()) == (0, "installed and usable"), used.stderr
    told = subprocess.run(
        [environment / "bin" / "ecarbon", "--version"], cwd=empty, env=clean, capture_output=True, text=True
    )
    assert told.returncode == 0
    assert told.stdout.startswith("ecarbon, version ")
    assert list(empty.iterdir()) == []
