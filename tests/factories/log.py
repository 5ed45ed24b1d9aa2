"""Entries of the audit log for tests: a row for each action that is recorded anywhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from panel.accounts.access import Actor, actor_of
from panel.accounts.audit import kind_of, record
from panel.accounts.models import ActorKind, AuditEntry, Login
from panel.orders.models import Domain
from tests.factories.orders import NOW

CUSTOMER_IP, STAFF_IP = "203.0.113.7", "198.51.100.9"


def acting(login: Login) -> Actor:
    """A login at work, from the address that is its kind's."""
    return actor_of(login, STAFF_IP if login.is_operator else CUSTOMER_IP)


def noted(
    session: Session,
    domain: Domain,
    action: str,
    by: Actor,
    /,
    *,
    subject: str = "",
    at: datetime = NOW,
    **data: Any,
) -> None:
    """An entry about the domain, or about `subject` in it."""
    record(
        session,
        by,
        action,
        subject or domain.name,
        now=at,
        customer_id=domain.order.customer_id,
        domain_id=domain.id,
        **data,
    )
    session.flush()


def many(session: Session, domain: Domain, count: int, **changes: Any) -> None:
    """So many entries about users of the domain, a minute apart."""
    row = {"actor_kind": ActorKind.CUSTOMER, "actor_name": "王经理", "ip": CUSTOMER_IP}
    row |= {"action": "user.resume", "data": {}, "actor_id": None}
    row |= {"domain_id": domain.id, "customer_id": domain.order.customer_id} | changes
    row["kind"] = kind_of(row["action"])
    session.execute(
        insert(AuditEntry),
        [
            row | {"at": NOW + timedelta(minutes=n), "subject": f"u{n:05}@{domain.name}"}
            for n in range(count)
        ],
    )
