"""The mail that carries an account sheet to the alternate address."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from panel.config import Settings
from panel.sheets.content import AccountSheet


def sheet_mail(
    sheet: AccountSheet, recipient: str, settings: Settings, locale: str, *, with_password: bool
) -> EmailMessage:
    """The message, in the given language, with or without the password."""
    shown = sheet if with_password else replace(sheet, password=None)
    message = EmailMessage()
    message["From"] = settings.mail_sender
    message["To"] = recipient
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=settings.mail_sender.partition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    with force_locale(locale):
        message["Subject"] = _("Your mailbox %(address)s", address=sheet.address)
        message.set_content(render_template("mail/sheet.txt", sheet=shown, settings=settings))
    return message
