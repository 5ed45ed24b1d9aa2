"""The one place that says what an actor may touch."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, SQLColumnExpression, false, true

from panel.accounts.models import ActorKind, Login, Role


@dataclass(frozen=True)
class Actor:
    """Who acts: a login (or the system itself), from which address."""

    login_id: int | None
    name: str
    email: str
    role: Role | None
    customer_id: int | None
    ip: str | None = None

    @property
    def is_operator(self) -> bool:
        """Whether the actor may do everything."""
        return self.role is Role.OPERATOR

    @property
    def kind(self) -> ActorKind:
        """What the audit log calls the actor; nobody but the panel itself comes from nowhere."""
        if self.role is not None:
            return ActorKind.STAFF if self.is_operator else ActorKind.CUSTOMER
        return ActorKind.SYSTEM if self.ip is None else ActorKind.STRANGER


SYSTEM = Actor(login_id=None, name="system", email="", role=None, customer_id=None)
"""The panel itself: the worker and the command line."""


def actor_of(login: Login, ip: str | None) -> Actor:
    """The actor that a login is."""
    return Actor(login.id, login.name, login.email, login.role, login.customer_id, ip)


def within_reach(
    actor: Actor, customer_id: SQLColumnExpression[int] | SQLColumnExpression[int | None]
) -> ColumnElement[bool]:
    """The condition that limits a query to what `actor` may see.

    Every query for a page goes through this: an operator sees all, a customer what carries its
    own `customer_id`, anybody else nothing.
    """
    if actor.is_operator:
        return true()
    if actor.role is Role.CUSTOMER and actor.customer_id is not None:
        return customer_id == actor.customer_id
    return false()
