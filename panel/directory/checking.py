"""What is looked at before and after a forward is saved: circles, dead ends, too many addresses.

All raise refusals, which tell nothing of how the addresses of other customers stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from itertools import pairwise

from sqlalchemy.orm import Session

from panel.directory.errors import (
    ForwardsInCircle,
    LeadsNowhere,
    PassesTooMany,
    TakesNoMail,
    TargetUnknown,
)
from panel.directory.places import Key, Known
from panel.directory.routing import ALWAYS_ARRIVE, StepKind, route_of, too_long
from panel.directory.targets import MOST_ABOVE, callers
from panel.engine.maps import MOST_PASSED
from panel.orders.addresses import notice_address
from panel.orders.models import Domain
from panel.refusals import Refusal

ELSEWHERE = "…"
"""In a chain: addresses of other customers."""


def check_target(
    session: Session, domain: Domain, local_part: str, target: str, known: Known
) -> None:
    """A target of an address of a domain. `domain.order` must be loaded.

    Raises ForwardsInCircle, TargetUnknown, TakesNoMail, LeadsNowhere.
    """
    own = f"{local_part}@{domain.name}"
    instead = {(domain.id, local_part): [target]}
    route = route_of(session, own, instead=instead, through=True, known=known)
    for loop in route.loops:
        chain = _told(session, domain, known, loop)
        if loop[0] == own and chain[1] == ELSEWHERE:
            chain = (own, target, *_told(session, domain, known, loop[2:]))
        if any(address != ELSEWHERE for address in chain):
            raise ForwardsInCircle(chain)
    if dead := _dead(session, domain, target, known):
        raise dead


def check_result(session: Session, domain: Domain, local_part: str, known: Known) -> None:
    """An address as it is known, or was put there, and those that lead to it.

    Of more than MOST_ABOVE that lead to it the rest is not looked at: mail to them is refused by
    Postfix if it then passes too many. `domain.order` must be loaded. Raises PassesTooMany,
    LeadsNowhere.
    """
    own = f"{local_part}@{domain.name}"
    if found := too_long(session, [own, *_above(session, domain, local_part, known)], known):
        raise PassesTooMany(found[0], MOST_PASSED)
    there = known.place(session, (domain.id, local_part))
    targets = there.targets if there else ()
    stays = there is not None and there.box is not None and (there.box.keep_copy or not targets)
    if not stays and all(_dead(session, domain, target, known) for target in targets):
        refused = LeadsNowhere(own)
        refused.field = "keep_copy"
        raise refused


def check_notice(session: Session, domain: Domain, typed: str) -> None:
    """A new address for a domain's notices, and for its postmaster's mail in the last resort.

    Raises NotAnAddress, TakesNoMail.
    """
    address = notice_address(typed, "notification_email")
    if address != domain.notification_email and not takes_notices(session, domain, address):
        refused = TakesNoMail(address)
        refused.field = "notification_email"
        raise refused


def takes_notices(session: Session, domain: Domain, address: str) -> bool:
    """Whether mail to a notification address arrives, without the domain's own postmaster.

    `domain.order` must be loaded.
    """
    known, (local, _, name) = Known.of(domain), address.lower().rpartition("@")
    behind = known.domain(session, name)
    if behind is None:
        return True
    own = behind.id == domain.id and local.partition("+")[0] in ALWAYS_ARRIVE
    return not own and bool(route_of(session, f"{local}@{name}", known=known).ends)


def _dead(session: Session, domain: Domain, target: str, known: Known) -> Refusal | None:
    """Why mail to a target arrives nowhere, if so; the catch-all takes no forwards."""
    route = route_of(session, target, known=known)
    first = next(step for step in route.steps if step.kind is not StepKind.ALIAS_DOMAIN)
    elsewhere = first.kind in (StepKind.OUTSIDE, StepKind.WAITING)
    if elsewhere or (route.ends and first.kind is not StepKind.UNKNOWN):
        return None
    if not _is_of(session, domain, known, target):
        return TakesNoMail(target)
    return (TargetUnknown if first.kind is StepKind.UNKNOWN else LeadsNowhere)(target)


def _is_of(session: Session, domain: Domain, known: Known, address: str) -> bool:
    """Whether an address is in one of the customer's domains."""
    named = known.domain(session, address.rpartition("@")[2])
    return named is not None and named.customer == domain.order.customer_id


def _told(session: Session, domain: Domain, known: Known, chain: Iterable[str]) -> tuple[str, ...]:
    """A chain without the addresses of others."""
    told = [one if _is_of(session, domain, known, one) else ELSEWHERE for one in chain]
    return (told[0], *(b for a, b in pairwise(told) if (a, b) != (ELSEWHERE, ELSEWHERE)))


def _above(session: Session, domain: Domain, local_part: str, known: Known) -> list[str]:
    """The customer's addresses that lead to an address by forwards, the nearest first."""
    found: dict[Key, str] = {}
    own: set[Key] = {(domain.id, local_part)}
    level: Set[Key] = own
    while level and len(found) < MOST_ABOVE:
        new = callers(session, domain, level, known)
        level = new.keys() - found.keys() - own
        found |= {key: address for key, address in new.items() if key in level}
    return list(found.values())[:MOST_ABOVE]
