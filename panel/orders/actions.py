"""Changing orders."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session, contains_eager

from panel.accounts.access import SYSTEM, Actor
from panel.accounts.audit import record
from panel.accounts.models import AuditEntry
from panel.engine.sessions import end_sessions
from panel.orders.conflicts import changed_by
from panel.orders.errors import ChangedMeanwhile, ExpiryInThePast, ReasonNeeded, SeatsBelowUsed
from panel.orders.models import Domain, Order, OrderStatus
from panel.orders.watch import watch_all_anew

EXPIRE_AT_ONCE = 500


def expire_due(session: Session, now: datetime) -> int:
    """Mark active orders whose last day is over as expired, at most EXPIRE_AT_ONCE; how many."""
    due = session.scalars(
        select(Domain)
        .join(Domain.order)
        .options(contains_eager(Domain.order))
        .where(Order.status == OrderStatus.ACTIVE, Order.expires_on < now.date())
        .limit(EXPIRE_AT_ONCE)
    ).all()
    expired = 0
    for domain in due:
        with suppress(ChangedMeanwhile):  # renewed in this moment; else the next round has it
            if _change(session, domain, domain.order.version, {"status": OrderStatus.EXPIRED}):
                _note(session, domain, "order.expire", by=SYSTEM, now=now)
                end_sessions(session, domain.name, None, now)
                expired += 1
    return expired


def suspend(
    session: Session, domain: Domain, reason: str, *, version: int, by: Actor, now: datetime
) -> None:
    """Stop the mail of an order, with the reason that its people are told.

    `version` here and below is the order's as the page showed it. Raises ReasonNeeded,
    ChangedMeanwhile; asking twice for the same is fine.
    """
    if not reason.strip():
        raise ReasonNeeded
    values = {"status": OrderStatus.SUSPENDED, "suspended_reason": reason.strip()}
    if _change(session, domain, version, values):
        _note(session, domain, "order.suspend", by=by, now=now, reason=reason.strip())
        end_sessions(session, domain.name, None, now)


def resume(session: Session, domain: Domain, *, version: int, by: Actor, now: datetime) -> None:
    """End a suspension; past its last day an order is expired then. Raises ChangedMeanwhile.

    An order that is not suspended stays as it is.
    """
    if domain.order.status is not OrderStatus.SUSPENDED:
        return
    over = domain.order.expires_on < now.date()
    status = OrderStatus.EXPIRED if over else OrderStatus.ACTIVE
    if _change(session, domain, version, {"status": status, "suspended_reason": None}):
        _note(session, domain, "order.resume", by=by, now=now, status=status.value)
        watch_all_anew(session, domain, now)


def renew(
    session: Session, domain: Domain, expires_on: date, *, version: int, by: Actor, now: datetime
) -> None:
    """Set the last day; an expired order is active again, a suspended one stays so.

    Raises ExpiryInThePast, ChangedMeanwhile.
    """
    if expires_on < now.date():
        raise ExpiryInThePast(now.date())
    order = domain.order
    status = OrderStatus.ACTIVE if order.status is OrderStatus.EXPIRED else order.status
    before = order.expires_on.isoformat()
    if _change(session, domain, version, {"expires_on": expires_on, "status": status}):
        days = {"before": before, "expires_on": expires_on.isoformat()}
        _note(session, domain, "order.renew", by=by, now=now, **days)
        watch_all_anew(session, domain, now)


def change_seats(
    session: Session, domain: Domain, seats: int, *, version: int, by: Actor, now: datetime
) -> None:
    """Set the number of users that fit, never below those that exist, also while users are added.

    Raises SeatsBelowUsed, ChangedMeanwhile.
    """
    before = domain.order.seats
    try:
        changed = _change(session, domain, version, {"seats": seats}, Order.seats_used <= seats)
    except ChangedMeanwhile:
        if domain.order.version == version and domain.order.seats_used > seats:
            raise SeatsBelowUsed(domain.order.seats_used) from None
        raise
    if changed:
        _note(session, domain, "order.seats", by=by, now=now, before=before, seats=seats)


def _change(
    session: Session,
    domain: Domain,
    version: int,
    values: dict[str, Any],
    *conditions: ColumnElement[bool],
) -> bool:
    """One conditional UPDATE; False when the order is like that already."""
    done = session.execute(
        update(Order)
        .where(Order.id == domain.order_id, Order.version == version, *conditions)
        .values(**values, version=version + 1)
        .execution_options(synchronize_session=False)
    )
    order = domain.order
    session.refresh(order)
    if done.rowcount:  # type: ignore[attr-defined]
        return True
    if all(getattr(order, name) == value for name, value in values.items()):
        return False
    raise changed_by(session, AuditEntry.domain_id == domain.id, AuditEntry.subject == order.number)


def _note(
    session: Session, domain: Domain, action: str, *, by: Actor, now: datetime, **data: Any
) -> None:
    order = domain.order
    record(
        session,
        by,
        action,
        order.number,
        now=now,
        customer_id=order.customer_id,
        domain_id=domain.id,
        **data,
    )
