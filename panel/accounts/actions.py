"""Making panel logins."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from panel.accounts import audit
from panel.accounts.access import Actor
from panel.accounts.errors import LoginTaken
from panel.accounts.models import Login, Role


def add_operator(
    session: Session, *, email: str, name: str, password_hash: str, by: Actor, now: datetime
) -> Login:
    """Add a login of the operator's staff; `password_hash` is Flask-Security's.

    Raises LoginTaken.
    """
    login = _new_login(email, name, password_hash, now)
    login.role = Role.OPERATOR
    return _add(session, login, by, now)


def add_customer_login(
    session: Session,
    *,
    customer_id: int,
    email: str,
    name: str,
    password_hash: str,
    by: Actor,
    now: datetime,
) -> Login:
    """Add a login that touches what belongs to the customer; `password_hash` is Flask-Security's.

    Raises LoginTaken.
    """
    login = _new_login(email, name, password_hash, now)
    login.role, login.customer_id = Role.CUSTOMER, customer_id
    return _add(session, login, by, now)


def _new_login(email: str, name: str, password_hash: str, now: datetime) -> Login:
    return Login(
        email=email.strip().lower(),
        name=name,
        password=password_hash,
        fs_uniquifier=secrets.token_hex(32),
        created_at=now,
    )


def _add(session: Session, login: Login, by: Actor, now: datetime) -> Login:
    taken = select(Login.id).where(func.lower(Login.email) == login.email)
    if session.scalar(taken) is not None:
        raise LoginTaken(login.email)
    session.add(login)
    session.flush()
    audit.record(
        session,
        by,
        "login.added",
        login.email,
        now=now,
        customer_id=login.customer_id,
        role=login.role.value,
    )
    return login
