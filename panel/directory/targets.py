"""What forwards lead to, and what leads to an address: for lists, and before something is done."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TypeVarTuple

from sqlalchemy import BigInteger, BindParameter, Select, bindparam, or_, select
from sqlalchemy.orm import Session

from panel.directory.models import Forward, ForwardOwner, MailboxStatus
from panel.directory.places import Key, Known
from panel.directory.queries import is_one_of, pairs
from panel.orders.models import Domain, Order

Ts = TypeVarTuple("Ts")

MOST_ABOVE = 200
"""So many addresses that lead to one are read."""


class TargetState(StrEnum):
    """How a forward's target stands now."""

    HERE = "here"
    OUTSIDE = "outside"
    SUSPENDED = "suspended"
    DELETED = "deleted"
    UNKNOWN = "unknown"
    WAITING = "waiting"

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

    `more` forward to it besides; None: more than are read. `takes_notices`: it is the domain's
    notification address.
    """

    forwards: Sequence[str]
    is_catch_all: bool
    takes_notices: bool = False
    more: int | None = 0

    def __bool__(self) -> bool:
        """Whether anything does."""
        return bool(self.forwards) or self.is_catch_all or self.takes_notices


def targets_of(
    session: Session, domain: Domain, local_parts: Sequence[str], known: Known
) -> dict[str, dict[ForwardOwner, list[Target]]]:
    """The targets of addresses of a domain, by local part and by who has set them.

    Three questions at most, however many they are. `domain.order` must be loaded.
    """
    known.read_places(session, ((domain.id, local_part) for local_part in local_parts))
    places = {one: known.place(session, (domain.id, one)) for one in local_parts}
    forwards = {one: place.forwards if place else {} for one, place in places.items()}
    typed = {target for place in places.values() if place for target in place.targets}
    known.read(session, sorted(typed))
    at = {address: Target(address, _state(session, domain, address, known)) for address in typed}
    return {
        one: {owner: [at[target] for target in of_one.get(owner, ())] for owner in ForwardOwner}
        for one, of_one in forwards.items()
    }


def _state(session: Session, domain: Domain, address: str, known: Known) -> TargetState:
    """How a target stands.

    Of other customers' addresses that is not told: they are like those of other hosts.
    """
    named = known.domain(session, address.rpartition("@")[2])
    key = known.key(session, address)
    if named is None or key is None or named.customer != domain.order.customer_id:
        return TargetState.OUTSIDE
    if named.waits:
        return TargetState.WAITING
    place = known.place(session, key)
    if place is None:
        return TargetState.UNKNOWN
    if place.box is not None and place.box.is_deleted:
        return TargetState.DELETED
    suspended = place.box is not None and place.box.status is MailboxStatus.SUSPENDED
    return TargetState.SUSPENDED if suspended else TargetState.HERE


def impact_of(
    session: Session, domain: Domain, local_part: str, known: Known, most: int = 20
) -> Impact:
    """What leads to an address of a domain, by any of its names; at most so many forwards.

    Forwards of the customer's other domains count, those of other customers are not told.
    `domain.order` must be loaded.
    """
    key, whole = (domain.id, local_part), known.whole(session, domain.id)
    found = callers(session, domain, {key}, known)
    forwards = [address for of, address in found.items() if of != key]
    return Impact(
        forwards[:most],
        whole.catch_all == local_part,
        whole.notices_at == local_part,
        more=max(len(forwards) - most, 0) if len(found) < MOST_ABOVE else None,
    )


def callers(session: Session, domain: Domain, keys: Set[Key], known: Known) -> dict[Key, str]:
    """The customer's addresses that forward to any of these, sorted; MOST_ABOVE at most.

    `domain.order` must be loaded.
    """
    asked = frozenset(keys)
    if asked not in known.callers:
        known.read_wholes(session, {domain_id for domain_id, _ in asked})
        led = [(name, local) for of, local in sorted(asked) for name in known.wholes[of].names]
        customer = {"customer": domain.order.customer_id}
        rows = {
            (name, local, of)
            for firsts, values in pairs(led)
            for of, local, name in session.execute(_calling(firsts), values | customer)
        }
        known.callers[asked] = {
            (of, local): f"{local}@{name}" for name, local, of in sorted(rows)[:MOST_ABOVE]
        }
    return known.callers[asked]


@cache
def _calling(names: int) -> Select[int, str, str]:
    wanted = select(Forward.domain_id, Forward.local_part, Domain.name)
    return (
        forwards_of(wanted, bindparam("customer", type_=BigInteger))
        .where(is_one_of(names, Forward.target_domain, Forward.target_local))
        .distinct()
        .order_by(Domain.name, Forward.local_part)
        .limit(MOST_ABOVE)
    )


def leading_to(
    domain: Domain, names: Sequence[str], local_parts: Sequence[str]
) -> Select[str, str]:
    """The forwards (local part, domain's name) of a customer that lead to addresses of a domain
    by any of its `names`. `domain.order` must be loaded.
    """
    wanted = select(Forward.local_part, Domain.name)
    return forwards_of(wanted, domain.order.customer_id).where(
        Forward.target_domain.in_(names),
        Forward.target_local.in_(local_parts),
        or_(Forward.domain_id != domain.id, Forward.local_part != Forward.target_local),
    )


def forwards_of(wanted: Select[*Ts], customer: int | BindParameter[int]) -> Select[*Ts]:
    """Of forwards, with their domain and its order, those of a customer (id)."""
    return (
        wanted.join_from(Forward, Domain, Domain.id == Forward.domain_id)
        .join(Domain.order)
        .where(Order.customer_id == customer)
    )
