"""Customers, clusters, orders and domains for tests; every default is valid and readable."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.orders.models import (
    Cluster,
    ClusterMx,
    ClusterService,
    Customer,
    Domain,
    Encryption,
    Order,
    OrderStatus,
    Plan,
    Proof,
    Protocol,
)

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def make_customer(
    session: Session, name: str = "明远贸易", time_zone: str = "Asia/Shanghai"
) -> Customer:
    """A customer of that name, the same one when asked again."""
    found = session.scalar(select(Customer).where(Customer.name == name))
    if found is None:
        found = Customer(name=name, email="wang@mingyuan.example", language="zh", created_at=NOW)
        found.time_zone = time_zone
        session.add(found)
        session.flush()
    return found


def make_plan(session: Session, **changes: Any) -> Plan:
    """The plan with 50 seats and 1 GiB a mailbox."""
    values = {"name": "标准版", "seats": 50, "quota_bytes": 1 << 30} | changes
    found = session.scalar(select(Plan).where(Plan.name == values["name"]))
    if found is None:
        found = Plan(**values)
        session.add(found)
        session.flush()
    return found


def make_cluster(session: Session, name: str = "us2") -> Cluster:
    """The cluster of the seed: three MX at priority 100, four services."""
    found = session.scalar(select(Cluster).where(Cluster.name == name))
    if found is not None:
        return found
    cluster = Cluster(name=name, created_at=NOW)
    session.add(cluster)
    session.flush()
    for n in (1, 2, 3):
        host = f"{name}.mx{n}.mailhost.example"
        session.add(ClusterMx(cluster_id=cluster.id, host=host, priority=100))
    ports = {Protocol.WEBMAIL: 443, Protocol.IMAP: 993, Protocol.POP: 995, Protocol.SMTP: 465}
    for protocol, port in ports.items():
        host = f"{name}.{protocol}.mailhost.example"
        session.add(
            ClusterService(
                cluster_id=cluster.id,
                protocol=protocol,
                canonical_host=host,
                host=host,
                port=port,
                encryption=Encryption.TLS,
            )
        )
    session.flush()
    return cluster


def make_domain(
    session: Session, name: str = "mingyuan.example", *, active: bool = True, **order: Any
) -> Domain:
    """A domain with its order; `order` changes the order's values (customer=… for another)."""
    count = len(session.scalars(select(Order.id)).all())
    customer = order.pop("customer", None) or make_customer(session)
    values: dict[str, Any] = {
        "number": f"YJ{count + 1:06}",
        "customer": customer,
        "plan": make_plan(session),
        "cluster": make_cluster(session),
        "status": OrderStatus.ACTIVE,
        "seats": 50,
        "created_at": NOW,
        "expires_on": date(2027, 11, 23),
    }
    bought = Order(**(values | order))
    session.add(bought)
    session.flush()
    domain = Domain(
        order=bought,
        name=name.encode("idna").decode(),
        unicode_name=name,
        verify_token="0123456789abcdef",
        notification_email="wang@mingyuan.example",
        activated_at=NOW if active else None,
        activated_by=Proof.MX if active else None,
    )
    session.add(domain)
    session.flush()
    return domain
