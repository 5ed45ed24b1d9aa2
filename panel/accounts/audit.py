"""Writing the audit log: in the same transaction as what it tells of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from panel.accounts.access import Actor
from panel.accounts.models import AuditEntry


def record(
    session: Session,
    actor: Actor,
    action: str,
    subject: str,
    *,
    now: datetime,
    customer_id: int | None = None,
    domain_id: int | None = None,
    **data: Any,
) -> None:
    """Add an entry: `action` is `noun.verb`, `subject` the address, domain or number acted on.

    `data` must be JSON and must hold no secret.
    """
    session.add(
        AuditEntry(
            at=now,
            actor_id=actor.login_id,
            actor_name=actor.name,
            ip=actor.ip,
            action=action,
            subject=subject,
            customer_id=customer_id,
            domain_id=domain_id,
            data=data,
        )
    )
