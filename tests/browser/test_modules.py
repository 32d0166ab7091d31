"""The browser's modules in Chromium: the shared vectors, the published signature vectors, and many altered bundles."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from iocore.times import format_time
from ledger.log.canonical import jcs
from tests.support.browser_vectors import FAMILIES, FOLDER, answer
from tests.support.passports import NOW
from tests.unit.web.conftest import Site
from tests.unit.web.test_browser_verdicts import alterations

if TYPE_CHECKING:
    from playwright.sync_api import Page

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "vectors"
RUN = """async (cases) => {
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
    found = page.evaluate(RUN, cases)
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_chromium_agrees_with_python(page: Page, source_address: str, family: str) -> None:
    cases = json.loads((FOLDER / f"{family}.json").read_bytes())["cases"]
    asked = [{"op": case["op"], "args": case["args"]} for case in cases]
    for case, found in zip(cases, ask(page, source_address, asked), strict=True):
        shown = {"refused": True} if "error" in found else found
        assert shown == {key: case[key] for key in ("value", "refused") if key in case}, (case, found)


def test_chromium_agrees_on_published_signature_vectors(page: Page, source_address: str) -> None:
    if not PUBLISHED.is_dir():
        pytest.skip("the published Ed25519 vectors are not here: 914 edge cases were not tried in Chromium")
    vectors = json.loads((PUBLISHED / "ed25519-edge" / "cctv_ed25519vectors.json").read_bytes())
    asked = [
        {"op": op, "args": [one["key"], one["msg"].encode().hex(), one["sig"]]}
        for one in vectors
        for op in ("ed25519.verify", "ed25519.verify_with_noble")
    ]
    for case, found in zip(asked, ask(page, source_address, asked), strict=True):
        assert ({"refused": True} if "error" in found else found) == answer("ed25519.verify", case["args"]), case
    assert len(vectors) == 914


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
