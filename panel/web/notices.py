"""Mails to a domain's notification address, in its customer's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import get_template_attribute, render_template
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from panel.config import Settings
from panel.dns.records import MX_KEY, ExpectedRecord
from panel.dns.verdicts import GOOD
from panel.orders.models import Domain, MailName
from panel.orders.queries import language_of
from panel.orders.standing import Event
from panel.orders.verification import expected_of, kept_verdicts
from panel.outbox.actions import queue_mail
from panel.outbox.models import OutboxMail
from panel.outbox.sealing import cipher_of
from panel.web.mails import plain_mail

SUBJECTS = {
    Event.ACTIVATED: _l("%(domain)s: mail is active"),
    Event.MX_WRONG: _l("%(domain)s: mail may be lost, please check the DNS"),
    Event.MX_RIGHT: _l("%(domain)s: the DNS is right again"),
}


def queue_notice(
    session: Session, watched: MailName, event: Event, settings: Settings, now: datetime
) -> OutboxMail:
    """Tell of an event, in its own transaction."""
    domain = watched.main
    records = [one for one in expected_of(session, watched) if one.key == MX_KEY]
    with force_locale(language_of(session, domain)):
        subject = str(SUBJECTS[event]) % {"domain": watched.unicode_name}
        text = render_template(
            "mail/notice.txt",
            watched=watched,
            event=event,
            records=records,
            faults=_faults(session, watched, records),
            url=settings.url + _page_of(watched),
            settings=settings,
        )
    message = plain_mail(settings, domain.notification_email, subject, text)
    cipher = cipher_of(settings.secret_key)
    return queue_mail(
        session, cipher, message, purpose=f"notice.{event}", domain_id=domain.id, now=now
    )


def _faults(
    session: Session, watched: MailName, records: Sequence[ExpectedRecord]
) -> Sequence[str]:
    """What is wrong with the MX records, in the page's words; what is one thing for all, once."""
    held = kept_verdicts(session, watched).get(MX_KEY)
    if held is None:
        return ()
    why = get_template_attribute("dns/_why.html", "why")
    of = {record.value: record for record in records}
    rows = [row for row in held.verdict.rows if row.kind not in GOOD and row.value in of]
    said = [why(of[row.value], row, copies=False).striptags() for row in rows]
    others = [row for row in held.verdict.others if row.kind not in GOOD]
    said += [f"MX {row.value}: {why(None, row).striptags()}" for row in others]
    return tuple(dict.fromkeys(said))


def _page_of(watched: MailName) -> str:
    """The path of the name's DNS page: the worker knows no routes."""
    of_alias = "" if isinstance(watched, Domain) else f"/aliases/{watched.name}"
    return f"/mail/{watched.main.name}{of_alias}/dns"
