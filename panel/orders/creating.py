"""Taking a new order."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.accounts.access import Actor
from panel.accounts.audit import record
from panel.orders.addresses import notice_address
from panel.orders.errors import CustomerUnknown, DomainTaken, ExpiryInThePast
from panel.orders.models import Customer, Domain, Order, OrderStatus, Plan
from panel.orders.names import DomainName, domain_name
from panel.orders.taken import give_way, hold_names, order_of, write_name


@dataclass(frozen=True)
class NewOrder:
    """What is bought. Without `seats` those of the plan; without `email` notices go to the
    customer's address.
    """

    domain: str
    customer: str
    plan_id: int
    cluster_id: int
    seats: int | None
    expires_on: date
    email: str = ""


def create_order(session: Session, new: NewOrder, *, by: Actor, now: datetime) -> Domain:
    """Add the order and its domain, which waits for the DNS. The number is made from the id.

    An alias of that name that nobody has proven is removed.
    Raises NotADomain, DomainTaken, CustomerUnknown, ExpiryInThePast, NotAnAddress.
    """
    name = domain_name(new.domain)
    hold_names(session)
    give_way(session, name.ascii, by=by, now=now)
    taken = order_of(session, name.ascii)
    if taken is not None:
        raise DomainTaken(name.unicode, taken)
    customer = session.scalar(select(Customer).where(Customer.name == new.customer))
    if customer is None:
        raise CustomerUnknown(new.customer)
    if new.expires_on < now.date():
        raise ExpiryInThePast(now.date())
    email = notice_address(new.email) if new.email else customer.email
    domain = _add(session, new, name, customer, email, now)
    record(
        session,
        by,
        "order.create",
        domain.order.number,
        now=now,
        customer_id=customer.id,
        domain_id=domain.id,
        domain=name.ascii,
        seats=domain.order.seats,
        expires_on=new.expires_on.isoformat(),
    )
    return domain


def _add(
    session: Session,
    new: NewOrder,
    name: DomainName,
    customer: Customer,
    email: str,
    now: datetime,
) -> Domain:
    """Write both rows; the database has the last word on who has the domain."""
    order = Order(
        number=f"new{secrets.token_hex(8)}",
        customer_id=customer.id,
        plan_id=new.plan_id,
        cluster_id=new.cluster_id,
        status=OrderStatus.ACTIVE,
        seats=new.seats or _seats_of(session, new.plan_id),
        created_at=now,
        expires_on=new.expires_on,
    )
    session.add(order)
    session.flush()
    order.number = f"YJ{order.id:06}"
    domain = Domain(
        order=order,
        name=name.ascii,
        unicode_name=name.unicode,
        notification_email=email,
    )
    write_name(session, domain, DomainTaken(name.unicode, None), now=now)
    return domain


def _seats_of(session: Session, plan_id: int) -> int:
    return session.scalars(select(Plan.seats).where(Plan.id == plan_id)).one()
