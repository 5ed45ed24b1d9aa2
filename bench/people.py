"""A domain whose users are in every state, written in bulk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from panel.directory.models import (
    Address,
    AddressKind,
    AutoReply,
    CatchAll,
    Forward,
    ForwardOnly,
    ForwardOwner,
    Mailbox,
    MailboxStatus,
    MailboxUsage,
)
from panel.orders.models import Domain, Order, OrderStatus, Proof

SUSPENDED, DELETED, FORWARDS, FULL, REPLIES = 1, 2, 3, 4, 5
"""The last digit of a user's number tells its state; those with 6 to 9 and 0 are plain."""


@dataclass(frozen=True)
class Place:
    """A domain with `users` users, user0 and so on, and `forwards` addresses that only forward."""

    name: str
    domain_id: int
    users: int
    forwards: int

    def plain(self, count: int) -> list[str]:
        """Plain users, from the middle of the list on; user0 is none of them."""
        numbers = (n for n in range(self.users // 2, self.users) if n % 10 > REPLIES)
        return [f"user{n}" for n in islice(numbers, count)]


def people(session: Session) -> Place:
    """Give every state to a tenth of the users of the newest domain, and let it be served."""
    domain = session.scalars(select(Domain).order_by(Domain.id.desc()).limit(1)).one()
    now = datetime.now(UTC)
    session.execute(
        update(Order).where(Order.id == domain.order_id).values(status=OrderStatus.ACTIVE)
    )
    domain.activated_at, domain.activated_by = now, Proof.OPERATOR
    names = select(Mailbox.local_part, Mailbox.id).where(Mailbox.domain_id == domain.id)
    ids = dict(session.execute(names).tuples().all())
    of = {digit: [name for name in ids if int(name[4:]) % 10 == digit] for digit in range(10)}
    change = update(Mailbox).where(Mailbox.domain_id == domain.id)
    closed = {"status": MailboxStatus.SUSPENDED, "suspended_reason": "Away", "suspended_at": now}
    session.execute(change.where(Mailbox.local_part.in_(of[SUSPENDED])).values(**closed))
    session.execute(change.where(Mailbox.local_part.in_(of[DELETED])).values(deleted_at=now))
    used = {"messages": 1, "read_at": now, "is_new": False}
    full = [used | {"mailbox_id": ids[name], "used_bytes": 1 << 30} for name in of[FULL]]
    session.execute(insert(MailboxUsage), full)
    replies = [_reply(ids[name], f"{name}@{domain.name}", now) for name in of[REPLIES]]
    session.execute(insert(AutoReply), replies)
    _forwards(session, domain, of[FORWARDS], ForwardOwner.USER)
    only = [f"only{number}" for number in range(max(6, len(ids) // 30))]
    address = {"domain_id": domain.id, "kind": AddressKind.FORWARD_ONLY}
    session.execute(insert(Address), [address | {"local_part": name} for name in only])
    account = {"domain_id": domain.id, "created_at": now}
    session.execute(insert(ForwardOnly), [account | {"local_part": name} for name in only])
    _forwards(session, domain, only, ForwardOwner.ADMIN)
    session.add(CatchAll(domain_id=domain.id, local_part="user0"))
    session.flush()
    return Place(domain.name, domain.id, len(ids), len(only))


def _reply(mailbox_id: int, username: str, now: datetime) -> dict[str, Any]:
    words = {"subject": "Away", "text": "Away", "script": "keep;", "interval_days": 7}
    return words | {
        "mailbox_id": mailbox_id,
        "username": username,
        "enabled": True,
        "changed_at": now,
        "version": 1,
    }


def _forwards(session: Session, domain: Domain, names: list[str], owner: ForwardOwner) -> None:
    """Each of them forwards to one user here and to one elsewhere."""
    rows = [
        {"domain_id": domain.id, "local_part": name, "set_by": owner}
        | {"target": f"{local}@{at}", "target_local": local, "target_domain": at}
        for name in names
        for local, at in (("user0", domain.name), (name, "elsewhere.example"))
    ]
    session.execute(insert(Forward), rows)


def version_of(session: Session, place: Place, local_part: str) -> int:
    """The version that a form on this address would show."""
    for model in (Mailbox, ForwardOnly):
        here = (model.domain_id == place.domain_id, model.local_part == local_part)
        if (found := session.scalar(select(model.version).where(*here))) is not None:
            return found
    raise LookupError(local_part)


def reply_version_of(session: Session, place: Place, local_part: str) -> int:
    """The version that the form of a user's auto reply would show."""
    found = session.scalar(
        select(AutoReply.version).where(AutoReply.username == f"{local_part}@{place.name}")
    )
    return found or 0


def middle(session: Session, place: Place) -> int:
    """The id of a user in the middle of the list."""
    here = Mailbox.domain_id == place.domain_id, Mailbox.local_part == f"user{place.users // 2}"
    return session.scalars(select(Mailbox.id).where(*here)).one()
