"""A service that moves to another address goes on with its log: same origin, same key, old proofs still hold."""

from __future__ import annotations

from pathlib import Path

from iocore.times import parse_time
from ledger.export import LogDirectory, export_log
from ledger.log import merkle
from ledger.log.checkpoint import open_checkpoint
from ledger.log.proof import Receipt
from passport.trust import TrustPolicy
from passport.verify import verify
from tests.support.demo_home import copy_home, report_of
from web.cli.base import Run
from web.recorder import Statement, record
from web.setup import registrar_of

NEW = "https://passport.new.example"


def test_a_home_at_a_new_address_goes_on_with_its_log(demo_home: Path, tmp_path: Path) -> None:
    home = copy_home(demo_home, tmp_path / "home")
    old_note = (home / "log" / "checkpoint").read_bytes()
    with Run({"ECARBON_BASE_URL": NEW}, home).services() as services:
        ledger = services.ledger
        before = open_checkpoint(old_note, ledger.log_key)
        statement = Statement("register_actor", "a_" + "b" * 16, {"keeper": "", "roles": ["grower"]})
        record(ledger, registrar_of(services), statement, clock=services.clock)
        head = open_checkpoint(ledger.checkpoint(), ledger.log_key)
        assert (head.origin, head.size) == (before.origin, before.size + 1)
        proof = ledger.consistency(before.size, head.size)
        merkle.verify_consistency(before.size, head.size, proof, before.root, head.root)
        for path in sorted((home / "receipts").iterdir()):
            receipt = Receipt.parse(path.read_text("utf-8"))
            receipt.verify((home / "entries" / f"{path.stem}.note").read_bytes(), ledger.log_key)
        export_log(ledger, tmp_path / "log")
        assert services.link_of(report_of(home)["lots"][0]["lot"]).startswith(NEW)
        assert services.issuer is not None and services.issuer.did == "did:web:passport.new.example:issuers:main"
        again = [services.passports.bundle(row.uuid) for row in services.passports.find()]
    trust = TrustPolicy.parse((home / "trust.json").read_bytes())
    kept = [path.read_bytes() for path in sorted((home / "passports").glob("*.bundle.json"))]
    log = LogDirectory(tmp_path / "log")
    for bundle in (kept[0], kept[-1], again[0], again[-1]):
        report = verify(bundle, trust=trust, log=log, now=parse_time("2026-12-31T00:00:00Z"))
        assert (report.consistent, report.trusted, report.complete) == (True, True, True), report.failed
    assert "did:web:passport.new.example" not in again[0].decode() + again[-1].decode()
