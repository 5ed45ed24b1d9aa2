"""Sending what lies in the outbox: once, wiped at the end, tried again only where it helps."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage

import pytest
from cryptography.fernet import Fernet
from sqlalchemy.orm import Session

from panel.outbox.actions import MailDoor, claim_mail, due_mails, queue_mail, send_mail
from panel.outbox.models import OutboxMail, OutboxState
from panel.outbox.sealing import cipher_of
from tests.factories.orders import NOW
from tests.support.smtp_door import SmtpDoor

SENDER = "postmaster@mailhost.example"


@pytest.fixture
def cipher() -> Fernet:
    return cipher_of("secret")


@pytest.fixture
def mail(session: Session, cipher: Fernet) -> OutboxMail:
    message = EmailMessage()
    message["To"], message["Subject"] = "li@qq.example", "设置单"
    message.set_content("密码 abcd-efg2")
    return queue_mail(session, cipher, message, purpose="sheet", domain_id=None, now=NOW)


def deliver(session: Session, mail: OutboxMail, cipher: Fernet, port: int) -> None:
    assert claim_mail(session, mail.id, mail.next_try_at)
    session.refresh(mail)
    send_mail(session, mail.id, cipher, MailDoor("127.0.0.1", port), SENDER, NOW)
    session.flush()


def test_it_waits_encrypted_and_is_wiped_once_sent(
    session: Session, mail: OutboxMail, cipher: Fernet
) -> None:
    assert b"abcd-efg2" not in (mail.sealed or b"")
    with SmtpDoor() as door:
        deliver(session, mail, cipher, door.port)
    assert (mail.state, mail.sealed, mail.sent_at) == (OutboxState.SENT, None, NOW)
    assert len(door.messages) == 1


def test_a_final_refusal_is_kept_in_the_servers_words(
    session: Session, mail: OutboxMail, cipher: Fernet
) -> None:
    with SmtpDoor("550 5.1.1 No such user") as door:
        deliver(session, mail, cipher, door.port)
    assert (mail.state, mail.sealed) == (OutboxState.FAILED, None)
    assert mail.error == "550 5.1.1 No such user"


@pytest.mark.parametrize("answer", ["451 4.7.1 Try later", None])
def test_what_may_pass_is_tried_again_later(
    session: Session, mail: OutboxMail, cipher: Fernet, answer: str | None
) -> None:
    with SmtpDoor(answer or "250 Ok") as door:
        deliver(session, mail, cipher, door.port if answer else 1)
    assert mail.state is OutboxState.WAITING
    assert mail.sealed is not None
    assert due_mails(session, NOW + timedelta(seconds=29)) == []
    assert due_mails(session, NOW + timedelta(seconds=30)) == [mail.id]


def test_after_a_day_it_is_given_up(session: Session, mail: OutboxMail, cipher: Fernet) -> None:
    mail.created_at = NOW - timedelta(hours=25)
    session.flush()
    with SmtpDoor("451 4.7.1 Try later") as door:
        deliver(session, mail, cipher, door.port)
    assert (mail.state, mail.sealed) == (OutboxState.FAILED, None)


def test_only_one_worker_gets_it(session: Session, mail: OutboxMail) -> None:
    assert claim_mail(session, mail.id, NOW)
    assert not claim_mail(session, mail.id, NOW)


def test_what_nobody_can_read_any_more_is_given_up_and_wiped(
    session: Session, mail: OutboxMail
) -> None:
    with SmtpDoor() as door:
        deliver(session, mail, cipher_of("another secret"), door.port)
    assert (mail.state, mail.sealed) == (OutboxState.FAILED, None)
    assert door.messages == []
