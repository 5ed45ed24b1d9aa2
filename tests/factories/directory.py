"""Mailbox users and alias domains for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM, Actor
from panel.directory.actions import NewMailbox, UserFacts, add_mailbox, edit_mailbox
from panel.directory.aliases import add_alias
from panel.directory.forwarding import Targets
from panel.directory.models import ForwardOwner, Mailbox
from panel.directory.places import Known
from panel.directory.user_forwards import change_forwarding, forwarding_of
from panel.orders.models import Domain, DomainAlias, Proof
from panel.orders.verification import activate
from tests.factories.orders import NOW

USER_PASSWORD = "correct-horse-9"


def make_mailbox(session: Session, domain: Domain, local_part: str, **changes: Any) -> Mailbox:
    """A user of the domain, made as the page makes it."""
    values = {
        "local_part": local_part,
        "name": "李明",
        "password": USER_PASSWORD,
        "quota_bytes": 1 << 30,
    }
    return add_mailbox(
        session, domain, NewMailbox(**(values | changes)), by=SYSTEM, backend="127.0.0.1", now=NOW
    )


def give_quota(session: Session, box: Mailbox, quota_bytes: int) -> None:
    """Let a user, whose domain is loaded, hold so many bytes, as the page does it."""
    facts = UserFacts(box.name, box.alternate_email or "", quota_bytes)
    edit_mailbox(session, box.domain, box, facts, version=box.version, by=SYSTEM, now=NOW)


def make_alias(session: Session, domain: Domain, name: str, *, active: bool = True) -> DomainAlias:
    """An alias of the domain, as if its MX records had been seen."""
    alias = add_alias(session, domain, name, by=SYSTEM, now=NOW)
    if active:
        activate(session, alias, Proof.MX, by=SYSTEM, now=NOW)
    session.flush()
    return alias


def set_forwards(
    session: Session,
    domain: Domain,
    box: Mailbox,
    targets: Targets,
    set_by: ForwardOwner,
    *,
    version: int,
    by: Actor,
    now: datetime,
) -> None:
    """Change one owner's forwards of a user, as the page does that shows those of both."""
    is_now = forwarding_of(session, box, Known.of(domain))
    typed: dict[str, Any] = {set_by.value: tuple(targets.typed)}
    change_forwarding(
        session,
        domain,
        box,
        replace(is_now, **typed),
        targets.most,
        version=version,
        by=by,
        now=now,
    )


def set_keep_copy(
    session: Session,
    domain: Domain,
    box: Mailbox,
    keep: bool,
    *,
    version: int,
    by: Actor,
    now: datetime,
) -> None:
    """Change whether what a user forwards stays too, as the page does."""
    wanted = replace(forwarding_of(session, box, Known.of(domain)), keep_copy=keep)
    change_forwarding(session, domain, box, wanted, 20, version=version, by=by, now=now)
