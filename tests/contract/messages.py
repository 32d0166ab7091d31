"""Collect the messages of the command line from its source, as gettext's extraction would."""

from __future__ import annotations

import ast
from pathlib import Path

import click

# Functions of web/cli whose literal arguments are shown to people, and which arguments those are.
TRANSLATED = {"tr", "progress"}


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
        rows = [row for row in value.elts if isinstance(row, ast.Tuple)]
        return {row.elts[-1].value for row in rows if isinstance(row.elts[-1], ast.Constant)}
    return set()


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
