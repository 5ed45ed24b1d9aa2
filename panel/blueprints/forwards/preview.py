"""The way that mail would take if a form were saved as it stands."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from panel.directory.checking import check_whole
from panel.directory.forwarding import Targets, checked_targets, route_with
from panel.directory.local_parts import local_part_of
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
    session: Session, domain: Domain, typed: str, targets: Targets, *, is_new: bool
) -> Preview:
    """What would become of mail to the address that was typed, nothing of which is saved."""
    if not typed.strip() or not targets.typed:
        return Preview()
    found: Route | None = None
    try:
        local_part = local_part_of(typed) if is_new else typed
        if is_new and (taken := taken_by(session, domain, local_part)):
            raise taken
        known = Known.of(domain)
        found = route_with(session, domain, local_part, targets, known)
        wanted = checked_targets(session, domain, local_part, targets, known)
        instead = {(domain.id, local_part): wanted}
        check_whole(session, domain, local_part, known, instead=instead)
    except Refusal as refusal:
        return Preview(found, say_refusal(refusal))
    return Preview(found)
