"""Panel logins."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from panel.accounts.access import SYSTEM
from panel.accounts.actions import add_customer_login, add_operator
from panel.accounts.errors import LoginTaken
from panel.accounts.models import AuditEntry, Role
from tests.factories.orders import NOW, make_customer


def test_operator_login_is_added_and_recorded(session: Session) -> None:
    login = add_operator(
        session, email=" Ops@Mailhost.example", name="Ops", password_hash="x", by=SYSTEM, now=NOW
    )
    assert (login.email, login.role, login.customer_id) == (
        "ops@mailhost.example",
        Role.OPERATOR,
        None,
    )
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.subject) == ("login.added", "ops@mailhost.example")


def test_customer_login_carries_its_customer(session: Session) -> None:
    customer = make_customer(session)
    login = add_customer_login(
        session,
        customer_id=customer.id,
        email="wang@mingyuan.example",
        name="王经理",
        password_hash="x",
        by=SYSTEM,
        now=NOW,
    )
    assert (login.role, login.customer_id) == (Role.CUSTOMER, customer.id)


def test_two_logins_never_share_an_address(session: Session) -> None:
    facts = {"name": "Ops", "password_hash": "x", "by": SYSTEM, "now": NOW}
    add_operator(session, email="ops@mailhost.example", **facts)
    with pytest.raises(LoginTaken) as refused:
        add_operator(session, email="OPS@mailhost.example", **facts)
    assert refused.value.field == "email"
