"""The browser's modules answer like Python over the shared vectors, under node, and can be joined into one file."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ledger.log.merkle import consistency_proof
from ledger.log.tiles import TilePath, extend_tiles
from tests.support.browser_vectors import FAMILIES, FOLDER, encode
from tests.support.published import PUBLISHED
from web.pages import modules

ROOT = Path(__file__).resolve().parents[3]
RUNNER = ROOT / "tests" / "browser" / "runner.mjs"
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed: the browser's modules were not run")


def read(family: str) -> list[dict[str, Any]]:
    cases = json.loads((FOLDER / f"{family}.json").read_bytes())["cases"]
    assert isinstance(cases, list)
    return cases


@pytest.mark.parametrize("family", FAMILIES)
def test_vectors_are_what_python_answers(family: str) -> None:
    assert (FOLDER / f"{family}.json").read_bytes() == encode(family)


@pytest.mark.parametrize("family", FAMILIES)
def test_vectors_hold_good_and_bad_cases(family: str) -> None:
    cases = read(family)
    assert any("value" in case for case in cases)
    assert any("refused" in case for case in cases)


@needs_node
@pytest.mark.parametrize("family", FAMILIES)
def test_node_agrees_with_python(family: str) -> None:
    cases = read(family)
    assert NODE is not None
    done = subprocess.run([NODE, str(RUNNER)], input=json.dumps(cases), capture_output=True, text=True, check=True)
    for case, found in zip(cases, json.loads(done.stdout), strict=True):
        assert "crash" not in found, (case, found)
        shown = {"refused": True} if "error" in found else found
        assert shown == {key: case[key] for key in ("value", "refused") if key in case}, (case, found)


@needs_node
@pytest.mark.parametrize("name", PUBLISHED)
def test_node_agrees_with_the_published_vectors(name: str) -> None:
    make, count = PUBLISHED[name]
    cases = list(make())
    assert len(cases) == count
    asked = json.dumps([{"op": op, "args": args} for op, args, _ in cases])
    assert NODE is not None
    done = subprocess.run([NODE, str(RUNNER)], input=asked, capture_output=True, text=True, check=True)
    for (op, args, expected), found in zip(cases, json.loads(done.stdout), strict=True):
        assert ({"refused": True} if "error" in found else found) == expected, (op, args, found)


@needs_node
def test_proofs_built_from_tiles_are_those_of_python() -> None:
    size = 66_000
    leaves = [hashlib.sha256(b"%d" % place).digest() for place in range(size)]
    olds = {300: [1, 2, 3, 255, 256, 257, 299], 256: [128, 200, 255], 7: [1, 3, 4, 6]}
    olds[size] = [1, 255, 256, 257, 512, 32_768, 40_000, 65_535, 65_536, 65_537, 65_999]
    cases = []
    for total, some in olds.items():
        held = extend_tiles({}, 0, leaves[:total])
        paths = {TilePath(at, n, len(data) // 32).encode(): data.hex() for (at, n), data in held.items()}
        cases += [{"op": "growth.build", "args": [old, total, paths]} for old in some]
    assert NODE is not None
    done = subprocess.run([NODE, str(RUNNER)], input=json.dumps(cases), capture_output=True, text=True, check=True)
    for case, found in zip(cases, json.loads(done.stdout), strict=True):
        old, total, _ = case["args"]
        expected = [one.hex() for one in consistency_proof(leaves[:total], old)]
        assert found == {"value": expected}, (old, total)


def test_vendored_file_is_the_one_that_was_reviewed() -> None:
    folder = ROOT / "web" / "pages" / "static" / "vendor"
    stated = re.search(r"^sha256 ([0-9a-f]{64})$", (folder / "noble.txt").read_text("utf-8"), re.MULTILINE)
    assert stated is not None
    assert hashlib.sha256((folder / "noble.mjs").read_bytes()).hexdigest() == stated[1]


@needs_node
def test_joined_module_exports_and_answers_like_the_entry(tmp_path: Path) -> None:
    path = tmp_path / "joined.mjs"
    path.write_text(modules.module("verify.mjs"), "utf-8")
    script = (
        f"const m = await import({json.dumps(path.as_uri())});"
        "const checks = m.verifyBundle(new TextEncoder().encode('{}'), { now: new Date(0) });"
        "const first = (await checks.next()).value; console.log(JSON.stringify([Object.keys(m), first]));"
    )
    assert NODE is not None
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", script], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    names, first = json.loads(done.stdout)
    assert names == ["verifyBundle"]
    assert (first["name"], first["outcome"]) == ("document_form", "failed")


def test_a_form_of_import_that_cannot_be_joined_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"a.mjs": 'import b from "./b.mjs";\nexport const c = b;\n'}
    monkeypatch.setattr(modules, "read", texts.__getitem__)
    with pytest.raises(modules.ModuleFault):
        modules.bundle.__wrapped__("a.mjs")


def test_modules_load_nothing_from_elsewhere() -> None:
    text = modules.module("page.mjs")
    hosts = set(re.findall(r"https?://([a-z0-9.-]+)", text))
    assert hosts <= {"www.w3.org", "w3id.org", "vocabulary.uncefact.org"}
    assert "eval(" not in text
    assert "Function(" not in text
