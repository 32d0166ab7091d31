"""Write the credential with its data integrity proof."""

from __future__ import annotations

from passport.formats._base import Format

FORMAT = Format(code="vc", suffix=".json", media_type="application/vc", render=lambda material: material.credential)
