"""The generated schema accepts what the rules accept, and names every kind and stage."""

from __future__ import annotations

import json

import jsonschema
import pytest

from iocore.units import UNITS
from ledger.book.entry import HEADER
from ledger.book.kind import kinds
from ledger.book.schema import entry_schema
from ledger.book.stage import life_cycle, stages
from ledger.log.note import SignedNote
from tests.support.chain import gs1_lot, mass
from tests.unit.book.conftest import Season

VALIDATOR = jsonschema.Draft202012Validator(entry_schema("https://passport.example"))


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(entry_schema())
    assert entry_schema()["properties"]["kind"]["enum"] == list(kinds())


def test_signed_entries_match_it(season: Season) -> None:
    chain = season.chain
    lot = chain.harvest(season.grower, season.plot, "H1", "60")
    chain.hand_over(season.grower, season.coop, {lot: "60"})
    packed = gs1_lot(season.product, "P1")
    assert not chain.pack(season.coop, season.house, {lot: "60"}, {packed: "58"}, items=[mass(lot, "loss", "2")]).codes
    for signed in chain.envelopes:
        VALIDATOR.validate(json.loads(SignedNote.parse(signed.note).text[len(HEADER) :]))


@pytest.mark.parametrize(
    ("field", "value"),
    [("kind", "teleport"), ("seq", 0), ("actor", "a_x"), ("lots", ["x"]), ("data", {"out": []}), ("facility", "")],
)
def test_altered_entry_does_not_match_it(season: Season, field: str, value: object) -> None:
    season.chain.harvest(season.grower, season.plot, "H1", "60")
    entry = json.loads(SignedNote.parse(season.chain.envelopes[-1].note).text[len(HEADER) :])
    assert VALIDATOR.is_valid(entry)
    assert not VALIDATOR.is_valid({**entry, field: value})


def test_schema_is_plain_json() -> None:
    schema = entry_schema("https://passport.example")
    assert json.loads(json.dumps(schema)) == schema


def test_stages_stand_in_the_order_of_a_life() -> None:
    assert [stage.code for stage in life_cycle()][:4] == ["orchard", "harvest", "precooling", "packing"]
    assert len({stage.order for stage in stages().values()}) == len(stages())


def test_every_slot_has_a_known_unit_and_a_code_of_its_own() -> None:
    for stage in stages().values():
        codes = [slot.code for slot in stage.slots]
        assert len(set(codes)) == len(codes)
        assert all(slot.unit in UNITS for slot in stage.slots)
        assert stage.slot("waste_compost") is not None
        assert stage.slot("nothing") is None
