"""The form of an alias domain: shape only, the rules are the directory's."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import Length

from panel.web.forms import Form, fold


class NewAliasForm(Form):
    """A domain as people type it."""

    domain = StringField(_l("Domain alias"), [Length(max=300)], filters=[fold])
