"""One round of the watch: what is due is examined, kept, and told of."""

from __future__ import annotations

import asyncio
import logging

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.config import Settings
from panel.dns.examination import Examination, Wanted, examine_all
from panel.orders.verification import asking_of, expected_of, keep_verdicts
from panel.orders.watch import claim_due, claimed
from panel.web.notices import queue_notice

ROUND = 64
"""Domains that are taken at once."""

log = logging.getLogger(__name__)


def check_due(session: Session, settings: Settings) -> int:
    """Check domains that are due, at most ROUND; how many. Each one's outcome is committed alone.

    Needs an application context, for the words of the notices.
    """
    ids = claim_due(session, settings.now(), ROUND)
    session.commit()
    domains = claimed(session, ids)
    taken = {domain.name: domain.id for domain in domains}
    wanted = {of.name: Wanted(of.name, expected_of(session, of)) for of in domains}
    session.commit()  # nothing is held open while the DNS is asked

    async def work() -> None:
        async for examined in examine_all(iter(wanted), wanted.get, asking_of(settings)):
            _keep(session, taken[examined.domain], examined, settings)

    asyncio.run(work())
    return len(ids)


def _keep(session: Session, domain_id: int, examined: Examination, settings: Settings) -> None:
    """Keep what was found and queue the notice, in one transaction."""
    now = settings.now()
    try:
        (domain,) = claimed(session, [domain_id])
        event = keep_verdicts(session, domain, examined.verdicts, by=SYSTEM, now=now)
        if event is not None:
            queue_notice(session, domain, event, settings, now)
        session.commit()
    except DBAPIError as error:  # the lease runs out, and it is due again
        session.rollback()
        log.warning("not kept: %s: %s", examined.domain, error)
