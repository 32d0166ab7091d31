"""Erase an actor's openings everywhere in a home: store, stored calculations, files, report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.book.entry import parse_entry
from ledger.errors import EntryNotFound
from ledger.log.signer import Signer
from web.home import write_home
from web.recorder import Statement, record
from web.report import build_report, read_report, write_report

if TYPE_CHECKING:
    from web.services import Services

#: References of one `erase` entry; an envelope is at most 16 KiB and a reference takes 67 bytes.
CHUNK = 150


@dataclass(frozen=True, slots=True)
class Erased:
    """State what was erased.

    Args:
        actor: whose openings are gone.
        entries: the entries that had them.
        logged: the `erase` entries.
        files: files that were written again or removed.
    """

    actor: str
    entries: tuple[str, ...]
    logged: tuple[str, ...]
    files: tuple[Path, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "actor": self.actor,
            "entries": list(self.entries),
            "logged": list(self.logged),
            "files": [str(path) for path in self.files],
        }


def erase_actor(services: Services, actor: str, signer: Signer) -> Erased:
    """Erase all openings of an actor's entries.

    The `erase` entry is logged first: from then on nobody can say that the openings were never there. Erasing again
    finishes what an interruption left.

    Raises:
        EntryNotFound: the actor has no entry with items.
        EntryRejected: the key may not erase for this actor.
    """
    ledger = services.ledger
    owned = [one for stored in ledger.entries() if (one := parse_entry(stored.note)).entry.actor == actor]
    concerned = [one.entry_id for one in owned if one.entry.items]
    if not concerned:
        raise EntryNotFound("the actor has no entry with items", actor=actor)
    open_ones = [entry_id for entry_id in concerned if ledger.items(entry_id)]
    logged = [
        record(
            ledger,
            signer,
            Statement("erase", actor, {"subject": actor}, refs=open_ones[at : at + CHUNK]),
            clock=services.clock,
        ).entry_id
        for at in range(0, len(open_ones), CHUNK)
    ]
    ledger.erase(concerned)
    services.passports.seal_erased(concerned)
    return Erased(actor, tuple(open_ones), tuple(logged), tuple(_write_again(services)))


def _write_again(services: Services) -> Sequence[Path]:
    """Write the files of the home again, if it has any: what is closed goes, what rests on it is sealed."""
    home = services.config.home
    if not (home / "log").is_dir():
        return []
    changed = write_home(services)
    held = read_report(home)
    if held is not None:
        timings = held.pop("timings", {})
        # What the report says beyond the home's own content, such as that its keys are a demo's, stays.
        report = {**held, **build_report(services, now=services.clock.now())}
        if write_report(home, report, timings):
            changed.append(home / "report.json")
    return changed
