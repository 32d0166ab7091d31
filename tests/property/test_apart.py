"""On random lot graphs, removals and carbon of any size leave the headline as it is and are themselves kept whole."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import event, given, settings
from hypothesis import strategies as st

from passport.assess import Assessment, assess
from passport.journal import journal_of_actors
from passport.methodology import methodology
from tests.property.test_lot_graphs import World, library, quantum, worlds
from tests.unit.assess.recorder import SEASON, facility, lot, mass, period

METHOD = methodology("lychee-fresh@2")
PAPER = ("document", {"sha256": "ab" * 32, "media_type": "application/pdf", "title": "report"})
CONDITIONS = (PAPER, ("owner", {"text": "cooperative"}), ("monitoring", {"text": "sampling", "until": "2040-12-31"}))


def assessed(world: World, name: str) -> Assessment:
    size = len(world.rec.entries)
    return assess(world.rec.book, lot(name), library=library(), methodology=METHOD, tree_size=size)


def headline(found: Assessment) -> dict[tuple[str, ...], str]:
    """Give the digest of every labelled sum of the headline."""
    digests = found.tree.digests()
    return {
        node.label: digests[place]
        for place, node in enumerate(found.tree.nodes)
        if node.label and node.label[0] in ("gate", "after", "delivered")
    }


def measured(of: str, quantity: str, unit: str) -> tuple[str, dict[str, str]]:
    return "measurement", {"of": of, "quantity": quantity, "unit": unit, "evidence": "document"}


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_what_stands_apart_moves_no_node_of_the_headline(data: st.DataObject) -> None:
    world = data.draw(worlds())
    names = [f"lot{number}" for number in range(1, world.names + 1)]
    before = {name: assessed(world, name) for name in world.live}
    removed = taken_up = Fraction(0)
    for number in range(data.draw(st.integers(1, 4))):
        shared = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
        kilograms = data.draw(st.integers(1, 10**9))
        counts = data.draw(st.booleans())
        items = [measured("biochar", str(kilograms), "kg"), measured("carbon", "0.75", "kg/kg")]
        items.append(measured("stable", "0.8", "kg/kg"))
        items += CONDITIONS if counts else CONDITIONS[:2]
        items += [mass(name, "at", str(data.draw(st.integers(1, 999)))) for name in shared]
        world.rec.add(
            "removal", at="packhouse", lots=[lot(name) for name in shared],
            data={"period": period(), "type": "biochar", "serials": [f"batch:{number}"]}, items=items, time=SEASON[1],
        )  # fmt: skip
        removed += quantum(kilograms * Fraction("0.75") * Fraction("0.8") * Fraction(44, 12)) if counts else 0
    for entry in [one for one in world.rec.book.entries.values() if one.kind == "harvest"]:
        stated = {item.get("lot"): item.get("quantity") for item in entry.masses("out")}
        content = {name: data.draw(st.integers(0, int(whole))) for name, whole in stated.items()}
        items = [("mass", dict(item.value)) for item in entry.named("mass")]
        items += [
            ("carbon", {"lot": name, "quantity": str(carbon), "unit": "kg", "evidence": "document"})
            for name, carbon in content.items()
        ]
        world.rec.add(
            "amend", at="orchard", stage="orchard", lots=entry.lots, refs=[entry.entry_id], items=items,
            data={"kind": "harvest", "reason": "carbon_known", "data": dict(entry.data)},
            time=entry.event_time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )  # fmt: skip
        assert entry.facility == facility("orchard")
        taken_up += sum(quantum(Fraction(carbon * 44, 12)) for carbon in content.values())
    after = {name: assessed(world, name) for name in world.live}
    for name, found in after.items():
        assert headline(found) == headline(before[name])
        assert found.footprint.gate.total_kgco2e == before[name].footprint.gate.total_kgco2e
    assert sum(Fraction(found.footprint.removals_kgco2e) for found in after.values()) == -removed
    assert sum(Fraction(found.footprint.biogenic_uptake_kgco2e) for found in after.values()) == -taken_up
    books = journal_of_actors(world.rec.book, method=METHOD, library=library())
    assert not books.faults() and all(line.balanced for line in books.statement())
    event("removals counted" if removed else "no removal counted")
