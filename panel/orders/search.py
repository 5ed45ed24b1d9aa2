"""Searching orders: keyset pages, prefix matches on indexed columns, no count of everything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, contains_eager, joinedload

from panel.accounts.access import Actor, within_reach
from panel.database import begins
from panel.orders.models import (
    Cluster,
    Customer,
    DnsState,
    Domain,
    Order,
    OrderStatus,
    ServiceStatus,
)
from panel.paging import CURSOR, Page, Sorting, each_row, read_page

FEW = 1000
SOON = timedelta(days=30)


class OrderSort(StrEnum):
    """In which order the list stands."""

    NEWEST = "newest"
    DOMAIN = "domain"
    EXPIRES = "expires"


@dataclass(frozen=True)
class OrderSearch:
    """What is looked for; `text` begins a domain, an order number or a customer's name.

    `before` and `after` are order ids, the rows that the neighbouring pages end and begin with.
    """

    text: str = ""
    status: ServiceStatus | None = None
    dns: DnsState | None = None
    cluster: str = ""
    expiring: bool = False
    sort: OrderSort = OrderSort.NEWEST
    after: int | None = None
    before: int | None = None


def search_orders(session: Session, actor: Actor, search: OrderSearch, today: date) -> Page[Domain]:
    """One page of what the actor may see; a fixed number of queries, no row is passed over."""
    query = _found(session, actor, search, today)
    sorting = SORTINGS[search.sort]
    return read_page(session, query, sorting, after=search.after, before=search.before)


def _sorting(*keys: InstrumentedAttribute[Any], falls: bool = False) -> Sorting[Domain]:
    edge = select(*keys).join(Domain.order).where(Order.id == CURSOR)
    return Sorting(keys, edge, attrgetter("order_id"), falls)


SORTINGS = {
    OrderSort.NEWEST: _sorting(Order.id, falls=True),
    OrderSort.DOMAIN: _sorting(Domain.name),
    OrderSort.EXPIRES: _sorting(Order.expires_on, Order.id),
}


def each_order(
    session: Session, actor: Actor, search: OrderSearch, today: date
) -> Iterator[Domain]:
    """All that the actor may see of what is found, newest first, read in pages by their key."""
    query = _found(session, actor, search, today)
    return each_row(session, query, Order.id, attrgetter("order_id"))


def _found(session: Session, actor: Actor, search: OrderSearch, today: date) -> Select[Domain]:
    return (
        select(Domain)
        .join(Domain.order)
        .options(contains_eager(Domain.order).options(joinedload(Order.customer)))
        .where(within_reach(actor, Order.customer_id), *_conditions(session, search, today))
    )


def _conditions(session: Session, search: OrderSearch, today: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if search.text:
        conditions.append(_matches(session, search.text.strip()))
    if search.status in (ServiceStatus.SUSPENDED, ServiceStatus.EXPIRED):
        conditions.append(Order.status == OrderStatus(search.status.value))
    elif search.status is not None:
        conditions.append(Order.status == OrderStatus.ACTIVE)
        pending = search.status is ServiceStatus.PENDING
        conditions.append(
            Domain.activated_at.is_(None) if pending else Domain.activated_at.is_not(None)
        )
    if search.dns is not None:
        conditions.append(Domain.dns_state == search.dns)
    if search.cluster:
        wanted = select(Cluster.id).where(Cluster.name == search.cluster)
        conditions.append(Order.cluster_id.in_(wanted))
    if search.expiring:
        conditions.append(Order.expires_on.between(today, today + SOON))
    return conditions


def _matches(session: Session, text: str) -> ColumnElement[bool]:
    """Orders whose domain, number or customer begins with the text.

    Few matches are found in the indexes and named one by one; where there are many, walking the
    orders newest first soon has a page of them.
    """
    low, customers = text.lower(), select(Customer.id).where(begins(Customer.name, text))
    found = union_all(
        select(Domain.order_id).where(begins(Domain.name, low)),
        select(Domain.order_id).where(begins(Domain.unicode_name, low)),
        select(Order.id).where(begins(Order.number, text.upper())),
        select(Order.id).where(Order.customer_id.in_(customers)),
    )
    ids = session.scalars(found.limit(FEW + 1)).all()
    if len(ids) <= FEW:
        return Order.id.in_(ids)
    return or_(
        begins(Domain.name, low),
        begins(Domain.unicode_name, low),
        begins(Order.number, text.upper()),
        Order.customer_id.in_(customers),
    )
