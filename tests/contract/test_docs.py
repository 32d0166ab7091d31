"""Compare the documents with the code: commands, settings, headings, forbidden words."""

from __future__ import annotations

import importlib
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from web.cli.main import cli
from web.config import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
README_ZH = (ROOT / "README.zh.md").read_text(encoding="utf-8")


def tracked() -> list[Path]:
    """List the files of the project: those git knows, or all but the obvious where there is no git."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode == 0 and done.stdout:
        return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    skipped = {".venv", "var", "dist", "build", ".git"}
    return [path for path in ROOT.rglob("*") if path.is_file() and not skipped & set(path.relative_to(ROOT).parts)]


def commands(group: click.Group, prefix: str) -> Iterator[str]:
    """Yield the full name of every command that does something."""
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}"


def headings(text: str) -> list[int]:
    """Return the depth of every heading in order, outside code."""
    return [len(found) for found in re.findall(r"^(#+) ", text, re.MULTILINE)]


@pytest.mark.parametrize("text", [README, README_ZH], ids=["en", "zh"])
def test_readme_names_every_command_and_no_other(text: str) -> None:
    named = set(re.findall(r"^\| `(ecarbon [a-z -]+)` \|", text, re.MULTILINE))
    assert named == set(commands(cli, "ecarbon"))


@pytest.mark.parametrize("text", [README, README_ZH], ids=["en", "zh"])
def test_options_in_examples_exist(text: str) -> None:
    examples = re.findall(r"^    (ecarbon .+)$", text, re.MULTILINE)
    assert examples
    for example in examples:
        words = example.split("#")[0].split()[1:]
        command: click.Command = cli
        while isinstance(command, click.Group) and words and words[0] in command.commands:
            command = command.commands[words.pop(0)]
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in words if word.startswith("--")} <= known


def test_settings_table_equals_the_configuration() -> None:
    table = README.partition("| setting | default | meaning |\n| --- | --- | --- |\n")[2].partition("<!-- end")[0]
    rows = [f"| `{one.variable}` | {f'`{one.default}`' if one.default else ''} | {one.meaning} |" for one in SETTINGS]
    assert table.splitlines() == rows


def test_both_readmes_have_the_same_headings() -> None:
    assert headings(README) == headings(README_ZH)


def test_every_command_has_help_in_both_languages() -> None:
    from web.cli.words import catalogue

    def walk(command: click.Command) -> Iterator[str]:
        yield " ".join((command.help or "").split())
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                yield " ".join((parameter.help or "").split())
        if isinstance(command, click.Group):
            for child in command.commands.values():
                yield from walk(child)

    texts = set(walk(cli))
    assert "" not in texts
    assert sorted(text for text in texts if text not in catalogue()) == []


def test_chinese_catalogue_has_every_message_and_no_stale_one() -> None:
    from tests.contract.layers import read_sources
    from tests.contract.messages import library_messages, messages_in_code, without_names
    from web.cli.failures import FAMILIES
    from web.cli.words import catalogue

    for name in read_sources(ROOT):
        importlib.import_module(name) if name != "web.__main__" else None
    own = messages_in_code(ROOT / "web" / "cli", cli)
    libraries = library_messages(ROOT, {one.__name__ for family in FAMILIES for one in [family, *family_of(family)]})
    assert len(libraries) > 500
    assert sorted(own - set(catalogue())) == []
    assert sorted(libraries - {without_names(message) for message in catalogue()}) == []
    assert sorted(one for one in set(catalogue()) - own if without_names(one) not in libraries) == []


def test_nothing_stands_twice_where_two_changes_were_merged() -> None:
    lists = [(path, re.findall(r'^msgid (".*"(?:\n".*")*)', path.read_text("utf-8"), re.MULTILINE))
             for path in tracked() if path.suffix == ".po"]  # fmt: skip
    for name in ("README.md", "README.zh.md", "CHANGELOG.md", "ARCHITECTURE.md"):
        for part in (ROOT / name).read_text("utf-8").split("\n#"):
            lists.append((ROOT / name, re.findall(r"^(?:\| [^|]+[^-| ] \||- .+)", part, re.MULTILINE)))
    assert len(lists) > 20
    assert [(path.name, one) for path, ones in lists for one, times in Counter(ones).items() if times > 1] == []


def family_of(base: type[Exception]) -> Iterator[type[Exception]]:
    for child in base.__subclasses__():
        yield from (child, *family_of(child))


def test_chinese_messages_have_full_width_punctuation_and_make_no_claim() -> None:
    from passport.claims import refuse_claims
    from web.cli.words import catalogue

    for message, text in catalogue().items():
        plain = re.sub(r"\{\w+\}|`[^`]*`", "x", text)
        assert not re.search(r"[\u4e00-\u9fff] ?[,:;?!()]|[,:;?!()][\u4e00-\u9fff]", plain), text
        assert not re.search(r"[\u4e00-\u9fff]\.(?![a-z])", plain), text
        assert text.count("（") == text.count("）"), text
        assert message[-1:] != "." or text[-1] in "。）…", text
        refuse_claims(text, field=message)


def test_translations_keep_their_places() -> None:
    from web.cli.words import catalogue

    for message, text in catalogue().items():
        assert sorted(re.findall(r"\{(\w+)\}", message)) == sorted(re.findall(r"\{(\w+)\}", text)), message


def test_architecture_names_every_module() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    missing = []
    for package in ("iocore", "ledger", "passport", "web"):
        section = text.partition(f"### {package}/")[2].partition("\n## ")[0].partition("\n### ")[0]
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT / package).as_posix()
            folder = name.rpartition("/")[0]
            if path.name.startswith("_") or f"`{folder}/<code>.py`" in section or f"`{folder}/<kind>.py`" in section:
                continue
            if f"`{name}`" not in section:
                missing.append(f"{package}/{name}")
    assert missing == []


FORBIDDEN = (
    r"/wo" + r"rk/",
    r"/fa" + r"rm/",
    r"py" + r"pi\.org",
    r"python" + r"hosted",
    r"registry\.np" + r"mjs",
    r"deb\.de" + r"bian",
    r"\bTO" + r"DO\b",
    r"\bFIX" + r"ME\b",
    r"\bXX" + r"X\b",
    r"NotImplemented" + r"Error",
    r"pragma: no co" + r"ver",
)


def test_no_forbidden_word_stands_in_any_file() -> None:
    pattern = re.compile("|".join(FORBIDDEN))
    found = []
    for path in tracked():
        if path.suffix in {".png", ".xlsx", ".db", ".gz", ".xz", ".mo"}:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    assert found == []


def test_lock_files_hold_hashes_and_no_address() -> None:
    for name in ("requirements.lock", "requirements-build.lock", "requirements-test.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text and "index" not in text.replace("indexed", "") and "--find-links" not in text
        blocks = re.split(r"\n(?=[a-z0-9])", text.strip())
        assert blocks
        for block in blocks:
            assert re.match(r"[a-z0-9._-]+==\S+", block), block[:60]
            assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block[:60]


def test_locks_cover_the_declared_dependencies() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = {
        name: set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("requirements.lock", "requirements-test.lock")
    }
    wanted = {re.split(r"[<>=\[ ]", line)[0].lower() for line in project["dependencies"]}
    tests = {re.split(r"[<>=\[ ]", line)[0].lower() for line in project["optional-dependencies"]["test"]}
    assert wanted <= locked["requirements.lock"]
    assert wanted | tests <= locked["requirements-test.lock"]
