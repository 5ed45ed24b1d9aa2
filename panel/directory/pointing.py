"""What points to an address: forwards of the customer's other addresses, and the catch-all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Select, literal, or_, select, union_all
from sqlalchemy.orm import Session

from panel.directory.models import Address, CatchAll, Forward
from panel.orders.models import Domain, DomainAlias, Order

MOST = 20


class PointerKind(StrEnum):
    """What leads to an address: the kind of another address that forwards, or the catch-all."""

    MAILBOX = "mailbox"
    FORWARD_ONLY = "forward_only"
    LIST = "list"
    CATCH_ALL = "catch_all"


@dataclass(frozen=True)
class Pointer:
    """An address that leads here; of the catch-all it is the domain."""

    kind: PointerKind
    address: str


def points_here(session: Session, domain: Domain, local_part: str) -> Sequence[Pointer]:
    """What leads to an address, at most MOST, by address; nothing of other customers.

    `domain.order` must be loaded.
    """
    found = session.execute(_caught(domain, local_part)).all()
    found = [*found, *session.execute(_forwarded(domain, local_part))]
    return [
        Pointer(PointerKind(kind), f"{local}@{name}" if local else name)
        for kind, local, name in found
    ]


def _caught(domain: Domain, local_part: str) -> Select[str, str, str]:
    return select(
        literal(PointerKind.CATCH_ALL.value), literal(""), literal(domain.unicode_name)
    ).where(
        select(CatchAll)
        .where(CatchAll.domain_id == domain.id, CatchAll.local_part == local_part)
        .exists()
    )


def _forwarded(domain: Domain, local_part: str) -> Select[str, str, str]:
    names = union_all(
        select(Domain.name).where(Domain.id == domain.id),
        select(DomainAlias.name).where(DomainAlias.domain_id == domain.id),
    )
    return (
        select(Address.kind, Forward.local_part, Domain.unicode_name)
        .distinct()
        .join_from(Forward, Domain, Domain.id == Forward.domain_id)
        .join(Order, Order.id == Domain.order_id)
        .join(
            Address,
            (Address.domain_id == Forward.domain_id) & (Address.local_part == Forward.local_part),
        )
        .where(
            Forward.target_local == local_part,
            Forward.target_domain.in_(names),
            Order.customer_id == domain.order.customer_id,
            or_(Forward.domain_id != domain.id, Forward.local_part != local_part),
        )
        .order_by(Domain.unicode_name, Forward.local_part)
        .limit(MOST)
    )
