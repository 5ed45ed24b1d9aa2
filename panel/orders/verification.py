"""Checking a name's DNS, keeping the verdicts, and activating the name when they prove it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, selectinload

from panel.accounts.access import Actor
from panel.accounts.audit import record
from panel.config import Settings
from panel.dns.asking import Asking
from panel.dns.diagnosis import Verdict, VerdictKind, proves_ownership
from panel.dns.records import (
    MX_KEY,
    ExpectedRecord,
    MailHost,
    Target,
    expected_records,
)
from panel.orders.models import CHECKS, Cluster, Kind, MailName, Proof
from panel.orders.schedule import schedule, watch_anew
from panel.orders.standing import Event, first_to_set, note_mx
from panel.orders.watched import NameCheck

LIVE = ("activated_at", "fault_since", "alerted_at", "dns_state", "check_tries", "watched_from")
"""What another check may have changed meanwhile."""
PROOFS = {MX_KEY: Proof.MX}
ACTIVATED = {"domain": "domain.activate", "alias": "alias.activate"}
"""The audit's actions, by the name's noun."""


@dataclass(frozen=True)
class KeptVerdict:
    """A verdict with the time of its check; `failure` is the last check's, if it could not ask."""

    verdict: Verdict
    checked_at: datetime
    failure: Verdict | None = None
    failed_at: datetime | None = None


def expected_of(session: Session, watched: MailName) -> tuple[ExpectedRecord, ...]:
    """The records that a name should have, from its cluster; an alias needs no branding."""
    cluster = session.scalars(
        select(Cluster)
        .where(Cluster.id == watched.main.order.cluster_id)
        .options(selectinload(Cluster.mx_hosts), selectinload(Cluster.services))
    ).one()
    hosts, branding = _hosts_of(cluster)
    targets = branding if watched is watched.main else []
    return expected_records(watched.name, hosts, targets, watched.verify_token)


def expected_on(cluster: Cluster, name: str) -> tuple[ExpectedRecord, ...]:
    """The records that any domain (A-labels) would need for a cluster, without the token."""
    return expected_records(name, *_hosts_of(cluster))


def _hosts_of(cluster: Cluster) -> tuple[list[MailHost], list[Target]]:
    """Where mail goes, and what the branding CNAMEs point at."""
    hosts = [MailHost(mx.host, mx.priority, mx.ttl) for mx in cluster.mx_hosts]
    targets = [Target(s.protocol.value, s.canonical_host, s.ttl) for s in cluster.services]
    return hosts, targets


def asking_of(settings: Settings) -> Asking:
    """How the settings want the DNS to be asked."""
    return Asking.of(
        settings.dns_servers, settings.dns_timeout, settings.dns_port, settings.dns_private
    )


def kept_verdicts(session: Session, watched: MailName) -> dict[str, KeptVerdict]:
    """What the last checks found, by key."""
    return {row.key: _kept(row) for row in _rows(session, watched)}


def _rows(session: Session, watched: MailName) -> Sequence[NameCheck]:
    checks = CHECKS[type(watched)]
    return session.scalars(select(checks).where(checks.watched_id == watched.id)).all()


def _kept(row: NameCheck) -> KeptVerdict:
    failure = Verdict.from_json(row.failure) if row.failure else None
    return KeptVerdict(Verdict.from_json(row.verdict), row.checked_at, failure, row.failed_at)


def keep_verdicts(
    session: Session, watched: MailName, verdicts: Iterable[Verdict], *, by: Actor, now: datetime
) -> Event | None:
    """Store verdicts, activate a pending name that they prove, and set the next check.

    "Could not ask" never replaces what was found before, and changes nothing else. What the
    domain's people should be told, if anything, is returned.
    """
    verdicts = tuple(verdicts)
    take(session, type(watched), watched.id)
    session.refresh(watched, LIVE)
    before = {row.key: row for row in _rows(session, watched)}
    for verdict in verdicts:
        row = before.get(verdict.key)
        if row is None:
            row = CHECKS[type(watched)](watched_id=watched.id, key=verdict.key)
            session.add(row)
        elif verdict.kind is VerdictKind.UNKNOWN:
            row.failed_at, row.failure = now, verdict.to_json()
            continue
        row.kind, row.verdict, row.checked_at = verdict.kind.value, verdict.to_json(), now
        row.failed_at = row.failure = None
    if any(verdict.kind is not VerdictKind.UNKNOWN for verdict in verdicts):
        watched.checked_at = now
    proof = proves_ownership(verdicts)
    proven = proof is not None and activate(
        session, watched, PROOFS.get(proof, Proof.TXT), by=by, now=now
    )
    mx = next((verdict for verdict in verdicts if verdict.key == MX_KEY), None)
    event = note_mx(session, watched, mx, by=by, now=now) if mx is not None else None
    if by.login_id is not None and watched.activated_at is None:
        watch_anew(watched, now)  # somebody is at work on it
    schedule(watched, now)
    return Event.ACTIVATED if proven else event


def take(session: Session, kind: Kind, watched_id: int) -> bool:
    """Let other checks of the name wait until this transaction ends; False when it is gone.

    It must be the transaction's first statement: SQLite turns no old reader into a writer.
    """
    done = session.execute(
        update(kind)
        .where(kind.id == watched_id)
        .values(check_tries=kind.check_tries)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def activate_by_hand(
    session: Session, watched: MailName, reason: str, *, by: Actor, now: datetime
) -> Event | None:
    """The operator vouches for the name; nothing changes when it is active already."""
    if not activate(session, watched, Proof.OPERATOR, by=by, now=now, reason=reason):
        return None
    watched.activation_reason = reason
    schedule(watched, now)
    return Event.ACTIVATED


def activate(
    session: Session, watched: MailName, proof: Proof, *, by: Actor, now: datetime, **data: str
) -> bool:
    """Activate a pending name; False when it is active already, be it since this moment."""
    if watched.activated_at is not None or not first_to_set(session, watched, "activated_at", now):
        return False
    watched.activated_by = proof
    record(
        session,
        by,
        ACTIVATED[watched.noun],
        watched.name,
        now=now,
        customer_id=watched.main.order.customer_id,
        domain_id=watched.main.id,
        proof=proof.value,
        **data,
    )
    return True
