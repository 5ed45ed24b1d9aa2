"""`youju run`: every process of one instance under honcho, and what to open in the browser."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import os
import shlex
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import click
from honcho.manager import Manager

from panel import create_app
from panel.config import EngineMode, Settings, load_settings
from panel.demo import data, loading, nameserver
from panel.dns.records import ExpectedRecord
from panel.engine import private as engine_private
from panel.engine.layout import Ports, layout_of
from panel.extensions import db
from panel.migrations.commands import upgrade
from panel.orders.queries import watched_named
from panel.orders.verification import expected_of

READY_WITHIN = 30.0
"""Seconds after which the URL is printed in any case."""


@dataclass(frozen=True)
class Process:
    """One line of the Procfile, made for an instance."""

    name: str
    command: str


def environment(port: int, instance: Path) -> dict[str, str]:
    """The settings of an embedded instance, as the environment of its processes."""
    ports = Ports.from_base(port)
    demo = data.read()
    own = {
        "YOUJU_INSTANCE": str(instance),
        "YOUJU_PORT": str(port),
        "YOUJU_ENGINE": EngineMode.PRIVATE.value,
        "YOUJU_DNS_SERVERS": f"127.0.0.1:{ports.dns}",
        "YOUJU_DNS_PORT": str(ports.dns),
        "YOUJU_DNS_PRIVATE": "1",
        "YOUJU_MAIL_HOST": "127.0.0.1",
        "YOUJU_MAIL_PORT": str(ports.inject),
        "YOUJU_MAIL_SENDER": f"postmaster@{nameserver.PROVIDER_ZONE}",
        "YOUJU_PROVIDER_NAME": demo["provider"],
        "YOUJU_HELP_CONTACT": demo["help"],
        "MALLOC_ARENA_MAX": "1",  # glibc would keep freed memory for each of the threads
    }
    # what the reader set in the shell wins over the demo's own choice
    return own | {name: value for name, value in os.environ.items() if name.startswith("YOUJU_")}


def run(port: int, instance: Path) -> int:
    """Prepare the instance, start everything, print where to go; the exit code of the lot."""
    os.environ.update(environment(port, instance))
    settings = load_settings()
    alone = _only_one(instance)
    _refuse_taken_ports(port)
    prepare(settings)
    manager = Manager()
    for process in processes(settings):
        manager.add_process(process.name, process.command)
    threading.Thread(target=_announce, args=(settings,), daemon=True).start()
    manager.loop()
    alone.close()
    return 0 if manager.returncode in (None, 0, -2, 130) else int(manager.returncode or 1)


def prepare(settings: Settings) -> None:
    """Migrate, load the demo once, and write the private servers' configuration."""
    app = create_app(settings)
    if not engine_private.missing():
        engine_private.prepare(layout_of(settings))
    upgrade(settings.database_url)
    with app.app_context():
        loading.load(db.session(), settings)
        loading.move_ports(db.session(), settings)
        db.session.commit()
    if nameserver.installed():
        ports = Ports.from_base(settings.port)
        nameserver.prepare(settings.instance / "dns", ports.dns, nameserver.demo_zones())


def processes(settings: Settings) -> Iterator[Process]:
    """What can run here: always the panel and its worker, the servers where they are installed."""
    bin_folder = Path(sys.executable).parent
    youju = bin_folder / "youju"
    web = f"{bin_folder / 'gunicorn'} --bind {settings.listen}:{settings.port} --workers 1"
    web += " --worker-class gthread --threads 8 --log-level warning --no-control-socket"
    yield Process("web", f"{youju} keep web -- {web} 'panel:create_app()'")
    yield Process("worker", f"{youju} keep worker -- {youju} worker")
    if nameserver.installed():
        knot = shlex.join(nameserver.knot_command(settings.instance / "dns"))
        yield Process("dns", f"{youju} keep dns -- {knot}")
    else:
        click.echo("youju: knot is not installed: DNS checks ask nobody", err=True)
    if missing := engine_private.missing():
        click.echo(f"youju: the mail engine does not run: {missing}", err=True)
        return
    for name in engine_private.SERVERS:
        yield Process(name, f"{youju} engine run {name}")


def _only_one(instance: Path) -> IO[str]:
    """Hold the instance's folder: a second run there would change what the first one runs on."""
    held = (instance / "run.lock").open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise click.ClickException(f"already running from {instance}") from error
    return held


def _refuse_taken_ports(port: int) -> None:
    """Say which port is taken, before anything is started."""
    wanted = {"panel": port} | dataclasses.asdict(Ports.from_base(port))
    for name, number in wanted.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
            except OSError as error:
                raise click.ClickException(
                    f"port {number} ({name}) is taken: choose another PORT"
                ) from error


def _mail_ports(ports: Ports) -> tuple[str, ...]:
    return (
        f"  SMTP from outside {ports.smtp}, submission {ports.submissions} (TLS)"
        f" {ports.submission} (STARTTLS)",
        f"  IMAP {ports.imaps} (TLS) {ports.imap}, POP3 {ports.pop3s} (TLS) {ports.pop3},"
        f" DNS {ports.dns}",
    )


def _announce(settings: Settings) -> None:
    """Print the URL, the log-ins and the ports once the panel answers."""
    deadline = time.monotonic() + READY_WITHIN
    pause = threading.Event()
    while time.monotonic() < deadline and not pause.wait(0.1):
        with (
            contextlib.suppress(OSError),
            socket.create_connection((settings.listen, settings.port), timeout=0.5),
        ):
            break
    demo = data.read()
    ports = Ports.from_base(settings.port)
    lines = [
        "",
        f"  Youju: {settings.url}/",
        "",
        f"  operator  {demo['operator']['email']:24} {data.OPERATOR_PASSWORD}",
        *(f"  customer  {row['email']:24} {data.CUSTOMER_PASSWORD}" for row in demo["customers"]),
        f"  mailboxes (wang@mingyuan.example, …)   {data.USER_PASSWORD}",
        "",
        *(() if engine_private.missing() else _mail_ports(ports)),
        "  Ctrl-C stops everything; the data stays in the instance folder.",
        "",
    ]
    click.echo("\n".join(lines))


def expected_records(settings: Settings, domain: str) -> tuple[ExpectedRecord, ...]:
    """The DNS records that the panel wants of one of its domains or alias domains."""
    app = create_app(settings)
    with app.app_context():
        found = watched_named(db.session(), domain)
        if found is None:
            raise click.ClickException(f"no such domain here: {domain}")
        return expected_of(db.session(), found)
