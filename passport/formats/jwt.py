"""Write the credential as a compact JWS."""

from __future__ import annotations

from passport.formats._base import Format

FORMAT = Format(
    code="jwt",
    suffix=".jwt",
    media_type="application/vc+jwt",
    render=lambda material: material.jwt.encode("ascii"),
)
