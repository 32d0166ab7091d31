"""Read shipped data files and check them against their manifest."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from iocore.errors import MalformedTable
from iocore.factors import FactorRow, FactorSet


@dataclass(frozen=True, slots=True)
class Source:
    """Name a factor source and load the set that is shipped with it."""

    code: str
    load: Callable[[], FactorSet]


@cache
def manifest() -> dict[str, dict[str, str]]:
    """Return licence, origin and SHA-256 of every shipped data file, by file name."""
    text = resources.files("iocore").joinpath("data", "manifest.json").read_text(encoding="utf-8")
    entries: dict[str, dict[str, str]] = json.loads(text)
    return entries


def shipped_bytes(name: str) -> bytes:
    """Read a shipped data file.

    Raises:
        MalformedTable: the bytes differ from those that were shipped.
    """
    content = resources.files("iocore").joinpath("data", name).read_bytes()
    if hashlib.sha256(content).hexdigest() != manifest()[name]["sha256"]:
        raise MalformedTable("a shipped data file was changed", file=name)
    return content


def shipped_rows(name: str) -> list[dict[str, str]]:
    """Read a shipped CSV file as rows by column name."""
    return csv_rows(shipped_bytes(name), name=name)


def shipped_set(source: str, version: str) -> FactorSet:
    """Load the shipped file `<source>-<version>.csv` of canonical rows as a factor set."""
    name = f"{source}-{version}.csv"
    about = manifest()[name]
    return FactorSet(
        source=source,
        version=version,
        title=about["title"],
        licence=about["licence"],
        may_publish=True,
        rows=tuple(FactorRow.from_dict(row) for row in shipped_rows(name)),
        provenance=about,
    )


def csv_rows(content: bytes, *, name: str, required: Sequence[str] = ()) -> list[dict[str, str]]:
    """Parse CSV bytes strictly: UTF-8, one header row, every row as long as the header.

    Raises:
        MalformedTable: not UTF-8, no header, a required column is missing, or a row is too short or too long.
    """
    try:
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise MalformedTable("the file is not a UTF-8 CSV table", file=name, reason=str(error)) from error
    if not lines:
        raise MalformedTable("the file is empty", file=name)
    header = lines[0]
    missing = [column for column in required if column not in header]
    if missing or len(set(header)) != len(header):
        raise MalformedTable("columns are missing or repeated", file=name, missing=missing)
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(header):
            raise MalformedTable("a row does not have as many cells as the header", file=name, row=number)
    return [dict(zip(header, line, strict=True)) for line in lines[1:]]


def read_file(path: str | Path) -> bytes:
    """Read a file that a person named.

    Raises:
        MalformedTable: it cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise MalformedTable("the file cannot be read", file=str(path), reason=error.strerror or str(error)) from error
