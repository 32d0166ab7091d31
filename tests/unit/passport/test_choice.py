"""Which method a lot is accounted with, and what a verifier makes of a method or a product that it does not share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import passport.document
from ledger.book.product import OTHER, ProductType, products
from passport.checks import figures
from passport.choice import method_of
from passport.errors import IssueRefused, LotNotFound, MethodologyNotFound
from passport.methodology import methodology
from tests.support.passports import Season, build_season


@pytest.fixture
def own(tmp_path: Path) -> Season:
    return build_season(tmp_path)


def patched(**changes: str) -> Mapping[str, ProductType]:
    return {**products(), "fresh": replace(products()["fresh"], **changes)}


def test_a_lot_is_accounted_as_asked_or_as_its_product_says(own: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    book = own.ledger.book()
    usual = products()["fresh"].methodology
    other = "lychee-fresh@2" if usual == "lychee-fresh@1" else "lychee-fresh@1"
    asked = methodology(other)
    assert method_of(book, own.packed).code == usual
    assert method_of(book, own.packed, other) is method_of(book, own.packed, asked) is asked
    monkeypatch.setattr("passport.choice.products", lambda: patched(methodology=other))
    assert method_of(book, own.packed) is asked
    assert book.lots[own.harvested].product_gtin == ""
    assert method_of(book, own.harvested).code == products()[OTHER].methodology == usual
    row = own.issue()
    assert own.service.disclosure(row.uuid).methodology == other
    with pytest.raises(LotNotFound):
        method_of(book, "p:nobody")
    with pytest.raises(MethodologyNotFound):
        method_of(book, own.packed, "lychee-fresh@0")


def test_new_version_keeps_the_method_unless_another_is_asked_for(own: Season) -> None:
    first = own.issue(methodology="lychee-fresh@2")
    second = own.service.supersede(first.uuid)
    assert own.service.disclosure(second.uuid).methodology == "lychee-fresh@2"
    third = own.service.supersede(second.uuid, methodology="lychee-fresh@1")
    assert own.service.disclosure(third.uuid).methodology == "lychee-fresh@1"
    assert own.service.exposed_changes(third.uuid) == ()


def test_method_that_the_verifier_lacks_leaves_the_derivation_unchecked(
    own: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = own.service.bundle(own.issue(methodology="lychee-fresh@2").uuid)
    monkeypatch.setattr(figures, "methodologies", lambda: {"lychee-fresh@1": methodology("lychee-fresh@1")})
    report = own.verify(bundle)
    assert (report.check("derivation").outcome, report.consistent) == ("not_checked", True)
    assert "lychee-fresh@2" in report.check("derivation").detail


@pytest.mark.parametrize("change", [{"cpc": "21419"}, {"category": "Roses"}, {"origin": "garden"}])
def test_another_class_or_origin_than_that_of_the_product_fails(
    own: Season, monkeypatch: pytest.MonkeyPatch, change: dict[str, str]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(passport.document, "products", lambda: patched(**change))
        bundle = own.service.bundle(own.issue().uuid)
    report = own.verify(bundle)
    assert [check.name for check in report.failed] == ["derivation"]


def test_product_without_a_class_gets_no_passport(own: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passport.document, "products", lambda: patched(cpc=""))
    with pytest.raises(IssueRefused, match="no class"):
        own.issue()
    assert own.service.find() == ()


@pytest.mark.parametrize("method", ["lychee-dried@1", "lychee-wine@1"])
def test_method_of_another_product_is_refused(own: Season, method: str) -> None:
    with pytest.raises(IssueRefused, match="not made for the product"):
        own.issue(methodology=method)
    assert own.service.find() == ()
