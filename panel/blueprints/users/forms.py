"""The form that adds a user."""

from __future__ import annotations

import secrets

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # its types are older
from wtforms.validators import DataRequired, Length, NumberRange

from panel.directory.actions import NewMailbox
from panel.directory.passwords import generate_password
from panel.web.forms import MEGABYTE, Form, fold
from panel.web.language import chosen_locale

SHEET_LANGUAGES = {"zh": ["zh"], "en": ["en"], "both": ["zh", "en"]}


class NewUserForm(Form):
    """Shape only; the rules are the directory's. The password stands there readable, generated.

    It is shown as typed: it comes onto the sheet in a moment. An empty one asks for another.
    """

    once = HiddenField(default=lambda: secrets.token_urlsafe(18))
    name = StringField(_l("Name"), [DataRequired(_l("Please enter the name.")), Length(max=100)])
    local_part = StringField(
        _l("Address"),
        [DataRequired(_l("Please enter the part before the @.")), Length(max=200)],
        filters=[fold],
    )
    alternate_email = StringField(_l("Alternate address"), [Length(max=254)], filters=[fold])
    password = StringField(_l("Password"), [Length(max=500)], default=generate_password, filters=[])
    quota_mb = IntegerField(
        _l("Quota"),
        [
            DataRequired(_l("Please enter a whole number of MB, from 1 to 1,048,576.")),
            NumberRange(1, 1 << 20, _l("Please enter a whole number of MB, from 1 to 1,048,576.")),
        ],
    )
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

    def command(self) -> NewMailbox:
        """What the form asks for."""
        return NewMailbox(
            local_part=self.local_part.data or "",
            name=self.name.data or "",
            password=self.password.data or generate_password(),
            quota_bytes=(self.quota_mb.data or 0) * MEGABYTE,
            alternate_email=self.alternate_email.data or "",
            once=(self.once.data or "")[:40],
        )
