"""Load dated constants that turn what people record into what factors are stated for."""

from __future__ import annotations

from iocore.sources._base import Source, shipped_set

SOURCE = Source("constants", lambda: shipped_set("constants", "2026-11"))
