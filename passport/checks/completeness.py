"""Check against a copy of the log, or a monitor's statement, that nothing was left out and no key was revoked."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.book.entry import SignedEntry, parse_entry
from ledger.book.kind import kinds
from ledger.book.lineage import closure
from ledger.book.product import products
from ledger.book.stage import stages
from ledger.errors import KeyUntrusted
from ledger.log.checkpoint import open_checkpoint
from ledger.log.merkle import leaf_hash, root
from passport.checks.case import Case, found
from passport.checks.statement import check_statement
from passport.checks.verdicts import PublicLog, check_verdicts
from passport.report import CheckFailed, NotChecked, Notebook


def check_completeness(case: Case, notebook: Notebook) -> None:
    """Run the three checks that need a copy of the log, or a monitor's statement where there is none."""
    if case.log is None and case.statement is not None:
        check_statement(case, notebook, case.statement)
        return
    envelopes: list[SignedEntry] = []
    with notebook.check("log_copy") as say:
        case.the_bundle()
        if case.log is None:
            raise NotChecked("needs a copy of the log")
        notebook.need("checkpoint_signature", "inclusion")
        head, key = found(case.checkpoint, "checkpoint_signature"), found(case.log_key, "checkpoint_signature")
        if case.log.log_key() != key:
            raise CheckFailed("the copy is of another log", log=case.log.log_key().name)
        copy = open_checkpoint(case.log.checkpoint(), key)
        if copy.size < head.size:
            raise NotChecked(f"the copy of the log ends at {copy.size}, before the bundle's tree head at {head.size}")
        notes = case.log.notes(copy.size)
        if len(notes) != copy.size:
            raise CheckFailed("the copy of the log lacks entries", size=copy.size, found=len(notes))
        leaves = [leaf_hash(note) for note in notes]
        if root(leaves) != copy.root:
            raise CheckFailed("the entries of the copy are not those of its tree head", size=copy.size)
        if root(leaves[: head.size]) != head.root:
            raise CheckFailed("the log has forked: the copy and the bundle disagree", size=head.size)
        envelopes = [parse_entry(note) for note in notes]
        say(f"{copy.size} entries")
    copied = PublicLog(envelopes, {entry.signed.entry_id for entry in case.entries})
    _lineage_complete(case, notebook, copied)
    _keys_unrevoked(case, notebook, copied)


def _lineage_complete(case: Case, notebook: Notebook, copied: PublicLog) -> None:
    with notebook.check("lineage_complete") as say:
        notebook.need("log_copy", "lineage_digest")
        disclosure = found(case.disclosure, "credential_form")
        size = disclosure.lineage.tree_size
        expected = set(closure(copied.envelopes, disclosure.lot, size))
        held = {entry.signed.entry_id for entry in case.entries}
        left_out, surplus = sorted(expected - held), sorted(held - expected)
        strange = sorted({word for entry in case.entries for word in _strange(entry.signed)})
        if strange and (left_out or surplus):
            raise NotChecked(f"this software does not know {', '.join(strange)}, so it cannot follow the lot")
        if left_out or surplus:
            raise CheckFailed(
                "the passport does not rest on all entries of the lot", left_out=left_out[:20], surplus=surplus[:20]
            )
        check_verdicts(case, copied.rejected, copied.envelopes)
        say(f"{len(expected)} entries below size {size}")


def _strange(signed: SignedEntry) -> Iterator[str]:
    """Name the kind, the stage and the form of product of an entry that are not installed here."""
    entry = signed.entry
    if entry.kind not in kinds():
        yield f"kind {entry.kind}"
    if entry.stage and entry.stage not in stages():
        yield f"stage {entry.stage}"
    if entry.kind == "register_product" and entry.data.get("kind") not in products():
        yield f"product {entry.data.get('kind')}"


def _keys_unrevoked(case: Case, notebook: Notebook, copied: PublicLog) -> None:
    with notebook.check("keys_unrevoked") as say:
        notebook.need("log_copy", "entry_keys")
        facts = copied.facts
        for entry in case.placed:
            record = facts.keyring.key(entry.signed.key_name)
            if record.vkey != case.signers[entry.signed.entry_id].vkey or not record.valid_at(entry.index):
                raise KeyUntrusted("the key was revoked before this entry", key_name=record.name, index=entry.index)
        case.disputed = tuple(entry.signed.entry_id for entry in case.placed if facts.disputed(entry.signed.entry_id))
        if case.disputed:
            raise KeyUntrusted(
                "entries lie in the disputed window of their key, and nobody stands by them",
                entries=list(case.disputed),
            )
        say(f"{len({entry.signed.key_name for entry in case.placed})} keys")
