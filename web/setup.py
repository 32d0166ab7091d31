"""Make a new home usable: the service's keys, and the registrar's own registration as entry 0."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from iocore.times import Clock
from ledger.book.keyring import make_proof
from ledger.ids import key_owner
from ledger.keyfiles import load_signer, new_secret, save_secret, save_signer
from ledger.log.signer import Signer
from ledger.service import Ledger
from web.config import Config
from web.recorder import Statement, record

LABEL = "1"
REGISTRAR_ROLES = ("issuer", "operator", "registrar")


def new_actor_id() -> str:
    """Make a pseudonym that says nothing about who it is."""
    return "a_" + base64.b32encode(os.urandom(10)).decode("ascii").lower()


def make_service_keys(config: Config) -> list[tuple[str, Path, bool]]:
    """Make the key files that are missing, each with mode 0600.

    The registrar of a new home also issues: both key files hold one key, so that a small cooperative needs no second
    ceremony. A larger one registers an issuer of its own and replaces the issuer's file.

    Returns:
        Name, path and whether it was made, for each key.
    """
    made = []
    if config.registrar_key_file.is_file():
        registrar = load_signer(config.registrar_key_file)
    else:
        registrar = Signer.generate(f"{new_actor_id()}/{LABEL}")
    signers = (
        ("log", config.log_key_file, Signer.generate(config.origin)),
        ("registrar", config.registrar_key_file, registrar),
        ("issuer", config.issuer_key_file, registrar),
    )
    for name, path, signer in signers:
        fresh = not path.is_file()
        if fresh:
            save_signer(path, signer)
        made.append((name, path, fresh))
    for name, path in (("seal", config.seal_key_file), ("session", config.session_key_file)):
        fresh = not path.is_file()
        if fresh:
            save_secret(path, new_secret())
        made.append((name, path, fresh))
    return made


def register_registrar(ledger: Ledger, registrar: Signer, *, clock: Clock) -> None:
    """Append entry 0, in which the registrar registers its own key; a log that has begun is left alone."""
    if ledger.size:
        return
    data = {
        "vkey": registrar.public_key.encode(),
        "roles": list(REGISTRAR_ROLES),
        "keeper": "",
        "proof": make_proof(registrar),
    }
    record(ledger, registrar, Statement("register_key", key_owner(registrar.name), data), clock=clock)
