"""The form of what is done to many users at once."""

from __future__ import annotations

import re
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import HiddenField, IntegerField, StringField
from wtforms.validators import Length, Optional

from panel.web.forms import Form

MANY = 10
"""Beyond it what destroys wants the number typed."""
SHEETS = 100
"""As many passwords are made, or sheets printed, at once."""


VERSION = re.compile(r"[0-9]{1,9}")
"""What may be a version of a user; what is longer no page has shown."""


class BulkAction(StrEnum):
    """What is done."""

    PRINT = "print"
    RESET = "reset"
    SUSPEND = "suspend"
    RESUME = "resume"
    DELETE = "delete"
    RESTORE = "restore"

    @property
    def destroys(self) -> bool:
        """Whether something stops working for good: passwords, addresses."""
        return self in (BulkAction.DELETE, BulkAction.RESET)

    @property
    def hands_out(self) -> bool:
        """Whether it ends with sheets."""
        return self in (BulkAction.PRINT, BulkAction.RESET)


class BulkForm(Form):
    """Whom it concerns (`picks`, a local part a line), and what the action asks.

    `versions`: for new passwords, each user's version as it was shown and the local part, "3:li".
    """

    picks = HiddenField()
    versions = HiddenField()
    reason = StringField(
        _l("Reason"), [Length(max=500, message=_l("At most 500 characters, please."))]
    )
    typed = IntegerField(_l("Number of users"), [Optional()])

    @property
    def shown_versions(self) -> dict[str, int]:
        """The users' versions by their local part."""
        pairs = (one.partition(":") for one in (self.versions.data or "").split())
        return {name: int(version) for version, _, name in pairs if VERSION.fullmatch(version)}

    def fits(self, action: BulkAction, count: int) -> bool:
        """Whether what the action asks was answered; errors land beside the fields."""
        if not self.validate():
            return False
        if action is BulkAction.SUSPEND and not self.reason.data:
            told = _l("Please give the reason: it is shown on the user's page.")
            self.reason.errors = [*self.reason.errors, str(told)]
        if action.destroys and count > MANY and self.typed.data != count:
            told = ngettext(
                "This concerns %(num)s user: please type this number.",
                "This concerns %(num)s users: please type this number.",
                count,
            )
            self.typed.errors = [*self.typed.errors, str(told)]
        return not self.errors
