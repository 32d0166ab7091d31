"""A plug-in is one file; the registry finds it and refuses doubles."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from iocore.errors import RegistryConflict
from iocore.registry import discover

PLUGIN = "from types import SimpleNamespace\nPLUGIN = SimpleNamespace(code={code!r})\n"


def make_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, files: dict[str, str]) -> str:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    for stem, text in files.items():
        (folder / f"{stem}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    for module in [module for module in sys.modules if module.partition(".")[0] == name]:
        monkeypatch.delitem(sys.modules, module)
    return name


def test_every_file_is_found_and_sorted_by_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"b": PLUGIN.format(code="first"), "a": PLUGIN.format(code="second"), "_helper": "x = 1\n"}
    package = make_package(tmp_path, monkeypatch, "plugins_found", files)
    assert list(discover(package, "PLUGIN")) == ["first", "second"]


def test_two_files_of_one_code_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"a": PLUGIN.format(code="same"), "b": PLUGIN.format(code="same")}
    package = make_package(tmp_path, monkeypatch, "plugins_double", files)
    with pytest.raises(RegistryConflict, match="two modules"):
        discover(package, "PLUGIN")


@pytest.mark.parametrize(("name", "text"), [("none", "x = 1\n"), ("empty", PLUGIN.format(code=""))])
def test_file_without_a_usable_export_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    package = make_package(tmp_path, monkeypatch, f"plugins_{name}", {"a": text})
    with pytest.raises(RegistryConflict, match="must export"):
        discover(package, "PLUGIN")


def test_registry_is_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = discover(make_package(tmp_path, monkeypatch, "plugins_fixed", {"a": PLUGIN.format(code="a")}), "PLUGIN")
    with pytest.raises(TypeError):
        found["b"] = None  # type: ignore[index]


def test_helpers_may_stand_between_plugins_where_the_caller_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"a": PLUGIN.format(code="a"), "helper": "x = 1\n"}
    package = make_package(tmp_path, monkeypatch, "plugins_mixed", files)
    assert list(discover(package, "PLUGIN", mixed=True)) == ["a"]
    with pytest.raises(RegistryConflict):
        discover(package, "PLUGIN")
