"""Mails to a domain's notification address, in its customer's language."""

from __future__ import annotations

from datetime import datetime

from flask import render_template
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from panel.config import Settings
from panel.orders.models import Domain, MailName
from panel.orders.queries import language_of
from panel.orders.standing import Event
from panel.outbox.actions import queue_mail
from panel.outbox.models import OutboxMail
from panel.outbox.sealing import cipher_of
from panel.web.mails import plain_mail

SUBJECTS = {
    Event.ACTIVATED: _l("%(domain)s: mail is active"),
    Event.MX_WRONG: _l("%(domain)s: mail does not arrive, please check the DNS"),
    Event.MX_RIGHT: _l("%(domain)s: the DNS is right again"),
}


def queue_notice(
    session: Session, watched: MailName, event: Event, settings: Settings, now: datetime
) -> OutboxMail:
    """Tell of an event, in its own transaction."""
    domain = watched.main
    with force_locale(language_of(session, domain)):
        subject = str(SUBJECTS[event]) % {"domain": watched.unicode_name}
        text = render_template(
            "mail/notice.txt",
            watched=watched,
            event=event,
            url=settings.url + _page_of(watched),
            settings=settings,
        )
    message = plain_mail(settings, domain.notification_email, subject, text)
    cipher = cipher_of(settings.secret_key)
    return queue_mail(
        session, cipher, message, purpose=f"notice.{event}", domain_id=domain.id, now=now
    )


def _page_of(watched: MailName) -> str:
    """The path of the name's DNS page: the worker knows no routes."""
    of_alias = "" if isinstance(watched, Domain) else f"/aliases/{watched.name}"
    return f"/mail/{watched.main.name}{of_alias}/dns"
