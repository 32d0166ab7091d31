"""An entry counts for a passport exactly where the log let it take effect, whatever the lineage alone shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ledger.book.kind import kinds
from ledger.book.lineage import KEY_KINDS, closure
from ledger.book.state import Book, Outcome
from ledger.log.canonical import jcs_decode
from passport.assess import Assessment, assess, earlier_sizes
from passport.disclosure import Disclosure, read_disclosure
from passport.errors import MalformedPassport
from passport.lineage import Gathered, LedgerSource, LineageReader
from passport.report import VerificationReport
from passport.season import assess_all
from passport.store import PassportRow
from passport.verify import verify
from tests.support.chain import JUNE, Added, lot_code, mass, pseudonym, used, weight
from tests.support.passports import NOW, Season, build_season, library

FAKE = lot_code("nobody made this")
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def own(tmp_path: Path) -> Season:
    return build_season(tmp_path)


def stated(own: Season, row: PassportRow) -> Disclosure:
    return own.service.disclosure(row.uuid)


def of_the_log(own: Season, lot: str) -> Assessment:
    """Assess a lot from the whole log, as it judged every entry."""
    book = own.ledger.book()
    earlier = [own.ledger.book(size) for size in earlier_sizes(book, lot)]
    return assess(book, lot, library=library(), tree_size=book.size, earlier=earlier)


def one_figure(own: Season, row: PassportRow) -> Decimal:
    """Give the figure of a passport; the whole log and a season assessed at once have to give the same."""
    whole = of_the_log(own, row.lot)
    figure = next(one for one in stated(own, row).figures if one.boundary == "delivered")
    assert Decimal(figure.lot_kgco2e) == whole.footprint.delivered.total_kgco2e
    together = {one.lot: one.result for one in assess_all(LedgerSource(own.ledger, own.ledger.size), library=library())}
    result = together.get(row.lot)
    if result is not None:
        assert isinstance(result, Assessment)
        assert result.footprint.delivered.total_kgco2e == whole.footprint.delivered.total_kgco2e
    return whole.footprint.delivered.total_kgco2e


def rejected(own: Season, added: Added, code: str) -> str:
    """Send an entry that the log has to reject for a reason."""
    assert own.submit(added).status == "rejected"
    assert code in added.codes
    return added.entry_id


def power_for_a_lot_nobody_made(own: Season) -> str:
    added = own.chain.add(
        "activity", own.coop, facility=pseudonym("f", "packhouse"), stage="packing", lots=[own.packed, FAKE],
        items=[used("electricity", "500", "kWh"), mass(own.packed, "at", "950"), mass(FAKE, "at", "50")],
        data={"period": JUNE}, at="2026-06-24T08:00:00Z",
    )  # fmt: skip
    return rejected(own, added, "lot-unknown")


def power_for_a_lot_made_later(own: Season) -> str:
    later = lot_code("later")
    added = own.chain.add(
        "activity", own.coop, facility=pseudonym("f", "packhouse"), stage="packing", lots=[own.packed, later],
        items=[used("electricity", "500", "kWh"), mass(own.packed, "at", "950"), mass(later, "at", "50")],
        data={"period": JUNE}, at="2026-06-24T08:00:00Z",
    )  # fmt: skip
    entry_id = rejected(own, added, "lot-unknown")
    own.chain.harvest(own.grower, pseudonym("f", "orchard"), "later", "500", at="2026-06-30T00:00:00Z")
    assert own.submit(own.chain.added[-1]).status == "logged"
    return entry_id


def close_with_a_lot_nobody_made(own: Season) -> str:
    """Close a period of the packhouse and give nine tenths of its power to a lot that does not exist."""
    where = {"facility": pseudonym("f", "packhouse"), "stage": "packing"}
    pool = own.chain.must(
        "activity", own.coop, **where, data={"period": JUNE}, items=[used("electricity", "400", "kWh")],
        at="2026-06-24T08:00:00Z",
    )  # fmt: skip
    assert own.submit(pool).status == "logged"
    added = own.chain.add(
        "close", own.coop, **where, lots=[own.packed, FAKE], data={"period": JUNE}, at="2026-07-01T00:00:00Z",
        items=[("total", {"slot": "electricity", "quantity": "400", "unit": "kWh", "evidence": "meter"}),
               weight(own.packed, "950"), weight(FAKE, "8550")],
    )  # fmt: skip
    return rejected(own, added, "lot-unknown")


def repacked_with_a_lot_nobody_made(own: Season) -> str:
    added = own.chain.move(
        "transform", pseudonym("a", "shop"), {own.packed: "950", FAKE: "50"}, {lot_code("mix"): "1000"},
        data={"process": "pack"}, items=[used("electricity", "500", "kWh")], facility=pseudonym("f", "store"),
        stage="packing", at="2026-06-28T00:00:00Z",
    )  # fmt: skip
    return rejected(own, added, "lot-unknown")


def more_lost_than_a_neighbour_weighs(own: Season) -> str:
    """Lose 100 kg of the lot together with 500 kg of one that weighs 100; that one has a history of its own."""
    other, shop = lot_code("other"), pseudonym("a", "shop")
    before = len(own.chain.added)
    own.chain.harvest(own.coop, pseudonym("f", "yard"), "other", "100", at="2026-06-24T01:00:00Z")
    own.chain.hand_over(own.coop, shop, {other: "100"}, at="2026-06-26T02:00:00Z")
    assert [own.submit(one).status for one in own.chain.added[before:]] == ["logged"] * 3
    added = own.chain.add(
        "loss", shop, stage="retail", lots=[own.packed, other], data={"cause": "decay", "treatment": "landfill"},
        items=[mass(own.packed, "loss", "100"), mass(other, "loss", "500")], at="2026-06-29T00:00:00Z",
    )  # fmt: skip
    return rejected(own, added, "loss-exceeds")


def total_of_more_than_the_lot_saw(own: Season) -> str:
    """Close a month for another lot; what was used in its first days lies outside the lineage, its total does not."""
    where = {"facility": pseudonym("f", "packhouse"), "stage": "packing"}
    before = len(own.chain.added)
    other = own.chain.harvest(own.coop, pseudonym("f", "yard"), "other", "100", at="2026-06-02T00:00:00Z")
    for start, end, kwh in (("01", "10", "100"), ("20", "30", "300")):
        own.chain.must(
            "activity", own.coop, **where, items=[used("electricity", kwh, "kWh")], at=f"2026-06-{end}T00:00:00Z",
            data={"period": {"start": f"2026-06-{start}T00:00:00Z", "end": f"2026-06-{end}T00:00:00Z"}},
        )  # fmt: skip
    own.chain.must(
        "close", own.coop, **where, lots=[other], data={"period": JUNE}, at="2026-07-01T00:00:00Z",
        items=[("total", {"slot": "electricity", "quantity": "400", "unit": "kWh", "evidence": "meter"}),
               weight(other, "100")],
    )  # fmt: skip
    assert [own.submit(one).status for one in own.chain.added[before:]] == ["logged"] * 4
    return own.chain.added[-1].entry_id


@pytest.fixture
def yard(own: Season) -> Season:
    """Give the cooperative a yard of its own."""
    before = len(own.chain.added)
    own.chain.facility("yard", own.coop)
    assert own.submit(own.chain.added[before]).status == "logged"
    return own


FROM_ENVELOPES = [
    power_for_a_lot_nobody_made,
    power_for_a_lot_made_later,
    close_with_a_lot_nobody_made,
    repacked_with_a_lot_nobody_made,
]


@pytest.mark.parametrize("send", FROM_ENVELOPES)
def test_entry_that_the_log_rejected_for_a_lot_nobody_made_does_not_count(own: Season, send: object) -> None:
    assert callable(send)
    entry_id = send(own)
    row = own.issue(phase="provisional")
    assert stated(own, row).rejected == [entry_id]
    one_figure(own, row)
    report = own.verify(own.service.bundle(row.uuid))
    assert (report.consistent, report.trusted, report.complete) == (True, True, True), report.failed
    assert report.check("derivation").outcome == "passed"
    assert f"the log rejected: {entry_id}; the log admitted: -" in told(report)
    assert (report.rejected, report.in_force) == ((entry_id,), ())
    for audience in ("public", "partner"):
        assert own.verify(own.service.bundle(row.uuid, audience)).complete is True


def told(report: VerificationReport) -> str:
    return report.check("lineage_digest").detail


def test_power_of_a_rejected_entry_is_not_in_the_figure(own: Season) -> None:
    before = one_figure(own, own.issue(phase="provisional"))
    power_for_a_lot_nobody_made(own)
    assert one_figure(own, own.issue(phase="provisional")) == before


def test_rejected_close_takes_nothing_off_the_figure(own: Season) -> None:
    before = packing_power(own)
    close_with_a_lot_nobody_made(own)
    one_figure(own, own.issue(phase="provisional"))
    # 60 kWh of the lot's own and all 400 kWh of a month that is still open, not the tenth that the close leaves it.
    assert abs(packing_power(own) * 60 - before * 460) < Decimal("0.001")


def packing_power(own: Season) -> Decimal:
    slots = of_the_log(own, own.packed).footprint.delivered.slots
    return sum((one.total_kgco2e for one in slots if (one.stage, one.slot) == ("packing", "electricity")), Decimal(0))


def test_entry_that_a_neighbours_mass_decides_is_stated_but_not_shown_by_envelopes(yard: Season) -> None:
    entry_id = more_lost_than_a_neighbour_weighs(yard)
    row = yard.issue(phase="provisional")
    assert stated(yard, row).rejected == [entry_id]
    one_figure(yard, row)
    assert stated(yard, row).figure("delivered").mass == "950.000000"
    report = yard.verify(yard.service.bundle(row.uuid))
    assert (report.consistent, report.complete) == (True, None)
    check = report.check("lineage_complete")
    assert check.outcome == "not_checked" and entry_id in check.detail


def test_entry_that_the_lineage_alone_would_refuse_counts_as_in_the_log(yard: Season) -> None:
    entry_id = total_of_more_than_the_lot_saw(yard)
    row = yard.issue(phase="provisional")
    assert (stated(yard, row).in_force, stated(yard, row).rejected or []) == ([entry_id], [])
    one_figure(yard, row)
    report = yard.verify(yard.service.bundle(row.uuid))
    assert (report.consistent, report.complete) == (True, True), report.checks
    assert f"the log rejected: -; the log admitted: {entry_id}" in told(report)
    assert (report.rejected, report.in_force) == ((), (entry_id,))


def test_lot_claimed_by_a_rejected_entry_stays_free_for_whoever_makes_it(own: Season) -> None:
    """Only the entry that the log rejected is named, not the honest one that it would shut out of the lineage."""
    claimed, before = lot_code("claimed"), len(own.chain.added)
    false = own.chain.move(
        "transform", own.coop, {FAKE: "50"}, {claimed: "50"}, data={"process": "pack"}, stage="packing",
        facility=pseudonym("f", "packhouse"),
    )  # fmt: skip
    assert "lot-unknown" in false.codes
    own.chain.harvest(own.grower, pseudonym("f", "orchard"), "claimed", "500")
    assert [own.submit(one).status for one in own.chain.added[before:]] == ["rejected", "logged"]
    book, beyond = LineageReader(own.ledger).gather(claimed, own.ledger.size).fold()
    assert beyond == {false.entry_id: "rejected"}
    assert book.lots[claimed] == own.ledger.book().lots[claimed]


def test_rejection_that_the_lineage_shows_itself_is_not_stated(own: Season) -> None:
    """A shipment by somebody who never held the lot breaks a rule on envelopes wherever it is read."""
    added = own.chain.add("ship", own.grower, lots=[own.packed], data={"to": own.coop}, at="2026-06-29T00:00:00Z")
    rejected(own, added, "lot-other")
    row = own.issue(phase="provisional")
    assert stated(own, row).verdicts == {}
    for audience in ("public", "full"):
        assert own.verify(own.service.bundle(row.uuid, audience)).complete is True


def test_ordinary_passport_states_no_verdicts(own: Season) -> None:
    row = own.issue()
    facts = jcs_decode(row.credential)["credentialSubject"]["characteristics"]
    assert not {"rejected", "inForce"} & facts.keys()


def test_later_version_and_what_it_exposes_follow_the_log_too(own: Season) -> None:
    power_for_a_lot_nobody_made(own)
    first = own.issue(phase="provisional")
    second = own.service.supersede(first.uuid, phase="final")
    assert one_figure(own, second) == Decimal(stated(own, first).figure("delivered").lot_kgco2e)
    assert own.verify(own.service.bundle(second.uuid)).complete is True
    assert own.service.exposed_changes(second.uuid) == ()


# --- forged verdicts -------------------------------------------------------------------------------------------------


class Forger(LineageReader):
    """Turn the log's verdict about some entries round, as a dishonest issuer would."""

    turned: Mapping[str, Outcome]

    def gather(self, lot: str, tree_size: int) -> Gathered:
        found = super().gather(lot, tree_size)
        pairs = zip(found.entries, found.verdicts, strict=True)
        return replace(found, verdicts=tuple(self.turned.get(entry.entry_id, one) for entry, one in pairs))


def forged(own: Season, turned: Mapping[str, Outcome]) -> bytes:
    reader = Forger(own.ledger)
    reader.turned = turned
    own.service._reader = reader
    return own.service.bundle(own.issue(phase="provisional").uuid)


def test_honest_entry_that_is_stated_as_rejected_is_never_shown_complete(own: Season) -> None:
    entry_id = own.added["retail"].entry_id
    bundle = forged(own, {entry_id: "rejected"})
    alone = verify(bundle, trust=own.trust(), now=LATER)
    assert (alone.consistent, alone.trusted, alone.complete) == (True, True, None)
    assert entry_id in told(alone)
    report = own.verify(bundle)
    assert (report.consistent, report.complete) == (True, None)
    assert entry_id in report.check("lineage_complete").detail


def test_rejected_entry_that_is_counted_fails_against_the_log(own: Season) -> None:
    entry_id = power_for_a_lot_nobody_made(own)
    report = own.verify(forged(own, {entry_id: "logged"}))
    assert (report.consistent, report.complete) == (True, False)
    assert [check.name for check in report.failed] == ["lineage_complete"]
    assert entry_id in report.check("lineage_complete").detail


def test_needless_verdict_fails(own: Season) -> None:
    class Talkative(Gathered):
        def fold(self, size: int | None = None) -> tuple[Book, Mapping[str, Outcome]]:
            book, beyond = Gathered.fold(self, size)
            return book, {**beyond, own.added["retail"].entry_id: "logged"}

    assert failed_by(own, Talkative) == ["derivation"]


def test_verdict_about_an_entry_outside_the_lineage_fails(own: Season) -> None:
    class Stray(Gathered):
        def fold(self, size: int | None = None) -> tuple[Book, Mapping[str, Outcome]]:
            book, beyond = Gathered.fold(self, size)
            return book, {**beyond, "0" * 64: "rejected"}

    assert "lineage_digest" in failed_by(own, Stray, "does not rest on")


@pytest.mark.parametrize("kind", sorted(KEY_KINDS - {"revoke_key"}))
def test_verdict_about_who_may_sign_fails(own: Season, kind: str) -> None:
    target = next(one.entry_id for one in own.chain.added if one.signed.entry.kind == kind and one.index)

    class Barring(Gathered):
        def fold(self, size: int | None = None) -> tuple[Book, Mapping[str, Outcome]]:
            book, beyond = Gathered.fold(self, size)
            return book, {**beyond, target: "rejected"}

    assert "lineage_digest" in failed_by(own, Barring)


def failed_by(own: Season, form: type[Gathered], words: str = "") -> list[str]:
    class Reader(LineageReader):
        def gather(self, lot: str, tree_size: int) -> Gathered:
            found = super().gather(lot, tree_size)
            return form(found.lot, found.tree_size, found.indexes, found.entries, found.lines, found.verdicts)

    own.service._reader = Reader(own.ledger)
    report = own.verify(own.service.bundle(own.issue(phase="provisional").uuid))
    assert report.consistent is False and any(words in check.detail for check in report.failed)
    return [check.name for check in report.failed]


@pytest.mark.parametrize(
    "change",
    [
        {"rejected": []},
        {"rejected": ["b" * 64, "a" * 64]},
        {"rejected": ["a" * 64, "a" * 64]},
        {"rejected": ["a" * 64], "inForce": ["a" * 64]},
        {"rejected": ["x"]},
        {"inForce": None},
    ],
)
def test_verdicts_have_one_spelling(own: Season, change: dict[str, object]) -> None:
    facts = jcs_decode(own.issue().credential)["credentialSubject"]["characteristics"]
    with pytest.raises(MalformedPassport):
        read_disclosure({**facts, **change})
    assert read_disclosure({**facts, "rejected": ["a" * 64, "b" * 64]}).verdicts == {
        "a" * 64: "rejected",
        "b" * 64: "rejected",
    }


def test_who_may_sign_what_never_rests_on_entries_that_a_lineage_does_not_show() -> None:
    for code in KEY_KINDS:
        kind = kinds()[code]
        assert (kind.lots, kind.facility, kind.stage) == ("none", "none", "none")
        assert kind.refs == (0, 0) and not kind.moves and kind.claims is None


def test_lineage_holds_every_entry_of_the_chain_that_registers_its_signers(own: Season) -> None:
    wanted = set(closure(own.chain.envelopes, own.packed, len(own.chain.envelopes)))
    inside = [one.signed for one in own.chain.added if one.entry_id in wanted]
    writers = {name for one in inside for name in (one.entry.actor, one.entry.recorded_by)}
    about = [one.signed for one in own.chain.added if one.signed.entry.kind in KEY_KINDS]
    assert {one.entry_id for one in about if one.entry.actor in writers} <= wanted
