"""Loading the demo: once, into an empty database, and safe to call again."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_security import hash_password
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.accounts.models import Login, Role
from panel.config import Settings
from panel.demo import data
from panel.directory.aliases import add_alias
from panel.directory.models import Address, AddressKind, Mailbox
from panel.directory.passwords import hash_mailbox_password
from panel.engine.layout import Ports
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
from panel.orders.schedule import watch_anew
from panel.orders.verification import activate

MX_PRIORITY = 100


def load(session: Session, settings: Settings) -> bool:
    """Load the demo unless a login exists already; says whether it did."""
    if session.scalar(select(Login.id).limit(1)) is not None:
        return False
    demo, now = data.read(), datetime.now(UTC)
    cluster = add_cluster(session, settings, now)
    plan = Plan(name="Standard", seats=50, quota_bytes=1 << 30)
    session.add_all([plan, _login(demo["operator"], data.OPERATOR_PASSWORD, None, now)])
    customers: dict[str, Customer] = {}
    for row in demo["customers"]:
        customer = Customer(name=row["name"], email=row["email"], language="zh", created_at=now)
        customer.time_zone = settings.time_zone
        session.add(customer)
        session.flush()
        who = {"name": row["contact"], "email": row["email"]}
        session.add(_login(who, data.CUSTOMER_PASSWORD, customer.id, now))
        customers[customer.name] = customer
    for row in demo["orders"]:
        _add_order(session, row, customers[row["customer"]], cluster, plan, now)
    return True


def add_cluster(session: Session, settings: Settings, now: datetime) -> Cluster:
    """The cluster `us2` of the demo: its sheets name what a program on this machine reaches."""
    cluster = Cluster(name="us2", created_at=now)
    session.add(cluster)
    session.flush()
    for n in (1, 2, 3):
        host = f"us2.mx{n}.mailhost.example"
        session.add(ClusterMx(cluster_id=cluster.id, host=host, priority=MX_PRIORITY))
    ports = Ports.from_base(settings.port)
    reached = {
        Protocol.WEBMAIL: ("us2.webmail.mailhost.example", 443),
        Protocol.IMAP: ("localhost", ports.imaps),
        Protocol.POP: ("localhost", ports.pop3s),
        Protocol.SMTP: ("localhost", ports.submissions),
    }
    for protocol, (host, port) in reached.items():
        session.add(
            ClusterService(
                cluster_id=cluster.id,
                protocol=protocol,
                canonical_host=f"us2.{protocol}.mailhost.example",
                host=host,
                port=port,
                encryption=Encryption.TLS,
            )
        )
    return cluster


def _login(who: dict[str, str], password: str, customer_id: int | None, now: datetime) -> Login:
    return Login(
        email=who["email"],
        name=who["name"],
        password=hash_password(password),
        role=Role.OPERATOR if customer_id is None else Role.CUSTOMER,
        customer_id=customer_id,
        fs_uniquifier=secrets.token_hex(16),
        created_at=now,
    )


def _add_order(
    session: Session,
    row: dict[str, Any],
    customer: Customer,
    cluster: Cluster,
    plan: Plan,
    now: datetime,
) -> None:
    """One order with its domain and users."""
    users = row.get("users", [])
    order = Order(
        number="",
        customer_id=customer.id,
        plan_id=plan.id,
        cluster_id=cluster.id,
        status=OrderStatus(row.get("status", "active")),
        suspended_reason=row.get("reason"),
        seats=row["seats"],
        seats_used=len(users),
        created_at=now,
        expires_on=(now + timedelta(days=row["days"])).date(),
    )
    session.add(order)
    session.flush()
    order.number = f"YJ{order.id:06}"
    active = row.get("active", False)
    domain = Domain(
        order=order,
        name=row["domain"].encode("idna").decode(),
        unicode_name=row["domain"],
        verify_token=secrets.token_hex(16),
        notification_email=customer.email,
        activated_at=now if active else None,
        activated_by=Proof.MX if active else None,
    )
    watch_anew(domain, now)
    session.add(domain)
    session.flush()
    _add_aliases(session, row.get("aliases", []), domain, now)
    for user in users:
        _add_user(session, user, domain, cluster.backend, plan.quota_bytes, now)


def _add_aliases(
    session: Session, aliases: list[dict[str, Any]], domain: Domain, now: datetime
) -> None:
    """The alias domains of one domain."""
    for alias in aliases:
        made = add_alias(session, domain, alias["domain"], by=SYSTEM, now=now)
        if alias.get("active"):
            activate(session, made, Proof.MX, by=SYSTEM, now=now)


def _add_user(
    session: Session,
    user: dict[str, str],
    domain: Domain,
    backend: str,
    quota_bytes: int,
    now: datetime,
) -> None:
    """One mailbox user with the demo's password."""
    local_part = user["local_part"]
    session.add(Address(domain_id=domain.id, local_part=local_part, kind=AddressKind.MAILBOX))
    session.flush()
    session.add(
        Mailbox(
            domain_id=domain.id,
            local_part=local_part,
            name=user["name"],
            alternate_email=user.get("alternate"),
            password_hash=hash_mailbox_password(data.USER_PASSWORD),
            quota_bytes=quota_bytes,
            storage_key=secrets.token_hex(16),
            backend=backend,
            created_at=now,
        )
    )


def move_ports(session: Session, settings: Settings) -> None:
    """Let the demo's sheets name the ports that this run listens on."""
    ports = Ports.from_base(settings.port)
    by_protocol = {Protocol.IMAP: ports.imaps, Protocol.POP: ports.pop3s}
    by_protocol[Protocol.SMTP] = ports.submissions
    for protocol, port in by_protocol.items():
        session.execute(
            update(ClusterService)
            .where(ClusterService.protocol == protocol, ClusterService.host == "localhost")
            .values(port=port)
        )
