"""Reading addresses that only forward. A caller hands in a domain within the actor's reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from panel.accounts.log import last_entries
from panel.directory.addresses import stored_target
from panel.directory.errors import BadTarget
from panel.directory.forwarding import Targets
from panel.directory.models import Forward, ForwardOnly, ForwardOwner
from panel.directory.places import Known
from panel.directory.queries import without_domain
from panel.directory.targets import Target, targets_of
from panel.orders.models import Domain

PAGE = 25


@dataclass(frozen=True)
class ForwardOnlyRow:
    """One address with what it forwards to, in the order in which that was typed."""

    account: ForwardOnly
    targets: Sequence[Target]


@dataclass(frozen=True)
class ForwardOnlyPage:
    """A page by local part; `before` and `after` are the keys of its neighbours."""

    rows: Sequence[ForwardOnlyRow]
    before: str | None
    after: str | None


def find_forward_only(session: Session, domain: Domain, local_part: str) -> ForwardOnly | None:
    """The forwarding address at a local part."""
    return session.scalar(
        select(ForwardOnly).where(
            ForwardOnly.domain_id == domain.id, ForwardOnly.local_part == local_part.lower()
        )
    )


def row_of(session: Session, domain: Domain, account: ForwardOnly, known: Known) -> ForwardOnlyRow:
    """The address with what it forwards to."""
    return _rows(session, domain, [account], known)[0]


def list_forward_only(
    session: Session, domain: Domain, text: str = "", after: str = "", before: str = ""
) -> ForwardOnlyPage:
    """25 addresses by local part, after or before a key; `text` begins the address or a target."""
    here = ForwardOnly.local_part
    query = select(ForwardOnly).where(ForwardOnly.domain_id == domain.id)
    if text:
        low = text.lower()
        leading = select(Forward.local_part).where(
            Forward.domain_id == domain.id, Forward.target.istartswith(low, autoescape=True)
        )
        local_part = without_domain(domain, low)
        query = query.where(or_(here.startswith(local_part, autoescape=True), here.in_(leading)))
    if before:
        query = query.where(here < before).order_by(here.desc())
    else:
        query = query.where(here > after).order_by(here)
    found = list(session.scalars(query.limit(PAGE + 1)))
    more, found = len(found) > PAGE, found[:PAGE]
    if before:
        found.reverse()
    earlier, later = (more, True) if before else (bool(after), more)
    return ForwardOnlyPage(
        _rows(session, domain, found, Known.of(domain)),
        found[0].local_part if found and earlier else None,
        found[-1].local_part if found and later else None,
    )


def was_added_with(session: Session, domain: Domain, typed: str, targets: Targets) -> bool:
    """Whether the address is there with just these targets: a form that was sent twice."""
    account = find_forward_only(session, domain, typed)
    if account is None:
        return False
    try:
        wanted = {stored_target(target) for target in targets.typed}
    except BadTarget:
        return False
    there = Known.of(domain).place(session, (domain.id, account.local_part))
    return there is not None and wanted == set(there.targets)


def targets_before(session: Session, domain: Domain, local_part: str) -> Sequence[str]:
    """What an address forwarded to before the last thing was done to it: what Undo offers."""
    last = last_entries(session, domain.id, f"{local_part}@{domain.name}", 1)
    is_one = last and last[0].action in ("forward_only.change", "forward_only.remove")
    return last[0].data.get("before", ()) if is_one else ()


def _rows(
    session: Session, domain: Domain, accounts: Sequence[ForwardOnly], known: Known
) -> list[ForwardOnlyRow]:
    found = targets_of(session, domain, [account.local_part for account in accounts], known)
    return [
        ForwardOnlyRow(account, found[account.local_part][ForwardOwner.ADMIN])
        for account in accounts
    ]
