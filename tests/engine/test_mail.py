"""The line from an added user to a mail that arrives, on the real Postfix and Dovecot."""

from __future__ import annotations

import imaplib
import poplib
import smtplib
import ssl
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from panel.directory.models import Mailbox, MailboxStatus
from tests.factories.directory import USER_PASSWORD, make_mailbox
from tests.factories.orders import make_domain
from tests.fixtures.mailserver import MailServer
from tests.support import inbox
from tests.support.wait import wait_until

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("engine")]

LI = "li.ming@mingyuan.example"
WANG = "wang@mingyuan.example"


@pytest.fixture(scope="module")
def server(mailserver: MailServer) -> Iterator[MailServer]:
    """The engine with an active and a pending domain."""
    with mailserver.sessions.begin() as session:
        domain = make_domain(session)
        for local_part in ("li.ming", "wang", "closed", "small"):
            make_mailbox(session, domain, local_part)
        pending = make_domain(session, "chunfeng.example", active=False)
        make_mailbox(session, pending, "early")
        session.flush()
        for mailbox in session.query(Mailbox).where(Mailbox.local_part == "closed"):
            mailbox.status = MailboxStatus.SUSPENDED
        for mailbox in session.query(Mailbox).where(Mailbox.local_part == "small"):
            mailbox.quota_bytes = 100_000
    return mailserver


def trusting(server: MailServer) -> ssl.SSLContext:
    return inbox.trusting(server.layout.certificate)


def imap(server: MailServer, address: str, password: str = USER_PASSWORD) -> imaplib.IMAP4_SSL:
    layout = server.layout
    return inbox.sign_in(layout.ports.imaps, layout.certificate, address, password)


def subjects(server: MailServer, address: str) -> bytes:
    layout = server.layout
    return inbox.subjects(layout.ports.imaps, layout.certificate, address, USER_PASSWORD)


def message(sender: str, recipient: str, subject: str, size: int = 0) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, recipient, subject
    mail.set_content("您好\n" + ("x" * 70 + "\n") * (size // 71))
    return mail


def from_outside(server: MailServer) -> smtplib.SMTP:
    return smtplib.SMTP("localhost", server.layout.ports.smtp, timeout=10)


def submission(server: MailServer, address: str, password: str = USER_PASSWORD) -> smtplib.SMTP:
    layout = server.layout
    return inbox.submission(layout.ports.submissions, layout.certificate, address, password)


def test_a_mail_from_outside_arrives_and_is_read_by_imap_and_pop(server: MailServer) -> None:
    with from_outside(server) as client:
        client.send_message(message("someone@qq.example", LI, "from-outside"))
    wait_until(lambda: b"from-outside" in subjects(server, LI))
    pop = poplib.POP3_SSL("localhost", server.layout.ports.pop3s, context=trusting(server))
    pop.user(LI)
    pop.pass_(USER_PASSWORD)
    assert pop.stat()[0] == 1
    pop.quit()


@pytest.mark.parametrize("how", ["tls", "starttls"])
def test_a_user_sends_to_a_colleague(server: MailServer, how: str) -> None:
    if how == "tls":
        client = submission(server, LI)
    else:
        client = smtplib.SMTP("localhost", server.layout.ports.submission, timeout=10)
        client.starttls(context=trusting(server))
        client.login(LI, USER_PASSWORD)
    with client:
        client.send_message(message(LI, WANG, f"by-{how}"))
    wait_until(lambda: f"by-{how}".encode() in subjects(server, WANG))


def test_a_user_added_while_the_servers_run_works_at_once(server: MailServer) -> None:
    with server.sessions.begin() as session:
        domain = make_domain(session, "lvye.example")
        make_mailbox(session, domain, "new")
    imap(server, "new@lvye.example").logout()
    with from_outside(server) as client:
        client.send_message(message("someone@qq.example", "new@lvye.example", "first"))
    wait_until(lambda: b"first" in subjects(server, "new@lvye.example"))


def test_a_wrong_password_is_refused(server: MailServer) -> None:
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        imap(server, LI, "not-the-password")
    with pytest.raises(smtplib.SMTPAuthenticationError):
        submission(server, LI, "not-the-password")


@pytest.mark.parametrize(
    ("recipient", "answer"),
    [
        ("nobody@mingyuan.example", b"5.1.1"),
        ("closed@mingyuan.example", b"5.2.1"),
        ("early@chunfeng.example", b"Relay access denied"),
        ("someone@qq.example", b"Relay access denied"),
    ],
)
def test_what_the_outside_is_refused(server: MailServer, recipient: str, answer: bytes) -> None:
    with from_outside(server) as client:
        client.ehlo()
        client.mail("someone@qq.example")
        code, text = client.rcpt(recipient)
    assert code >= 500
    assert answer in text


def test_a_full_mailbox_is_refused_while_the_sender_still_listens(server: MailServer) -> None:
    mail = message("someone@qq.example", "small@mingyuan.example", "big", 200_000)
    with from_outside(server) as client, pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        client.send_message(mail)
    assert b"5.2.2" in refused.value.recipients["small@mingyuan.example"][1]


def test_a_suspended_user_neither_reads_nor_sends(server: MailServer) -> None:
    with pytest.raises(imaplib.IMAP4.error, match="suspended"):
        imap(server, "closed@mingyuan.example")
    with pytest.raises(smtplib.SMTPAuthenticationError, match=r"535.*suspended"):
        submission(server, "closed@mingyuan.example")


def test_a_user_of_a_pending_domain_is_told_why_nothing_is_sent(server: MailServer) -> None:
    with pytest.raises(smtplib.SMTPAuthenticationError, match=r"535.*domain is not active"):
        submission(server, "early@chunfeng.example")


def test_who_does_not_know_the_password_is_not_told_that_a_user_is_suspended(
    server: MailServer,
) -> None:
    with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
        submission(server, "closed@mingyuan.example", "wrong")
    assert (refused.value.smtp_code, b"suspended" in refused.value.smtp_error) == (535, False)


@pytest.mark.parametrize(("sender", "answer"), [(WANG, b"not owned"), ("", b"Null sender")])
def test_a_user_sends_only_as_itself(server: MailServer, sender: str, answer: bytes) -> None:
    with submission(server, LI) as client:
        client.mail(sender)
        code, text = client.rcpt(WANG)
    assert code == 553
    assert answer in text


def test_the_demonstration_sends_nothing_to_other_hosts(server: MailServer) -> None:
    with submission(server, LI) as client:
        client.mail(LI)
        code, _ = client.rcpt("someone@qq.example")
    assert code == 554


def test_submission_wants_tls_before_the_password(server: MailServer) -> None:
    with smtplib.SMTP("localhost", server.layout.ports.submission, timeout=10) as client:
        client.ehlo()
        assert "auth" not in client.esmtp_features
