"""Reading the outbox."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.outbox.models import OutboxMail


def find_mail(session: Session, domain_id: int, mail_id: int) -> OutboxMail | None:
    """A mail of that domain."""
    return session.scalar(
        select(OutboxMail).where(OutboxMail.id == mail_id, OutboxMail.domain_id == domain_id)
    )
