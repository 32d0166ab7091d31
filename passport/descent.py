"""Take out of the books what concerns a lot and those that it was made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from passport.holdings import Move
from passport.journal import Journal

#: Nobody's book: where carbon goes that leaves for lots beside the lineage.
BESIDE: Final = ""


def within(journal: Journal, lots: Collection[str]) -> Journal:
    """Keep the books of a lineage.

    A pool produces what the lots of the lineage take from it, and no more. What goes from them into other lots, such as
    the other part of a split, is delivered, even where its maker keeps it.

    Args:
        journal: the books of all lots that are linked with the lineage, or of more.
        lots: the lineage: a lot and all that it was made of.
    """
    moves: Counter[Move] = Counter()
    for move, quanta in journal.moves.items():
        source, target = move.source, move.target
        if target.holder == "lot" and target.name in lots:
            moves[move] += quanta
            if source is not None and source.holder != "lot":
                moves[Move("produce", None, source)] += quanta
        elif source is not None and source.holder == "lot" and source.name in lots:
            other = target if target.holder == "loss" else replace(target, actor=BESIDE)
            moves[Move(move.step, source, other)] += quanta
    carried = {
        account: quanta
        for account, quanta in journal.carried.items()
        if account.holder == "lot" and account.name in lots
    }
    return Journal(dict(moves), carried)
