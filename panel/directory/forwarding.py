"""Forwards of users, and addresses that only forward."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from panel.accounts.access import Actor
from panel.directory.actions import SERVED
from panel.directory.addresses import stored_target
from panel.directory.checking import check_result, check_target
from panel.directory.errors import (
    AddressTaken,
    BadTarget,
    DomainNotServed,
    NoTarget,
    TakesCatchAll,
    TakesNotices,
    TooManyTargets,
)
from panel.directory.local_parts import local_part_of
from panel.directory.models import (
    Address,
    AddressKind,
    Forward,
    ForwardOnly,
    ForwardOwner,
    Mailbox,
)
from panel.directory.places import Known
from panel.directory.queries import taken_by
from panel.directory.routing import Route, route_of
from panel.directory.versions import as_shown, in_turn, not_deleted, note
from panel.orders.models import Domain

FORWARDS_SET = {owner: f"user.{owner.value}_forwards" for owner in ForwardOwner}
COPY_SET = "user.keep_copy"
"""The audit's actions, whose data hold what was there before, so that it can be undone."""


@dataclass(frozen=True)
class Targets:
    """Addresses as they were typed, and how many the settings allow."""

    typed: Sequence[str]
    most: int = 20


def known_in_turn(session: Session, domain: Domain) -> Known:
    """What is read once this change's turn has come: nobody else changes it until it is written."""
    in_turn(session, domain)
    return Known.of(domain)


def takes_no_notices(session: Session, domain: Domain, local_part: str, known: Known) -> None:
    """Raise TakesNotices where notices about the domain, and its postmaster's mail, go to it."""
    if known.whole(session, domain.id).notices_at == local_part:
        raise TakesNotices(f"{local_part}@{domain.unicode_name}")


def may_go(session: Session, domain: Domain, local_part: str, known: Known) -> None:
    """Raise TakesCatchAll or TakesNotices where the domain's own mail needs an address."""
    if known.whole(session, domain.id).catch_all == local_part:
        raise TakesCatchAll(f"{local_part}@{domain.unicode_name}")
    takes_no_notices(session, domain, local_part, known)


def set_forwards(
    session: Session,
    domain: Domain,
    mailbox: Mailbox,
    targets: Targets,
    set_by: ForwardOwner,
    *,
    version: int,
    by: Actor,
    now: datetime,
    known: Known,
) -> None:
    """Replace the forwards that the user, or the administrator, has set for a user.

    `known`: what the caller has read since its turn came (`known_in_turn`), who may change more of
    the same, and then checks what has come of it (`check_result`).
    Raises what checked_targets raises, InRecycleBin, ChangedMeanwhile.
    """
    not_deleted(domain, mailbox)
    wanted = checked_targets(session, domain, mailbox.local_part, targets, known)
    with as_shown(session, domain, mailbox, version):
        before = _replace(session, domain, mailbox.local_part, wanted, set_by, known)
    told = {"before": before, "targets": wanted}
    note(session, domain, mailbox.local_part, FORWARDS_SET[set_by], by=by, now=now, **told)


def set_keep_copy(
    session: Session,
    domain: Domain,
    mailbox: Mailbox,
    keep: bool,
    *,
    version: int,
    by: Actor,
    now: datetime,
    known: Known,
) -> None:
    """Whether what is forwarded stays in the mailbox too.

    `known`: as for set_forwards. Raises InRecycleBin, ChangedMeanwhile.
    """
    not_deleted(domain, mailbox)
    told = {"before": mailbox.keep_copy, "keep": keep}
    with as_shown(session, domain, mailbox, version):
        mailbox.keep_copy = keep
    known.put(session, (domain.id, mailbox.local_part), {}, keep_copy=keep)
    note(session, domain, mailbox.local_part, COPY_SET, by=by, now=now, **told)


def add_forward_only(
    session: Session, domain: Domain, typed: str, targets: Targets, *, by: Actor, now: datetime
) -> ForwardOnly:
    """Add an address that only forwards.

    Raises DomainNotServed, BadLocalPart, AddressTaken, NoTarget and what checked_targets and
    check_result raise.
    """
    if domain.service_status not in SERVED:
        raise DomainNotServed(domain.service_status)
    local_part = local_part_of(typed)
    shown = f"{local_part}@{domain.unicode_name}"
    known = known_in_turn(session, domain)
    if taken := taken_by(session, domain, local_part):
        raise taken
    wanted = checked_targets(session, domain, local_part, targets, known)
    if not wanted:
        raise NoTarget
    kind = AddressKind.FORWARD_ONLY
    account = ForwardOnly(domain_id=domain.id, local_part=local_part, created_at=now)
    try:
        session.add(Address(domain_id=domain.id, local_part=local_part, kind=kind))
        session.flush()
    except IntegrityError as error:
        raise AddressTaken(shown, kind) from error
    session.add(account)
    _replace(session, domain, local_part, wanted, ForwardOwner.ADMIN, known)
    check_result(session, domain, local_part, known)
    note(session, domain, local_part, "forward_only.add", by=by, now=now, targets=wanted)
    return account


def change_forward_only(
    session: Session,
    domain: Domain,
    account: ForwardOnly,
    targets: Targets,
    *,
    version: int,
    by: Actor,
    now: datetime,
) -> None:
    """Replace the targets. Without any: NoTarget, for the page to ask whether to remove it."""
    known = known_in_turn(session, domain)
    wanted = checked_targets(session, domain, account.local_part, targets, known)
    if not wanted:
        raise NoTarget
    with as_shown(session, domain, account, version):
        before = _replace(session, domain, account.local_part, wanted, ForwardOwner.ADMIN, known)
    check_result(session, domain, account.local_part, known)
    told = {"before": before, "targets": wanted}
    note(session, domain, account.local_part, "forward_only.change", by=by, now=now, **told)


def remove_forward_only(
    session: Session,
    domain: Domain,
    account: ForwardOnly,
    *,
    version: int,
    by: Actor,
    now: datetime,
) -> None:
    """Remove it with its targets; its address is free.

    Raises TakesCatchAll, TakesNotices, ChangedMeanwhile.
    """
    known, local_part = known_in_turn(session, domain), account.local_part
    may_go(session, domain, local_part, known)
    with as_shown(session, domain, account, version):
        before = _replace(session, domain, local_part, [], ForwardOwner.ADMIN, known)
        session.delete(account)
        session.flush()
        session.execute(delete(Address).filter_by(domain_id=domain.id, local_part=local_part))
    note(session, domain, local_part, "forward_only.remove", by=by, now=now, before=before)


def checked_targets(
    session: Session, domain: Domain, local_part: str, targets: Targets, known: Known
) -> list[str]:
    """The targets as they are stored, each once, in the order in which they were typed.

    Raises BadTarget, TooManyTargets and what check_target raises.
    """
    wanted = list(dict.fromkeys(stored_target(typed) for typed in targets.typed if typed.strip()))
    if len(wanted) > targets.most:
        raise TooManyTargets(targets.most)
    known.read(session, [f"{local_part}@{domain.name}", *wanted])  # together
    for target in wanted:
        check_target(session, domain, local_part, target, known)
    return wanted


def route_with(
    session: Session, domain: Domain, local_part: str, targets: Targets, known: Known
) -> Route:
    """The way that mail would take with these targets; what is no address is left out."""
    wanted = []
    for typed in targets.typed[: targets.most]:
        with suppress(BadTarget):
            wanted.append(stored_target(typed))
    return route_of(
        session,
        f"{local_part}@{domain.name}",
        instead={(domain.id, local_part): list(dict.fromkeys(wanted))},
        reach=domain.order.customer_id,
        known=known,
    )


def _replace(
    session: Session,
    domain: Domain,
    local_part: str,
    wanted: list[str],
    set_by: ForwardOwner,
    known: Known,
) -> list[str]:
    """Write one owner's forwards of an address; those that were there."""
    there = known.place(session, (domain.id, local_part))
    before = list(there.forwards.get(set_by, ())) if there else []
    here = {"domain_id": domain.id, "local_part": local_part, "set_by": set_by}
    if before:
        session.execute(delete(Forward).filter_by(**here))
    if wanted:
        session.execute(insert(Forward), [here | _edge(target) for target in wanted])
    known.put(session, (domain.id, local_part), {set_by: wanted})
    return before


def _edge(target: str) -> dict[str, str]:
    local, _, name = target.rpartition("@")
    key = local.partition("+")[0].lower()
    return {"target": target, "target_local": key, "target_domain": name}
