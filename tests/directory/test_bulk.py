"""The same thing done to many users: what cannot be done to one is done to the others."""

from __future__ import annotations

from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.accounts.models import AuditEntry
from panel.directory.bulk import Outcome, StateChange, StateKind, do_to_each
from panel.directory.models import Mailbox
from panel.extensions import db
from panel.orders.errors import ChangedMeanwhile
from panel.orders.models import Domain
from panel.orders.queries import loaded
from tests.factories.directory import make_mailbox
from tests.factories.orders import NOW, make_domain

WHO = {"by": SYSTEM, "now": NOW}


def test_who_was_changed_meanwhile_is_left_and_the_others_are_done(session: Session) -> None:
    made = make_domain(session)
    for name in ("a", "b", "c"):
        make_mailbox(session, made, name)
    session.commit()
    users = session.scalars(select(Mailbox).order_by(Mailbox.local_part)).all()
    domain = session.scalars(loaded(Domain)).one()
    with create_engine(db.engine.url).begin() as other:
        other.execute(text("UPDATE mailbox SET version = version + 1 WHERE local_part = 'b'"))
    outcome = Outcome()
    do_to_each(session, domain, users, StateChange(StateKind.SUSPEND, "x"), outcome, **WHO)
    session.commit()
    assert (outcome.done, [type(one) for one in outcome.left]) == (2, [ChangedMeanwhile])
    states = session.scalars(select(Mailbox.status).order_by(Mailbox.local_part)).all()
    assert states == ["suspended", "active", "suspended"]
    told = session.scalars(select(AuditEntry.subject).filter_by(action="user.suspend")).all()
    assert sorted(told) == ["a@mingyuan.example", "c@mingyuan.example"]


def test_a_batch_is_one_transaction(session: Session) -> None:
    """Also on SQLite, where a savepoint without one around it would be its own."""
    make_mailbox(session, make_domain(session), "a")
    session.commit()
    users = session.scalars(select(Mailbox)).all()
    domain = session.scalars(loaded(Domain)).one()
    do_to_each(session, domain, users, StateChange(StateKind.SUSPEND, "x"), Outcome(), **WHO)
    session.rollback()
    assert session.scalars(select(Mailbox.status)).all() == ["active"]
