"""When a domain's DNS is checked next: often while it is pending, daily while all is well."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from panel.orders.models import DnsState, Domain

PENDING = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 20, 40, 60))
"""Pauses between the checks of a pending domain; the last one goes on."""
PENDING_FOR = timedelta(days=14)
DAILY = timedelta(days=1)
CONFIRMING = timedelta(minutes=15)
"""Pause between checks that confirm or clear a fault of an active domain."""
FAULTY = timedelta(hours=2)
"""The same once its people have been told."""
WHOLE_EVERY = timedelta(days=7)
JITTER = 0.1
"""By so much of itself a pause is longer or shorter, so that checks spread out."""


def watch_anew(domain: Domain, now: datetime) -> None:
    """Begin to watch: a new order, one that runs again, or somebody who has looked at it."""
    domain.watched_from, domain.check_tries = now, 0
    domain.next_check_at = now + _about(PENDING[0])


def is_quiet(domain: Domain, now: datetime) -> bool:
    """Whether a glance will do: all was well, and a whole check was not long ago."""
    known = domain.checked_at is not None and now - domain.checked_at < WHOLE_EVERY
    return known and domain.activated_at is not None and domain.dns_state is DnsState.RIGHT


def schedule(domain: Domain, now: datetime) -> None:
    """Set the next check after one that was just made. A pending domain is given up in the end."""
    domain.check_tries += 1
    if domain.activated_at is None:
        began = domain.watched_from or now
        pause = PENDING[min(domain.check_tries, len(PENDING)) - 1]
        domain.next_check_at = now + _about(pause) if now - began < PENDING_FOR else None
    elif domain.dns_state is DnsState.WRONG:
        domain.next_check_at = now + _about(FAULTY if domain.alerted_at else CONFIRMING)
    else:
        domain.next_check_at = now + _about(DAILY)


def _about(pause: timedelta) -> timedelta:
    """The pause with its jitter."""
    parts = 10_000
    share = (2 * secrets.randbelow(parts) / parts - 1) * JITTER
    return pause * (1 + share)
