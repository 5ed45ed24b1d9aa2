"""What every mail of the panel has in common."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import formataddr, formatdate, make_msgid

from panel.config import Settings


def plain_mail(settings: Settings, recipient: str, subject: str, text: str) -> EmailMessage:
    """A text that no program answers (RFC 3834 section 5)."""
    message = EmailMessage()
    message["From"] = formataddr((settings.provider_name, settings.mail_sender))
    message["To"] = recipient
    message["Subject"] = subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=settings.mail_sender.partition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message
