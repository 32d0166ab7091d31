"""Lint the Dockerfile with the rules that matter here; there is no container engine in the tests."""

from __future__ import annotations

import fnmatch
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
EXEC_FORM = ("ENTRYPOINT", "CMD", "VOLUME")


def parse(text: str) -> list[tuple[str, str]]:
    """Split a Dockerfile into (instruction, argument) pairs, continuation lines joined."""
    joined = re.sub(r"\\\n\s*", " ", "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#")))
    parts = [line.partition(" ") for line in joined.splitlines() if line]
    return [(word.upper(), rest.strip()) for word, _, rest in parts]


def lint(text: str, root: Path) -> list[str]:
    """Return what a careful reader would object to; an empty list when there is nothing."""
    steps = parse(text)
    problems = []
    stages = [argument.split() for word, argument in steps if word == "FROM"]
    names = [stage[2] for stage in stages if len(stage) == 3]
    if len(stages) < 2 or len(names) != len(stages):
        problems.append("wants at least two named stages")
    for stage in stages:
        image = stage[0]
        if ":" not in image or image.endswith(":latest") or "slim" not in image:
            problems.append(f"image {image} is not a pinned slim tag")
        if "/" in image:
            problems.append(f"image {image} names a registry")
    last = [position for position, (word, _) in enumerate(steps) if word == "FROM"][-1]
    final = steps[last:]
    users = [argument for word, argument in final if word == "USER"]
    if not users or not re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", users[-1]):
        problems.append("the last USER is not a numeric non-root uid:gid")
    if "HEALTHCHECK" not in [word for word, _ in final]:
        problems.append("no HEALTHCHECK")
    for word, argument in steps:
        problems.extend(_lint_step(word, argument, names, root))
    return problems


def _lint_step(word: str, argument: str, names: list[str], root: Path) -> list[str]:
    problems = []
    if word in ("ADD", "MAINTAINER", "SHELL"):
        problems.append(f"{word} is not used")
    if word == "WORKDIR" and not argument.startswith("/"):
        problems.append(f"WORKDIR {argument} is not absolute")
    if word in EXEC_FORM and not isinstance(_json(argument), list):
        problems.append(f"{word} is not in exec form")
    if word == "HEALTHCHECK":
        command = argument.partition("CMD ")[2]
        if not isinstance(_json(command), list) or "curl" in command or "wget" in command:
            problems.append("HEALTHCHECK is not an exec form without curl")
    if word == "RUN":
        if re.search(r"\b(sudo|apt-get|curl|wget)\b|;", argument):
            problems.append("RUN uses sudo, apt-get, curl, wget or a semicolon")
        for command in argument.split("&&"):
            if " install " in command and "/pip" in command:
                if "--no-cache-dir" not in command:
                    problems.append("pip keeps its cache")
                if "--require-hashes" not in command and "--no-index" not in command:
                    problems.append("pip installs without hashes")
    if word == "ENV" and re.search(r"(?i)(secret|password|token|private)", argument):
        problems.append("ENV carries a secret")
    if re.search(r"https?://(?!127\.0\.0\.1)", argument) or re.search(r"--(extra-)?index-url", argument):
        problems.append(f"{word} carries an address")
    if word == "COPY":
        problems.extend(_lint_copy(argument, names, root))
    return problems


def _lint_copy(argument: str, names: list[str], root: Path) -> list[str]:
    if argument.startswith("--from="):
        stage = argument.split()[0].removeprefix("--from=")
        return [] if stage in names else [f"COPY from unknown stage {stage}"]
    ignored = (root / ".dockerignore").read_text(encoding="utf-8").split()
    problems = []
    for source in argument.split()[:-1]:
        if not (root / source).exists():
            problems.append(f"COPY of {source}, which does not exist")
        if any(fnmatch.fnmatch(source, pattern) for pattern in ignored):
            problems.append(f"COPY of {source}, which .dockerignore hides")
    return problems


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def test_dockerfile_has_nothing_to_object_to() -> None:
    assert lint(TEXT, ROOT) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("USER 10001:10001\n", "USER root\n", "non-root"),
        ("USER 10001:10001\n", "", "non-root"),
        ("python:3.11-slim AS runtime", "python:latest AS runtime", "pinned slim"),
        ("python:3.11-slim AS runtime", "registry.example/python:3.11-slim AS runtime", "registry"),
        ("--require-hashes -r requirements.lock", "-r requirements.lock", "without hashes"),
        ('ENTRYPOINT ["ecarbon"]', "ENTRYPOINT ecarbon", "exec form"),
        ("COPY web web", "COPY wob web", "does not exist"),
        ("COPY web web", "COPY tests tests", "hides"),
        ("COPY --from=build", "COPY --from=built", "unknown stage"),
        ("PYTHONUNBUFFERED=1", "ECARBON_TOKEN=abc", "secret"),
    ],
)
def test_lint_notices_a_fault(old: str, new: str, expected: str) -> None:
    assert old in TEXT
    problems = lint(TEXT.replace(old, new), ROOT)
    assert any(expected in problem for problem in problems)


def test_every_package_is_copied_and_data_folder_is_the_only_state() -> None:
    copied = {argument.split()[0] for word, argument in parse(TEXT) if word == "COPY"}
    assert {"iocore", "ledger", "passport", "web"} <= copied
    assert ("VOLUME", '["/data"]') in parse(TEXT)
    assert "ECARBON_HOME=/data" in TEXT
