"""Language, exit codes and the one shape of errors."""

from __future__ import annotations

import re

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


def test_what_an_error_states_is_named_in_chinese() -> None:
    words.set_language("zh")
    text = describe(EntryNotFound("the log holds no such entry", lot="p:x", known=["a", "b"], unheard_of=1))
    assert text.splitlines()[1] == "  批次：p:x，已知：[a; b]，unheard_of：1"


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


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["nope"], "错误：没有命令 'nope'。"),
        (["passport", "verif"], "错误：没有命令 'verif'。是否要用 'verify'？"),
        (["lot", "trace"], "错误：缺少参数 'LOT'。"),
        (["passport", "revoke", "x"], "错误：缺少选项 '--reason'。"),
        (["lot", "trace", "x", "--balances"], "错误：没有选项 '--balances'。是否要用 '--balance'？"),
        (["passport", "verify", "--trus"], "错误：没有选项 '--trus'。是否要用其中之一：'--at', '--trust'？"),
        (["passport", "list", "x", "y"], "错误：多余的参数：x y"),
        (["passport", "list", "--json=3"], "错误：选项 '--json' 不带值。"),
        (["log", "consistency", "a b", "1"], "错误：'OLD' 的值无效：'a b' 不是整数。"),
        (["serve", "--port", "99999"], "错误：'--port' 的值无效：99999 不在 0<=x<=65535 的范围内。"),
        (["passport", "issue", "x", "--market", "US"], "错误：'--market' 的值无效：'US' 不在可选范围内：'CN', 'EU'。"),
        (["passport", "verify", "."], "错误：'FILE' 的值无效：'.' 是文件夹，不是文件。"),
        (["passport", "verify", "/no/such.json"], "错误（文件）：/no/such.json：没有此文件或文件夹"),
        (["passport", "verify", __file__, "--at", "now"], "既不是护照，也不是证明包；请重新取得该文件。"),
    ],
)
def test_usage_errors_are_in_the_reader_language(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--lang", "zh", *arguments]) == 2
    told = capsys.readouterr().err
    assert expected in told
    assert not re.search("Usage|Try|Error", told)
    assert ("用法：ecarbon" in told) == ("--help" in told)


def test_what_click_adds_to_a_help_text_is_translated(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--lang", "zh", "passport", "revoke", "--help"]) == 0
    told = capsys.readouterr().out
    assert not re.search("Usage|Options|required|Show", told)
    assert all(word in told for word in ("用法：", "选项：", "[必填]", "显示此帮助并退出。"))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("bundle", "bundle"),
        ("192 entries", "192 条条目"),
        ("47 entries below size 118", "47 条条目，日志大小 118 以内"),
        ("x, lot p:91BGH5VVASFQEG1K, provisional", "x，批次 p:91BGH5VVASFQEG1K，暂定"),
        ("needs log_copy, entry_keys", "需先通过：log_copy, entry_keys"),
        ("the log holds another passport (field='a: b')", "日志中是另一份护照（field='a: b'）"),
        ("state one of kg, L", "请写明下列之一：kg, L"),
        ("lots must be lot ids, sorted, each once", "lots 应为有序且不重复的批次编号"),
        ("the lot cannot be assessed: the product needs a public name", "无法核算该批次：产品需要公开的名称"),
        ("something that nobody said before", "something that nobody said before"),
    ],
)
def test_sentences_of_libraries_are_recognised(said: str, expected: str) -> None:
    words.set_language("en")
    assert words.translate(said) == said
    words.set_language("zh")
    try:
        assert words.translate(said) == expected
    finally:
        words.set_language("en")


def test_every_pattern_finds_its_own_sentence() -> None:
    words.set_language("zh")
    try:
        for message, text in words.catalogue().items():
            if re.search("[a-z]", re.sub(r"\{\w+\}", "", message)) and re.search("[\u4e00-\u9fff]", text):
                assert words.translate(re.sub(r"\{\w+\}", "1", message)) == re.sub(r"\{\w+\}", "1", text)
    finally:
        words.set_language("en")
