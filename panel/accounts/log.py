"""Reading the audit log: what an actor may see of it, filtered, page by page or all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

import idna
from sqlalchemy import ColumnElement, Select, func, or_, select, union_all
from sqlalchemy.orm import Session

from panel.accounts.access import Actor, within_reach
from panel.accounts.models import ActorKind, AuditEntry, AuditKind, Login, Role
from panel.database import begins
from panel.paging import CURSOR, Page, Sorting, each_row, read_page

FEW = 1000
MOST_PEOPLE = 200
SLACK = timedelta(days=1)
"""Entries lie in the order of their times, but for long transactions and clocks set anew."""
NEARBY = timedelta(days=30)
"""An entry farther away is no landmark: a clock may have been quite wrong when it was written."""


@dataclass(frozen=True)
class LogSearch:
    """What is looked for; `text` begins what was acted on.

    `domain_id` limits it to a domain, which must be within the actor's reach. `who` is the id of a
    login or a kind of actor. `since` is the first moment of the period, `until` the one after it.
    `after` and `before` are ids of entries, as in every list.
    """

    domain_id: int | None = None
    text: str = ""
    kind: AuditKind | None = None
    who: ActorKind | int | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: int | None = None
    before: int | None = None


NEWEST_FIRST: Sorting[AuditEntry] = Sorting(
    (AuditEntry.id,),
    select(AuditEntry.id).where(AuditEntry.id == CURSOR),
    attrgetter("id"),
    falls=True,
)


def search_log(session: Session, actor: Actor, search: LogSearch) -> Page[AuditEntry]:
    """One page of what is found, the newest first; a fixed number of queries."""
    query = _found(session, actor, search)
    return read_page(session, query, NEWEST_FIRST, after=search.after, before=search.before)


def each_entry(session: Session, actor: Actor, search: LogSearch) -> Iterator[AuditEntry]:
    """All that is found, the newest first, read in pages by their key."""
    query = _found(session, actor, search)
    return each_row(session, query, AuditEntry.id, attrgetter("id"))


def last_entries(session: Session, domain_id: int, subject: str, most: int) -> Sequence[AuditEntry]:
    """The newest entries about one address of a domain."""
    return session.scalars(
        select(AuditEntry)
        .where(AuditEntry.domain_id == domain_id, AuditEntry.subject == subject)
        .order_by(AuditEntry.id.desc())
        .limit(most)
    ).all()


def people(session: Session, actor: Actor, customer_id: int | None) -> Sequence[Login]:
    """Whom the log may be filtered by, by name: the customer's logins, for the operator its staff.

    `customer_id` is whose domain the log is of, if it is a domain's.
    """
    seen = within_reach(actor, Login.customer_id)
    if actor.is_operator:
        seen = or_(Login.role == Role.OPERATOR, Login.customer_id == customer_id)
    return session.scalars(
        select(Login).where(seen).order_by(Login.name, Login.id).limit(MOST_PEOPLE)
    ).all()


def customer_of(session: Session, email: str) -> int | None:
    """Whose login has that address, if it is a customer's: whom a failed sign-in concerns."""
    return session.scalar(select(Login.customer_id).where(Login.email == email))


def _found(session: Session, actor: Actor, search: LogSearch) -> Select[AuditEntry]:
    if search.domain_id is not None:
        scope = AuditEntry.domain_id == search.domain_id
    else:
        scope = within_reach(actor, AuditEntry.customer_id)
    conditions = [scope]
    if search.kind is not None:
        conditions.append(AuditEntry.kind == search.kind)
    if isinstance(search.who, ActorKind):
        conditions.append(AuditEntry.actor_kind == search.who)
    elif search.who is not None:
        conditions.append(AuditEntry.actor_id == search.who)
    if search.since is not None:
        conditions += _since(session, search.since)
    if search.until is not None:
        conditions += _until(session, search.until)
    if search.text:
        conditions.append(_begins(session, scope, search.text))
    return select(AuditEntry).where(*conditions)


def _since(session: Session, moment: datetime) -> list[ColumnElement[bool]]:
    """From a time on, said by ids too: they are what the log is read by."""
    at, falls = AuditEntry.at, (AuditEntry.at.desc(), AuditEntry.id.desc())
    beyond = select(AuditEntry.id).where(at < moment - SLACK, at >= moment - NEARBY)
    beyond = beyond.order_by(*falls).limit(1)
    return [AuditEntry.id > (session.scalar(beyond) or 0), at >= moment]


def _until(session: Session, moment: datetime) -> list[ColumnElement[bool]]:
    """Before a time, said by ids too."""
    at = AuditEntry.at
    beyond = select(AuditEntry.id).where(at >= moment + SLACK, at < moment + NEARBY)
    last = session.scalar(beyond.order_by(at, AuditEntry.id).limit(1))
    return [at < moment] if last is None else [AuditEntry.id < last, at < moment]


def _begins(session: Session, scope: ColumnElement[bool], text: str) -> ColumnElement[bool]:
    """Entries whose subject begins with the text.

    Few are found in the index and named one by one; where there are many, walking the log newest
    first soon has a page of them.
    """
    subject, spellings = AuditEntry.subject, _spellings(text)
    ranges = [begins(subject, begin) for begin in spellings]
    found = union_all(*(select(AuditEntry.id).where(scope, near) for near in ranges))
    ids = set(session.scalars(found.limit(FEW + 1)))
    if len(ids) <= FEW:
        return AuditEntry.id.in_(ids)
    return or_(*(func.substr(subject, 1, len(begin)) == begin for begin in spellings))


def _spellings(text: str) -> list[str]:
    """The text as subjects may be written: addresses small with A-labels, order numbers large."""
    low = text.lower()
    local, at, name = low.rpartition("@")
    try:
        ascii_name = ".".join(
            label if label.isascii() else idna.alabel(label).decode() for label in name.split(".")
        )
    except UnicodeError:  # not yet the whole of a name
        ascii_name = name
    return list(dict.fromkeys([text, low, text.upper(), local + at + ascii_name]))
