"""The scan page in a real browser: at 360 px, with and without JavaScript, and its own verification."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ledger.log.canonical import jcs
from ledger.log.checkpoint import Checkpoint
from ledger.log.merkle import consistency_proof, leaf_hash, root
from ledger.log.note import b64encode
from ledger.log.signer import Signer
from passport.i18n import catalogue
from passport.report import CHECKS
from passport.verify import verify
from tests.contract.test_disputed_keys import misuse
from tests.support.passports import NOW
from tests.support.site import served
from tests.unit.passport.test_verdicts import power_for_a_lot_nobody_made
from tests.unit.web.conftest import Site, make_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
NEEDS_MORE = {"derivation", "log_trusted", "witnesses", "registrar_trusted", "issuer_trusted"}
NEEDS_MORE |= {"log_copy", "lineage_complete", "keys_unrevoked"}
LOG = Signer.from_seed("log.example/ledger-2026", sha256(b"test/log").digest())
Shown = tuple[Site, str]

OVERFLOW = """() => [...document.querySelectorAll("body *")]
  .filter((one) => one.getClientRects().length > 0)
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5 || one.scrollWidth > one.clientWidth + 1
    && getComputedStyle(one).display !== "inline" && one.clientWidth > 0)
  .map((one) => one.tagName + "." + one.className + " " + one.textContent.slice(0, 40))"""

SMALL_TARGETS = """(least) => [...document.querySelectorAll("a, button, summary, input")]
  .filter((one) => one.getClientRects().length > 0)
  .filter((one) => !one.closest("table"))
  .map((one) => [one.textContent.trim(), one.getBoundingClientRect()])
  .filter(([, box]) => box.height < least || box.width < 40)
  .map(([text, box]) => `${text} ${box.width}x${box.height}`)"""

CONTRAST = """() => {
  const channel = (value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = (color) => {
    const [r, g, b] = color.match(/[0-9.]+/g).map((one) => channel(Number(one) / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (!/^rgba\\(.*, 0\\)$/.test(color)) return color;
    }
    return "rgb(255, 255, 255)";
  };
  return [...document.querySelectorAll("body *")]
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
    .filter((one) => one.getClientRects().length > 0)
    .map((one) => {
      const [a, b] = [light(getComputedStyle(one).color), light(behind(one))].sort((x, y) => y - x);
      return [(a + 0.05) / (b + 0.05), one.textContent.trim().slice(0, 30)];
    })
    .filter(([ratio]) => ratio < 4.5);
}"""


def opened(page: Page, base: str, path: str, lang: str, **query: str) -> None:
    more = "".join(f"&{name}={value}" for name, value in query.items())
    page.goto(f"{base}{path}?lang={lang}{more}")


@pytest.mark.parametrize("size", ["normal", "large"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_overflows_and_everything_can_be_read_and_touched(
    page: Page, shown: Shown, lang: str, size: str
) -> None:
    site, base = shown
    for path in (site.path, f"/passports/{site.earlier.uuid}", "/", "/log", "/verify"):
        opened(page, base, path, lang, size=size)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") == 360, path
        assert page.evaluate(OVERFLOW) == [], path
        assert page.evaluate(SMALL_TARGETS, 44) == [], path
        assert page.evaluate(CONTRAST) == [], path
        smallest = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
        assert smallest >= (24 if size == "large" and path != "/verify" else 18), path


@pytest.mark.parametrize("lang", LANGUAGES)
def test_shown_stages_add_up_to_the_shown_headline(page: Page, shown: Shown, lang: str) -> None:
    site, base = shown
    opened(page, base, site.path, lang)
    numbers = [Decimal(text) for text in page.locator(".stage:not(.missing) summary b").all_inner_texts()]
    headline = page.locator("#headline b").inner_text()
    assert len(numbers) == 4
    assert sum(numbers) == Decimal(headline)
    assert page.locator("#sum").inner_text() == headline


def test_reads_without_javascript(chromium: Browser, shown: Shown) -> None:
    site, base = shown
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    opened(page, base, site.path, "zh-Hans")
    assert page.locator("#headline").is_visible()
    assert not page.locator("#check").is_visible()
    assert page.locator("noscript").inner_text().strip()
    page.locator("summary").first.click()
    assert page.locator("details[open] dl").first.is_visible()
    context.close()


def test_loads_one_response_and_nothing_from_others(page: Page, shown: Shown) -> None:
    site, base = shown
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    opened(page, base, site.path, "zh-Hans")
    page.wait_for_load_state("networkidle")
    assert requested[0].startswith(base)
    assert all(url.startswith((base, "data:")) for url in requested)
    assert [url for url in requested if "qr.svg" not in url and not url.startswith("data:")] == [requested[0]]


def check(page: Page, wanted: set[str]) -> dict[str, str]:
    """Press the button and give each check's outcome."""
    page.locator("#check").click()
    page.locator("#verdicts").wait_for(state="visible")
    rows = page.locator("#checks li:visible")
    found = {str(row.get_attribute("data-check")): str(row.get_attribute("class")) for row in rows.all()}
    assert set(found) == wanted
    return found


def verdicts(page: Page) -> dict[str, str]:
    rows = page.locator("#verdicts li").all()
    return {str(row.get_attribute("data-verdict")): str(row.get_attribute("class")) for row in rows}


ALL = set(CHECKS) | {"page_figures"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_good_passport_is_verified_on_the_phone(page: Page, shown: Shown, lang: str) -> None:
    site, base = shown
    page.clock.set_fixed_time(NOW + timedelta(hours=1))
    opened(page, base, site.path, lang)
    found = check(page, ALL)
    assert {name for name, outcome in found.items() if outcome != "passed"} == NEEDS_MORE
    assert {outcome for name, outcome in found.items() if name in NEEDS_MORE} == {"not_checked"}
    assert verdicts(page) == {"consistent": "passed", "trusted": "not_checked", "complete": "not_checked"}
    count = page.locator("#checks li.passed").count()
    skipped = page.locator("#checks li.not_checked").count()
    summary = catalogue(lang).text("check.summary", passed=count, failed=0, skipped=skipped)
    assert page.locator("#outcome").inner_text() == summary
    assert page.evaluate(OVERFLOW) == []
    assert page.evaluate(CONTRAST) == []


def altered(bundle: dict[str, Any], kind: str) -> str:
    facts = bundle["credential"]["credentialSubject"]["characteristics"]
    if kind == "figure":
        facts["total"] = "0.100000"
    elif kind == "note":
        bundle["entries"][5]["note"] = bundle["entries"][5]["note"].replace("2026", "2025", 1)
    elif kind == "leaf":
        node = next(one for one in bundle["calculation"]["nodes"] if one.get("op") == "factor")
        node["value"] = "0.0001"
    elif kind == "proof":
        bundle["entries"][5]["proof"] = bundle["entries"][6]["proof"]
    elif kind == "opening":
        lines = next(lines for lines in bundle["openings"].values() if '"950"' in lines[0])
        lines[0] = lines[0].replace('"950"', '"951"')
    return jcs(bundle).decode()


@pytest.mark.parametrize(
    ("kind", "failing"),
    [
        ("figure", {"credential_form", "credential_proof"}),
        ("note", {"inclusion", "entry_signatures", "lineage_digest"}),
        ("leaf", {"calculation_digest"}),
        ("proof", {"inclusion"}),
        ("opening", {"openings_match"}),
    ],
)
def test_altered_bundle_fails_by_name(page: Page, shown: Shown, kind: str, failing: set[str]) -> None:
    site, base = shown
    text = altered(json.loads(site.season.service.bundle(site.row.uuid, "public")), kind)
    page.clock.set_fixed_time(NOW)

    def answer(route: Route) -> None:
        route.fulfill(body=text, content_type="application/json")

    page.route("**/bundle", answer)
    opened(page, base, site.path, "zh-Hans")
    found = check(page, ALL)
    failed = {name for name, outcome in found.items() if outcome == "failed"}
    assert failed & failing, failed
    assert verdicts(page)["consistent"] == "failed"
    distrust, summary = page.locator("#outcome").inner_text().split("\n")
    assert distrust == "请不要相信此页面的数字。"
    assert f"{page.locator('#checks li.failed').count()}项未通过" in summary
    line = page.locator("#headline b").evaluate("(one) => getComputedStyle(one).textDecorationLine")
    assert line == "line-through"


def test_page_that_shows_another_figure_than_its_evidence_is_caught(page: Page, shown: Shown) -> None:
    site, base = shown
    page.clock.set_fixed_time(NOW)

    def answer(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=re.sub(r'data-value="[0-9.]+"', 'data-value="0.1"', response.text()))

    page.route(re.compile(r"/01/"), answer)
    opened(page, base, site.path, "zh-Hans")
    found = check(page, ALL)
    assert {name for name, outcome in found.items() if outcome == "failed"} == {"page_figures"}


def grown(page: Page, verdict: str) -> str:
    """Press the button of /verify, and give what it says about the saved tree head."""
    page.locator("#run").click()
    page.locator("#verdicts").wait_for(state="visible")
    line = page.locator('[data-check="log_growth"]')
    assert line.get_attribute("class") == verdict, line.inner_text()
    return line.locator(".detail").inner_text()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_saved_tree_head_is_compared_by_the_tiles_of_the_log(
    page: Page, shown: Shown, lang: str, tmp_path: Path
) -> None:
    site, base = shown
    page.clock.set_fixed_time(NOW)
    bundle, head = site.season.service.bundle(site.row.uuid, "public"), site.season.ledger.size
    leaves = [leaf_hash(entry.note) for entry in site.season.ledger.entries()]
    opened(page, base, "/verify", lang)
    page.locator("summary").click()
    page.locator("#bundle").set_input_files({"name": "b.json", "mimeType": "text/plain", "buffer": bundle})
    for roots, verdict in ((leaves[:20], "passed"), (leaves[1:21], "failed"), (leaves[:head], "passed")):
        note = LOG.sign_note(Checkpoint(LOG.name, len(roots), root(roots)).text())
        page.locator("#older").set_input_files({"name": "checkpoint", "mimeType": "text/plain", "buffer": note})
        said = grown(page, verdict)
        if verdict == "passed":
            assert said == catalogue(lang).text("reason.grown", count=f"{len(roots)} \u2192 {head}")
    assert page.evaluate(OVERFLOW) == []
    assert page.evaluate(CONTRAST) == []


def test_disputed_records_are_named_on_the_phone(page: Page, tmp_path: Path) -> None:
    site = make_site(tmp_path)
    misuse(site.season)
    row = site.season.issue()
    expected = verify(site.season.service.bundle(row.uuid, "public"), trust=None, now=NOW).disputed
    assert len(expected) > 1
    with served(site.app) as base:
        page.clock.set_fixed_time(NOW)
        opened(page, base, site.path, "zh-Hant")
        check(page, ALL)
        line = page.locator('[data-check="entry_keys"]')
        assert line.get_attribute("class") == "passed"
        text, *ids = line.locator(".detail").inner_text().split("\n")
        assert (text, tuple(ids)) == (catalogue("zh-Hant").text("reason.disputed", count=len(expected)), expected)
        assert page.evaluate(OVERFLOW) == []
        assert page.evaluate(CONTRAST) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_rejected_records_are_named_on_the_phone(page: Page, tmp_path: Path, lang: str) -> None:
    site = make_site(tmp_path)
    entry_id = power_for_a_lot_nobody_made(site.season)
    site.season.issue()
    with served(site.app) as base:
        page.clock.set_fixed_time(NOW)
        opened(page, base, site.path, lang)
        check(page, ALL)
        line = page.locator('[data-check="lineage_digest"]')
        assert line.get_attribute("class") == "passed"
        told = line.locator(".detail").inner_text().split("\n")
        assert told == [catalogue(lang).text("reason.rejected", count=1), entry_id]
        assert page.evaluate(OVERFLOW) == []
        assert page.evaluate(CONTRAST) == []


def test_lost_network_is_said_and_can_be_tried_again(page: Page, shown: Shown) -> None:
    site, base = shown
    page.clock.set_fixed_time(NOW)
    page.route("**/bundle", lambda route: route.fulfill(status=503, body="later"), times=1)
    opened(page, base, site.path, "zh-Hans")
    with page.expect_console_message(lambda line: "503" in line.text):
        page.locator("#check").click()
    page.locator("#outcome", has_text="证据没有下载成功").wait_for()
    assert page.locator("#verdicts").is_hidden()


def test_browser_without_ed25519_reaches_the_same_verdict(page: Page, shown: Shown) -> None:
    site, base = shown
    page.clock.set_fixed_time(NOW)
    page.add_init_script(
        "const own = SubtleCrypto.prototype.importKey;"
        "SubtleCrypto.prototype.importKey = function (format, key, name, ...rest) {"
        "  if (name === 'Ed25519') return Promise.reject(new DOMException('none', 'NotSupportedError'));"
        "  return own.call(this, format, key, name, ...rest); };"
    )
    opened(page, base, site.path, "en")
    check(page, ALL)
    assert verdicts(page)["consistent"] == "passed"


def test_saved_checker_works_from_a_file_without_network(chromium: Browser, shown: Shown, tmp_path: Path) -> None:
    site, _ = shown
    bundle, trust, saved = tmp_path / "x.bundle.json", tmp_path / "trust.json", tmp_path / "verify.html"
    bundle.write_bytes(site.season.service.bundle(site.row.uuid, "full"))
    trust.write_bytes(site.season.service.trust_json())
    answer = site.app.test_client().get("/verify?lang=zh-Hans&download")
    assert "attachment" in answer.headers["Content-Disposition"]
    saved.write_bytes(answer.data)
    context = chromium.new_context(offline=True, viewport={"width": 360, "height": 740})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.clock.set_fixed_time(NOW)
    page.goto(saved.as_uri())
    assert page.locator("#run").is_disabled()
    page.locator("#bundle").set_input_files(bundle)
    page.locator("#trust").set_input_files(trust)
    page.locator("#run").click()
    page.locator("#verdicts").wait_for(state="visible")
    assert verdicts(page) == {"consistent": "passed", "trusted": "passed", "complete": "not_checked"}
    assert "1802.202952" in page.locator("#figures").inner_text()
    older, proof = tmp_path / "checkpoint", tmp_path / "proof"
    leaves = [leaf_hash(entry.note) for entry in site.season.ledger.entries()]
    older.write_bytes(LOG.sign_note(Checkpoint(LOG.name, 20, root(leaves[:20])).text()))
    hashes = consistency_proof(leaves, 20)
    page.locator("summary").click()
    page.locator("#older").set_input_files(older)
    assert grown(page, "not_checked") == catalogue("zh-Hans").text("reason.proof")
    proof.write_text("".join(f"{b64encode(one)}\n" for one in hashes))
    page.locator("#proof").set_input_files(proof)
    assert grown(page, "passed") == catalogue("zh-Hans").text("reason.grown", count=f"20 \u2192 {len(leaves)}")
    proof.write_text("".join(f"{b64encode(one)}\n" for one in hashes[1:]))
    page.locator("#proof").set_input_files(proof)
    assert grown(page, "failed") != ""
    bundle.write_bytes(bundle.read_bytes().replace(b"1802.202952", b"1802.202953"))
    page.locator("#bundle").set_input_files(bundle)
    page.locator("#run").click()
    page.locator("#outcome", has_text="请不要相信").wait_for()
    assert verdicts(page)["consistent"] == "failed"
    assert faults == []
    context.close()
