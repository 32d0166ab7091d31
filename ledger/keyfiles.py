"""Keep private keys in files that only their owner can read.

A signing key file holds Go's one-line text form (``PRIVATE+KEY+...``); a secret file holds 32 bytes in hex. Both are
written to a new file and made durable; an existing file is never overwritten.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from ledger.errors import KeyUntrusted, MalformedKey, StoreConflict, StoreUnavailable
from ledger.log.signer import Signer

SECRET_SIZE: Final = 32
_MODE: Final = 0o600
_SECRET: Final = re.compile(r"[0-9a-f]{64}\Z")
_MAX_FILE: Final = 4096


def save_signer(path: Path, signer: Signer) -> None:
    """Write a signing key to a new file with mode 0600.

    Raises:
        StoreConflict: the file is already there.
        StoreUnavailable: it cannot be written.
    """
    _save(path, signer.encode())


def move_signer(path: Path, target: Path) -> None:
    """Give a key file another name, which no file has yet.

    Raises:
        StoreConflict: the other file is already there.
        StoreUnavailable: it cannot be written.
    """
    try:
        os.link(path, target)
        path.unlink()
    except FileExistsError:
        raise StoreConflict("a key file is already there; it is never overwritten", path=str(target)) from None
    except OSError as error:
        raise StoreUnavailable("a key file cannot be written", path=str(target), reason=str(error)) from None


def load_signer(path: Path) -> Signer:
    """Read a signing key.

    Raises:
        MalformedKey: the file is missing or does not hold a key.
        KeyUntrusted: others than its owner may read the file.
    """
    return Signer.parse(_load(path))


def save_secret(path: Path, secret: bytes) -> None:
    """Write a 32-byte secret to a new file with mode 0600.

    Raises:
        MalformedKey: another length.
        StoreConflict: the file is already there.
        StoreUnavailable: it cannot be written.
    """
    if len(secret) != SECRET_SIZE:
        raise MalformedKey("a secret is 32 bytes long")
    _save(path, secret.hex())


def load_secret(path: Path) -> bytes:
    """Read a 32-byte secret.

    Raises:
        MalformedKey: the file is missing or does not hold 64 hex digits.
        KeyUntrusted: others than its owner may read the file.
    """
    text = _load(path)
    if not _SECRET.match(text):
        raise MalformedKey("a secret file holds 64 hex digits", path=str(path))
    return bytes.fromhex(text)


def new_secret() -> bytes:
    """Make a 32-byte secret from the operating system's randomness."""
    return os.urandom(SECRET_SIZE)


def list_signers(folder: Path) -> list[tuple[Path, str]]:
    """Return the path and verifier key text of every ``*.key`` file of a folder, by name.

    Raises:
        MalformedKey, KeyUntrusted: a file cannot be used.
    """
    return [(path, load_signer(path).public_key.encode()) for path in sorted(folder.glob("*.key"))]


def file_name(key_name: str) -> str:
    """Return the file name for a key name: path separators become dashes."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", key_name).lstrip(".") + ".key"


def _save(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable("a key folder cannot be made", path=str(path), reason=str(error)) from None
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise StoreConflict("a key file is already there; it is never overwritten", path=str(path)) from None
    except OSError as error:
        raise StoreUnavailable("a key file cannot be written", path=str(path), reason=str(error)) from None


def _load(path: Path) -> str:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(_MAX_FILE + 1)
    except OSError as error:
        raise MalformedKey("a key file cannot be read", path=str(path), reason=str(error)) from None
    if os.name == "posix" and mode & 0o077:
        raise KeyUntrusted("a key file may be read by others; set its mode to 0600", path=str(path))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedKey("a key file is not text", path=str(path)) from None
    return text.removesuffix("\n")
