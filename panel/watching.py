"""One round of the watch: what is due is looked at, examined where it changed, and told of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from panel.accounts.access import SYSTEM
from panel.config import Settings
from panel.dns.asking import Asking, system_resolvers
from panel.dns.diagnosis import questions_for
from panel.dns.examination import Examination, Wanted, examine_all
from panel.dns.sweep import News, Swept, Watched, stream, sweep
from panel.orders.models import Domain, DomainAlias, Kind, MailName
from panel.orders.schedule import is_quiet, schedule
from panel.orders.verification import asking_of, expected_of, keep_verdicts, take
from panel.orders.watch import claim_due, claimed
from panel.web.notices import queue_notice

ROUND = 64
"""Names of a kind that are taken at once."""

log = logging.getLogger(__name__)


def check_due(session: Session, settings: Settings) -> int:
    """Check domains and alias domains that are due, at most ROUND each; how many."""
    return sum(_check(session, kind, settings) for kind in (Domain, DomainAlias))


def _check(session: Session, kind: Kind, settings: Settings) -> int:
    """Check what is due of a kind; how many. Each one's outcome is committed alone.

    Those where all is well are only asked whether they answer as before; the others, and what has
    changed, are examined. Needs an application context, for the words of the notices.
    """
    now, asking = settings.now(), asking_of(settings)
    ids = claim_due(session, kind, now, ROUND)
    session.commit()
    if not ids:
        return 0
    names = claimed(session, kind, ids)
    rows = {one.name: (kind, one.id) for one in names}
    wanted = {one.name: Wanted(one.name, expected_of(session, one)) for one in names}
    quiet = {one.name: one for one in names if is_quiet(one, now)}
    session.commit()  # nothing is held open while the DNS is asked
    changed = _glance(session, quiet.values(), wanted, asking, settings)
    for name in quiet.keys() - changed.keys():
        del wanted[name]

    async def work() -> None:
        async for examined in examine_all(iter(wanted), wanted.get, asking):
            name = examined.domain
            _keep(session, rows[name], examined, changed.get(name), settings)

    asyncio.run(work())
    return len(ids)


def _glance(
    session: Session,
    quiet: Collection[MailName],
    wanted: dict[str, Wanted],
    asking: Asking,
    settings: Settings,
) -> dict[str, str]:
    """Ask whether the names answer as before, and put the next check of those that do.

    The others with their new digests. What could not be asked is no news.
    """
    watched = [
        Watched(d.name, tuple(sorted(questions_for(wanted[d.name].records))), d.dns_digest or "")
        for d in quiet
    ]
    swept = asyncio.run(_swept(watched, asking))
    for one in quiet:
        if swept[one.name].news is not News.CHANGED:
            schedule(one, settings.now())
    try:
        session.commit()
    except StaleDataError:  # an alias is gone since: the others are due again when the lease ends
        session.rollback()
    return {name: one.digest for name, one in swept.items() if one.news is News.CHANGED}


async def _swept(watched: Iterable[Watched], asking: Asking) -> dict[str, Swept]:
    servers = asking.resolvers or system_resolvers()
    return {one.domain: one async for one in sweep(stream(watched), servers)}


def _keep(
    session: Session,
    row: tuple[Kind, int],
    examined: Examination,
    digest: str | None,
    settings: Settings,
) -> None:
    """Keep what was found and queue the notice, in one transaction."""
    now, (kind, row_id) = settings.now(), row
    try:
        if take(session, kind, row_id):
            (watched,) = claimed(session, kind, [row_id])
            event = keep_verdicts(session, watched, examined.verdicts, by=SYSTEM, now=now)
            watched.dns_digest = digest or watched.dns_digest
            if event is not None:
                queue_notice(session, watched, event, settings, now)
        session.commit()
    except DBAPIError as error:  # the lease runs out, and it is due again
        session.rollback()
        log.warning("not kept: %s: %s", examined.domain, error)
