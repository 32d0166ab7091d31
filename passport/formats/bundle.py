"""Write the bundle for offline checking."""

from __future__ import annotations

from passport.formats._base import Format

FORMAT = Format(
    code="bundle",
    suffix=".bundle.json",
    media_type="application/json",
    render=lambda material: material.bundle(),
    audienced=True,
)
