"""Check the entries of a bundle: tree head, inclusion, keys, signatures, openings, and the passport's own entry."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

from iocore.times import format_time
from ledger.book.entry import parse_entry
from ledger.book.item import Item, parse_item, visible_to
from ledger.book.keyring import KeyRecord
from ledger.book.kind import kinds
from ledger.book.lineage import KEY_KINDS
from ledger.book.state import Outcome
from ledger.errors import KeyUntrusted
from ledger.ids import NO_ENTRY, key_owner
from ledger.log.checkpoint import open_checkpoint
from ledger.log.merkle import leaf_hash, verify_inclusion
from ledger.log.note import VerifierKey, b64decode_strict
from ledger.log.signer import check_public_key
from passport.bundle import BundledEntry
from passport.checks.case import Case, Placed, found
from passport.checks.credential import split_id
from passport.document import Lineage, credential_digest
from passport.errors import MalformedBundle
from passport.report import CheckFailed, Notebook


def checkpoint_signature(case: Case, notebook: Notebook) -> None:
    """Check that the tree head is signed by the bundle's log key."""
    with notebook.check("checkpoint_signature") as say:
        bundle = case.the_bundle()
        key = VerifierKey.parse(bundle.log_key)
        if key.encode() != bundle.log_key:
            raise MalformedBundle("the log key is not in its one spelling")
        check_public_key(key.public)
        case.checkpoint = open_checkpoint(bundle.checkpoint.encode("utf-8"), key)
        case.log_key = key
        say(f"{key.name}, {case.checkpoint.size} entries")


def entry_form(case: Case, notebook: Notebook) -> None:
    """Check that every note is an entry, each once, in the order of the log."""
    with notebook.check("entry_form") as say:
        bundle = case.the_bundle()
        entries = tuple(_place(entry) for entry in bundle.entries)
        passport_entry = _place(bundle.passport_entry) if bundle.passport_entry is not None else None
        placed = (*entries, passport_entry) if passport_entry else entries
        if not entries:
            raise MalformedBundle("the bundle holds no entry")
        if any(later.index <= earlier.index for earlier, later in itertools.pairwise(placed)):
            raise MalformedBundle("the entries are not in the order of the log")
        if len({entry.signed.entry_id for entry in placed}) != len(placed):
            raise MalformedBundle("an entry stands twice in the bundle")
        case.entries, case.passport_entry = entries, passport_entry
        say(f"{len(placed)} entries")


def inclusion(case: Case, notebook: Notebook) -> None:
    """Check that every entry is in the tree of the tree head."""
    with notebook.check("inclusion") as say:
        case.the_bundle()
        notebook.need("checkpoint_signature", "entry_form")
        head = found(case.checkpoint, "checkpoint_signature")
        for entry in case.placed:
            proof = [b64decode_strict(part) for part in entry.proof]
            try:
                verify_inclusion(leaf_hash(entry.signed.note), entry.index, head.size, proof, head.root)
            except Exception as error:
                raise CheckFailed(f"{error}", entry=entry.signed.entry_id, index=entry.index) from error
        say(f"{len(case.placed)} proofs against size {head.size}")


def entry_keys(case: Case, notebook: Notebook) -> None:
    """Check that every entry's key was registered before it and not revoked, as far as the bundle tells."""
    with notebook.check("entry_keys") as say:
        bundle = case.the_bundle()
        notebook.need("entry_form")
        case.book = case.fold(bundle.openings)
        signers: dict[str, KeyRecord] = {}
        for entry in case.placed:
            record = case.book.keyring.key(entry.signed.key_name)
            if not record.valid_at(entry.index):
                raise KeyUntrusted(
                    "the key was not valid at this place of the log", key_name=record.name, index=entry.index
                )
            signers[entry.signed.entry_id] = record
        case.signers = signers
        facts = case.book.authority.facts
        case.disputed = tuple(entry.signed.entry_id for entry in case.entries if facts.disputed(entry.signed.entry_id))
        count = len({record.name for record in signers.values()})
        if case.disputed:
            say(f"{count} keys; {len(case.disputed)} entries are disputed")
        else:
            say(f"{count} keys")


def entry_signatures(case: Case, notebook: Notebook) -> None:
    """Check the signature of every entry."""
    with notebook.check("entry_signatures") as say:
        case.the_bundle()
        notebook.need("entry_keys")
        for entry in case.placed:
            try:
                entry.signed.verify(case.signers[entry.signed.entry_id].verifier)
            except Exception as error:
                raise CheckFailed(f"{error}", entry=entry.signed.entry_id, index=entry.index) from error
        say(f"{len(case.placed)} signatures")


def chains(case: Case, notebook: Notebook) -> None:
    """Check that the entries of one key follow each other, where the bundle holds neighbours."""
    with notebook.check("chains") as say:
        case.the_bundle()
        notebook.need("entry_form")
        last: dict[str, Placed] = {}
        links = 0
        for entry in case.placed:
            own, name = entry.signed.entry, entry.signed.key_name
            before = last.get(name)
            if (own.seq == 1) != (own.prev == NO_ENTRY) or (before and own.seq <= before.signed.entry.seq):
                raise CheckFailed("the sequence of a key is broken", key_name=name, seq=own.seq, index=entry.index)
            if before and own.seq == before.signed.entry.seq + 1:
                if own.prev != before.signed.entry_id:
                    raise CheckFailed("an entry does not follow the one before it", key_name=name, seq=own.seq)
                links += 1
            last[name] = entry
        say(f"{links} links of {len(last)} keys")


def openings_match(case: Case, notebook: Notebook) -> None:
    """Check that every opened item is listed by its entry and meant for the bundle's audience, and what is missing."""
    with notebook.check("openings_match") as say:
        bundle = case.the_bundle()
        notebook.need("entry_form")
        listed = {entry.signed.entry_id: entry.signed.entry.items for entry in case.entries}
        items: dict[tuple[str, str], Item] = {}
        for entry_id, lines in bundle.openings.items():
            if entry_id not in listed or not lines:
                raise CheckFailed("openings of no entry of the bundle, or none", entry=entry_id)
            opened = [parse_item(line) for line in lines]
            digests = [item.digest for item in opened]
            if digests != sorted(set(digests)):
                raise CheckFailed("openings stand twice or in another order", entry=entry_id)
            for item in opened:
                if item.digest not in listed[entry_id]:
                    raise CheckFailed("the entry does not list this item", entry=entry_id, item=item.digest)
                if not visible_to(item.audience, bundle.audience):
                    raise CheckFailed("this item is not for the bundle's audience", entry=entry_id, item=item.digest)
                items[entry_id, item.digest] = item
        closed = sum(len(digests) for digests in listed.values()) - len(items)
        missing = sorted(
            entry_id
            for entry_id, digests in listed.items()
            if bundle.audience == "full" and any((entry_id, digest) not in items for digest in digests)
        )
        if bundle.erased != missing:
            raise CheckFailed("the entries without openings are not those that the bundle names", missing=missing[:20])
        case.items = items
        say(f"{len(items)} items open, {closed} closed")


def lineage_digest(case: Case, notebook: Notebook) -> None:
    """Check that the bundle's entries are those that the passport names."""
    with notebook.check("lineage_digest") as say:
        case.the_bundle()
        notebook.need("credential_form", "entry_form")
        claim = found(case.disclosure, "credential_form").lineage
        lineage = Lineage.of([entry.signed.entry_id for entry in case.entries], claim.tree_size)
        if lineage.to_claim() != claim:
            raise CheckFailed("the bundle holds other entries than the passport names", count=lineage.count)
        if any(entry.index >= claim.tree_size for entry in case.entries):
            raise CheckFailed("an entry is later than the log size that the passport names")
        _verdicts_of_lineage(case)
        size, without, inside = claim.tree_size, _stated(case, "rejected"), _stated(case, "logged")
        if case.verdicts:
            say(f"{lineage.count} entries below size {size}; the log rejected: {without}; the log admitted: {inside}")
        else:
            say(f"{lineage.count} entries below size {size}")


def _verdicts_of_lineage(case: Case) -> None:
    """Refuse a verdict about an entry that the passport does not rest on, or on which keys and roles rest."""
    kinds_held = {entry.signed.entry_id: entry.signed.entry.kind for entry in case.entries}
    strange = sorted(case.verdicts.keys() - kinds_held.keys())
    if strange:
        raise CheckFailed("the passport states a verdict about an entry that it does not rest on", entries=strange[:20])
    keys = sorted(entry_id for entry_id in case.verdicts if kinds_held[entry_id] in KEY_KINDS)
    if keys:
        raise CheckFailed("the passport states a verdict about who may sign what", entries=keys[:20])


def _stated(case: Case, verdict: Outcome) -> str:
    """Name the entries about which the passport states a verdict."""
    return ", ".join(sorted(entry_id for entry_id, one in case.verdicts.items() if one == verdict)) or "-"


def passport_logged(case: Case, notebook: Notebook) -> None:
    """Check that the log holds this credential's digest, signed by a key that may issue."""
    with notebook.check("passport_logged") as say:
        case.the_bundle()
        notebook.need("credential_form", "entry_form")
        if case.passport_entry is None:
            raise CheckFailed("the passport was never logged")
        notebook.need("inclusion", "entry_keys", "entry_signatures")
        disclosure = found(case.disclosure, "credential_form")
        entry = case.passport_entry.signed.entry
        record = case.signers[case.passport_entry.signed.entry_id]
        _, uuid = split_id(case.credential["id"])
        expected = {
            "credential": credential_digest(case.credential),
            "lineage": {
                "count": disclosure.lineage.count,
                "digest": disclosure.lineage.digest,
                "tree_size": disclosure.lineage.tree_size,
            },
            "passport": uuid,
            "phase": disclosure.phase,
        }
        if entry.kind != "passport" or entry.lots != (disclosure.lot,):
            raise CheckFailed("the passport's entry is not a passport entry of its lot", kind=entry.kind)
        for name, value in expected.items():
            if entry.data.get(name) != value or set(entry.data) != set(expected):
                raise CheckFailed("the log holds another passport", field=name)
        if not record.roles & kinds()["passport"].signer_roles:
            raise KeyUntrusted("the key that logged the passport may not issue", key_name=record.name)
        if case.passport_entry.index < disclosure.lineage.tree_size:
            raise CheckFailed("the passport was logged before the entries that it rests on")
        say(f"entry {case.passport_entry.signed.entry_id} at {case.passport_entry.index}")


def log_trusted(case: Case, notebook: Notebook) -> None:
    """Check that the tree head is signed by a log of the trust file."""
    with notebook.check("log_trusted") as say:
        bundle = case.the_bundle()
        trust = case.the_trust()
        notebook.need("checkpoint_signature")
        result = trust.policy.check(bundle.checkpoint.encode("utf-8"))
        if result.log != case.log_key:
            raise KeyUntrusted("the trust file names another key for this log", log=result.log.name)
        say(result.log.name)


def witnesses(case: Case, notebook: Notebook) -> None:
    """Check that enough witnesses of the trust file cosigned the tree head."""
    with notebook.check("witnesses") as say:
        bundle = case.the_bundle()
        trust = case.the_trust()
        notebook.need("log_trusted")
        result = trust.policy.check(bundle.checkpoint.encode("utf-8"))
        if result.failures:
            raise CheckFailed("a cosignature of a trusted witness does not hold", witnesses=sorted(result.failures))
        if not result.satisfied:
            raise CheckFailed("too few witnesses cosigned the tree head", quorum=trust.policy.quorum)
        if result.witnessed:
            first = format_time(datetime.fromtimestamp(min(result.witnessed.values()), UTC))
            say(f"quorum {trust.policy.quorum}, {len(result.witnessed)} cosignatures, the first of {first}")
        else:
            say(f"quorum {trust.policy.quorum}, {len(result.witnessed)} cosignatures")


def registrar_trusted(case: Case, notebook: Notebook) -> None:
    """Check that every key of the bundle was registered by a registrar of the trust file."""
    with notebook.check("registrar_trusted") as say:
        case.the_bundle()
        trust = case.the_trust()
        notebook.need("entry_keys", "entry_signatures")
        trusted = {key.encode() for key in trust.registrars}
        registered = {entry.signed.entry_id: entry for entry in case.entries}
        for record in {record.name: record for record in case.signers.values()}.values():
            entry = registered.get(record.entry_id)
            if entry is None:
                raise KeyUntrusted("the registration of a key is not in the bundle", key_name=record.name)
            signer = case.signers[entry.signed.entry_id]
            if signer.vkey not in trusted:
                raise KeyUntrusted(
                    "a key was registered by a registrar that the trust file does not list",
                    key_name=record.name,
                    registrar=signer.name,
                )
        say(", ".join(sorted({key_owner(key.name) for key in trust.registrars})))


def _place(entry: BundledEntry) -> Placed:
    return Placed(entry.index, parse_entry(entry.note.encode("utf-8")), tuple(entry.proof))
