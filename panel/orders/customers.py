"""Customers: listing, adding with a login, editing. Only the operator reaches them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from zoneinfo import available_timezones

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from panel.accounts.access import Actor, within_reach
from panel.accounts.actions import add_customer_login
from panel.accounts.audit import record
from panel.accounts.models import AuditEntry, Login
from panel.database import begins
from panel.orders.addresses import notice_address
from panel.orders.conflicts import as_shown
from panel.orders.errors import CustomerNameTaken, NoSuchTimeZone
from panel.orders.models import Customer
from panel.paging import CURSOR, Page, Sorting, read_page


@dataclass(frozen=True)
class CustomerFacts:
    """What is known of a customer; `language` is that of mails to it: zh or en, `time_zone` that of
    its domains' pages, as IANA names it.
    """

    name: str
    email: str
    language: str
    time_zone: str


BY_NAME: Sorting[Customer] = Sorting(
    (Customer.name,), select(Customer.name).where(Customer.id == CURSOR), attrgetter("id")
)


def list_customers(
    session: Session,
    actor: Actor,
    text: str = "",
    after: int | None = None,
    before: int | None = None,
) -> Page[Customer]:
    """25 customers by name, after or before one; `text` begins the name."""
    query = select(Customer).where(within_reach(actor, Customer.id))
    if text:
        query = query.where(begins(Customer.name, text))
    return read_page(session, query, BY_NAME, after=after, before=before)


def find_customer(session: Session, actor: Actor, customer_id: int) -> Customer | None:
    """The customer within the actor's reach."""
    wanted = select(Customer).where(Customer.id == customer_id)
    return session.scalar(wanted.where(within_reach(actor, Customer.id)))


def logins_of(session: Session, customer: Customer) -> Sequence[Login]:
    """Who signs in for the customer, by address."""
    return session.scalars(
        select(Login).where(Login.customer_id == customer.id).order_by(Login.email)
    ).all()


def facts_of(customer: Customer) -> CustomerFacts:
    """What is known of it."""
    return CustomerFacts(customer.name, customer.email, customer.language, customer.time_zone)


@lru_cache
def time_zones() -> frozenset[str]:
    """All that this system knows the clocks of."""
    return frozenset(available_timezones())


def add_customer(
    session: Session,
    facts: CustomerFacts,
    contact: str,
    password_hash: str,
    *,
    by: Actor,
    now: datetime,
) -> Customer:
    """Add a customer and the login of its `contact`; `password_hash` is Flask-Security's.

    Raises CustomerNameTaken, NotAnAddress, NoSuchTimeZone, LoginTaken.
    """
    customer = Customer(created_at=now)
    _write(session, customer, facts)
    record(session, by, "customer.add", customer.name, now=now, customer_id=customer.id)
    add_customer_login(
        session,
        customer_id=customer.id,
        email=customer.email,
        name=contact,
        password_hash=password_hash,
        by=by,
        now=now,
    )
    return customer


def edit_customer(
    session: Session,
    customer: Customer,
    facts: CustomerFacts,
    *,
    version: int,
    by: Actor,
    now: datetime,
) -> None:
    """Change what is known of a customer as the page showed it at `version`; its logins stay.

    Raises ChangedMeanwhile, and as `add_customer` does.
    """
    before = asdict(facts_of(customer))
    mine = AuditEntry.customer_id == customer.id, AuditEntry.action == "customer.edit"
    with as_shown(session, customer, version, *mine):
        _write(session, customer, facts)
    record(
        session,
        by,
        "customer.edit",
        customer.name,
        now=now,
        customer_id=customer.id,
        before=before,
        email=customer.email,
        language=customer.language,
        time_zone=customer.time_zone,
    )


def _write(session: Session, customer: Customer, facts: CustomerFacts) -> None:
    """Set the facts; the database has the last word on who has the name."""
    email = notice_address(facts.email)
    with session.no_autoflush:
        taken = session.scalar(select(Customer.id).where(Customer.name == facts.name))
    if taken not in (None, customer.id):
        raise CustomerNameTaken(facts.name)
    if facts.time_zone not in time_zones():
        raise NoSuchTimeZone
    customer.name, customer.email = facts.name, email
    customer.language, customer.time_zone = facts.language, facts.time_zone
    session.add(customer)
    try:
        session.flush()
    except IntegrityError as error:
        raise CustomerNameTaken(facts.name) from error
