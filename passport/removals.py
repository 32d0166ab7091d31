"""Judge removals: what each holds after what was lost again, or which condition it lacks.

Every removal names who owns it, how it is monitored and until when, and a document; what it rests on is measured. Char
and stored CO2 can be carried from place to place and sold, so a serial has to name them: the log admits one claim of a
serial. A removal belongs to lots that it named from the first, where later losses find it.

- `biochar`: kilograms of char x the part that is carbon x the part of it that stays x 44/12.
- `beccs`: kilograms of CO2 put into storage, with the place; what the plant emitted is recorded, and the energy for
  capture and storage is reported in an entry of the lot's own account, so that it is in the headline.
- `soil`, `wood`: the gain in carbon x 44/12, between two measurements at least five years apart, of which the period
  takes its days; or by a model with field plots, for the period.

A loss that is found later takes back what it names.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Final

from iocore.times import Interval
from iocore.units import parse_decimal
from ledger.book.item import Item
from ledger.book.kind import claimed_by
from ledger.book.model import Cited, Effective
from passport.conditions import WITNESSED
from passport.errors import AssessmentRefused
from passport.quantities import Desk
from passport.readings import weakest

YEARS_APART: Final = 5
#: Types of removals whose carbon can be carried and sold, so that only a serial tells one from another.
CARRIED: Final = ("biochar", "beccs")
#: A measurement is dated by the day; where a local day begins does not matter.
DAY: Final = timedelta(days=1)
_MOLAR: Final = ("44/12", "molar mass of CO2 over C")
_CHAR: Final = (("biochar", "kg"), ("carbon", "kg/kg"), ("stable", "kg/kg"))


class Removals:
    """Enter the kilograms of CO2 that removals hold.

    Args:
        desk: where items are entered.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk: Final = desk
        self._build: Final = desk.bench.builder

    def net(
        self, entry: Effective, kind: str, reversals: Sequence[Effective], supplied: Callable[[], Collection[str]]
    ) -> tuple[int, str]:
        """Enter the kilograms of CO2 that a removal holds after what was lost again, and the weakest evidence.

        Raises:
            AssessmentRefused: says which condition it lacks.
        """
        if entry.unopened or any(one.unopened for one in reversals):
            raise AssessmentRefused("its items, or those of a later loss, are not opened")
        if kind in CARRIED and not claimed_by(entry.kind, entry.data):
            raise AssessmentRefused("no serial names what is stored, so that it could count twice")
        if self._desk.one(entry, "owner") is None:
            raise AssessmentRefused("nobody is named as its owner")
        if self._desk.one(entry, "document") is None:
            raise AssessmentRefused("no document stands behind it")
        if self._desk.one(entry, "monitoring") is None:
            raise AssessmentRefused("it is not monitored")
        until = max(item.get("until") for item in entry.named("monitoring"))
        if entry.period is None or until < entry.period.end.date().isoformat():
            raise AssessmentRefused("its monitoring ends before its period does")
        gross, used = self._gross(entry, kind, supplied)
        if self._build.value(gross) <= 0:
            raise AssessmentRefused("it removes nothing")
        lost = [
            Cited(one, item)
            for one in reversals
            for item in sorted(one.named("reverses"), key=lambda item: item.digest)
            if item.get("entry") == entry.entry_id
        ]
        net = self._desk.less(gross, [self._desk.quantity(cited, "kg") for cited in lost])
        if self._build.value(net) <= 0:
            raise AssessmentRefused("what was lost later takes back all of it")
        return net, weakest(item.get("evidence") for item in used)

    def _gross(self, entry: Effective, kind: str, supplied: Callable[[], Collection[str]]) -> tuple[int, list[Item]]:
        """Enter the kilograms of CO2 that a removal of some type states, and the measurements that it rests on."""
        if kind == "biochar":
            parts = [self._measured(entry, name, unit) for name, unit in _CHAR]
            if any(self._build.value(node) > 1 for node, _ in parts[1:]):
                raise AssessmentRefused("a part of the char is more than the whole")
            return self._co2([node for node, _ in parts]), [item for _, item in parts]
        if kind == "beccs":
            return self._stored(entry, supplied)
        if kind in ("soil", "wood"):
            return self._gained(entry)
        raise AssessmentRefused("there are no conditions for this type of removal")

    def _stored(self, entry: Effective, supplied: Callable[[], Collection[str]]) -> tuple[int, list[Item]]:
        """Enter CO2 put into storage."""
        stored, emitted = self._measured(entry, "stored", "kg"), self._measured(entry, "emitted", "kg")
        if self._desk.one(entry, "place") is None:
            raise AssessmentRefused("it does not say where the CO2 is stored")
        if self._build.value(stored[0]) > self._build.value(emitted[0]):
            raise AssessmentRefused("more is stored than was emitted")
        named = {item.get("entry") for item in entry.named("penalty")}
        if not named or not named <= set(supplied()):
            raise AssessmentRefused("the energy for capture and storage is not reported in the account of the lot")
        return stored[0], [stored[1], emitted[1]]

    def _gained(self, entry: Effective) -> tuple[int, list[Item]]:
        """Enter a gain of carbon in soil or wood."""
        stocks = sorted(
            (item for item in entry.named("measurement") if item.get("of") == "stock" and item.get("date")),
            key=lambda item: (item.get("date"), item.digest),
        )
        period = entry.period
        assert period is not None
        if len(stocks) == 2:
            first, last = (date.fromisoformat(item.get("date")) for item in stocks)
            if last < _years_after(first):
                raise AssessmentRefused("its two measurements lie less than five years apart")
            part = _part(period, Interval(_midnight(first), _midnight(last)))
            nodes = [self._node(entry, item, "kg") for item in stocks]
            gain = self._desk.less(nodes[1], nodes[:1])
            share = self._constant(str(part), "days of the period, of those between the measurements")
            return self._co2([gain, share]), stocks
        model = self._desk.one(entry, "model")
        if model is None or parse_decimal(model.get("plots")) <= 0:
            raise AssessmentRefused("it rests neither on two dated measurements nor on a model with field plots")
        change, item = self._measured(entry, "change", "kg")
        return self._co2([change]), [item]

    def _measured(self, entry: Effective, what: str, unit: str) -> tuple[int, Item]:
        """Enter the one measurement of something."""
        found = [item for item in entry.named("measurement") if item.get("of") == what and item.get("unit") == unit]
        if len(found) != 1:
            raise AssessmentRefused("what it rests on is not stated once, in its unit")
        return self._node(entry, found[0], unit), found[0]

    def _node(self, entry: Effective, item: Item, unit: str) -> int:
        if item.get("evidence") not in WITNESSED or item.get("unit") != unit:
            raise AssessmentRefused("what it rests on is not measured")
        return self._desk.leaf(entry, item, "quantity")

    def weights(self, entry: Effective) -> Mapping[str, int]:
        """Weigh the lots that share a removal by the masses that it states; a lot that is alone needs none."""
        if len(entry.lots) == 1:
            return {entry.lots[0]: 0}
        weights: dict[str, int] = {}
        for name in entry.lots:
            stated = sorted(entry.masses("at", name), key=lambda item: item.digest)
            if not stated:
                raise AssessmentRefused("it names several lots and not the mass of each")
            weights[name] = self._desk.quantity(Cited(entry, stated[0]), "kg")
        if not self._desk.positive(weights.values()):
            raise AssessmentRefused("the masses of its lots add up to nothing")
        return weights

    def _co2(self, nodes: Sequence[int]) -> int:
        """Turn kilograms of carbon into kilograms of CO2."""
        return self._build.product([*nodes, self._constant(*_MOLAR)])

    def _constant(self, value: str, source: str) -> int:
        return self._build.constant(value, source)


def _years_after(day: date) -> date:
    """Give the day some years later; of 29 February, the day after the last one of the month."""
    try:
        return day.replace(year=day.year + YEARS_APART)
    except ValueError:
        return date(day.year + YEARS_APART, 3, 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _part(period: Interval, between: Interval) -> Fraction:
    """Give the part that a period takes of a longer time.

    Raises:
        AssessmentRefused: it is not inside.
    """
    inside, whole = period.end - period.start, between.end - between.start
    if period.start < between.start - DAY or period.end > between.end + DAY or inside > whole:
        raise AssessmentRefused("its period lies outside its measurements")
    return Fraction(int(inside.total_seconds()), int(whole.total_seconds()))
