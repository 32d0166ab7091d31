"""The tree evaluates exactly, hashes bottom-up, reads strictly and seals without changing its root digest."""

from __future__ import annotations

import copy
import hashlib
import json
from fractions import Fraction
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passport.calculation import Builder, Calculation
from passport.errors import CalculationSealed, MalformedCalculation, PassportError
from passport.nodes import Node, evaluate_all
from passport.sealing import Leaf, closed_leaves, hidden_by, is_exposed, join_exposed

ENTRY = "ab" * 32
KEY = b"k" * 32


def item(number: int) -> str:
    """Make a digest that looks like an item's."""
    return hashlib.sha256(str(number).encode()).hexdigest()[:43]


def small_tree() -> Calculation:
    """Build two stages: packing with two closed items in separate buckets' favour, road with public ones."""
    build = Builder()
    electricity = build.product([build.item(ENTRY, item(1), "quantity", "120.5"), build.factor("s:1:ELC", "0.5777")])
    board = build.product([build.item(ENTRY, item(2), "quantity", "30"), build.factor("s:1:BOARD", "1.2")])
    road = build.product([build.item(ENTRY, item(3), "quantity", "75"), build.factor("s:1:ROAD", "0.10994")])

    def post(value: int, stage: str, slot: str) -> int:
        return build.posting(
            value, stage=stage, slot=slot, bucket="fossil", gas="CO2", evidence="meter", tier="database"
        )

    def stage(name: str, postings: list[int]) -> int:
        fossil = build.sum(postings, ("gate", name, "fossil"))
        return build.sum([fossil], ("gate", name), ("fossil",))

    packing = stage("packing", [post(electricity, "packing", "electricity"), post(board, "packing", "board")])
    moving = stage("road", [post(road, "road", "work")])
    gate = build.sum([packing, moving], ("gate",), ("packing", "road"))
    mass = build.sum([build.item(ENTRY, item(4), "quantity", "1000")], ("mass", "gate"))
    return build.report({"gate": gate, "gate_mass": mass, "gate_per_kg": build.round(build.ratio(gate, mass))})


def closed(node: Node) -> bool:
    return node.text("item") in (item(1), item(2))


def test_results_are_exact_and_rounded_once() -> None:
    results = small_tree().results()
    packing = Fraction("69.61285") + 36
    assert results["gate"] == packing + Fraction("8.2455")
    assert results["gate_per_kg"] == Fraction("0.113858")
    assert small_tree().labels()[("gate", "packing", "fossil")] == packing


def test_digest_follows_its_description() -> None:
    tree = small_tree().salted(KEY)
    digests: list[str] = []
    values = tree.evaluate()
    import base64

    def b64(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    for node, value in zip(tree.to_json()["nodes"], values, strict=True):
        body = {**node, **({"args": [digests[arg] for arg in node["args"]]} if "args" in node else {})}
        text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        digest = b64(hashlib.sha256(b"ecarbon/node@v1\n" + text).digest())
        if "label" in node:
            bound = f'{{"sealed":"{digest}","value":"{float(value):.6f}"}}'.encode()
            digest = b64(hashlib.sha256(b"ecarbon/value@v1\n" + bound).digest())
        digests.append(digest)
    assert tree.root_digest == digests[-1]
    assert tree.unsalted_digest() == small_tree().root_digest
    assert tree.salted(KEY).root_digest == tree.root_digest


def test_sealed_tree_keeps_root_labels_and_results_but_no_closed_value() -> None:
    tree = small_tree().salted(KEY)
    sealed = tree.seal(closed)
    assert sealed.root_digest == tree.root_digest
    assert sealed.results() == tree.results()
    assert sealed.labels() == tree.labels()
    text = json.dumps(sealed.to_json())
    for hidden in ("120.5", '"30"', "s:1:ELC", "s:1:BOARD", "electricity", item(1), item(2)):
        assert hidden not in text
    assert "s:1:ROAD" in text
    assert Calculation.from_json(sealed.to_json()).root_digest == tree.root_digest
    with pytest.raises(CalculationSealed):
        sealed.unsalted_digest()


def test_stage_is_sealed_whole_when_a_bucket_rests_on_one_closed_item() -> None:
    build = Builder()
    first = build.item(ENTRY, item(1), "quantity", "2")
    second = build.item(ENTRY, item(2), "quantity", "3")

    def bucket(name: str, values: list[int]) -> int:
        postings = [
            build.posting(value, stage="orchard", slot="urea", bucket=name, gas="CO2", evidence="meter", tier="io")
            for value in values
        ]
        return build.sum(postings, ("gate", "orchard", name))

    stage = build.sum(
        [bucket("fossil", [first, second]), bucket("land_management", [first])],
        ("gate", "orchard"),
        ("fossil", "land_management"),
    )
    gate = build.sum([stage], ("gate",), ("orchard",))
    tree = build.report({"gate": gate}).salted(KEY)
    sealed = tree.seal(closed)
    assert [node.op for node in sealed.nodes] == ["sealed", "sum", "report"]
    assert set(sealed.labels()) == {("gate",), ("gate", "orchard")}
    assert sealed.root_digest == tree.root_digest


def test_closed_item_outside_a_labelled_sum_is_refused() -> None:
    build = Builder()
    tree = build.report({"mass": build.item(ENTRY, item(1), "quantity", "2")})
    with pytest.raises(MalformedCalculation):
        tree.seal(closed)


def test_identical_nodes_are_shared_and_order_is_canonical() -> None:
    def build_with(order: list[int]) -> Calculation:
        build = Builder()
        for number in order:
            build.item(ENTRY, item(number), "quantity", str(number))
        first = build.item(ENTRY, item(1), "quantity", "1")
        second = build.item(ENTRY, item(2), "quantity", "2")
        both = build.sum([first, second])
        return build.report({"twice": build.sum([both, build.sum([first, second])])})

    tree = build_with([1, 2])
    assert build_with([2, 1]).to_json() == tree.to_json()
    assert len(tree.nodes) == 5


def test_every_changed_character_is_refused_or_changes_the_root() -> None:
    tree = small_tree().salted(KEY)
    for form in (tree, tree.seal(closed)):
        text = json.dumps(form.to_json(), sort_keys=True, separators=(",", ":"))
        survivors = []
        for place, old in enumerate(text):
            new = "1" if old != "1" else "2"
            try:
                changed = json.loads(text[:place] + new + text[place + 1 :])
                if Calculation.from_json(changed).root_digest == tree.root_digest:
                    survivors.append(place)
            except (json.JSONDecodeError, PassportError):
                continue
        assert survivors == []


BAD: list[tuple[str, Any]] = [
    ("not an object", []),
    ("no nodes", {"nodes": []}),
    ("extra field", {"nodes": [], "more": 1}),
    ("unknown op", {"nodes": [{"op": "power", "args": []}]}),
    ("forward argument", {"nodes": [{"op": "sum", "args": [1]}, {"op": "report", "args": [0], "names": ["a"]}]}),
    ("root is no report", {"nodes": [{"op": "constant", "value": "1", "source": "s"}]}),
    ("true is no position", {"nodes": [{"op": "constant", "value": "1", "source": "s"},
                                       {"op": "constant", "value": "2", "source": "s"},
                                       {"op": "report", "args": [True, 0], "names": ["a", "b"]}]}),
    ("names do not fit", {"nodes": [{"op": "constant", "value": "1", "source": "s"},
                                    {"op": "report", "args": [0], "names": []}]}),
    ("unreachable", {"nodes": [{"op": "constant", "value": "1", "source": "s"},
                               {"op": "constant", "value": "2", "source": "s"},
                               {"op": "report", "args": [1], "names": ["a"]}]}),
    ("repeated", {"nodes": [{"op": "constant", "value": "1", "source": "s"},
                            {"op": "constant", "value": "1", "source": "s"},
                            {"op": "report", "args": [0, 1], "names": ["a", "b"]}]}),
    ("number spelling", {"nodes": [{"op": "constant", "value": "1e3", "source": "s"},
                                   {"op": "report", "args": [0], "names": ["a"]}]}),
    ("division by zero", {"nodes": [{"op": "constant", "value": "1", "source": "s"},
                                    {"op": "constant", "value": "0", "source": "s"},
                                    {"op": "ratio", "args": [0, 1]},
                                    {"op": "report", "args": [2], "names": ["a"]}]}),
    ("unsorted share", {"nodes": [{"op": "constant", "value": "1", "source": "s"},
                                  {"op": "share", "args": [0, 0, 0], "index": 0, "keys": ["b", "a"]},
                                  {"op": "report", "args": [1], "names": ["a"]}]}),
    ("share of nothing", {"nodes": [{"op": "constant", "value": "0", "source": "s"},
                                    {"op": "share", "args": [0, 0], "index": 0, "keys": ["a"]},
                                    {"op": "report", "args": [1], "names": ["a"]}]}),
    ("surrogate", {"nodes": [{"op": "constant", "value": "0", "source": "\ud800"},
                             {"op": "report", "args": [0], "names": ["a"]}]}),
]  # fmt: skip


@pytest.mark.parametrize(("why", "value"), BAD, ids=[why for why, _ in BAD])
def test_malformed_tree_is_refused(why: str, value: Any) -> None:
    with pytest.raises(MalformedCalculation):
        Calculation.from_json(value)


def test_number_that_explodes_is_refused() -> None:
    nodes: list[dict[str, Any]] = [{"op": "constant", "value": "1234567890123456789", "source": "s"}]
    nodes += [{"op": "product", "args": [place, place]} for place in range(60)]
    nodes.append({"op": "report", "args": [60], "names": ["a"]})
    with pytest.raises(MalformedCalculation, match="too large"):
        Calculation.from_json({"nodes": nodes})


@pytest.mark.parametrize("op", ["sum", "share"])
def test_sum_that_explodes_on_the_way_is_refused_at_once(op: str) -> None:
    count = 6000
    nodes: list[dict[str, Any]] = [{"op": "constant", "value": "1", "source": "s"}]
    nodes += [{"op": "constant", "value": f"1/{10**60 + 2 * n + 1}", "source": "s"} for n in range(count)]
    whole: dict[str, Any] = {"op": op, "args": list(range(count + 1))}
    if op == "share":
        whole |= {"index": 0, "keys": [f"{n:06d}" for n in range(count)]}
    nodes += [whole, {"op": "report", "args": [count + 1], "names": ["a"]}]
    started = process_time()
    with pytest.raises(MalformedCalculation, match="too large"):
        Calculation.from_json({"nodes": nodes})
    assert process_time() - started < 5


def test_tree_that_costs_too_much_is_refused() -> None:
    number = Node("constant", (), (("source", "s"), ("value", f"{10**60}/3")))
    heavy = Node("product", (0,) * 12)
    nodes = [number, heavy, *[Node("sum", (1,) * 20_000)] * 20]
    with pytest.raises(MalformedCalculation, match="too large to evaluate"):
        evaluate_all(nodes)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=4) | st.sampled_from(["sum", "item", "1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["op", "args", "value", "source", "nodes", "names", "sealed", "salt", "label", "parts"]), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(position=st.integers(0, 30), field=st.sampled_from(["op", "args", "value", "label", "keys", "salt", "names"]),
       value=JSON_VALUES)  # fmt: skip
def test_only_malformed_calculation_comes_out(position: int, field: str, value: Any) -> None:
    tree = copy.deepcopy(small_tree().to_json())
    tree["nodes"][position % len(tree["nodes"])][field] = value
    try:
        Calculation.from_json(tree).labels()
    except MalformedCalculation:
        return


def leaf(name: str, *, counts: bool = True) -> frozenset[Leaf]:
    return frozenset({Leaf("e", name, counts)})


def test_no_group_rests_on_one_closed_item_where_that_can_be_had() -> None:
    one, two, three, none = leaf("1"), leaf("2"), leaf("3"), frozenset[Leaf]()
    leaves = {"a": one, "b": none, "c": two, "d": three}
    assert join_exposed("abcd", leaves) == (("a", "c", "d"), ("b",))
    assert join_exposed("ab", leaves) == (("a",), ("b",))
    assert join_exposed("ba", {"a": one, "b": one}) == (("b", "a"),)
    many = {"a": one | two, "b": three}
    assert join_exposed("ab", many) == (("a", "b"),)
    assert join_exposed("ba", many) == (("b", "a"),)


def test_closed_zero_hides_nothing() -> None:
    zero = leaf("1", counts=False)
    assert hidden_by(zero | leaf("2")) == 1
    assert join_exposed("abc", {"a": zero, "b": leaf("2"), "c": leaf("3")}) == (("a", "b", "c"),)
    assert is_exposed(zero | leaf("2")) and not is_exposed(zero | leaf("2") | leaf("3"))
    assert join_exposed("ab", {"a": zero | leaf("2"), "b": leaf("3") | leaf("4")}) == (("a", "b"),)


def test_closed_zero_is_not_given_away_and_stages_are_joined_as_before() -> None:
    zero, both = leaf("1", counts=False), leaf("2") | leaf("3")
    assert not is_exposed(zero) and not is_exposed(frozenset())
    assert join_exposed("ab", {"a": zero}) == (("a",), ("b",))
    assert join_exposed("ab", {"a": zero, "b": both}) == join_exposed("ab", {"a": both, "b": zero}) == (("a", "b"),)


def test_closed_leaves_are_counted_once() -> None:
    tree = small_tree()
    found = closed_leaves(tree.nodes, closed)
    assert found[-1] == {Leaf(ENTRY, item(1), True), Leaf(ENTRY, item(2), True)}
