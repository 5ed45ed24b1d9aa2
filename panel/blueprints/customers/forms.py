"""What is known of a customer."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # its types are older
from wtforms.validators import DataRequired, Length

from panel.orders.customers import CustomerFacts
from panel.web.forms import VersionedForm, fold

LONG = _l("At most 100 characters, please.")
LANGUAGES = [SelectChoice("zh", _l("Chinese")), SelectChoice("en", _l("English"))]


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
    language = SelectField(_l("Language of mails"), choices=LANGUAGES, default="zh")

    def facts(self) -> CustomerFacts:
        """What was typed."""
        return CustomerFacts(
            name=self.name.data or "",
            email=self.email.data or "",
            language=self.language.data or "",
        )


class NewCustomerForm(CustomerForm):
    """With the login that is made for it."""

    contact = StringField(
        _l("Contact"),
        [DataRequired(_l("Please enter who signs in.")), Length(max=100, message=LONG)],
    )
