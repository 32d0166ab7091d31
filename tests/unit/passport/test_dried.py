"""A lot from a drier that burnt no wood gets its passport, though the zero is closed; wood alone keeps it from one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.export import LogDirectory, export_log
from passport.errors import IssueRefused
from passport.service import PassportService
from passport.trust import TrustPolicy
from passport.verify import verify
from tests.support.chain import ChainBuilder, gs1_lot, gtin, mass, used
from tests.support.passports import NOW, PUBLIC, make_service


def dried(folder: Path, *fuel: str, **more: str) -> tuple[PassportService, str]:
    """Dry a lot with power, gas and wood; all quantities are closed."""
    chain = ChainBuilder()
    chain.register_key(chain.registrar, roles=["issuer"], label="issuer")
    maker = chain.actor("maker", "grower", "packer")
    orchard = chain.facility("orchard", maker, place=PUBLIC)
    drier = chain.facility("drier", maker, place=PUBLIC)
    product = gtin(78)
    chain.must(
        "register_product",
        maker,
        data={"gtin": product, "kind": "dried", "variety_code": "guiwei"},
        items=[("name", {"text": "桂味荔枝干", "lang": "zh", **PUBLIC})],
        key=chain.signer(chain.registrar),
        at="2026-01-01T00:00:00Z",
    )
    fruit = chain.harvest(maker, orchard, "H1", "1400", at="2026-06-24T01:00:00Z")
    lot = gs1_lot(product, "D-1")
    chain.must(
        "transform",
        maker,
        facility=drier,
        stage="drying",
        lots=[fruit, lot],
        data={"in": [fruit], "out": [lot], "process": "dry", "product": product},
        items=[
            mass(fruit, "in", "1400"),
            mass(lot, "out", "350", audience="public"),
            mass(fruit, "loss", "1050"),
            used("electricity", "600", "kWh"),
            used("lpg", "20", "kg"),
            used("wood", *fuel, **more),
        ],
        at="2026-06-25T06:00:00Z",
    )
    export_log(ledger := chain.ledger(folder), folder / "log")
    return make_service(ledger, chain), lot


def test_closed_zero_of_a_fuel_does_not_keep_a_lot_from_its_passport(tmp_path: Path) -> None:
    service, lot = dried(tmp_path, "0", "kg", reason="heat pump")
    row = service.issue(lot, phase="provisional", market="CN")
    trust, log = TrustPolicy.parse(service.trust_json()), LogDirectory(tmp_path / "log")
    for audience in ("public", "full"):
        report = verify(service.bundle(row.uuid, audience), trust=trust, log=log, now=NOW)
        assert (report.consistent, report.failed) == (True, ()), audience
        assert report.recomputed["biogenic_co2"] == "0.000000"
        assert report.check("derivation").outcome == ("passed" if audience == "full" else "not_checked")


def test_one_closed_fuel_that_is_burnt_still_does(tmp_path: Path) -> None:
    service, lot = dried(tmp_path, "100", "kg")
    with pytest.raises(IssueRefused, match="rests on one closed item") as refused:
        service.issue(lot, phase="provisional", market="CN")
    assert refused.value.context["parts"] == ["apart/biogenic_co2", "apart/biogenic_uptake"]
