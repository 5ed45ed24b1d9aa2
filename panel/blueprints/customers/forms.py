"""What is known of a customer."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # its types are older
from wtforms.validators import DataRequired, Length

from panel.orders.customers import CustomerFacts
from panel.web import context
from panel.web.forms import VersionedForm, fold
from panel.web.words import LANGUAGES
from panel.web.zones import zone_choices, zone_label

LONG = _l("At most 100 characters, please.")


class CustomerForm(VersionedForm):
    """Shape only; the rules are those of the orders."""

    name = StringField(
        _l("Customer"),
        [DataRequired(_l("Please enter the customer's name.")), Length(max=100, message=LONG)],
    )
    email = StringField(
        _l("E-mail address"),
        [DataRequired(_l("Please enter the e-mail address.")), Length(max=254)],
        filters=[fold],
    )
    language = SelectField(
        _l("Language of mails"),
        choices=[SelectChoice(*language) for language in LANGUAGES.items()],
        default="zh",
    )
    time_zone = SelectField(
        _l("Time zone"),
        default=lambda: context.settings().time_zone,
        validate_choice=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer also a zone that is set, or was sent, and is not in the list."""
        super().__init__(*args, **kwargs)
        chosen, listed = self.time_zone.data, zone_choices()
        other = [(chosen, zone_label(chosen))] if chosen and chosen not in dict(listed) else []
        self.time_zone.choices = [*other, *listed]

    def facts(self) -> CustomerFacts:
        """What was typed."""
        return CustomerFacts(
            name=self.name.data or "",
            email=self.email.data or "",
            language=self.language.data or "",
            time_zone=self.time_zone.data or "",
        )

    def now_at(self, version: int, **current: Any) -> None:
        """As for all forms; what is chosen by its label."""
        super().now_at(version, **current)
        for field, label in ((self.language, LANGUAGES.__getitem__), (self.time_zone, zone_label)):
            if hasattr(field, "now"):
                field.now = label(field.now)


class NewCustomerForm(CustomerForm):
    """With the login that is made for it."""

    contact = StringField(
        _l("Contact"),
        [DataRequired(_l("Please enter who signs in.")), Length(max=100, message=LONG)],
    )
