"""Searching orders: keyset pages, prefix matches on indexed columns, no count of everything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, true, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, contains_eager, joinedload

from panel.accounts.access import Actor, within_reach
from panel.orders.models import (
    Cluster,
    Customer,
    DnsState,
    Domain,
    Order,
    OrderStatus,
    ServiceStatus,
)

PAGE = 25
FEW = 1000
BATCH = 500
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


@dataclass(frozen=True)
class OrderPage:
    """A page of domains with their orders; `before` and `after` lead to its neighbours."""

    rows: Sequence[Domain]
    before: int | None
    after: int | None


def search_orders(session: Session, actor: Actor, search: OrderSearch, today: date) -> OrderPage:
    """One page of what the actor may see; a fixed number of queries, no row is passed over."""
    backwards = search.before is not None
    cursor = search.before if backwards else search.after
    query = _found(session, actor, search, today).order_by(*_ordering(search.sort, backwards))
    if cursor is not None:
        query = query.where(_beyond(session, search.sort, cursor, backwards))
    rows = list(session.scalars(query.limit(PAGE + 1)))
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if backwards:
        rows.reverse()
    earlier = more if backwards else cursor is not None
    later = True if backwards else more
    return OrderPage(
        rows,
        rows[0].order_id if rows and earlier else None,
        rows[-1].order_id if rows and later else None,
    )


KEYS: dict[OrderSort, tuple[InstrumentedAttribute[Any], ...]] = {
    OrderSort.NEWEST: (Order.id,),
    OrderSort.DOMAIN: (Domain.name,),
    OrderSort.EXPIRES: (Order.expires_on, Order.id),
}
"""What each sort goes by; together they name one row, and an index holds them."""


def _falls(sort: OrderSort, backwards: bool) -> bool:
    """Whether the keys fall from row to row as they are read."""
    return (sort is OrderSort.NEWEST) != backwards


def _ordering(sort: OrderSort, backwards: bool) -> list[ColumnElement[Any]]:
    falls = _falls(sort, backwards)
    return [key.desc() if falls else key.asc() for key in KEYS[sort]]


def _beyond(session: Session, sort: OrderSort, cursor: int, backwards: bool) -> ColumnElement[bool]:
    """Behind the row of the cursor, as the sort goes; everything when that row is gone."""
    keys = KEYS[sort]
    edge = session.execute(select(*keys).join(Domain.order).where(Order.id == cursor)).first()
    if edge is None:
        return true()
    here, there = tuple_(*keys), tuple_(*edge)
    return here < there if _falls(sort, backwards) else here > there


def each_order(
    session: Session, actor: Actor, search: OrderSearch, today: date
) -> Iterator[Domain]:
    """All that the actor may see of what is found, newest first, read in pages by their key."""
    query = _found(session, actor, search, today).order_by(Order.id.desc()).limit(BATCH)
    last: int | None = None
    while True:
        rows = session.scalars(query if last is None else query.where(Order.id < last)).all()
        yield from rows
        if len(rows) < BATCH:
            return
        last = rows[-1].order_id


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
    low, customers = text.lower(), select(Customer.id).where(_begins(Customer.name, text))
    found = union_all(
        select(Domain.order_id).where(_begins(Domain.name, low)),
        select(Domain.order_id).where(_begins(Domain.unicode_name, low)),
        select(Order.id).where(_begins(Order.number, text.upper())),
        select(Order.id).where(Order.customer_id.in_(customers)),
    )
    ids = set(session.scalars(found.limit(FEW + 1)))
    if len(ids) <= FEW:
        return Order.id.in_(ids)
    return or_(
        _begins(Domain.name, low),
        _begins(Domain.unicode_name, low),
        _begins(Order.number, text.upper()),
        Order.customer_id.in_(customers),
    )


def _begins(column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """The column begins with the text, as a range that an index answers."""
    return and_(column >= text, column < text + "\U0010ffff")
