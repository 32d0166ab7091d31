"""Load the shipped factor sets; one module a source, each exporting `SOURCE`."""

from __future__ import annotations

from iocore.factors import FactorLibrary
from iocore.registry import discover


def load_all() -> FactorLibrary:
    """Load every shipped factor set into one library."""
    return FactorLibrary(plugin.load() for plugin in discover("iocore.sources", "SOURCE").values())
