"""Load values of practice that the first table of factors lacks: heating values, yields, contents and rates."""

from __future__ import annotations

from iocore.sources._base import Source, shipped_set

SOURCE = Source("practice", lambda: shipped_set("practice", "2026-12"))
