"""Measure what the ledger and the verifier cost, in bare Ed25519 verifications of the same machine and minute.

`make bench` prints the ratios. The bounds are some three times what was measured when they were set: they notice
that the cost of something has changed its kind, not that a machine is busy.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from time import perf_counter

import pytest

from ledger.log.note import SignedNote
from ledger.log.signer import Signer, verify_signature
from ledger.openings import Openings
from ledger.service import Ledger
from ledger.store.sql import SqlLogStore
from passport.verify import verify
from tests.support.chain import CLOCK, SEASON, ChainBuilder, used
from tests.support.passports import NOW, build_season

pytestmark = pytest.mark.benchmark
ENTRIES = 512
ROUNDS = 5


def best(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the shortest of several runs, in seconds: the run that was disturbed least."""
    times = []
    for _ in range(rounds):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return min(times)


@pytest.fixture(scope="module")
def chain() -> ChainBuilder:
    chain = ChainBuilder()
    coop = chain.actor("coop", "cooperative")
    orchard = chain.facility("orchard", coop)
    for number in range(ENTRIES):
        items = [used("urea", str(number + 1), "kg"), used("diesel", "2.5", "L")]
        chain.must("activity", coop, facility=orchard, stage="orchard", data={"period": SEASON}, items=items)
    return chain


@pytest.fixture(scope="module")
def bare(chain: ChainBuilder) -> float:
    """Measure one bare verification: the signatures of the same notes, keys loaded, nothing else."""
    signed = [(chain.signers[note.signatures[0].name].public_key.public, note.text, note.signatures[0].blob)
              for note in (SignedNote.parse(data) for data, _ in chain.notes[-ENTRIES:])]  # fmt: skip

    def work() -> None:
        for public, text, signature in signed:
            verify_signature(public, text, signature)

    return best(work) / ENTRIES


def append(chain: ChainBuilder, folder: Path, batch: int) -> float:
    """Measure one append: entries of two items, on disk with receipts when it returns."""
    times = []
    for attempt in range(3):
        store = SqlLogStore(f"sqlite:///{folder / f'{attempt}.db'}")
        signer = Signer.from_seed("log.example/bench", sha256(b"bench/log").digest())
        ledger = Ledger(store, signer, Openings(store, sha256(b"bench/seal").digest()), CLOCK)
        before = len(chain.notes) - ENTRIES
        assert {result.status for result in ledger.submit(chain.notes[:before])} == {"logged"}
        start = perf_counter()
        for at in range(before, before + ENTRIES, batch):
            assert {result.status for result in ledger.submit(chain.notes[at : at + batch])} == {"logged"}
        times.append((perf_counter() - start) / ENTRIES)
        store.close()
    return min(times)


@pytest.mark.parametrize(("batch", "bound"), [(256, 12), (1, 250)])
def test_append(
    chain: ChainBuilder, bare: float, tmp_path: Path, capsys: pytest.CaptureFixture[str], batch: int, bound: int
) -> None:
    ratio = append(chain, tmp_path, batch) / bare
    with capsys.disabled():
        print(f"\nappend one entry, {batch} in a request: {ratio:.1f} x one Ed25519 verification ({bare * 1e6:.0f} us)")
    assert ratio < bound


@pytest.mark.parametrize(("audience", "bound"), [("full", 1300), ("public", 450)])
def test_verify_bundle(
    bare: float, tmp_path: Path, capsys: pytest.CaptureFixture[str], audience: str, bound: int
) -> None:
    season = build_season(tmp_path)
    document = season.service.bundle(season.issue().uuid, audience)
    trust, now = season.trust(), NOW + timedelta(hours=1)
    report = verify(document, trust=trust, now=now)
    assert (report.consistent, report.trusted) == (True, True)
    size = len(json.loads(document)["entries"])
    ratio = best(lambda: verify(document, trust=trust, now=now)) / bare
    with capsys.disabled():
        print(f"\nverify a {audience} bundle, {size} entries: {ratio:.0f} x one Ed25519 verification")
    assert ratio < bound
