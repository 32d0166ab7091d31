"""Find the importer of a file by its headers, and read the file with it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from iocore.errors import RegistryConflict
from web.imports.base import ImportResult, Source
from web.imports.findings import finding
from web.imports.rows import FileKind, closest_kind, read_with
from web.imports.sheets import UnreadableFile, open_sheets

_HOME = "web.imports"


@cache
def kinds() -> Mapping[str, FileKind]:
    """Give every importer by code: each module of this package that exports `IMPORT`.

    Raises:
        RegistryConflict: two modules claim one code.
    """
    found: dict[str, FileKind] = {}
    home = importlib.import_module(_HOME)
    for info in sorted(pkgutil.iter_modules(home.__path__, f"{_HOME}."), key=lambda module: module.name):
        if info.name == __name__:
            continue
        kind = getattr(importlib.import_module(info.name), "IMPORT", None)
        if isinstance(kind, FileKind):
            if kind.code in found:
                raise RegistryConflict("two importers claim one code", code=kind.code)
            found[kind.code] = kind
    return MappingProxyType({code: found[code] for code in sorted(found)})


def read_file(path: Path, kind: str | None = None) -> ImportResult:
    """Read a file; its kind is told from its headers unless the caller names it.

    Returns:
        Good rows as drafts, and all findings. Nothing is raised for a bad file.
    """
    if kind is not None and kind in kinds():
        return read_with(kinds()[kind], path)
    try:
        sheets = open_sheets(path)
    except UnreadableFile as error:
        problem = finding("file-unreadable", Source(path.name), reason_zh=error.reason_zh, reason=error.reason)
        return ImportResult("", path.name, findings=(problem,))
    best = closest_kind(tuple(kinds().values()), sheets)
    if best is None:
        known = ", ".join(kinds())
        return ImportResult("", path.name, findings=(finding("kind-unknown", Source(path.name), known=known),))
    return read_with(best, path)
