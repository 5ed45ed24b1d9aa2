"""Words for auto replies: what is refused, and whether they answer."""

from __future__ import annotations

from flask_babel import LazyString, force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from panel.directory.auto_reply import AutoReplyState
from panel.directory.errors import (
    AutoReplyEmpty,
    BadInterval,
    EndedAlready,
    EndsBeforeStart,
    SubjectTooLong,
    TextTooLong,
)
from panel.web.formats import number, when
from panel.web.words import worded

STATES: dict[AutoReplyState, LazyString] = {
    AutoReplyState.OFF: _l("Off"),
    AutoReplyState.WAITING: _l("Starts later"),
    AutoReplyState.RUNNING: _l("Answers now"),
    AutoReplyState.OVER: _l("Over"),
    AutoReplyState.STOPPED: _l("Answers nobody"),
    AutoReplyState.PASSED_ON: _l("Answers nobody"),
}


def mark_in(language: str) -> str:
    """What stands before the subject of the mail that is answered, for those who read it."""
    with force_locale(language):
        return str(_("Auto reply: %(subject)s", subject=""))


worded(
    AutoReplyEmpty,
    lambda _refusal: _("Please enter the text that senders get, or switch the auto reply off."),
)
worded(
    SubjectTooLong,
    lambda refusal: _("At most %(most)s characters, please.", most=number(refusal.most)),
)
worded(
    TextTooLong,
    lambda refusal: _("At most %(most)s characters, please.", most=number(refusal.most)),
)
worded(
    BadInterval,
    lambda refusal: _(
        "Please enter a whole number of days, from 1 to %(most)s.", most=refusal.most
    ),
)
worded(EndsBeforeStart, lambda _refusal: _("The end must be later than the start."))
worded(
    EndedAlready,
    lambda refusal: _(
        "This time is past: it is %(now)s now. Choose a later end, or switch the auto reply off.",
        now=when(refusal.now),
    ),
)
