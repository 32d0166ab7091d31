"""Join the browser's modules into one script, so that a page loads one file and `/verify` can be saved as one.

Each module becomes a function that returns its exports; the modules use only the few forms of import and export that
are read here, and anything else is refused.
"""

from __future__ import annotations

import functools
import hashlib
import re
from importlib import resources

_IMPORT = re.compile(r'^import (?P<what>\{[^}]*\}|\* as \w+) from "(?P<source>\.{1,2}/[\w./-]+\.mjs)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?P<keyword>(?:async )?function\*?|class|const|let) (?P<name>\w+)", re.MULTILINE)
_COMMENT = re.compile(r"^\s*(//.*|/\*\* .* \*/)\n", re.MULTILINE)
_EXPORT_LIST = re.compile(r"export\s*\{(?P<names>[^}]*)\};?\s*$")


class ModuleFault(Exception):
    """Say that a module uses a form that the joiner does not read."""


@functools.cache
def read(name: str) -> str:
    """Return the text of a file of `static/`."""
    return resources.files("web.pages").joinpath("static", name).read_text("utf-8")


@functools.cache
def bundle(entry: str) -> str:
    """Return one script with the entry module's exports in the constant `entry`, and no import or export left.

    Args:
        entry: file name in `static/`, such as `verify.mjs`.

    Raises:
        ModuleFault: a module imports or exports in another form.
    """
    order: list[str] = []
    _visit(entry, order, ())
    parts = [f"const {_variable(name)} = (() => {{\n{_body(name)}}})();\n" for name in order]
    return "".join(parts) + f"const entry = {_variable(entry)};\n"


@functools.cache
def module(entry: str) -> str:
    """Return one module that exports what the entry module exports."""
    names = ", ".join(exports(entry))
    return f"{bundle(entry)}const {{ {names} }} = entry;\nexport {{ {names} }};\n"


@functools.cache
def fingerprint(entry: str) -> str:
    """Return the first 12 hex digits of the module's SHA-256, for an address that may be kept for ever."""
    return hashlib.sha256(module(entry).encode("utf-8")).hexdigest()[:12]


def exports(name: str) -> list[str]:
    """List the names that a module exports."""
    return sorted(_exports(read(name)))


def _visit(name: str, order: list[str], path: tuple[str, ...]) -> None:
    if name in path:
        raise ModuleFault(f"modules import each other: {' '.join((*path, name))}")
    for match in _IMPORT.finditer(read(name)):
        source = _resolve(name, match["source"])
        if source not in order:
            _visit(source, order, (*path, name))
    order.append(name)


def _resolve(name: str, source: str) -> str:
    parts = name.split("/")[:-1]
    for part in source.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _variable(name: str) -> str:
    return "module_" + re.sub(r"\W", "_", name.removesuffix(".mjs"))


def _exports(text: str) -> dict[str, str]:
    found = {match["name"]: match["name"] for match in _EXPORT.finditer(text)}
    listed = _EXPORT_LIST.search(text)
    if listed:
        for part in listed["names"].split(","):
            inner, _, outer = part.strip().partition(" as ")
            found[outer.strip() or inner] = inner
    return found


def _body(name: str) -> str:
    text = read(name)

    def imported(match: re.Match[str]) -> str:
        variable = _variable(_resolve(name, match["source"]))
        if match["what"].startswith("*"):
            return f"const {match['what'].removeprefix('* as ')} = {variable};"
        return f"const {match['what'].replace(' as ', ': ')} = {variable};"

    outer = _exports(text)
    text = re.sub(r"^ +", "", _COMMENT.sub("", text), flags=re.MULTILINE) if "vendor/" not in name else text
    text = _IMPORT.sub(imported, text)
    text = _EXPORT.sub(r"\g<keyword> \g<name>", text)
    text = _EXPORT_LIST.sub("", text)
    if re.search(r"^\s*(import|export)\b", text, re.MULTILINE):
        raise ModuleFault(f"{name} imports or exports in a form that cannot be joined")
    returned = ", ".join(f"{key}: {value}" for key, value in sorted(outer.items()))
    return f"{text.rstrip()}\nreturn {{ {returned} }};\n"
