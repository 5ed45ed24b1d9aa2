"""The mail that carries an account sheet to the alternate address."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from panel.config import Settings
from panel.sheets.content import AccountSheet
from panel.web.mails import plain_mail


def sheet_mail(
    sheet: AccountSheet, recipient: str, settings: Settings, locale: str, *, with_password: bool
) -> EmailMessage:
    """The message, in the given language, with or without the password."""
    shown = sheet if with_password else replace(sheet, password=None)
    with force_locale(locale):
        subject = _("Your mailbox %(address)s", address=sheet.address)
        text = render_template("mail/sheet.txt", sheet=shown, settings=settings)
    return plain_mail(settings, recipient, subject, text)
