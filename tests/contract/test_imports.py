"""Run the layer table over every file, and show that it would notice."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.layers import LAYERS, check, cycles, layer_of, read_sources

ROOT = Path(__file__).resolve().parents[2]
SOURCES = read_sources(ROOT)


def test_every_import_points_downwards_through_its_door() -> None:
    assert check(SOURCES) == []


def test_table_is_exhaustive_and_names_nothing_twice() -> None:
    patterns = [pattern for _, row in LAYERS for pattern in row]
    assert len(patterns) == len(set(patterns))
    assert [module for module in SOURCES if layer_of(module) is None] == []
    assert len(SOURCES) > 60


@pytest.mark.parametrize(
    ("module", "line", "expected"),
    [
        ("iocore.units", "import ledger.errors\n", "upwards"),
        ("ledger.log.merkle", "from ledger.book import rules\n", "upwards"),
        ("ledger.log.note", "from iocore.units import Quantity\n", "nothing of ours"),
        ("ledger.book.rules", "from iocore.factors import FactorSet\n", "ledger sees only"),
        ("passport.assess", "def late():\n    import web.services\n", "upwards"),
        (
            "passport.calculation",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from passport.service import PassportService\n",
            "upwards",
        ),
        ("passport.verify", "import sqlalchemy\n", "enters only through"),
        ("web.services", "from .cli import main\n", "upwards"),
        ("iocore.factors", "import requests\n", "no door"),
        ("ledger.service", "import ledger.no_such_module\n", "does not exist"),
    ],
)
def test_planted_import_is_noticed(module: str, line: str, expected: str) -> None:
    assert module in SOURCES
    planted = dict(SOURCES)
    planted[module] = SOURCES[module] + "\n" + line
    problems = [problem for problem in check(planted) if problem.startswith(f"{module}:")]
    assert len(problems) >= 1
    assert any(expected in problem for problem in problems)


def test_module_missing_from_the_table_is_noticed() -> None:
    planted = {**SOURCES, "passport.novelty": '"""New."""\n'}
    assert check(planted) == ["passport.novelty stands in no row of the layer table"]


def test_cycle_on_one_shelf_is_noticed() -> None:
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == [["a", "b", "c", "a"]]
    assert cycles({"a": {"b", "c"}, "b": {"c"}}) == []


def test_verification_needs_only_a_tiny_install() -> None:
    libraries = {"cryptography", "cffi", "_cffi_backend", "msgspec", "nacl", "orjson", "rfc8785", "typing_extensions"}
    allowed = libraries | {"iocore", "ledger", "passport"}
    script = (
        "import sys, json; before = set(sys.modules); import passport.verify; "
        "print(json.dumps(sorted({name.partition('.')[0] for name in set(sys.modules) - before})))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    strange = {name for name in loaded - allowed if name not in sys.stdlib_module_names and not name.startswith("_")}
    assert strange == set()
    assert "passport" in loaded


def test_importing_opens_no_file_socket_or_database() -> None:
    names = [name for name in SOURCES if name != "web.__main__"]
    script = """
import sys, importlib, json
root = sys.argv[1]
seen = []
def hook(event, args):
    if event == "open" and isinstance(args[0], str) and args[0].startswith(root) and "/.venv/" not in args[0]:
        if not args[0].endswith((".py", ".pyc")) and ".pyc." not in args[0]:
            seen.append(args[0])
    elif event in ("socket.connect", "socket.bind", "sqlite3.connect", "subprocess.Popen"):
        seen.append(event)
sys.addaudithook(hook)
for name in json.loads(sys.argv[2]):
    importlib.import_module(name)
print(json.dumps(seen))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(ROOT), json.dumps(names)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout) == []


def test_no_module_reads_the_clock_at_import() -> None:
    clocks = {"now", "utcnow", "today", "time", "monotonic", "perf_counter"}
    found = []
    for module, source in SOURCES.items():
        pending: list[ast.AST] = list(ast.parse(source).body)
        while pending:
            node = pending.pop()
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                continue
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in clocks:
                found.append(f"{module}:{node.lineno}")
            pending.extend(ast.iter_child_nodes(node))
    assert found == []


def test_environment_is_read_by_the_command_line_only() -> None:
    readers = [name for name, source in SOURCES.items() if re.search(r"\bos\.environ|\bgetenv\(", source)]
    assert [name for name in readers if not name.startswith("web.cli")] == []
