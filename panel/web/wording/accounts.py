"""What the accounts' refusals say."""

from __future__ import annotations

from flask_babel import gettext as _

from panel.accounts.errors import LoginTaken
from panel.web.words import worded

worded(LoginTaken, lambda refusal: _("%(email)s signs in here already.", email=refusal.email))
