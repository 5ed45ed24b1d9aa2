"""Changing orders."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from panel.orders.models import Order, OrderStatus


def expire_due(session: Session, now: datetime) -> int:
    """Mark active orders whose last day is over as expired; how many."""
    done = session.execute(
        update(Order)
        .where(Order.status == OrderStatus.ACTIVE, Order.expires_on < now.date())
        .values(status=OrderStatus.EXPIRED, version=Order.version + 1)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]
