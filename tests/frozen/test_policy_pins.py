"""What passports were issued under never changes: the first policy and the whole of `lychee-fresh@1` are pinned.

A digest here is never replaced. Another judgement is another policy, another recipe another version of the method.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping

import pytest

from passport.methodologies.lychee_fresh_v1 import METHODOLOGY
from passport.policy import POLICY_1

POLICY = "57e4ef24e21fad4d3008d9bbab2eb1b0736261ccf84cc91ae8c3f1cb56e43102"
PARTS = {
    "recipes": "8dafed96cde6bfd9c0bfc6bbafb9235fc4f8009afb23ec774bd9f2c9e8c5000b",
    "vehicles": "2554d4aa68cd40d541e4a980c4d699d5cfa31dac39d2b8e945b17934d17b31d3",
    "fills": "3100f8709bb5beb4cbdc179e8ecf28481a1c735435a17af6a4ff7718b7a34b0c",
    "gwps": "33ad1a5791fbc0e9a0d18a81a7faa479892c97333c9745f1d64cdb904a341267",
    "required": "ce22c4d4c5eae5ccd379112e5cacae0e8b14d7e11f6cb6ff7051609e07e42108",
    "grid": "fc66ad85ce1c05fef0620dd7ec2a25be69385f892fc8159aa1f3796620f42705",
    "sets": "d503d95a130c7ec8ed643ee36a932704b25b5a71c655c85e997640e65d5722fa",
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
    assert isinstance(value, str | int | bool)
    return repr(value)


def digest(value: object) -> str:
    return hashlib.sha256(written(value).encode()).hexdigest()


def test_first_policy_is_what_it_was() -> None:
    assert digest(POLICY_1) == POLICY


@pytest.mark.parametrize("part", sorted(PARTS))
def test_first_method_is_what_it_was(part: str) -> None:
    assert digest(getattr(METHODOLOGY, part)) == PARTS[part]


def test_first_method_keeps_its_policy_and_words() -> None:
    assert METHODOLOGY.policy is POLICY_1
    said = (METHODOLOGY.code, METHODOLOGY.gwp_set, METHODOLOGY.home, METHODOLOGY.title, METHODOLOGY.allocation)
    assert said == (
        "lychee-fresh@1",
        "AR6",
        "CN",
        "Partial footprint of lychee, cradle to gate and cradle to delivered",
        "by value at grading (three-season mean prices), in a cold store by mass and days, otherwise by mass",
    )


def test_a_changed_number_changes_the_pin() -> None:
    assert digest(dataclasses.replace(POLICY_1, year_gap=4)) != POLICY
