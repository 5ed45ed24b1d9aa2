"""How a name's MX records stand from check to check, and what its people are told of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import update
from sqlalchemy.orm import Session

from panel.accounts.access import Actor
from panel.accounts.audit import record
from panel.dns.verdicts import GOOD, Verdict, VerdictKind
from panel.orders.models import DnsState, MailName

ALERT_AFTER = timedelta(hours=1)
CONFIRMED = 2
"""So many checks in a row must have found the fault before anybody is told."""


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

    An active name's fault begins `fault_since`; it is told of once it is confirmed, and that it
    is over. "Could not ask" changes nothing.
    """
    if verdict.kind is VerdictKind.UNKNOWN:
        return None
    state = STATES.get(verdict.kind, DnsState.WRONG)
    if state is not watched.dns_state:
        _turn(session, watched, state, verdict, by=by, now=now)
    if watched.activated_at is None or state is DnsState.WAITING:
        return None
    return _clear(watched) if state is DnsState.RIGHT else _suspect(session, watched, now)


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
    watched.fault_since = watched.alerted_at = None
    return Event.MX_RIGHT if told else None


def _suspect(session: Session, watched: MailName, now: datetime) -> Event | None:
    watched.fault_since = watched.fault_since or now
    lasts = now - watched.fault_since >= ALERT_AFTER and watched.check_tries >= CONFIRMED
    if watched.alerted_at is not None or not lasts:
        return None
    return Event.MX_WRONG if first_to_set(session, watched, "alerted_at", now) else None
