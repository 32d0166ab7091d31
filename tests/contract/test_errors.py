"""Nothing but the package's own error family leaves a parser, whatever it is fed."""

from __future__ import annotations

import importlib
import inspect
import json
import random
import typing
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

import pytest

from iocore.errors import IOCoreError
from ledger.errors import LedgerError
from ledger.log.note import Signature
from passport.errors import PassportError
from tests.contract.layers import read_sources
from tests.contract.test_imports import ROOT

PREFIXES = ("parse", "decode", "open_checkpoint", "b64decode", "jcs_decode")
METHODS = ("parse", "from_json", "from_dict", "decode")
FAMILIES = (IOCoreError, LedgerError, PassportError)
ALLOWED = {"iocore": (IOCoreError,), "ledger": (LedgerError, IOCoreError), "passport": FAMILIES}

TEXTS = [
    "", " ", "\n", "\0", "a", "0", "-0", "1e5", "+1", "01", "1,5", "１２", "٣", "NaN", "inf", "9" * 5000, "\ud800",
    "é", "e\u0301", "{}", "[]", "null", "true", '{"a":1,"a":2}', '{"a":1.0}', '{"A":1}', "[" * 5000, '{"a":' * 5000,
    '"\\ud800"', "[1e999]", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00+08:00",
    "9999-99-99T99:99:99Z", "0000-00-00T00:00:00Z", "gs1:01/09520000000264/10/", "p:0000000000000000", "a_",
    "PRIVATE+KEY+a+b+c", "a+b+c", "a+00000000+AQ==", "-----", "ecarbon/entry@v1\n{}\n\n— a AAAA\n",
    "c2sp.org/tlog-proof@v1\nindex 0\n\n", "a\n1\nAAAA\n", "a\n99999999999999999999999\nAAAA\n", "tile/0/000",
    "tile/x/x999/000.p/0", "did:web:", "did:web:a%3A", "https://", "https://a/01/1/10/", "/p/", "eyJ.eyJ.AA", "..",
    "a.b.c", "zz", "uAA", "z6Mk", "log\n", "witness a\nquorum b\n", "quorum none\n", "quorum none\nquorum none",
]  # fmt: skip
JSONS: list[Any] = [
    None, True, 0, -1, 1.5, "", "a", [], {}, [[]], [{}], {"nodes": None}, {"nodes": []}, {"nodes": [1]},
    {"nodes": [{}]}, {"nodes": [{"op": "sum", "args": [5]}]}, {"nodes": [{"op": "x"}]},
    {"nodes": [{"sealed": 1, "value": "x"}]}, {"start": 1, "end": 2}, {"start": "a", "end": "b"}, {"policy": 1},
    {"policy": "", "registrars": [1], "issuers": [{}]}, {"type": "ecarbon/bundle@v1"},
    {"id": "did:web:a", "verificationMethod": [{}]}, {"credentialSubject": []}, {"value": 1}, {1: 2},
]  # fmt: skip


def parsers() -> Iterator[tuple[str, Callable[..., Any], inspect.Parameter]]:
    """Find every public function and class method whose name says that it reads, with one required argument."""
    for name in read_sources(ROOT):
        if name.partition(".")[0] not in ALLOWED:
            continue
        module = importlib.import_module(name)
        for member, value in sorted(vars(module).items()):
            if member.startswith("_") or getattr(value, "__module__", None) != name:
                continue
            if inspect.isfunction(value) and member.startswith(PREFIXES):
                yield from _single(f"{name}.{member}", value, module)
            elif inspect.isclass(value):
                for method in METHODS:
                    if method in vars(value) and isinstance(vars(value)[method], classmethod | staticmethod):
                        yield from _single(f"{name}.{member}.{method}", getattr(value, method), module)


def _single(
    name: str, function: Callable[..., Any], module: ModuleType
) -> Iterator[tuple[str, Callable[..., Any], inspect.Parameter]]:
    parameters = list(inspect.signature(function).parameters.values())
    required = [one for one in parameters if one.default is one.empty and one.kind is not one.VAR_KEYWORD]
    if len(required) == 1 and required[0].kind in (required[0].POSITIONAL_ONLY, required[0].POSITIONAL_OR_KEYWORD):
        hints = typing.get_type_hints(function, vars(module))
        yield name, function, required[0].replace(annotation=hints.get(required[0].name, Any))


def inputs(annotation: Any) -> Iterator[Any]:
    """Yield hostile values of an annotated type."""
    is_union = typing.get_origin(annotation) in (typing.Union, _Union)
    options = set(typing.get_args(annotation)) if is_union else {annotation}
    if str in options:
        yield from TEXTS
    if bytes in options:
        yield from (text.encode("utf-8", "surrogatepass") for text in TEXTS)
        yield from (json.dumps(value).encode() for value in JSONS if not isinstance(value, dict) or 1 not in value)
        yield from (bytes(random.Random(size).randbytes(size)) for size in range(0, 200, 7))
    if Signature in options:
        yield from (Signature("name", b"abcd", bytes(size)) for size in (0, 1, 7, 8, 64, 71, 72, 73))
    if Any in options or object in options:
        yield from JSONS
        yield from TEXTS
    elif any(typing.get_origin(option) in (Mapping, dict, _Mapping) for option in options):
        yield from (value for value in JSONS if isinstance(value, dict))


_Union = type(int | str)
_Mapping = typing.get_origin(Mapping[str, str])
PARSERS = list(parsers())


def test_parsers_are_found() -> None:
    names = {name for name, _, _ in PARSERS}
    assert {"iocore.units.parse_decimal", "ledger.log.canonical.decode", "ledger.book.entry.parse_entry"} <= names
    assert len(names) >= 25


@pytest.mark.parametrize(("name", "function", "parameter"), PARSERS, ids=[name for name, _, _ in PARSERS])
def test_only_the_family_leaves_a_parser(name: str, function: Callable[..., Any], parameter: inspect.Parameter) -> None:
    fed = 0
    for value in inputs(parameter.annotation):
        fed += 1
        try:
            function(value)
        except ALLOWED[name.partition(".")[0]]:
            continue
        except Exception as error:
            pytest.fail(f"{name} let {type(error).__name__} out for {str(value)[:60]!r}: {error}")
    assert fed > 0, parameter.annotation


def _classes(base: type[Exception]) -> Iterator[type[Exception]]:
    for child in base.__subclasses__():
        yield child
        yield from _classes(child)


@pytest.mark.parametrize("base", FAMILIES)
def test_every_error_has_a_code_of_its_own(base: type[Exception]) -> None:
    for name in read_sources(ROOT):
        importlib.import_module(name) if name != "web.__main__" else None
    found: dict[str, str] = {}
    for child in {base, *_classes(base)}:
        code = vars(child).get("code")
        assert isinstance(code, str) and code == code.lower() and " " not in code, child
        assert found.setdefault(code, child.__name__) == child.__name__, code
