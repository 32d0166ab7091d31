"""Describe a home in one document: lots, masses, footprints, counts and checks, all read back from what is stored."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iocore.units import format_decimal, round_quantum
from ledger.book.entry import parse_entry
from ledger.book.state import Book
from ledger.export import LogDirectory
from ledger.log.canonical import jcs_decode
from ledger.log.checkpoint import open_checkpoint
from passport.disclosure import Disclosure, read_disclosure
from passport.trust import TrustPolicy
from passport.verify import verify
from web.home import PASSPORT_FILES, link_of_passport, write_changed

if TYPE_CHECKING:
    from passport.report import VerificationReport
    from passport.store import PassportRow
    from web.services import Services

NAME = "report.json"
BUNDLES = tuple(ending for ending, (form, _) in PASSPORT_FILES.items() if form == "bundle")


def build_report(services: Services, *, now: datetime) -> dict[str, Any]:
    """Read everything back and describe it; passports are checked from their files, as an outsider would."""
    book = services.ledger.book()
    head = open_checkpoint(services.ledger.checkpoint(), services.ledger.log_key)
    checks = check_files(services.config.home, now=now)
    return {
        "log": {"origin": head.origin, "size": head.size, "root": head.root.hex()},
        "counts": _counts(services, book, checks),
        "lots": [_lot(book, name) for name in book.lots],
        "footprints": [_footprint(services, row) for row in services.passports.find()],
        "checks": checks,
    }


def check_files(home: Path, *, now: datetime) -> list[dict[str, Any]]:
    """Check every bundle of a home against its trust file and its static log; no database is touched."""
    trust = TrustPolicy.parse((home / "trust.json").read_bytes())
    log = LogDirectory(home / "log")
    rows = []
    for path in sorted((home / "passports").iterdir()):
        if path.name.startswith(".") or not path.name.endswith(BUNDLES):
            continue
        found = verify(path.read_bytes(), trust=trust, log=log, now=now)
        rows.append({"file": f"passports/{path.name}", **_outcome(found)})
    return rows


def _outcome(found: VerificationReport) -> dict[str, Any]:
    outcomes = Counter(check.outcome for check in found.checks)
    return {
        "consistent": found.consistent,
        "trusted": found.trusted,
        "complete": found.complete,
        "passed": outcomes["passed"],
        "failed": [check.name for check in found.failed],
        "not_checked": [check.name for check in found.checks if check.outcome == "not_checked"],
        "recomputed": dict(found.recomputed),
    }


def _counts(services: Services, book: Book, checks: list[dict[str, Any]]) -> dict[str, Any]:
    stored = list(services.ledger.entries())
    kinds = Counter(parse_entry(one.note).entry.kind for one in stored)
    passports = services.passports.find()
    return {
        "entries": len(stored),
        "by_kind": dict(sorted(kinds.items())),
        "rejected": sum(1 for one in stored if one.status == "rejected"),
        "actors": len(book.actors),
        "facilities": len(book.facilities),
        "lots": len(book.lots),
        "live_lots": sum(1 for name in book.lots if book.consumer_of(name) is None),
        "passports": len(passports),
        "passports_by_status": dict(sorted(Counter(row.status for row in passports).items())),
        "bundles_checked": len(checks),
        "bundles_fine": sum(1 for row in checks if row["consistent"] and row["trusted"] and row["complete"]),
    }


def _lot(book: Book, name: str) -> dict[str, Any]:
    lot = book.lots[name]
    mass = book.lot_mass(name)
    return {
        "lot": name,
        "mass_kg": "" if mass is None else format_decimal(round_quantum(mass.mass_kg)),
        "product": lot.product_gtin,
        "variety": lot.variety,
        "made_by": lot.origin.kind,
        "from": list(lot.origin.ins),
        "used_up": book.consumer_of(name) is not None,
    }


def _footprint(services: Services, row: PassportRow) -> dict[str, Any]:
    credential = jcs_decode(row.credential)
    subject = credential["credentialSubject"]
    return {
        "passport": row.uuid,
        "link": link_of_passport(services, row),
        "name": subject["name"],
        "status": row.status,
        "valid_from": credential["validFrom"],
        **_figures(read_disclosure(subject["characteristics"])),
    }


def _figures(found: Disclosure) -> dict[str, Any]:
    """Give the figures of a passport, the stages in the order of the lot's life."""
    value = found.to_json()
    kept = (
        "lot", "phase", "market", "boundary", "total", "figures", "stage", "fossil", "landUseChange", "landManagement",
        "biogenicNonCO2", "undivided", "aircraft", "aircraftForcing", "biogenicCO2", "biogenicUptake", "removals",
        "measuredActivityShare", "primaryDataShare", "defaultShare", "flagged", "uncertainty", "missing", "openPools",
        "coverage", "gwpSetsUsed", "methodology", "lineage",
    )  # fmt: skip
    return {name: value[name] for name in kept}


def write_report(home: Path, report: Mapping[str, Any], timings: Mapping[str, Any]) -> bool:
    """Write the report unless nothing but its timings would change; say whether it was written."""
    path = home / NAME
    held = read_report(home)
    if held is not None and {name: value for name, value in held.items() if name != "timings"} == _plain(report):
        return False
    text = json.dumps({**report, "timings": timings}, ensure_ascii=False, indent=2)
    return write_changed(path, text.encode("utf-8") + b"\n")


def read_report(home: Path) -> dict[str, Any] | None:
    """Read the report of a home, or nothing where there is none that can be read."""
    try:
        value = json.loads((home / NAME).read_bytes())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _plain(report: Mapping[str, Any]) -> Any:
    return json.loads(json.dumps(report, ensure_ascii=False))
