"""Run the demo season: files as people have them, through every step, to passports that are checked offline.

Everything goes through the ledger and the passport service, exactly as real work does. What differs is chance: keys,
salts, identifiers and the clock come from a public seed, so that two homes hold the same bytes. Never for real data.
"""

from __future__ import annotations

import hmac
import json
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any, Final

from iocore.times import parse_time
from ledger.book.entry import parse_entry
from ledger.errors import LedgerError
from ledger.keyfiles import file_name, save_secret, save_signer
from ledger.log.signer import Signer
from passport.issuer import SeededIdentifiers
from web.config import Config, load
from web.home import write_changed, write_home
from web.imports.base import Finding
from web.imports.directory import Directory
from web.imports.files import read_file
from web.imports.history import History
from web.imports.salts import SeededSalts
from web.imports.sign import sign_drafts
from web.report import build_report, read_report, write_report
from web.services import Services, build

ADDRESS: Final = "https://passport.example"
ORIGIN: Final = "passport.example/demo-2026"
ISSUER: Final = "Conghua lychee carbon registrar (demo)"
SEED: Final = b"ecarbon demo season 2026: this seed is public, its keys are for nothing real"
WARNING: Final = (
    "DEMO KEYS. Every key in this folder follows from a seed that is printed in the program's source.\n"
    "Anyone can sign with them. Never use this home, these keys or these records for anything real.\n"
)
OWN_SETTINGS: Final = {
    "base_url": ADDRESS,
    "origin": ORIGIN,
    "issuer_name": ISSUER,
    "validity_days": str(20 * 365),
    "status_days": str(20 * 365),
}
SETTINGS: Final = "# Settings of the demo home, read by every command that is given this home.\n" + "".join(
    f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in OWN_SETTINGS.items()
)
Step = Callable[[str, int, int], None]


class SeasonFailed(LedgerError):
    """Say that a step of the season did not go as it must."""

    code = "season-failed"


class SeasonClock:
    """Show the time of the step that is being played."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """Give the season's present moment."""
        return self.at


@dataclass(slots=True)
class Stage:
    """Hold what is on stage while the season is played."""

    services: Services
    clock: SeasonClock
    history: History
    keys: dict[str, Signer]
    folder: Path
    lots: Mapping[str, str]
    versions: dict[str, int] = field(default_factory=dict)


def play(home: Path, *, overrides: Mapping[str, object] | None = None, step: Step | None = None) -> dict[str, Any]:
    """Play the season in a home, write its files, check them, and return the report.

    A home in which it was played before ends up as it was: entries are recognised, passports found, files compared.

    Raises:
        SeasonFailed: a file has findings, an entry was not logged, or a bundle does not verify.
    """
    say: Step = step or (lambda what, done, total: None)
    timings: dict[str, float] = {}
    with season_folder() as folder:
        season = tomllib.loads((folder / "season.toml").read_text("utf-8"))
        steps: list[dict[str, Any]] = season["step"]
        keys = actor_keys(folder, season)
        config = prepare(home, keys[season["registrar"]], keys, overrides or {})
        clock = SeasonClock(parse_time(steps[0]["at"]))
        with open_services(config, clock) as services:
            stage = Stage(services, clock, History(), keys, folder, season["lots"])
            with timed(timings, "play"):
                for position, one in enumerate(steps):
                    say("Playing the season", position, len(steps))
                    clock.at = parse_time(one["at"])
                    DO[one["do"]](stage, one)
            with timed(timings, "write"):
                write_home(services, say)
            with timed(timings, "check"):
                say("Checking every bundle offline", 0, 1)
                report = {**about(season), **build_report(services, now=clock.now())}
    require_fine(report)
    write_report(home, report, {name: round(value, 3) for name, value in timings.items()})
    return read_report(home) or report


@contextmanager
def season_folder() -> Iterator[Path]:
    """Give the season's files as a folder, wherever the package is installed."""
    with resources.as_file(resources.files("web").joinpath("demo")) as folder:
        yield folder


@contextmanager
def timed(timings: dict[str, float], name: str) -> Iterator[None]:
    """Note how many seconds a part took."""
    started = time.perf_counter()
    yield
    timings[name] = time.perf_counter() - started


def secret(purpose: str) -> bytes:
    """Give the 32 bytes that the public seed holds for a purpose."""
    return hmac.new(SEED, purpose.encode("utf-8"), sha256).digest()


def actor_keys(folder: Path, season: Mapping[str, Any]) -> dict[str, Signer]:
    """Make the key of every party that has one, by the party's short name in the files."""
    directory = Directory()
    for draft in read_file(folder / season["step"][0]["file"], "parties").drafts:
        directory.learn(kind=draft.kind, actor=draft.actor, facility=draft.facility, items=draft.items)
    keys = {}
    for ref in sorted({ref for one in season["step"] for ref in one.get("keys", ())}):
        actor = directory.actor(ref)
        if not actor:
            raise SeasonFailed("a party of the season has no registration", party=ref)
        name = f"{actor}/{season['key_label']}"
        keys[ref] = Signer.from_seed(name, secret(f"key/{name}"))
    return keys


def prepare(home: Path, registrar: Signer, keys: Mapping[str, Signer], overrides: Mapping[str, object]) -> Config:
    """Write keys and settings of a demo home; a home that holds anything else is left alone.

    Raises:
        SeasonFailed: the folder is a home with keys of its own.
    """
    config = load({}, {"home": home, **OWN_SETTINGS, **overrides})
    mark = home / "keys" / "DEMO"
    if config.log_key_file.exists() and not mark.exists():
        raise SeasonFailed("this home has keys of its own; give the demo another folder", home=str(home))
    write_changed(mark, WARNING.encode("utf-8"))
    write_changed(home / "ecarbon.toml", SETTINGS.encode("utf-8"))
    signers = [
        (config.log_key_file, Signer.from_seed(ORIGIN, secret("log"))),
        (config.registrar_key_file, registrar),
        (config.issuer_key_file, registrar),
    ]
    signers += [(home / "keys" / "actors" / file_name(signer.name), signer) for signer in keys.values()]
    for path, signer in signers:
        if not path.exists():
            save_signer(path, signer)
    for path, purpose in ((config.seal_key_file, "seal"), (config.session_key_file, "session")):
        if not path.exists():
            save_secret(path, secret(purpose))
    return config


def open_services(config: Config, clock: SeasonClock) -> Services:
    """Open the home with the season's clock and identifiers."""
    return build(config, clock=clock, ids=SeededIdentifiers(secret("identifiers")))


def _import(stage: Stage, one: Mapping[str, Any]) -> None:
    """Read a file, sign its rows with the keys of the step, append them."""
    read = read_file(stage.folder / one["file"], one.get("kind"))
    _refuse_findings(one["file"], read.findings)
    keys = {signer.name.partition("/")[0]: signer for name in one["keys"] if (signer := stage.keys[name])}
    signed = sign_drafts(read.drafts, history=stage.history, keys=keys, salts=SeededSalts(secret("salts")))
    _refuse_findings(one["file"], signed.findings)
    for result in stage.services.ledger.submit(signed.notes):
        if result.status not in ("logged", "duplicate"):
            raise SeasonFailed("an entry was not taken", file=one["file"], status=result.status, problem=result.problem)


def _refuse_findings(file: str, findings: Sequence[Finding]) -> None:
    if findings:
        raise SeasonFailed(
            "a file of the season has findings", file=file, findings=[one.text("en") for one in findings]
        )


def _issue(stage: Stage, one: Mapping[str, Any]) -> None:
    """Issue passports; those of an earlier run are found by their identifiers."""
    passports = stage.services.passports
    ids = SeededIdentifiers(secret("identifiers"))
    for wanted in one["passports"]:
        lot = stage.lots[wanted["lot"]]
        version = stage.versions[lot] = stage.versions.get(lot, 0) + 1
        known = {row.uuid: row for row in passports.find(lot)}
        row = known.get(ids.uuid(lot, version))
        if row is None:
            row = passports.issue(lot, phase=one["phase"], market=wanted["market"])
        stage.history.add(parse_entry(stage.services.ledger.entry(row.entry_id).note), [])


DO: Final[Mapping[str, Callable[[Stage, Mapping[str, Any]], None]]] = {"import": _import, "issue": _issue}


def about(season: Mapping[str, Any]) -> dict[str, Any]:
    """Say what the season is, and that it is not real."""
    return {
        "season": {name: season[name] for name in ("title_zh", "title_en", "notice_zh", "notice_en")},
        "demo_keys": True,
    }


def require_fine(report: Mapping[str, Any]) -> None:
    """Refuse a report with a bundle that is not consistent, trusted and complete.

    Raises:
        SeasonFailed: a bundle is not.
    """
    bad = [row for row in report["checks"] if not (row["consistent"] and row["trusted"] and row["complete"])]
    if bad or not report["checks"]:
        raise SeasonFailed(
            "a bundle of the season does not verify",
            bundles=[f"{row['file']}: {', '.join(row['failed'] + row['not_checked'])}" for row in bad],
        )
