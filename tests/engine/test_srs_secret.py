"""The secrets that sign return paths: made once, kept, changed without losing a bounce."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from panel.config import load_settings
from panel.engine import srs
from panel.engine.health import engine_status
from panel.engine.layout import STANDARD_PORTS, Layout, Ports, private, system
from tests.fixtures.product import YOUJU
from tests.support.ports import answers, free_base
from tests.support.wait import wait_until

pytestmark = pytest.mark.xdist_group("running")

ALICE = "alice@sender.example"


def ask(port: int, address: str) -> str:
    """What Postfix is told (tcp_table(5))."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as wire:
        return say(wire, address)


def say(wire: socket.socket, address: str) -> str:
    wire.sendall(f"get {address}\n".encode())
    return wire.recv(1000).decode().strip()


@contextmanager
def running(command: list[str], port: int, **environ: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env=os.environ | environ, start_new_session=True)
    try:
        wait_until(lambda: answers(port))
        yield process
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def folder() -> Iterator[Path]:
    """What postsrsd can reach although it is not root."""
    path = Path(tempfile.mkdtemp(prefix="yj-srs-"))
    (path / "engine").mkdir()
    yield path
    shutil.rmtree(path)


def test_it_is_made_once_and_is_its_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "srs.secret"
    srs.make_secret(path)
    first = path.read_text()
    srs.make_secret(path)
    assert path.read_text() == first
    assert len(first.strip()) > 40
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    srs.rotate_secret(path, datetime.now(UTC))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["srs.secret"]


def test_one_that_signed_lately_still_counts(tmp_path: Path) -> None:
    path = tmp_path / "srs.secret"
    path.write_text("made-by-debian")  # its package's has neither a date nor a line's end
    began = datetime(2026, 11, 1, 12, tzinfo=UTC)
    kept = [srs.rotate_secret(path, began + timedelta(days=days)) for days in (0, 10, 20, 29, 31)]
    assert kept == [1, 2, 3, 4, 4]
    assert "made-by-debian" not in path.read_text()
    assert [line[:8] for line in path.read_text().split()] == [
        "20261202",
        "20261130",
        "20261121",
        "20261111",
        "20261101",
    ]
    assert srs.rotate_secret(path, began + timedelta(days=400)) == 1


def test_after_a_change_bounces_to_earlier_addresses_still_come(folder: Path) -> None:
    base = free_base()
    ports = Ports.from_base(base)
    environ = {"YOUJU_INSTANCE": str(folder), "YOUJU_PORT": str(base), "YOUJU_ENGINE": "private"}
    layout = private(folder, base, "sqlite://", outside_mail=False)
    srs.make_secret(layout.srs_secret)
    with running([str(YOUJU), "engine", "run", "srs"], ports.srs_forward, **environ):
        before = ask(ports.srs_forward, ALICE)
        assert before.startswith("200 SRS0=")
        with socket.create_connection(("127.0.0.1", ports.srs_reverse), timeout=10) as held:
            assert say(held, before[4:]) == f"200 {ALICE}"
            rotate = [str(YOUJU), "engine", "rotate-srs"]
            told = subprocess.run(
                rotate, env=os.environ | environ, capture_output=True, text=True, check=True
            )
            assert (told.stderr, "1 earlier" in told.stdout) == ("", True)
            assert held.recv(10) == b""  # who knows the old secret alone is gone
        wait_until(lambda: answers(ports.srs_reverse))
        after = ask(ports.srs_forward, ALICE)
        assert after != before
        for address in (before, after):
            assert ask(ports.srs_reverse, address[4:]) == f"200 {ALICE}"
    assert not answers(ports.srs_forward)


def test_without_a_running_one_it_says_so(folder: Path) -> None:
    layout = private(folder, free_base(), "sqlite://", outside_mail=False)
    assert srs.restart(layout) is False
    (folder / "engine" / "srs.pid").write_text(str(os.getpid()))  # somebody else has the number
    assert srs.restart(layout) is False


def usual(folder: Path, **settings: str) -> Layout:
    return system(load_settings({"YOUJU_INSTANCE": str(folder), **settings}))


def test_the_names_come_from_the_settings(tmp_path: Path) -> None:
    given = {"YOUJU_MAIL_HOSTNAME": "mx.host.example", "YOUJU_MAIL_SENDER": "panel@host.example"}
    layout = usual(tmp_path, **given)
    assert layout.srs_domain == "mx.host.example"
    assert layout.own_names == ("host.example", "mx.host.example")
    layout = usual(tmp_path, **given, YOUJU_SRS_DOMAIN="srs.host.example")
    assert layout.srs_domain == "srs.host.example"
    assert (layout.ports, layout.srs_secret) == (STANDARD_PORTS, Path("/etc/postsrsd.secret"))


def test_the_systems_unit_starts_what_postfix_asks(folder: Path) -> None:
    ports = Ports.from_base(free_base())
    secret = folder / "srs.secret"
    srs.make_secret(secret)
    layout = usual(folder, YOUJU_SRS_DOMAIN="srs.host.example")
    path = srs.render_unit(replace(layout, ports=ports, srs_secret=secret), folder / "systemd")
    lines = dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
    with running(shlex.split(lines["ExecStart"]), ports.srs_forward):
        assert ask(ports.srs_forward, ALICE).endswith("=sender.example=alice@srs.host.example")
        status = {one.name: one for one in engine_status(replace(layout, ports=ports))}
        assert status["srs"].is_up
        assert not status["smtp"].is_up
