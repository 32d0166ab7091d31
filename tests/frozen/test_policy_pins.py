"""What passports were issued under never changes: every policy and method that was ever the default is pinned.

A digest here is never replaced. Another judgement is another policy, another recipe another version of the method.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping

import pytest

from passport.methodology import methodologies
from passport.policy import POLICY_1

POLICIES = {
    "1": "57e4ef24e21fad4d3008d9bbab2eb1b0736261ccf84cc91ae8c3f1cb56e43102",
    "2": "66782412ddeb128100727d379655b20cba3e52524565d09cb7bd6bf303252852",
    "2-wine": "9a7c122cc6cd4c8f89872ff4143557b0df5711ddb5ff633e3053eaaca55b4d78",
}
METHODS = {
    "lychee-fresh@1": {
        "recipes": "8dafed96cde6bfd9c0bfc6bbafb9235fc4f8009afb23ec774bd9f2c9e8c5000b",
        "vehicles": "2554d4aa68cd40d541e4a980c4d699d5cfa31dac39d2b8e945b17934d17b31d3",
        "fills": "3100f8709bb5beb4cbdc179e8ecf28481a1c735435a17af6a4ff7718b7a34b0c",
        "gwps": "33ad1a5791fbc0e9a0d18a81a7faa479892c97333c9745f1d64cdb904a341267",
        "required": "ce22c4d4c5eae5ccd379112e5cacae0e8b14d7e11f6cb6ff7051609e07e42108",
        "grid": "fc66ad85ce1c05fef0620dd7ec2a25be69385f892fc8159aa1f3796620f42705",
        "sets": "d503d95a130c7ec8ed643ee36a932704b25b5a71c655c85e997640e65d5722fa",
    },
    "lychee-fresh@2": {
        "recipes": "f304b336e39d599a8d41a1deb63dcad6ef2b632ec68b143cad020cccca1c9aed",
        "vehicles": "2554d4aa68cd40d541e4a980c4d699d5cfa31dac39d2b8e945b17934d17b31d3",
        "vessels": "d2d5d7dfbfbbed052d27961d79ae898202c892796e539677ed70e21decad2910",
        "beyond": "9241b9a208d9afcd333c7ce0bc85e92b429e41bdf00b8bae8f7432f275ead665",
        "certified": "7dd307b75fba22eb012138a0bd4f97c282880963285a62d0a0548ab09a8ae208",
        "fills": "b17db85f8b991effdf447455f0f2f3081ee805f78c758fef8c21d1cfad2fea9e",
        "gwps": "4e2b61219628504db8a303b601077e19c7d082434d07348107bafbc1e760ebf3",
        "required": "ce22c4d4c5eae5ccd379112e5cacae0e8b14d7e11f6cb6ff7051609e07e42108",
        "grid": "fc66ad85ce1c05fef0620dd7ec2a25be69385f892fc8159aa1f3796620f42705",
        "sets": "73f70482eeb50723474bc90493005903f67d6766ffb44e50b872584f5f85c4a7",
    },
    "lychee-dried@1": {
        "recipes": "f304b336e39d599a8d41a1deb63dcad6ef2b632ec68b143cad020cccca1c9aed",
        "vehicles": "2554d4aa68cd40d541e4a980c4d699d5cfa31dac39d2b8e945b17934d17b31d3",
        "vessels": "d2d5d7dfbfbbed052d27961d79ae898202c892796e539677ed70e21decad2910",
        "beyond": "9241b9a208d9afcd333c7ce0bc85e92b429e41bdf00b8bae8f7432f275ead665",
        "certified": "7dd307b75fba22eb012138a0bd4f97c282880963285a62d0a0548ab09a8ae208",
        "fills": "b17db85f8b991effdf447455f0f2f3081ee805f78c758fef8c21d1cfad2fea9e",
        "gwps": "4e2b61219628504db8a303b601077e19c7d082434d07348107bafbc1e760ebf3",
        "required": "77c91893f2df5b57eff7200a0812a0e583a1de0d88e2ee452cc7520578b5e32d",
        "grid": "fc66ad85ce1c05fef0620dd7ec2a25be69385f892fc8159aa1f3796620f42705",
        "sets": "73f70482eeb50723474bc90493005903f67d6766ffb44e50b872584f5f85c4a7",
    },
    "lychee-wine@1": {
        "recipes": "704502e09ba8d8a50548de092535e187afce2575211593c6e0bab65a9d611179",
        "vehicles": "2554d4aa68cd40d541e4a980c4d699d5cfa31dac39d2b8e945b17934d17b31d3",
        "vessels": "d2d5d7dfbfbbed052d27961d79ae898202c892796e539677ed70e21decad2910",
        "beyond": "9241b9a208d9afcd333c7ce0bc85e92b429e41bdf00b8bae8f7432f275ead665",
        "certified": "7dd307b75fba22eb012138a0bd4f97c282880963285a62d0a0548ab09a8ae208",
        "fills": "b17db85f8b991effdf447455f0f2f3081ee805f78c758fef8c21d1cfad2fea9e",
        "gwps": "4e2b61219628504db8a303b601077e19c7d082434d07348107bafbc1e760ebf3",
        "required": "19369ef2fbd6f9b542807129d948b3e88ecc4db68d2602332ec4527905c66f6a",
        "grid": "fc66ad85ce1c05fef0620dd7ec2a25be69385f892fc8159aa1f3796620f42705",
        "sets": "73f70482eeb50723474bc90493005903f67d6766ffb44e50b872584f5f85c4a7",
    },
}
#: Policy, set of warming potentials, home, title and words on allocation of each method.
SAID = {
    "lychee-fresh@1": "fc6eb358747ae26d2f253de29a2c4bf7aec46a0b46770764f96f40d62b8c7a13",
    "lychee-fresh@2": "8172aaf761fabb823518421462789dfe9d98854ebe1cc41461345ab5ffe4676f",
    "lychee-dried@1": "5eb1fb37a41011d0174650c4fb383eb1e7573ea1714ec564b39e5f736c56e079",
    "lychee-wine@1": "9f28e5727df5bf4270b470bcbbaabc39d37c24434ba491be63136af0c7ed30ea",
}


def written(value: object) -> str:
    """Write a value in one spelling; a field that has its default is left out, so that new fields may be added."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [(one.name, getattr(value, one.name)) for one in dataclasses.fields(value)]
        defaults = {one.name: one.default for one in dataclasses.fields(value)}
        said = ",".join(f"{name}={written(found)}" for name, found in fields if found != defaults[name])
        return f"{type(value).__name__}({said})"
    if isinstance(value, Mapping):
        return "{" + ",".join(sorted(f"{written(key)}:{written(found)}" for key, found in value.items())) + "}"
    if isinstance(value, tuple):
        return "(" + ",".join(map(written, value)) + ")"
    if isinstance(value, frozenset):
        return "{" + ",".join(sorted(map(written, value))) + "}"
    assert isinstance(value, str | int | bool)
    return repr(value)


def digest(value: object) -> str:
    return hashlib.sha256(written(value).encode()).hexdigest()


@pytest.mark.parametrize("code", sorted(METHODS))
def test_policy_of_a_method_is_what_it_was(code: str) -> None:
    policy = methodologies()[code].policy
    assert digest(policy) == POLICIES[policy.code]


@pytest.mark.parametrize(("code", "part"), [(code, part) for code in sorted(METHODS) for part in METHODS[code]])
def test_method_is_what_it_was(code: str, part: str) -> None:
    assert digest(getattr(methodologies()[code], part)) == METHODS[code][part]


@pytest.mark.parametrize("code", sorted(METHODS))
def test_method_keeps_its_policy_and_words(code: str) -> None:
    method = methodologies()[code]
    said = (method.policy.code, method.gwp_set, method.home, method.title, method.allocation)
    assert digest(said) == SAID[code]
    assert {part for part in ("vessels", "beyond", "certified") if getattr(method, part)} <= set(METHODS[code])


def test_a_changed_number_changes_the_pin() -> None:
    assert digest(dataclasses.replace(POLICY_1, year_gap=4)) != POLICIES["1"]
