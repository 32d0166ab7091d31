"""Record a small season: two orchards, a merge, grading with a by-product, a split, a sea lot and an air lot."""

from __future__ import annotations

from tests.unit.assess.recorder import (
    DRIED,
    FRESH,
    ORCHARD,
    Recorder,
    activity,
    distance,
    lot,
    mass,
    period,
)

JUNE = ("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z")


def price(name: str, quantity: str) -> tuple[str, dict[str, str]]:
    return "price", {"lot": lot(name), "quantity": quantity, "unit": "CNY/kg", "source": "mean of three seasons"}


def box(load: str) -> tuple[str, dict[str, str]]:
    return "box", {"teu": "2", "load": load, "unit": "kg", "evidence": "document"}


def season() -> Recorder:
    """Give a book with the lots h1, h2, m, f, d, dry, s, a, air, sea."""
    rec = Recorder()
    for name in ("orchardg", "orchardh", "packhouse", "coldroom", "dryer", "precooler"):
        rec.place(name, country="CN", region="CN-GD")
    rec.place("terminal", country="NL")
    rec.place("store", country="NL")
    for name in ("orchardg", "orchardh"):
        rec.pool(name, "orchard", ORCHARD)
        zero = activity("land_converted", "0", "mu", "document", reason="planted before 2000")
        paper = ("document", {"sha256": "ab" * 32, "media_type": "application/pdf", "title": "title deed"})
        rec.pool(name, "orchard", [zero, paper])
    rec.harvest({"h1": "4000"}, at="orchardg")
    rec.harvest({"h2": "2000"}, at="orchardh")
    rec.harvest({"h3": "1000"}, at="orchardh", time="2026-06-21T00:00:00Z")
    rec.close("orchardg", "orchard", {"h1": "4000"})
    rec.close("orchardh", "orchard", {"h2": "2000", "h3": "1000"})
    rec.add(
        "activity",
        at="precooler",
        stage="precooling",
        lots=[lot("h1")],
        data={"period": period("2026-06-20T00:00:00Z", "2026-06-21T00:00:00Z")},
        items=[activity("electricity", "220", "kWh", "meter")],
        time="2026-06-20T12:00:00Z",
    )
    rec.lose("h2", "20", stage="packing", treatment="compost", time="2026-06-21T00:00:00Z")
    rec.process("merge", {"h1": "4000", "h2": "1980"}, {"m": "5980"}, at="packhouse", time="2026-06-21T06:00:00Z")
    rec.process(
        "transform",
        {"m": "5980"},
        {"f": "5200", "d": "580"},
        at="packhouse",
        process="grade",
        more=[
            mass("m", "loss", "200"),
            price("f", "24"),
            price("d", "6"),
            activity("waste_compost", "200", "kg", "scale_ticket"),
        ],
        time="2026-06-21T12:00:00Z",
    )
    rec.process("split", {"f": "5200"}, {"s": "4000", "a": "1200"}, at="packhouse", time="2026-06-21T13:00:00Z")
    for raw, packed, kilograms in (("s", "sea", "3980"), ("a", "air", "1190")):
        rec.process(
            "transform",
            {raw: "4000" if raw == "s" else "1200"},
            {packed: kilograms},
            at="packhouse",
            process="pack",
            product=FRESH,
            more=[
                mass(raw, "loss", "20" if raw == "s" else "10"),
                activity("board", "180", "kg"),
                activity("ice", "700", "kg", "estimate"),
                activity("waste_compost", "20", "kg", "scale_ticket"),
            ],
            time="2026-06-22T00:00:00Z",
        )
    rec.process(
        "transform",
        {"d": "580"},
        {"dry": "145"},
        at="dryer",
        stage="drying",
        process="dry",
        product=DRIED,
        more=[mass("d", "loss", "435"), activity("electricity", "400", "kWh", "meter")],
    )
    rec.pool("packhouse", "packing", [activity("electricity", "1800", "kWh", "meter")], JUNE)
    rec.close("packhouse", "packing", {"sea": "3980", "air": "1190", "d": "580"}, JUNE)
    rec.pool("coldroom", "cold_store", [activity("electricity", "2500", "kWh", "meter")], JUNE)
    rec.pool("coldroom", "cold_store", [activity("refrigerant_r404a", "0.4", "kg")], JUNE)
    rec.close("coldroom", "cold_store", {"sea": "15920", "air": "1190"}, JUNE, "kg_day")
    rec.carry(
        {"sea": "3980"},
        stage="road",
        leg="pre_carriage",
        vehicle="artic_33_reefer",
        items=[activity("diesel", "40", "L", "meter"), distance("95")],
        time="2026-06-25T00:00:00Z",
    )
    rec.carry(
        {"air": "1190"},
        stage="road",
        leg="pre_carriage",
        vehicle="rigid_17_reefer",
        items=[distance("60")],
        time="2026-06-23T00:00:00Z",
    )
    rec.add(
        "port_call",
        stage="port",
        lots=[lot("sea")],
        data={"port": "CNNSA"},
        items=[activity("moves", "2", "move", "document"), activity("plug_hours", "18", "h", "meter"), box("16000")],
        time="2026-06-26T00:00:00Z",
    )
    rec.carry(
        {"sea": "3980"},
        stage="sea",
        leg="main_carriage",
        vehicle="container_reefer",
        items=[distance("18196"), box("16000")],
        time="2026-06-27T00:00:00Z",
    )
    rec.carry(
        {"air": "1190"},
        stage="air",
        leg="main_carriage",
        vehicle="air_long",
        items=[distance("9140")],
        time="2026-06-24T00:00:00Z",
    )
    rec.add(
        "port_call",
        stage="import_terminal",
        lots=[lot("sea")],
        data={"port": "NLRTM"},
        items=[activity("moves", "2", "move", "document"), activity("plug_hours", "10", "h", "meter"), box("16000")],
        time="2026-07-26T00:00:00Z",
    )
    for name, kilograms in (("sea", "150"), ("air", "30")):
        time = "2026-07-29T00:00:00Z" if name == "sea" else "2026-06-28T00:00:00Z"
        rec.lose(name, kilograms, stage="retail", treatment="landfill", time=time)
        rec.add(
            "retail",
            at="store",
            stage="retail",
            lots=[lot(name)],
            items=[activity("electricity", "260", "kWh", "meter")],
            time=time,
        )
    return rec
