"""Suspending, deleting, restoring, purging and resetting users."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.accounts.models import AuditEntry
from panel.directory import states
from panel.directory.auto_reply import Reply, auto_reply_of, set_auto_reply
from panel.directory.catch_all import set_catch_all
from panel.directory.errors import (
    AddressTaken,
    InRecycleBin,
    NoSeatLeft,
    TakesCatchAll,
    WeakPassword,
)
from panel.directory.forwarding import Targets
from panel.directory.models import Forward, ForwardOwner, MailboxStatus, MailboxUsage
from panel.directory.routing import route_of
from panel.orders.errors import ChangedMeanwhile, ReasonNeeded
from panel.orders.models import Order
from tests.factories.directory import make_mailbox, set_forwards
from tests.factories.orders import NOW, make_domain

WHO = {"by": SYSTEM, "now": NOW}


def seats(session: Session) -> int:
    return session.scalars(select(Order.seats_used)).one()


def test_a_user_is_suspended_with_a_reason_and_resumed(session: Session) -> None:
    domain = make_domain(session)
    box = make_mailbox(session, domain, "li")
    with pytest.raises(ReasonNeeded):
        states.suspend_mailbox(session, domain, box, " ", version=1, **WHO)
    states.suspend_mailbox(session, domain, box, "left", version=1, **WHO)
    assert (box.status, box.suspended_reason) == (MailboxStatus.SUSPENDED, "left")
    with pytest.raises(ChangedMeanwhile):
        states.resume_mailbox(session, domain, box, version=1, **WHO)
    states.resume_mailbox(session, domain, box, version=2, **WHO)
    assert (box.status, box.suspended_reason) == (MailboxStatus.ACTIVE, None)
    told = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert told[-2:] == ["user.suspend", "user.resume"]


def test_the_bin_frees_the_seat_and_keeps_everything_else(session: Session) -> None:
    domain = make_domain(session, seats=1)
    box = make_mailbox(session, domain, "li")
    away = Targets(["li@qq.example"])
    set_forwards(session, domain, box, away, ForwardOwner.ADMIN, version=1, **WHO)
    states.delete_mailbox(session, domain, box, version=2, **WHO)
    assert seats(session) == 0
    with pytest.raises(AddressTaken):
        make_mailbox(session, domain, "li")
    with pytest.raises(InRecycleBin):
        states.resume_mailbox(session, domain, box, version=3, **WHO)
    other = make_mailbox(session, domain, "zhao")
    with pytest.raises(NoSeatLeft):
        states.restore_mailbox(session, domain, box, version=3, **WHO)
    states.delete_mailbox(session, domain, other, version=1, **WHO)
    states.restore_mailbox(session, domain, box, version=3, **WHO)
    assert (seats(session), box.deleted_at) == (1, None)
    assert session.scalars(select(Forward.target)).all() == ["li@qq.example"]


def test_the_target_of_the_catch_all_is_not_deleted(session: Session) -> None:
    domain = make_domain(session)
    box = make_mailbox(session, domain, "li")
    set_catch_all(session, domain, "li", **WHO)
    with pytest.raises(TakesCatchAll):
        states.delete_mailbox(session, domain, box, version=1, **WHO)
    set_catch_all(session, domain, None, **WHO)
    states.delete_mailbox(session, domain, box, version=1, **WHO)
    assert box.deleted_at == NOW


def test_a_weak_password_is_no_new_one(session: Session) -> None:
    domain = make_domain(session)
    box = make_mailbox(session, domain, "li")
    before = box.password_hash
    with pytest.raises(WeakPassword):
        states.reset_password(session, domain, box, "short", version=1, **WHO)
    states.reset_password(session, domain, box, "another-horse-7", version=1, **WHO)
    assert box.password_hash != before


def test_resuming_looks_again_at_how_full_it_is(session: Session) -> None:
    domain = make_domain(session)
    box = make_mailbox(session, domain, "li")
    states.suspend_mailbox(session, domain, box, "left", version=1, **WHO)
    held = MailboxUsage(mailbox_id=box.id, used_bytes=1, messages=1, read_at=NOW, is_new=False)
    session.add(held)
    session.flush()
    states.resume_mailbox(session, domain, box, version=2, **WHO)
    session.refresh(held)
    assert held.is_new


def test_a_restored_user_has_everything_again(session: Session) -> None:
    domain = make_domain(session)
    box, boss = make_mailbox(session, domain, "li"), make_mailbox(session, domain, "boss")
    away, to_li = Targets(["li@qq.example"]), Targets(["li@mingyuan.example"])
    set_forwards(session, domain, box, away, ForwardOwner.USER, version=1, **WHO)
    set_forwards(session, domain, boss, to_li, ForwardOwner.ADMIN, version=1, **WHO)
    set_auto_reply(session, domain, box, Reply(enabled=True, text="away"), version=0, **WHO)
    states.suspend_mailbox(session, domain, box, "left", version=box.version, **WHO)
    kept = ("name", "password_hash", "quota_bytes", "storage_key", "suspended_reason", "status")
    before = [getattr(box, name) for name in kept]
    for change in (states.delete_mailbox, states.restore_mailbox, states.resume_mailbox):
        if change is states.resume_mailbox:
            assert [getattr(box, name) for name in kept] == before
        change(session, domain, box, version=box.version, **WHO)
    session.flush()
    assert seats(session) == 2
    assert auto_reply_of(session, box).text == "away"
    ends = ("boss@mingyuan.example", "li@mingyuan.example", "li@qq.example")
    assert route_of(session, "boss@mingyuan.example").ends == ends
    scripts = session.execute(text("SELECT username FROM sieve_script")).scalars().all()
    assert scripts == ["li@mingyuan.example"]
