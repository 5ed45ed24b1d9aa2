"""Putting mail into the outbox and sending what lies there."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from panel.outbox.models import OutboxMail, OutboxState

GIVE_UP_AFTER = timedelta(days=1)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
CLAIM = timedelta(seconds=100)
"""For how long a row belongs to the worker that took it: longer than a delivery can last."""
TIMEOUT = 10.0
"""Seconds for each of the seven steps of a delivery: the server is the installation's own."""


@dataclass(frozen=True)
class MailDoor:
    """The port that takes the panel's own mail."""

    host: str
    port: int


def queue_mail(
    session: Session,
    cipher: Fernet,
    message: EmailMessage,
    *,
    purpose: str,
    domain_id: int | None,
    now: datetime,
) -> OutboxMail:
    """Put a message into the outbox, encrypted, in the caller's transaction."""
    mail = OutboxMail(
        domain_id=domain_id,
        purpose=purpose,
        recipient=str(message["To"]),
        sealed=cipher.encrypt(message.as_bytes(policy=SMTP)),
        state=OutboxState.WAITING,
        created_at=now,
        next_try_at=now,
    )
    session.add(mail)
    session.flush()
    return mail


def due_mails(session: Session, now: datetime) -> list[int]:
    """The mails whose next try is due, oldest first."""
    due = (OutboxMail.state == OutboxState.WAITING, OutboxMail.next_try_at <= now)
    ids = select(OutboxMail.id).where(*due).order_by(OutboxMail.next_try_at).limit(200)
    return list(session.scalars(ids))


def claim_mail(session: Session, mail_id: int, now: datetime) -> bool:
    """Take a due mail for this worker; False when another has it or it is done."""
    taken = session.execute(
        update(OutboxMail)
        .where(
            OutboxMail.id == mail_id,
            OutboxMail.state == OutboxState.WAITING,
            OutboxMail.next_try_at <= now,
        )
        .values(next_try_at=now + CLAIM, attempts=OutboxMail.attempts + 1)
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]


def send_mail(
    session: Session, mail_id: int, cipher: Fernet, door: MailDoor, sender: str, now: datetime
) -> None:
    """Hand a claimed mail to the mail server and note how it went; the text is wiped at the end.

    A 5xx answer is final, anything else is tried again for a day (RFC 5321 section 4.5.4.1).
    """
    mail = session.get_one(OutboxMail, mail_id)
    if mail.sealed is None:
        return
    try:
        message = BytesParser(policy=SMTP).parsebytes(cipher.decrypt(mail.sealed))
    except InvalidToken:  # the secret was changed: nobody can read it any more
        mail.state, mail.sealed, mail.error = OutboxState.FAILED, None, "the key has changed"
        return
    try:
        with smtplib.SMTP(door.host, door.port, timeout=TIMEOUT) as client:
            client.send_message(message, sender, [mail.recipient])
    except smtplib.SMTPRecipientsRefused as error:
        _failed(mail, *error.recipients[mail.recipient], now)
    except smtplib.SMTPResponseException as error:
        _failed(mail, error.smtp_code, error.smtp_error, now)
    except OSError as error:
        _failed(mail, 0, str(error), now)
    else:
        mail.state, mail.sealed, mail.sent_at, mail.error = OutboxState.SENT, None, now, None


def _failed(mail: OutboxMail, code: int, words: bytes | str, now: datetime) -> None:
    """Note a failure: for good, or until the next try."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    mail.error = f"{code or ''} {text}".strip()[:500]
    if code >= 500 or now - mail.created_at > GIVE_UP_AFTER:
        mail.state, mail.sealed = OutboxState.FAILED, None
    else:
        mail.next_try_at = now + min(FIRST_PAUSE * 2 ** (mail.attempts - 1), LONGEST_PAUSE)
