"""Mail through the panel's maps over the same Postfix and Dovecot with static ones, turn by turn.

Both take the same messages by SMTP from the same senders; a round ends when all of them lie in
Maildirs. Of sixteen messages fourteen go to a mailbox, one by a domain alias and one by an address
that only forwards.
"""

from __future__ import annotations

import random
import socket
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from bench import static_maps
from bench.instance import Result, loaded
from panel.directory.models import Address, AddressKind, Forward, ForwardOnly, ForwardOwner
from panel.directory.places import PF_DOMAIN
from panel.engine import health, private
from panel.engine.layout import Layout, Ports
from panel.engine.layout import private as private_layout
from panel.extensions import db
from panel.orders.models import DomainAlias, Proof

MAILBOXES = 100
"""Mailboxes of a domain: 0user, 1user and so on."""
EACH = MAILBOXES - 1
"""Messages of a sender in a round: smtp-source puts numbers from 1 on before its recipient."""
SENDERS = 16
SIZE = 4_000
DEADLINE = 120
"""Seconds that a round may take."""


@dataclass
class Side:
    """Running servers, and how far their log has been read."""

    layout: Layout
    read: int = 0
    delivered: int = 0

    def follow(self) -> int:
        """How many messages are delivered, as the log says."""
        assert self.layout.postfix_log
        with self.layout.postfix_log.open("rb") as file:
            file.seek(self.read)
            new = file.read()
        self.read += len(new)
        assert b"status=deferred" not in new, new
        assert b"status=bounced" not in new, new
        self.delivered += new.count(b"status=sent")
        return self.delivered


def measure(mailboxes: int, rounds: int) -> list[Result]:
    """The panel's time over the static maps': the median of pairs of rounds that take turns."""
    with loaded(mailboxes // MAILBOXES, mailboxes, "{}user") as app, app.app_context():
        instance = app.config["YOUJU"].instance
        instance.chmod(0o755)
        recipients = _recipients(db.engine)
        url = app.config["YOUJU"].database_url
        sides = [Side(_layout(instance / name, url)) for name in ("panel", "static")]
        private.prepare(sides[0].layout)
        static_maps.prepare(sides[1].layout, db.engine)
        times: list[list[float]] = [[], []]
        with _running(sides[0].layout) as panels, _running(sides[1].layout) as statics:
            for side in sides:
                _round(side, recipients)  # makes the Maildirs
            before = [_cpu(panels), _cpu(statics)]
            for _ in range(rounds):
                for side, spent in zip(sides, times, strict=True):
                    spent.append(_round(side, recipients))
            cpu = [_cpu(panels) - before[0], _cpu(statics) - before[1]]
        for side in sides:
            there = sum(1 for _ in side.layout.mail.glob("*/*/Maildir/new/*"))
            assert there == (rounds + 1) * SENDERS * EACH, there
    return [_result(mailboxes, cpu, *times)]


def _result(mailboxes: int, cpu: list[float], panel: list[float], static: list[float]) -> Result:
    ratio = statistics.median(p / s for p, s in zip(panel, static, strict=True))
    rates = [SENDERS * EACH / statistics.median(times) for times in (panel, static)]
    detail = f"throughput {1 / ratio:.2f}: {rates[0]:.0f} of {rates[1]:.0f} messages/s, "
    each = [seconds * 1_000 / (len(panel) * SENDERS * EACH) for seconds in cpu]
    detail += f"{each[0]:.2f} and {each[1]:.2f} ms of CPU each, "
    detail += f"{mailboxes:,} mailboxes, {len(panel)} rounds"
    return Result("mail", ratio, 1 / 0.9, " x the time of hash maps", detail)


def _layout(folder: Path, url: str) -> Layout:
    """Private servers on ports that are free."""
    while True:
        port = random.SystemRandom().randrange(20_000, 30_000)
        if all(map(_is_free, astuple(Ports.from_base(port)))):
            return private_layout(folder, port, url, outside_mail=False)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _recipients(engine: Engine) -> list[str]:
    """Whom each sender writes to, without the number."""
    with Session(engine) as session, session.begin():
        served = select(PF_DOMAIN.c.id, PF_DOMAIN.c.name).where(
            PF_DOMAIN.c.name.like("d%.bulk.example")
        )
        domains = session.execute(served.limit(SENDERS - 2)).all()
        (aliased, _), (forwarding, name), (_, target) = domains[:3]
        now, alias = datetime.now(UTC), "alias.bulk.example"
        both = {"name": alias, "unicode_name": alias, "verify_token": "-", "created_at": now}
        proven = {"activated_at": now, "activated_by": Proof.OPERATOR}
        session.add(DomainAlias(domain_id=aliased, **both, **proven))
        for number in range(1, EACH + 1):
            here = {"domain_id": forwarding, "local_part": f"{number}forward"}
            session.add(Address(**here, kind=AddressKind.FORWARD_ONLY))
            session.flush()
            session.add(ForwardOnly(**here, created_at=now))
            local = f"{number}user"
            goto = {"target_local": local, "target_domain": target}
            way = Forward(**here, **goto, target=f"{local}@{target}", set_by=ForwardOwner.ADMIN)
            session.add(way)
        return [f"user@{n}" for _, n in domains] + [f"user@{alias}", f"forward@{name}"]


@contextmanager
def _running(layout: Layout) -> Iterator[list[int]]:
    """The servers, by their process ids; they are stopped whatever happens."""
    nothing = subprocess.DEVNULL
    started = [
        subprocess.Popen(
            private.commands(layout, name)[0],
            stdin=nothing,
            stdout=nothing,
            stderr=nothing,
            start_new_session=True,
        )
        for name in private.SERVERS
    ]
    try:
        _until(lambda: health.runs(health.engine_status(layout)), 0.1)
        yield [process.pid for process in started]
    finally:
        for name in private.SERVERS:
            subprocess.run(private.commands(layout, name)[1], check=False, capture_output=True)
        for process in started:
            process.wait(10)


def _round(side: Side, recipients: list[str]) -> float:
    """Seconds until everything that all senders sent at once is delivered."""
    begin = time.perf_counter()
    command = ["/usr/sbin/smtp-source", "-N", "-l", str(SIZE), "-m", str(EACH)]
    command += ["-f", "someone@elsewhere.example"]
    target = f"inet:127.0.0.1:{side.layout.ports.smtp}"
    senders = [subprocess.Popen([*command, "-t", to, target]) for to in recipients]
    try:
        for sender in senders:
            assert sender.wait(DEADLINE) == 0
    finally:
        for sender in senders:
            sender.kill()
    before = side.delivered
    _until(lambda: side.follow() >= before + SENDERS * EACH, 0.02)
    return time.perf_counter() - begin


def _cpu(servers: list[int]) -> float:
    """Seconds of CPU that the servers have taken, with all that they started."""
    roots = [psutil.Process(pid) for pid in servers]
    started = [child for root in roots for child in root.children(recursive=True)]
    total = 0.0
    for process in (*started, *roots):  # who has ended is in the time of the one who started it
        with suppress(psutil.NoSuchProcess):
            total += sum(process.cpu_times()[:4])
    return total


def _until(ready: Callable[[], bool], pause: float) -> None:
    """Ask until it is so."""
    ends = time.monotonic() + DEADLINE
    while not ready():
        assert time.monotonic() < ends, f"not within {DEADLINE} s"
        threading.Event().wait(pause)
