"""Read, write and hash the nodes of a calculation tree; knows no carbon.

A node is one JSON object. `args` hold positions of earlier nodes, everything else is a plain field:

    item      {"op","entry","item","field","value"}      a field of a signed item
    factor    {"op","row","value"}                       a row of a factor set
    constant  {"op","value","source"}                    a decimal or a ratio such as 44/28
    sum       {"op","args"[,"label"[,"parts"]]}          `parts` names the labels of the args, one each
    product   {"op","args"}
    ratio     {"op","args":[a,b]}                        a / b, exact
    round     {"op","args":[x]}                          to 0.000001, half-even
    posting   {"op","args":[x],"stage","slot","bucket","gas","evidence","tier"}   rounded like `round`
    share     {"op","args":[pool,w0..wn],"index","keys"} largest remainder of the pool, the part of w_index
    report    {"op","args","names"}                      the root: the named results
    sealed    {"sealed","value"}                         a subtree that this audience does not see

Digest of a node: base64url(SHA-256("ecarbon/node@v1\\n" + canonical JSON of the node, args replaced by the
digests of the args)). A node with a label is one that can be sealed, so its value must be bound too: its digest is
base64url(SHA-256("ecarbon/value@v1\\n" + canonical JSON of {"sealed": <digest as above>, "value": <six decimals>})),
which a sealed node lets anyone compute. Every unsealed node carries a salt, so that nobody can guess what is sealed.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

import msgspec

from iocore.errors import IOCoreError
from iocore.units import QUANTA_PER_UNIT, Weights, parse_decimal, round_quantum
from ledger.errors import LedgerError
from ledger.log import canonical
from passport.errors import MalformedCalculation

NODE_CONTEXT: Final = b"ecarbon/node@v1\n"
VALUE_CONTEXT: Final = b"ecarbon/value@v1\n"
MAX_BITS: Final = 8192
SHORT_BITS: Final = 4096
MAX_WORK: Final = 200_000_000

_TEXT_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "item": ("entry", "item", "field", "value"),
    "factor": ("row", "value"),
    "constant": ("value", "source"),
    "sum": (),
    "product": (),
    "ratio": (),
    "round": (),
    "posting": ("stage", "slot", "bucket", "gas", "evidence", "tier"),
    "share": (),
    "report": (),
    "sealed": ("sealed", "value"),
}
LEAVES: Final = frozenset({"item", "factor", "constant", "sealed"})
_LIST_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {"share": ("keys",), "report": ("names",)}
_OPTIONAL_LISTS: Final[Mapping[str, tuple[str, ...]]] = {"sum": ("label", "parts")}
_ARITY: Final[Mapping[str, int]] = {"ratio": 2, "round": 1, "posting": 1}
_PATTERNS: Final[Mapping[str, re.Pattern[str]]] = {
    "entry": re.compile(r"[0-9a-f]{64}", re.ASCII),
    "item": re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII),
    "sealed": re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII),
    "salt": re.compile(r"[A-Za-z0-9_-]{21}[AQgw]", re.ASCII),
}
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_RATIO: Final = re.compile(r"-?[1-9][0-9]*/[1-9][0-9]*", re.ASCII)
_SIX: Final = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]{6}", re.ASCII)

Field = str | int | tuple[str, ...]


class Node(msgspec.Struct, frozen=True, gc=False):
    """Hold one node: its operation, the positions of its arguments, its other fields sorted by name."""

    op: str
    args: tuple[int, ...] = ()
    fields: tuple[tuple[str, Field], ...] = ()
    salt: str = ""

    def get(self, name: str) -> Field | None:
        """Return a field, or None."""
        for key, value in self.fields:
            if key == name:
                return value
        return None

    def text(self, name: str) -> str:
        """Return a text field, or the empty string."""
        value = self.get(name)
        return value if isinstance(value, str) else ""

    def strings(self, name: str) -> tuple[str, ...]:
        """Return a list field, or the empty tuple."""
        value = self.get(name)
        return value if isinstance(value, tuple) else ()

    @property
    def label(self) -> tuple[str, ...]:
        """Return the label of a sum, or the empty tuple."""
        return self.strings("label")

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of this node."""
        value = self._object(list(self.args))
        return {key: list(item) if isinstance(item, tuple) else item for key, item in value.items()}

    def _object(self, args: Sequence[int] | Sequence[str], *, salted: bool = True) -> dict[str, Any]:
        value: dict[str, Any] = dict(self.fields)
        if self.op != "sealed":
            value["op"] = self.op
        if self.op not in LEAVES:
            value["args"] = args
        if salted and self.salt:
            value["salt"] = self.salt
        return value

    def digest(self, args: Sequence[str], value: Fraction, *, salted: bool = True) -> str:
        """Hash this node over the digests of its arguments; bind the value where the node can be sealed."""
        if self.op == "sealed":
            inner = self.text("sealed")
        else:
            inner = b64(hashlib.sha256(NODE_CONTEXT + canonical.spell(self._object(args, salted=salted))).digest())
            if self.op != "sum" or not self.label:
                return inner
        bound = {"sealed": inner, "value": six(value)}
        return b64(hashlib.sha256(VALUE_CONTEXT + canonical.spell(bound)).digest())

    def inner_digest(self, args: Sequence[str]) -> str:
        """Hash this node without binding its value: the text that stands in a sealed node."""
        return b64(hashlib.sha256(NODE_CONTEXT + canonical.spell(self._object(args))).digest())


def b64(data: bytes) -> str:
    """Write bytes in base64url without padding."""
    return binascii.b2a_base64(data, newline=False).translate(_URL_SAFE, b"=").decode("ascii")


def six(value: Fraction) -> str:
    """Write a multiple of 0.000001 with exactly six decimals.

    Raises:
        MalformedCalculation: the value is finer than that.
    """
    scale, rest = divmod(1_000_000, value.denominator)
    if rest:
        raise MalformedCalculation("a value that can be sealed is a multiple of 0.000001", value=str(value))
    return spell(value.numerator * scale)


def spell(quanta: int) -> str:
    """Write a number of millionths with exactly six decimals."""
    digits = str(abs(quanta)).rjust(7, "0")
    return f"{'-' if quanta < 0 else ''}{digits[:-6]}.{digits[-6:]}"


def salt_of(key: bytes, unsalted: str) -> str:
    """Derive the salt of a node from the calculation key and the node's unsalted digest."""
    return b64(hmac.new(key, unsalted.encode("ascii"), hashlib.sha256).digest()[:16])


@lru_cache(maxsize=4096)
def number(text: str) -> Fraction:
    """Read a decimal string.

    Raises:
        MalformedCalculation: not in the strict grammar.
    """
    try:
        return Fraction(parse_decimal(text))
    except IOCoreError as error:
        raise MalformedCalculation("a value of the tree cannot be read", value=text) from error


def constant(text: str) -> Fraction:
    """Read a decimal string or a ratio of whole numbers such as `44/28`."""
    if len(text) <= 64 and _RATIO.fullmatch(text):
        numerator, _, denominator = text.partition("/")
        return Fraction(int(numerator), int(denominator))
    return number(text)


def evaluate(node: Node, values: Sequence[Fraction]) -> Fraction:
    """Compute the value of one node from the values of its arguments.

    Raises:
        MalformedCalculation: a division by zero, weights without a sum, or a number too large to be honest.
    """
    op = node.op
    args = [values[position] for position in node.args]
    if op in ("item", "factor"):
        result = number(node.text("value"))
    elif op == "constant":
        result = constant(node.text("value"))
    elif op == "sealed":
        result = number(node.text("value"))
    elif op == "sum":
        result = total(args)
    elif op == "product":
        result = args[0] if args else Fraction(1)
        for value in args[1:]:
            result = _bounded(result * value)
    elif op == "ratio":
        if args[1] == 0:
            raise MalformedCalculation("the tree divides by zero")
        result = args[0] / args[1]
    elif op in ("round", "posting"):
        result = round_quantum(args[0])
    elif op == "share":
        result = divide(args[0], weigh(args[1:]))[index_of(node)]
    else:
        result = Fraction(0)
    return _bounded(result)


def weigh(weights: Sequence[Fraction]) -> Weights:
    """Prepare the division over weights.

    Raises:
        MalformedCalculation: weights that are negative or have no sum.
    """
    total(weights)
    try:
        return Weights(weights)
    except IOCoreError as error:
        raise MalformedCalculation("a share cannot be divided", reason=str(error)) from error


def divide(pool: Fraction, weights: Weights) -> tuple[Fraction, ...]:
    """Divide a pool over weights by largest remainder.

    Raises:
        MalformedCalculation: a pool finer than the quantum.
    """
    try:
        return weights.divide(pool)
    except IOCoreError as error:
        raise MalformedCalculation("a share cannot be divided", reason=str(error)) from error


def index_of(node: Node) -> int:
    """Return the place of a share's own key among its keys."""
    index = node.get("index")
    return index if isinstance(index, int) else 0


def evaluate_all(nodes: Sequence[Node]) -> tuple[Fraction, ...]:
    """Compute the value of every node, each after its arguments.

    Raises:
        MalformedCalculation: a node has no value, or the tree costs more to evaluate than an honest one can.
    """
    values: list[Fraction] = []
    sizes: list[int] = []
    work = 0
    for node in nodes:
        work += sum(sizes[position] for position in node.args)
        if work > MAX_WORK:
            raise MalformedCalculation("the tree is too large to evaluate")
        value = evaluate(node, values)
        values.append(value)
        sizes.append(value.numerator.bit_length() + value.denominator.bit_length())
    return tuple(values)


def total(values: Sequence[Fraction]) -> Fraction:
    """Add values, none of the sums on the way too large; whole quanta add up much faster than fractions."""
    quanta = 0
    for value in values:
        scale, rest = divmod(QUANTA_PER_UNIT, value.denominator)
        if rest or value.numerator.bit_length() > SHORT_BITS:
            break
        quanta += value.numerator * scale
    else:
        return Fraction(quanta, QUANTA_PER_UNIT)
    result = values[0]
    for value in values[1:]:
        result = _bounded(result + value)
    return result


def _bounded(value: Fraction) -> Fraction:
    if value.numerator.bit_length() > MAX_BITS or value.denominator.bit_length() > MAX_BITS:
        raise MalformedCalculation("a number of the tree is too large")
    return value


def read_node(value: object, position: int) -> Node:
    """Read one node strictly.

    Raises:
        MalformedCalculation: any field missing, unknown or in another form.
    """

    def refuse(reason: str) -> MalformedCalculation:
        return MalformedCalculation(reason, node=position)

    if not isinstance(value, dict):
        raise refuse("a node is an object")
    op = "sealed" if "sealed" in value and "op" not in value else value.get("op")
    if not isinstance(op, str) or op not in _TEXT_FIELDS or (op == "sealed" and "op" in value):
        raise refuse("the operation of a node is unknown")
    lists = _LIST_FIELDS.get(op, ()) + tuple(name for name in _OPTIONAL_LISTS.get(op, ()) if name in value)
    expected = {*_TEXT_FIELDS[op], *lists}
    if op != "sealed":
        expected.add("op")
    if op not in LEAVES:
        expected.add("args")
    if op == "share":
        expected.add("index")
    if "salt" in value and op != "sealed":
        expected.add("salt")
    if set(value) != expected:
        raise refuse("a node has other fields than its operation")
    for name in (*_TEXT_FIELDS[op], *(["salt"] if "salt" in expected else [])):
        text = value[name]
        pattern = _PATTERNS.get(name)
        if not isinstance(text, str) or (pattern is not None and pattern.fullmatch(text) is None):
            raise refuse(f"the field {name} of a node cannot be read")
    for name in lists:
        if not isinstance(value[name], list) or not all(isinstance(item, str) for item in value[name]):
            raise refuse(f"the field {name} of a node is a list of texts")
    args = value.get("args", [])
    if not isinstance(args, list) or not all(type(arg) is int and 0 <= arg < position for arg in args):
        raise refuse("arguments of a node are positions of earlier nodes")
    if op == "sealed" and _SIX.fullmatch(value["value"]) is None:
        raise refuse("a sealed value has six decimals")
    _check_counts(op, value, len(args), refuse)
    fields: list[tuple[str, Field]] = [(name, value[name]) for name in _TEXT_FIELDS[op]]
    fields += [(name, tuple(value[name])) for name in lists]
    if op == "share":
        fields.append(("index", value["index"]))
    return Node(op, tuple(args), tuple(sorted(fields)), value.get("salt", ""))


def _check_counts(op: str, value: Mapping[str, Any], count: int, refuse: Callable[[str], MalformedCalculation]) -> None:
    if op in _ARITY and count != _ARITY[op]:
        raise refuse("an operation has a fixed number of arguments")
    if op == "share":
        keys, index = value["keys"], value["index"]
        if type(index) is not int or not 0 <= index < len(keys) or count != len(keys) + 1:
            raise refuse("a share needs one weight for each key and an index among them")
        if list(keys) != sorted(set(keys)):
            raise refuse("the keys of a share are sorted and distinct")
    if op == "report" and (count != len(value["names"]) or len(set(value["names"])) != count):
        raise refuse("a report names each result once")
    if op == "sum" and "label" in value and not value["label"]:
        raise refuse("a label is not empty")
    if op == "sum" and "parts" in value:
        if "label" not in value or count != len(value["parts"]) or len(set(value["parts"])) != count:
            raise refuse("parts name each argument of a labelled sum once")
    try:
        canonical.encode({key: item for key, item in value.items() if key != "args"})
    except LedgerError as error:
        raise refuse("a node is not canonical JSON") from error
