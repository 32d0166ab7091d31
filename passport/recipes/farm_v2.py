"""What an orchard or a greenhouse uses, and what its soil releases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from passport.methodology import Emission

RECIPES: Final[Mapping[tuple[str, str], tuple[Emission, ...]]] = {}
