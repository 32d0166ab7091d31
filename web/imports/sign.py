"""Turn drafts into signed entries: resolve names, choose keys, link chains, salt items, and try every rule first.

A draft that breaks a rule becomes findings at its row and leaves no gap in its key's chain; the others are ready to
be appended in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from msgspec.structs import replace as structs_replace

from ledger.book.entry import Entry, parse_entry, sign_entry
from ledger.book.item import Item, make_item
from ledger.book.keyring import REGISTRAR, make_proof
from ledger.book.pools import pool_key, sharing_lots, span_of
from ledger.errors import LedgerError
from ledger.log.signer import Signer
from passport.weights import remarks
from web.imports.amendments import amendment
from web.imports.base import Draft, Finding, ShipReference
from web.imports.findings import finding
from web.imports.history import History, fingerprint
from web.imports.outcome import Known, Refused
from web.imports.salts import SaltSource
from web.imports.stock import withdrawn
from web.imports.violations import explain, reason_zh
from web.sentences import in_chinese

_REGISTRATIONS: Final = ("register_actor", "register_key", "register_facility", "register_product")


@dataclass(frozen=True, slots=True)
class Prepared:
    """Hold a signed entry, its openings, and the draft it came from."""

    note: bytes
    lines: tuple[str, ...]
    entry_id: str
    draft: Draft


@dataclass(frozen=True, slots=True)
class Signed:
    """Hold what came of a list of drafts.

    Args:
        batch: entries to append, in order.
        findings: everything that is wrong with the others.
        skipped: drafts that the ledger holds already, with the id of their entry.
        warnings: what asks for a second look in the batch; it holds nothing back.
    """

    batch: tuple[Prepared, ...]
    findings: tuple[Finding, ...]
    skipped: tuple[tuple[Draft, str], ...]
    warnings: tuple[Finding, ...]

    @property
    def notes(self) -> list[tuple[bytes, tuple[str, ...]]]:
        """Give note and item lines of every entry, as the ledger takes them."""
        return [(entry.note, entry.lines) for entry in self.batch]


def sign_drafts(drafts: Iterable[Draft], *, history: History, keys: Mapping[str, Signer], salts: SaltSource) -> Signed:
    """Resolve, check and sign drafts in their order.

    Args:
        drafts: what the importers gave.
        history: the log so far; it is extended by what is signed here, so spend it on a dry run or go on with it.
        keys: private keys at hand, by actor id.
        salts: where salts come from.
    """
    listed = list(drafts)
    _learn_ahead(listed, history)
    batch: list[Prepared] = []
    findings: list[Finding] = []
    skipped: list[tuple[Draft, str]] = []
    for draft in listed:
        try:
            for one in _unfolded(draft, history, keys):
                batch.append(_sign(_resolve(one, history, keys), one, history, keys, salts))
        except Known as known:
            skipped.append((draft, known.entry_id))
        except Refused as refusal:
            findings += refusal.findings
    return Signed(tuple(batch), tuple(findings), tuple(skipped), tuple(_look_again(batch, history)))


def _look_again(batch: Sequence[Prepared], history: History) -> Iterable[Finding]:
    """Hold what signed entries share among lots against the book as the whole batch leaves it.

    A close that was there before is named for the lots of the batch alone, such as one that was picked in its period.
    """
    book, drafts = history.book, {one.entry_id: one.draft for one in batch}
    signed = {entry.entry_id: entry for entry in book.entries.values() if entry.source_id in drafts}
    joining = {lot: drafts[entry.source_id] for entry in signed.values() for lot in sharing_lots(entry)}
    near = [book.sharing(key, span_of(entry)) for entry in signed.values() if (key := pool_key(entry)) is not None]
    closes = {entry.entry_id: entry for found in near for entry in found if entry.kind == "close"}
    for remark in remarks(book, (closes | signed).values()):
        doubts = [one for one in remark.doubts if remark.entry in drafts or one.lot in joining]
        if doubts:
            draft = drafts.get(remark.entry) or joining[doubts[0].lot]
            texts = replace(remark, doubts=tuple(doubts)).texts()
            said = {"en": "; ".join(texts), "zh": "；".join(map(in_chinese, texts))}
            yield finding("sharing-doubtful", draft.row_of(doubts[0].lot), **said)


def _learn_ahead(drafts: Sequence[Draft], history: History) -> None:
    """Take in the names of all registrations first, since a list of parties refers forwards and backwards."""
    for draft in drafts:
        if draft.kind in _REGISTRATIONS:
            actor = history.directory.actor(draft.actor) or draft.actor
            history.directory.learn(kind=draft.kind, actor=actor, facility=draft.facility, items=draft.items)


def _unfolded(draft: Draft, history: History, keys: Mapping[str, Signer]) -> list[Draft]:
    """Give the drafts that record a draft: several for a withdrawal, once all that it names is known."""
    if draft.withdraws is None:
        return [draft]
    _resolve(draft, history, keys)
    return withdrawn(draft, draft.withdraws, history)


def _resolve(draft: Draft, history: History, keys: Mapping[str, Signer]) -> tuple[Entry, list[tuple[str, Any]]]:
    """Give the entry without its chain and items, and the items."""
    find, problems = history.directory, []
    actor = find.actor(draft.actor)
    if not actor:
        problems.append(_nobody("actor", find.actors(draft.actor), draft, "负责人 / actor", draft.actor))
    facility = find.facility(draft.facility) if draft.facility else ""
    if draft.facility and not facility:
        several = find.facilities(draft.facility)
        problems.append(_nobody("facility", several, draft, "场所 / facility", draft.facility))
    data = dict(draft.data)
    for name in ("to", "keeper"):
        if data.get(name):
            other = find.actor(data[name])
            if not other:
                problems.append(_nobody("actor", find.actors(data[name]), draft, "对方 / counterpart", data[name]))
            data[name] = other
    if draft.kind == "register_product":
        data |= {"users": sorted(filter(None, map(find.actor, data["users"])))} if data.get("users") else {}
    if problems:
        raise Refused(*problems)
    if draft.kind == "register_key":
        _skip_known_key(draft, actor, history)
        data = _key_data(draft, actor, data, keys)
    entry = Entry(
        actor=actor,
        recorded_by=actor,
        kind=draft.kind,
        seq=1,
        prev="0" * 64,
        event_time=draft.event_time,
        stage=draft.stage,
        facility=facility,
        lots=draft.lots,
        data=data,
    )
    items = [(name, value) for name, value in draft.items]
    if draft.refers is not None:
        entry = structs_replace(entry, refs=(_shipment(draft, draft.refers, actor, history),))
    if draft.corrects is not None:
        return amendment(draft, draft.corrects, entry, items, history)
    return entry, items


def _nobody(what: str, several: Sequence[str], draft: Draft, field: str, text: str) -> Finding:
    """Say that a name means nobody, or whom it may mean."""
    if several:
        return finding("name-shared", draft.source, field=field, value=text, ids=", ".join(several))
    return finding(f"{what}-unknown", draft.source, field=field, value=text)


def _skip_known_key(draft: Draft, actor: str, history: History) -> None:
    """Leave a key alone that is registered already, such as the registrar's own in entry 0."""
    record = history.book.keyring.get(f"{actor}/{draft.data['label']}")
    if record is not None and draft.data.get("vkey", record.vkey) == record.vkey:
        raise Known(record.entry_id)


def _key_data(draft: Draft, actor: str, data: dict[str, Any], keys: Mapping[str, Signer]) -> dict[str, Any]:
    name = f"{actor}/{data.pop('label')}"
    if data.get("vkey") and data.get("proof"):
        return data
    signer = keys.get(actor)
    if signer is None or signer.name != name:
        raise Refused(finding("key-mismatch", draft.source, field="简称 / reference", value=name))
    return {**data, "vkey": signer.public_key.encode(), "proof": make_proof(signer)}


def _shipment(draft: Draft, wanted: ShipReference, actor: str, history: History) -> str:
    giver = history.directory.actor(wanted.giver)
    for record in history.accepted():
        entry = record.entry
        if (
            entry.kind == "ship"
            and entry.data.get("to") == actor
            and entry.actor == giver
            and set(wanted.lots) <= set(entry.lots)
        ):
            return record.entry_id
    raise Refused(finding("ship-missing", draft.source, field="批次 / lot", value=" ".join(draft.lots)))


def _sign(
    resolved: tuple[Entry, list[tuple[str, Any]]],
    draft: Draft,
    history: History,
    keys: Mapping[str, Signer],
    salts: SaltSource,
) -> Prepared:
    entry, values = resolved
    try:
        content = fingerprint(entry, values)
        known = history.recorded(content)
        if known:
            raise Known(known)
        signer = _choose_key(entry, draft, history, keys)
        items = [make_item(salts.salt(content, place), name, value) for place, (name, value) in enumerate(values)]
        seq, prev = history.head(signer.name)
        entry = structs_replace(
            entry,
            recorded_by=signer.name.partition("/")[0],
            seq=seq + 1,
            prev=prev,
            items=tuple(sorted(item.digest for item in items)),
        )
        note = sign_entry(entry, signer)
    except LedgerError as error:
        raise Refused(explain_error(error, draft)) from None
    return _try(note, items, draft, history)


def _try(note: bytes, items: Sequence[Item], draft: Draft, history: History) -> Prepared:
    signed = parse_entry(note)
    problems = history.trial(signed, items)
    if problems:
        raise Refused(*dict.fromkeys(explain(violation, draft) for violation in problems))
    history.add(signed, items)
    return Prepared(note, tuple(item.text for item in items), signed.entry_id, draft)


def _choose_key(entry: Entry, draft: Draft, history: History, keys: Mapping[str, Signer]) -> Signer:
    keyring = history.book.keyring
    if draft.kind in _REGISTRATIONS:
        for signer in keys.values():
            record = keyring.get(signer.name)
            if record is not None and REGISTRAR in record.roles:
                return signer
        if history.size == 0 and entry.actor in keys:
            return keys[entry.actor]
        raise Refused(finding("registrar-needed", draft.source, field="类别 / type"))
    keeper = history.book.actors[entry.actor].keeper if entry.actor in history.book.actors else ""
    for owner in (entry.actor, keeper):
        if owner in keys:
            record = keyring.get(keys[owner].name)
            if record is None or record.vkey != keys[owner].public_key.encode():
                raise Refused(finding("key-unregistered", draft.source, field="key", value=keys[owner].name))
            return keys[owner]
    raise Refused(finding("key-mismatch", draft.source, field="负责人 / actor", value=draft.actor))


def explain_error(error: LedgerError, draft: Draft) -> Finding:
    """Word an entry that cannot even be written down."""
    return finding("rule-broken", draft.source, rule=error.code, reason=error.message, reason_zh=reason_zh(error.code))
