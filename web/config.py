"""Configuration: defaults, then a TOML file, then `ECARBON_*` variables, which the command line reads once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib import metadata
from pathlib import Path
from typing import Any

PREFIX = "ECARBON_"
CONFIG_FILE = "ECARBON_CONFIG"

_BASE_URL = re.compile(r"https://[a-z0-9.-]+(:[0-9]{1,5})?")
_ORIGIN = re.compile(r"[A-Za-z0-9._~/:-]{1,200}")
_DATABASE = re.compile(r"(sqlite:///|postgresql\+psycopg://).+", re.DOTALL)


class ConfigError(Exception):
    """Refuse a setting; says which one and what to do."""

    code = "config-invalid"

    def __init__(self, message: str, **context: object) -> None:
        super().__init__(message)
        self.context = context


def version() -> str:
    """Return the version of the installed distribution."""
    try:
        return metadata.version("ecarbon-passport")
    except metadata.PackageNotFoundError:
        return "0+source"


@dataclass(frozen=True, slots=True)
class Setting:
    """Describe one setting for the reader, for `README.md` and for `ecarbon doctor`."""

    name: str
    default: str
    meaning: str

    @property
    def variable(self) -> str:
        """Return the name of the variable."""
        return PREFIX + self.name.upper()


SETTINGS: tuple[Setting, ...] = (
    Setting("home", "./var", "folder of the database, keys and exported files"),
    Setting("database_url", "sqlite:///$ECARBON_HOME/ecarbon.db", "where the ledger is stored"),
    Setting("guard_file", "$ECARBON_HOME/guard", "last signed tree head, kept against rollback; best on another disk"),
    Setting("base_url", "", "https address printed in QR codes and signed into passports"),
    Setting("origin", "base_url without https://", "name of the log and of its key"),
    Setting("issuer_slug", "main", "last part of the issuer's did:web name"),
    Setting("issuer_name", "E-carbon passport service", "the issuer's name in credentials; no person's name"),
    Setting("validity_days", "730", "how long a new passport is valid"),
    Setting("status_days", "7", "how long a status list may be kept before it must be fetched again"),
    Setting("log_key_file", "$ECARBON_HOME/keys/log.key", "private key of the log"),
    Setting("issuer_key_file", "$ECARBON_HOME/keys/issuer.key", "private key of the passport issuer"),
    Setting("registrar_key_file", "$ECARBON_HOME/keys/registrar.key", "private key of the registrar"),
    Setting("seal_key_file", "$ECARBON_HOME/keys/seal.key", "key that wraps the actors' data keys"),
    Setting("session_key_file", "$ECARBON_HOME/keys/session.key", "key of form tokens and cookies"),
    Setting("trust_file", "$ECARBON_HOME/trust.json", "the trust policy that this service publishes"),
    Setting("policy_file", "", "tlog-policy with the witnesses of this log and their addresses"),
    Setting("operator_token_file", "", "file with the bearer token that opens closed items"),
    Setting("host", "127.0.0.1", "address to listen on"),
    Setting("port", "8000", "port to listen on"),
    Setting("workers", "1", "worker processes of `ecarbon serve`"),
    Setting("threads", "40", "threads of one worker process; eight of them are kept for readers"),
    Setting("max_body_bytes", "4194304", "largest request body"),
    Setting("max_entries", "256", "largest number of entries in one request"),
    Setting("queue_entries", "4096", "entries that may wait in one worker process; more are answered with 503"),
    Setting("key_rate", "50", "entries a second that one key may send to one worker process for long; 0 sets no limit"),
    Setting("key_burst", "2000", "entries that one key may send at once, beyond its rate"),
    Setting("trusted_proxies", "0", "proxies in front whose X-Forwarded-* headers count"),
    Setting("hsts", "false", "send Strict-Transport-Security"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Hold every setting; made once by `load`, never changed."""

    home: Path
    database_url: str
    guard_file: Path
    base_url: str
    origin: str
    issuer_slug: str
    issuer_name: str
    validity_days: int
    status_days: int
    log_key_file: Path
    issuer_key_file: Path
    registrar_key_file: Path
    seal_key_file: Path
    session_key_file: Path
    trust_file: Path
    policy_file: Path | None
    operator_token_file: Path | None
    host: str
    port: int
    workers: int
    threads: int
    max_body_bytes: int
    max_entries: int
    queue_entries: int
    key_rate: int
    key_burst: int
    trusted_proxies: int
    hsts: bool

    def shown(self) -> dict[str, str]:
        """Return the effective values as text, a database password hidden."""
        values = {field.name: _shown(getattr(self, field.name)) for field in fields(self)}
        values["database_url"] = re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", self.database_url)
        return values


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def load(variables: Mapping[str, str], overrides: Mapping[str, object] | None = None) -> Config:
    """Build the configuration.

    Args:
        variables: Settings named `ECARBON_*`; other names are ignored, unknown `ECARBON_*` names are refused.
            `ECARBON_CONFIG` names a TOML file with the same names in lower case, without the prefix.
        overrides: Settings from command line options, strongest of all; `None` values are left out.

    Raises:
        ConfigError: A name is unknown or a value cannot be used.
    """
    known = {setting.name for setting in SETTINGS}
    values: dict[str, str] = {}
    if variables.get(CONFIG_FILE):
        values.update(_read_toml(Path(variables[CONFIG_FILE]), known))
    for name, value in variables.items():
        if not name.startswith(PREFIX) or name == CONFIG_FILE:
            continue
        key = name.removeprefix(PREFIX).lower()
        if key not in known or name != name.upper():
            raise ConfigError(f"{name} is not a setting; see the table in README.md", setting=name)
        values[key] = value
    for key, override in (overrides or {}).items():
        if key not in known:
            raise ConfigError(f"{key} is not a setting", setting=key)
        if override is not None:
            values[key] = str(override)
    return _build({key: value for key, value in values.items() if value != ""})


def _read_toml(path: Path, known: set[str]) -> dict[str, str]:
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", setting=CONFIG_FILE) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}", setting=CONFIG_FILE) from error
    for key, value in table.items():
        if key not in known:
            raise ConfigError(f"{path}: {key} is not a setting; see the table in README.md", setting=key)
        if not isinstance(value, str | int | bool):
            raise ConfigError(f"{path}: {key} must be text, a whole number or true/false", setting=key)
    return {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in table.items()}


def _build(values: Mapping[str, str]) -> Config:
    home = Path(values.get("home", "./var"))
    base_url = values.get("base_url", "").rstrip("/")
    if base_url and not _BASE_URL.fullmatch(base_url):
        raise ConfigError("base_url must be an https address, such as https://passport.example", setting="base_url")
    origin = values.get("origin", base_url.removeprefix("https://") or "localhost")
    if not _ORIGIN.fullmatch(origin):
        raise ConfigError("origin may hold letters, digits and . _ ~ / : - only", setting="origin")
    database_url = values.get("database_url", f"sqlite:///{home / 'ecarbon.db'}")
    if not _DATABASE.fullmatch(database_url):
        raise ConfigError("database_url must start with sqlite:/// or postgresql+psycopg://", setting="database_url")
    slug = values.get("issuer_slug", "main")
    if not re.fullmatch(r"[a-z0-9-]{1,40}", slug):
        raise ConfigError("issuer_slug may hold a-z, 0-9 and - only", setting="issuer_slug")

    def path(name: str, default: str) -> Path:
        return Path(values[name]) if name in values else home / default

    token, policy = values.get("operator_token_file"), values.get("policy_file")
    return Config(
        home=home,
        database_url=database_url,
        guard_file=path("guard_file", "guard"),
        base_url=base_url,
        origin=origin,
        issuer_slug=slug,
        issuer_name=values.get("issuer_name", "E-carbon passport service"),
        validity_days=_number(values, "validity_days", 730, 1, 36500),
        status_days=_number(values, "status_days", 7, 1, 36500),
        log_key_file=path("log_key_file", "keys/log.key"),
        issuer_key_file=path("issuer_key_file", "keys/issuer.key"),
        registrar_key_file=path("registrar_key_file", "keys/registrar.key"),
        seal_key_file=path("seal_key_file", "keys/seal.key"),
        session_key_file=path("session_key_file", "keys/session.key"),
        trust_file=path("trust_file", "trust.json"),
        policy_file=Path(policy) if policy else None,
        operator_token_file=Path(token) if token else None,
        host=values.get("host", "127.0.0.1"),
        port=_number(values, "port", 8000, 0, 65535),
        workers=_number(values, "workers", 1, 1, 64),
        threads=_number(values, "threads", 40, 9, 1024),
        max_body_bytes=_number(values, "max_body_bytes", 4 * 1024 * 1024, 1024, 1024**3),
        max_entries=_number(values, "max_entries", 256, 1, 4096),
        queue_entries=_number(values, "queue_entries", 4096, 1, 1_000_000),
        key_rate=_number(values, "key_rate", 50, 0, 1_000_000),
        key_burst=_number(values, "key_burst", 2000, 1, 1_000_000),
        trusted_proxies=_number(values, "trusted_proxies", 0, 0, 8),
        hsts=_flag(values, "hsts"),
    )


def _number(values: Mapping[str, str], name: str, default: int, lowest: int, highest: int) -> int:
    text = values.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,10}", text, re.ASCII) or not lowest <= int(text) <= highest:
        raise ConfigError(f"{name} must be a whole number from {lowest} to {highest}", setting=name)
    return int(text)


def _flag(values: Mapping[str, str], name: str) -> bool:
    text = values.get(name, "false").lower()
    if text not in ("true", "false"):
        raise ConfigError(f"{name} must be true or false", setting=name)
    return text == "true"
