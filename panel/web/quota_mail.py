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
) -> OutboxMail:
    """Warn in the customer's language. `mailbox.domain` and its `order` must be loaded.

    A mailbox that is full already takes no mail: then it goes to the alternate address, if any.
    """
    domain = mailbox.domain
    recipient = f"{mailbox.local_part}@{domain.name}"
    if usage.percent >= 100 and mailbox.alternate_email:
        recipient = mailbox.alternate_email
    shown = f"{mailbox.local_part}@{domain.unicode_name}"
    with force_locale(language_of(session, domain)):
        if usage.percent >= 100:
            subject = _("Your mailbox %(address)s is full", address=shown)
        else:
            subject = _("Your mailbox %(address)s is nearly full", address=shown)
        text = render_template(
            "mail/quota.txt", address=shown, usage=usage, domain=domain, settings=settings
        )
    message = plain_mail(settings, recipient, subject, text)
    cipher = cipher_of(settings.secret_key)
    return queue_mail(
        session, cipher, message, purpose="quota.warning", domain_id=domain.id, now=now
    )
