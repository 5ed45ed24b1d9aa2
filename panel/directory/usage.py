"""What mailboxes hold and may hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, and_, exists, func, select, update
from sqlalchemy.orm import Session, contains_eager

from panel.directory.models import DomainUsage, Mailbox, MailboxStatus, MailboxUsage
from panel.engine.usage import Reading
from panel.orders.models import Domain, Order, OrderStatus

WARN_AT, CALM_BELOW = 90, 80
"""Percent of the quota at which a user is warned, and below which that is forgotten."""
AT_ONCE = 500
KB = 1024
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Usage:
    """What a mailbox holds of what it may hold, in bytes (a quota of 0: without limit).

    `read_at` is when Dovecot counted it last; None: not known yet.
    """

    used_bytes: int
    quota_bytes: int
    messages: int
    read_at: datetime | None

    @property
    def percent(self) -> int:
        """How full it is in whole percent, rounded down; over 100 when it is over its quota."""
        return self.used_bytes * 100 // self.quota_bytes if self.quota_bytes else 0


@dataclass(frozen=True)
class Unread:
    """A user of whom nothing is known; Dovecot knows only those that work."""

    mailbox_id: int
    address: str
    storage_key: str
    works: bool


def usage_of(session: Session, mailboxes: Iterable[Mailbox]) -> dict[int, Usage]:
    """The usage of each of these mailboxes by its id, in one query."""
    quotas = {mailbox.id: mailbox.quota_bytes for mailbox in mailboxes}
    if not quotas:
        return {}
    known = _rows(session, quotas)
    return {
        key: Usage(row.used_bytes, quota, row.messages, row.read_at)
        if (row := known.get(key))
        else Usage(0, quota, 0, None)
        for key, quota in quotas.items()
    }


def nearly_full() -> ColumnElement[bool]:
    """Of a mailbox in a query: whether its user is, or should be, warned. Full ones count too."""
    enough = MailboxUsage.used_bytes * 100 >= Mailbox.quota_bytes * WARN_AT
    found = exists().where(MailboxUsage.mailbox_id == Mailbox.id, enough)
    return and_(Mailbox.quota_bytes > 0, found.correlate(Mailbox))


def look_again(session: Session, mailbox: Mailbox) -> None:
    """After something has changed that bears on how full a mailbox is, or its domain."""
    here = MailboxUsage.mailbox_id == mailbox.id
    session.execute(update(MailboxUsage).where(here).values(is_new=True))


def last_reading(session: Session) -> datetime:
    """The time of the newest reading that was kept."""
    return session.scalar(select(func.max(MailboxUsage.read_at))) or LONG_AGO


def by_mailbox(session: Session, readings: Sequence[Reading]) -> dict[int, Reading]:
    """What Dovecot has written, at most AT_ONCE, by the mailbox's id; of those who are there."""
    some = {reading.storage_key: reading for reading in readings}
    ids = session.execute(
        select(Mailbox.storage_key, Mailbox.id).where(Mailbox.storage_key.in_(some))
    )
    return {id_: some[key] for key, id_ in ids}


def keep(session: Session, readings: Mapping[int, Reading]) -> list[int]:
    """Keep readings by the mailbox's id, unless a newer one is known; those that were kept."""
    known, kept = _rows(session, readings), list[int]()
    for key, reading in readings.items():
        row = known.get(key)
        if row is None:
            row = MailboxUsage(mailbox_id=key, read_at=LONG_AGO)
            session.add(row)
        if row.read_at < reading.read_at:
            row.used_bytes, row.messages = reading.used_bytes, reading.messages
            row.read_at, row.is_new = reading.read_at, True
            kept.append(key)
    session.flush()
    return kept


def correct(session: Session, told: Mapping[int, Reading]) -> None:
    """Keep what Dovecot says of mailboxes when it is asked, in whole KB, where it differs."""
    known = _rows(session, told)
    keep(session, {key: one for key, one in told.items() if not _agree(known.get(key), one)})


def _agree(row: MailboxUsage | None, told: Reading) -> bool:
    """But for the rounding to whole KB."""
    return (
        row is not None
        and row.messages == told.messages
        and 0 <= told.used_bytes - row.used_bytes < KB
    )


def _rows(session: Session, ids: Iterable[int]) -> dict[int, MailboxUsage]:
    rows = session.scalars(select(MailboxUsage).where(MailboxUsage.mailbox_id.in_(ids)))
    return {row.mailbox_id: row for row in rows}


def last_mailbox(session: Session) -> int:
    """The highest id of a user; 0 when there is none."""
    return session.scalar(select(func.max(Mailbox.id))) or 0


def unread(session: Session, after: int, limit: int) -> Sequence[Unread]:
    """Users of whom nothing is known, by id."""
    rows = session.execute(
        select(
            Mailbox.id, Mailbox.local_part + "@" + Domain.name, Mailbox.storage_key, and_(*_WORKS)
        )
        .join(Mailbox.domain)
        .join(Domain.order)
        .outerjoin(MailboxUsage, MailboxUsage.mailbox_id == Mailbox.id)
        .where(Mailbox.id > after, MailboxUsage.mailbox_id.is_(None))
        .order_by(Mailbox.id)
        .limit(limit)
    )
    return [Unread(*row) for row in rows]


def working(session: Session, ids: Sequence[int]) -> dict[str, int]:
    """Those of these users whom Dovecot knows, by address."""
    query = select(Mailbox.local_part + "@" + Domain.name, Mailbox.id)
    query = query.join(Mailbox.domain).join(Domain.order)
    return dict(session.execute(query.where(Mailbox.id.in_(ids), *_WORKS)).all())


_WORKS = (
    Mailbox.status == MailboxStatus.ACTIVE,
    Mailbox.deleted_at.is_(None),
    Domain.activated_at.is_not(None),
    Order.status == OrderStatus.ACTIVE,
)


def take_to_warn(session: Session, now: datetime) -> Sequence[tuple[Mailbox, Usage]]:
    """Users who have to be told that their mailbox is nearly full; each of them counts as told.

    At most AT_ONCE are looked at. Their `domain` and its `order` are loaded. A full mailbox without
    an alternate address cannot be told: it counts as told when there was room for it.
    """
    new = select(MailboxUsage.mailbox_id).where(MailboxUsage.is_new).limit(AT_ONCE)
    # written before the quotas are read: who sets one now waits, and it is looked at again
    ids = session.scalars(
        update(MailboxUsage)
        .where(MailboxUsage.mailbox_id.in_(new))
        .values(is_new=False)
        .returning(MailboxUsage.mailbox_id)
        .execution_options(synchronize_session=False)
    ).all()
    if not ids:
        return []
    _mark_stale(session, ids)
    rows = session.execute(
        select(Mailbox, MailboxUsage)
        .join(MailboxUsage, MailboxUsage.mailbox_id == Mailbox.id)
        .join(Mailbox.domain)
        .join(Domain.order)
        .options(contains_eager(Mailbox.domain).contains_eager(Domain.order))
        .where(Mailbox.id.in_(ids), *_WORKS)
        .execution_options(populate_existing=True)
    )
    told = []
    for mailbox, row in rows:
        usage = Usage(row.used_bytes, mailbox.quota_bytes, row.messages, row.read_at)
        if usage.percent < CALM_BELOW:
            row.warned_at = None
        elif usage.percent >= WARN_AT and row.warned_at is None and _can_be_told(mailbox, usage):
            row.warned_at = now
            told.append((mailbox, usage))
    session.flush()
    return told


def _can_be_told(mailbox: Mailbox, usage: Usage) -> bool:
    return usage.percent < 100 or mailbox.alternate_email is not None


def _mark_stale(session: Session, mailbox_ids: Iterable[int]) -> None:
    """Let the domains of these mailboxes be counted anew (panel.directory.figures)."""
    wanted = select(Mailbox.domain_id).where(Mailbox.id.in_(mailbox_ids)).distinct()
    domains = set(session.scalars(wanted))
    known = session.scalars(
        update(DomainUsage)
        .where(DomainUsage.domain_id.in_(domains))
        .values(is_stale=True)
        .returning(DomainUsage.domain_id)
        .execution_options(synchronize_session=False)
    )
    new = domains - set(known)
    session.add_all(DomainUsage(domain_id=id_, counted_at=LONG_AGO) for id_ in new)
