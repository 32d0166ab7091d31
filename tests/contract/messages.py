"""Collect the messages of the command line and of the libraries from source, as gettext's extraction would."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence, Set
from pathlib import Path

import click

# Functions of web/cli whose literal arguments are shown to people, and which arguments those are.
TRANSLATED = {"tr", "progress"}
# Functions of the libraries whose literal arguments are sentences for people, beside the errors.
SENTENCES = frozenset(
    "say refuse superseded Check Fill Form Gap MissingSlot Violation _add _compare _pattern _write add on_item".split()
)


def messages_in_code(folder: Path, root: click.Command) -> set[str]:
    """Return every message that the Chinese catalogue must hold."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                found |= _of_call(node)
            elif isinstance(node, ast.Assign | ast.AnnAssign) and _is_message_table(node):
                found |= _texts_of_table(node)
    return found | _help_texts(root)


def _of_call(node: ast.Call) -> set[str]:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name in TRANSLATED:
        return {one.value for one in node.args[:1] if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    if name == "print_table" and node.args and isinstance(node.args[0], ast.List | ast.Tuple):
        return _strings(node.args[0])
    if name == "print_pairs" and node.args and isinstance(node.args[0], ast.List | ast.Tuple):
        pairs = [one for one in node.args[0].elts if isinstance(one, ast.Tuple) and one.elts]
        return {pair.elts[0].value for pair in pairs if isinstance(pair.elts[0], ast.Constant)}
    return set()


def _is_message_table(node: ast.Assign | ast.AnnAssign) -> bool:
    """A table of messages is a module constant whose name says so."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(isinstance(one, ast.Name) and one.id.lstrip("_").endswith(("ADVICE", "MESSAGES")) for one in targets)


def _texts_of_table(node: ast.Assign | ast.AnnAssign) -> set[str]:
    value = node.value
    if isinstance(value, ast.Dict):
        return {one.value for one in value.values if isinstance(one, ast.Constant)}
    if isinstance(value, ast.Tuple):
        last = [row.elts[-1] if isinstance(row, ast.Tuple) else row for row in value.elts]
        return {one.value for one in last if isinstance(one, ast.Constant)}
    return set()


def library_messages(folder: Path, errors: Set[str]) -> set[str]:
    """Return every sentence of the libraries that can come before people, its places written as `{}`.

    Args:
        folder: where the packages lie.
        errors: names of the error classes.
    """
    found: set[str] = set()
    for package in ("iocore", "ledger", "passport", "web"):
        for path in (folder / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                    if name in errors:
                        found |= _sentences(node.args[:1])
                    elif name == "Refusal":
                        found |= _sentences(node.args[2:3])
                    elif name == "_refused":
                        found |= _sentences(node.args[1:2])
                    elif name in SENTENCES and package != "web":
                        found |= _sentences(node.args)
                elif isinstance(node, ast.Yield) and node.value is not None and path.name == "guards.py":
                    found |= _sentences([node.value])
                elif isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Tuple) and package == "ledger":
                    rows = [row for row in node.value.elts if isinstance(row, ast.Tuple)]
                    found |= _sentences([row.elts[-1] for row in rows])
                elif isinstance(node, ast.AnnAssign) and path == folder / "web" / "problems.py":
                    found |= _texts_of_table(node) if _is_message_table(node) else set()
    return found


def _sentences(arguments: Sequence[ast.expr]) -> set[str]:
    """Return the arguments that are text with a space in it; a code or an address has none."""
    texts = set()
    for one in arguments:
        node = one.value if isinstance(one, ast.Subscript) else one
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            texts.add("".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts))
    return {text for text in texts if " " in text and re.search("[a-z]", text)}


def without_names(message: str) -> str:
    """Write the places of a message of the catalogue as `{}`."""
    return re.sub(r"\{\w+\}", "{}", message)


def _strings(node: ast.List | ast.Tuple) -> set[str]:
    return {one.value for one in node.elts if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def _help_texts(command: click.Command) -> set[str]:
    texts = {" ".join((command.help or "").split())}
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            texts.add(" ".join((parameter.help or "").split()))
    if isinstance(command, click.Group):
        for child in command.commands.values():
            texts |= _help_texts(child)
    return texts - {""}
