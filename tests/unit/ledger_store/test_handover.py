"""Exports against damage: what the checker accepts differs in nothing that is signed, and nothing else leaves it."""

from __future__ import annotations

import random

import pytest

from ledger.errors import LedgerError
from ledger.handover import check_export, export_of, parse_export
from tests.support.chain import SEASON, ChainBuilder, used


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    chain = ChainBuilder()
    grower = chain.actor("grower", "grower")
    orchard = chain.facility("orchard", grower)
    for quantity in ("12.5", "7"):
        items = [used("urea", quantity, "kg"), used("diesel", "2", "L", audience="partner")]
        chain.must("activity", grower, facility=orchard, stage="orchard", data={"period": SEASON}, items=items)
    ledger = chain.ledger(tmp_path_factory.mktemp("handover"))
    parts = [
        (added.signed, ledger.receipt(added.entry_id), ledger.items(added.entry_id, audience="partner") or ())
        for added in chain.added
    ]
    made = export_of(
        parts, log_key=ledger.log_key, lot="p:x", audience="partner", reader="port", at="2026-08-01T00:00:00Z"
    )
    return made.encode()


def test_every_flipped_byte_is_found_or_unsigned(export: bytes) -> None:
    original = check_export(export)
    assert (original.opened, len(original.registrars)) == (2, 1)
    chance = random.Random(1)
    refused = 0
    for _ in range(1000):
        damaged = bytearray(export)
        place = chance.randrange(len(damaged))
        damaged[place] = chance.choice([damaged[place] ^ (1 << chance.randrange(8)), chance.randrange(32, 127)])
        try:
            found = check_export(bytes(damaged))
        except LedgerError:
            refused += 1
            continue
        assert (found.entries, found.log_key) == (original.entries, original.log_key)
        assert [one.openings for one in found.export.entries] == [one.openings for one in original.export.entries]
    assert refused > 900


def test_only_its_own_bytes_are_read(export: bytes) -> None:
    assert parse_export(export).encode() == export
    for other in (export + b"\n", b" " + export, export.replace(b'"at"', b'"\\u0061t"'), b"", b"[]", b"\xff"):
        with pytest.raises(LedgerError):
            parse_export(other)
