"""The configuration at the system's usual places, for both databases, as the servers read it."""

from __future__ import annotations

import grp
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from panel.config import EngineMode, load_settings
from panel.engine.layout import STANDARD_PORTS, layout_of
from panel.engine.rendering import render

URLS = {"sqlite": "", "pgsql": "postgresql://youju:hidden@db.example/youju"}


@pytest.mark.parametrize("dialect", ["sqlite", "pgsql"])
def test_postfix_and_dovecot_take_what_is_rendered(dialect: str, tmp_path: Path) -> None:
    given = {"YOUJU_INSTANCE": str(tmp_path), "YOUJU_ENGINE": "system"}
    settings = load_settings(given | {"YOUJU_DATABASE_URL": URLS[dialect]})
    assert settings.engine is EngineMode.SYSTEM
    usual = layout_of(settings)
    assert (usual.dialect, usual.ports) == (dialect, STANDARD_PORTS)
    assert (usual.postfix, usual.dovecot) == (Path("/etc/postfix"), Path("/etc/dovecot"))
    postfix, dovecot = tmp_path / "postfix", tmp_path / "dovecot"  # this machine's stay untouched
    layout = replace(usual, hostname="mx.mailhost.example", postfix=postfix, dovecot=dovecot)
    written = render(layout, postfix, dovecot)
    told = subprocess.run(
        ["/usr/sbin/postconf", "-c", postfix, "-n"], capture_output=True, text=True, check=True
    )
    assert told.stderr == ""
    assert "myhostname = mx.mailhost.example" in told.stdout
    read = subprocess.run(
        ["/usr/bin/doveconf", "-c", dovecot / "dovecot.conf", "-n"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"{dovecot}/sql-pass.conf.ext" in read.stdout
    for path in written:
        if "hidden" in path.read_text():
            assert path.stat().st_mode & 0o007 == 0
            assert path.stat().st_gid == grp.getgrnam("postfix").gr_gid
    assert any("hidden" in path.read_text() for path in written) == (dialect == "pgsql")
