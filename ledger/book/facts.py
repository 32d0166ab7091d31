"""Keep what public envelopes alone decide: who may act for whom, and on which lots.

These facts ignore items, so that anyone with the public log reaches the same ones. They are generous where the book is
strict: a lot has one owner of its name, but every actor who ever may have held it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger.book.keyring import REGISTRAR, Keyring
from ledger.book.statement import Statement


@dataclass(frozen=True, slots=True)
class ProductRight:
    """Hold who may create lots of a product: its owner and those the owner named."""

    owner: str
    users: frozenset[str]


@dataclass(slots=True)
class Facts:
    """Hold the facts; changed only by `ledger.book.authority` and the kinds' own effects.

    Args:
        partial: the entries are a part of a log, so what is not here may exist elsewhere.
        keyring: registered keys.
        keepers: actor to the actor who keeps its book.
        roles: actor to roles of its registration.
        facilities: facility to owner.
        products: GTIN to rights.
        claims: lot to the actor whose lot id it is.
        holders: lot to every actor who may have held it.
        parents: lot to every lot that may have gone into it.
        statements: entry id to statement, for all entries read.
        admitted: those of them that break no rule on envelopes.
        vouchers: entry id to the `reattest` entries by which the owner of its key stands by it.
    """

    partial: bool = False
    keyring: Keyring = field(default_factory=Keyring)
    keepers: dict[str, str] = field(default_factory=dict)
    roles: dict[str, frozenset[str]] = field(default_factory=dict)
    facilities: dict[str, str] = field(default_factory=dict)
    products: dict[str, ProductRight] = field(default_factory=dict)
    claims: dict[str, str] = field(default_factory=dict)
    holders: dict[str, frozenset[str]] = field(default_factory=dict)
    parents: dict[str, frozenset[str]] = field(default_factory=dict)
    statements: dict[str, Statement] = field(default_factory=dict)
    admitted: dict[str, Statement] = field(default_factory=dict)
    vouchers: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def copy(self) -> Facts:
        """Give independent facts with the same content."""
        return Facts(
            partial=self.partial,
            keyring=self.keyring.copy(),
            keepers=dict(self.keepers),
            roles=dict(self.roles),
            facilities=dict(self.facilities),
            products=dict(self.products),
            claims=dict(self.claims),
            holders=dict(self.holders),
            parents=dict(self.parents),
            statements=dict(self.statements),
            admitted=dict(self.admitted),
            vouchers=dict(self.vouchers),
        )

    def disputed(self, entry_id: str) -> bool:
        """Tell whether an entry lies in the disputed window of its key, and no undisputed entry stands by it."""
        waiting, seen = [entry_id], {entry_id}
        while waiting:
            name = waiting.pop()
            statement = self.statements[name]
            record = self.keyring.get(statement.key_name)
            if record is None or not record.disputes(statement.index):
                return False
            waiting.extend(one for one in self.vouchers.get(name, ()) if one not in seen)
            seen.update(waiting)
        return True

    def signs_as(self, statement: Statement, role: str) -> bool:
        """Tell whether the signing key carries a role."""
        record = self.keyring.get(statement.key_name)
        return record is not None and role in record.roles

    def is_registrar(self, statement: Statement) -> bool:
        """Tell whether the signing key is a registrar's."""
        return self.signs_as(statement, REGISTRAR)

    def writes_for(self, statement: Statement) -> bool:
        """Tell whether the signer writes its own book or one that it keeps."""
        actor, writer = statement.actor, statement.recorded_by
        return writer == actor or self.keepers.get(actor) == writer

    def roles_of(self, statement: Statement) -> frozenset[str]:
        """Give the roles of the actor and of the signing key."""
        record = self.keyring.get(statement.key_name)
        own = self.roles.get(statement.actor, frozenset())
        return own | record.roles if record and record.actor == statement.actor else own

    def related(self, first: str, second: str) -> bool:
        """Tell whether two actors are one, or one keeps the other's book."""
        return first == second or self.keepers.get(first) == second or self.keepers.get(second) == first

    def may_use_product(self, actor: str, gtin: str) -> bool:
        """Tell whether an actor may create lots of a product."""
        right = self.products.get(gtin)
        return right is not None and (actor in right.users or self.related(actor, right.owner))
