"""What becomes of what was lost or pruned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from passport.methodology import Emission

RECIPES: Final[Mapping[tuple[str, str], tuple[Emission, ...]]] = {}
