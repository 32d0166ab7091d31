"""Check that verdicts come from all checks, and that nothing passes by default."""

from __future__ import annotations

import pytest

from passport.errors import MalformedBundle
from passport.report import CHECKS, OPTIONAL, NotChecked, Notebook, VerificationReport


def report(notebook: Notebook) -> VerificationReport:
    return VerificationReport("bundle", notebook.checks())


def all_passed() -> Notebook:
    notebook = Notebook()
    for name in CHECKS:
        with notebook.check(name):
            pass
    return notebook


def test_an_empty_notebook_leaves_every_verdict_open() -> None:
    found = report(Notebook())
    assert (found.consistent, found.trusted, found.complete) == (None, None, None)
    assert {check.outcome for check in found.checks} == {"not_checked"}
    assert len(found.checks) == len(CHECKS)


def test_verdicts_need_every_check_that_is_not_optional() -> None:
    assert report(all_passed()).consistent is True
    for name, part in CHECKS.items():
        notebook = all_passed()
        with notebook.check(name):
            raise NotChecked("skipped")
        found = report(notebook)
        assert found.verdict(part) is (True if name in OPTIONAL else None)
        assert [found.verdict(other) for other in ("consistent", "trusted", "complete") if other != part] == [
            True,
            True,
        ]


@pytest.mark.parametrize("error", [MalformedBundle("bad"), ValueError("x"), RecursionError(), ZeroDivisionError()])
def test_whatever_a_check_raises_fails_that_check_only(error: Exception) -> None:
    notebook = all_passed()
    with notebook.check("inclusion"):
        raise error
    found = report(notebook)
    assert [check.name for check in found.failed] == ["inclusion"]
    assert (found.consistent, found.trusted, found.complete) == (False, True, True)
    assert found.check("inclusion").detail


def test_a_check_that_needs_another_is_left_when_that_one_has_not_passed() -> None:
    notebook = Notebook()
    with notebook.check("inclusion"):
        notebook.need("entry_form")
    assert report(notebook).check("inclusion").outcome == "not_checked"
    assert "entry_form" in report(notebook).check("inclusion").detail


def test_json_form_names_verdicts_and_checks() -> None:
    value = report(all_passed()).to_json()
    assert value["verdicts"] == {"consistent": True, "trusted": True, "complete": True}
    assert [check["name"] for check in value["checks"]] == list(CHECKS)
