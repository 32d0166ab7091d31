"""Homes that milestones left behind: read, verified and derived again, byte for byte, by the software of today.

An archive is never made again. A later milestone adds another one beside them; these have to stay readable.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import tarfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from iocore.times import FixedClock, parse_time
from ledger import keyfiles
from ledger.book.entry import parse_entry
from ledger.book.item import by_digest
from ledger.book.lineage import closure
from ledger.export import LogDirectory
from ledger.fsck import fsck
from ledger.log.canonical import jcs, jcs_decode
from ledger.log.proof import Receipt
from passport.disclosure import read_disclosure
from passport.drafting import Draft, Order, draft
from passport.issuer import Issuer
from passport.lineage import Gathered
from passport.packing import FactorShelf
from passport.trust import TrustPolicy
from passport.verify import verify
from tests.support.passports import library
from web.config import load
from web.services import build

BASE = "https://passport.example"


@dataclass(frozen=True)
class Frozen:
    """Name an archive, what it holds, and the methods of its passports."""

    name: str
    digest: str
    entries: int
    root: str
    documents: int
    passports: int
    methods: frozenset[str]

    @property
    def path(self) -> Path:
        return Path(__file__).with_name(f"{self.name}.tar.xz")


ARCHIVES = (
    Frozen(
        name="first-light",
        digest="0b957f6024d4c85111a3cfc4c2deb31c79e18661d915e3997052e02ca505d98e",
        entries=192,
        root="c83448631c077eeb075e5b15d56fbb65d75e9345f2eb89746bef60e2072de23b",
        documents=40,
        passports=10,
        methods=frozenset({"lychee-fresh@1"}),
    ),
    Frozen(
        name="accounting",
        digest="07e5d47f3fb26d9636ecb6beb01c42de20228c1fa43d6016a6b42828d0802f46",
        entries=203,
        root="ffa0a0b56660a4d087ae3b54715c4ea2461f416116d154c74fa8772d8394d936",
        documents=40,
        passports=10,
        methods=frozenset({"lychee-dried@1", "lychee-fresh@2"}),
    ),
)


@pytest.fixture(scope="module", params=ARCHIVES, ids=[one.name for one in ARCHIVES])
def frozen(request: pytest.FixtureRequest) -> Frozen:
    """Give an archive."""
    found: Frozen = request.param
    return found


@pytest.fixture(scope="module")
def home(frozen: Frozen, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the archive."""
    folder = tmp_path_factory.mktemp(frozen.name)
    with tarfile.open(frozen.path) as archive:
        archive.extractall(folder, filter="data")
    for path in (folder / "keys").rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return folder


def passports(home: Path) -> list[dict[str, Any]]:
    """Return the credentials in the order in which they were issued."""
    found = [jcs_decode(path.read_bytes()) for path in (home / "passports").glob("????????-*.json") if is_uuid(path)]
    return sorted(found, key=lambda one: read_disclosure(one["credentialSubject"]["characteristics"]).lineage.tree_size)


def is_uuid(path: Path) -> bool:
    return len(path.name) == len("00000000-0000-0000-0000-000000000000.json")


def uuid_of(credential: dict[str, Any]) -> str:
    return str(credential["id"]).rpartition("/")[2].rpartition(":")[2]


def test_archive_was_not_made_again(frozen: Frozen) -> None:
    assert hashlib.sha256(frozen.path.read_bytes()).hexdigest() == frozen.digest
    assert frozen.path.stat().st_size < 400 * 1024


def test_log_and_every_receipt_hold(frozen: Frozen, home: Path) -> None:
    log = LogDirectory(home / "log")
    key = log.log_key()
    notes = log.notes()
    assert (len(notes), log.head(key).root.hex()) == (frozen.entries, frozen.root)
    for note in notes:
        receipt = Receipt.parse((home / "receipts" / f"{parse_entry(note).entry_id}.tlog-proof").read_bytes())
        assert notes[receipt.index] == note
        receipt.verify(note, key)


def test_every_document_still_verifies(frozen: Frozen, home: Path) -> None:
    trust, log = TrustPolicy.parse((home / "trust.json").read_bytes()), LogDirectory(home / "log")
    documents = sorted((home / "passports").glob("*.bundle.json"))
    documents += [path for path in (home / "passports").iterdir() if is_uuid(path) or path.suffix == ".jwt"]
    assert len(documents) == frozen.documents
    for path in documents:
        report = verify(path.read_bytes(), trust=trust, log=log, now=parse_time("2026-12-01T00:00:00Z"))
        failed = [(check.name, check.detail) for check in report.checks if check.outcome == "failed"]
        assert failed == [], path.name
        # A credential without its bundle shows no entries, so that nothing can be found consistent.
        whole = True if report.kind == "bundle" else None
        assert (report.consistent, report.complete) == (whole, whole), path.name
        assert report.kind != "unknown"


class Archive:
    """Read lineages from the files of the home, without its database."""

    def __init__(self, home: Path) -> None:
        self.entries = [parse_entry(note) for note in LogDirectory(home / "log").notes()]
        self._items = home / "items"

    def gather(self, lot: str, size: int) -> Gathered:
        """Return the lineage of a lot at a log size."""
        wanted = set(closure(self.entries[:size], lot, size))
        indexes = tuple(at for at, entry in enumerate(self.entries[:size]) if entry.entry_id in wanted)
        chosen = tuple(self.entries[at] for at in indexes)
        return Gathered(lot, size, indexes, chosen, tuple(self._lines(entry.entry_id) for entry in chosen))

    def _lines(self, entry_id: str) -> tuple[str, ...]:
        path = self._items / f"{entry_id}.jsonl"
        lines = path.read_text("utf-8").splitlines() if path.is_file() else []
        assert len(by_digest(lines)) == len(lines)
        return tuple(lines)


def test_every_passport_is_derived_again_byte_for_byte(frozen: Frozen, home: Path) -> None:
    archive = Archive(home)
    seal = keyfiles.load_secret(home / "keys/seal.key")
    secret = hmac.new(seal, b"ecarbon/calculation-secret@v1", hashlib.sha256).digest()
    latest: dict[str, Draft] = {}
    methods: set[str] = set()
    for credential in passports(home):
        said = read_disclosure(credential["credentialSubject"]["characteristics"])
        methods.add(said.methodology)
        uuid, status = uuid_of(credential), credential["credentialStatus"]
        status = status[0] if isinstance(status, list) else status
        earlier = latest.get(said.lot)
        order = Order(
            lot=said.lot,
            phase=said.phase,
            market=said.market,
            boundary=said.boundary,
            uuid=uuid,
            created=credential["validFrom"],
            valid_until=credential["validUntil"],
            status=("1", status["statusListCredential"], status["statusListIndex"]),
            earlier=earlier.row if earlier is not None else None,
        )
        again = draft(
            order,
            archive.gather(said.lot, said.lineage.tree_size),
            issuer=Issuer(
                credential["issuer"]["id"],
                credential["issuer"]["name"],
                keyfiles.load_signer(home / "keys/issuer.key"),
            ),
            base_url=BASE,
            library=library(),
            shelf=FactorShelf(library()),
            methodology=said.methodology,
            secret=secret,
        )
        path = home / "passports" / f"{uuid}.json"
        anew = jcs_decode(again.row.credential)
        bundle = json.loads(path.with_suffix(".bundle.json").read_bytes())
        assert jcs(jcs_decode(again.row.calculation)) == jcs(bundle["calculation"])
        digests = [one["credentialSubject"]["characteristics"]["calculationDigest"] for one in (anew, credential)]
        assert digests[0] == digests[1]
        assert jcs({**anew, "proof": None}) == jcs({**credential, "proof": None})
        assert again.row.credential == path.read_bytes()
        assert again.row.jwt == path.with_suffix(".jwt").read_text("ascii").strip()
        latest[said.lot] = again
    assert len(passports(home)) == frozen.passports > len(latest)
    assert methods == frozen.methods


def test_todays_software_opens_the_home_and_packs_the_same_bundles(frozen: Frozen, home: Path) -> None:
    config = load({"ECARBON_HOME": str(home), "ECARBON_CONFIG": str(home / "ecarbon.toml")})
    clock = FixedClock(parse_time("2026-12-01T00:00:00Z"))
    with build(config, clock=clock) as services:
        ledger = services.ledger
        assert fsck(ledger.store, ledger.log_key, services.openings) == []
        assert ledger.checkpoint() == (home / "log/checkpoint").read_bytes()
        trust, log = TrustPolicy.parse((home / "trust.json").read_bytes()), LogDirectory(home / "log")
        rows = services.passports.find()
        assert len(rows) == frozen.passports
        for row in rows:
            packed = services.passports.bundle(row.uuid)
            written = jcs_decode((home / "passports" / f"{row.uuid}.bundle.json").read_bytes())
            for part in ("credential", "calculation", "openings", "factors"):
                assert jcs(jcs_decode(packed)[part]) == jcs(written[part]), part
            report = verify(packed, trust=trust, log=log, now=clock.now() + timedelta(hours=1))
            assert (report.consistent, report.trusted, report.complete) == (True, True, True)
