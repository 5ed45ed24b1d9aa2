"""Writing the audit log: in the same transaction as what it tells of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from panel.accounts.access import Actor
from panel.accounts.models import AuditEntry, AuditKind

KINDS = {
    "user": AuditKind.USERS,
    "user.user_forwards": AuditKind.FORWARDS,
    "user.admin_forwards": AuditKind.FORWARDS,
    "user.keep_copy": AuditKind.FORWARDS,
    "forward_only": AuditKind.FORWARDS,
    "alias": AuditKind.ALIASES,
    "domain": AuditKind.SETTINGS,
    "domain.catch_all": AuditKind.CATCH_ALL,
    "domain.activate": AuditKind.DNS,
    "dns": AuditKind.DNS,
    "order": AuditKind.ORDERS,
    "customer": AuditKind.ORDERS,
    "login": AuditKind.SIGN_IN,
    "plan": AuditKind.OFFER,
    "cluster": AuditKind.OFFER,
}
"""By action, or by its noun."""


def kind_of(action: str) -> AuditKind:
    """What an action (`noun.verb`) is about."""
    return KINDS.get(action) or KINDS[action.partition(".")[0]]


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
            actor_kind=actor.kind,
            actor_name=actor.name,
            ip=actor.ip,
            kind=kind_of(action),
            action=action,
            subject=subject,
            customer_id=customer_id,
            domain_id=domain_id,
            data=data,
        )
    )
