"""What becomes of mail to addresses of a domain that nothing holds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from panel.accounts.access import Actor
from panel.accounts.models import AuditEntry
from panel.directory.errors import CatchAllUnknown, LeadsNowhere
from panel.directory.models import CatchAll
from panel.directory.places import Known
from panel.directory.queries import caught_by
from panel.directory.routing import route_of
from panel.directory.versions import in_turn, note
from panel.orders.conflicts import changed_by
from panel.orders.errors import ChangedMeanwhile
from panel.orders.models import Domain

UNSEEN = ""
"""In place of what a page showed, where there was no page."""


def set_catch_all(
    session: Session,
    domain: Domain,
    local_part: str | None,
    *,
    shown: str | None = UNSEEN,
    by: Actor,
    now: datetime,
) -> None:
    """Deliver what nothing holds to an existing address of the domain, or (None) bounce it.

    `shown`: what the page showed as set before. Raises CatchAllUnknown, LeadsNowhere,
    ChangedMeanwhile; asking twice for the same is fine.
    """
    in_turn(session, domain)
    before = catch_all_of(session, domain)
    if local_part is not None:
        local_part = local_part.strip().lower()
        _existing(session, domain, local_part)
    if before == local_part:
        return
    if shown != UNSEEN and before != shown:
        mine = AuditEntry.domain_id == domain.id, AuditEntry.action == "domain.catch_all"
        raise changed_by(session, *mine)
    if not _put_catch_all(session, domain, before, local_part):
        raise ChangedMeanwhile("", None)
    data = {"before": before, "target": local_part}
    note(session, domain, "", "domain.catch_all", by=by, now=now, **data)


def catch_all_of(session: Session, domain: Domain) -> str | None:
    """The local part that takes what nothing holds, or None: it is bounced."""
    return session.scalar(caught_by(domain.id))


def _put_catch_all(
    session: Session, domain: Domain, before: str | None, local_part: str | None
) -> bool:
    """Write it; False when another was faster, or the address is gone since."""
    here = CatchAll.domain_id == domain.id, CatchAll.local_part == before
    if before is None:
        session.add(CatchAll(domain_id=domain.id, local_part=local_part))
        try:
            session.flush()
        except IntegrityError:
            return False
        return True
    if local_part is None:
        done = session.execute(delete(CatchAll).where(*here))
    else:
        done = session.execute(update(CatchAll).where(*here).values(local_part=local_part))
    return bool(done.rowcount)  # type: ignore[attr-defined]


def _existing(session: Session, domain: Domain, local_part: str) -> None:
    known, address = Known.of(domain), f"{local_part}@{domain.name}"
    there = known.place(session, (domain.id, local_part))
    if there is None or (there.box is not None and there.box.is_deleted):
        raise CatchAllUnknown(local_part)
    if not route_of(session, address, known=known).ends:
        refused = LeadsNowhere(address)
        refused.field = CatchAllUnknown.field
        raise refused
