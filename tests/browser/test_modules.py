"""The browser's modules in Chromium: the shared vectors, the published vectors, and many altered bundles."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from iocore.times import format_time
from ledger.log.canonical import jcs
from tests.support.browser_vectors import FAMILIES, FOLDER
from tests.support.passports import NOW
from tests.support.published import PUBLISHED
from tests.unit.web.conftest import Site
from tests.unit.web.test_browser_verdicts import alterations

if TYPE_CHECKING:
    from playwright.sync_api import Page

RUN = """async (text) => {
  const cases = JSON.parse(text);
  const { operations } = await import("/tests/browser/operations.mjs");
  const table = await operations((name) => import(`/web/pages/static/${name}`));
  const results = [];
  for (const { op, args } of cases) {
    try {
      results.push({ value: (await table[op](...args)) ?? null });
    } catch (error) {
      results.push(error.code ? { error: error.code } : { crash: String(error.stack) });
    }
  }
  return results;
}"""


def ask(page: Page, address: str, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    page.goto(f"{address}/tests/browser/operations.mjs")
    found = page.evaluate(RUN, json.dumps(cases))
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_chromium_agrees_with_python(page: Page, source_address: str, family: str) -> None:
    cases = json.loads((FOLDER / f"{family}.json").read_bytes())["cases"]
    asked = [{"op": case["op"], "args": case["args"]} for case in cases]
    for case, found in zip(cases, ask(page, source_address, asked), strict=True):
        shown = {"refused": True} if "error" in found else found
        assert shown == {key: case[key] for key in ("value", "refused") if key in case}, (case, found)


@pytest.mark.parametrize("name", PUBLISHED)
def test_chromium_agrees_with_the_published_vectors(page: Page, source_address: str, name: str) -> None:
    make, count = PUBLISHED[name]
    cases = list(make())
    assert len(cases) == count
    asked = [{"op": op, "args": args} for op, args, _ in cases]
    for (op, args, expected), found in zip(cases, ask(page, source_address, asked), strict=True):
        assert ({"refused": True} if "error" in found else found) == expected, (op, args, found)


def test_chromium_decides_with_its_own_ed25519(page: Page, source_address: str) -> None:
    page.goto(f"{source_address}/tests/browser/operations.mjs")
    own = "async () => (await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])).publicKey.algorithm.name"
    assert page.evaluate(own) == "Ed25519"


@pytest.mark.parametrize("audience", ["public", "full"])
def test_no_altered_bundle_is_consistent_in_chromium(
    page: Page, source_address: str, shown: tuple[Site, str], audience: str
) -> None:
    site, _ = shown
    bundle = json.loads(site.season.service.bundle(site.row.uuid, audience))
    trust = site.season.service.trust_json().decode()
    made = list(alterations(bundle, random.Random(f"chromium {audience}"), kinds=None))
    asked = [{"op": "bundle.verify", "args": [jcs(one).decode(), trust, format_time(NOW)]} for _, one in made]
    for (kind, _), found in zip(made, ask(page, source_address, asked), strict=True):
        assert found["value"]["verdicts"]["consistent"] == "failed", kind
    assert len(made) > 120
