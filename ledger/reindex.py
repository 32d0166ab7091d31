"""Rebuild every projection from the canonical bytes: notes, openings, evidence and the log's signature.

Ids, hashes, linear chain, tiles, right edge, heads, verdicts and the index of things follow from them. Notes that do
not lead to a tree head that the log signed are never touched: then only a backup helps.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ledger.book.entry import SignedEntry, parse_entry
from ledger.book.item import Item
from ledger.book.state import Book, Outcome
from ledger.book.subjects import Index
from ledger.errors import LedgerCorrupt, LedgerError
from ledger.heads import Heads
from ledger.log import merkle, tiles
from ledger.log.checkpoint import open_checkpoint
from ledger.log.edge import Edge
from ledger.log.note import VerifierKey
from ledger.openings import Openings
from ledger.projection import CHUNK, opened_items
from ledger.sequencer import reasons_text
from ledger.store.base import EntryRow, LogReader, LogState, LogWriter
from ledger.tree import FIRST_CHAIN, read_state


def reindex(writer: LogWriter, key: VerifierKey, openings: Openings) -> int:
    """Rebuild what is wrong; return how many rows changed.

    Raises:
        LedgerCorrupt: the notes do not lead to a tree head that the log signed.
    """
    stored = _all(writer)
    notes = [row.note for row in stored]
    if [row.idx for row in stored] != list(range(len(stored))):
        raise LedgerCorrupt("entries are missing; only a backup helps")
    leaves = [merkle.leaf_hash(note) for note in notes]
    edge = Edge(0, ()).extend(leaves)
    note = _signed_head(writer, key, edge)
    chain = FIRST_CHAIN
    rows: list[EntryRow] = []
    signed = [parse_entry(note) for note in notes]
    for row, entry, leaf in zip(stored, signed, leaves, strict=True):
        chain = merkle.chain_hash(chain, leaf)
        rows.append(msgspec.structs.replace(row, entry_id=entry.entry_id, leaf_hash=leaf, chain=chain))
    rows = _verdicts(rows, signed, opened_items(writer, openings, rows))
    heads = Heads(writer.equivocations())
    for row, entry in zip(rows, signed, strict=True):
        frees = entry.entry.kind == "reattest" and row.status == "logged"
        heads.add(row.idx, entry.key_name, entry.entry.seq, row.entry_id, reattest=entry if frees else None)
    state = LogState(edge.size, edge.root(), chain, edge.encode(), note)
    index = Index()
    mentions = [
        (key, row.idx)
        for row, entry in zip(rows, signed, strict=True)
        for key in index.keys(row.idx, entry, in_force=row.status == "logged")
    ]
    changed = [row for row, before in zip(rows, stored, strict=True) if row != before]
    return (
        writer.put_entries(changed)
        + writer.put_tiles(tiles.extend_tiles({}, 0, leaves))
        + writer.put_heads(heads.finish())
        + writer.put_mentions(mentions)
        + writer.put_state(state)
    )


def _all(reader: LogReader) -> list[EntryRow]:
    last = reader.last_index()
    return [row for at in range(0, 0 if last is None else last + 1, CHUNK) for row in reader.entries(at, at + CHUNK)]


def _signed_head(reader: LogReader, key: VerifierKey, edge: Edge) -> bytes:
    """Return the checkpoint that signs the tree of all notes."""
    notes = [read_state(reader).checkpoint, *(note for size, note in reader.checkpoints() if size == edge.size)]
    for note in notes:
        try:
            head = open_checkpoint(note, key)
        except LedgerError:
            continue
        if (head.size, head.root) == (edge.size, edge.root()):
            return note
    raise LedgerCorrupt("the notes do not lead to a tree head that the log signed; only a backup helps", size=edge.size)


def _verdicts(
    rows: list[EntryRow], signed: list[SignedEntry], items: Mapping[str, Mapping[str, Item]]
) -> list[EntryRow]:
    """Judge every entry again as long as all openings are at hand."""
    book, whole = Book.empty(), True
    judged: list[EntryRow] = []
    for row, entry in zip(rows, signed, strict=True):
        opened = items.get(entry.entry_id, {})
        whole = whole and len(opened) == len(entry.entry.items)
        recorded: Outcome = "rejected" if row.status == "rejected" else "logged"
        broken = book.apply(row.idx, entry, opened, recorded_as=None if whole else recorded)
        if whole:
            row = msgspec.structs.replace(row, status="rejected" if broken else "logged", reasons=reasons_text(broken))
        judged.append(row)
    return judged
