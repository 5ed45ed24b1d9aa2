"""The end of users whose days in the recycle bin are over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from panel.accounts.access import SYSTEM, Actor
from panel.directory.forwarding import FORWARDS_SET
from panel.directory.models import Address, Forward, ForwardOnly, Mailbox
from panel.directory.places import Known
from panel.directory.targets import forwards_of
from panel.directory.versions import in_turn, note
from panel.engine.mail_files import throw_away
from panel.orders.domain_settings import DomainSettings, change_settings
from panel.orders.models import Customer, Domain, Order
from panel.orders.queries import loaded


def due_to_purge(session: Session, days: int, now: datetime) -> Sequence[int]:
    """The ids of users who have lain in the bin for `days`, the first ones first."""
    over = Mailbox.deleted_at <= now - timedelta(days=days)
    return session.scalars(select(Mailbox.id).where(over).order_by(Mailbox.deleted_at)).all()


def purge_due(session: Session, mailbox_id: int, days: int, now: datetime) -> None:
    """Purge one of them, unless it was restored meanwhile; for a transaction of its own."""
    over = Mailbox.deleted_at <= now - timedelta(days=days)
    query = (
        select(Mailbox)
        .join(Mailbox.domain)
        .join(Domain.order)
        .options(contains_eager(Mailbox.domain).contains_eager(Domain.order))
        .where(Mailbox.id == mailbox_id, over)
        .execution_options(populate_existing=True)
    )
    mailbox = session.scalar(query)
    if mailbox is None:
        return
    in_turn(session, mailbox.domain)
    if session.scalar(query) is not None:
        purge(session, mailbox.domain, mailbox, by=SYSTEM, now=now)


def purge(session: Session, domain: Domain, mailbox: Mailbox, *, by: Actor, now: datetime) -> None:
    """The end of a deleted user: its rows, and its mail after the commit; the address is free.

    What the customer's others forwarded to it is theirs no more: who gets the address next is
    somebody else. Notices that went to it go to the customer's own address. `domain.order` must be
    loaded.
    """
    here = {"domain_id": domain.id, "local_part": mailbox.local_part}
    session.delete(mailbox)
    session.flush()
    session.execute(delete(Forward).filter_by(**here))
    session.execute(delete(Address).filter_by(**here))
    throw_away(session, mailbox.storage_key, now)
    note(session, domain, mailbox.local_part, "user.purge", by=by, now=now)
    names = Known.of(domain).whole(session, domain.id).names
    _end_forwards_to(session, domain, names, mailbox.local_part, by=by, now=now)
    _end_notices_to(session, domain, names, mailbox.local_part, by=by, now=now)


def _end_forwards_to(
    session: Session,
    domain: Domain,
    names: Sequence[str],
    local_part: str,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Nobody of this customer forwards to an address any more."""
    led_here = Forward.target_domain.in_(names), Forward.target_local == local_part
    wanted = select(Domain, Forward.local_part, Forward.set_by, ForwardOnly.id)
    found = session.execute(
        forwards_of(wanted, domain.order.customer_id)
        .outerjoin(
            ForwardOnly,
            (ForwardOnly.domain_id == Forward.domain_id)
            & (ForwardOnly.local_part == Forward.local_part),
        )
        .options(contains_eager(Domain.order))
        .where(*led_here)
        .distinct()
    ).all()
    for holder, local, set_by, is_only in found:
        of = Forward.domain_id == holder.id, Forward.local_part == local, Forward.set_by == set_by
        typed = select(Forward.target).where(*of).order_by(Forward.id)
        before = session.scalars(typed).all()
        session.execute(delete(Forward).where(*of, *led_here))
        told = {"before": before, "targets": session.scalars(typed).all()}
        if is_only:
            note(session, holder, local, "forward_only.change", by=by, now=now, **told)
        else:
            note(session, holder, local, FORWARDS_SET[set_by], by=by, now=now, **told)


def _end_notices_to(
    session: Session,
    domain: Domain,
    names: Sequence[str],
    local_part: str,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Notices about the customer's domains go to its own address, unless that is this one."""
    here = {f"{local_part}@{name}" for name in names}
    told = func.lower(Domain.notification_email)
    found = session.execute(
        loaded(Domain)
        .add_columns(Customer.email)
        .join(Order.customer)
        .where(
            Customer.id == domain.order.customer_id,
            or_(*(told.endswith(f"@{name}", autoescape=True) for name in names)),
        )
    ).all()
    for other, email in found:
        if _plain(other.notification_email) in here and _plain(email) not in here:
            wanted = DomainSettings(email, other.sheet_company or "", other.sheet_help or "")
            version = other.settings_version
            change_settings(session, other, wanted, version=version, by=by, now=now)


def _plain(address: str) -> str:
    """Without upper case and what follows a plus sign."""
    local, _, name = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{name}"
