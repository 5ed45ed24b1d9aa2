"""When a name's DNS is checked next: often while it is pending, daily while all is well."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from panel.orders.models import DnsState, MailName

PENDING = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 20, 40, 60))
"""Pauses between the checks of a pending name; the last one goes on."""
PENDING_FOR = timedelta(days=14)
DAILY = timedelta(days=1)
CONFIRMING = timedelta(minutes=15)
"""Pause between checks that confirm or clear that an active name's mail is lost."""
FAULTY = timedelta(hours=2)
"""The same once its people have been told, or where there is nothing to tell."""
WHOLE_EVERY = timedelta(days=7)
JITTER = 0.1
"""By so much of itself a pause is longer or shorter, so that checks spread out."""


def watch_anew(watched: MailName, now: datetime) -> None:
    """Begin to watch: a new name, an order that runs again, or somebody who has looked at it."""
    watched.watched_from, watched.check_tries = now, 0
    watched.next_check_at = now + _about(PENDING[0])


def is_quiet(watched: MailName, now: datetime) -> bool:
    """Whether a glance will do: all was well, and a whole check was not long ago."""
    known = watched.checked_at is not None and now - watched.checked_at < WHOLE_EVERY
    return known and watched.activated_at is not None and watched.dns_state is DnsState.RIGHT


def schedule(watched: MailName, now: datetime, *, wait: timedelta | None = None) -> None:
    """Set the next check after one that was just made. A pending name is given up in the end.

    `wait`: something is open that may be known after so long; it is checked as soon, then less
    and less often.
    """
    watched.check_tries += 1
    step = PENDING[min(watched.check_tries, len(PENDING)) - 1]
    pause = DAILY
    if watched.activated_at is None:
        if now - (watched.watched_from or now) >= PENDING_FOR:
            watched.next_check_at = None
            return
        pause = step
    elif watched.dns_state is DnsState.WRONG:
        confirming = watched.mx_faults > 0 and watched.alerted_at is None
        pause = CONFIRMING if confirming else FAULTY
    elif wait is not None:
        pause = min(max(wait / (1 - JITTER), step), DAILY)
    watched.next_check_at = now + _about(pause)


def bring_forward(watched: MailName, now: datetime, wait: timedelta) -> None:
    """Check, after so long, what is open; never later than it would be checked anyhow."""
    soon = now + _about(max(wait / (1 - JITTER), PENDING[0]))
    if watched.next_check_at is not None:
        watched.next_check_at = min(watched.next_check_at, soon)


def _about(pause: timedelta) -> timedelta:
    """The pause with its jitter."""
    parts = 10_000
    share = (2 * secrets.randbelow(parts) / parts - 1) * JITTER
    return pause * (1 + share)
