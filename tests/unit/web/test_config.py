"""The configuration: which source wins, and what is refused."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from web.config import SETTINGS, Config, ConfigError, load


def test_defaults_follow_the_home() -> None:
    config = load({"ECARBON_HOME": "/srv/carbon"})
    assert config.database_url == "sqlite:////srv/carbon/ecarbon.db"
    assert config.log_key_file == Path("/srv/carbon/keys/log.key")
    assert config.base_url == ""
    assert config.operator_token_file is None


def test_options_win_over_environment_and_environment_over_file(tmp_path: Path) -> None:
    file = tmp_path / "ecarbon.toml"
    file.write_text('port = 1\nhost = "file"\nworkers = 3\nhsts = true\n', "utf-8")
    config = load(
        {"ECARBON_CONFIG": str(file), "ECARBON_PORT": "2", "ECARBON_HOST": "environment"}, {"port": 3, "home": None}
    )
    assert (config.port, config.host, config.workers, config.hsts) == (3, "environment", 3, True)


def test_origin_follows_the_base_url() -> None:
    assert load({"ECARBON_BASE_URL": "https://passport.example/"}).origin == "passport.example"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ECARBON_HOEM", "x"),
        ("ECARBON_home", "x"),
        ("ECARBON_BASE_URL", "http://passport.example"),
        ("ECARBON_BASE_URL", "https://passport.example/a b"),
        ("ECARBON_PORT", "70000"),
        ("ECARBON_PORT", "８０"),
        ("ECARBON_PORT", "-1"),
        ("ECARBON_DATABASE_URL", "mysql://x"),
        ("ECARBON_ORIGIN", "two words"),
        ("ECARBON_ISSUER_SLUG", "../x"),
        ("ECARBON_HSTS", "yes"),
    ],
)
def test_unknown_names_and_unusable_values_are_refused(name: str, value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load({name: value})
    assert str(caught.value.context["setting"]).lower() in name.lower()


@pytest.mark.parametrize("text", ["colour = 1\n", "port = [1]\n", "port = \n", "\xff"])
def test_a_damaged_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "ecarbon.toml"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError):
        load({"ECARBON_CONFIG": str(file)})


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        load({"ECARBON_CONFIG": str(tmp_path / "none.toml")})


def test_every_field_is_a_documented_setting() -> None:
    assert {field.name for field in fields(Config)} == {setting.name for setting in SETTINGS}


def test_the_configuration_cannot_be_changed_and_hides_passwords() -> None:
    config = load({"ECARBON_DATABASE_URL": "postgresql+psycopg://me:secret@db/x"})
    with pytest.raises(FrozenInstanceError):
        config.port = 1  # type: ignore[misc]
    assert "secret" not in str(config.shown())
    assert config.shown()["database_url"] == "postgresql+psycopg://me:***@db/x"
