"""Make random worlds of several actors: harvests, grading, pools, hand-overs, losses, services, amendments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from ledger.book.entry import SignedEntry
from ledger.book.item import Item, parse_item
from ledger.book.state import Book
from tests.support.chain import SEASON, Added, ChainBuilder, lot_code, mass, used, weight

START = datetime(2026, 5, 1)
MOST_POSTINGS = 120


def day(number: int, hour: int = 0) -> str:
    """Give an hour of a day of the season and the time after it."""
    return (START + timedelta(days=number, hours=hour)).isoformat() + "Z"


class TradingWorld(ChainBuilder):
    """Act at random until there are enough lots; the same seed gives the same world.

    `each` is called with the book at every log size; `carries` is about how many postings a lot holds.
    """

    def __init__(self, seed: int, lots: int, each: Callable[[Book], None] = lambda _book: None) -> None:
        self.each = each
        super().__init__()
        self.random = Random(seed)
        self.wanted = lots
        self.growers = [self.actor(name, "grower", "packer") for name in ("ga", "gb")]
        self.packer, self.store = self.actor("packer", "packer"), self.actor("store", "cold_store")
        self.haulier, self.shop = self.actor("haulier", "haulier"), self.actor("shop", "importer")
        self.holders = [*self.growers, self.packer, self.shop]
        self.orchards = [self.facility(f"orchard{owner}", owner) for owner in self.growers]
        self.packhouses = {owner: self.facility(f"packhouse{owner}", owner) for owner in self.holders}
        self.room = self.facility("room", self.store)
        self.live: dict[str, int] = {}
        self.carries: dict[str, int] = {}
        self.old: list[str] = []
        self.empty: list[str] = []
        self.open_orchards = [0, 1]
        self.readings: list[Added] = []
        self.made = 0
        self.time = 0

    def append(self, signed: SignedEntry, items: Sequence[Item] = ()) -> Added:
        """Take a signed entry into the log and look at the book."""
        added = super().append(signed, items)
        self.each(self.book)
        return added

    def run(self) -> None:
        """Act until there are enough lots."""
        while self.made < self.wanted:
            self.time += 1
            self.act()

    def act(self) -> None:
        """Do one thing; what the rules refuse is in the log without effect."""
        kinds = (
            self.harvest_some,
            self.hand_on,
            self.divide,
            self.join,
            self.lose,
            self.end,
            self.carry,
            self.cool,
            self.correct,
        )
        late = (self.close_orchard, self.late_cost, self.give_back, self.use_what_is_gone, self.young_season)
        if not self.live:
            self.harvest_some()
        else:
            self.random.choice((*kinds, *kinds, self.divide, self.correct, *late))()

    # --- what may happen ---------------------------------------------------------------------------------------------

    def kilowatt_hours(self) -> tuple[str, Any]:
        """Meter some electricity."""
        return used("electricity", f"{self.random.randint(1, 99999)}.{self.random.randint(0, 999):03d}", "kWh")

    def pick(self) -> tuple[str, int, str]:
        """Pick a lot that is there, with its mass and who holds it."""
        name = self.random.choice(sorted(self.live))
        return name, self.live[name], self.book.custodian_of(name)

    def born(self, lots: dict[str, int], carries: int) -> None:
        """Remember new lots."""
        self.live.update(lots)
        self.carries.update(dict.fromkeys(lots, carries))
        self.made += len(lots)

    def names(self, count: int) -> list[str]:
        """Name new lots."""
        return [lot_code(f"{self.made}/{place}") for place in range(count)]

    def harvest_some(self) -> None:
        """Harvest a lot at one orchard, and report what the orchard used."""
        place = self.random.randrange(2)
        owner, orchard = self.growers[place], self.orchards[place]
        weight_kg = self.random.randint(2, 5000)
        lot = lot_code(f"{self.made}/h")
        certified = [("attribute", {"code": "organic"})] if self.random.random() < 0.2 else []
        self.must(
            "harvest", owner, facility=orchard, stage="orchard", lots=[lot], at=day(self.time),
            data={"out": [lot], "period": SEASON, "product": "", "variety": "guiwei"},
            items=[mass(lot, "out", str(weight_kg)), *certified],
        )  # fmt: skip
        self.born({lot: weight_kg}, 6)
        items = [self.kilowatt_hours()]
        if self.random.random() < 0.3:
            items.append(used("urea", str(self.random.randint(1, 300)), "kg"))
        self.readings.append(
            self.add("activity", owner, facility=orchard, stage="orchard", data={"period": SEASON}, items=items)
        )

    def close_orchard(self) -> None:
        """End an orchard's season for some or all of its lots."""
        if self.random.random() < 0.4 or not self.open_orchards:
            return
        place = self.open_orchards.pop(self.random.randrange(len(self.open_orchards)))
        mine = [lot for lot in self.book.lots if self.book.lots[lot].origin.facility == self.orchards[place]]
        chosen = mine if self.random.random() < 0.5 else mine[: 1 + len(mine) // 2]
        if chosen:
            self.readings.append(
                self.add(
                    "close", self.growers[place], facility=self.orchards[place], stage="orchard", lots=chosen,
                    data={"period": SEASON},
                    items=[*self.earlier(), *(weight(lot, str(self.random.randint(1, 999))) for lot in chosen)],
                )
            )  # fmt: skip

    def young_season(self) -> None:
        """End a season of an orchard before its first yield, or one that bore nothing."""
        place = self.random.randrange(2)
        year = self.random.choice((2023, 2024, 2027))
        period = {"start": f"{year}-08-01T00:00:00Z", "end": f"{year + 1}-07-31T00:00:00Z"}
        where: dict[str, Any] = {"facility": self.orchards[place], "stage": "orchard", "data": {"period": period}}
        self.readings.append(self.add("activity", self.growers[place], items=[self.kilowatt_hours()], **where))
        if self.random.random() < 0.7:
            self.add("close", self.growers[place], items=[], **where)

    def earlier(self) -> list[tuple[str, Any]]:
        """Restate some seasons before this one, or none."""
        items: list[tuple[str, Any]] = []
        for season in self.random.sample(("2024", "2025", "establishment"), self.random.randint(0, 3)):
            named = {"season": season, "evidence": "invoice"}
            items.append(("season_yield", {**named, "quantity": str(self.random.randint(1, 9999)), "unit": "kg"}))
            for slot, unit in self.random.sample((("electricity", "kWh"), ("urea", "kg")), self.random.randint(0, 2)):
                quantity = str(self.random.randint(0, 9999))
                items.append(("season_total", {**named, "slot": slot, "quantity": quantity, "unit": unit}))
        return items

    def hand_on(self) -> tuple[str, str, str]:
        """Sell a lot; tell who gave which to whom."""
        lot, weight_kg, holder = self.pick()
        taker = self.random.choice([one for one in self.holders if one != holder])
        self.hand_over(holder, taker, {lot: str(weight_kg)}, at=day(self.time))
        return lot, holder, taker

    def give_back(self) -> None:
        """Sell a lot and take it back, with or without something that was done to it meanwhile."""
        lot, seller, buyer = self.hand_on()
        if self.random.random() < 0.5:
            self.carry()
        self.hand_over(buyer, seller, {lot: str(self.live[lot])}, at=day(self.time))

    def divide(self) -> None:
        """Split or grade a lot; some gradings weigh by value, some lose mass."""
        lot, weight_kg, holder = self.pick()
        if weight_kg < 6:
            return
        cuts = sorted(self.random.sample(range(1, weight_kg), self.random.randint(1, 3)))
        parts = [end - start for start, end in zip([0, *cuts], [*cuts, weight_kg], strict=True)]
        outs = dict(zip(self.names(len(parts)), parts, strict=True))
        texts = {name: str(part) for name, part in outs.items()}
        if self.random.random() < 0.5:
            items: list[tuple[str, Any]] = [self.kilowatt_hours()]
            if self.random.random() < 0.5:
                price = {"unit": "CNY/kg", "source": "x"}
                items += [
                    ("price", {"lot": name, "quantity": str(self.random.randint(1, 40)), **price}) for name in outs
                ]
            done = self.pack(
                holder, self.packhouses[holder], {lot: str(weight_kg)}, texts, data={"process": "grade"}, items=items,
                at=day(self.time),
            )  # fmt: skip
            self.readings.append(done)
        else:
            done = self.move("split", holder, {lot: str(weight_kg)}, texts, at=day(self.time))
        assert not done.violations, done.codes
        self.gone(lot)
        self.born(outs, self.carries[lot] + 2)

    def join(self) -> None:
        """Merge two lots of one holder."""
        lot, weight_kg, holder = self.pick()
        others = [one for one in sorted(self.live) if one != lot and self.book.custodian_of(one) == holder]
        others = [one for one in others if self.carries[one] + self.carries[lot] <= MOST_POSTINGS]
        if not others:
            return
        other = self.random.choice(others)
        alike = self.book.attributes_of(lot) == self.book.attributes_of(other)
        name = self.names(1)[0] if alike else lot_code(f"never {len(self.added)}")
        ins = {lot: weight_kg, other: self.live[other]}
        texts = {one: str(part) for one, part in ins.items()}
        done = self.move("merge", holder, texts, {name: str(sum(ins.values()))}, at=day(self.time))
        assert done.codes == ([] if alike else ["attributes-apart"])
        if not alike:
            return
        for one in ins:
            self.gone(one)
        self.born({name: sum(ins.values())}, self.carries[lot] + self.carries[other])

    def gone(self, lot: str) -> None:
        """Remember that a lot is no longer there."""
        del self.live[lot]
        self.old.append(lot)

    def lose(self) -> None:
        """Lose a part of a lot, or all of it."""
        lot, weight_kg, holder = self.pick()
        lost = weight_kg if self.random.random() < 0.15 else self.random.randint(1, max(1, weight_kg // 2))
        treatment = self.random.choice(["compost", "landfill", "none"])
        self.must(
            "loss", holder, stage="packing", lots=[lot], data={"cause": "decay", "treatment": treatment},
            items=[mass(lot, "loss", str(lost))], at=day(self.time),
        )  # fmt: skip
        self.live[lot] -= lost
        if not self.live[lot]:
            self.gone(lot)
            self.empty.append(lot)

    def end(self) -> None:
        """Write off one lot, or several of one holder, now and then."""
        if self.random.random() < 0.5:
            return
        lot, _, holder = self.pick()
        others = [one for one in sorted(self.live) if one != lot and self.book.custodian_of(one) == holder]
        lots = [lot, *self.random.sample(others, min(len(others), self.random.randint(0, 1)))]
        stated = [mass(one, "at", str(self.live[one])) for one in lots if self.random.random() < 0.5]
        treatment = self.random.choice(["compost", "landfill", "none"])
        done = self.must(
            "write_off", holder, stage="packing", lots=lots, data={"cause": "spoiled", "treatment": treatment},
            items=stated, at=day(self.time),
        )  # fmt: skip
        for one in lots:
            self.gone(one)
        if self.random.random() < 0.5:
            changed = {"cause": "recalled", "treatment": self.random.choice(["landfill", "none"])}
            assert not self.amend(done, data=changed).violations

    def use_what_is_gone(self) -> None:
        """Try to ship and to split a lot that was lost wholly, used up or written off; nothing of it takes effect."""
        if not self.old:
            return
        lot = self.random.choice(self.empty or self.old)
        holder = self.book.custodian_of(lot)
        taker = next(one for one in self.holders if one != holder)
        never = {lot_code(f"never {len(self.added)}/{place}"): "1" for place in range(2)}
        shipped = self.add("ship", holder, lots=[lot], data={"to": taker}, at=day(self.time))
        cut = self.move("split", holder, {lot: "2"}, never, at=day(self.time))
        assert {"lot-empty", "lot-gone", "lot-consumed"} & set(shipped.codes) & set(cut.codes)

    def carry(self) -> None:
        """Carry one lot by distance, or several by the fuel of one trip."""
        lots = self.random.sample(sorted(self.live), min(len(self.live), self.random.randint(1, 3)))
        for lot in lots:
            self.carries[lot] += 2
        items: list[tuple[str, Any]] = [mass(lot, "at", str(self.live[lot])) for lot in lots]
        if len(lots) > 1:
            items.append(used("diesel", str(self.random.randint(1, 200)), "L"))
        items.append(("distance", {"quantity": str(self.random.randint(1, 900)), "unit": "km", "evidence": "document"}))
        self.readings.append(
            self.must(
                "transport", self.haulier, stage="road", lots=lots, items=items, at=day(self.time),
                data={"leg": "pre_carriage", "vehicle": "artic_33_reefer"},
            )
        )  # fmt: skip

    def cool(self) -> None:
        """Keep lots in the cold room for a day, whose power all of them share, closed at once or never."""
        lots = self.random.sample(sorted(self.live), min(len(self.live), self.random.randint(1, 4)))
        for lot in lots:
            self.carries[lot] += 2
        period = {"start": day(self.time), "end": day(self.time, 23)}
        place: dict[str, Any] = {"facility": self.room, "stage": "cold_store", "data": {"period": period}}
        if self.random.random() < 0.7:
            self.readings.append(
                self.must("activity", self.store, items=[self.kilowatt_hours()], at=day(self.time, 1), **place)
            )
        if self.random.random() < 0.6:
            stated = [mass(lot, "at", str(self.live[lot])) for lot in lots]
            self.must("activity", self.store, lots=lots, items=stated, at=day(self.time, 2), **place)
        if self.random.random() < 0.5:
            shares = [weight(lot, str(self.random.randint(1, 99)), "kg_day") for lot in lots]
            self.readings.append(
                self.must("close", self.store, lots=lots, items=shares, at=day(self.time, 23), **place)
            )

    def late_cost(self) -> None:
        """Report something about a lot that was used up long ago."""
        lot = self.random.choice(self.old or sorted(self.live))
        period = {"start": day(0), "end": day(self.time)}
        self.readings.append(
            self.add(
                "activity", self.packer, facility=self.packhouses[self.packer], stage="packing", lots=[lot],
                data={"period": period}, items=[self.kilowatt_hours()], at=day(self.time),
            )
        )  # fmt: skip

    def correct(self) -> None:
        """Amend a number of an earlier entry; the rules decide whether it takes effect."""
        if not self.readings:
            return
        target = self.random.choice(self.readings)
        items: list[tuple[str, Any]] = []
        for line in target.lines:
            item = parse_item(line)
            value = dict(item.value)
            if item.name in ("activity", "weight", "distance", "price", "season_total", "season_yield"):
                value["quantity"] = str(self.random.randint(1, 9999))
            items.append((item.name, value))
        self.amend(target, items=items)
