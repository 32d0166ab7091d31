"""The list of parties: ids, names, products and keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.book.kind import known_roles
from ledger.ids import parse_actor_id, parse_facility_id
from tests.support.demo_season import DEMO, SALTS, actors, keys_of, sign_file, sign_season
from web.imports.base import Draft, Source
from web.imports.directory import Directory
from web.imports.files import kinds, read_file
from web.imports.history import History
from web.imports.parties import fresh_id
from web.imports.salts import RandomSalts
from web.imports.sign import sign_drafts

HEAD = "类别,日期,简称,编号,所属或代管方,角色或类型,中文名,GTIN,形态,品种\n"


def _parties(tmp_path: Path, row: str) -> Path:
    path = tmp_path / "parties.csv"
    path.write_text(HEAD + row + "\n", encoding="utf-8")
    return path


def test_row_without_an_id_is_answered_with_a_fresh_one(tmp_path: Path) -> None:
    result = read_file(_parties(tmp_path, "主体,2026-05-20,new,,coop,grower,某某,,,"))
    (found,) = result.findings
    assert found.code == "id-needed" and not result.drafts
    offered = found.advice("en").split("paste ")[1].split(" ")[0]
    assert parse_actor_id(offered)


def test_fresh_ids_differ() -> None:
    assert parse_facility_id(fresh_id("f")) != parse_facility_id(fresh_id("f"))


@pytest.mark.parametrize("gtin", ["09520000000265", "9520000000264", "", "０"])
def test_product_needs_a_valid_gtin(tmp_path: Path, gtin: str) -> None:
    result = read_file(_parties(tmp_path, f"产品,2026-05-20,x,,coop,product,某果,{gtin},鲜果,桂味"))
    assert {finding.code for finding in result.findings} & {"gtin-malformed", "value-missing"}
    assert not result.drafts


@pytest.mark.parametrize(("area", "unit", "mu"), [("48", "亩", "48"), ("3.2", "公顷", "48"), ("400", "m2", "0.6")])
def test_an_orchard_states_its_area_in_mu(tmp_path: Path, area: str, unit: str, mu: str) -> None:
    """A hectare is 15 mu, a mu 10,000 / 15 square metres."""
    path = tmp_path / "parties.csv"
    row = f"场所,2026-05-20,plot,f_g5uc6dryavaemt75,g1,果园,某园,{area},{unit}"
    path.write_text(f"类别,日期,简称,编号,所属或代管方,角色或类型,中文名,面积,单位\n{row}\n", encoding="utf-8")
    (draft,) = read_file(path).drafts
    assert [(value["area"], value["unit"]) for name, value in draft.items if name == "place"] == [(mu, "mu")]
    path.write_text(path.read_text(encoding="utf-8").replace(unit, "公斤"), encoding="utf-8")
    assert [one.code for one in read_file(path).findings] == ["unit-impossible"]


def test_names_resolve_by_reference_name_and_id() -> None:
    history = History()
    sign_season(history, until="01-parties.csv")
    ids = actors()
    for name in (
        "coop",
        "COOP",
        "从化青塘荔枝专业合作社（演示）",
        "Qingtang Lychee Cooperative of Conghua (demo)",
        ids["coop"],
    ):
        assert history.directory.actor(name) == ids["coop"]
    assert history.directory.actor("nobody") == ""
    assert history.directory.facility("大岭桂味园") == history.directory.facility("orchard-g1") != ""


def test_name_of_two_parties_means_neither() -> None:
    directory = Directory()
    for actor in ("a_aaaaaaaaaaaaaaaa", "a_bbbbbbbbbbbbbbbb"):
        directory.learn(
            kind="register_actor", actor=actor, facility="", items=[("name", {"text": "老王", "lang": "zh"})]
        )
    assert directory.actor("老王") == ""
    assert directory.actors("老王") == ("a_aaaaaaaaaaaaaaaa", "a_bbbbbbbbbbbbbbbb")


def test_row_with_a_name_of_two_parties_lists_their_ids() -> None:
    history = History()
    sign_season(history, until="01-parties.csv")
    twin = actors()["g2"]
    history.directory.learn(
        kind="register_actor", actor=twin, facility="", items=[("name", {"text": "梁顺成", "lang": "zh"})]
    )
    draft = Draft("梁顺成", "", "activity", "orchard", {}, (), (), "2026-06-01T00:00:00Z", Source("diary.csv", row=2))
    (found,) = sign_drafts([draft], history=history, keys={}, salts=SALTS).findings
    assert (found.code, found.row) == ("name-shared", 2)
    assert all(one in text for one in (twin, actors()["g1"]) for text in (found.message_zh, found.message_en))


def test_keys_prove_possession_and_only_the_registrar_registers(tmp_path: Path) -> None:
    history = History()
    sign_season(history, until="01-parties.csv")
    assert len(history.book.keyring) == 10
    row = f"主体,2026-05-21,late,{fresh_id('a')},,retailer,晚到的店,,,"
    done = sign_file(_parties(tmp_path, row), history, ["coop", "sha"])
    (found,) = done.findings
    assert found.code == "registrar-needed" and "keys/registrar.key" in found.advice("en")
    assert len(sign_file(_parties(tmp_path, row), history, ["registrar"]).signed.batch) == 1


def test_registrar_already_in_entry_zero_is_left_alone() -> None:
    drafts = read_file(DEMO / "01-parties.csv").drafts
    history = History()
    keys = keys_of(list(actors()))
    first = sign_drafts(drafts[:2], history=history, keys=keys, salts=SALTS)
    assert [entry.draft.kind for entry in first.batch] == ["register_key", "register_actor"]
    again = sign_drafts(drafts, history=history, keys=keys, salts=SALTS)
    assert [entry_id for _, entry_id in again.skipped] == [entry.entry_id for entry in first.batch]
    assert not again.findings


def test_random_salts_never_repeat() -> None:
    source = RandomSalts()
    assert len({source.salt("same", 0) for _ in range(50)}) == 50


def test_form_shows_what_an_issued_passport_needs_to_be_public() -> None:
    shown = [row["type"] for row in kinds()["parties"].examples if row.get("audience") == "公开"]
    assert shown == ["场所", "产品"]


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        ("干旱,气象站 2016-2025", {"zone": "dry", "evidence": "document", "source": "气象站 2016-2025"}),
        ("湿润,", {"zone": "wet", "evidence": "own_statement"}),
        (",", None),
    ],
)
def test_facility_may_say_what_climate_it_has(tmp_path: Path, cells: str, wanted: dict[str, str] | None) -> None:
    path = tmp_path / "parties.csv"
    row = f"场所,2026-05-20,plot,f_g5uc6dryavaemt75,g1,orchard,{cells}\n"
    path.write_text("类别,日期,简称,编号,所属或代管方,角色或类型,气候,气候依据\n" + row, encoding="utf-8")
    (draft,) = read_file(path).drafts
    assert dict(draft.items).get("climate") == wanted


@pytest.mark.parametrize(
    ("written", "roles"),
    [
        ("种植户", ["grower"]),
        ("合作社、包装厂，冷库", ["cold_store", "cooperative", "packer"]),
        ("freight agent cold_store", ["cold_store", "freight_agent"]),
    ],
)
def test_roles_are_read_as_people_write_them(tmp_path: Path, written: str, roles: list[str]) -> None:
    row = f'主体,2026-05-20,new,{fresh_id("a")},,"{written}",某某,,,'
    (draft,) = read_file(_parties(tmp_path, row)).drafts
    assert draft.data["roles"] == roles


def test_a_role_that_nobody_knows_is_answered_with_all_there_are(tmp_path: Path) -> None:
    (found,) = read_file(_parties(tmp_path, f"主体,2026-05-20,new,{fresh_id('a')},,村长,某某,,,")).findings
    assert found.code == "choice-unknown" and "种植户 grower" in found.advice("zh")
    for role in known_roles():
        assert role.replace("_", " ") in found.advice("en")


def test_a_place_is_read_in_chinese(tmp_path: Path) -> None:
    (draft,) = read_file(_parties(tmp_path, f"场所,2026-05-20,new,{fresh_id('f')},coop,果园,某园,,,")).drafts
    assert draft.data["type"] == "orchard"


@pytest.mark.parametrize(
    ("country", "region", "read"),
    [("中国", "CN-GD", "CN"), ("nl", "", "NL"), ("越南", "", "country-unknown"), ("CN", "广东", "region-unknown")],
)
def test_a_country_is_a_code_since_its_grid_is_chosen_by_it(
    tmp_path: Path, country: str, region: str, read: str
) -> None:
    path = tmp_path / "parties.csv"
    row = f"场所,2026-05-20,new,{fresh_id('f')},coop,orchard,{country},{region}"
    path.write_text("类别,日期,简称,编号,所属或代管方,角色或类型,国家,地区代码\n" + row + "\n", encoding="utf-8")
    result = read_file(path)
    if result.findings:
        assert [found.code for found in result.findings] == [read]
    else:
        assert dict(result.drafts[0].items)["place"]["country"] == read
