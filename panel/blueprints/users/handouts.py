"""What ends with an account sheet, each in one transaction: a new user, a new password."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import current_app
from sqlalchemy.orm import Session

from panel.blueprints.users.forms import NewUserForm, PasswordForm, SheetForm
from panel.blueprints.users.trial import Trial, tried
from panel.directory.actions import add_mailbox
from panel.directory.models import Mailbox
from panel.directory.passwords import generate_password
from panel.directory.states import hash_new_password, reset_password, set_hashed_password
from panel.directory.versions import in_turn
from panel.extensions import db
from panel.orders.models import Domain
from panel.orders.queries import backend_of, quota_of
from panel.outbox.actions import queue_mail
from panel.outbox.models import OutboxMail
from panel.outbox.sealing import cipher_of
from panel.refusals import Refusal
from panel.sheets.content import AccountSheet, account_sheet, account_sheets
from panel.web import context
from panel.web.formats import local
from panel.web.forms import MEGABYTE
from panel.web.sheet_mail import sheet_mail
from panel.web.transaction import let_go, transaction


@dataclass(frozen=True)
class Handout:
    """What the confirmation shows, once: the sheet holds the password.

    `trial`: of a new password, what the mail server said to it.
    """

    user: Mailbox
    sheet: AccountSheet
    mail: OutboxMail | None
    languages: list[str]
    is_new: bool = True
    trial: Trial | None = None


def default_quota_mb(session: Session, domain: Domain) -> int:
    """The plan's quota in MB."""
    return quota_of(session, domain) // MEGABYTE


def add_user(form: NewUserForm) -> Handout:
    """Add the user and queue the sheet's mail; refusals of the directory pass through."""
    domain, now, command = context.domain(), context.now(), form.command()
    with transaction() as session:
        backend = backend_of(session, domain)
        user = add_mailbox(session, domain, command, by=context.actor(), backend=backend, now=now)
        handout = _hand_out(session, domain, user, command.password, form)
    return _sent_off(handout)


def reset(form: PasswordForm, user: Mailbox) -> Handout:
    """Another password for a user; refusals of the directory pass through."""
    domain, password, version = context.domain(), form.chosen_password, form.shown_version
    with transaction() as session:
        reset_password(
            session,
            domain,
            user,
            password,
            version=version,
            by=context.actor(),
            now=context.now(),
        )
        handout = _hand_out(session, domain, user, password, form, is_new=False)
    return replace(_sent_off(handout), trial=tried(user, password))


def reset_many(
    users: Sequence[Mailbox], versions: Mapping[str, int]
) -> tuple[list[tuple[Mailbox, AccountSheet]], list[Refusal]]:
    """Another generated password for each, on its sheet; nothing is mailed. And who was left.

    Those who are no more as they were shown are left: a page of sheets that is loaded again is
    sent again, too. `versions`: those that were shown, by local part.
    Hashing takes seconds, in which nobody else has to wait; nor for what the sheets say,
    which is read first: no password may be set that no sheet shows.
    """
    domain, by = context.domain(), context.actor()
    given = [(user, generate_password()) for user in users]
    day = local(context.now()).date()
    sheets = account_sheets(db.session(), domain, given, day=day)
    let_go()
    hashes = [hash_new_password(domain, *one) for one in given]
    now, left = context.settings().now(), list[Refusal]()
    done = list[tuple[Mailbox, AccountSheet]]()
    with transaction() as session:
        in_turn(session, domain)
        for user, sheet, hashed in zip(users, sheets, hashes, strict=True):
            version = versions.get(user.local_part, 0)
            try:
                with session.begin_nested():
                    set_hashed_password(
                        session, domain, user, hashed, version=version, by=by, now=now
                    )
            except Refusal as refusal:
                left.append(refusal)
                continue
            done.append((user, sheet))
    return done, left


def _hand_out(
    session: Session,
    domain: Domain,
    user: Mailbox,
    password: str,
    form: SheetForm,
    *,
    is_new: bool = True,
) -> Handout:
    """The sheet, and its mail if it is wanted and there is an address for it."""
    sheet = account_sheet(session, domain, user, password=password, day=local(context.now()).date())
    mail = None
    if form.send_sheet.data and user.alternate_email:
        mail = _queue(session, domain, sheet, user.alternate_email, form)
    return Handout(user, sheet, mail, form.languages, is_new=is_new)


def _sent_off(handout: Handout) -> Handout:
    """After the commit: its mail goes off."""
    if handout.mail is not None:
        current_app.extensions["jobs"].send_soon(handout.mail.id)
    return handout


def _queue(
    session: Session, domain: Domain, sheet: AccountSheet, recipient: str, form: SheetForm
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
