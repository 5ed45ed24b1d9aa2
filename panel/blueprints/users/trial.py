"""Whether the mail server takes a password: what was seen, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from panel.config import EngineMode
from panel.directory.models import Mailbox, MailboxStatus
from panel.engine.layout import layout_of
from panel.engine.sign_in import accepts
from panel.orders.models import ServiceStatus
from panel.web import context
from panel.web.transaction import let_go


@dataclass(frozen=True)
class Trial:
    """`accepted`: what Dovecot said at `at` to a sign-in; None: it could not be tried."""

    accepted: bool | None
    at: datetime


def tried(user: Mailbox, password: str) -> Trial | None:
    """Sign in at the mail server as the user; None when nobody could, whatever the password.

    Ends the request's transaction first.
    """
    settings, domain = context.settings(), context.domain()
    able = user.status is MailboxStatus.ACTIVE and domain.service_status is ServiceStatus.ACTIVE
    address = f"{user.local_part}@{domain.name}"
    let_go()
    if not able:
        return None
    runs = settings.engine is not EngineMode.NONE
    accepted = accepts(layout_of(settings), address, password) if runs else None
    return Trial(accepted, settings.now())
