"""How a name's MX records stand from check to check, and what its people are told of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import update
from sqlalchemy.orm import Session

from panel.accounts.access import Actor
from panel.accounts.audit import record
from panel.dns.verdicts import GOOD, Reason, Verdict, VerdictKind
from panel.orders.models import DnsState, MailName, Proof

ALERT_AFTER = timedelta(hours=1)
CONFIRMED = 3
"""So many checks in a row must have found that mail is lost before anybody is told."""
DIFFER_FOR = timedelta(days=1)
"""Name servers that differ for longer than this are a fault."""


class Event(StrEnum):
    """What the notification address of a domain is told, once."""

    ACTIVATED = "activated"
    MX_WRONG = "mx_wrong"
    MX_RIGHT = "mx_right"


STATES = {VerdictKind.NOT_IN_EFFECT: DnsState.WAITING} | dict.fromkeys(GOOD, DnsState.RIGHT)


def note_mx(
    session: Session, watched: MailName, verdict: Verdict, *, by: Actor, now: datetime
) -> Event | None:
    """Note how the MX records stand; a change of their state is audited.

    An active name's fault begins `fault_since`, unless its mail has never come here yet. Where mail
    is lost by it, it is told of once it is confirmed, and that it is over. "Could not ask" changes
    nothing.
    """
    if verdict.kind is VerdictKind.UNKNOWN:
        return None
    state = STATES.get(verdict.kind, DnsState.WRONG)
    if state is not watched.dns_state:
        _turn(session, watched, state, verdict, by=by, now=now)
    if state is DnsState.RIGHT:
        return _clear(watched)
    came_here = watched.was_right or watched.activated_by is Proof.MX
    if watched.activated_at is None or not came_here:
        return None
    if state is DnsState.WAITING and not _differs_for_long(watched, verdict, now):
        watched.mx_faults = 0
        return None
    watched.fault_since = watched.fault_since or now
    watched.mx_faults = watched.mx_faults + 1 if _loses_mail(verdict) else 0
    return _alert(session, watched, now)


def first_to_set(session: Session, watched: MailName, column: str, now: datetime) -> bool:
    """Set a time that was never set; False when another process was faster."""
    here = getattr(type(watched), column)
    done = session.execute(
        update(type(watched))
        .where(type(watched).id == watched.id, here.is_(None))
        .values({column: now})
        .execution_options(synchronize_session=False)
    )
    session.refresh(watched, [column])
    return bool(done.rowcount)  # type: ignore[attr-defined]


def _turn(
    session: Session,
    watched: MailName,
    state: DnsState,
    verdict: Verdict,
    *,
    by: Actor,
    now: datetime,
) -> None:
    before = watched.dns_state
    watched.dns_state, watched.dns_state_since, watched.check_tries = state, now, 0
    record(
        session,
        by,
        "dns.state",
        watched.name,
        now=now,
        customer_id=watched.main.order.customer_id,
        domain_id=watched.main.id,
        before=before.value,
        state=state.value,
        reason=verdict.reason.value,
    )


def _clear(watched: MailName) -> Event | None:
    told = watched.alerted_at is not None
    watched.was_right, watched.mx_faults = True, 0
    watched.fault_since = watched.alerted_at = None
    return Event.MX_RIGHT if told else None


def _differs_for_long(watched: MailName, verdict: Verdict, now: datetime) -> bool:
    since = watched.dns_state_since or now
    return verdict.reason is Reason.SERVERS_DIFFER and now - since >= DIFFER_FOR


def _loses_mail(verdict: Verdict) -> bool:
    """Another host takes the mail, or none of ours is there: with one of ours all mail arrives."""
    none_is_there = all(row.kind not in GOOD for row in verdict.rows)
    return verdict.kind is VerdictKind.DANGEROUS or none_is_there


def _alert(session: Session, watched: MailName, now: datetime) -> Event | None:
    lasts = watched.fault_since is not None and now - watched.fault_since >= ALERT_AFTER
    if watched.alerted_at is not None or not lasts or watched.mx_faults < CONFIRMED:
        return None
    return Event.MX_WRONG if first_to_set(session, watched, "alerted_at", now) else None
