"""All of a user's forwards at once, as one page shows them, and taking the last change back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from panel.accounts.access import Actor
from panel.accounts.log import last_entries
from panel.directory.checking import check_result
from panel.directory.forwarding import (
    COPY_SET,
    FORWARDS_SET,
    Targets,
    known_in_turn,
    set_forwards,
    set_keep_copy,
)
from panel.directory.models import ForwardOwner, Mailbox
from panel.directory.places import Known
from panel.orders.models import Domain
from panel.refusals import Refusal

FIELDS = {FORWARDS_SET[ForwardOwner.USER]: "user", FORWARDS_SET[ForwardOwner.ADMIN]: "admin"}
FIELDS |= {COPY_SET: "keep_copy"}


@dataclass(frozen=True)
class Forwarding:
    """What a user forwards: the targets by their owner, and whether a copy stays."""

    user: tuple[str, ...] = ()
    admin: tuple[str, ...] = ()
    keep_copy: bool = True


def forwarding_of(session: Session, mailbox: Mailbox, known: Known) -> Forwarding:
    """How it is now, as it was read into `known`; the mailbox itself may be of before."""
    there = known.place(session, (mailbox.domain_id, mailbox.local_part))
    found = there.forwards if there else {}
    user, admin = (tuple(found.get(owner, ())) for owner in (ForwardOwner.USER, ForwardOwner.ADMIN))
    keep_copy = there.box.keep_copy if there and there.box else mailbox.keep_copy
    return Forwarding(user, admin, keep_copy)


def change_forwarding(
    session: Session,
    domain: Domain,
    mailbox: Mailbox,
    wanted: Forwarding,
    most: int,
    *,
    version: int,
    by: Actor,
    now: datetime,
) -> None:
    """Change what differs. `most`: as many targets each owner may set.

    Raises what set_forwards and check_result raise; the `field` of a refusal is then that of
    Forwarding.
    """
    known = known_in_turn(session, domain)
    is_now = forwarding_of(session, mailbox, known)
    who: dict[str, Any] = {"by": by, "now": now, "known": known}
    for owner in ForwardOwner:
        typed = getattr(wanted, owner.value)
        if typed == getattr(is_now, owner.value):
            continue
        try:
            targets = Targets(typed, most)
            set_forwards(session, domain, mailbox, targets, owner, version=version, **who)
        except Refusal as refusal:
            refusal.field = owner.value if refusal.field == "targets" else refusal.field
            raise
        version = mailbox.version
    if wanted.keep_copy != is_now.keep_copy:
        set_keep_copy(session, domain, mailbox, wanted.keep_copy, version=version, **who)
    if wanted != is_now:
        check_result(session, domain, mailbox.local_part, known)


def before_last_change(
    session: Session, domain: Domain, mailbox: Mailbox, known: Known
) -> Forwarding | None:
    """How it was before the last change, if that was one of the forwards: what Undo sets."""
    last = last_entries(session, domain.id, f"{mailbox.local_part}@{domain.name}", len(FIELDS))
    found = now_is = forwarding_of(session, mailbox, known)
    for entry in last:
        if entry.at != last[0].at or entry.action not in FIELDS or "before" not in entry.data:
            break
        was = entry.data["before"]
        was = tuple(was) if isinstance(was, list) else was
        changed: dict[str, Any] = {FIELDS[entry.action]: was}
        found = replace(found, **changed)
    return None if found == now_is else found
