"""Reading an INBOX, and signing in to send, as a mail program does."""

from __future__ import annotations

import imaplib
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

TIMEOUT = 40
"""Seconds: who was refused several times waits up to fifteen for Dovecot's next answer."""


def trusting(certificate: Path) -> ssl.SSLContext:
    """TLS that trusts an instance's own certificate and checks the name, as a program would."""
    return ssl.create_default_context(cafile=str(certificate))


def sign_in(port: int, certificate: Path, address: str, password: str) -> imaplib.IMAP4_SSL:
    """A signed-in IMAP connection; closed again when the server refuses."""
    context = trusting(certificate)
    client = imaplib.IMAP4_SSL("localhost", port, ssl_context=context, timeout=TIMEOUT)
    try:
        client.login(address, password)
    except (imaplib.IMAP4.error, OSError):
        client.shutdown()
        raise
    return client


def submission(port: int, certificate: Path, address: str, password: str) -> smtplib.SMTP_SSL:
    """A signed-in SMTP connection, TLS from the start; closed again when the server refuses."""
    client = smtplib.SMTP_SSL("localhost", port, context=trusting(certificate), timeout=TIMEOUT)
    try:
        client.login(address, password)
    except (smtplib.SMTPException, OSError):
        client.close()
        raise
    return client


def subjects(port: int, certificate: Path, address: str, password: str) -> bytes:
    """The Subject headers of all mails in the INBOX; nothing when it is empty."""
    with _signed_in(port, certificate, address, password) as client:
        return b"".join(_fetched(client, "BODY[HEADER.FIELDS (SUBJECT)]"))


def mails(port: int, certificate: Path, address: str, password: str) -> list[EmailMessage]:
    """All mails in the INBOX."""
    with _signed_in(port, certificate, address, password) as client:
        found = [message_from_bytes(raw, policy=default) for raw in _fetched(client, "BODY[]")]
    return [mail for mail in found if isinstance(mail, EmailMessage)]


def _fetched(client: imaplib.IMAP4_SSL, part: str) -> list[bytes]:
    _, [count] = client.select("INBOX", readonly=True)
    if not int(count or b"0"):
        return []
    _, rows = client.fetch("1:*", f"({part})")
    return [row[1] for row in rows if isinstance(row, tuple)]


@contextmanager
def _signed_in(
    port: int, certificate: Path, address: str, password: str
) -> Iterator[imaplib.IMAP4_SSL]:
    client = sign_in(port, certificate, address, password)
    try:
        yield client
    finally:
        try:
            client.logout()
        except imaplib.IMAP4.abort:  # the server went away
            client.shutdown()
