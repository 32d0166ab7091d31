"""Check a monitor's completeness statement, which stands in for a copy of the log."""

from __future__ import annotations

from msgspec import UNSET

from ledger.book.completeness import Completeness, parse_completeness
from ledger.book.lineage import lineage_digest
from ledger.errors import KeyUntrusted
from ledger.log.merkle import leaf_hash, prefix_root
from ledger.log.note import b64decode_strict
from ledger.log.signer import verify_note
from passport.checks.case import Case, found
from passport.checks.verdicts import check_verdicts
from passport.report import CheckFailed, NotChecked, Notebook


def check_statement(case: Case, notebook: Notebook, data: bytes) -> None:
    """Run the three checks of completeness against a statement.

    Args:
        case: what is checked.
        notebook: where outcomes go.
        data: the signed statement.
    """
    stated: Completeness | None = None
    with notebook.check("log_copy") as say:
        case.the_bundle()
        trust = case.the_trust()
        statement, note = parse_completeness(data)
        signers = [key for key in trust.monitors if any(line.is_by(key) for line in note.signatures)]
        if not signers:
            raise KeyUntrusted("the statement is not signed by a monitor of the trust file")
        for key in signers:
            verify_note(note, key)
        notebook.need("checkpoint_signature", "inclusion", "passport_logged", "credential_form")
        _same_tree(case, statement)
        head = found(case.checkpoint, "checkpoint_signature")
        if statement.seen < head.size:
            raise NotChecked(f"the monitor had read {statement.seen} entries; the bundle's tree head is at {head.size}")
        if statement.seen == head.size and statement.seen_root != head.root.hex():
            raise CheckFailed("the log has forked: the monitor and the bundle disagree", size=head.size)
        stated = statement
        say(f"{signers[0].name} had read {statement.seen} entries at {statement.time}")
    with notebook.check("lineage_complete") as say:
        notebook.need("log_copy", "lineage_digest")
        shown = found(stated, "log_copy")
        held = [entry.signed.entry_id for entry in case.entries]
        if (shown.count, shown.digest) != (len(held), lineage_digest(held)):
            raise CheckFailed("the passport does not rest on all entries of the lot", expected=shown.count)
        if shown.rejected is UNSET:
            raise NotChecked("the monitor's software is too old to say which entries the log rejected; update it")
        check_verdicts(case, frozenset(shown.rejected))
        say(f"{shown.count} entries below size {shown.tree_size}")
    with notebook.check("keys_unrevoked") as say:
        notebook.need("log_copy", "entry_keys")
        shown = found(stated, "log_copy")
        disputed = frozenset(shown.disputed)
        for entry in case.placed:
            name = entry.signed.key_name
            revoked = shown.key(case.signers[entry.signed.entry_id].vkey)
            if revoked is not None and revoked.revoked_at < entry.index:
                raise KeyUntrusted("the key was revoked before this entry", key_name=name, index=entry.index)
        case.disputed = tuple(entry.signed.entry_id for entry in case.placed if entry.signed.entry_id in disputed)
        if case.disputed:
            raise KeyUntrusted(
                "entries lie in the disputed window of their key, and nobody stands by them",
                entries=list(case.disputed),
            )
        say(f"{len({entry.signed.key_name for entry in case.placed})} keys")


def _same_tree(case: Case, statement: Completeness) -> None:
    """Refuse a statement about another log, lot, tree size or root."""
    disclosure = found(case.disclosure, "credential_form")
    own, head = found(case.passport_entry, "passport_logged"), found(case.checkpoint, "checkpoint_signature")
    proof = [b64decode_strict(part) for part in own.proof]
    expected = {
        "log": found(case.log_key, "checkpoint_signature").encode(),
        "lot": disclosure.lot,
        "tree_size": disclosure.lineage.tree_size,
        "size": own.index + 1,
        "root": prefix_root(leaf_hash(own.signed.note), own.index, head.size, proof).hex(),
    }
    for name, value in expected.items():
        if getattr(statement, name) != value:
            raise CheckFailed("the statement is about something else than this passport", field=name)
