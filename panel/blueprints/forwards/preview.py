"""The way that mail would take if a form were saved as it stands."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from panel.directory.checking import check_result
from panel.directory.forwarding import Targets, checked_targets, route_with
from panel.directory.local_parts import local_part_of
from panel.directory.models import ForwardOwner
from panel.directory.places import Known
from panel.directory.queries import taken_by
from panel.directory.routing import Route
from panel.orders.models import Domain
from panel.refusals import Refusal
from panel.web.words import say_refusal


@dataclass(frozen=True)
class Preview:
    """The way, if there is anything to see, and what speaks against saving it."""

    found: Route | None = None
    message: str = ""


def preview(
    session: Session, domain: Domain, typed: str, targets: Targets, known: Known, *, is_new: bool
) -> Preview:
    """What would become of mail to the address that was typed, nothing of which is saved.

    `known` then knows the address as it would be.
    """
    if not typed.strip() or not targets.typed:
        return Preview()
    found: Route | None = None
    try:
        local_part = local_part_of(typed) if is_new else typed
        if is_new and (taken := taken_by(session, domain, local_part)):
            raise taken
        found = route_with(session, domain, local_part, targets, known)
        wanted = checked_targets(session, domain, local_part, targets, known)
        known.put(session, (domain.id, local_part), {ForwardOwner.ADMIN: wanted})
        check_result(session, domain, local_part, known)
    except Refusal as refusal:
        return Preview(found, say_refusal(refusal))
    return Preview(found)
