"""The live book, which reads what it is asked for, judges as a book that was folded from entry 0."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import event, given, settings
from hypothesis import strategies as st

from ledger.book.entry import parse_entry
from ledger.book.item import by_digest
from ledger.book.state import Book
from ledger.projection import fold
from ledger.sequencer import reasons_text
from ledger.service import Ledger
from tests.property.test_fold import World
from tests.support.chain import JUNE, LABEL, SEASON, Added, lot_code, mass, used, weight

MAY = {"start": "2026-04-30T16:00:00Z", "end": "2026-05-31T16:00:00Z"}
Note = tuple[bytes, tuple[str, ...]]


class Wide(World):
    """Do more than `World`: close pools, merge, shrink and use lots, change keys, move activities."""

    def close(self, who: int, which: int) -> None:
        lots = [lot for lot, _ in self.lots[which % 3 :: 2]] or [lot_code("no such lot")]
        items = [weight(lot, str(number + 1)) for number, lot in enumerate(lots)]
        items.append(("total", {"slot": "electricity", "quantity": str(which), "unit": "kWh", "evidence": "meter"}))
        period = (MAY, JUNE, SEASON)[which % 3]
        place = {"facility": self.orchards[who % 2], "stage": "orchard"}
        self._keep(
            who, self.chain.add("close", self._actor(who), lots=lots, items=items, data={"period": period}, **place)
        )

    def loss(self, who: int, which: int) -> None:
        if self.lots:
            lot, kilograms = self.lots[which % len(self.lots)]
            items = [mass(lot, "loss", str(kilograms / 4))]
            data = {"cause": "decay", "treatment": "none"}
            self._keep(
                who, self.chain.add("loss", self._actor(who), stage="packing", lots=[lot], data=data, items=items)
            )

    def write_off(self, who: int, which: int) -> None:
        if self.lots:
            lot, _ = self.lots[which % len(self.lots)]
            data = {"cause": "missing", "treatment": "none"}
            self._keep(who, self.chain.add("write_off", self._actor(who), stage="packing", lots=[lot], data=data))

    def merge(self, who: int, which: int) -> None:
        some = dict(self.lots[which % 4 : which % 4 + 2])
        if some:
            out = lot_code(f"merged {len(self.chain.added)}")
            ins = {lot: str(kilograms) for lot, kilograms in some.items()}
            self._keep(who, self.chain.move("merge", self._actor(who), ins, {out: str(sum(some.values()))}))
            self.lots.append((out, sum(some.values())))

    def use(self, who: int, which: int) -> None:
        """Report an activity about one lot, at the place of somebody."""
        if self.lots:
            lot, _ = self.lots[which % len(self.lots)]
            place = {"facility": self.orchards[which % 2], "stage": "orchard"}
            items = [used("electricity", str(which), "kWh")]
            self._keep(who, self.chain.add("activity", self._actor(who), lots=[lot], data={}, items=items, **place))

    def claim(self, who: int, which: int) -> None:
        """Claim one of three serials, in either letters, for power or by a credit that covers it."""
        serial, place = f"own_pv:{('roof', 'ROOF')[which % 2]}-{which % 3}", {"facility": self.orchards[which % 2]}
        if which < 7:
            data: dict[str, object] = {"period": SEASON, "certificates": [serial]}
            power = [used("electricity", str(which), "kWh")]
            added = self.chain.add("activity", self._actor(who), items=power, data=data, stage="orchard", **place)
        else:
            data = {"period": SEASON, "serial": f"phcer:{which}", "vintage": "2026", "covers": [serial]}
            items = [("credit", {"quantity": "1", "unit": "kg", "project": "roof", "evidence": "document"})]
            items.append(("owner", {"text": "owner"}))
            data["status"] = "reversed" if which == 9 else "issued"
            added = self.chain.add("credit", self._actor(who), items=items, data=data, **place)
        self._keep(who, added)

    def move_amend(self, which: int, where: int) -> None:
        """Say that an activity was about another lot, or at another place."""
        chosen = [(who, one) for who, one in self.written if one.signed.entry.kind == "activity"]
        if chosen:
            who, target = chosen[which % len(chosen)]
            lots = [lot for lot, _ in self.lots[where % 5 : where % 5 + 1]] if target.signed.entry.lots else []
            items = [used("electricity", str(where + 3), "kWh")]
            place = {"facility": self.orchards[where % 2], "lots": lots}
            self._keep(who, self.chain.amend(target, items=items, **place))

    def new_key(self, who: int, past: int) -> None:
        """Revoke a key as of some entries ago, register another and stand by some of the old one's entries."""
        actor, label = self._actor(who), f"k{len(self.chain.added)}"
        old = self.chain.signer(actor)
        data = {"vkey": old.public_key.encode(), "disputed_from": str(max(0, len(self.chain.added) - past))}
        self.chain.add("revoke_key", actor, data=data, key=self.chain.signer(self.chain.registrar))
        key = self.chain.signer(actor, label)
        self.chain.register_key(actor, roles=["grower", "packer"], label=label)
        self.chain.signers[f"{actor}/{LABEL}"] = key
        refs = [one.entry_id for one in self.chain.added if one.signed.key_name == old.name][-past - 1 :: 2]
        self.chain.add("reattest", actor, data={"key": old.name}, refs=refs, key=key)


KINDS = "harvest harvest split ship activity amend erase close close loss write_off merge use use claim claim".split()
KINDS += ["move_amend", "new_key"]
ACTS = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    min_size=4,
    max_size=20,
)


def expected(ledger: Ledger, added: Added) -> tuple[str, str]:
    """Judge the next entry with a book that is folded from everything that is stored."""
    with ledger.store.read() as reader:
        book = fold(reader, ledger.openings, Book.empty(), start=0, end=added.index)
    broken = book.apply(added.index, parse_entry(added.signed.note), by_digest(added.lines))
    return ("rejected" if broken else "logged"), reasons_text(broken)


@settings(max_examples=40, deadline=None)
@given(ACTS, st.lists(st.sampled_from(["warm", "cold", "other"]), min_size=1, max_size=12), st.integers(1, 7))
def test_verdicts_are_those_of_the_whole_book(acts: list[tuple[str, int, int]], ways: list[str], batch: int) -> None:
    """However much is known already: all, nothing, or all but what another writer added meanwhile."""
    chain = Wide(acts).chain
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as single:
        empty = type(chain)()
        one, batched = empty.ledger(Path(folder)), empty.ledger(Path(single))
        other = Ledger(one.store, one._signer, one.openings, one.clock)
        verdicts = []
        for added in chain.added[1:]:
            way = ways[added.index % len(ways)]
            verdict = expected(one, added)
            if way == "cold":
                one._forget()
            (other if way == "other" else one).submit([(added.signed.note, added.lines)])
            stored = one.entry(added.entry_id)
            assert (stored.status, stored.reasons) == verdict, (way, added.signed.entry.kind)
            verdicts.append(verdict)
        for at in range(1, len(chain.added), batch):
            batched._forget()
            batched.submit([(added.signed.note, added.lines) for added in chain.added[at : at + batch]])
        if not any(added.signed.entry.kind == "erase" for added in chain.added):
            assert [(row.status, row.reasons) for row in batched.entries(1)] == verdicts
        ids = [added.entry_id for added in chain.added]
        facts = one.book().authority.facts
        one._forget()
        assert one.disputed(ids) == tuple(found for found in ids if facts.disputed(found)) == other.disputed(ids)
        event(f"rejected {min(5, sum(status == 'rejected' for status, _ in verdicts))}")
        event(f"disputed {min(3, len(one.disputed(ids)))}")
        one.store.close()
        batched.store.close()
