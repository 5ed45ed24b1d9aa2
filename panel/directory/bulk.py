"""The same thing done to many users: whom it concerns, and doing it to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from panel.accounts.access import Actor
from panel.directory.forwarding import known_in_turn
from panel.directory.listing import batched
from panel.directory.models import Mailbox, MailboxStatus
from panel.directory.places import Known
from panel.directory.states import (
    delete_mailbox,
    restore_mailbox,
    resume_mailbox,
    suspend_mailbox,
)
from panel.directory.targets import leading_to
from panel.orders.models import Domain
from panel.refusals import Refusal


class StateKind(StrEnum):
    """What is done to users."""

    SUSPEND = "suspend"
    RESUME = "resume"
    DELETE = "delete"
    RESTORE = "restore"


@dataclass(frozen=True)
class Concerned:
    """How many of the named users are in which state, and what leads to them.

    `led_from`: the first of the addresses (A-labels) whose forwards are counted by `led_here`;
    `more_lead`: whether there are others.
    `caught` is the one that the catch-all leads to, `noticed` the one that notices go to.
    """

    active: int = 0
    suspended: int = 0
    deleted: int = 0
    led_here: int = 0
    led_from: Sequence[str] = ()
    more_lead: bool = False
    caught: str = ""
    noticed: str = ""

    @property
    def there(self) -> int:
        """Those who are not in the recycle bin."""
        return self.active + self.suspended

    def changed_by(self, kind: StateKind) -> int:
        """How many it would be done to: the others are so already, or must stay."""
        return {
            StateKind.SUSPEND: self.active - bool(self.noticed),
            StateKind.RESUME: self.suspended,
            StateKind.DELETE: self.there - len({self.caught, self.noticed} - {""}),
            StateKind.RESTORE: self.deleted,
        }[kind]


def concerned(
    session: Session, domain: Domain, local_parts: Sequence[str], most: int = 20
) -> Concerned:
    """What a confirmation tells of the users.

    Forwards of other customers are not told. `domain.order` must be loaded.
    """
    counted = {"active": 0, "suspended": 0, "deleted": 0}
    led_here, led_from = 0, set[str]()
    whole = Known.of(domain).whole(session, domain.id)
    for some in batched(local_parts):
        states = session.execute(
            select(Mailbox.status, Mailbox.deleted_at.is_not(None), func.count())
            .where(Mailbox.domain_id == domain.id, Mailbox.local_part.in_(some))
            .group_by(Mailbox.status, Mailbox.deleted_at.is_not(None))
        )
        for status, deleted, count in states:
            counted["deleted" if deleted else status.value] += count
        leads = leading_to(domain, whole.names, some)
        led_here += session.scalars(select(func.count()).select_from(leads.subquery())).one()
        if len(led_from) <= most:
            first = leads.distinct().order_by(*leads.selected_columns).limit(most + 1)
            found = session.execute(first)
            led_from |= {f"{local}@{name}" for local, name in found}
    return Concerned(
        **counted,
        led_here=led_here,
        led_from=sorted(led_from)[:most],
        more_lead=len(led_from) > most,
        caught=whole.catch_all if whole.catch_all and whole.catch_all in local_parts else "",
        noticed=whole.notices_at if whole.notices_at in local_parts else "",
    )


@dataclass
class Outcome:
    """What came of it: how many were changed, were so already, and why some were left."""

    done: int = 0
    already: int = 0
    left: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True)
class StateChange:
    """A change of many users' state; `reason` is that of a suspension."""

    kind: StateKind
    reason: str = ""

    def holds(self, user: Mailbox) -> bool:
        """Whether the user is so already."""
        deleted = user.deleted_at is not None
        suspended = user.status is MailboxStatus.SUSPENDED
        return {
            StateKind.SUSPEND: suspended and not deleted,
            StateKind.RESUME: not suspended and not deleted,
            StateKind.DELETE: deleted,
            StateKind.RESTORE: not deleted,
        }[self.kind]

    def make(
        self, session: Session, domain: Domain, user: Mailbox, known: Known, **who: Any
    ) -> None:
        """Do it to one; raises what the directory refuses. `known`: read since the turn came."""
        who["version"] = user.version
        if self.kind is StateKind.SUSPEND:
            suspend_mailbox(session, domain, user, self.reason, known=known, **who)
        elif self.kind is StateKind.RESUME:
            resume_mailbox(session, domain, user, **who)
        elif self.kind is StateKind.DELETE:
            delete_mailbox(session, domain, user, known=known, **who)
        else:
            restore_mailbox(session, domain, user, known=known, **who)


def do_to_each(
    session: Session,
    domain: Domain,
    users: Sequence[Mailbox],
    change: StateChange,
    outcome: Outcome,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Do it to each user and count; what the directory refuses is left as it is."""
    known = known_in_turn(session, domain)  # SQLite's savepoints need a transaction around them
    for user in users:
        if change.holds(user):
            outcome.already += 1
            continue
        try:
            with session.begin_nested():
                change.make(session, domain, user, known, by=by, now=now)
        except Refusal as refusal:
            outcome.left.append(refusal)
        else:
            outcome.done += 1
