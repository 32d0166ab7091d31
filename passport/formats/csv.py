"""Write the figures of a passport as a table for spreadsheets."""

from __future__ import annotations

import csv
import io

from passport.disclosure import Disclosure
from passport.formats._base import Format, Material

HEADER = ("part", "name", "value", "unit")


def rows(disclosure: Disclosure) -> list[tuple[str, str, str, str]]:
    """List the figures: part, name, value and unit."""
    found = [
        ("passport", "lot", disclosure.lot, ""),
        ("passport", "phase", disclosure.phase, ""),
        ("passport", "methodology", disclosure.methodology, ""),
        ("passport", "gwp_set", disclosure.gwp_set, ""),
        ("headline", f"partial footprint, {disclosure.boundary}", disclosure.total, "kg CO2e per kg"),
        ("headline", "interval, low", disclosure.uncertainty.low, "kg CO2e per kg"),
        ("headline", "interval, high", disclosure.uncertainty.high, "kg CO2e per kg"),
        ("share", "measured activity", disclosure.measured_activity_share, "percent"),
        ("share", "primary data", disclosure.primary_data_share, "percent"),
    ]
    for figure in disclosure.figures:
        found.append((figure.boundary, "whole lot", figure.lot_kgco2e, "kg CO2e"))
        found.append((figure.boundary, "net mass", figure.mass, "kg"))
        found.append((figure.boundary, "per kilogram", figure.kgco2e, "kg CO2e per kg"))
    for stage in disclosure.stage:
        found.append((f"stage {stage.part}", stage.name, stage.kgco2e, "kg CO2e per kg"))
        found.append((f"stage {stage.part}", f"{stage.name}, whole lot", stage.lot_kgco2e, "kg CO2e"))
        found.extend(
            (f"stage {stage.part} {stage.name}", f"{name}, whole lot", amount, "kg CO2e")
            for name, amount in stage.lot_bucket.items()
        )
    buckets = {
        "fossil": disclosure.fossil,
        "land use change": disclosure.land_use_change,
        "land management": disclosure.land_management,
        "biogenic CH4 and N2O": disclosure.biogenic_non_co2,
        "undivided": disclosure.undivided,
    }
    found.extend(("bucket", name, amount, "kg CO2e per kg") for name, amount in buckets.items())
    apart = {
        "aircraft (within the total)": disclosure.aircraft,
        "aircraft forcing beyond CO2": disclosure.aircraft_forcing,
        "biogenic CO2": disclosure.biogenic_co2,
        "biogenic uptake": disclosure.biogenic_uptake,
        "removals": disclosure.removals,
    }
    found.extend(("apart", name, amount, "kg CO2e per kg") for name, amount in apart.items())
    return found


def render(material: Material) -> bytes:
    """Write the table as CSV, UTF-8 with a byte order mark so that spreadsheets read it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    writer.writerows(rows(material.disclosure))
    return text.getvalue().encode("utf-8-sig")


FORMAT = Format(code="csv", suffix=".csv", media_type="text/csv; charset=utf-8", render=render)
