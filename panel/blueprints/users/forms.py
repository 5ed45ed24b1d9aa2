"""The forms that end with an account sheet: a new user, and a new password."""

from __future__ import annotations

import secrets

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # its types are older
from wtforms.validators import DataRequired, Length, NumberRange

from panel.directory.actions import NewMailbox
from panel.directory.passwords import generate_password
from panel.web.forms import MEGABYTE, Form, VersionedForm, fold
from panel.web.language import chosen_locale

WHOLE_MB = _l("Please enter a whole number of MB, from 1 to 1,048,576.")
SHEET_LANGUAGES = {"zh": ["zh"], "en": ["en"], "both": ["zh", "en"]}


class SheetForm(Form):
    """Whether and how the account sheet is sent.

    The password stands there readable, generated, and is shown as typed: it comes onto the sheet
    in a moment. An empty one asks for another.
    """

    password = StringField(_l("Password"), [Length(max=500)], default=generate_password, filters=[])
    send_sheet = BooleanField(_l("Send the account sheet to the alternate address"), default=True)
    with_password = BooleanField(_l("with the password in it"), default=True)
    sheet_language = SelectField(
        _l("Language of the sheet"),
        choices=[
            SelectChoice("zh", _l("Chinese")),
            SelectChoice("en", _l("English")),
            SelectChoice("both", _l("Both")),
        ],
        default=chosen_locale,
    )

    @property
    def languages(self) -> list[str]:
        """Those of the sheet, the first one foremost."""
        return SHEET_LANGUAGES[self.sheet_language.data]

    @property
    def chosen_password(self) -> str:
        """What was typed, or another generated one."""
        return self.password.data or generate_password()


class PasswordForm(SheetForm, VersionedForm):
    """Another password for a user as the page showed it."""


class NewUserForm(SheetForm):
    """Shape only; the rules are the directory's."""

    once = HiddenField(default=lambda: secrets.token_urlsafe(18))
    name = StringField(_l("Name"), [DataRequired(_l("Please enter the name.")), Length(max=100)])
    local_part = StringField(
        _l("Address"),
        [DataRequired(_l("Please enter the part before the @.")), Length(max=200)],
        filters=[fold],
    )
    alternate_email = StringField(_l("Alternate address"), [Length(max=254)], filters=[fold])
    quota_mb = IntegerField(
        _l("Quota"), [DataRequired(WHOLE_MB), NumberRange(1, 1 << 20, WHOLE_MB)]
    )

    def command(self) -> NewMailbox:
        """What the form asks for."""
        return NewMailbox(
            local_part=self.local_part.data or "",
            name=self.name.data or "",
            password=self.chosen_password,
            quota_bytes=(self.quota_mb.data or 0) * MEGABYTE,
            alternate_email=self.alternate_email.data or "",
            once=(self.once.data or "")[:40],
        )
