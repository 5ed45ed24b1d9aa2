"""Clusters: listing, adding, editing. Only the operator reaches them; there are a handful."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from panel.accounts.access import Actor
from panel.accounts.audit import record
from panel.accounts.models import AuditEntry
from panel.orders.conflicts import as_shown
from panel.orders.errors import ClusterNameTaken, NotADomain, NotAHost, NotMxHosts
from panel.orders.models import (
    Cluster,
    ClusterMx,
    ClusterService,
    Domain,
    Encryption,
    Order,
    Protocol,
)
from panel.orders.names import domain_name

_MX = re.compile(r"(\d{1,5})\s+(\S+)", re.ASCII)
LOADED = (selectinload(Cluster.mx_hosts), selectinload(Cluster.services))


@dataclass(frozen=True)
class Service:
    """A service: `canonical_host` is the CNAME's target, host and port are for the sheets."""

    protocol: Protocol
    canonical_host: str
    host: str
    port: int
    encryption: Encryption


@dataclass(frozen=True)
class ClusterFacts:
    """What is typed: `mx` has a priority and a host on each line; `ttl` is seconds, for all."""

    name: str
    mx: str
    ttl: int
    services: tuple[Service, ...]


def list_clusters(session: Session) -> Sequence[Cluster]:
    """All clusters by name, with their hosts."""
    return session.scalars(select(Cluster).options(*LOADED).order_by(Cluster.name)).all()


def find_cluster(session: Session, cluster_id: int) -> Cluster | None:
    """The cluster with its hosts."""
    return session.scalar(select(Cluster).options(*LOADED).where(Cluster.id == cluster_id))


def add_cluster(session: Session, facts: ClusterFacts, *, by: Actor, now: datetime) -> Cluster:
    """Add a cluster. Raises ClusterNameTaken, NotAHost, NotMxHosts."""
    cluster = Cluster(created_at=now, mx_hosts=[], services=[])
    _write(session, cluster, facts)
    record(session, by, "cluster.add", cluster.name, now=now)
    return cluster


def edit_cluster(
    session: Session,
    cluster: Cluster,
    facts: ClusterFacts,
    *,
    version: int,
    by: Actor,
    now: datetime,
) -> None:
    """Change a cluster as the page showed it at `version`, and what the DNS should say with it.

    The DNS of its domains is checked again as soon as the worker comes to it.
    It must be loaded by `find_cluster`. Raises ChangedMeanwhile, and as `add_cluster` does.
    """
    mine = AuditEntry.subject == cluster.name, AuditEntry.action == "cluster.edit"
    with as_shown(session, cluster, version, *mine):
        _write(session, cluster, facts)
    on_it = select(Order.id).where(Order.cluster_id == cluster.id)
    session.execute(
        update(Domain)
        .where(Domain.order_id.in_(on_it), Domain.next_check_at.is_not(None))
        .values(next_check_at=now)
        .execution_options(synchronize_session=False)
    )
    hosts = [f"{mx.priority} {mx.host}" for mx in cluster.mx_hosts]
    record(session, by, "cluster.edit", cluster.name, now=now, mx=hosts)


def _write(session: Session, cluster: Cluster, facts: ClusterFacts) -> None:
    """Set the facts, keeping the rows that stay; the database has the last word on the name."""
    hosts = _mx_hosts(facts.mx)
    with session.no_autoflush:
        taken = session.scalar(select(Cluster.id).where(Cluster.name == facts.name))
    if taken not in (None, cluster.id):
        raise ClusterNameTaken(facts.name)
    cluster.name = facts.name
    kept = {mx.host: mx for mx in cluster.mx_hosts}
    rows = [kept.get(host) or ClusterMx(host=host) for host in hosts]
    for row in rows:
        row.priority, row.ttl = hosts[row.host], facts.ttl
    cluster.mx_hosts = rows
    offered = {service.protocol: service for service in cluster.services}
    cluster.services = [
        _service(offered.get(service.protocol), service) for service in facts.services
    ]
    for service in cluster.services:
        service.ttl = facts.ttl
    session.add(cluster)
    try:
        session.flush()
    except IntegrityError as error:
        raise ClusterNameTaken(facts.name) from error


def _mx_hosts(typed: str) -> dict[str, int]:
    """Priority by host."""
    hosts: dict[str, int] = {}
    for line in filter(None, map(str.strip, typed.splitlines())):
        match = _MX.fullmatch(line)
        if match is None or int(match[1]) > 65535:
            raise NotMxHosts(line[:120])
        host = _host("mx", match[2])
        if host in hosts:
            raise NotMxHosts(line[:120])
        hosts[host] = int(match[1])
    if not hosts:
        raise NotMxHosts("")
    return hosts


def _service(row: ClusterService | None, new: Service) -> ClusterService:
    row = row or ClusterService(protocol=new.protocol)
    row.canonical_host = _host(f"{new.protocol}_canonical", new.canonical_host)
    row.host = _host(f"{new.protocol}_host", new.host) if new.host else row.canonical_host
    row.port, row.encryption = new.port, new.encryption
    return row


def _host(field: str, typed: str) -> str:
    """A host name as an A-label; `localhost` is one, for machines that try things out."""
    if typed.lower() == "localhost":
        return "localhost"
    try:
        return domain_name(typed).ascii
    except NotADomain as error:
        raise NotAHost(error.typed, field) from error
