"""Fold public envelopes into facts; decide which entries may extend a lot's ancestry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ledger.book.entry import SignedEntry
from ledger.book.envelope_rules import ENVELOPE_RULES
from ledger.book.facts import Facts
from ledger.book.kind import kinds
from ledger.book.statement import Statement
from ledger.book.violation import Violation, errors_of


@dataclass(slots=True)
class Authority:
    """Hold the facts of the envelopes read so far, in the order of the log."""

    facts: Facts = field(default_factory=Facts)

    @classmethod
    def fold(cls, envelopes: Iterable[tuple[int, SignedEntry]], *, partial: bool = False) -> Authority:
        """Read envelopes in the order of the log.

        Args:
            envelopes: pairs of index and entry, by index.
            partial: the entries are only a part of their log; what they do not show is not held against them.
        """
        authority = cls(Facts(partial=partial))
        for index, signed in envelopes:
            authority.read(Statement.of(index, signed))
        return authority

    def copy(self) -> Authority:
        """Give an independent authority with the same facts."""
        return Authority(self.facts.copy())

    def judge(self, statement: Statement) -> list[Violation]:
        """Give every broken rule on envelopes."""
        return [finding for rule in ENVELOPE_RULES for finding in rule(self.facts, statement)]

    def refuses(self, statement: Statement) -> list[Violation]:
        """Give every reason of which public envelopes alone show that an entry has no effect.

        These are the broken rules on envelopes, and the lots that it names although no admitted entry created them.
        """
        kind = kinds().get(statement.kind)
        created = set(statement.outs) if kind is not None and kind.moves else set()
        unknown = sorted(set(statement.lots) - created - self.facts.claims.keys())
        return errors_of(self.judge(statement)) + [
            Violation("lot-unknown", "lots", "no entry created this lot", {"lot": lot}) for lot in unknown
        ]

    def read(self, statement: Statement) -> list[Violation]:
        """Judge an envelope and, when it breaks no rule, take its facts in."""
        violations = self.judge(statement)
        self.record(statement, admitted=not violations)
        return violations

    def record(self, statement: Statement, *, admitted: bool) -> None:
        """Note a judged envelope and, when it was admitted, take its facts in."""
        self.facts.statements[statement.entry_id] = statement
        if admitted:
            self.facts.admitted[statement.entry_id] = statement
            self._take(statement)

    def _take(self, statement: Statement) -> None:
        kind = kinds()[statement.kind]
        if statement.is_amendment:
            return
        if kind.moves:
            self._create(statement)
        if kind.effect is not None:
            kind.effect(self.facts, statement)

    def _create(self, statement: Statement) -> None:
        facts, ins = self.facts, frozenset(statement.ins)
        for lot in statement.outs:
            facts.claims.setdefault(lot, statement.actor)
            facts.holders[lot] = facts.holders.get(lot, frozenset()) | {statement.actor}
            facts.parents[lot] = facts.parents.get(lot, frozenset()) | ins
