"""What a new order can be made of."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.orders.models import Cluster, Plan


def plans(session: Session) -> list[tuple[int, str]]:
    """Id and name of every plan, by name; there are a handful."""
    found = session.execute(select(Plan.id, Plan.name).order_by(Plan.name))
    return [(row.id, row.name) for row in found]


def clusters(session: Session) -> list[tuple[int, str]]:
    """Id and name of every cluster, by name; there are a handful."""
    found = session.execute(select(Cluster.id, Cluster.name).order_by(Cluster.name))
    return [(row.id, row.name) for row in found]
