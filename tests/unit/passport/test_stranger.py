"""Check calculations with a reader written from passport/SPEC.md alone; the reader uses none of our code."""

from __future__ import annotations

import base64
import hashlib
import json
from fractions import Fraction
from typing import Any

import pytest

from passport.calculation import Builder
from passport.store import PassportRow
from tests.support.passports import Season

MILLION = 1_000_000
OPERATIONS = {"item", "factor", "constant", "sum", "product", "ratio", "round", "posting", "share", "report"}


def digest_of(context: str, value: dict[str, Any]) -> str:
    line = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    hashed = hashlib.sha256(context.encode() + line.encode()).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


def six_decimals(value: Fraction) -> str:
    quanta = value * MILLION
    assert quanta.denominator == 1
    whole, part = divmod(abs(quanta.numerator), MILLION)
    return f"{'-' if quanta < 0 else ''}{whole}.{part:06d}"


def share(pool: Fraction, weights: list[Fraction], index: int) -> Fraction:
    exact = [abs(pool) * MILLION * weight / sum(weights) for weight in weights]
    parts = [value.numerator // value.denominator for value in exact]
    order = sorted(range(len(weights)), key=lambda place: (parts[place] - exact[place], -weights[place], place))
    for place in order[: int(abs(pool) * MILLION) - sum(parts)]:
        parts[place] += 1
    return Fraction(parts[index] if pool >= 0 else -parts[index], MILLION)


def value_of(node: dict[str, Any], args: list[Fraction]) -> Fraction:
    op = node.get("op", "sealed")
    if op in ("item", "factor", "constant", "sealed"):
        return Fraction(node["value"])
    if op == "product":
        result = Fraction(1)
        for value in args:
            result *= value
        return result
    if op == "ratio":
        return args[0] / args[1]
    if op in ("round", "posting"):
        return Fraction(round(args[0] * MILLION), MILLION)
    if op == "share":
        return share(args[0], args[1:], node["index"])
    return sum(args, Fraction(0)) if op == "sum" else Fraction(0)


def read(nodes: list[dict[str, Any]]) -> tuple[str, dict[str, Fraction]]:
    """Return the root digest and the results by name."""
    values: list[Fraction] = []
    digests: list[str] = []
    for node in nodes:
        value = value_of(node, [values[place] for place in node.get("args", [])])
        if "sealed" in node:
            inner = node["sealed"]
        else:
            hashed = {**node, "args": [digests[place] for place in node["args"]]} if "args" in node else node
            inner = digest_of("ecarbon/node@v1\n", hashed)
        if "sealed" in node or "label" in node:
            inner = digest_of("ecarbon/value@v1\n", {"sealed": inner, "value": six_decimals(value)})
        values.append(value)
        digests.append(inner)
    root = nodes[-1]
    return digests[-1], {name: values[place] for name, place in zip(root["names"], root["args"], strict=True)}


@pytest.mark.parametrize("audience", ["full", "partner", "public"])
def test_a_stranger_reaches_the_signed_digest_and_the_same_results(
    season: Season, issued: PassportRow, audience: str
) -> None:
    bundle = json.loads(season.service.bundle(issued.uuid, audience))
    nodes = bundle["calculation"]["nodes"]
    digest, results = read(nodes)
    assert digest == bundle["credential"]["credentialSubject"]["characteristics"]["calculationDigest"]
    assert results == season.service.calculation(issued.uuid, audience=audience).results()
    assert any("sealed" in node for node in nodes) is (audience != "full")


def test_the_season_uses_every_operation_but_shares(season: Season, issued: PassportRow) -> None:
    nodes = json.loads(season.service.bundle(issued.uuid))["calculation"]["nodes"]
    assert {node["op"] for node in nodes} == OPERATIONS - {"share"}


@pytest.mark.parametrize("pool", ["1.000001", "-1.000001", "0.000002", "0"])
@pytest.mark.parametrize("weights", [("1", "1", "1"), ("1", "2", "2"), ("1/3", "0", "2/3"), ("7", "0.1", "0.3")])
def test_a_stranger_shares_alike(pool: str, weights: tuple[str, ...]) -> None:
    build = Builder()
    keys = {name: build.constant(text, "test") for name, text in zip("abc", weights, strict=True)}
    parts = {name: build.share(build.constant(pool, "test"), keys, name) for name in keys}
    calculation = build.report({name: build.sum([part], (name,)) for name, part in parts.items()})
    digest, results = read(calculation.to_json()["nodes"])
    assert digest == calculation.root_digest
    assert results == calculation.results()
    assert sum(results.values()) == Fraction(pool)


def test_a_stranger_notices_another_value(season: Season, issued: PassportRow) -> None:
    bundle = json.loads(season.service.bundle(issued.uuid, "public"))
    nodes = bundle["calculation"]["nodes"]
    node = next(node for node in nodes if "sealed" in node)
    node["value"] = six_decimals(Fraction(node["value"]) + 1)
    assert read(nodes)[0] != bundle["credential"]["credentialSubject"]["characteristics"]["calculationDigest"]
