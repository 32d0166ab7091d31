"""Language, exit codes and the one shape of errors."""

from __future__ import annotations

import pytest

from iocore.errors import FactorNotFound, MalformedNumber
from ledger.errors import (
    EntryNotFound,
    EntryRejected,
    KeyFrozen,
    LedgerCorrupt,
    MalformedJson,
    SignatureUntrusted,
    StoreUnavailable,
)
from passport.errors import ClaimRefused, PassportNotFound
from web.cli import words
from web.cli.failures import describe, exit_code
from web.cli.main import run
from web.config import ConfigError


@pytest.mark.parametrize(
    ("environ", "wanted", "expected"),
    [
        ({}, None, "en"),
        ({"LANG": "zh_CN.UTF-8"}, None, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, None, "en"),
        ({"LANG": "C", "LC_MESSAGES": "zh_TW"}, None, "zh"),
        ({"LANG": "zh_CN.UTF-8"}, "en", "en"),
        ({}, "zh", "zh"),
    ],
)
def test_language_follows_option_then_locale(environ: dict[str, str], wanted: str | None, expected: str) -> None:
    assert words.choose_language(environ, wanted) == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MalformedJson("x"), 2),
        (MalformedNumber("x"), 2),
        (FactorNotFound("x"), 2),
        (EntryNotFound("x"), 2),
        (PassportNotFound("x"), 2),
        (ClaimRefused("x"), 2),
        (ConfigError("x"), 2),
        (KeyFrozen("x"), 2),
        (SignatureUntrusted("x"), 1),
        (LedgerCorrupt("x"), 1),
        (EntryRejected("x"), 1),
        (StoreUnavailable("x"), 3),
    ],
)
def test_exit_code_follows_the_family(error: Exception, expected: int) -> None:
    assert exit_code(error) == expected


def test_error_says_what_where_and_what_to_do() -> None:
    words.set_language("en")
    text = describe(EntryNotFound("the log holds no such entry", entry_id="ab", size=3, empty=""))
    assert text.splitlines() == [
        "Error (entry-not-found): the log holds no such entry",
        "  entry_id=ab, size=3",
        "  Check the identifier; `ecarbon lot list` shows what the ledger holds.",
    ]


def test_unexpected_fault_is_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import iocore.sources

    def broken() -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(iocore.sources, "load_all", broken)
    assert run(["factors", "list"]) == 2
    told = capsys.readouterr().err
    assert "Internal error (RuntimeError): boom" in told
    assert "Traceback" not in told


def test_unknown_setting_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ECARBON_HOEM", "x")
    assert run(["lot", "list"]) == 2
    assert "ECARBON_HOEM" in capsys.readouterr().err


def test_usage_errors_end_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lot", "trace"]) == 2
    assert run(["no-such-command"]) == 2
    assert run(["passport", "verify", "/no/such/file.json"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_help_is_in_the_reader_language(capsys: pytest.CaptureFixture[str]) -> None:
    texts = []
    for language in ("en", "zh", "en"):
        assert run(["--lang", language, "passport", "verify", "--help"]) == 0
        texts.append(" ".join(capsys.readouterr().out.split()))
    assert "three verdicts" in texts[0]
    assert "三个结论" in texts[1]
    assert texts[2] == texts[0]
