"""A small season: a cooperative that keeps one grower's book, a second grower, a haulier and a stranger."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.support.chain import ChainBuilder


@dataclass
class Season:
    """Hold the chain and the ids in it."""

    chain: ChainBuilder
    coop: str
    grower: str
    other: str
    haulier: str
    stranger: str
    plot: str
    other_plot: str
    house: str
    room: str
    product: str


@pytest.fixture
def season() -> Season:
    """Register everybody."""
    chain = ChainBuilder()
    coop = chain.actor("coop", "cooperative", "packer", "issuer")
    grower = chain.actor("grower", "grower", keeper=coop, own_key=False)
    other = chain.actor("other", "grower")
    haulier = chain.actor("haulier", "haulier")
    stranger = chain.actor("stranger", "grower")
    return Season(
        chain=chain,
        coop=coop,
        grower=grower,
        other=other,
        haulier=haulier,
        stranger=stranger,
        plot=chain.facility("plot", grower),
        other_plot=chain.facility("other plot", other),
        house=chain.facility("house", coop),
        room=chain.facility("room", coop),
        product=chain.product(1, coop),
    )
