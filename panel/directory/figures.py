"""The figures of a domain, at a cost that does not grow with its users."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Integer, and_, cast, func, select, update
from sqlalchemy.orm import Session

from panel.directory.models import (
    DomainUsage,
    ForwardOnly,
    Mailbox,
    MailboxStatus,
    MailboxUsage,
)
from panel.directory.queries import caught_by
from panel.directory.usage import WARN_AT
from panel.orders.models import Domain
from panel.outbox.models import OutboxMail, OutboxState

COUNT_AGAIN = timedelta(seconds=30)
"""A domain is not counted more often than that."""
AT_ONCE = 200
"""Domains that are counted in one transaction."""


@dataclass(frozen=True)
class Figures:
    """How many of what a domain has. `usage` is None as long as nothing is known of any mailbox.

    `catch_all` is the local part that takes what nothing holds; None: it is bounced.
    """

    suspended: int
    in_bin: int
    forward_only: int
    catch_all: str | None
    sheets_mailed: bool
    usage: DomainUsage | None

    @property
    def handed_out(self) -> bool:
        """Whether users have got their settings, as far as anybody can know."""
        return self.sheets_mailed or (self.usage is not None and self.usage.used_bytes > 0)


def figures_of(session: Session, domain: Domain) -> Figures:
    """The figures of a domain, in two questions."""
    here = Mailbox.domain_id == domain.id
    suspended = and_(here, Mailbox.status == MailboxStatus.SUSPENDED, Mailbox.deleted_at.is_(None))
    mailed = select(OutboxMail.id).where(
        OutboxMail.domain_id == domain.id,
        OutboxMail.purpose == "sheet",
        OutboxMail.state == OutboxState.SENT,
    )
    suspended_there, in_bin, forward_only, catch_all, mailed_any = session.execute(
        select(
            select(func.count()).where(suspended).scalar_subquery(),
            select(func.count()).where(here, Mailbox.deleted_at.is_not(None)).scalar_subquery(),
            select(func.count()).where(ForwardOnly.domain_id == domain.id).scalar_subquery(),
            caught_by(domain.id).scalar_subquery(),
            mailed.exists(),
        )
    ).one()
    usage = session.get(DomainUsage, domain.id)
    return Figures(suspended_there, in_bin, forward_only, catch_all, mailed_any, usage)


def count_stale(session: Session, now: datetime) -> int:
    """Count the domains in which something has changed; how many, at most AT_ONCE."""
    due = (
        select(DomainUsage.domain_id)
        .where(DomainUsage.is_stale, DomainUsage.counted_at <= now - COUNT_AGAIN)
        .order_by(DomainUsage.counted_at)
        .limit(AT_ONCE)
    )
    # written before the mailboxes are read: who marks one now waits, and it is counted again
    ids = session.scalars(
        update(DomainUsage)
        .where(DomainUsage.domain_id.in_(due))
        .values(is_stale=False, counted_at=now)
        .returning(DomainUsage.domain_id)
        .execution_options(synchronize_session=False)
    ).all()
    if ids:
        _count(session, ids)
    return len(ids)


def _count(session: Session, ids: Iterable[int]) -> None:
    used, quota = MailboxUsage.used_bytes, Mailbox.quota_bytes
    full = and_(quota > 0, used >= quota)
    nearly = and_(quota > 0, used < quota, used * 100 >= quota * WARN_AT)
    rows = session.execute(
        select(
            Mailbox.domain_id,
            func.sum(used),
            func.sum(cast(nearly, Integer)),
            func.sum(cast(full, Integer)),
        )
        .join(MailboxUsage, MailboxUsage.mailbox_id == Mailbox.id)
        .where(Mailbox.domain_id.in_(list(ids)), Mailbox.deleted_at.is_(None))
        .group_by(Mailbox.domain_id)
    )
    counted = {id_: (int(held), some, many) for id_, held, some, many in rows}
    for row in session.scalars(select(DomainUsage).where(DomainUsage.domain_id.in_(list(ids)))):
        row.used_bytes, row.nearly_full, row.full_up = counted.get(row.domain_id, (0, 0, 0))
    session.flush()
