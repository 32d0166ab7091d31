"""Check against the public log that entries count, or do not count, as the log decided."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from ledger.book.authority import Authority
from ledger.book.entry import SignedEntry
from ledger.book.facts import Facts
from ledger.book.state import Book, Outcome
from ledger.book.statement import Statement
from ledger.book.violation import errors_of
from passport.checks.case import Case, found
from passport.report import CheckFailed, NotChecked


class PublicLog:
    """Read the envelopes of a log once, for the checks that need them.

    Args:
        envelopes: the entries from index 0 on.
        asked: ids of entries.
    """

    def __init__(self, envelopes: Sequence[SignedEntry], asked: Collection[str]) -> None:
        self.envelopes = envelopes
        self._asked = asked

    @cached_property
    def facts(self) -> Facts:
        """Give what all of them tell."""
        return self._read[0]

    @cached_property
    def rejected(self) -> frozenset[str]:
        """Give those entries asked for that the log rejected whatever their items say."""
        return self._read[1]

    @cached_property
    def _read(self) -> tuple[Facts, frozenset[str]]:
        authority, rejected = Authority(), set()
        for index, signed in enumerate(self.envelopes):
            statement = Statement.of(index, signed)
            if signed.entry_id in self._asked and authority.refuses(statement):
                rejected.add(signed.entry_id)
            authority.read(statement)
        return authority.facts, frozenset(rejected)


def check_verdicts(case: Case, rejected: frozenset[str], envelopes: Sequence[SignedEntry] = ()) -> None:
    """Compare what counts for a passport with what public envelopes show.

    An entry that breaks a rule on envelopes, or names a lot that no admitted entry created before, is rejected whatever
    its items say. Of everything else the envelopes show nothing for certain.

    Args:
        case: what is checked; its entries are the closure.
        rejected: those of them that the log rejected whatever their items say.
        envelopes: the whole log where it is at hand, for entries that are stated in force.

    Raises:
        CheckFailed: an entry counts that the log rejected.
        NotChecked: a verdict rests on items of entries that are not in the bundle.
    """
    counted = {entry_id: _counts(case, entry_id) for entry_id in rejected}
    wrong = sorted(entry_id for entry_id, counts in counted.items() if counts)
    if wrong:
        raise CheckFailed("the passport counts entries that the log rejected", entries=wrong[:20])
    stated = case.verdicts
    hidden = {entry_id for entry_id, counts in counted.items() if counts is None}
    hidden |= {entry_id for entry_id, verdict in stated.items() if verdict == "rejected"} - rejected
    upheld = {entry_id for entry_id, verdict in stated.items() if verdict == "logged"}
    if upheld:
        hidden |= upheld & _opposed(case, envelopes) if envelopes else upheld
    if hidden:
        raise NotChecked(
            "public envelopes do not show whether the log rejected these entries; their own items, or those of others, "
            f"decide it: {', '.join(sorted(hidden))}"
        )


def _counts(case: Case, entry_id: str) -> bool | None:
    """Tell whether an entry counts for the passport; None where closed items hide it."""
    book, bundle = found(case.book, "entry_keys"), case.the_bundle()
    if entry_id in case.verdicts:
        return case.verdicts[entry_id] == "logged"
    if entry_id not in book.authority.facts.admitted:
        return False
    if bundle.audience == "full" and not bundle.erased:
        return entry_id not in book.rejected
    nodes = case.calculation.nodes if case.calculation is not None else ()
    return any(node.op == "item" and node.text("entry") == entry_id for node in nodes) or None


def _opposed(case: Case, envelopes: Sequence[SignedEntry]) -> set[str]:
    """Name the entries that count and that rules oppose in a fold of the whole log with the items of the bundle."""
    known, bundle = found(case.book, "entry_keys"), case.the_bundle()
    verdicts: Mapping[str, Outcome] = {
        entry.signed.entry_id: "rejected" if entry.signed.entry_id in known.rejected else "logged"
        for entry in case.entries
    }
    whole = Book.fold(
        ((index, signed.note, bundle.openings.get(signed.entry_id, ())) for index, signed in enumerate(envelopes)),
        verdicts=verdicts,
    )
    return {entry_id for entry_id, remarks in whole.warnings.items() if errors_of(remarks)}
