"""Build everything that runs from the settings; the only place that wires objects together."""

from __future__ import annotations

import base64
import hmac
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from iocore.factors import FactorLibrary
from iocore.sources import load_all
from iocore.times import Clock, SystemClock, format_time, parse_time
from ledger import keyfiles
from ledger.errors import LedgerError
from ledger.fsck import PARALLEL_FROM, Depth, Finding, fsck
from ledger.guard import Guard
from ledger.log.signer import Signer
from ledger.log.witness import Policy
from ledger.openings import Openings
from ledger.service import Ledger
from ledger.store.access import AccessLog
from ledger.store.sql import SqlLogStore
from passport.did import did_web
from passport.errors import PassportError
from passport.issuer import Identifiers, Issuer, RandomIdentifiers
from passport.link import link_of
from passport.service import PassportService
from passport.store import PassportStore
from web.config import Config, ConfigError

STATUS_AGE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Hold what the routes and commands work on; close it, or use it in a `with` block.

    Args:
        config: the settings.
        clock: says what time it is.
        store: the log's store.
        openings: the sealed side store.
        ledger: appends and reads entries.
        library: factor sets.
        records: stored passports.
        accesses: who read which openings.
        registrar: the registrar's key, where this machine holds it.
        issuer: who issues, where a base address is set.
        issuing: the passport service, where a base address is set.
        operator_token: the bearer token that opens closed items, or empty.
        policy: this log's witnesses and quorum, where a policy file is set.
    """

    config: Config
    clock: Clock
    store: SqlLogStore
    openings: Openings
    ledger: Ledger
    library: FactorLibrary
    records: PassportStore
    accesses: AccessLog
    registrar: Signer | None
    issuer: Issuer | None
    issuing: PassportService | None
    operator_token: str
    policy: Policy | None = None

    @property
    def passports(self) -> PassportService:
        """Return the passport service.

        Raises:
            ConfigError: no base address is set, so nothing can be issued or labelled.
        """
        if self.issuing is None:
            raise ConfigError("set ECARBON_BASE_URL first: passports carry this address for ever", setting="base_url")
        return self.issuing

    @property
    def base_url(self) -> str:
        """Return the address printed in codes, or an empty text."""
        return self.config.base_url

    def link_of(self, lot: str) -> str:
        """Return the address that a lot's label carries."""
        return self.base_url + link_of(lot).path

    def product_names(self, lot: str) -> Mapping[str, str]:
        """Return the public names of a lot's product: the trade name as `zh`, the neutral name as `en`."""
        book = self.ledger.book()
        found = book.lots.get(lot)
        product = book.products.get(found.product_gtin) if found is not None else None
        names: dict[str, str] = {}
        for item in product.registration.items if product is not None else ():
            if item.audience == "public" and item.name == "name" and item.get("lang").startswith("zh"):
                names["zh"] = item.get("text")
            if item.audience == "public" and item.name == "name_eu":
                names["en"] = item.get("text")
        return names

    def confirm_status(self) -> None:
        """Confirm the status lists as of now where their last confirmation is older than a day."""
        now = self.clock.now()
        for name in self.records.status_lists():
            if now - parse_time(self.records.touch_list(name, at=format_time(now))) > STATUS_AGE:
                self.passports.confirm_status()

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def build(config: Config, *, clock: Clock | None = None, ids: Identifiers | None = None) -> Services:
    """Open a home, making its keys and database if it has none.

    Args:
        config: the settings.
        clock: says what time it is; the system's clock if not given.
        ids: draws passport identifiers; at random if not given.

    Raises:
        MalformedKey: some of the home's key files are missing or unreadable.
        StoreConflict, KeyUntrusted: the database belongs to another log.
    """
    now = clock if clock is not None else SystemClock()
    make_keys(config)
    log_signer = keyfiles.load_signer(config.log_key_file)
    seal = keyfiles.load_secret(config.seal_key_file)
    registrar = keyfiles.load_signer(config.registrar_key_file) if config.registrar_key_file.exists() else None
    if config.database_url.startswith("sqlite:///"):
        config.home.mkdir(parents=True, exist_ok=True)
    store = SqlLogStore(config.database_url)
    try:
        openings = Openings(store, seal)
        ledger = Ledger(
            store,
            log_signer,
            openings,
            now,
            registrar=registrar.public_key if registrar else None,
            guard=Guard(config.guard_file, log_signer.public_key),
        )
        library = load_all()
        records = PassportStore(store.engine)
        issuer = _issuer(config)
        policy = _policy(config, log_signer)
        issuing = None
        if issuer is not None:
            issuing = PassportService(
                ledger,
                records,
                issuer,
                library,
                clock=now,
                base_url=config.base_url,
                ids=ids if ids is not None else RandomIdentifiers(),
                calculation_secret=hmac.new(seal, b"ecarbon/calculation-secret@v1", sha256).digest(),
                validity=timedelta(days=config.validity_days),
                status_validity=timedelta(days=config.status_days),
                policy=policy,
            )
            issuing.finish()
        return Services(
            config=config,
            clock=now,
            store=store,
            openings=openings,
            ledger=ledger,
            library=library,
            records=records,
            accesses=AccessLog(store.engine),
            registrar=registrar,
            issuer=issuer,
            issuing=issuing,
            operator_token=_token(config),
            policy=Policy.parse(policy) if policy else None,
        )
    except BaseException:
        store.close()
        raise


def check_store(
    config: Config,
    *,
    depth: Depth = "rules",
    resume: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[int, list[Finding]]:
    """Check a home's store from its bytes up, on all cores; return the number of entries and every fault.

    The ledger stays closed: it refuses to open on a damaged state, which is what this has to name.

    Args:
        config: the home.
        depth: how much is checked, see `ledger.fsck.fsck`.
        resume: file that remembers how far signatures were checked.
        progress: called with the number of entries checked and of all.

    Raises:
        StoreConflict: the file to resume from is not one of this log.
        MalformedKey: some of the home's key files are missing or unreadable.
    """
    log_key = keyfiles.load_signer(config.log_key_file).public_key
    seal = keyfiles.load_secret(config.seal_key_file)
    store = SqlLogStore(config.database_url)
    try:
        with store.read() as reader:
            last = reader.last_index()
        size = 0 if last is None else last + 1
        jobs = len(os.sched_getaffinity(0)) if size >= PARALLEL_FROM[depth] else 1
        openings = Openings(store, seal)
        findings = fsck(store, log_key, openings, depth=depth, jobs=jobs, resume=resume, progress=progress)
        fault = Guard(config.guard_file, log_key).fault(store)
        if fault is not None:
            findings.append(Finding("guard", None, fault.code, f"{fault.message}: {fault.context}"))
        return size, findings
    finally:
        store.close()


def make_keys(config: Config) -> bool:
    """Make the service's five key files where none of them exists yet; tell whether they were made."""
    signers = (config.log_key_file, config.issuer_key_file, config.registrar_key_file)
    secrets = (config.seal_key_file, config.session_key_file)
    if any(path.exists() for path in (*signers, *secrets)):
        return False
    keyfiles.save_signer(config.log_key_file, Signer.generate(config.origin))
    actor = _pseudonym()
    keyfiles.save_signer(config.issuer_key_file, Signer.generate(f"{actor}/issuer"))
    keyfiles.save_signer(config.registrar_key_file, Signer.generate(f"{actor}/registrar"))
    for path in secrets:
        keyfiles.save_secret(path, keyfiles.new_secret())
    return True


def _pseudonym() -> str:
    return "a_" + base64.b32encode(os.urandom(10)).decode("ascii").lower()


def _issuer(config: Config) -> Issuer | None:
    if not config.base_url or not config.issuer_key_file.exists():
        return None
    try:
        did = did_web(config.base_url, config.issuer_slug)
    except PassportError as error:
        raise ConfigError(f"base_url and issuer_slug give no issuer: {error}", setting="base_url") from error
    return Issuer(did, config.issuer_name, keyfiles.load_signer(config.issuer_key_file))


def _policy(config: Config, log_signer: Signer) -> str:
    """Return the text of the policy file, with this log's own key in it."""
    if config.policy_file is None:
        return ""
    try:
        text = config.policy_file.read_text("utf-8")
        policy = Policy.parse(text)
    except (OSError, UnicodeDecodeError, LedgerError) as error:
        raise ConfigError(f"the policy file cannot be used: {error}", setting="policy_file") from error
    return text if log_signer.public_key in policy.logs else f"log {log_signer.public_key.encode()}\n{text}"


def _token(config: Config) -> str:
    if config.operator_token_file is None:
        return ""
    try:
        token = config.operator_token_file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("the operator token file cannot be read", setting="operator_token_file") from error
    if len(token) < 32 or not token.isascii():
        raise ConfigError("the operator token needs at least 32 ASCII characters", setting="operator_token_file")
    return token
