"""What mailboxes hold: read from Dovecot within seconds, and its users warned once."""

from __future__ import annotations

import imaplib
import shutil
import smtplib
from collections.abc import Iterator
from datetime import timedelta
from email.header import decode_header, make_header
from pathlib import Path

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from panel import pulse
from panel.directory.models import Mailbox, MailboxUsage
from panel.directory.usage import (
    LONG_AGO,
    Usage,
    by_mailbox,
    keep,
    take_to_warn,
    usage_of,
)
from panel.engine.mail_files import folder_of
from panel.engine.usage import ask, file_of, read_since
from panel.orders.models import Domain
from panel.outbox.models import OutboxMail, OutboxState
from tests.factories.directory import USER_PASSWORD, give_quota, make_mailbox
from tests.factories.orders import NOW, make_domain
from tests.fixtures.mailserver import MailServer
from tests.support import inbox
from tests.support.queries import at_most
from tests.support.wait import wait_until
from tests.support.worker import Worker, worker_of

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine")]

MB = 1 << 20


@pytest.fixture(scope="module")
def server(mailserver: MailServer) -> MailServer:
    """The engine with users who hold nothing."""
    with mailserver.sessions.begin() as session:
        domain = make_domain(session, "a.example")
        for name in (
            "li",
            "wang",
            "reader",
            "earlier",
            "never",
            "fresh",
            "late",
            "pair",
            "spare",
            "rush",
            "torn",
            "sound",
        ):
            make_mailbox(session, domain, name, quota_bytes=MB)
        make_mailbox(session, make_domain(session, "waiting.example", active=False), "early")
    return mailserver


@pytest.fixture
def worker(server: MailServer) -> Iterator[Worker]:
    with worker_of(server) as worker:
        yield worker


def deliver(server: MailServer, name: str, size: int) -> None:
    """One mail. The next one waits until it is written: of two at once Dovecot may write down last
    what the slower one saw, and the worker is sure only some seconds later."""
    text = "Subject: s\r\n\r\n" + ("x" * 70 + "\r\n") * (size // 72)
    with smtplib.SMTP("localhost", server.layout.ports.smtp, timeout=10) as client:
        client.sendmail("someone@qq.example", f"{name}@a.example", text)


def held(server: MailServer, name: str) -> Usage:
    with server.sessions() as session:
        box = session.scalars(select(Mailbox).where(Mailbox.local_part == name)).one()
        return usage_of(session, [box])[box.id]


def let_hold(server: MailServer, name: str, megabytes: int) -> None:
    with server.sessions.begin() as session:
        give_quota(session, found(session, name), megabytes * MB)


def found(session: Session, name: str) -> Mailbox:
    loaded = joinedload(Mailbox.domain).joinedload(Domain.order)
    query = select(Mailbox).where(Mailbox.local_part == name).options(loaded)
    return session.scalars(query).one()


def imap(server: MailServer, name: str) -> imaplib.IMAP4_SSL:
    layout = server.layout
    address = f"{name}@a.example"
    return inbox.sign_in(layout.ports.imaps, layout.certificate, address, USER_PASSWORD)


def remove_all(server: MailServer, name: str) -> None:
    client = imap(server, name)
    client.select("INBOX")
    client.store("1:*", "+FLAGS", "\\Deleted")
    client.expunge()
    client.logout()


def last_subject(server: MailServer, name: str) -> str:
    layout = server.layout
    address = f"{name}@a.example"
    found = inbox.subjects(layout.ports.imaps, layout.certificate, address, USER_PASSWORD)
    return str(make_header(decode_header(found.decode().split("Subject: ")[-1].strip())))


def warnings(server: MailServer, name: str) -> list[OutboxMail]:
    with server.sessions() as session:
        where = OutboxMail.recipient.in_([f"{name}@a.example", f"{name}@other.example"])
        return list(session.scalars(select(OutboxMail).where(where)))


def as_dovecot_says(server: MailServer, name: str) -> tuple[int, int]:
    """(whole KB, rounded up, messages)."""
    address = f"{name}@a.example"
    told = ask(server.layout, [address], NOW)[address]
    return told.used_bytes // 1024, told.messages


def test_what_arrives_is_known_within_seconds(server: MailServer, worker: Worker) -> None:
    deliver(server, "li", 50_000)
    wait_until(lambda: is_written(server, "li", 1))
    deliver(server, "li", 20_000)

    def known() -> bool:
        worker.beat()
        return held(server, "li").messages == 2

    wait_until(known)
    usage = held(server, "li")
    assert (-(-usage.used_bytes // 1024), usage.messages) == as_dovecot_says(server, "li")
    assert usage.used_bytes > 70_000
    assert (usage.quota_bytes, usage.percent) == (MB, usage.used_bytes * 100 // MB)
    assert usage.read_at is not None


def test_what_the_slower_of_two_mails_saw_is_put_right_when_all_is_quiet(
    server: MailServer, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two deliveries at once to one mailbox end so about every tenth time."""
    deliver(server, "pair", 20_000)
    wait_until(lambda: is_written(server, "pair", 1))
    file = file_for(server, "pair")
    first = file.read_text()
    deliver(server, "pair", 50_000)
    wait_until(lambda: is_written(server, "pair", 2))
    file.write_text(first)
    worker.beat()
    assert held(server, "pair").messages == 1
    monkeypatch.setattr(pulse, "QUIET", timedelta(0))
    worker.beat()
    usage = held(server, "pair")
    assert (usage.used_bytes // 1024, usage.messages) == as_dovecot_says(server, "pair")
    assert usage.messages == 2
    worker.beat()
    assert held(server, "pair") == usage


def test_a_mailbox_that_cannot_be_opened_keeps_no_answer_from_the_others(
    server: MailServer,
) -> None:
    for name in ("torn", "sound"):
        deliver(server, name, 10_000)
        wait_until(file_for(server, name).exists)
    with server.sessions() as session:
        folder = folder_of(server.layout.mail, found(session, "torn").storage_key)
    shutil.rmtree(folder)
    folder.write_text("no folder")
    told = ask(server.layout, ["torn@a.example", "sound@a.example"], NOW)
    assert told.keys() == {"sound@a.example"}
    assert ask(server.layout, ["torn@a.example"], NOW) == {}
    folder.unlink()


def test_an_open_program_adds_and_removes(server: MailServer, worker: Worker) -> None:
    """Dovecot writes what an open mailbox does after ten seconds, or when it is closed."""
    client = imap(server, "reader")
    client.append("INBOX", "", None, b"Subject: one\r\n\r\n" + b"x" * 5000)
    client.append("INBOX", "", None, b"Subject: two\r\n\r\n" + b"x" * 5000)

    def holds(messages: int) -> bool:
        worker.beat()
        return held(server, "reader").messages == messages

    wait_until(lambda: holds(2), deadline=20, every=0.5)
    client.select("INBOX")
    client.store("1", "+FLAGS", "\\Deleted")
    client.expunge()
    wait_until(lambda: holds(1), deadline=20, every=0.5)
    client.logout()
    remove_all(server, "reader")
    wait_until(lambda: holds(0))
    assert held(server, "reader").used_bytes == 0
    assert "Error: dict" not in server.log


def test_a_new_worker_goes_on_where_the_killed_one_was(server: MailServer) -> None:
    deliver(server, "late", 10_000)
    wait_until(lambda: file_for(server, "late").exists())
    with worker_of(server) as first:
        first.beat()
    assert held(server, "late").messages == 1
    deliver(server, "late", 10_000)
    wait_until(lambda: is_written(server, "late", 2))
    with worker_of(server) as second:
        second.beat()
        again = held(server, "late")
        second.beat()
    assert again.messages == 2
    assert held(server, "late") == again


def file_for(server: MailServer, name: str) -> Path:
    with server.sessions() as session:
        return file_of(server.layout.mail, found(session, name).storage_key)


def is_written(server: MailServer, name: str, messages: int) -> bool:
    file = file_for(server, name)
    return file.exists() and str(messages) in file.read_text().splitlines()


def test_mailboxes_older_than_the_reading_are_asked_for(server: MailServer) -> None:
    deliver(server, "earlier", 30_000)
    wait_until(lambda: file_for(server, "earlier").exists())
    file_for(server, "earlier").unlink()
    with server.sessions.begin() as session:
        session.execute(delete(MailboxUsage))
    with worker_of(server) as worker:
        worker.beat()
    usage = held(server, "earlier")
    assert (usage.used_bytes // 1024, usage.messages) == as_dovecot_says(server, "earlier")
    assert (held(server, "never").messages, held(server, "never").read_at is None) == (0, False)
    assert held(server, "early").read_at is not None  # cannot be asked for, and has no folder
    with server.sessions() as session:
        never = found(session, "never").storage_key
    assert not folder_of(server.layout.mail, never).exists()


def test_a_user_is_warned_once_at_ninety_percent(server: MailServer, worker: Worker) -> None:
    worker.beat()
    deliver(server, "wang", 850_000)

    def beats_until(messages: int) -> bool:
        worker.beat()
        return held(server, "wang").messages == messages

    wait_until(lambda: beats_until(1))
    assert held(server, "wang").percent in range(80, 90)
    assert warnings(server, "wang") == []
    deliver(server, "wang", 100_000)
    wait_until(lambda: beats_until(2))
    worker.beat()
    (mail,) = warnings(server, "wang")
    assert mail.purpose == "quota.warning"
    worker.minute()
    wait_until(lambda: beats_until(3))
    assert [mail.state for mail in warnings(server, "wang")] == [OutboxState.SENT]
    assert last_subject(server, "wang") == "您的邮箱 wang@a.example 空间即将用完"
    let_hold(server, "wang", 10)
    worker.beat()
    let_hold(server, "wang", 1)
    worker.beat()
    assert len(warnings(server, "wang")) == 2


def test_a_kill_between_the_note_and_the_mail_loses_neither(
    server: MailServer, worker: Worker
) -> None:
    deliver(server, "spare", 980_000)
    wait_until(lambda: file_for(server, "spare").exists())
    with server.sessions() as session:  # killed before the commit
        readings = list(read_since(server.layout.mail, LONG_AGO))
        keep(session, by_mailbox(session, readings))
        assert len(take_to_warn(session, NOW)) == 1
        session.rollback()
    for _ in range(3):
        worker.beat()
    assert len(warnings(server, "spare")) == 1


def test_who_is_full_before_the_warning_arrives_is_told_elsewhere_too(
    server: MailServer, worker: Worker
) -> None:
    with server.sessions.begin() as session:
        found(session, "rush").alternate_email = "rush@other.example"
    deliver(server, "rush", 1_020_000)

    def queued() -> bool:
        worker.beat()
        return len(warnings(server, "rush")) == 2

    wait_until(queued)
    deliver(server, "rush", 60_000)
    wait_until(lambda: is_written(server, "rush", 2))
    worker.minute()
    failed = [mail for mail in warnings(server, "rush") if mail.recipient == "rush@a.example"]
    assert [mail.state for mail in failed] == [OutboxState.FAILED]
    assert "552 5.2.2" in str(failed[0].error)


def test_who_is_full_already_is_told_elsewhere(server: MailServer, worker: Worker) -> None:
    with server.sessions.begin() as session:
        found(session, "fresh").alternate_email = "fresh@other.example"
    deliver(server, "fresh", 1_020_000)
    wait_until(lambda: is_written(server, "fresh", 1))
    deliver(server, "fresh", 60_000)  # the last mail may pass the limit by a tenth
    wait_until(lambda: is_written(server, "fresh", 2))
    worker.beat()
    assert [mail.recipient for mail in warnings(server, "fresh")] == ["fresh@other.example"]


def test_the_usage_of_a_page_of_users_is_one_query(server: MailServer) -> None:
    with server.sessions() as session:
        boxes = session.scalars(select(Mailbox)).all()
        with at_most(1, session.get_bind()):
            assert usage_of(session, boxes).keys() == {box.id for box in boxes}
        with at_most(0, session.get_bind()):
            assert usage_of(session, []) == {}
