"""Check that key files are private, durable and never overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.errors import KeyUntrusted, MalformedKey, StoreConflict, StoreUnavailable
from ledger.keyfiles import (
    file_name,
    list_signers,
    load_secret,
    load_signer,
    new_secret,
    save_secret,
    save_signer,
)
from ledger.log.signer import Signer


def test_keys_read_back_and_are_private(tmp_path: Path) -> None:
    signer = Signer.generate("a_2222222222222222/k1")
    path = tmp_path / "keys" / file_name(signer.name)
    save_signer(path, signer)
    assert path.name == "a_2222222222222222-k1.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_signer(path).encode() == signer.encode()
    assert list_signers(path.parent) == [(path, signer.public_key.encode())]
    with pytest.raises(StoreConflict):
        save_signer(path, Signer.generate("a_2222222222222222/k1"))
    assert load_signer(path).encode() == signer.encode()


def test_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "one.key"
    save_signer(path, Signer.generate("one"))
    path.chmod(0o640)
    with pytest.raises(KeyUntrusted):
        load_signer(path)


def test_secrets_read_back(tmp_path: Path) -> None:
    secret = new_secret()
    save_secret(tmp_path / "seal", secret)
    assert load_secret(tmp_path / "seal") == secret and len(secret) == 32
    with pytest.raises(MalformedKey):
        save_secret(tmp_path / "short", b"x")
    with pytest.raises(StoreConflict):
        save_secret(tmp_path / "seal", secret)


@pytest.mark.parametrize("content", [b"", b"zz" * 32, b"00" * 31, b"\xff\xfe", b"00" * 3000])
def test_broken_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken"
    path.write_bytes(content)
    path.chmod(0o600)
    for load in (load_secret, load_signer):
        with pytest.raises(MalformedKey):
            load(path)
    with pytest.raises(MalformedKey):
        load_signer(tmp_path / "missing")


def test_unwritable_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StoreUnavailable):
        save_secret(tmp_path / "file" / "below", bytes(32))


def test_file_names_hold_no_paths() -> None:
    assert file_name("../../etc/passwd") == "-..-etc-passwd.key"
