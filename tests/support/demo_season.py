"""Sign the demo season without a ledger: the files of web/demo, keys from seeds, salts from a seed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from ledger.log.signer import Signer
from web.imports.base import Finding, ImportResult
from web.imports.files import read_file
from web.imports.history import History
from web.imports.salts import SeededSalts
from web.imports.sign import Signed, sign_drafts

DEMO: Final = Path(__file__).resolve().parents[2] / "web" / "demo"
SALTS: Final = SeededSalts(b"tests only")


def season() -> Mapping[str, Any]:
    """Read the season's plan."""
    return tomllib.loads((DEMO / "season.toml").read_text(encoding="utf-8"))


def actors() -> dict[str, str]:
    """Give the actor id of every reference in the list of parties."""
    return {
        value["value"]: draft.actor
        for draft in read_file(DEMO / "01-parties.csv").drafts
        if draft.kind == "register_actor"
        for name, value in draft.items
        if name == "identifier"
    }


def keys_of(references: list[str]) -> dict[str, Signer]:
    """Make the keys of actors by reference."""
    ids = actors()
    return {
        ids[name]: Signer.from_seed(f"{ids[name]}/{season()['key_label']}", sha256(name.encode()).digest())
        for name in references
    }


@dataclass(frozen=True, slots=True)
class Imported:
    """Hold what one step of the season gave."""

    step: Mapping[str, Any]
    result: ImportResult
    signed: Signed

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Give all findings of the step."""
        return (*self.result.findings, *self.signed.findings)


def sign_file(path: Path, history: History, references: list[str], kind: str | None = None) -> Imported:
    """Read and sign one file."""
    result = read_file(path, kind)
    signed = sign_drafts(result.drafts, history=history, keys=keys_of(references), salts=SALTS)
    return Imported({"file": path.name}, result, signed)


def sign_season(history: History, *, until: str = "") -> list[Imported]:
    """Sign every file of the season in order, up to and with the file named.

    Args:
        history: extended by every entry.
        until: name of the last file, or empty for all.
    """
    done = []
    for step in season()["step"]:
        if step["do"] != "import":
            continue
        result = read_file(DEMO / step["file"])
        signed = sign_drafts(result.drafts, history=history, keys=keys_of(step["keys"]), salts=SALTS)
        done.append(Imported(step, result, signed))
        if step["file"] == until:
            break
    return done
