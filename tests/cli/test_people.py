"""The command, run as scripts run it: passwords by standard input, errors on one line."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Youju = Callable[..., subprocess.CompletedProcess[str]]
PASSWORD = "correct-horse-9\n"


@pytest.fixture
def youju(tmp_path: Path) -> Youju:
    """Run `youju` on an instance with the demo loaded."""

    def run(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [Path(sys.executable).with_name("youju"), *arguments],
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"YOUJU_INSTANCE": str(tmp_path), "YOUJU_ENGINE": "none"},
        )

    assert run("db", "upgrade").returncode == 0
    assert run("demo", "load").returncode == 0
    return run


def test_from_a_customer_to_a_user(youju: Youju) -> None:
    added = youju("customer", "add", "星海", "--email", "a@b.example", typed=PASSWORD)
    assert added.returncode == 0
    ordered = youju(
        *("order", "add", "neu.example", "--customer", "星海", "--seats", "3", "--json"),
        *("--expires", "2036-12-01"),
    )
    assert json.loads(ordered.stdout)["domain"] == "neu.example"
    user = json.loads(youju("user", "add", "li@neu.example", "--json").stdout)
    assert len(user["password"]) == 19
    again = youju("user", "add", "li@neu.example")
    assert again.returncode == 1
    assert again.stderr.count("\n") == 1
    assert "AddressTaken" in again.stderr


def test_a_customer_has_the_zone_that_is_named(youju: Youju, tmp_path: Path) -> None:
    for name, more in (("jia", ()), ("yi", ("--time-zone", "Europe/Berlin"))):
        told = youju("customer", "add", name, "--email", f"{name}@b.example", *more, typed=PASSWORD)
        assert told.returncode == 0, told.stderr
    wrong = ("--email", "c@b.example", "--time-zone", "Europe/Atlantis")
    refused = youju("customer", "add", "bing", *wrong, typed=PASSWORD)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "NoSuchTimeZone" in refused.stderr
    with sqlite3.connect(tmp_path / "db" / "youju.sqlite3") as database:
        found = database.execute("SELECT name, time_zone FROM customer ORDER BY id DESC LIMIT 2")
        assert found.fetchall() == [("yi", "Europe/Berlin"), ("jia", "Asia/Shanghai")]
    database.close()


def test_a_password_is_read_and_never_printed(youju: Youju) -> None:
    told = youju("operator", "add", "boss@mailhost.example", typed=PASSWORD)
    assert (told.returncode, told.stdout) == (0, "boss@mailhost.example\n")
    again = youju("operator", "add", "boss@mailhost.example", typed=PASSWORD)
    assert again.returncode == 1
    assert PASSWORD.strip() not in again.stderr


def test_wrong_usage_is_two_and_an_unknown_domain_one(youju: Youju) -> None:
    assert youju("user", "add").returncode == 2
    unknown = youju("user", "add", "li@nobody.example")
    assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1)


@pytest.mark.parametrize(
    ("email", "password"), [("not-an-address", "long enough"), ("ops@new.example", "short")]
)
def test_an_operator_needs_an_address_and_a_password(
    youju: Youju, email: str, password: str
) -> None:
    refused = youju("operator", "add", email, typed=f"{password}\n")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)


def test_settings_are_told_with_their_meaning_but_not_the_secret(youju: Youju) -> None:
    told = json.loads(youju("config", "--json").stdout)
    assert told["YOUJU_PORT"]["value"] == "8000"
    assert told["YOUJU_SECRET_KEY"]["value"] == "…"
