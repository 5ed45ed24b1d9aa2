"""Checking a name's DNS, keeping the verdicts, and activating the name when they prove it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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
from panel.orders.schedule import bring_forward, schedule, watch_anew
from panel.orders.standing import Event, first_to_set, note_mx
from panel.orders.taken import is_below_another
from panel.orders.watched import NameCheck

LIVE: tuple[str, ...] = (
    *("activated_at", "activated_by", "fault_since", "alerted_at", "was_right", "mx_faults"),
    *("dns_state", "dns_state_since", "check_tries", "watched_from", "next_check_at"),
)
"""What another check may have changed meanwhile."""
OPEN = frozenset({VerdictKind.UNKNOWN, VerdictKind.NOT_IN_EFFECT})
"""May change while the resolvers answer as before."""
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
    return expected_of_all(session, [watched])[watched.name]


def expected_of_all(
    session: Session, names: Iterable[MailName]
) -> dict[str, tuple[ExpectedRecord, ...]]:
    """The same of many names, by name; each cluster is read once."""
    on = {one: one.main.order.cluster_id for one in names}
    clusters = session.scalars(
        select(Cluster)
        .where(Cluster.id.in_(set(on.values())))
        .options(selectinload(Cluster.mx_hosts), selectinload(Cluster.services))
    )
    hosts = {cluster.id: _hosts_of(cluster) for cluster in clusters}
    found = {}
    for one, cluster_id in on.items():
        mail_hosts, branding = hosts[cluster_id]
        targets = branding if one is one.main else []
        found[one.name] = expected_records(one.name, mail_hosts, targets, one.verify_token)
    return found


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
    session: Session,
    watched: MailName,
    verdicts: Iterable[Verdict],
    *,
    by: Actor,
    now: datetime,
    digest: str = "",
) -> Event | None:
    """Store verdicts, activate a pending name that they prove, and set the next check.

    `now` is when the asking began: what was asked later stays. "Could not ask" never replaces what
    was found before, and changes nothing else. `digest`, if known, is that of the answers. What the
    domain's people should be told, if anything, is returned.
    """
    take(session, type(watched), watched.id)
    session.refresh(watched, LIVE)
    before = {row.key: row for row in _rows(session, watched)}
    verdicts = [v for v in verdicts if v.key not in before or before[v.key].checked_at <= now]
    for verdict in verdicts:
        _keep(session, watched, before.get(verdict.key), verdict, now)
    if any(verdict.kind in OPEN for verdict in verdicts):
        watched.dns_digest = None
    elif digest and verdicts:
        watched.dns_digest = digest
    proof = _proof(session, watched, verdicts)
    proven = proof is not None and activate(
        session, watched, PROOFS.get(proof, Proof.TXT), by=by, now=now
    )
    mx = next((verdict for verdict in verdicts if verdict.key == MX_KEY), None)
    event = note_mx(session, watched, mx, by=by, now=now) if mx is not None else None
    if by.login_id is not None and (proven or mx or watched.activated_at is None):
        watch_anew(watched, now)  # somebody is at work on it
    _set_next(watched, mx, verdicts, now)
    return Event.ACTIVATED if proven else event


def needs_token(session: Session, watched: MailName) -> bool:
    """Whether the MX records cannot prove a pending name: they may be a wildcard of who has the
    domain above it, and nobody has published anything for the name itself.
    """
    customer_id = watched.main.order.customer_id
    is_pending = watched.activated_at is None
    return is_pending and is_below_another(session, watched.name, customer_id)


def _proof(session: Session, watched: MailName, verdicts: Sequence[Verdict]) -> str | None:
    """The key that proves a pending name."""
    proof = proves_ownership(verdicts)
    if proof == MX_KEY and needs_token(session, watched):
        return proves_ownership(verdict for verdict in verdicts if verdict.key != MX_KEY)
    return proof


def _keep(
    session: Session, watched: MailName, row: NameCheck | None, verdict: Verdict, now: datetime
) -> None:
    """Store a verdict in its row; "could not ask" beside what is there."""
    if row is None:
        row = CHECKS[type(watched)](watched_id=watched.id, key=verdict.key)
        session.add(row)
    elif verdict.kind is VerdictKind.UNKNOWN:
        row.failed_at, row.failure = now, verdict.to_json()
        return
    row.kind, row.verdict, row.checked_at = verdict.kind.value, verdict.to_json(), now
    row.failed_at = row.failure = None


def _set_next(
    watched: MailName, mx: Verdict | None, verdicts: Sequence[Verdict], now: datetime
) -> None:
    """Put the next check. One without the MX records is no whole one: it puts nothing off."""
    waits = [v.seconds or 0 for v in verdicts if v.kind is VerdictKind.NOT_IN_EFFECT]
    if mx is not None and mx.kind is VerdictKind.UNKNOWN:
        waits.append(0)
    wait = timedelta(seconds=min(waits)) if waits else None
    if mx is None:
        if wait is not None:
            bring_forward(watched, now, wait)
        return
    if mx.kind is not VerdictKind.UNKNOWN:
        watched.checked_at = now
    schedule(watched, now, wait=wait)


def take(session: Session, kind: Kind, *ids: int) -> bool:
    """Let other checks of the names wait until this transaction ends; False when all are gone.

    It must be the transaction's first statement: SQLite turns no old reader into a writer.
    """
    done = session.execute(
        update(kind)
        .where(kind.id.in_(ids))
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
