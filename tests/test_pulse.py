"""Making sure of what mailboxes hold: nothing is forgotten while Dovecot does not answer."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel import pulse as panel_pulse
from panel.config import Settings
from panel.directory.models import Mailbox, MailboxUsage
from panel.engine import doveadm
from panel.engine.layout import Layout
from panel.engine.mail_files import folder_of
from panel.engine.usage import Reading, file_of
from panel.pulse import ASKED_AT_ONCE, MOST_TRIES, Pulse
from tests.factories.directory import make_mailbox
from tests.factories.orders import NOW, make_domain

WRITTEN, TOLD = 5000, 70 * 1024


class Dovecot:
    """Tells of mailboxes, but of those that are `broken`; while it is `down`, of none."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.is_down = False
        self.broken: set[str] = set()

    def ask(self, _: Layout, addresses: Sequence[str], now: datetime) -> dict[str, Reading]:
        names = [address.partition("@")[0] for address in addresses]
        self.asked.append(names)
        if self.is_down:
            raise doveadm.Unanswered("restarting")
        told = Reading("", TOLD, 2, now)
        return {f"{one}@mingyuan.example": told for one in names if one not in self.broken}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """What time it is, to be set."""
    clock = [NOW]
    monkeypatch.setattr(Settings, "now", lambda _: clock[0])
    return clock


@pytest.fixture
def dovecot(monkeypatch: pytest.MonkeyPatch) -> Dovecot:
    dovecot = Dovecot()
    monkeypatch.setattr(panel_pulse, "ask", dovecot.ask)
    return dovecot


class Worker:
    """A life of the worker beside this Dovecot."""

    def __init__(self, app: Flask, session: Session, clock: list[datetime]) -> None:
        self.pulse, self.session, self.clock = Pulse(app.config["YOUJU"]), session, clock
        self.pulse._has_dovecot = True

    def beat(self, after: int = 3) -> None:
        """One look, so many seconds after the last."""
        self.clock[0] += timedelta(seconds=after)
        self.pulse.beat(self.session)


@pytest.fixture
def worker(app: Flask, session: Session, clock: list[datetime], dovecot: Dovecot) -> Worker:
    return Worker(app, session, clock)


def writes(worker: Worker, box: Mailbox) -> None:
    """Dovecot writes what a mailbox holds, as the slower of two deliveries saw it."""
    mail = worker.pulse._layout.mail
    folder_of(mail, box.storage_key).mkdir(parents=True, exist_ok=True)
    file = file_of(mail, box.storage_key)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"priv/quota/messages\n1\npriv/quota/storage\n{WRITTEN}\n")
    at = worker.clock[0].timestamp()
    os.utime(file, (at, at))
    os.utime(file.parent, (at, at))


def users(session: Session, *names: str) -> list[Mailbox]:
    domain = make_domain(session, seats=200)
    made = [make_mailbox(session, domain, name) for name in names]
    session.commit()
    return made


def held(session: Session, box: Mailbox) -> int | None:
    return session.scalar(select(MailboxUsage.used_bytes).filter_by(mailbox_id=box.id))


def test_what_dovecot_did_not_answer_is_asked_again(
    session: Session, worker: Worker, dovecot: Dovecot
) -> None:
    (li,) = users(session, "li")
    writes(worker, li)
    dovecot.is_down = True
    worker.beat()
    assert held(session, li) == WRITTEN
    worker.beat(after=6)
    assert dovecot.asked == [["li"]]
    dovecot.is_down = False
    worker.beat(after=30)
    assert held(session, li) == TOLD
    worker.beat(after=60)
    assert dovecot.asked == [["li"], ["li"]]


def test_a_new_worker_makes_sure_of_what_the_killed_one_did_not(
    app: Flask, session: Session, worker: Worker, dovecot: Dovecot
) -> None:
    (li,) = users(session, "li")
    writes(worker, li)
    worker.beat()
    second = Worker(app, session, worker.clock)
    second.beat(after=600)
    second.beat(after=6)
    assert (held(session, li), dovecot.asked) == (TOLD, [["li"]])


def test_a_mailbox_that_dovecot_cannot_open_holds_up_nobody_and_is_left_in_the_end(
    session: Session, worker: Worker, dovecot: Dovecot
) -> None:
    li, wang = users(session, "li", "wang")
    dovecot.broken = {"li"}
    for box in (li, wang):
        writes(worker, box)
    worker.beat()
    worker.beat(after=6)
    assert (held(session, li), held(session, wang)) == (WRITTEN, TOLD)
    for _ in range(2000):
        worker.beat()
    assert dovecot.asked == [["li", "wang"], *[["li"]] * (MOST_TRIES - 1)]


def test_of_whom_nothing_was_written_is_asked_for_until_dovecot_tells(
    session: Session, worker: Worker, dovecot: Dovecot
) -> None:
    li, wang = users(session, "li", "wang")
    folder_of(worker.pulse._layout.mail, li.storage_key).mkdir(parents=True)
    dovecot.is_down = True
    worker.beat()
    assert (held(session, li), held(session, wang), dovecot.asked) == (None, 0, [["li"]])
    dovecot.is_down = False
    worker.beat(after=30)
    assert held(session, li) == TOLD


def test_all_who_are_quiet_are_made_sure_of_in_one_look(
    session: Session, worker: Worker, dovecot: Dovecot
) -> None:
    boxes = users(session, *(f"u{n:03}" for n in range(120)))
    for box in boxes:
        writes(worker, box)
    worker.beat()
    worker.beat(after=6)
    assert [len(names) for names in dovecot.asked] == [ASKED_AT_ONCE, ASKED_AT_ONCE, 20]


def test_a_slow_dovecot_lets_sessions_wait_for_seconds_only(
    session: Session, worker: Worker, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    for box in users(session, *(f"u{n:03}" for n in range(120))):
        writes(worker, box)
    worker.beat()

    def slowly(layout: Layout, addresses: Sequence[str], now: datetime) -> dict[str, Reading]:
        worker.clock[0] += timedelta(seconds=6)
        return dovecot.ask(layout, addresses, now)

    monkeypatch.setattr(panel_pulse, "ask", slowly)
    worker.beat(after=6)
    assert len(dovecot.asked) == 1
