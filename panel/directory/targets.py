"""What forwards lead to, and what leads to an address: for lists, and before something is done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, or_, select, union
from sqlalchemy.orm import Session

from panel.directory.models import Address, CatchAll, Forward, ForwardOwner, Mailbox, MailboxStatus
from panel.directory.places import SERVED
from panel.directory.queries import is_one_of
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
    """What leads to an address: those that forward to it (A-labels, sorted), and the catch-all.

    `takes_notices`: it is the domain's notification address.
    """

    forwards: Sequence[str]
    is_catch_all: bool
    takes_notices: bool = False

    def __bool__(self) -> bool:
        """Whether anything does."""
        return bool(self.forwards) or self.is_catch_all or self.takes_notices


def targets_of(
    session: Session, domain: Domain, local_parts: Iterable[str], set_by: ForwardOwner
) -> dict[str, list[Target]]:
    """The targets that one owner has set for addresses of a domain, by local part.

    Three questions, however many they are.
    """
    here = Forward.local_part.in_(list(local_parts))
    found: dict[str, list[Target]] = defaultdict(list)
    for edge, target in _targets(session, domain, here, Forward.set_by == set_by):
        found[edge.local_part].append(target)
    return found


def targets_by_owner(
    session: Session, domain: Domain, local_part: str
) -> dict[ForwardOwner, list[Target]]:
    """The targets of one address by who has set them: as many questions."""
    found: dict[ForwardOwner, list[Target]] = {owner: [] for owner in ForwardOwner}
    for edge, target in _targets(session, domain, Forward.local_part == local_part):
        found[edge.set_by].append(target)
    return found


def _targets(
    session: Session, domain: Domain, *which: ColumnElement[bool]
) -> list[tuple[Forward, Target]]:
    edges = session.scalars(
        select(Forward)
        .where(Forward.domain_id == domain.id, *which)
        .order_by(Forward.local_part, Forward.id)
    ).all()
    if not edges:
        return []
    ids = _domain_ids(session, domain, {edge.target_domain for edge in edges})
    held = {(ids[e.target_domain], e.target_local) for e in edges if e.target_domain in ids}
    states = _states(session, held) if held else {}
    found = []
    for edge in edges:
        state = TargetState.OUTSIDE
        if edge.target_domain in ids:
            key = (ids[edge.target_domain], edge.target_local)
            state = states.get(key, TargetState.UNKNOWN)
        found.append((edge, Target(edge.target, state)))
    return found


def impact_of(session: Session, domain: Domain, local_part: str, most: int = 20) -> Impact:
    """What leads to an address of a domain, by any of its names; at most so many forwards.

    Forwards of the customer's other domains count, those of other customers are not told.
    `domain.order` must be loaded.
    """
    known = session.execute(
        select(CatchAll.local_part, DomainAlias.name)
        .select_from(Domain)
        .outerjoin(CatchAll, CatchAll.domain_id == Domain.id)
        .outerjoin(DomainAlias, DomainAlias.domain_id == Domain.id)
        .where(Domain.id == domain.id)
    ).all()
    names = [domain.name, *(name for _, name in known if name)]
    query = _leading_to(domain, names, [local_part]).distinct()
    found = session.execute(query.order_by(Domain.name, Forward.local_part).limit(most))
    takes_notices = notices_at(domain, names) == local_part
    forwards = [f"{local}@{name}" for local, name in found]
    return Impact(forwards, any(caught == local_part for caught, _ in known), takes_notices)


def notices_at(domain: Domain, names: Sequence[str]) -> str:
    """The local part of a domain's notification address if that is at one of the domain's names."""
    told, _, at = domain.notification_email.lower().rpartition("@")
    return told.partition("+")[0] if at in names else ""


def leading_to(session: Session, domain: Domain, local_parts: Sequence[str]) -> Select[str, str]:
    """The forwards (local part, domain's name) of a customer that lead to addresses of a domain.

    `domain.order` must be loaded.
    """
    aliases = select(DomainAlias.name).where(DomainAlias.domain_id == domain.id)
    return _leading_to(domain, [domain.name, *session.scalars(aliases)], local_parts)


def _leading_to(
    domain: Domain, names: Sequence[str], local_parts: Sequence[str]
) -> Select[str, str]:
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
        .where(is_one_of(sorted(held)))
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
