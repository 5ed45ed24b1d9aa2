"""One round of the watch: what is due is looked at, examined where it changed, and told of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import blake2b

from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.config import Settings
from panel.dns.asking import Asking, system_resolvers
from panel.dns.diagnosis import questions_for
from panel.dns.examination import Examination, Wanted, examine_all
from panel.dns.fingerprint import SIZE
from panel.dns.names import is_within
from panel.dns.records import ExpectedRecord
from panel.dns.sweep import News, Swept, Watched, stream, sweep
from panel.orders.dns_log import keep_log
from panel.orders.models import Domain, DomainAlias, Kind, MailName
from panel.orders.schedule import is_quiet, schedule
from panel.orders.verification import asking_of, expected_of_all, keep_verdicts, take
from panel.orders.watch import LEASE, claim_due, claimed
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
    expected = expected_of_all(session, names)
    wanted = {name: Wanted(name, records) for name, records in expected.items()}
    quiet = {one.name: one for one in names if is_quiet(one, now)}
    session.commit()  # nothing is held open while the DNS is asked
    swept = _glance(quiet.values(), wanted, asking)
    began = settings.now()
    passed = _passed(swept)
    news = {rows[name][1]: swept[name].news for name in passed}
    _put_off(session, kind, news, now + LEASE, began)
    for name in passed:
        del wanted[name]

    async def work() -> None:
        async for examined in examine_all(iter(wanted), wanted.get, asking):
            name = examined.domain
            digest = _blend(swept[name].digest, expected[name]) if name in swept else ""
            _keep(session, rows[name], examined, digest, settings, now=began)

    asyncio.run(work())
    return len(ids)


def _glance(
    quiet: Collection[MailName], wanted: dict[str, Wanted], asking: Asking
) -> dict[str, Swept]:
    """Ask whether the names answer as before, each only of what is its own."""
    watched = []
    for one in quiet:
        records = wanted[one.name].records
        own = sorted(q for q in questions_for(records) if is_within(q.name, one.name))
        watched.append(Watched(one.name, tuple(own), _blend(one.dns_digest or "", records)))
    return asyncio.run(_swept(watched, asking))


def _blend(digest: str, records: tuple[ExpectedRecord, ...]) -> str:
    """The digest of answers as it is kept, or that of what is kept: where other records are wanted
    it is another one.
    """
    if not digest:
        return ""
    expected = blake2b(repr(records).encode(), digest_size=SIZE).hexdigest()
    return f"{int(digest, 16) ^ int(expected, 16):0{2 * SIZE}x}"


def _passed(swept: dict[str, Swept]) -> set[str]:
    """The names that need not be examined: they answer as before, or the resolvers are away."""
    if len(swept) > 1 and not any(_is_answered(one) for one in swept.values()):
        return set(swept)
    return {name for name, one in swept.items() if one.news is News.SAME}


def _is_answered(swept: Swept) -> bool:
    answers = swept.answers.values()
    return swept.news is not News.UNASKED or any(answer.is_answered for answer in answers)


def _put_off(
    session: Session, kind: Kind, passed: Mapping[int, News], lease: datetime, now: datetime
) -> None:
    """Set the next check of names, by id, unless somebody has done so since they were taken."""
    ids = list(passed)
    if ids and take(session, kind, *ids):
        for one in claimed(session, kind, ids):
            if one.next_check_at == lease:
                unasked = passed[one.id] is News.UNASKED
                schedule(one, now, wait=timedelta() if unasked else None)
    session.commit()


async def _swept(watched: Iterable[Watched], asking: Asking) -> dict[str, Swept]:
    servers = asking.resolvers or system_resolvers()
    return {one.domain: one async for one in sweep(stream(watched), servers)}


def _keep(
    session: Session,
    row: tuple[Kind, int],
    examined: Examination,
    digest: str,
    settings: Settings,
    *,
    now: datetime,
) -> None:
    """Keep what was found by an asking that began `now`, and queue the notice, together."""
    kind, row_id = row
    try:
        if take(session, kind, row_id):
            (watched,) = claimed(session, kind, [row_id])
            event = keep_verdicts(
                session, watched, examined.verdicts, by=SYSTEM, now=now, digest=digest
            )
            keep_log(session, watched, examined, now)
            if event is not None:
                queue_notice(session, watched, event, settings, now)
        session.commit()
    except Exception:  # whatever it was: the lease runs out, and this one alone is due again
        session.rollback()
        log.exception("not kept: %s", examined.domain)
