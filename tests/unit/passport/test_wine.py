"""A bottle of lychee wine gets its passport by its own method, from harvest to verification."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from ledger.book.product import OTHER, products
from ledger.export import LogDirectory, export_log
from passport.assess import Assessment
from passport.lineage import LedgerSource
from passport.season import assess_all
from passport.trust import TrustPolicy
from passport.verify import verify
from tests.support.chain import ChainBuilder, gs1_lot, gtin, mass, used
from tests.support.passports import NOW, PUBLIC, library, make_service

#: Orchard nothing; 500 kWh x 0.5777 and 400 kg of glass x 1.40276667, over 600 kg.
TOTAL = Decimal("849.956668")


def test_wine_has_a_passport_by_its_own_method(tmp_path: Path) -> None:
    chain = ChainBuilder()
    chain.register_key(chain.registrar, roles=["issuer"], label="issuer")
    maker = chain.actor("maker", "grower", "packer")
    orchard = chain.facility("orchard", maker)
    winery = chain.facility("winery", maker, kind="winery", place=PUBLIC)
    product = gtin(77)
    chain.must(
        "register_product",
        maker,
        data={"gtin": product, "kind": "wine", "variety_code": "guiwei"},
        items=[("name", {"text": "桂味荔枝酒", "lang": "zh", **PUBLIC})],
        key=chain.signer(chain.registrar),
        at="2026-01-01T00:00:00Z",
    )
    fruit = chain.harvest(maker, orchard, "H1", "1000", at="2026-06-24T01:00:00Z")
    kept = chain.harvest(maker, orchard, "H2", "10", at="2026-06-24T01:00:00Z")
    wine = gs1_lot(product, "W-1")
    chain.must(
        "transform",
        maker,
        facility=winery,
        stage="wine",
        lots=[fruit, wine],
        data={"in": [fruit], "out": [wine], "process": "brew", "product": product},
        items=[
            mass(fruit, "in", "1000"),
            mass(wine, "out", "600", audience="public"),
            mass(fruit, "loss", "400"),
            used("electricity", "500", "kWh"),
            used("glass_bottle", "400", "kg"),
            used("fermented_sugar", "90", "kg", audience="public"),  # alone in its bucket
        ],
        at="2026-07-24T06:00:00Z",
    )
    ledger = chain.ledger(tmp_path)
    service = make_service(ledger, chain)
    every = assess_all(LedgerSource(ledger, ledger.size), library=library())
    methods = {one.lot: one.result.methodology.code for one in every if isinstance(one.result, Assessment)}
    assert methods == {kept: products()[OTHER].methodology, wine: "lychee-wine@1"}  # one component, two methods
    row = service.issue(wine, phase="provisional", market="CN")
    subject = json.loads(row.credential)["credentialSubject"]
    shown = subject["characteristics"]
    assert (shown["methodology"], subject["productCategory"][0]["code"]) == ("lychee-wine@1", "24230")
    assert {one["boundary"]: Decimal(one["lotKgCO2e"]) for one in shown["figures"]}["gate"] == TOTAL
    assert shown["biogenicCO2"] == "0.073333"  # 90 x 88/180 = 44 kg over 600 kg, apart
    assert shown["biogenicUptake"] == "-0.073333"  # what that sugar took up before
    assert Decimal(json.loads(service.pact(row.uuid))["pcf"]["packagingGhgEmissions"]) == Decimal("0.935178")
    export_log(ledger, tmp_path / "log")
    trust, log = TrustPolicy.parse(service.trust_json()), LogDirectory(tmp_path / "log")
    report = verify(service.bundle(row.uuid), trust=trust, log=log, now=NOW)
    assert (report.check("derivation").outcome, report.consistent, report.complete) == ("passed", True, True)
    assert {(gap["stage"], gap["slot"]) for gap in shown["missing"]} >= {("wine", "sugar"), ("orchard", "diesel")}
