"""Write the files of a home: a projection of ledger and passports that anyone can check without the database.

Everything is compared before it is written, so a second run rewrites nothing; what an erasure has closed is removed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.export import export_log
from ledger.log.canonical import jcs
from passport.did import did_path
from passport.link import uri_of
from passport.qr import png_image, svg
from passport.store import PassportRow

if TYPE_CHECKING:
    from web.services import Services

Step = Callable[[str, int, int], None]

#: Formats of a passport by the ending of its file: format code and audience.
PASSPORT_FILES = {
    ".json": ("vc", "full"),
    ".jwt": ("jwt", "full"),
    ".bundle.json": ("bundle", "full"),
    ".public.bundle.json": ("bundle", "public"),
    ".pact.json": ("pact", "public"),
}


def write_changed(path: Path, data: bytes) -> bool:
    """Write a file in one step unless it already holds the bytes; say whether it was written."""
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    beside.write_bytes(data)
    beside.replace(path)
    return True


def remove(path: Path) -> bool:
    """Remove a file if it is there; say whether it was."""
    if not path.is_file():
        return False
    path.unlink()
    return True


def write_home(services: Services, step: Step | None = None) -> list[Path]:
    """Write everything but the report; return the files that changed, were added or removed."""
    home = services.config.home
    changed = list(_entries(services, home))
    passports = services.passports.find()
    for position, row in enumerate(passports):
        if step is not None:
            step("Writing passports", position, len(passports))
        changed += _passport(services, home, row)
    changed += _issuer(services, home)
    changed += export_log(services.ledger, home / "log")
    return changed


def _entries(services: Services, home: Path) -> Iterator[Path]:
    ledger = services.ledger
    for stored in ledger.entries():
        files = {
            home / "entries" / f"{stored.entry_id}.note": stored.note,
            home / "receipts" / f"{stored.entry_id}.tlog-proof": ledger.receipt(stored.entry_id).encode(),
        }
        yield from (path for path, data in files.items() if write_changed(path, data))
        openings = home / "items" / f"{stored.entry_id}.jsonl"
        lines = ledger.items(stored.entry_id)
        if lines:
            if write_changed(openings, "".join(f"{line}\n" for line in lines).encode("utf-8")):
                yield openings
        elif remove(openings):
            yield openings


def _passport(services: Services, home: Path, row: PassportRow) -> Iterator[Path]:
    for ending, (form, audience) in PASSPORT_FILES.items():
        path = home / "passports" / f"{row.uuid}{ending}"
        if write_changed(path, services.passports.export(row.uuid, form, audience=audience)[1]):
            yield path
    address = link_of_passport(services, row)
    for path, data in (
        (home / "qr" / f"{row.uuid}.svg", svg(address)),
        (home / "qr" / f"{row.uuid}.png", png_image(address)),
    ):
        if write_changed(path, data):
            yield path


def link_of_passport(services: Services, row: PassportRow) -> str:
    """Return the address that the QR code of a passport's lot carries."""
    return uri_of(row.lot, base_url=services.passports.base_url)


def _issuer(services: Services, home: Path) -> Iterator[Path]:
    passports = services.passports
    files = {home / "did" / did_path(passports.issuer.did): jcs(passports.did_document())}
    for name in passports.store.status_lists():
        files[home / "status" / f"{name}.json"] = jcs(passports.status_list(name))
    files[services.config.trust_file] = passports.trust_json()
    yield from (path for path, data in files.items() if write_changed(path, data))
