"""A domain's settings."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from panel.orders.domain_settings import DomainSettings
from panel.orders.models import Domain
from panel.web.forms import VersionedForm, fold


class SettingsForm(VersionedForm):
    """Shape only; the rules are those of the orders."""

    notification_email = StringField(
        _l("Notification address"),
        [DataRequired(_l("Please enter the e-mail address.")), Length(max=254)],
        filters=[fold],
    )
    sheet_company = StringField(
        _l("Company on the account sheets"),
        [Length(max=100, message=_l("At most 100 characters, please."))],
    )
    sheet_help = StringField(
        _l("Help line on the account sheets"),
        [Length(max=200, message=_l("At most 200 characters, please."))],
    )

    def settings(self) -> DomainSettings:
        """What was typed."""
        return DomainSettings(
            notification_email=self.notification_email.data or "",
            sheet_company=self.sheet_company.data or "",
            sheet_help=self.sheet_help.data or "",
        )


def typed_of(domain: Domain) -> dict[str, Any]:
    """What the form begins with."""
    return {
        "version": domain.settings_version,
        "notification_email": domain.notification_email,
        "sheet_company": domain.sheet_company or "",
        "sheet_help": domain.sheet_help or "",
    }
