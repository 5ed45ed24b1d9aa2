"""The mail that tells a user that the mailbox is nearly full."""

from __future__ import annotations

from datetime import datetime

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from panel.config import Settings
from panel.directory.models import Mailbox
from panel.directory.usage import Usage
from panel.orders.queries import language_of
from panel.outbox.actions import queue_mail
from panel.outbox.models import OutboxMail
from panel.outbox.sealing import cipher_of
from panel.web.mails import plain_mail


def queue_warning(
    session: Session, mailbox: Mailbox, usage: Usage, settings: Settings, now: datetime
) -> list[OutboxMail]:
    """Warn in the customer's language. `mailbox.domain` and its `order` must be loaded.

    A mail to the mailbox while it has room, and one to the alternate address, if any: the mailbox
    may be full before the first one arrives.
    """
    domain = mailbox.domain
    recipients = [mailbox.alternate_email] if mailbox.alternate_email else []
    if usage.percent < 100:
        recipients.append(f"{mailbox.local_part}@{domain.name}")
    shown = f"{mailbox.local_part}@{domain.unicode_name}"
    with force_locale(language_of(session, domain)):
        if usage.percent >= 100:
            subject = _("Your mailbox %(address)s is full", address=shown)
        else:
            subject = _("Your mailbox %(address)s is nearly full", address=shown)
        text = render_template(
            "mail/quota.txt", address=shown, usage=usage, domain=domain, settings=settings
        )
    cipher = cipher_of(settings.secret_key)
    return [
        queue_mail(
            session,
            cipher,
            plain_mail(settings, recipient, subject, text),
            purpose="quota.warning",
            domain_id=domain.id,
            now=now,
        )
        for recipient in recipients
    ]
