"""Rules that need nothing but public envelopes, each a small function in a list.

Anyone with the public log can apply them; an entry that breaks one never extends a lot's ancestry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

import msgspec

from ledger.book.facts import Facts
from ledger.book.keyring import REGISTRAR, read_vkey
from ledger.book.kind import Data, EnvelopeRule, Kind, Presence, kinds
from ledger.book.stage import stages
from ledger.book.statement import AMEND, Statement, texts
from ledger.book.violation import Violation
from ledger.ids import gtin_of, is_gtin

REGISTER_KEY: Final = "register_key"


def kind_known(_facts: Facts, statement: Statement) -> Iterable[Violation]:
    """Ask for a kind of the registry."""
    if statement.kind not in kinds():
        yield Violation("kind-unknown", "kind", "no such kind of entry", {"kind": statement.kind})


def data_readable(_facts: Facts, statement: Statement) -> Iterable[Violation]:
    """Ask for exactly the public data of the kind."""
    if statement.is_amendment:
        yield from _check_data("data", kinds()[AMEND], statement.outer)
    kind = kinds().get(statement.kind)
    if kind is not None:
        yield from _check_data("data.data" if statement.is_amendment else "data", kind, statement.data)


def places_stated(_facts: Facts, statement: Statement) -> Iterable[Violation]:
    """Ask for a stage, a facility and lots where the kind has them, and for none where it has not."""
    kind = kinds().get(statement.kind)
    if kind is None:
        return
    yield from _presence(kind.stage, "stage", bool(statement.stage), statement.kind)
    yield from _presence(kind.facility, "facility", bool(statement.facility), statement.kind)
    yield from _presence(kind.lots, "lots", bool(statement.lots), statement.kind)


def stage_known(_facts: Facts, statement: Statement) -> Iterable[Violation]:
    """Ask for a stage of the registry."""
    if statement.stage and statement.stage not in stages():
        yield Violation("stage-unknown", "stage", "no such stage", {"stage": statement.stage})


def refs_counted(_facts: Facts, statement: Statement) -> Iterable[Violation]:
    """Ask for as many references as the kind has."""
    kind = kinds()[AMEND] if statement.is_amendment else kinds().get(statement.kind)
    if kind is not None and not kind.refs[0] <= len(statement.refs) <= kind.refs[1]:
        least, most = kind.refs
        message = f"this kind refers to {least} to {most} entries"
        yield Violation("refs-count", "refs", message, {"count": len(statement.refs)})


def refs_known(facts: Facts, statement: Statement) -> Iterable[Violation]:
    """Ask that every reference is an earlier entry."""
    if facts.partial:
        return
    for ref in statement.refs:
        if ref not in facts.statements:
            yield Violation("ref-unknown", "refs", "the log holds no such earlier entry", {"ref": ref})


def period_forward(_facts: Facts, statement: Statement) -> Iterable[Violation]:
    """Ask that a period ends after it starts."""
    if "period" in statement.data and statement.period is None:
        yield Violation("period-malformed", "data.period", "a period must end after it starts")


def lots_listed(_facts: Facts, statement: Statement) -> Iterable[Violation]:
    """Ask that `lots` is `data.in` and `data.out` together, where the kind moves lots."""
    kind = kinds().get(statement.kind)
    if kind is None or not kind.moves:
        return
    moved = statement.ins + statement.outs
    if len(set(moved)) != len(moved):
        yield Violation("lots-double", "data", "a lot stands twice in `in` and `out`")
    if statement.lots != tuple(sorted(set(moved))):
        yield Violation("lots-listed", "lots", "`lots` must be the sorted lots of `in` and `out`")


def first_entry(facts: Facts, statement: Statement) -> Iterable[Violation]:
    """Ask that entry 0, and no other, is the registrar's registration of its own key."""
    if statement.index != 0:
        return
    key = read_vkey(statement.text("vkey"))
    if statement.kind != REGISTER_KEY or key is None or key.name != statement.key_name:
        yield Violation("first-entry", "kind", "entry 0 registers the registrar's own key")
    elif statement.actor != statement.recorded_by or REGISTRAR not in texts(statement.data.get("roles")):
        yield Violation("first-entry", "data.roles", "entry 0 registers a registrar")


def key_valid(facts: Facts, statement: Statement) -> Iterable[Violation]:
    """Ask for a key that is registered and not revoked."""
    if statement.index == 0:
        return
    record = facts.keyring.get(statement.key_name)
    if record is None:
        yield Violation("key-unknown", "recorded_by", "the key is not registered", {"key": statement.key_name})
    elif not record.valid_at(statement.index):
        yield Violation("key-revoked", "recorded_by", "the key is revoked", {"revoked_at": record.revoked_at})


def writer_allowed(facts: Facts, statement: Statement) -> Iterable[Violation]:
    """Ask that the signer may write this kind into the actor's book."""
    kind = kinds().get(statement.kind)
    if kind is None or statement.index == 0:
        return
    own, registrar = facts.writes_for(statement), facts.is_registrar(statement)
    context = {"actor": statement.actor, "recorded_by": statement.recorded_by}
    if kind.writer == "registrar" and not registrar:
        yield Violation("writer-registrar", "recorded_by", "only a registrar may write this kind", context)
    elif kind.writer == "either" and not (own or registrar):
        yield Violation("writer-other", "recorded_by", "neither the actor, its keeper nor a registrar", context)
    elif kind.writer == "actor" and not own:
        yield Violation("writer-other", "recorded_by", "neither the actor nor the keeper of its book", context)


def signer_role(facts: Facts, statement: Statement) -> Iterable[Violation]:
    """Ask that the key carries the role that the kind needs."""
    kind = kinds().get(statement.kind)
    if kind is None or not kind.signer_roles:
        return
    if not any(facts.signs_as(statement, role) for role in kind.signer_roles):
        wanted = sorted(kind.signer_roles)
        yield Violation(
            "role-missing", "recorded_by", "the key does not carry the role for this kind", {"roles": wanted}
        )


def facility_allowed(facts: Facts, statement: Statement) -> Iterable[Violation]:
    """Ask for a registered facility, and for the actor's own where the kind needs it."""
    kind = kinds().get(statement.kind)
    if kind is None or not statement.facility or statement.kind == "register_facility":
        return
    owner = facts.facilities.get(statement.facility)
    if owner is None:
        if not facts.partial:
            yield Violation(
                "facility-unknown", "facility", "register the facility first", {"facility": statement.facility}
            )
    elif kind.own_facility and owner != statement.actor:
        yield Violation("facility-other", "facility", "the facility belongs to another actor", {"owner": owner})


def lots_held(facts: Facts, statement: Statement) -> Iterable[Violation]:
    """Ask that the actor may have held every lot that it uses up or hands on."""
    kind = kinds().get(statement.kind)
    if kind is None or kind.custody != "custodian":
        return
    used = statement.ins if kind.moves else statement.lots
    for lot in used:
        holders = facts.holders.get(lot)
        if holders is None:
            if not facts.partial:
                yield Violation("lot-unknown", "lots", "no entry created this lot", {"lot": lot})
        elif statement.actor not in holders:
            yield Violation("lot-other", "lots", "the actor never held this lot", {"lot": lot})


def outs_unclaimed(facts: Facts, statement: Statement) -> Iterable[Violation]:
    """Ask that no other actor created the lots before."""
    for lot in statement.outs if _moves(statement) else ():
        owner = facts.claims.get(lot, statement.actor)
        if owner != statement.actor:
            yield Violation("lot-taken", "data.out", "another actor created a lot of this id", {"lot": lot})


def outs_of_own_product(facts: Facts, statement: Statement) -> Iterable[Violation]:
    """Ask that lots with a GTIN are of a product that the actor may use, or that went in."""
    if not _moves(statement):
        return
    inherited = {gtin_of(lot) for lot in statement.ins}
    named = statement.text("product")
    wanted = {gtin_of(lot) for lot in statement.outs} | {named}
    for gtin in sorted(wanted - {""} - inherited):
        if gtin not in facts.products:
            if not facts.partial:
                yield Violation("product-unknown", "data.out", "register the product first", {"gtin": gtin})
        elif not facts.may_use_product(statement.actor, gtin):
            yield Violation("product-other", "data.out", "the product belongs to another actor", {"gtin": gtin})
    if named and not is_gtin(named):
        yield Violation("gtin-check", "data.product", "the GTIN's check digit is wrong", {"gtin": named})
    for lot in statement.outs:
        if named and gtin_of(lot) not in ("", named):
            yield Violation("product-lot", "data.out", "the lot's GTIN is not the stated product", {"lot": lot})


def kind_rules(facts: Facts, statement: Statement) -> Iterable[Violation]:
    """Apply the rules that the kind brings itself."""
    outer = kinds().get(AMEND) if statement.is_amendment else None
    for kind in (outer, kinds().get(statement.kind)):
        if kind is not None and (kind is outer or not statement.is_amendment or kind.amendable):
            for rule in kind.rules:
                yield from rule(facts, statement)


ENVELOPE_RULES: Final[tuple[EnvelopeRule, ...]] = (
    kind_known,
    data_readable,
    places_stated,
    stage_known,
    refs_counted,
    refs_known,
    period_forward,
    lots_listed,
    first_entry,
    key_valid,
    writer_allowed,
    signer_role,
    facility_allowed,
    lots_held,
    outs_unclaimed,
    outs_of_own_product,
    kind_rules,
)


def _moves(statement: Statement) -> bool:
    kind = kinds().get(statement.kind)
    return kind is not None and kind.moves


def _presence(wanted: Presence, field: str, present: bool, kind: str) -> Iterator[Violation]:
    if wanted == "required" and not present:
        yield Violation(f"{field}-missing", field, f"entries of this kind state {field}", {"kind": kind})
    elif wanted == "none" and present:
        yield Violation(f"{field}-unwanted", field, f"entries of this kind state no {field}", {"kind": kind})


@cache
def _fields(data: type[Data]) -> Mapping[str, msgspec.structs.FieldInfo]:
    return {field.encode_name: field for field in msgspec.structs.fields(data)}


def _check_data(prefix: str, kind: Kind, data: Mapping[str, Any]) -> Iterator[Violation]:
    known = _fields(kind.data)
    for name in sorted(data.keys() - known.keys()):
        yield Violation("data-unknown", f"{prefix}.{name}", "the kind has no such field")
    for name, field in known.items():
        if name not in data:
            if field.required:
                yield Violation("data-missing", f"{prefix}.{name}", "the field is missing")
            continue
        try:
            msgspec.convert(data[name], field.type, strict=True)
        except msgspec.ValidationError as error:
            yield Violation("data-malformed", f"{prefix}.{name}", str(error))
