"""A great many orders and users, to measure with: rows written in bulk, not through the pages."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Engine, func, insert, select
from sqlalchemy.engine import Connection

from panel.directory.models import Address, AddressKind, Mailbox, MailboxStatus
from panel.orders.models import Cluster, Customer, Domain, Order, OrderStatus, Plan, Proof

CHUNK = 5_000
SURNAMES = ("Wang", "Li", "Zhang", "Liu", "Chen", "Yang", "Zhao", "Huang", "Zhou", "Wu")


def load(engine: Engine, orders: int, users: int, name: str = "user{}") -> None:
    """Add `orders` orders with `users` users spread evenly over them; needs the demo's cluster.

    `name` is how the local parts are made of a number.
    """
    now = datetime.now(UTC)
    with engine.begin() as connection:
        first = (connection.scalar(select(func.max(Order.id))) or 0) + 1
        if orders:
            _add_orders(connection, first, orders, users, now)
        ids = list(
            connection.scalars(select(Domain.id).order_by(Domain.id.desc()).limit(orders or 1))
        )
        _add_users(connection, ids, users, name, now)


def _chunks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _add_orders(connection: Connection, first: int, count: int, users: int, now: datetime) -> None:
    customer = connection.scalar(select(Customer.id).order_by(Customer.id))
    plan = connection.scalar(select(Plan.id).order_by(Plan.id))
    cluster = connection.scalar(select(Cluster.id).order_by(Cluster.id))
    share = -(-users // count)
    statuses = (OrderStatus.ACTIVE,) * 8 + (OrderStatus.SUSPENDED, OrderStatus.EXPIRED)
    ends: date = now.date()
    orders = (
        {
            "number": f"B{n:08}",
            "customer_id": customer,
            "plan_id": plan,
            "cluster_id": cluster,
            "status": statuses[n % len(statuses)],
            "seats": share + 10,
            "seats_used": share,
            "created_at": now,
            "expires_on": ends + timedelta(days=n % 700),
        }
        for n in range(first, first + count)
    )
    for chunk in _chunks(orders):
        connection.execute(insert(Order), chunk)
    added = connection.scalars(select(Order.id).where(Order.id >= first)).all()
    domains = (
        {
            "order_id": n,
            "name": f"d{n}.bulk.example",
            "unicode_name": f"d{n}.bulk.example",
            "verify_token": secrets.token_hex(16),
            "notification_email": "wang@mingyuan.example",
            "activated_at": now if n % 5 else None,
            "activated_by": Proof.MX if n % 5 else None,
        }
        for n in added
    )
    for chunk in _chunks(domains):
        connection.execute(insert(Domain), chunk)


def _add_users(
    connection: Connection, domains: list[int], count: int, name: str, now: datetime
) -> None:
    places = [(domains[n % len(domains)], n // len(domains)) for n in range(count)]
    addresses = (
        {"domain_id": d, "local_part": name.format(n), "kind": AddressKind.MAILBOX}
        for d, n in places
    )
    for chunk in _chunks(addresses):
        connection.execute(insert(Address), chunk)
    mailboxes = (
        {
            "domain_id": domain,
            "local_part": name.format(n),
            "kind": AddressKind.MAILBOX,
            "name": f"{SURNAMES[n % len(SURNAMES)]} {n}",
            "password_hash": "{ARGON2ID}!",
            "quota_bytes": 1 << 30,
            "status": MailboxStatus.ACTIVE,
            "storage_key": secrets.token_hex(16),
            "backend": "127.0.0.1",
            "created_at": now,
        }
        for domain, n in places
    )
    for chunk in _chunks(mailboxes):
        connection.execute(insert(Mailbox), chunk)
