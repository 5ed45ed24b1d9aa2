"""Settings: from the environment only, each with a meaning, wrong ones refused at the start."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from panel.config import EngineMode, SettingsError, describe_settings, load_settings
from tests.support.tree import ROOT, name_of, python_files


def settings_of(tmp_path: Path, **environ: str) -> object:
    return load_settings({"YOUJU_INSTANCE": str(tmp_path / "instance"), **environ})


def test_every_setting_has_a_meaning(tmp_path: Path) -> None:
    settings = load_settings({"YOUJU_INSTANCE": str(tmp_path)})
    rows = describe_settings(settings)
    assert all(meaning and name.startswith("YOUJU_") for name, _, _, meaning in rows)


def test_the_secret_key_is_never_shown(tmp_path: Path) -> None:
    settings = load_settings({"YOUJU_INSTANCE": str(tmp_path)})
    assert settings.secret_key not in str(describe_settings(settings))


def test_the_secret_key_is_kept_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    first, second = (load_settings({"YOUJU_INSTANCE": str(tmp_path)}) for _ in range(2))
    assert first.secret_key == second.secret_key
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("YOUJU_PORT", "eighty"),
        ("YOUJU_ENGINE", "some"),
        ("YOUJU_HTTPS", "maybe"),
        ("YOUJU_DATABASE_URL", "no url"),
        ("YOUJU_LOGIN_RATE", "often"),
        ("YOUJU_TIME_ZONE", "Nowhere/X"),
        ("YOUJU_SRS_DOMAIN", "srs/example"),
        ("YOUJU_DEFAULT_LOCALE", "fr"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        settings_of(tmp_path, **{variable: value})


def test_values_take_the_type_of_their_setting(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "YOUJU_INSTANCE": str(tmp_path),
            "YOUJU_PORT": "8100",
            "YOUJU_ENGINE": "none",
            "YOUJU_HTTPS": "1",
            "YOUJU_DNS_SERVERS": "127.0.0.1:8153, 127.0.0.2:53",
            "YOUJU_DATABASE_URL": "postgresql://u@db/youju",
        }
    )
    assert settings.port == 8100
    assert settings.engine is EngineMode.NONE
    assert settings.https is True
    assert settings.dns_servers == ("127.0.0.1:8153", "127.0.0.2:53")
    assert settings.database_url == "postgresql+psycopg://u@db/youju"
    assert settings.url == "http://localhost:8100"


def test_only_the_settings_read_the_environment() -> None:
    readers = [
        name_of(path)
        for path in python_files("panel")
        if path != ROOT / "panel" / "config.py"
        and re.search(r"os\.getenv|environ\.get\(|environ\[\"YOUJU", path.read_text("utf-8"))
    ]
    assert readers == []


def test_no_password_of_a_url_is_shown(tmp_path: Path) -> None:
    given = {
        "YOUJU_INSTANCE": str(tmp_path),
        "YOUJU_DATABASE_URL": "postgresql://u:hidden@db/youju",
        "YOUJU_RATE_STORAGE": "redis://:hidden@cache",
    }
    assert "hidden" not in str(describe_settings(load_settings(given)))
