"""The same thing done to many users: whom it concerns, and doing it to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from panel.accounts.access import Actor
from panel.directory.listing import batched
from panel.directory.models import CatchAll, Forward, Mailbox, MailboxStatus
from panel.directory.states import (
    delete_mailbox,
    restore_mailbox,
    resume_mailbox,
    suspend_mailbox,
)
from panel.directory.versions import in_turn
from panel.orders.models import Domain, DomainAlias
from panel.refusals import Refusal


class StateKind(StrEnum):
    """What is done to users."""

    SUSPEND = "suspend"
    RESUME = "resume"
    DELETE = "delete"
    RESTORE = "restore"


@dataclass(frozen=True)
class Concerned:
    """How many of the named users are in which state, and what leads to them."""

    active: int = 0
    suspended: int = 0
    deleted: int = 0
    led_here: int = 0
    caught: str = ""


def concerned(session: Session, domain: Domain, local_parts: Sequence[str]) -> Concerned:
    """What a confirmation tells of the users; `caught` is the one that the catch-all leads to."""
    counted = {"active": 0, "suspended": 0, "deleted": 0}
    led_here = 0
    names = select(DomainAlias.name).where(DomainAlias.domain_id == domain.id)
    ours = or_(Forward.target_domain == domain.name, Forward.target_domain.in_(names))
    for some in batched(local_parts):
        states = session.execute(
            select(Mailbox.status, Mailbox.deleted_at.is_not(None), func.count())
            .where(Mailbox.domain_id == domain.id, Mailbox.local_part.in_(some))
            .group_by(Mailbox.status, Mailbox.deleted_at.is_not(None))
        )
        for status, deleted, count in states:
            counted["deleted" if deleted else status.value] += count
        led_here += session.scalars(
            select(func.count()).where(ours, Forward.target_local.in_(some))
        ).one()
    target = session.scalar(select(CatchAll.local_part).where(CatchAll.domain_id == domain.id))
    return Concerned(
        **counted, led_here=led_here, caught=target if target and target in local_parts else ""
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
        self, session: Session, domain: Domain, user: Mailbox, by: Actor, now: datetime
    ) -> None:
        """Do it to one; raises what the directory refuses."""
        if self.kind is StateKind.SUSPEND:
            suspend_mailbox(
                session, domain, user, self.reason, version=user.version, by=by, now=now
            )
            return
        plain = {
            StateKind.RESUME: resume_mailbox,
            StateKind.DELETE: delete_mailbox,
            StateKind.RESTORE: restore_mailbox,
        }
        plain[self.kind](session, domain, user, version=user.version, by=by, now=now)


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
    in_turn(session, domain)  # for SQLite, too: a savepoint needs a transaction around it
    for user in users:
        if change.holds(user):
            outcome.already += 1
            continue
        try:
            with session.begin_nested():
                change.make(session, domain, user, by, now)
        except Refusal as refusal:
            outcome.left.append(refusal)
        else:
            outcome.done += 1
