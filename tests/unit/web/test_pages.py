"""The pages: what people read, in their language, without JavaScript, and what a page may never say or load."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from decimal import Decimal
from html.parser import HTMLParser
from importlib import resources
from typing import Any

import pytest
from flask.testing import FlaskClient

from passport.calculation import Calculation
from passport.claims import refuse_claims
from passport.display import figure
from passport.i18n import LOCALES, catalogue
from passport.methodology import methodologies
from passport.report import CHECKS
from tests.support.browser_vectors import sample_calculation
from tests.unit.web.conftest import Site
from web.pages.evidence import LABELS, stage_labels
from web.pages.view import Circumstances, build_view
from web.pages.words import Words

BUDGET = 14_000
VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "rect", "path"})


class Page(HTMLParser):
    """Read a page: its visible text, its tags, and whether they are nested rightly."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.text += data

    def find(self, tag: str) -> list[dict[str, str | None]]:
        """Give the attributes of every tag of a name."""
        return [attributes for name, attributes in self.tags if name == tag]


def get(client: FlaskClient, path: str, lang: str, **query: str) -> tuple[Page, Any]:
    answer = client.get(path, query_string={"lang": lang, **query}, headers={"Accept": "text/html"})
    return Page(answer.text), answer


PATHS = ("scan", "old", "/", "/log", "/verify", "/p/0000000000000000", "/01/09520000000264/10/X")


def address(site: Site, name: str) -> str:
    return {"scan": site.path, "old": f"/passports/{site.earlier.uuid}"}.get(name, name)


@pytest.mark.parametrize("lang", LOCALES)
@pytest.mark.parametrize("name", PATHS)
def test_page_is_well_formed_and_loads_nothing_from_others(
    client: FlaskClient, site: Site, name: str, lang: str
) -> None:
    page, answer = get(client, address(site, name), lang)
    assert page.find("html")[0]["lang"] == lang == answer.headers["Content-Language"]
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in page.tags:
        for attribute in ("src", "href", "action", "data-module", "data-bundle"):
            target = attributes.get(attribute)
            own = target is None or (target.startswith(("/", "?", "data:,")) and not target.startswith("//"))
            assert own, (tag, target)
        assert "style" not in attributes
        assert not any(key.startswith("on") for key in attributes)
    for image in page.find("img"):
        assert image["alt"] and image["width"] and image["height"]


@pytest.mark.parametrize("name", ["scan", "old", "/", "/log", "/verify"])
def test_policy_allows_exactly_the_inline_style_and_script(client: FlaskClient, site: Site, name: str) -> None:
    _, answer = get(client, address(site, name), "zh-Hans")
    policy = answer.headers["Content-Security-Policy"]
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        found = re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", answer.text, re.DOTALL)
        hashes = re.findall(r"'sha256-([^']+)'", re.search(rf"{directive} ([^;]*)", policy)[1])  # type: ignore[index]
        assert [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in found] == hashes


@pytest.mark.parametrize("lang", LOCALES)
def test_no_page_makes_a_claim(client: FlaskClient, site: Site, lang: str) -> None:
    for name in PATHS:
        page, _ = get(client, address(site, name), lang)
        refuse_claims(re.sub("[双雙]碳荔枝", "", page.text), field="page")


def test_brand_stands_on_chinese_pages_only(client: FlaskClient, site: Site) -> None:
    for name in ("scan", "old", "/"):
        assert "双碳荔枝" in get(client, address(site, name), "zh-Hans")[0].text
        english = get(client, address(site, name), "en")[0].text
        assert "碳" not in english.replace("简体", "").replace("繁體", "")
    assert "Fresh lychee, variety Guiwei" in get(client, site.path, "en")[0].text


@pytest.mark.parametrize("size", ["", "large"])
@pytest.mark.parametrize("lang", LOCALES)
def test_scan_page_is_one_small_response(client: FlaskClient, site: Site, lang: str, size: str) -> None:
    headers = {"Accept-Encoding": "gzip", "Accept": "text/html"}
    answer = client.get(site.path, query_string={"lang": lang, "size": size}, headers=headers)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.data) <= BUDGET
    text = gzip.decompress(answer.data).decode()
    assert len(re.findall(r"<link[^>]*stylesheet|<script[^>]*src=|<iframe|<object", text)) == 0


def facts_of(site: Site) -> dict[str, Any]:
    facts = json.loads(site.row.credential)["credentialSubject"]["characteristics"]
    assert isinstance(facts, dict)
    return facts


@pytest.mark.parametrize("lang", LOCALES)
def test_printed_stages_add_up_to_the_printed_headline(client: FlaskClient, site: Site, lang: str) -> None:
    _, answer = get(client, site.path, lang)
    stages = re.findall(r"</span><b>(-?[0-9.]+)</b>", answer.text)
    headline = re.search(r'id="headline"[^>]*><b>([0-9.]+)</b>', answer.text)
    assert headline is not None
    assert len(stages) == len(facts_of(site)["stage"])
    assert sum(map(Decimal, stages)) == Decimal(headline[1])
    assert f'id="sum">{headline[1]}<' in answer.text
    assert headline[1] == figure(facts_of(site)["total"])


@pytest.mark.parametrize("lang", LOCALES)
def test_first_screen_says_what_where_when_how_much_and_how_sure(client: FlaskClient, site: Site, lang: str) -> None:
    page, answer = get(client, site.path, lang)
    t, facts = catalogue(lang).text, facts_of(site)
    line = re.search(r'id="headline"[^>]*>(.*?)</p>', answer.text, re.DOTALL)
    assert line is not None
    assert t("scan.unit") in line[1]
    assert t("boundary.delivered") in line[1]
    for one in facts["figures"]:
        assert figure(one["kgCO2e"]) in page.text
    for text in (
        facts["uncertainty"]["low"],
        facts["uncertainty"]["high"],
        "26GW-1",
        t("scan.self_declared"),
        t("status.active"),
    ):
        assert text in page.text
    assert t("scan.measured", share=23) in page.text
    assert ("24 June 2026" if lang == "en" else "2026年6月24日") in page.text


def test_missing_stage_says_how_it_was_filled(client: FlaskClient, site: Site) -> None:
    chinese = get(client, site.path, "zh-Hans")[0].text
    assert "预冷：用电没有记录，按默认值补全" in chinese
    (line,) = re.findall("果园种植：[^<\n]*没有记录，也没有默认值，未计入", chinese)
    assert {"还田枝叶（折纯氮）", "开垦土地"} <= set(line.split("没有")[0].partition("：")[2].split("、"))
    assert "Pre-cooling (Electricity): not recorded, filled with a default" in get(client, site.path, "en")[0].text


def test_aircraft_stand_apart_and_nothing_is_subtracted(client: FlaskClient, site: Site) -> None:
    page, _ = get(client, site.path, "zh-Hans")
    facts = facts_of(site)
    for field in ("aircraft", "aircraftForcing"):
        assert f"{figure(facts[field])} 千克/千克" in page.text
    assert "没有从上面的数字中抵减" in page.text


def test_superseded_version_says_so_and_leads_to_the_newest(client: FlaskClient, site: Site) -> None:
    page, answer = get(client, address(site, "old"), "zh-Hans")
    assert page.text.index("此版本已被更新") < page.text.index(figure(facts_of(site)["total"]))
    assert f'href="{site.path}?lang=zh-Hans"' in answer.text
    assert "暂定数字" in page.text
    newest, _ = get(client, site.path, "zh-Hans")
    assert "此版本已被更新" not in newest.text
    assert "暂定数字" in newest.text  # in the list of versions


def test_revocation_stands_before_any_number(own_site: Site) -> None:
    own_site.season.service.revoke(own_site.row.uuid, "称重记录有误")
    client = own_site.app.test_client()
    page, answer = get(client, own_site.path, "zh-Hans")
    assert page.text.index("已撤销") < page.text.index(figure(facts_of(own_site)["total"]))
    assert "称重记录有误" in page.text
    assert 'class="figure void"' in answer.text
    assert "Revoked" in get(client, own_site.path, "en")[0].text


def test_reading_needs_no_script(client: FlaskClient, site: Site) -> None:
    page, answer = get(client, site.path, "zh-Hans")
    stages = [stage["name"] for stage in facts_of(site)["stage"]]
    silent = {gap["stage"] for gap in facts_of(site)["missing"]} - {name for one in stages for name in one.split("+")}
    assert len(page.find("details")) == len(stages) + len(silent)
    button = next(attributes for attributes in page.find("button") if attributes.get("id") == "check")
    assert "hidden" in button
    assert "<noscript>" in answer.text


def test_check_list_names_every_check_once(client: FlaskClient, site: Site) -> None:
    for path, own in ((site.path, {"page_figures"}), ("/verify", {"log_growth"})):
        page, _ = get(client, path, "zh-Hans")
        listed = [attributes["data-check"] for attributes in page.find("li") if "data-check" in attributes]
        assert len(listed) == len(set(listed))
        assert set(listed) == set(CHECKS) | own


def test_verifier_is_served_under_the_name_of_its_content(client: FlaskClient, site: Site) -> None:
    page, _ = get(client, site.path, "zh-Hans")
    button = next(attributes for attributes in page.find("button") if attributes.get("id") == "check")
    answer = client.get(str(button["data-module"]))
    assert answer.mimetype == "text/javascript"
    assert "immutable" in answer.headers["Cache-Control"]
    assert len(gzip.compress(answer.data, 9)) < 30_000


def test_unchanged_page_is_not_sent_again(client: FlaskClient, site: Site) -> None:
    first = client.get(site.path, headers={"Accept": "text/html"})
    again = client.get(site.path, headers={"Accept": "text/html", "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    other = client.get(f"{site.path}?lang=en", headers={"Accept": "text/html", "If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


def test_language_and_size_stay_in_links(client: FlaskClient, site: Site) -> None:
    _, answer = get(client, site.path, "en", size="large")
    assert 'class="large"' in answer.text
    assert 'href="?lang=zh-Hans&amp;size=large"' in answer.text
    assert 'href="?lang=en"' in answer.text
    assert 'href="/verify?lang=en&amp;size=large"' in answer.text


def test_log_pages_lead_through_the_whole_log(client: FlaskClient, site: Site) -> None:
    size, seen, path = site.season.ledger.size, set(), "/log?before=10"
    while path:
        answer = client.get(path)
        seen |= set(re.findall(r'entries/[0-9a-f]{64}">([0-9]+)<', answer.text))
        newer = re.search(r'href="(/log\?before=[0-9]+)">[^<]*更新', answer.text)
        path = newer[1] if newer else ""
    assert seen == {str(index) for index in range(size)}


def test_rejected_entry_is_shown_as_without_effect(own_site: Site) -> None:
    season = own_site.season
    season.submit(season.chain.add("retail", season.coop, lots=[season.packed], at="2026-06-29T00:00:00Z"))
    assert "不符合规则，未生效" in own_site.app.test_client().get("/log").text


def test_stage_labels_tell_measured_from_default() -> None:
    assert stage_labels(sample_calculation()) == {("gate", "orchard"): "mixed", ("after", "sea"): "partly"}
    sealed = sample_calculation().salted(b"k" * 32).seal(lambda node: node.text("item") != "z" * 42 + "A")
    assert stage_labels(Calculation.from_json(sealed.to_json())) == {}


def test_erased_stage_keeps_its_figure_and_says_that_details_are_closed(own_site: Site) -> None:
    season = own_site.season
    before, _ = get(own_site.app.test_client(), own_site.path, "zh-Hans")
    erased = [season.added[name].entry_id for name in ("diary", "power", "close")]
    season.ledger.erase(erased)
    assert season.service.seal_erased(erased) == 2
    after, answer = get(own_site.app.test_client(), own_site.path, "zh-Hans")
    assert re.search(r"果园种植</span><b>1.64</b>.*?明细不公开", answer.text, re.DOTALL)
    assert "明细不公开" not in before.text
    assert "8.00" in after.text


def test_stages_after_the_gate_stand_in_the_order_of_the_journey(site: Site) -> None:
    credential = json.loads(site.row.credential)
    facts = credential["credentialSubject"]["characteristics"]
    names = ["road", "customs+retail", "air", "other"]
    part = {"part": "after", "lotKgCO2e": "9.500000", "kgCO2e": "0.010000", "lotBucket": {}}
    stages = [{**part, "name": name} for name in names]
    changed = {**facts, "stage": stages, "total": "0.040000", "missing": []}
    subject = {**credential["credentialSubject"], "characteristics": changed}
    view = build_view({**credential, "credentialSubject": subject}, around(), catalogue("en"))
    assert [row.name for row in view.stages] == ["Air transport", "Customs, Retail", "Road transport", "other"]
    assert {row.label for row in view.stages} == {"closed"}


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        (
            "en",
            "A part of the journey is not counted (Sea transport, Road transport): "
            "the figure of the whole way is too low.",
        ),
        ("zh-Hans", "有一段运输未计入（海运、公路运输）：全程数值偏低。"),
        ("zh-Hant", "有一段運輸未計入（海運、公路運輸）：全程數值偏低。"),
    ],
)
def test_leg_that_nobody_reported_stands_beside_the_figure(site: Site, lang: str, text: str) -> None:
    credential = json.loads(site.row.credential)
    facts = credential["credentialSubject"]["characteristics"]
    legs = [{"stage": stage, "slot": "work", "filled": ""} for stage in ("sea", "road", "sea")]
    for missing, wanted in ((legs, text), ([{**legs[0], "slot": "plug_hours"}, {**legs[0], "filled": "a mean"}], "")):
        subject = {**credential["credentialSubject"], "characteristics": {**facts, "missing": missing}}
        assert build_view({**credential, "credentialSubject": subject}, around(), catalogue(lang)).legs == wanted


def test_stage_of_nothing_is_labelled_so(site: Site) -> None:
    credential = json.loads(site.row.credential)
    facts = credential["credentialSubject"]["characteristics"]
    nothing = {"part": "after", "name": "customs", "lotKgCO2e": "0.000000", "kgCO2e": "0.000000", "lotBucket": {}}
    subject = {**credential["credentialSubject"], "characteristics": {**facts, "stage": [*facts["stage"], nothing]}}
    view = build_view({**credential, "credentialSubject": subject}, around(), catalogue("zh-Hans"))
    assert [row.label for row in view.stages if row.name == "报关查验"] == ["zero"]


def test_demo_address_is_marked_as_an_illustration(client: FlaskClient, site: Site) -> None:
    assert "示例数据，仅供演示。" in get(client, site.path, "zh-Hans")[0].text
    assert build_view(json.loads(site.row.credential), around(), catalogue("en")).demo is False


def test_every_label_and_check_has_a_name_in_every_language() -> None:
    for locale in LOCALES:
        for key in [f"label.{label}" for label in (*LABELS, "missing", "uncounted")]:
            assert catalogue(locale).find(key), key
        for name in CHECKS:
            assert catalogue(locale).find(f"check.{name}"), name


def around(**changes: Any) -> Circumstances:
    values: dict[str, Any] = {
        "uuid": "u",
        "path": "/p/x",
        "link": "https://passport.example/p/x",
        "status": "active",
        "reason": "",
        "revoked_on": "",
        "newest": "",
        "names": {},
        "versions": [("u", "final", "2026-08-01")],
        "labels": {},
        "contact": "",
    }
    return Circumstances(**{**values, **changes})


def test_figures_of_any_size_add_up(site: Site) -> None:
    credential = json.loads(site.row.credential)
    facts = credential["credentialSubject"]["characteristics"]
    for scale in ("0.001", "0.0333333", "1", "123.456789"):
        amounts = [Decimal(stage["kgCO2e"]) * Decimal(scale) for stage in facts["stage"]]
        changed = [{**stage, "kgCO2e": f"{amount:.6f}"} for stage, amount in zip(facts["stage"], amounts, strict=True)]
        total = sum(Decimal(stage["kgCO2e"]) for stage in changed)
        other = {**facts, "stage": changed, "total": f"{total:.6f}", "missing": []}
        subject = {**credential["credentialSubject"], "characteristics": other}
        view = build_view({**credential, "credentialSubject": subject}, around(), catalogue("en"))
        assert sum(Decimal(row.value) for row in view.stages) == Decimal(view.headline)
        assert all(0 <= row.bar <= 100 for row in view.stages)


def test_gate_passport_counts_no_stage_after_the_gate(site: Site) -> None:
    credential = json.loads(site.row.credential)
    facts = credential["credentialSubject"]["characteristics"]
    gate = {**facts, "boundary": "gate", "total": facts["figures"][0]["kgCO2e"]}
    inside = [stage for stage in facts["stage"] if stage["part"] == "gate"]
    named = {name for stage in inside for name in stage["name"].split("+")}
    missing = [gap for gap in facts["missing"] if gap["stage"] in named]
    whole = sum(Decimal(stage["lotKgCO2e"]) for stage in inside)
    changed = [
        {**stage, "kgCO2e": f"{Decimal(gate['total']) * Decimal(stage['kgCO2e']) / whole:.6f}"} for stage in inside
    ]
    subject = {**credential["credentialSubject"], "characteristics": {**gate, "stage": changed, "missing": missing}}
    view = build_view({**credential, "credentialSubject": subject}, around(), catalogue("zh-Hans"))
    assert (view.after, len(view.stages)) == (False, len(inside))
    assert dict(view.boundaries)["从果园到销售地"] == "尚未送达"


@pytest.mark.parametrize(
    ("lang", "detail"),
    [
        ("zh-Hans", "撤销日期：2026年8月9日。原因：scales were wrong"),
        ("zh-Hant", "撤銷日期：2026年8月9日。原因：scales were wrong"),
        ("en", "Revoked on 9 August 2026. Reason: scales were wrong"),
    ],
)
def test_banner_of_a_revoked_passport_says_when_and_why(site: Site, lang: str, detail: str) -> None:
    revoked = around(status="revoked", revoked_on="2026-08-09", reason="scales were wrong")
    assert build_view(json.loads(site.row.credential), revoked, catalogue(lang)).banner_detail == detail


def test_days_of_one_month_name_it_once() -> None:
    chinese, english = Words(catalogue("zh-Hans")), Words(catalogue("en"))
    assert chinese.days("2026-06-24", "2026-06-25") == "2026年6月24日至25日"
    assert english.days("2026-06-24", "2026-06-25") == "24 to 25 June 2026"
    assert chinese.days("2026-06-30", "2026-07-01") == "2026年6月30日至2026年7月1日"
    assert chinese.days("2026-06-24", "2026-06-24") == "2026年6月24日"
    assert english.days("spring", "2026-06-24") == "spring to 24 June 2026"


def test_every_fill_of_a_methodology_has_a_name_in_every_language() -> None:
    for fill in {fill for method in methodologies().values() for fill in method.fills}:
        for locale in LOCALES:
            assert catalogue(locale).find(f"fill.{fill.stage}"), fill.stage
            assert catalogue(locale).find(f"slot.{fill.slot}"), fill.slot


def test_chinese_texts_have_no_hand_made_space_beside_latin_letters() -> None:
    for locale in ("zh_Hans", "zh_Hant"):
        file = resources.files("passport.i18n").joinpath(locale, "LC_MESSAGES", "ecarbon.po")
        for line in file.read_text("utf-8").splitlines():
            if line.startswith("msgstr"):
                assert not re.search("[一-鿿] [A-Za-z0-9{]|[A-Za-z0-9}%] [一-鿿]", line), line
