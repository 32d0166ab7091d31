"""Hold a calculation as data: evaluate it, hash it, and seal parts of it; knows no carbon.

Node forms and hashing are in `passport.nodes`, choosing what to seal in `passport.sealing`. Nodes stand in the order
of a depth-first walk from the root (arguments first, in order, each once), so one tree has one spelling.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, NamedTuple

from iocore.units import Weights, quanta_of
from passport.errors import CalculationSealed, MalformedCalculation
from passport.nodes import Field, Node, divide, evaluate, evaluate_all, index_of, read_node, salt_of, six, weigh
from passport.sealing import Leaf, choose_sealed, closed_leaves

MAX_NODES: Final = 200_000


class Grown(NamedTuple):
    """Hold what a `Builder` knows of a tree: where its nodes stand there, their values and digests, the results."""

    places: Sequence[int]
    values: tuple[Fraction, ...]
    digests: tuple[str, ...]
    results: Mapping[str, Fraction]


class Calculation:
    """Hold the nodes of one tree, the root last, with their values and digests.

    Args:
        nodes: the nodes.
        grown: where a `Builder` made the nodes, which are numbered as there; nothing is checked again then.

    Raises:
        MalformedCalculation: the nodes have no value, are repeated, or stand in another order.
    """

    __slots__ = ("_digests", "_numbered", "_results", "_values")

    def __init__(self, nodes: Sequence[Node], grown: Grown | None = None) -> None:
        self._numbered: tuple[tuple[Node, ...], Sequence[int]] = tuple(nodes), ()
        self._values: tuple[Fraction, ...]
        self._digests: tuple[str, ...] | None = None
        if not nodes or len(nodes) > MAX_NODES:
            raise MalformedCalculation("a calculation has between one and 200,000 nodes", nodes=len(nodes))
        if grown is not None:
            self._numbered = tuple(nodes), grown.places
            self._values, self._digests, self._results = grown.values, grown.digests, grown.results
            return
        if self.nodes[-1].op != "report" or any(node.op == "report" for node in self.nodes[:-1]):
            raise MalformedCalculation("the last node of a calculation is its only report")
        if len(set(self.nodes)) != len(self.nodes):
            raise MalformedCalculation("a node stands twice in the calculation")
        if _walk(self.nodes, len(self.nodes) - 1) != list(range(len(self.nodes))):
            raise MalformedCalculation("the nodes are not in the order of a walk from the root")
        self._values = evaluate_all(self.nodes)
        root = self.nodes[-1]
        self._results = {name: self._values[arg] for name, arg in zip(root.strings("names"), root.args, strict=True)}

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Return the nodes; those of a `Builder` get numbers of their own when somebody asks."""
        nodes, places = self._numbered
        if places:
            nodes = tuple(_renumbered(nodes, places))
            self._numbered = nodes, ()
        return nodes

    @property
    def leaves(self) -> Iterable[Node]:
        """Return the nodes without arguments."""
        return (node for node in self._numbered[0] if not node.args)

    @classmethod
    def from_json(cls, value: object) -> Calculation:
        """Read `{"nodes": [...]}` strictly.

        Raises:
            MalformedCalculation: anything but the one spelling of a tree that has a value.
        """
        if not isinstance(value, dict) or set(value) != {"nodes"} or not isinstance(value["nodes"], list):
            raise MalformedCalculation("a calculation is an object with nodes")
        if len(value["nodes"]) > MAX_NODES:
            raise MalformedCalculation("a calculation has too many nodes")
        nodes = [read_node(node, position) for position, node in enumerate(value["nodes"])]
        if any(bool(node.salt) != bool(nodes[-1].salt) for node in nodes if node.op != "sealed"):
            raise MalformedCalculation("either every node has a salt or none")
        return cls(nodes)

    def to_json(self) -> dict[str, Any]:
        """Return `{"nodes": [...]}`."""
        return {"nodes": [node.to_json() for node in self.nodes]}

    def evaluate(self) -> tuple[Fraction, ...]:
        """Return the exact value of every node; a report has the value 0."""
        return self._values

    def results(self) -> Mapping[str, Fraction]:
        """Return the named results of the report."""
        return self._results

    def labels(self) -> Mapping[tuple[str, ...], Fraction]:
        """Return the value of every label, sealed or not, in the order of the nodes."""
        found: dict[tuple[str, ...], Fraction] = {}
        places: dict[tuple[str, ...], int] = {}

        def state(label: tuple[str, ...], position: int) -> None:
            node = self.nodes[position]
            if node.op not in ("sum", "sealed") or (node.op == "sum" and node.label != label):
                raise MalformedCalculation("a part has another label than its place", label=list(label))
            if places.setdefault(label, position) != position:
                raise MalformedCalculation("a label stands twice in the calculation", label=list(label))
            found[label] = self._values[position]

        for position, node in enumerate(self.nodes):
            if node.label:
                for name, arg in zip(node.strings("parts"), node.args, strict=False):
                    state((*node.label, name), arg)
                state(node.label, position)
        return found

    @property
    def root_digest(self) -> str:
        """Return the digest of the root, the text that a passport signs."""
        return self.digests()[-1]

    def digests(self) -> tuple[str, ...]:
        """Return the digest of every node."""
        if self._digests is None:
            self._digests = _digests(self.nodes, self._values, salted=True)
        return self._digests

    def unsalted_digest(self) -> str:
        """Return the digest of the root over the same tree without salts.

        Raises:
            CalculationSealed: a part is sealed.
        """
        if any(node.op == "sealed" for node in self.leaves):
            raise CalculationSealed("a sealed calculation has no unsalted digest")
        return self._unsalted()[-1]

    def salted(self, key: bytes) -> Calculation:
        """Give every node the salt that the calculation key derives for it, and check that each can be read again.

        Raises:
            CalculationSealed: a part is sealed.
            MalformedCalculation: a node would be refused by whoever reads it.
        """
        if any(node.op == "sealed" for node in self.nodes):
            raise CalculationSealed("salts are given before anything is sealed")
        bare = self._unsalted()
        return Calculation(
            [
                read_node(Node(node.op, node.args, node.fields, salt_of(key, digest)).to_json(), position)
                for position, (node, digest) in enumerate(zip(self.nodes, bare, strict=True))
            ]
        )

    def _unsalted(self) -> tuple[str, ...]:
        if not any(node.salt for node in self._numbered[0]):
            return self.digests()
        return _digests(self.nodes, self._values, salted=False)

    def seal(self, closed: Callable[[Node], bool]) -> Calculation:
        """Replace what an audience may not see.

        Args:
            closed: tells of an item node whether the audience does not see it.

        Raises:
            MalformedCalculation: a closed item stands outside every labelled sum.
        """
        chosen = choose_sealed(self.nodes, closed)
        if not chosen:
            return self
        digests = self.digests()
        replaced = list(self.nodes)
        for position in chosen:
            node = self.nodes[position]
            inner = node.inner_digest([digests[arg] for arg in node.args])
            value = six(self._values[position])
            replaced[position] = Node("sealed", (), (("sealed", inner), ("value", value)))
        order = _walk(replaced, len(replaced) - 1)
        return Calculation(_renumbered([replaced[place] for place in order], order))


class Builder:
    """Put a tree together, or several that have nodes in common; identical nodes become one."""

    __slots__ = ("_digests", "_leaves", "_nodes", "_parts", "_places", "_quanta", "_values", "_weights")

    def __init__(self) -> None:
        self._nodes: list[Node] = []
        self._places: dict[Node, int] = {}
        self._values: list[Fraction] = []
        self._digests: list[str] = []
        self._leaves: list[frozenset[Leaf]] = []
        self._parts: dict[tuple[int, ...], tuple[Fraction, ...]] = {}
        self._quanta: dict[int, int] = {}
        self._weights: dict[tuple[int, ...], Weights] = {}

    def __len__(self) -> int:
        return len(self._nodes)

    @property
    def nodes(self) -> Sequence[Node]:
        """Return the nodes added so far, each after its arguments."""
        return self._nodes

    @property
    def values(self) -> Sequence[Fraction]:
        """Return the values of the nodes."""
        return self._values

    def digest(self, position: int) -> str:
        """Return the unsalted digest of the node at a position."""
        digests = self._digests
        for place in range(len(digests), position + 1):
            node = self._nodes[place]
            digests.append(node.digest([digests[arg] for arg in node.args], self._values[place], salted=False))
        return digests[position]

    def closed_leaves(self, closed: Callable[[Node], bool]) -> Sequence[frozenset[Leaf]]:
        """List for every node the closed items that it rests on.

        Args:
            closed: tells of an item node whether not everybody sees it; must always say the same of one node.
        """
        return closed_leaves(self._nodes, closed, self._leaves)

    def value(self, position: int) -> Fraction:
        """Return the exact value of the node at a position."""
        return self._values[position]

    def quanta(self, position: int) -> int:
        """Return the value of a node that is a whole number of 0.000001, as that number.

        Raises:
            MalformedNumber: it is not.
        """
        found = self._quanta.get(position)
        if found is None:
            found = self._quanta[position] = quanta_of(self._values[position])
        return found

    def add(self, op: str, args: Sequence[int] = (), **fields: Field) -> int:
        """Add a node and return its position, or the position of the same node added before."""
        return self._enter(Node(op, tuple(args), tuple(sorted(fields.items()))))

    def _enter(self, node: Node) -> int:
        known = self._places.get(node)
        if known is not None:
            return known
        position = len(self._nodes)
        self._values.append(self._evaluate(node))
        self._nodes.append(node)
        self._places[node] = position
        return position

    def _evaluate(self, node: Node) -> Fraction:
        """Give the value of a node; lots that share a pool share its division too."""
        if node.op != "share":
            return evaluate(node, self._values)
        parts = self._parts.get(node.args)
        if parts is None:
            over = node.args[1:]
            weights = self._weights.get(over)
            if weights is None:
                weights = self._weights[over] = weigh([self._values[arg] for arg in over])
            parts = self._parts[node.args] = divide(self._values[node.args[0]], weights)
        return parts[index_of(node)]

    def item(self, entry: str, item: str, field: str, value: str) -> int:
        """Cite a field of a signed item."""
        fields = (("entry", entry), ("field", field), ("item", item), ("value", value))
        return self._enter(Node("item", (), fields))

    def factor(self, row: str, value: str) -> int:
        """Cite a row of a factor set."""
        return self._enter(Node("factor", (), (("row", row), ("value", value))))

    def constant(self, value: str, source: str) -> int:
        """Cite a constant: a decimal, or a ratio such as 44/28."""
        return self._enter(Node("constant", (), (("source", source), ("value", value))))

    def sum(self, args: Sequence[int], label: Sequence[str] = (), parts: Sequence[str] = ()) -> int:
        """Add the arguments; a labelled sum with parts names the label of each argument."""
        fields: tuple[tuple[str, Field], ...] = (("label", tuple(label)),) if label else ()
        if parts:
            if not len(parts) == len(args) == len(set(parts)):
                raise MalformedCalculation("parts name each argument of a labelled sum once")
            fields += (("parts", tuple(parts)),)
        return self._enter(Node("sum", tuple(args), fields))

    def product(self, args: Sequence[int]) -> int:
        """Multiply the arguments; one argument stands for itself."""
        return args[0] if len(args) == 1 else self._enter(Node("product", tuple(args)))

    def ratio(self, numerator: int, denominator: int) -> int:
        """Divide exactly."""
        return self._enter(Node("ratio", (numerator, denominator)))

    def round(self, value: int) -> int:
        """Round to 0.000001, half-even."""
        return self._enter(Node("round", (value,)))

    def posting(self, value: int, *, stage: str, slot: str, bucket: str, gas: str, evidence: str, tier: str) -> int:
        """Round a value to 0.000001 and say what it stands for."""
        fields = (
            ("bucket", bucket), ("evidence", evidence), ("gas", gas), ("slot", slot), ("stage", stage), ("tier", tier)
        )  # fmt: skip
        return self._enter(Node("posting", (value,), fields))

    def share(self, pool: int, weights: Mapping[str, int], key: str) -> int:
        """Divide a pool over weights by largest remainder and take the part of one key."""
        keys = tuple(sorted(weights))
        args = (pool, *[weights[name] for name in keys])
        return self._enter(Node("share", args, (("index", keys.index(key)), ("keys", keys))))

    def report(self, results: Mapping[str, int]) -> Calculation:
        """Close the tree with its named results."""
        names = tuple(results)
        root = Node("report", tuple(results.values()), (("names", names),))
        read_node(root.to_json(), len(self._nodes))
        digests = [self.digest(position) for position in root.args]
        whole = [*self._nodes, root]
        order = _walk(whole, len(self._nodes))
        values = (*map(self._values.__getitem__, order[:-1]), Fraction(0))
        known = (*map(self._digests.__getitem__, order[:-1]), root.digest(digests, Fraction(0)))
        found = {name: self._values[place] for name, place in results.items()}
        return Calculation([*map(whole.__getitem__, order)], Grown(order, values, known, found))


def _walk(nodes: Sequence[Node], root: int) -> list[int]:
    """List the positions reachable from the root, arguments before their users."""
    order: list[int] = []
    seen = {root}
    stack = [(root, iter(nodes[root].args))]
    while stack:
        position, waiting = stack[-1]
        for arg in waiting:
            if arg in seen:
                continue
            seen.add(arg)
            args = nodes[arg].args
            if args:
                stack.append((arg, iter(args)))
                break
            order.append(arg)
        else:
            order.append(position)
            stack.pop()
    return order


def _renumbered(nodes: Sequence[Node], places: Sequence[int]) -> list[Node]:
    """Number nodes in their order; `places` are the numbers that they had."""
    place = {old: new for new, old in enumerate(places)}.__getitem__
    return [
        Node(node.op, tuple(map(place, node.args)), node.fields, node.salt) if node.args else node for node in nodes
    ]


def _digests(nodes: Sequence[Node], values: Sequence[Fraction], *, salted: bool) -> tuple[str, ...]:
    digests: list[str] = []
    for node, value in zip(nodes, values, strict=True):
        digests.append(node.digest([digests[arg] for arg in node.args], value, salted=salted))
    return tuple(digests)
