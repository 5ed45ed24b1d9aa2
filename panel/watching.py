"""One round of the watch: what is due is looked at, examined where it changed, and told of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.config import Settings
from panel.dns.asking import Asking, system_resolvers
from panel.dns.diagnosis import questions_for
from panel.dns.examination import Examination, Wanted, examine_all
from panel.dns.sweep import News, Swept, Watched, stream, sweep
from panel.orders.models import Domain
from panel.orders.schedule import is_quiet, schedule
from panel.orders.verification import asking_of, expected_of, keep_verdicts, take
from panel.orders.watch import claim_due, claimed
from panel.web.notices import queue_notice

ROUND = 64
"""Domains that are taken at once."""

log = logging.getLogger(__name__)


def check_due(session: Session, settings: Settings) -> int:
    """Check domains that are due, at most ROUND; how many. Each one's outcome is committed alone.

    Those where all is well are only asked whether they answer as before; the others, and what has
    changed, are examined. Needs an application context, for the words of the notices.
    """
    now, asking = settings.now(), asking_of(settings)
    ids = claim_due(session, now, ROUND)
    session.commit()
    domains = {domain.name: domain for domain in claimed(session, ids)}
    wanted = {name: Wanted(name, expected_of(session, of)) for name, of in domains.items()}
    quiet = [domain for domain in domains.values() if is_quiet(domain, now)]
    session.commit()  # nothing is held open while the DNS is asked
    changed = _glance(session, quiet, wanted, asking, settings)
    for domain in quiet:
        if domain.name not in changed:
            del wanted[domain.name]

    async def work() -> None:
        async for examined in examine_all(iter(wanted), wanted.get, asking):
            domain_id = domains[examined.domain].id
            _keep(session, domain_id, examined, changed.get(examined.domain), settings)

    asyncio.run(work())
    return len(ids)


def _glance(
    session: Session,
    quiet: Sequence[Domain],
    wanted: dict[str, Wanted],
    asking: Asking,
    settings: Settings,
) -> dict[str, str]:
    """Ask whether the domains answer as before, and put the next check of those that do.

    The others with their new digests. What could not be asked is no news.
    """
    watched = [
        Watched(d.name, tuple(sorted(questions_for(wanted[d.name].records))), d.dns_digest or "")
        for d in quiet
    ]
    swept = asyncio.run(_swept(watched, asking))
    for domain in quiet:
        if swept[domain.name].news is not News.CHANGED:
            schedule(domain, settings.now())
    session.commit()
    return {name: one.digest for name, one in swept.items() if one.news is News.CHANGED}


async def _swept(watched: Iterable[Watched], asking: Asking) -> dict[str, Swept]:
    servers = asking.resolvers or system_resolvers()
    return {one.domain: one async for one in sweep(stream(watched), servers)}


def _keep(
    session: Session, domain_id: int, examined: Examination, digest: str | None, settings: Settings
) -> None:
    """Keep what was found and queue the notice, in one transaction."""
    now = settings.now()
    try:
        take(session, domain_id)
        (domain,) = claimed(session, [domain_id])
        event = keep_verdicts(session, domain, examined.verdicts, by=SYSTEM, now=now)
        domain.dns_digest = digest or domain.dns_digest
        if event is not None:
            queue_notice(session, domain, event, settings, now)
        session.commit()
    except DBAPIError as error:  # the lease runs out, and it is due again
        session.rollback()
        log.warning("not kept: %s: %s", examined.domain, error)
