"""Begin the log of a new home: the registrar registers its own key as entry 0, then the issuer's."""

from __future__ import annotations

import base64
import os

from ledger.book.keyring import make_proof
from ledger.ids import key_owner
from ledger.keyfiles import load_signer
from ledger.log.signer import Signer
from web.config import ConfigError
from web.recorder import Statement, record
from web.services import Services

REGISTRAR_ROLES = ("operator", "registrar")
ISSUER_ROLES = ("issuer",)


def new_actor_id() -> str:
    """Make a pseudonym that says nothing about who it is."""
    return "a_" + base64.b32encode(os.urandom(10)).decode("ascii").lower()


def registrar_of(services: Services) -> Signer:
    """Return the registrar's key.

    Raises:
        ConfigError: this machine does not hold it.
    """
    if services.registrar is None:
        raise ConfigError("the registrar's key is not on this machine", setting="registrar_key_file")
    return services.registrar


def begin_log(services: Services) -> list[str]:
    """Register the registrar's and the issuer's key where the log does not know them; return the new key names."""
    registrar, issuer = registrar_of(services), load_signer(services.config.issuer_key_file)
    roles: dict[str, set[str]] = {registrar.name: set(REGISTRAR_ROLES)}
    roles.setdefault(issuer.name, set()).update(ISSUER_ROLES)
    done = []
    for signer in (registrar, issuer):
        if services.ledger.book().keyring.get(signer.name) is not None:
            continue
        data = {
            "vkey": signer.public_key.encode(),
            "roles": sorted(roles[signer.name]),
            "keeper": "",
            "proof": make_proof(signer),
        }
        statement = Statement("register_key", key_owner(signer.name), data)
        record(services.ledger, registrar, statement, clock=services.clock)
        done.append(signer.name)
    return done
