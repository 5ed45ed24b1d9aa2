"""Logins for tests."""

from __future__ import annotations

from functools import cache

from flask_security import hash_password
from sqlalchemy.orm import Session

from panel.accounts.models import Login, Role
from panel.orders.models import Customer
from tests.factories.orders import NOW

PASSWORD = "correct-horse-9"


@cache
def _hash_of(password: str) -> str:
    """Hashing is slow on purpose: once a run is enough."""
    return str(hash_password(password))


def make_login(
    session: Session, email: str = "ops@mailhost.example", customer: Customer | None = None
) -> Login:
    """An operator's login, or a customer's when one is given; its password is PASSWORD."""
    login = Login(
        email=email,
        name="王经理" if customer else "值班员",
        password=_hash_of(PASSWORD),
        role=Role.CUSTOMER if customer else Role.OPERATOR,
        customer_id=customer.id if customer else None,
        fs_uniquifier=email.encode().hex()[:64],
        created_at=NOW,
    )
    session.add(login)
    session.flush()
    return login
