"""Write the generated parts of ledger/SPEC.md and the small log of vectors: `python -m tests.support.spec`."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from ledger.book.kind import kinds
from ledger.book.lineage import closure, lineage_digest
from ledger.book.schema import entry_schema
from ledger.book.stage import COMMON_SLOTS, Slot, life_cycle
from ledger.book.vocabulary import ITEM_TYPES
from ledger.log.checkpoint import Checkpoint
from ledger.log.merkle import inclusion_proof, leaf_hash, root
from ledger.log.proof import Receipt
from ledger.log.signer import Signer
from tests.support.chain import SEASON, ChainBuilder, used, weight

ROOT = Path(__file__).resolve().parents[2]
SPEC = ROOT / "ledger" / "SPEC.md"
VECTOR = ROOT / "tests" / "vectors" / "ledger" / "small-log.json"
ORIGIN = "log.example/ledger-2026"


def small_log() -> ChainBuilder:
    """Sign a registrar, a cooperative, a grower whose book it keeps, a plot, a harvest, its diary and its close."""
    chain = ChainBuilder()
    coop = chain.actor("coop", "cooperative", "packer")
    grower = chain.actor("grower", "grower", keeper=coop, own_key=False)
    plot = chain.facility("plot", grower, kind="orchard")
    lot = chain.harvest(grower, plot, "H1", "1000.0")
    diary: dict[str, Any] = {"facility": plot, "stage": "orchard", "data": {"period": SEASON}}
    urea = chain.must("activity", grower, items=[used("urea", "800", "kg", note="袋装")], **diary)
    chain.amend(urea, items=[used("urea", "200", "kg", note="袋装")])
    chain.must("close", grower, lots=[lot], items=[weight(lot, "1000.0")], at=SEASON["end"], **diary)
    return chain


def vector() -> dict[str, Any]:
    """Give the small log with everything that a verifier computes from it."""
    chain = small_log()
    signer = Signer.from_seed(ORIGIN, sha256(b"test/log").digest())
    leaves = [leaf_hash(signed.note) for signed in chain.envelopes]
    checkpoint = signer.sign_note(Checkpoint(ORIGIN, len(leaves), root(leaves)).text())
    links, link = [], bytes(32)
    for leaf in leaves:
        link = sha256(link + leaf).digest()
        links.append(link.hex())
    lot = next(iter(chain.book.lots))
    ids = closure(chain.envelopes, lot, len(leaves))
    return {
        "about": "a log of this specification's own making; keys are SHA-256 of public texts and protect nothing",
        "log_key": signer.public_key.encode(),
        "entries": [
            {
                "index": added.index,
                "entry_id": added.entry_id,
                "note": added.signed.note.decode("utf-8"),
                "items": list(added.lines),
                "leaf_hash": leaves[added.index].hex(),
                "chain": links[added.index],
            }
            for added in chain.added
        ],
        "root": root(leaves).hex(),
        "checkpoint": checkpoint.decode("utf-8"),
        "receipts": [
            Receipt(index, tuple(inclusion_proof(leaves, index)), checkpoint).encode().decode("utf-8")
            for index in range(len(leaves))
        ],
        "closure": {"lot": lot, "tree_size": len(leaves), "entry_ids": list(ids), "digest": lineage_digest(ids)},
    }


def kinds_table() -> str:
    """List every kind with its data and who writes it."""
    rows = ["| kind | data | writer | lots | stage | facility | refs |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for kind in kinds().values():
        fields = msgspec.structs.fields(kind.data)
        data = ", ".join(f"`{field.encode_name}`" + ("" if field.required else " (optional)") for field in fields)
        writer = {"actor": "actor or keeper", "registrar": "registrar", "either": "actor, keeper or registrar"}[
            kind.writer
        ]
        if kind.signer_roles:
            writer += "; key with role " + " / ".join(sorted(kind.signer_roles))
        if kind.custody == "custodian":
            writer += "; custodian"
        elif kind.custody == "roles":
            writer += "; has or had custody" + (", or role " if kind.roles else "") + " / ".join(sorted(kind.roles))
        if kind.own_facility:
            writer += "; own facility"
        lots = "`in` + `out`" if kind.moves else kind.lots
        refs = str(kind.refs[0]) if kind.refs[0] == kind.refs[1] else f"{kind.refs[0]} to {kind.refs[1]}"
        rows.append(
            f"| `{kind.code}` | {data or '(empty)'} | {writer} | {lots} | {kind.stage} | {kind.facility} | {refs} |"
        )
    return "\n".join(rows)


def amend_table() -> str:
    """List what an amendment of each kind must repeat."""
    rows = ["| kind | an amendment must repeat |", "| --- | --- |"]
    for kind in kinds().values():
        if not kind.amendable:
            text = "cannot be amended"
        else:
            kept = [f"`data.{name}`" for name in kind.fixed] + (["`lots`"] if kind.fixes_lots else [])
            kept += ["`facility`"] if kind.lots == "none" and kind.facility != "none" else []
            text = ", ".join(kept) or "nothing beyond kind and actor"
        rows.append(f"| `{kind.code}` | {text} |")
    return "\n".join(rows)


def stages_table() -> str:
    """List every stage with its slots."""
    rows = ["| stage | slots (unit; * mandatory) | pool shared by |", "| --- | --- | --- |"]
    for stage in life_cycle():
        slots = ", ".join(_slot(slot) for slot in stage.slots) or "(those of every stage)"
        rows.append(f"| `{stage.code}` | {slots} | {stage.allocation.replace('_', ' x ')} |")
    rows.append(f"| every stage | {', '.join(_slot(slot) for slot in COMMON_SLOTS)} | |")
    return "\n".join(rows)


def _slot(slot: Slot) -> str:
    mark = "*" if slot.mandatory else ""
    remarks = [slot.main_gas] if slot.main_gas != "CO2" else []
    remarks += ["never counted"] if slot.information else []
    return f"`{slot.code}` ({', '.join([slot.unit, *remarks])}){mark}"


def items_table() -> str:
    """List every item with its fields."""
    rows = ["| item | fields | optional fields |", "| --- | --- | --- |"]
    for known in ITEM_TYPES.values():
        required = ", ".join(f"`{field}`" for field in known.fields)
        optional = ", ".join(f"`{field}`" for field in known.optional)
        rows.append(f"| `{known.name}` | {required} | {optional} |")
    return "\n".join(rows)


def schema_text() -> str:
    """Give the JSON Schema as it is served, without an address of its own."""
    return "```json\n" + json.dumps(entry_schema(), indent=1, ensure_ascii=True) + "\n```"


def example_text() -> str:
    """Give the harvest of the small log as bytes to compare with."""
    harvest = next(entry for entry in vector()["entries"] if '"kind":"harvest"' in entry["note"])
    item = harvest["items"][0]
    return "\n".join(
        [
            "The note:",
            "",
            "```",
            harvest["note"].rstrip("\n"),
            "```",
            "",
            f"`entry_id` {harvest['entry_id']}",
            f"leaf hash {harvest['leaf_hash']}",
            "",
            "Its one item, with the digest that stands in `items`:",
            "",
            "```",
            item,
            "```",
        ]
    )


PARTS = {
    "kinds": kinds_table,
    "amend": amend_table,
    "stages": stages_table,
    "items": items_table,
    "schema": schema_text,
    "example": example_text,
}


def rendered(text: str) -> str:
    """Put every generated part between its marks."""
    for name, write in PARTS.items():
        before, start, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- /{name} -->\n")
        assert start and end, name
        text = f"{before}{start}{write()}\n{end}{after}"
    return text


def vector_text() -> str:
    """Give the bytes of the vector file."""
    return json.dumps(vector(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SPEC.write_text(rendered(SPEC.read_text("utf-8")), "utf-8")
    VECTOR.write_text(vector_text(), "utf-8")
