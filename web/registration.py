"""Make an actor's key and register it: kept as pending until the log holds it, and in use only then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger import keyfiles
from ledger.book.keyring import make_proof
from ledger.book.kind import known_roles
from ledger.errors import EntryRejected, LedgerError, StoreConflict
from ledger.ids import key_owner
from ledger.log.signer import Signer
from web.recorder import EntryRefused, Statement, record
from web.services import Services
from web.setup import begin_log, registrar_of

PENDING = ".pending"


class RoleUnknown(LedgerError):
    """Say that nobody has such a role."""

    code = "role-unknown"


@dataclass(frozen=True, slots=True)
class Registered:
    """Hold a key that the log knows: the key, its file, and the id of its registration."""

    signer: Signer
    path: Path
    entry_id: str


def check_roles(roles: Sequence[str]) -> None:
    """Refuse a role that no rule asks for and no reader knows.

    Raises:
        RoleUnknown: there is one.
    """
    for role in roles:
        if role not in known_roles():
            known = ", ".join(sorted(known_roles()))
            raise RoleUnknown(f"there is no role {role}; the roles are {known}", role=role)


def pending_file(path: Path) -> Path:
    """Return where a key is kept while its registration is under way."""
    return path.with_name(path.name + PENDING)


def register(services: Services, folder: Path, name: str, *, roles: Sequence[str], keeper: str) -> Registered:
    """Make a key, register it as registrar and put it in use; or finish what an earlier attempt began.

    The key lies in `<file>.pending` first. A refusal removes it; where it is unknown whether the log took the
    registration, it stays, and the same call with the same name goes on with it.

    Raises:
        RoleUnknown: a role is none.
        StoreConflict: a key file of this name is in use.
        EntryRejected, EntryRefused: the log does not take the registration.
        StoreUnavailable: it is unknown whether it did.
    """
    check_roles(roles)
    registrar, ledger = registrar_of(services), services.ledger
    path = folder / keyfiles.file_name(name)
    if path.exists():
        raise StoreConflict("a key file is already there; it is never overwritten", path=str(path))
    pending = pending_file(path)
    if pending.exists():
        signer = keyfiles.load_signer(pending)
    else:
        signer = Signer.generate(name)
        keyfiles.save_signer(pending, signer)
    vkey, actor = signer.public_key.encode(), key_owner(name)
    try:
        begin_log(services)
        book = ledger.book()
        if actor not in book.actors:
            known = {"roles": list(roles), "keeper": keeper}
            record(ledger, registrar, Statement("register_actor", actor, known), clock=services.clock)
        held = book.keyring.get(name)
        if held is not None and held.vkey == vkey:
            entry_id = held.entry_id
        else:
            data = {"vkey": vkey, "roles": list(roles), "keeper": keeper, "proof": make_proof(signer)}
            statement = Statement("register_key", actor, data)
            entry_id = record(ledger, registrar, statement, clock=services.clock).entry_id
    except (EntryRejected, EntryRefused):
        pending.unlink()
        raise
    keyfiles.move_signer(pending, path)
    return Registered(signer, path, entry_id)
