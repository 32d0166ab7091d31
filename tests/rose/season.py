"""Record a season of cut roses in a real log, issue a passport, verify it, show its page; print what came of it.

Run where the four packages have the files of `tests/rose/files` beside their own. The quantities are made up.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ledger.book.product import products
from passport.assess import assess
from tests.support.chain import SEASON, ChainBuilder, gs1_lot, gtin, mass, used, weight
from tests.support.passports import NOW, PUBLIC, Season, library, make_service
from tests.support.site import app_of
from web.imports.files import read_file


def record(folder: Path) -> Season:
    """Grow, cut, bunch, carry, fly and sell."""
    chain = ChainBuilder()
    chain.register_key(chain.registrar, roles=["issuer"], label="issuer")
    farm = chain.actor("farm", "grower", "packer")
    shop = chain.actor("shop", "importer", "retailer")
    glass = chain.facility("glass", farm, place={"country": "CN", "region": "CN-YN"})
    hall = chain.facility("hall", farm, kind="packhouse", place={"country": "CN", "region": "CN-YN", **PUBLIC})
    store = chain.facility("store", shop, place={"country": "NL", "region": "NL"})
    product = gtin(501)
    chain.must(
        "register_product",
        farm,
        data={"gtin": product, "kind": "rose", "variety_code": "carola"},
        items=[
            ("name", {"text": "卡罗拉切花玫瑰", "lang": "zh", **PUBLIC}),
            ("name_eu", {"text": "Cut roses, variety Carola", "lang": "en", **PUBLIC}),
        ],
        key=chain.signer(chain.registrar),
        at="2026-01-01T00:00:00Z",
    )
    pool = {"facility": glass, "stage": "greenhouse"}
    grown = [("electricity", "20000", "kWh"), ("urea", "100", "kg"), ("co2_enrichment", "250", "kg")]
    chain.must(
        "activity",
        farm,
        **pool,
        data={"period": SEASON},
        items=[used(*one) for one in grown],
        at="2026-03-01T00:00:00Z",
    )
    stems = gs1_lot(product, "CUT-1")
    chain.must(
        "harvest",
        farm,
        **pool,
        lots=[stems],
        data={"out": [stems], "period": SEASON, "product": product, "variety": "carola"},
        items=[mass(stems, "out", "1100")],
        at="2026-06-24T01:00:00Z",
    )
    chain.must(
        "close",
        farm,
        **pool,
        lots=[stems],
        data={"period": SEASON},
        items=[weight(stems, "1100")],
        at="2026-07-31T17:00:00Z",
    )
    bunches = gs1_lot(product, "BUNCH-1")
    packed = [("electricity", "300", "kWh"), ("film", "30", "kg"), ("board", "120", "kg")]
    chain.must(
        "transform",
        farm,
        facility=hall,
        stage="packing",
        lots=[stems, bunches],
        data={"in": [stems], "out": [bunches], "process": "bunch", "product": product},
        items=[
            mass(stems, "in", "1100"),
            mass(bunches, "out", "1000", audience="public"),
            mass(stems, "loss", "100"),
            *(used(*one) for one in packed),
        ],
        at="2026-06-24T06:00:00Z",
    )
    for leg, stage, vehicle, km, hour in (
        ("pre_carriage", "road", "artic_33_reefer", "40", "12"),
        ("main_carriage", "air", "air_long", "8600", "20"),
    ):
        distance = {"quantity": km, "unit": "km", "evidence": "document", "source": "map", **PUBLIC}
        chain.must(
            "transport",
            farm,
            lots=[bunches],
            stage=stage,
            data={"leg": leg, "vehicle": vehicle},
            items=[mass(bunches, "at", "1100", audience="public"), ("distance", distance)],
            at=f"2026-06-24T{hour}:00:00Z",
        )
    chain.hand_over(farm, shop, {bunches: "1000"}, at="2026-06-26T02:00:00Z")
    sold = [used("electricity", "20", "kWh", audience="public")]
    where = {"facility": store, "stage": "retail"}
    chain.must("retail", shop, lots=[bunches], **where, items=sold, at="2026-06-27T02:00:00Z")
    ledger = chain.ledger(folder)
    return Season(chain, ledger, make_service(ledger, chain), folder, farm, farm, stems, bunches, {})


def parties(folder: Path) -> list[str]:
    """Read a list of parties with a rose in it, in Chinese and in English."""
    found = []
    for form in ("切花玫瑰", "rose"):
        path = folder / "parties.csv"
        row = f"product,2026-01-01,r1,,coop,product,{form},carola,{gtin(501)}\n"
        path.write_text("type,date,reference,id,owner or keeper,roles or type,form,variety,GTIN-14\n" + row, "utf-8")
        found += [str(draft.data["kind"]) for draft in read_file(path, "parties").drafts]
    return found


def main(folder: Path) -> None:
    """Print one JSON object."""
    season = record(folder)
    book = season.ledger.book()
    made = assess(book, season.packed, library=library(), tree_size=book.size)
    row = season.issue(phase="provisional", market="EU")
    row = season.service.supersede(row.uuid, phase="final")
    report = season.verify(season.service.bundle(row.uuid), now=NOW)
    client = app_of(season, folder).test_client()
    pages = {
        lang: client.get(f"/01/{season.packed[7:21]}/10/BUNCH-1?lang={lang}", headers={"Accept": "text/html"}).text
        for lang in ("zh-Hans", "zh-Hant", "en")
    }
    answer = {
        "product": products()["rose"].code,
        "entries": [one.status for one in season.ledger.entries()],
        "methodology": made.methodology.code,
        "gate": str(made.footprint.gate.total_kgco2e),
        "delivered": str(made.footprint.delivered.total_kgco2e),
        "slots": {f"{one.stage}/{one.slot}/{one.gas}": str(one.total_kgco2e) for one in made.footprint.delivered.slots},
        "missing": sorted({f"{gap.stage}/{gap.slot}" for gap in made.footprint.missing}),
        "subject": json.loads(row.credential)["credentialSubject"],
        "pact": json.loads(season.service.pact(row.uuid)),
        "verdicts": [report.consistent, report.trusted, report.complete],
        "derivation": report.check("derivation").outcome,
        "forms": parties(folder),
        "public": season.service.bundle(row.uuid, "public").decode(),
        "full": season.service.bundle(row.uuid, "full").decode(),
        "log": str(folder / "log"),
        "trust": season.service.trust_json().decode(),
        "pages": pages,
    }
    json.dump(answer, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
