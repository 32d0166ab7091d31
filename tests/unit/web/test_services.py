"""The wiring: a fresh home gets its keys, an old one is opened as it is, and what is missing is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from iocore.times import FixedClock, format_time
from ledger.errors import LedgerError
from tests.support.passports import NOW
from tests.unit.web.conftest import Site
from web.app import create_app
from web.config import Config, ConfigError, load
from web.services import build, check_store

KEYS = {"log.key", "issuer.key", "registrar.key", "seal.key", "session.key"}


def config(home: Path, **settings: str) -> Config:
    return load({"ECARBON_HOME": str(home), **{f"ECARBON_{name.upper()}": value for name, value in settings.items()}})


def test_fresh_home_gets_private_keys_once(tmp_path: Path) -> None:
    with build(config(tmp_path)) as first:
        key = first.ledger.log_key
    files = sorted((tmp_path / "keys").iterdir())
    assert {path.name for path in files} == KEYS
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    before = [path.read_bytes() for path in files]
    with build(config(tmp_path)) as second:
        assert second.ledger.log_key == key
        assert second.ledger.size == 0
    assert [path.read_bytes() for path in files] == before


@pytest.mark.parametrize("name", ["log.key", "seal.key"])
def test_home_with_a_lost_key_is_not_given_a_new_one(tmp_path: Path, name: str) -> None:
    build(config(tmp_path)).close()
    (tmp_path / "keys" / name).unlink()
    with pytest.raises(LedgerError):
        build(config(tmp_path))
    assert not (tmp_path / "keys" / name).exists()


def test_database_of_another_log_is_refused(tmp_path: Path) -> None:
    build(config(tmp_path / "one")).close()
    other = f"sqlite:///{tmp_path / 'one' / 'ecarbon.db'}"
    with pytest.raises(LedgerError):
        build(config(tmp_path / "two", database_url=other))


def test_without_a_base_address_everything_is_served_but_nothing_issued(tmp_path: Path) -> None:
    settings = config(tmp_path)
    with build(settings) as services:
        client = create_app(settings, services).test_client()
        for path in ("/", "/log", "/verify", "/checkpoint", "/readyz", "/metrics", "/openapi.json", "/ns/carbon/v1"):
            assert client.get(path).status_code == 200, path
        answer = client.get("/trust.json")
        assert (answer.status_code, answer.get_json()["code"]) == (503, "config-invalid")
        assert "Retry-After" in answer.headers
        with pytest.raises(ConfigError):
            _ = services.passports


def test_base_address_makes_the_issuer(tmp_path: Path) -> None:
    settings = config(tmp_path, base_url="https://passport.example", issuer_slug="coop", issuer_name="A cooperative")
    with build(settings) as services:
        assert services.issuer is not None
        assert services.issuer.did == "did:web:passport.example:issuers:coop"
        assert services.ledger.origin == "passport.example"
        assert create_app(settings, services).test_client().get("/issuers/coop/did.json").status_code == 200


@pytest.mark.parametrize("text", ["short", "é" * 40, ""])
def test_weak_operator_token_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "token").write_text(text, "utf-8")
    with pytest.raises(ConfigError):
        build(config(tmp_path, operator_token_file=str(tmp_path / "token")))
    with pytest.raises(ConfigError):
        build(config(tmp_path, operator_token_file=str(tmp_path / "none")))


def test_operator_token_opens_metrics(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t" * 40 + "\n", "utf-8")
    settings = config(tmp_path, operator_token_file=str(tmp_path / "token"))
    with build(settings) as services:
        client = create_app(settings, services).test_client()
        assert client.get("/metrics").status_code == 401
        assert client.get("/metrics", headers={"Authorization": "Bearer " + "t" * 40}).status_code == 200


def test_status_list_is_confirmed_when_it_is_a_day_old(own_site: Site, tmp_path: Path) -> None:
    from tests.support.site import services_of

    services = services_of(own_site.season, tmp_path)
    first = services.passports.status_list()["validFrom"]
    services.confirm_status()
    assert services.passports.status_list()["validFrom"] == first == format_time(NOW)
    later = FixedClock(NOW + timedelta(days=2))
    object.__setattr__(services, "clock", later)
    object.__setattr__(services.passports, "_clock", later)
    services.confirm_status()
    assert services.passports.status_list()["validFrom"] == format_time(datetime(2026, 8, 3, tzinfo=UTC))


def test_fsck_finds_a_fresh_home_sound(tmp_path: Path) -> None:
    with build(config(tmp_path)) as services:
        assert check_store(services.config)[1] == []
