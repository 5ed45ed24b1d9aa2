"""Checking a domain's DNS, keeping the verdicts, and activating the domain when they prove it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from panel.accounts.access import Actor
from panel.accounts.audit import record
from panel.config import Settings
from panel.dns.asking import Asking
from panel.dns.diagnosis import Verdict, VerdictKind, diagnose, proves_ownership, questions_for
from panel.dns.lookup import look_up
from panel.dns.records import (
    MX_KEY,
    ExpectedRecord,
    MailHost,
    Target,
    expected_records,
)
from panel.orders.models import Cluster, Domain, Proof, RecordCheck
from panel.orders.schedule import schedule
from panel.orders.standing import Event, first_to_set, note_mx

PROOFS = {MX_KEY: Proof.MX}


@dataclass(frozen=True)
class KeptVerdict:
    """A verdict with the time of its check."""

    verdict: Verdict
    checked_at: datetime


def expected_of(session: Session, domain: Domain) -> tuple[ExpectedRecord, ...]:
    """The records that a domain should have, from its cluster. `domain.order` must be loaded."""
    cluster = session.scalars(
        select(Cluster)
        .where(Cluster.id == domain.order.cluster_id)
        .options(selectinload(Cluster.mx_hosts), selectinload(Cluster.services))
    ).one()
    return expected_records(domain.name, *_hosts_of(cluster), domain.verify_token)


def expected_on(cluster: Cluster, name: str) -> tuple[ExpectedRecord, ...]:
    """The records that any domain (A-labels) would need for a cluster, without the token."""
    return expected_records(name, *_hosts_of(cluster))


def _hosts_of(cluster: Cluster) -> tuple[list[MailHost], list[Target]]:
    """Where mail goes, and what the branding CNAMEs point at."""
    hosts = [MailHost(mx.host, mx.priority, mx.ttl) for mx in cluster.mx_hosts]
    targets = [Target(s.protocol.value, s.canonical_host, s.ttl) for s in cluster.services]
    return hosts, targets


def ask(
    domain: str, records: Sequence[ExpectedRecord], servers: Sequence[str], deadline: float
) -> tuple[Verdict, ...]:
    """Ask the DNS for the records, all at once; verdicts in at most `deadline` seconds."""
    return diagnose(domain, records, look_up(questions_for(records), servers, deadline))


def asking_of(settings: Settings) -> Asking:
    """How the settings want the DNS to be asked."""
    return Asking.of(
        settings.dns_servers, settings.dns_timeout, settings.dns_port, settings.dns_private
    )


def kept_verdicts(session: Session, domain: Domain) -> dict[str, KeptVerdict]:
    """What the last checks found, by key."""
    rows = session.scalars(select(RecordCheck).where(RecordCheck.domain_id == domain.id))
    return {row.key: KeptVerdict(Verdict.from_json(row.verdict), row.checked_at) for row in rows}


def keep_verdicts(
    session: Session, domain: Domain, verdicts: Iterable[Verdict], *, by: Actor, now: datetime
) -> Event | None:
    """Store verdicts, activate a pending domain that they prove, and set the next check.

    "Could not ask" never replaces what was found before, and changes nothing else. What the
    domain's people should be told, if anything, is returned. `domain.order` must be loaded.
    """
    verdicts = tuple(verdicts)
    before = {
        row.key: row
        for row in session.scalars(select(RecordCheck).where(RecordCheck.domain_id == domain.id))
    }
    for verdict in verdicts:
        row = before.get(verdict.key)
        if row is None:
            row = RecordCheck(domain_id=domain.id, key=verdict.key)
            session.add(row)
        elif verdict.kind is VerdictKind.UNKNOWN:
            continue
        row.kind, row.verdict, row.checked_at = verdict.kind.value, verdict.to_json(), now
    domain.checked_at = now
    proof = proves_ownership(verdicts)
    proven = proof is not None and _activate(
        session, domain, PROOFS.get(proof, Proof.TXT), by=by, now=now
    )
    mx = next((verdict for verdict in verdicts if verdict.key == MX_KEY), None)
    event = note_mx(session, domain, mx, by=by, now=now) if mx is not None else None
    schedule(domain, now)
    return Event.ACTIVATED if proven else event


def activate_by_hand(
    session: Session, domain: Domain, reason: str, *, by: Actor, now: datetime
) -> Event | None:
    """The operator vouches for the domain; nothing changes when it is active already."""
    if not _activate(session, domain, Proof.OPERATOR, by=by, now=now, reason=reason):
        return None
    domain.activation_reason = reason
    schedule(domain, now)
    return Event.ACTIVATED


def _activate(
    session: Session, domain: Domain, proof: Proof, *, by: Actor, now: datetime, **data: str
) -> bool:
    """Activate a pending domain; False when it is active already, be it since this moment."""
    if domain.activated_at is not None or not first_to_set(session, domain, "activated_at", now):
        return False
    domain.activated_by = proof
    record(
        session,
        by,
        "domain.activate",
        domain.name,
        now=now,
        customer_id=domain.order.customer_id,
        domain_id=domain.id,
        proof=proof.value,
        **data,
    )
    return True
