"""The same thing done to many users: what cannot be done to one is done to the others."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.accounts.models import AuditEntry
from panel.directory.bulk import (
    Outcome,
    StateChange,
    StateKind,
    concerned,
    do_to_each,
)
from panel.directory.forwarding import Targets, add_forward_only
from panel.directory.listing import BATCH
from panel.directory.models import Mailbox
from panel.extensions import db
from panel.orders.errors import ChangedMeanwhile
from panel.orders.models import Domain
from panel.orders.queries import loaded
from tests.factories.directory import make_mailbox
from tests.factories.orders import NOW, make_domain
from tests.support.queries import counted

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


@pytest.mark.parametrize(("kind", "each"), [(StateKind.DELETE, 7), (StateKind.SUSPEND, 5)])
def test_each_user_more_costs_so_many_questions(
    session: Session, kind: StateKind, each: int
) -> None:
    """The turn is taken, and where the catch-all leads is read, once for all."""
    made = make_domain(session)
    for n in range(7):
        make_mailbox(session, made, f"u{n}")
    session.commit()
    asked = []
    for names in (["u0"], [f"u{n}" for n in range(1, 7)]):
        users = session.scalars(select(Mailbox).where(Mailbox.local_part.in_(names))).all()
        domain = session.scalars(loaded(Domain)).one()
        with counted(db.engine) as statements:
            do_to_each(session, domain, users, StateChange(kind, "x"), Outcome(), **WHO)
        asked.append(len(statements))
        session.commit()
    assert asked[1] - asked[0] == 5 * each


def test_a_confirmation_says_that_there_are_more_only_if_there_are(session: Session) -> None:
    domain = make_domain(session)
    for name in ("u000", "u001"):
        make_mailbox(session, domain, name)
    both = Targets(["u000@mingyuan.example", "u001@mingyuan.example"])
    for n in range(3):
        add_forward_only(session, domain, f"f{n}", both, **WHO)
    told = concerned(session, domain, ["u000", "u001"], most=3)
    assert (told.led_here, len(told.led_from), told.more_lead) == (6, 3, False)
    add_forward_only(session, domain, "f3", both, **WHO)
    assert concerned(session, domain, ["u000", "u001"], most=3).more_lead


def test_the_names_of_a_domain_are_read_once_for_many_users(session: Session) -> None:
    domain = make_domain(session)
    session.flush()
    asked = []
    for many in (1, 2 * BATCH + 1):
        with counted(db.engine) as statements:
            concerned(session, domain, [f"u{n}" for n in range(many)])
        asked.append(len(statements))
    assert asked[1] - asked[0] == 2 * 3
