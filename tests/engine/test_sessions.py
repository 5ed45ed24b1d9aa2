"""Sessions of those who may not go on: ended by the worker, with the real Dovecot and Postfix."""

from __future__ import annotations

import imaplib
import os
import poplib
import smtplib
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from time import monotonic

import pytest
from sqlalchemy import delete as delete_from
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from panel.accounts.access import SYSTEM
from panel.directory import states
from panel.directory.models import Mailbox, MailboxUsage
from panel.engine.layout import Ports
from panel.engine.sessions import HOLD, KEPT, SessionEnd, last_end
from panel.engine.sign_in import accepts
from panel.orders import actions as orders
from panel.orders.models import Domain
from tests.factories.directory import USER_PASSWORD, make_mailbox
from tests.factories.orders import NOW, make_domain
from tests.fixtures.mailserver import MailServer
from tests.fixtures.product import YOUJU
from tests.support import inbox
from tests.support.ports import free_base
from tests.support.wait import wait_until
from tests.support.worker import Worker, environment_of, worker_of

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine")]

NEW = "another-horse-7"
USERS = (
    "suspended",
    "deleted",
    "changed",
    "sender",
    "stopped",
    "killed",
    "colleague",
    "counted",
    "tried",
)


@pytest.fixture(scope="module")
def server(mailserver: MailServer) -> MailServer:
    """The engine with users of two domains that go on, and of two that end."""
    with mailserver.sessions.begin() as session:
        domain = make_domain(session, "a.example")
        for name in USERS:
            make_mailbox(session, domain, name)
        for name in ("late.example", "over.example"):
            make_mailbox(session, make_domain(session, name), "li")
    return mailserver


@pytest.fixture
def worker(server: MailServer) -> Iterator[Worker]:
    with worker_of(server) as worker:
        yield worker


def found(session: Session, address: str) -> tuple[Domain, Mailbox]:
    local, _, name = address.partition("@")
    loaded = joinedload(Mailbox.domain).joinedload(Domain.order)
    query = select(Mailbox).join(Mailbox.domain).options(loaded)
    box = session.scalars(query.where(Mailbox.local_part == local, Domain.name == name)).one()
    return box.domain, box


def suspend(session: Session, address: str, now: datetime) -> None:
    domain, box = found(session, address)
    states.suspend_mailbox(session, domain, box, "left", version=box.version, by=SYSTEM, now=now)


def delete(session: Session, address: str, now: datetime) -> None:
    domain, box = found(session, address)
    states.delete_mailbox(session, domain, box, version=box.version, by=SYSTEM, now=now)


def reset(session: Session, address: str, now: datetime) -> None:
    domain, box = found(session, address)
    states.reset_password(session, domain, box, NEW, version=box.version, by=SYSTEM, now=now)


def suspend_order(session: Session, address: str, now: datetime) -> None:
    domain, _ = found(session, address)
    orders.suspend(session, domain, "unpaid", version=domain.order.version, by=SYSTEM, now=now)


def expire(session: Session, address: str, now: datetime) -> None:
    domain, _ = found(session, address)
    domain.order.expires_on = date(2020, 1, 1)
    session.flush()
    assert orders.expire_due(session, now) == 1


def signed_in(server: MailServer, address: str, password: str = USER_PASSWORD) -> imaplib.IMAP4_SSL:
    layout = server.layout
    return inbox.sign_in(layout.ports.imaps, layout.certificate, address, password)


@contextmanager
def idling(server: MailServer, address: str) -> Iterator[imaplib.IMAP4_SSL]:
    """An IMAP connection that waits for news (RFC 2177)."""
    client = signed_in(server, address)
    client.select("INBOX")
    client.send(b"x1 IDLE\r\n")
    assert client.readline().startswith(b"+")
    yield client
    client.shutdown()


def is_open(client: imaplib.IMAP4_SSL) -> bool:
    """Whether the server still holds the connection."""
    client.sock.settimeout(0.2)
    with suppress(TimeoutError):
        return bool(client.sock.recv(1000)) and is_open(client)
    return True


def ends(worker: Worker, client: imaplib.IMAP4_SSL) -> None:
    def ended() -> bool:
        worker.beat()
        return not is_open(client)

    wait_until(ended)


CAUSES: list[tuple[str, Callable[[Session, str, datetime], None]]] = [
    ("suspended@a.example", suspend),
    ("deleted@a.example", delete),
    ("changed@a.example", reset),
    ("li@late.example", suspend_order),
    ("li@over.example", expire),
]


@pytest.mark.parametrize(("address", "cause"), CAUSES, ids=[cause.__name__ for _, cause in CAUSES])
def test_open_sessions_end_and_no_new_one_begins(
    server: MailServer,
    worker: Worker,
    address: str,
    cause: Callable[[Session, str, datetime], None],
) -> None:
    with idling(server, address) as client, idling(server, "colleague@a.example") as other:
        pop = poplib.POP3_SSL(
            "localhost",
            server.layout.ports.pop3s,
            context=inbox.trusting(server.layout.certificate),
            timeout=10,
        )
        pop.user(address)
        pop.pass_(USER_PASSWORD)
        with server.sessions.begin() as session:
            cause(session, address, worker.settings.now())
        with pytest.raises(imaplib.IMAP4.error):  # from the commit on, before the worker looks
            signed_in(server, address)
        ends(worker, client)
        with pytest.raises((poplib.error_proto, OSError)):
            pop.noop()
        pop.close()
        assert is_open(other)


def test_how_many_were_ended_is_kept(server: MailServer, worker: Worker) -> None:
    address = "counted@a.example"
    with idling(server, address) as first, idling(server, address) as second:
        with server.sessions.begin() as session:
            reset(session, address, worker.settings.now())
        ends(worker, first)
        ends(worker, second)
    with server.sessions() as session:
        end = last_end(session, "a.example", "counted")
        assert end is not None
        assert (end.count, end.ended_at is not None) == (2, True)
        assert last_end(session, "a.example", "colleague") is None


def test_a_new_password_is_accepted_and_another_refused(server: MailServer) -> None:
    """As the page shows after a reset: within a second, and quickly for the right one."""
    address = "tried@a.example"
    assert accepts(server.layout, address, USER_PASSWORD) is True
    with server.sessions.begin() as session:
        reset(session, address, NOW)
    begun = monotonic()
    assert accepts(server.layout, address, NEW) is True
    assert monotonic() - begun < 1
    assert accepts(server.layout, address, USER_PASSWORD) is False
    assert accepts(server.layout, address, NEW) is True  # not slowed down by the wrong one


def test_without_a_server_nothing_is_said(server: MailServer) -> None:
    nowhere = replace(server.layout, ports=Ports.from_base(free_base()))
    assert accepts(nowhere, "tried@a.example", USER_PASSWORD) is None


def test_a_changed_password_ends_open_submission_too(server: MailServer, worker: Worker) -> None:
    address = "sender@a.example"
    client = submission(server, address, USER_PASSWORD)
    assert may_send(client, address) == (250, b"2.1.5 Ok")
    with server.sessions.begin() as session:
        reset(session, address, worker.settings.now())
    code, text = may_send(client, address)
    assert (code, b"sign in again" in text) == (421, True)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client.noop()
    with pytest.raises(smtplib.SMTPAuthenticationError):
        submission(server, address, USER_PASSWORD)
    with server.sessions.begin() as session:  # a good minute later, and no worker
        for row in session.scalars(select(SessionEnd).where(SessionEnd.holds_until.is_not(None))):
            row.holds_until -= HOLD + timedelta(seconds=1)
    with submission(server, address, NEW) as again:
        assert may_send(again, address) == (250, b"2.1.5 Ok")
    worker.beat()
    with server.sessions.begin() as session:
        for row in session.scalars(select(SessionEnd)):
            row.asked_at -= KEPT
    worker.beat()
    with server.sessions() as session:
        assert session.scalars(select(SessionEnd)).all() == []


def test_a_suspended_user_sends_nothing_in_an_open_session(
    server: MailServer, worker: Worker
) -> None:
    client = submission(server, "stopped@a.example", USER_PASSWORD)
    with server.sessions.begin() as session:
        suspend(session, "stopped@a.example", worker.settings.now())
    code, text = may_send(client, "stopped@a.example")
    assert (code, b"suspended" in text) == (554, True)
    client.close()


def submission(server: MailServer, address: str, password: str) -> smtplib.SMTP_SSL:
    layout = server.layout
    return inbox.submission(layout.ports.submissions, layout.certificate, address, password)


def may_send(client: smtplib.SMTP, address: str) -> tuple[int, bytes]:
    client.mail(address)
    answer = client.rcpt("colleague@a.example")
    if answer[0] == 250:
        client.rset()
    return answer


def test_a_killed_worker_forgets_nobody(server: MailServer) -> None:
    """What a worker that was killed had to do is done by the next one."""
    settings = os.environ | environment_of(server)
    with idling(server, "killed@a.example") as client:
        with server.sessions.begin() as session:
            key = found(session, "killed@a.example")[1].id
            session.execute(delete_from(MailboxUsage).where(MailboxUsage.mailbox_id == key))
        first = subprocess.Popen([YOUJU, "worker"], env=settings, stderr=subprocess.DEVNULL)

        def looks() -> bool:
            with server.sessions() as session:
                return session.get(MailboxUsage, key) is not None

        wait_until(looks, deadline=60)
        with worker_of(server) as worker, server.sessions.begin() as session:
            suspend(session, "killed@a.example", worker.settings.now())
        first.kill()  # sooner than it looks for sessions
        first.wait(10)
        with server.sessions() as session:
            end = last_end(session, "a.example", "killed")
            assert end is not None
            assert end.ended_at is None
        assert is_open(client)
        second = subprocess.Popen([YOUJU, "worker"], env=settings, stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: not is_open(client), deadline=60)
        finally:
            second.kill()
            second.wait(10)
