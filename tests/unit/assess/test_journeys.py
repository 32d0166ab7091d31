"""A leg that is really there raises no alarm, however it is told; one that is not is named."""

from __future__ import annotations

import pytest

from iocore.sources import load_all
from passport.assess import assess
from tests.unit.assess.recorder import Recorder, distance, lot

METHOD = "lychee-fresh@2"
#: Name, type, country and region of every place.
PLACES = {
    "plot": ("orchard", "CN", "CN-GD"),
    "works": ("packhouse", "CN", "CN-GD"),
    "quay": ("terminal", "CN", "CN-GD"),
    "kwai": ("terminal", "HK", ""),
    "chek": ("airport", "HK", ""),
    "singapore": ("terminal", "SG", ""),
    "maas": ("terminal", "NL", ""),
    "praha": ("shop", "CZ", ""),
    "shop": ("shop", "NL", ""),
    "town": ("shop", "CN", "CN-SH"),
    "closed": ("site", "", ""),
    "ship": ("vessel", "PA", ""),
}
PORTS = {"quay": "CNNSA", "kwai": "HKHKG", "chek": "HKHKG", "singapore": "SGSIN", "maas": "NLRTM"}
TRUCK, SHIP, PLANE = ("road", "artic_33_reefer"), ("sea", "reefer_ship"), ("air", "air_long")


def story(*steps: str) -> Recorder:
    """Pick a lot, then be at places and go by legs, one a day: `@place`, `leg:by`, `leg:by:to` for a port."""
    rec = Recorder()
    for name, (kind, country, region) in PLACES.items():
        rec.place(name, kind, **{key: value for key, value in (("country", country), ("region", region)) if value})
    rec.harvest({"fruit": "1000"}, at="plot", time="2026-06-01T00:00:00Z")
    box = ("box", {"teu": "2", "load": "16000", "unit": "kg", "evidence": "document"})
    for day, step in enumerate(steps, start=2):
        time = f"2026-06-{day:02d}T00:00:00Z"
        place = step[1:]
        if place in PORTS:
            data = {"port": PORTS[place]}
            rec.add("port_call", at=place, stage="port", lots=[lot("fruit")], data=data, time=time)
        elif step.startswith("@"):
            data = {"period": {"start": time, "end": time.replace("00:00:00Z", "12:00:00Z")}}
            rec.add("activity", at=place, stage="packing", lots=[lot("fruit")], data=data, time=time)
        else:
            leg, by, *to = step.split(":")
            stage, vehicle = {"truck": TRUCK, "ship": SHIP, "plane": PLANE}[by]
            ends = {"to": to[0]} if to else {}
            rec.carry(
                {"fruit": "1000"},
                stage=stage,
                leg=f"{leg}_carriage",
                vehicle=vehicle,
                items=[distance("9000", **ends), *([box] if by == "ship" else [])],
                time=time,
            )
    return rec


def missing(rec: Recorder) -> list[str]:
    """List the legs that are missing, as `stage: start > end`."""
    found = assess(rec.book, lot("fruit"), library=load_all(), tree_size=len(rec.entries), methodology=METHOD)
    begin = "no leg is reported from "
    gaps = [gap for gap in found.footprint.missing if gap.reason.startswith(begin)]
    assert ("missing_leg" in found.flags) == bool(gaps)
    return [f"{gap.stage}: {gap.reason.removeprefix(begin).replace(' to ', ' > ')}" for gap in gaps]


HONEST = {
    "by road and sea": ("pre:truck", "@quay", "main:ship", "@maas", "on:truck", "@shop"),
    "only the shop speaks": ("pre:truck", "main:ship", "on:truck", "@shop"),
    "over the next border behind the port": ("pre:truck", "@quay", "main:ship", "@maas", "on:truck", "@praha"),
    "a call on the way": ("pre:truck", "@quay", "main:ship", "@singapore", "@maas"),
    "a call at a port that the voyage passes by name": ("pre:truck", "main:ship:NLRTM", "@singapore", "@maas"),
    "two ships": ("pre:truck", "@quay", "main:ship", "@singapore", "main:ship", "@maas"),
    "by road to an airport abroad": ("pre:truck", "@chek", "main:plane", "on:truck", "@shop"),
    "a voyage dated after the arrival": ("pre:truck", "@quay", "@maas", "main:ship"),
    "a shop in another region": ("pre:truck", "@works", "main:truck", "@town"),
    "a closed place in between": ("pre:truck", "@works", "@closed", "main:truck", "@town"),
    "the flag of a ship": ("pre:truck", "@quay", "main:ship", "@ship", "@maas"),
    "nowhere else": ("@plot", "@plot"),
}
SILENT = {
    "no voyage": (("pre:truck", "@quay", "@maas", "on:truck", "@shop"), ["sea: CN-GD (terminal) > NL (terminal)"]),
    "no flight": (("pre:truck", "@chek", "on:truck", "@shop"), ["air: HK (airport) > NL (shop)"]),
    "no truck to the port": (
        ("@works", "main:ship", "@maas"),
        ["road: CN-GD (orchard) > CN-GD (packhouse)", "road: CN-GD (packhouse) > CN-GD (gateway)"],
    ),
    "no truck from the port": (
        ("pre:truck", "@quay", "main:ship", "@shop"),
        ["road: NL (gateway) > NL (shop)"],
    ),
    "a truck is no ship": (
        ("pre:truck", "@quay", "main:truck", "@kwai", "@maas"),
        ["sea: HK (terminal) > NL (terminal)"],
    ),
    "one ship, two ways": (
        ("pre:truck", "@quay", "main:ship", "@maas", "on:truck", "@shop", "@works"),
        ["road: NL (shop) > CN-GD (packhouse)"],
    ),
    "no truck between regions": (("pre:truck", "@works", "@town"), ["road: CN-GD (packhouse) > CN-SH (shop)"]),
}


@pytest.mark.parametrize("name", HONEST)
def test_what_is_told_raises_no_alarm(name: str) -> None:
    assert missing(story(*HONEST[name])) == []


@pytest.mark.parametrize("name", SILENT)
def test_what_is_not_told_is_named(name: str) -> None:
    steps, wanted = SILENT[name]
    assert missing(story(*steps)) == wanted
