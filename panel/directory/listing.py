"""The list of a domain's users: search, filters, sorts, and all that is found, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from panel.database import begins, folded
from panel.directory.models import AutoReply, Forward, Mailbox, MailboxStatus
from panel.directory.usage import nearly_full
from panel.paging import CURSOR, Page, Sorting, read_page

BATCH = 200
FEW = 500


class UserFilter(StrEnum):
    """Which users are listed."""

    ALL = "all"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    DELETED = "deleted"
    FORWARDING = "forwarding"
    AUTO_REPLY = "auto_reply"
    FULL = "full"


class UserSort(StrEnum):
    """In which order the list stands."""

    ADDRESS = "address"
    NAME = "name"
    NEWEST = "newest"


@dataclass(frozen=True)
class UserSearch:
    """What is looked for; `text` begins the address or the name.

    `before` and `after` are the ids of the users that the neighbouring pages end and begin with.
    Those in the recycle bin are listed only where they are asked for; auto replies count until
    their end, if `now` is given.
    """

    text: str = ""
    which: UserFilter = UserFilter.ALL
    sort: UserSort = UserSort.ADDRESS
    after: int | None = None
    before: int | None = None
    now: datetime | None = None


def search_users(session: Session, domain_id: int, search: UserSearch) -> Page[Mailbox]:
    """One page of the domain's users."""
    query = _found(session, domain_id, search)
    sorting = SORTINGS[search.sort]
    return read_page(session, query, sorting, after=search.after, before=search.before)


def found_local_parts(session: Session, domain_id: int, search: UserSearch) -> Sequence[str]:
    """The addresses, without their domain, of all that the search finds."""
    found = _found(session, domain_id, search).with_only_columns(Mailbox.local_part)
    return session.scalars(found.order_by(Mailbox.local_part)).all()


def those_there(session: Session, domain_id: int, local_parts: Iterable[str]) -> list[str]:
    """Those of the names that a user has, sorted."""
    found: list[str] = []
    for some in batched(local_parts):
        here = Mailbox.local_part.in_(some)
        found += session.scalars(
            select(Mailbox.local_part).where(Mailbox.domain_id == domain_id, here)
        )
    return sorted(found)


def batched(local_parts: Iterable[str]) -> Iterator[list[str]]:
    """The names in order, each once, BATCH at a time: a query takes so many and no more."""
    wanted = sorted(set(local_parts))
    for first in range(0, len(wanted), BATCH):
        yield wanted[first : first + BATCH]


def each_user(
    session: Session, domain_id: int, local_parts: Sequence[str]
) -> Iterator[Sequence[Mailbox]]:
    """The named users, some BATCH at a time, by address; names that nobody has are left out."""
    for some in batched(local_parts):
        here = Mailbox.local_part.in_(some)
        query = select(Mailbox).where(Mailbox.domain_id == domain_id, here)
        yield session.scalars(query.order_by(Mailbox.local_part)).all()


def _sorting(*keys: InstrumentedAttribute[Any], falls: bool = False) -> Sorting[Mailbox]:
    return Sorting(keys, select(*keys).where(Mailbox.id == CURSOR), attrgetter("id"), falls)


SORTINGS = {
    UserSort.ADDRESS: _sorting(Mailbox.local_part),
    UserSort.NAME: _sorting(Mailbox.name, Mailbox.id),
    UserSort.NEWEST: _sorting(Mailbox.id, falls=True),
}


def _found(session: Session, domain_id: int, search: UserSearch) -> Select[Mailbox]:
    query = select(Mailbox).where(Mailbox.domain_id == domain_id, _is(search.which, search.now))
    if search.text:
        query = query.where(_beginning(session, domain_id, folded(search.text)))
    return query


def _beginning(session: Session, domain_id: int, low: str) -> ColumnElement[bool]:
    """Users whose address or name begins so.

    Few are found in the indexes and named one by one; where there are many, walking the list soon
    has a page of them. Named in the statement itself: as values PostgreSQL plans for any of them,
    and compares each row with all.
    """
    ranges = [begins(key, low) for key in (Mailbox.local_key, Mailbox.name_key)]
    here = select(Mailbox.id).where(Mailbox.domain_id == domain_id)
    found = union_all(*(here.where(near) for near in ranges)).limit(FEW + 1)
    ids = session.scalars(found).all()
    named: BindParameter[int] = bindparam("named", ids, expanding=True, literal_execute=True)
    return Mailbox.id.in_(named) if len(ids) <= FEW else or_(*ranges)


def _is(which: UserFilter, now: datetime | None) -> ColumnElement[bool]:
    there = Mailbox.deleted_at.is_(None)
    forwards = exists().where(
        Forward.domain_id == Mailbox.domain_id, Forward.local_part == Mailbox.local_part
    )
    answers = exists().where(AutoReply.mailbox_id == Mailbox.id, AutoReply.enabled)
    if now is not None:
        answers = answers.where(or_(AutoReply.ends_at.is_(None), AutoReply.ends_at > now))
    return {
        UserFilter.ALL: there,
        UserFilter.ACTIVE: and_(there, Mailbox.status == MailboxStatus.ACTIVE),
        UserFilter.SUSPENDED: and_(there, Mailbox.status == MailboxStatus.SUSPENDED),
        UserFilter.DELETED: Mailbox.deleted_at.is_not(None),
        UserFilter.FORWARDING: and_(there, forwards),
        UserFilter.AUTO_REPLY: and_(there, answers),
        UserFilter.FULL: and_(there, nearly_full()),
    }[which]
