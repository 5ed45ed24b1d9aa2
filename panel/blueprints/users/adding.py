"""Adding a user with all that goes with it, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from sqlalchemy.orm import Session

from panel.blueprints.users.forms import NewUserForm
from panel.directory.actions import add_mailbox
from panel.directory.models import Mailbox
from panel.directory.passwords import generate_password
from panel.directory.states import reset_password
from panel.orders.models import Domain
from panel.orders.queries import backend_of, quota_of
from panel.outbox.actions import queue_mail
from panel.outbox.models import OutboxMail
from panel.outbox.sealing import cipher_of
from panel.sheets.content import AccountSheet, account_sheet
from panel.web import context
from panel.web.forms import MEGABYTE
from panel.web.language import chosen_locale
from panel.web.sheet_mail import sheet_mail
from panel.web.transaction import transaction


@dataclass(frozen=True)
class AddedUser:
    """What the confirmation shows."""

    user: Mailbox
    sheet: AccountSheet
    mail: OutboxMail | None
    languages: list[str]
    is_new: bool = True


def default_quota_mb(session: Session, domain: Domain) -> int:
    """The plan's quota in MB."""
    return quota_of(session, domain) // MEGABYTE


def add_user(form: NewUserForm) -> AddedUser:
    """Add the user and queue the sheet's mail; refusals of the directory pass through."""
    domain, now = context.domain(), context.now()
    command = form.command()
    with transaction() as session:
        backend = backend_of(session, domain)
        user = add_mailbox(session, domain, command, by=context.actor(), backend=backend, now=now)
        sheet = account_sheet(session, domain, user, password=command.password, day=now.date())
        mail = None
        if form.send_sheet.data and user.alternate_email:
            mail = _queue(session, domain, sheet, user.alternate_email, form)
    if mail is not None:
        current_app.extensions["jobs"].send_soon(mail.id)
    return AddedUser(user, sheet, mail, form.languages)


def _queue(
    session: Session, domain: Domain, sheet: AccountSheet, recipient: str, form: NewUserForm
) -> OutboxMail:
    settings = context.settings()
    message = sheet_mail(
        sheet, recipient, settings, form.languages[0], with_password=bool(form.with_password.data)
    )
    return queue_mail(
        session,
        cipher_of(settings.secret_key),
        message,
        purpose="sheet",
        domain_id=domain.id,
        now=context.now(),
    )


def new_password(user: Mailbox) -> AddedUser:
    """Another password for a user, with the sheet that shows it."""
    domain, now, password = context.domain(), context.now(), generate_password()
    with transaction() as session:
        reset_password(
            session,
            domain,
            user,
            password,
            version=user.version,
            by=context.actor(),
            now=now,
        )
        sheet = account_sheet(session, domain, user, password=password, day=now.date())
    return AddedUser(user, sheet, None, [chosen_locale()], is_new=False)
