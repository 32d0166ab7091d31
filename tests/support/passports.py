"""Build a small real season with a real ledger and a passport service: one grower, one packhouse, an air lot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from iocore.factors import FactorLibrary
from iocore.sources import load_all
from iocore.times import FixedClock
from ledger.export import LogDirectory, export_log
from ledger.service import Ledger, SubmitResult
from passport.issuer import Issuer, SeededIdentifiers
from passport.service import PassportService
from passport.store import PassportRow, PassportStore
from passport.trust import TrustPolicy
from passport.verify import VerificationReport, verify
from tests.support.chain import SEASON, Added, ChainBuilder, gs1_lot, gtin, mass, used, weight

BASE = "https://passport.example"
DID = "did:web:passport.example:issuers:coop"
NOW = datetime(2026, 8, 1, tzinfo=UTC)
PUBLIC = {"audience": "public"}


@cache
def library() -> FactorLibrary:
    """Load the shipped factor sets once."""
    return load_all()


@dataclass
class Season:
    """Hold the chain, its ledger, the passport service and the names that tests use."""

    chain: ChainBuilder
    ledger: Ledger
    service: PassportService
    folder: Path
    coop: str
    grower: str
    harvested: str
    packed: str
    added: dict[str, Added]

    def submit(self, added: Added) -> SubmitResult:
        """Send an entry that was added to the chain later."""
        return self.ledger.submit([(added.signed.note, added.lines)])[0]

    def trust(self) -> TrustPolicy:
        """Give the trust file of this season, read back."""
        return TrustPolicy.parse(self.service.trust_json())

    def log(self) -> LogDirectory:
        """Export the log and give the copy."""
        export_log(self.ledger, self.folder / "log")
        return LogDirectory(self.folder / "log")

    def issue(self, **parts: Any) -> PassportRow:
        """Issue a passport for the packed lot."""
        return self.service.issue(self.packed, **{"phase": "final", "market": "EU", **parts})

    def verify(self, document: bytes, *, now: datetime = NOW + timedelta(hours=1)) -> VerificationReport:
        """Check a document with everything at hand."""
        return verify(document, trust=self.trust(), log=self.log(), now=now)


def build_season(
    folder: Path, *, name_eu: str = "Fresh lychee, variety Guiwei", net_mass: str = "public", database: str = ""
) -> Season:
    """Record a season: harvest, orchard pool, packing, truck to the airport, flight, shop."""
    chain = ChainBuilder()
    chain.register_key(chain.registrar, roles=["issuer"], label="issuer")
    coop = chain.actor("coop", "cooperative", "packer")
    grower = chain.actor("grower", "grower", keeper=coop, own_key=False)
    shop = chain.actor("shop", "importer", "retailer")
    orchard = chain.facility("orchard", grower)
    packhouse = chain.facility("packhouse", coop, kind="packhouse", place=PUBLIC)
    store = chain.facility("store", shop, place={"country": "NL", "region": "NL", **PUBLIC})
    product = gtin(26)
    names = [("name", {"text": "双碳荔枝·桂味", "lang": "zh", **PUBLIC})]
    if name_eu:
        names.append(("name_eu", {"text": name_eu, "lang": "en", **PUBLIC}))
    chain.must(
        "register_product",
        coop,
        data={"gtin": product, "kind": "fresh", "variety_code": "guiwei"},
        items=names,
        key=chain.signer(chain.registrar),
        at="2026-01-01T00:00:00Z",
    )
    added: dict[str, Added] = {}
    pool = {"actor": grower, "facility": orchard, "stage": "orchard"}
    added["diary"] = chain.must(
        "activity",
        **pool,
        data={"period": SEASON},
        items=[used("urea", "120", "kg"), used("npk", "80", "kg"), used("diesel", "40", "L")],
        at="2026-03-01T00:00:00Z",
    )
    added["power"] = chain.must(
        "activity",
        **pool,
        data={"period": SEASON},
        items=[used("electricity", "90", "kWh"), used("organic_manure", "500", "kg"), used("pesticide", "2", "kg")],
        at="2026-04-01T00:00:00Z",
    )
    harvested = chain.harvest(grower, orchard, "H1", "1000", at="2026-06-24T01:00:00Z")
    totals = [
        ("total", {"slot": slot, "quantity": quantity, "unit": unit, "evidence": "invoice"})
        for slot, quantity, unit in (
            ("urea", "120", "kg"),
            ("npk", "80", "kg"),
            ("diesel", "40", "L"),
            ("electricity", "90", "kWh"),
            ("organic_manure", "500", "kg"),
            ("pesticide", "2", "kg"),
        )
    ]
    added["close"] = chain.must(
        "close",
        **pool,
        lots=[harvested],
        data={"period": SEASON},
        items=[*totals, weight(harvested, "1000")],
        at="2026-08-01T00:00:00Z",
    )
    chain.hand_over(grower, coop, {harvested: "1000"}, at="2026-06-24T03:00:00Z")
    packed = gs1_lot(product, "26GW-1")
    added["pack"] = chain.must(
        "transform",
        coop,
        facility=packhouse,
        stage="packing",
        lots=[harvested, packed],
        data={"in": [harvested], "out": [packed], "process": "pack", "product": product},
        items=[
            mass(harvested, "in", "1000"),
            mass(packed, "out", "950", audience=net_mass),
            mass(harvested, "loss", "50"),
            used("electricity", "60", "kWh"),
            used("board", "45", "kg"),
            used("foam_box", "12", "kg"),
            used("film", "3", "kg"),
            used("ice", "200", "kg"),
        ],
        at="2026-06-24T06:00:00Z",
    )
    return _carry(chain, folder, database, coop, grower, shop, store, harvested, packed, added)


def _carry(
    chain: ChainBuilder,
    folder: Path,
    database: str,
    coop: str,
    grower: str,
    shop: str,
    store: str,
    harvested: str,
    packed: str,
    added: dict[str, Added],
) -> Season:
    truck = chain.must(
        "transport",
        coop,
        lots=[packed],
        stage="road",
        data={"leg": "pre_carriage", "vehicle": "rigid_17_reefer"},
        items=[mass(packed, "at", "950"), used("diesel", "18", "L"), ("distance", _distance("60"))],
        at="2026-06-24T12:00:00Z",
    )
    flight = chain.must(
        "transport",
        coop,
        lots=[packed],
        stage="air",
        data={"leg": "main_carriage", "vehicle": "air_long"},
        items=[mass(packed, "at", "950", audience="public"), ("distance", _distance("9140"))],
        at="2026-06-25T02:00:00Z",
    )
    chain.hand_over(coop, shop, {packed: "950"}, at="2026-06-26T02:00:00Z")
    added.update(truck=truck, flight=flight)
    added["retail"] = chain.must(
        "retail",
        shop,
        lots=[packed],
        facility=store,
        stage="retail",
        items=[used("electricity", "30", "kWh"), used("waste_landfill", "4", "kg")],
        at="2026-06-27T02:00:00Z",
    )
    ledger = chain.ledger(folder, database)
    service = make_service(ledger, chain)
    return Season(chain, ledger, service, folder, coop, grower, harvested, packed, added)


def make_service(
    ledger: Ledger,
    chain: ChainBuilder,
    *,
    seed: bytes = b"test/ids",
    factors: FactorLibrary | None = None,
) -> PassportService:
    """Wire a passport service as the application does."""
    issuer = Issuer(DID, "Conghua lychee cooperative (test)", chain.signer(chain.registrar, "issuer"))
    return PassportService(
        ledger,
        PassportStore(ledger.store.engine),
        issuer,
        factors or library(),
        clock=FixedClock(NOW),
        base_url=BASE,
        ids=SeededIdentifiers(seed),
        calculation_secret=sha256(b"test/calculation").digest(),
    )


def _distance(km: str) -> dict[str, str]:
    return {"quantity": km, "unit": "km", "evidence": "document", "source": "map", **PUBLIC}
