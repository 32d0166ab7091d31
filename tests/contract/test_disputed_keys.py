"""Entries of a misused key are disputed from an index on, not erased, until its owner stands by them anew."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ledger.book.authority import Authority
from ledger.errors import EntryNotFound
from tests.support.chain import Added, ChainBuilder
from tests.support.passports import NOW, Season, build_season
from tests.support.site import app_of

LATE = NOW + timedelta(hours=1)


def revoke(chain: ChainBuilder, actor: str, disputed_from: int | None, label: str = "2026") -> Added:
    vkey = chain.signer(actor, label).public_key.encode()
    text = "" if disputed_from is None else str(disputed_from)
    return chain.must(
        "revoke_key", actor, data={"vkey": vkey, "disputed_from": text}, key=chain.signer(chain.registrar)
    )


def reattest(chain: ChainBuilder, actor: str, refs: list[str], *, label: str, of: str = "2026") -> Added:
    return chain.must("reattest", actor, data={"key": f"{actor}/{of}"}, refs=refs, key=chain.signer(actor, label))


def disputed(chain: ChainBuilder, size: int | None = None) -> list[int]:
    facts = Authority.fold((one.index, one.signed) for one in chain.added[:size]).facts
    return [one.index for one in chain.added[:size] if facts.disputed(one.entry_id)]


def world() -> tuple[ChainBuilder, str, str, list[Added]]:
    chain = ChainBuilder()
    grower = chain.actor("grower", "grower")
    orchard = chain.facility("orchard", grower)
    for number in range(3):
        chain.harvest(grower, orchard, f"lot {number}", "10")
    return chain, grower, orchard, chain.added[-3:]


def test_entries_from_an_index_on_are_disputed_and_stay_in_force() -> None:
    chain, grower, _, harvests = world()
    assert disputed(chain) == []
    revoke(chain, grower, harvests[1].index)
    assert disputed(chain) == [harvests[1].index, harvests[2].index]
    assert all(chain.book.entry(one.entry_id) is not None for one in harvests)
    assert disputed(chain, harvests[2].index + 1) == [], "before the revocation nothing was in doubt"


def test_a_revocation_without_a_window_disputes_nothing() -> None:
    chain, grower, _, _ = world()
    revoke(chain, grower, None)
    assert disputed(chain) == []


def test_the_owner_stands_by_single_entries_with_another_key() -> None:
    chain, grower, _, harvests = world()
    revoke(chain, grower, harvests[1].index)
    chain.register_key(grower, label="2027")
    size = len(chain.added)
    reattest(chain, grower, [harvests[1].entry_id], label="2027")
    assert disputed(chain) == [harvests[2].index]
    assert disputed(chain, size) == [harvests[1].index, harvests[2].index], "a past size shows what it showed"


def test_what_a_disputed_key_stands_by_remains_disputed() -> None:
    chain, grower, _, harvests = world()
    chain.register_key(grower, label="2027")
    revoke(chain, grower, harvests[1].index)
    thief = reattest(chain, grower, [harvests[1].entry_id], label="2027")
    assert disputed(chain) == [harvests[2].index]
    revoke(chain, grower, thief.index, label="2027")
    assert disputed(chain) == [harvests[1].index, harvests[2].index, thief.index]
    chain.register_key(grower, label="2028")
    reattest(chain, grower, [thief.entry_id], label="2028", of="2027")
    assert disputed(chain) == [harvests[2].index]


def test_nobody_else_stands_by_an_entry() -> None:
    chain, grower, _, harvests = world()
    revoke(chain, grower, harvests[1].index)
    other = chain.actor("other", "grower")
    strange = chain.add("reattest", other, data={"key": f"{grower}/2026"}, refs=[harvests[1].entry_id])
    assert strange.codes == ["key-owner"]
    chain.register_key(other, label="2027")
    chain.must(
        "reattest", other, data={"key": f"{other}/2026"}, refs=[harvests[1].entry_id], key=chain.signer(other, "2027")
    )
    assert disputed(chain) == [harvests[1].index, harvests[2].index]


def misuse(season: Season) -> Added:
    """Revoke the cooperative's key and dispute what it signed from the packing on; return the revocation."""
    chain = season.chain
    packed = next(one for one in chain.added if one.signed.entry.kind == "transform")
    added = revoke(chain, season.coop, packed.index)
    assert season.submit(added).status == "logged"
    return added


def test_passports_say_that_they_rest_on_disputed_entries(tmp_path: Path) -> None:
    season = build_season(tmp_path)
    row = season.issue()
    client = app_of(season, tmp_path).test_client()
    page = f"/passports/{row.uuid}?lang=en"
    bundle = season.service.bundle(row.uuid)
    assert season.verify(bundle, now=LATE).complete is True
    assert season.service.disputed(row.uuid) == () and "behind this passport are in doubt" not in client.get(page).text
    misuse(season)
    report = season.verify(bundle, now=LATE)
    assert (report.consistent, report.complete) == (True, False)
    assert [check.name for check in report.failed] == ["keys_unrevoked"]
    assert report.disputed == season.service.disputed(row.uuid) and len(report.disputed) > 1
    assert report.to_json()["disputed"] == list(report.disputed)
    assert f"{len(report.disputed)} of the records" in client.get(page).text
    assert season.service.get(row.uuid).credential == row.credential, "what was signed stays as it is"


def test_passports_are_complete_again_once_the_owner_stands_by_the_entries(tmp_path: Path) -> None:
    season = build_season(tmp_path)
    row = season.issue()
    bundle = season.service.bundle(row.uuid)
    misuse(season)
    names = list(season.service.disputed(row.uuid))
    chain = season.chain
    for added in (
        chain.register_key(season.coop, roles=["cooperative", "packer"], label="2027"),
        reattest(chain, season.coop, names, label="2027"),
    ):
        assert season.submit(added).status == "logged"
    assert season.service.disputed(row.uuid) == ()
    report = season.verify(bundle, now=LATE)
    assert (report.complete, report.disputed) == (True, ())
    later = season.verify(season.service.bundle(season.issue().uuid), now=LATE)
    assert (later.consistent, later.complete, later.disputed) == (True, True, ())


def test_a_single_entry_says_whether_it_is_disputed(tmp_path: Path) -> None:
    season = build_season(tmp_path)
    chain, client = season.chain, app_of(season, tmp_path).test_client()
    packed = next(one for one in chain.added if one.signed.entry.kind == "transform")

    def said(added: Added) -> bool:
        answer = client.get(f"/api/v1/entries/{added.entry_id}").get_json()["disputed"]
        assert isinstance(answer, bool)
        return answer

    assert not said(packed)
    misuse(season)
    assert said(packed)
    assert not said(chain.added[0]), "another key's entry"
    again = chain.register_key(season.coop, roles=["cooperative", "packer"], label="2027")
    for added in (again, reattest(chain, season.coop, [packed.entry_id], label="2027")):
        assert season.submit(added).status == "logged"
    assert not said(packed)


def test_a_passport_issued_in_the_meantime_says_so_without_any_log(tmp_path: Path) -> None:
    season = build_season(tmp_path)
    misuse(season)
    report = season.verify(season.service.bundle(season.issue().uuid), now=LATE)
    assert "disputed" in report.check("entry_keys").detail
    assert (report.consistent, report.complete) == (True, False)


def test_unknown_entries_are_not_called_sound(tmp_path: Path) -> None:
    season = build_season(tmp_path)
    with pytest.raises(EntryNotFound):
        season.ledger.disputed(["0" * 64])


def test_masses_may_be_stated_in_a_disputed_window_and_count() -> None:
    chain, grower, orchard, _ = world()
    lot = chain.harvest(grower, orchard, "late", "7")
    revoke(chain, grower, len(chain.added) - 1)
    found = chain.book.lot_mass(lot)
    assert found is not None and found.mass_kg == 7
