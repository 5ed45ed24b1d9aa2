"""Where mail to an address goes: the same walk that Postfix's maps make (panel.engine.maps)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import BigInteger, String, column, or_, select, table, tuple_, union_all
from sqlalchemy.orm import Session

from panel.directory.addresses import stored_target
from panel.directory.errors import NotYours
from panel.directory.models import (
    Address,
    AddressKind,
    CatchAll,
    Forward,
    Mailbox,
    MailboxStatus,
)
from panel.orders.models import Domain, DomainAlias, Order

ALWAYS_ARRIVE = frozenset({"postmaster", "abuse"})
SERVED = table("pf_domain", column("id", BigInteger), column("name", String))
_FULL = table("pf_full", column("domain_id", BigInteger), column("local", String))


class StepKind(StrEnum):
    """What happens to a mail at one step of its way."""

    ALIAS_DOMAIN = "alias_domain"
    FORWARD = "forward"
    FORWARD_ONLY = "forward_only"
    CATCH_ALL = "catch_all"
    NOTIFICATION = "notification"
    MAILBOX = "mailbox"
    OUTSIDE = "outside"
    NEIGHBOUR = "neighbour"
    SUSPENDED = "suspended"
    DELETED = "deleted"
    UNKNOWN = "unknown"
    LOOP = "loop"


class Answer(StrEnum):
    """What a sender is told at RCPT, by its enhanced status code (RFC 3463).

    RETURNED: nothing at RCPT, but the mail comes back, for it was meant to arrive in any case.
    """

    TAKEN = "2.1.5"
    RETURNED = "returned"
    UNKNOWN = "5.1.1"
    SUSPENDED = "5.2.1"
    FULL = "5.2.2"
    NOT_OURS = "5.7.1"


@dataclass(frozen=True)
class Step:
    """One step: what happens at `address`, and the address that it leads to, if to any."""

    kind: StepKind
    address: str
    goto: str = ""


@dataclass(frozen=True)
class Route:
    """The way of a mail; `ends` are the addresses where it arrives, sorted."""

    address: str
    steps: tuple[Step, ...]
    ends: tuple[str, ...]
    answer: Answer

    @property
    def loop(self) -> tuple[str, ...]:
        """The chain of addresses that comes back to where it was; empty when none does."""
        closing = next((step for step in self.steps if step.kind is StepKind.LOOP), None)
        return tuple(closing.goto.split(" → ")) if closing else ()


Key = tuple[int, str]
"""(domain, local part) of an address."""


class Named(NamedTuple):
    """The domain behind a name: its id, its own name, its customer (id)."""

    id: int
    name: str
    customer: int


class Place(NamedTuple):
    """What lies at an address: what holds it, the mailbox, all targets by address."""

    kind: AddressKind
    box: Mailbox | None
    targets: list[str]


@dataclass
class Known:
    """What walks have read, for those after them as long as nothing is changed.

    `own`: a domain (id) to look at as if it were active.
    """

    own: int | None = None
    names: dict[str, Named | None] = field(default_factory=dict)
    places: dict[Key, Place | None] = field(default_factory=dict)
    full: dict[Key, bool] = field(default_factory=dict)

    @classmethod
    def of(cls, domain: Domain) -> Known:
        """With a domain as if it were active. Its `order` must be loaded."""
        named = Named(domain.id, domain.name, domain.order.customer_id)
        return cls(domain.id, {domain.name: named})

    def domain(self, session: Session, name: str) -> Named | None:
        """The domain behind a name, if it is ours."""
        if name not in self.names:
            behind = [select(SERVED.c.id).where(SERVED.c.name == name)]
            if self.own is not None:
                alias = DomainAlias.domain_id == self.own, DomainAlias.name == name
                behind.append(select(Domain.id).where(Domain.id == self.own, Domain.name == name))
                behind.append(select(DomainAlias.domain_id).where(*alias))
            query = select(Domain.id, Domain.name, Order.customer_id).join(Domain.order)
            found = session.execute(query.where(Domain.id.in_(union_all(*behind)))).first()
            self.names[name] = Named(*found) if found else None
        return self.names[name]

    def place(self, session: Session, key: Key) -> Place | None:
        """What lies at an address, if anything holds it."""
        if key not in self.places:
            here = tuple_(Address.domain_id, Address.local_part)
            rows = session.execute(
                select(Address.kind, Mailbox, Forward.target)
                .outerjoin(Mailbox, here == tuple_(Mailbox.domain_id, Mailbox.local_part))
                .outerjoin(Forward, here == tuple_(Forward.domain_id, Forward.local_part))
                .where(Address.domain_id == key[0], Address.local_part == key[1])
                .order_by(Forward.target)
            ).all()
            targets = list(dict.fromkeys(target for _, _, target in rows if target is not None))
            self.places[key] = Place(*rows[0][:2], targets) if rows else None
        return self.places[key]

    def is_full(self, session: Session, key: Key) -> bool:
        """Whether the mailbox at an address takes no more."""
        if key not in self.full:
            domain_id, local = key
            here = _FULL.c.domain_id == domain_id, _FULL.c.local == local
            self.full[key] = session.scalar(select(_FULL.c.local).where(*here)) is not None
        return self.full[key]


@dataclass
class _Walk:
    session: Session
    known: Known
    instead: Mapping[Key, Sequence[str]]
    reach: int | None
    steps: list[Step] = field(default_factory=list)
    ends: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    met_suspended: bool = False
    boxes: list[Key] = field(default_factory=list)
    held: set[Key] = field(default_factory=set)

    def follow(self, address: str, chain: tuple[str, ...] = ()) -> None:
        """Walk on from an address; `chain` are those before it."""
        local, _, name = address.rpartition("@")
        domain = self.known.domain(self.session, name)
        if domain is None or self.reach not in (None, domain.customer):
            self._end(StepKind.OUTSIDE if domain is None else StepKind.NEIGHBOUR, address)
            return
        local = local.partition("+")[0].lower()
        own = f"{local}@{domain.name}"
        if name != domain.name:
            self.steps.append(Step(StepKind.ALIAS_DOMAIN, address, own))
        if own in chain:
            circle = (*chain[chain.index(own) :], own)
            self.steps.append(Step(StepKind.LOOP, own, " → ".join(circle)))
        elif own not in self.seen:
            self.seen.add(own)
            self._at(domain.id, local, own, chain)

    def _at(self, domain_id: int, local: str, own: str, chain: tuple[str, ...]) -> None:
        """What happens at an address of a domain of ours."""
        key = domain_id, local
        there = self.known.place(self.session, key)
        box = there.box if there else None
        if there is not None or key in self.instead:
            self.held.add(key)
        if key not in self.held:
            self.steps.append(Step(StepKind.UNKNOWN, own))
        elif box is not None and box.deleted_at is not None:
            self.steps.append(Step(StepKind.DELETED, own))
        elif box is not None and box.status is not MailboxStatus.ACTIVE:
            self.met_suspended = True
            self.steps.append(Step(StepKind.SUSPENDED, own))
        else:
            targets = self.instead.get(key, there.targets if there else [])
            if box is not None and (box.keep_copy or not targets):
                self._end(StepKind.MAILBOX, own)
                self.boxes.append(key)
            for target in targets:
                step = StepKind.FORWARD if box is not None else StepKind.FORWARD_ONLY
                self.steps.append(Step(step, own, target))
                self.follow(target, (*chain, own))

    def is_full(self) -> bool:
        """Whether the mail arrives at mailboxes only, and all of them are full."""
        return len(self.boxes) == len(self.ends) and all(
            self.known.is_full(self.session, key) for key in self.boxes
        )

    def _end(self, kind: StepKind, address: str) -> None:
        self.steps.append(Step(kind, address))
        self.ends.add(address)


def route_of(
    session: Session,
    address: str,
    *,
    instead: Mapping[Key, Sequence[str]] | None = None,
    reach: int | None = None,
    known: Known | None = None,
) -> Route:
    """Where mail to an address goes, step by step, and what the sender is told.

    `instead`: forwards as they would be, to see what a change would do before it is saved.
    `reach`: the customer (id) that it is shown to; what other customers' addresses do with a mail
    is theirs, so the way ends before them. `known`: what walks before this one have read.
    """
    walk = _Walk(session, known or Known(), instead or {}, reach)
    local, _, name = address.lower().rpartition("@")
    domain = walk.known.domain(session, name)
    if domain is None:
        return Route(address, (Step(StepKind.OUTSIDE, address),), (), Answer.NOT_OURS)
    walk.follow(address.lower())
    held = (domain.id, local.partition("+")[0]) in walk.held
    if not walk.ends:
        _fall_back(walk, domain.id, address.lower(), held=held)
    arrives = bool(walk.ends) and not walk.is_full()
    if arrives:
        answer = Answer.TAKEN
    elif any(step.kind is StepKind.NOTIFICATION for step in walk.steps):
        answer = Answer.RETURNED
    elif walk.ends:
        answer = Answer.FULL
    else:
        answer = Answer.SUSPENDED if walk.met_suspended and held else Answer.UNKNOWN
    return Route(address, tuple(walk.steps), tuple(sorted(walk.ends)), answer)


def _fall_back(walk: _Walk, domain_id: int, address: str, *, held: bool) -> None:
    """The catch-all takes what nothing holds; postmaster and abuse arrive in any case."""
    local = address.rpartition("@")[0].partition("+")[0]
    always = local in ALWAYS_ARRIVE
    domain = walk.session.get_one(Domain, domain_id)
    target = walk.session.scalar(select(CatchAll.local_part).where(CatchAll.domain_id == domain_id))
    if target is not None and (always or not held):
        walk.steps.append(Step(StepKind.CATCH_ALL, address, f"{target}@{domain.name}"))
        walk.follow(f"{target}@{domain.name}")
    notice = domain.notification_email.lower()
    names = {domain.name, address.rpartition("@")[2]}
    circles = {f"{one}@{name}" for one in ALWAYS_ARRIVE for name in names}
    if not walk.ends and always and notice not in circles:
        walk.steps.append(Step(StepKind.NOTIFICATION, address, domain.notification_email))
        walk.follow(notice)


def lookup(session: Session, domain: Domain, typed: str) -> Route:
    """The way of an address as the domain's customer types it: a local part is the domain's own.

    Raises BadTarget for what is no address, NotYours for one of a domain that is not the
    customer's. `domain.order` must be loaded.
    """
    folded = unicodedata.normalize("NFKC", typed).strip()
    address = stored_target(folded if "@" in folded else f"{folded}@{domain.name}")
    customer, name = domain.order.customer_id, address.rpartition("@")[2]
    owner = session.execute(
        select(Domain.id)
        .join(Domain.order)
        .outerjoin(DomainAlias, DomainAlias.domain_id == Domain.id)
        .where(or_(Domain.name == name, DomainAlias.name == name), Order.customer_id == customer)
    ).first()
    if owner is None:
        raise NotYours(address)
    return route_of(session, address, reach=customer, known=Known(owner.id))
