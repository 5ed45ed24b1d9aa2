"""What forwards lead to, and what leads to an address: for lists, and before something is done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Select, and_, or_, select, tuple_, union
from sqlalchemy.orm import Session

from panel.directory.models import Address, CatchAll, Forward, ForwardOwner, Mailbox, MailboxStatus
from panel.directory.places import SERVED
from panel.orders.models import Domain, DomainAlias, Order


class TargetState(StrEnum):
    """How a forward's target stands now."""

    HERE = "here"
    OUTSIDE = "outside"
    SUSPENDED = "suspended"
    DELETED = "deleted"
    UNKNOWN = "unknown"

    @property
    def takes_mail(self) -> bool:
        """Whether mail arrives there, as far as we know."""
        return self in (TargetState.HERE, TargetState.OUTSIDE)


@dataclass(frozen=True)
class Target:
    """One target as it is stored (A-labels) with its state."""

    address: str
    state: TargetState


@dataclass(frozen=True)
class Impact:
    """What leads to an address: those that forward to it (A-labels, sorted), and the catch-all."""

    forwards: Sequence[str]
    is_catch_all: bool


def targets_of(
    session: Session, domain: Domain, local_parts: Iterable[str], set_by: ForwardOwner
) -> dict[str, list[Target]]:
    """The targets that one owner has set for addresses of a domain, by local part.

    Three questions, however many they are.
    """
    edges = session.scalars(
        select(Forward)
        .where(
            Forward.domain_id == domain.id,
            Forward.local_part.in_(list(local_parts)),
            Forward.set_by == set_by,
        )
        .order_by(Forward.local_part, Forward.id)
    ).all()
    if not edges:
        return {}
    ids = _domain_ids(session, domain, {edge.target_domain for edge in edges})
    held = {(ids[e.target_domain], e.target_local) for e in edges if e.target_domain in ids}
    states = _states(session, held) if held else {}
    found: dict[str, list[Target]] = defaultdict(list)
    for edge in edges:
        state = TargetState.OUTSIDE
        if edge.target_domain in ids:
            key = (ids[edge.target_domain], edge.target_local)
            state = states.get(key, TargetState.UNKNOWN)
        found[edge.local_part].append(Target(edge.target, state))
    return found


def impact_of(session: Session, domain: Domain, local_part: str, most: int = 20) -> Impact:
    """What leads to an address of a domain, by any of its names; at most so many forwards.

    Forwards of the customer's other domains count, those of other customers are not told.
    `domain.order` must be loaded.
    """
    query = leading_to(session, domain, [local_part]).distinct()
    found = session.execute(query.order_by(Domain.name, Forward.local_part).limit(most))
    caught = session.scalar(select(CatchAll.local_part).where(CatchAll.domain_id == domain.id))
    return Impact([f"{local}@{name}" for local, name in found], caught == local_part)


def leading_to(session: Session, domain: Domain, local_parts: Sequence[str]) -> Select[str, str]:
    """The forwards (local part, domain's name) of a customer that lead to addresses of a domain.

    `domain.order` must be loaded.
    """
    aliases = select(DomainAlias.name).where(DomainAlias.domain_id == domain.id)
    names = [domain.name, *session.scalars(aliases)]
    return (
        select(Forward.local_part, Domain.name)
        .join_from(Forward, Domain, Domain.id == Forward.domain_id)
        .join(Domain.order)
        .where(
            Forward.target_domain.in_(names),
            Forward.target_local.in_(local_parts),
            Order.customer_id == domain.order.customer_id,
            or_(Forward.domain_id != domain.id, Forward.local_part != Forward.target_local),
        )
    )


def _domain_ids(session: Session, domain: Domain, names: set[str]) -> dict[str, int]:
    """The customer's domains behind names; those of `domain` also while it is not active.

    How the addresses of other customers stand is not told: they are like those of other hosts.
    """
    reach = select(Domain.id).join(Domain.order)
    reach = reach.where(Order.customer_id == domain.order.customer_id)
    own = select(Domain.id, Domain.name).where(Domain.id == domain.id)
    other = select(DomainAlias.domain_id, DomainAlias.name)
    served = select(SERVED.c.id, SERVED.c.name).where(
        SERVED.c.name.in_(names), SERVED.c.id.in_(reach)
    )
    rows = session.execute(
        union(
            served,
            own.where(Domain.name.in_(names)),
            other.where(DomainAlias.domain_id == domain.id, DomainAlias.name.in_(names)),
        )
    )
    return {name: domain_id for domain_id, name in rows}


def _states(session: Session, held: set[tuple[int, str]]) -> dict[tuple[int, str], TargetState]:
    rows = session.execute(
        select(Address.domain_id, Address.local_part, Mailbox.status, Mailbox.deleted_at)
        .outerjoin(
            Mailbox,
            and_(Mailbox.domain_id == Address.domain_id, Mailbox.local_part == Address.local_part),
        )
        .where(tuple_(Address.domain_id, Address.local_part).in_(sorted(held)))
    )
    found = {}
    for domain_id, local_part, status, deleted_at in rows:
        state = TargetState.HERE
        if deleted_at is not None:
            state = TargetState.DELETED
        elif status is MailboxStatus.SUSPENDED:
            state = TargetState.SUSPENDED
        found[domain_id, local_part] = state
    return found
