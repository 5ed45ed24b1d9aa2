"""The forms of addresses that only forward: shape only, the rules are the directory's."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from panel.directory.forwarding import Targets
from panel.web import context
from panel.web.forms import Form, VersionedForm, fold
from panel.web.targets import TargetsField


class NewForwardForm(Form):
    """An address and what it forwards to."""

    local_part = StringField(
        _l("Address"),
        [DataRequired(_l("Please enter the part before the @.")), Length(max=200)],
        filters=[fold],
    )
    targets = TargetsField(_l("Forward to"))


class ForwardForm(VersionedForm):
    """What an address forwards to, as the page showed it."""

    targets = TargetsField(_l("Forward to"))


def wanted(field: TargetsField) -> Targets:
    """The targets of a form, within what the settings allow."""
    return Targets(field.addresses, context.settings().most_forwards)
