"""What a domain sends mail to by its settings that takes none."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from panel.directory.routing import Answer, Known, route_of
from panel.orders.models import Domain


@dataclass(frozen=True)
class DeadEnds:
    """Whether the notification address takes no mail, and whether the catch-all's does not."""

    notices: bool
    catch_all: bool


def dead_ends(session: Session, domain: Domain, catch_all: str | None) -> DeadEnds:
    """The dead ends of a domain, whose `order` must be loaded; `catch_all` is its local part.

    Of a notification address elsewhere nothing can be said. A domain that waits for its DNS is
    looked at as if it were active.
    """
    known = Known.of(domain)

    def is_dead(address: str) -> bool:
        route = route_of(session, address, reach=domain.order.customer_id, known=known)
        return not route.ends or route.answer is Answer.FULL

    told = known.domain(session, domain.notification_email.lower().rpartition("@")[2])
    return DeadEnds(
        notices=told is not None and told.id == domain.id and is_dead(domain.notification_email),
        catch_all=catch_all is not None and is_dead(f"{catch_all}@{domain.name}"),
    )
