"""Where mail to an address goes: the same walk that Postfix's maps make (panel.engine.maps)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from panel.directory.addresses import stored_target
from panel.directory.errors import NotYours
from panel.directory.models import MailboxStatus
from panel.directory.places import Box, Key, Known, Named
from panel.engine.maps import MOST_PASSED
from panel.orders.models import Domain, DomainAlias, Order

ALWAYS_ARRIVE = frozenset({"postmaster", "abuse"})


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
    WAITING = "waiting"
    SUSPENDED = "suspended"
    DELETED = "deleted"
    UNKNOWN = "unknown"
    LOOP = "loop"
    TOO_MANY = "too_many"


class Answer(StrEnum):
    """What a sender is told at RCPT, by its enhanced status code (RFC 3463).

    RETURNED: nothing at RCPT, but the mail comes back, for it was meant to arrive in any case.
    """

    TAKEN = "2.1.5"
    RETURNED = "returned"
    UNKNOWN = "5.1.1"
    SUSPENDED = "5.2.1"
    FULL = "5.2.2"
    TOO_MANY = "5.2.4"
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
    def loops(self) -> list[tuple[str, ...]]:
        """The chains of addresses that come back to where they were."""
        closing = [step for step in self.steps if step.kind is StepKind.LOOP]
        return [tuple(step.goto.split(" → ")) for step in closing]


@dataclass
class _Walk:
    session: Session
    known: Known
    instead: Mapping[Key, Sequence[str]]
    reach: int | None = None
    through: bool = False
    steps: list[Step] = field(default_factory=list)
    ends: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    met_suspended: bool = False
    met_too_many: bool = False
    boxes: list[Key] = field(default_factory=list)

    def start(self, address: str) -> None:
        """Walk from an address, unless that passes too many."""
        if len(self.passed([address], MOST_PASSED)) <= MOST_PASSED:
            self.follow(address)
        else:
            self.met_too_many = True
            self.steps.append(Step(StepKind.TOO_MANY, address))

    def passed(self, starts: Sequence[str], most: int) -> set[Key | str]:
        """The addresses that mail passes, its ends too: a few questions a level.

        Breaks off beyond `most`.
        """
        found: set[Key | str] = set()
        level = starts
        while level and len(found) <= most:
            self.known.read_names(self.session, (one.rpartition("@")[2] for one in level))
            new = {self._node(address) for address in level} - found
            found |= new
            keys = [node for node in new if isinstance(node, tuple)]
            if len(found) <= most:
                self.known.read_places(self.session, keys)
                level = [target for key in keys for target in self._targets(key)]
        return found

    def follow(self, address: str, chain: tuple[str, ...] = ()) -> None:
        """Walk on from an address; `chain` are those before it, of which `start` keeps few."""
        node = self._node(address)
        if not isinstance(node, tuple):
            self._end(self._beyond(address) or StepKind.OUTSIDE, address)
            return
        name = address.rpartition("@")[2]
        domain = self.known.domain(self.session, name)
        own = f"{node[1]}@{domain.name if domain else name}"
        if name != own.rpartition("@")[2]:
            self.steps.append(Step(StepKind.ALIAS_DOMAIN, address, own))
        if own in chain:
            circle = (*chain[chain.index(own) :], own)
            self.steps.append(Step(StepKind.LOOP, own, " → ".join(circle)))
        elif own not in self.seen:
            self.seen.add(own)
            self._at(node, own, chain)

    def holds(self, key: Key) -> bool:
        """Whether anything holds an address."""
        return key in self.instead or self.known.place(self.session, key) is not None

    def _node(self, address: str) -> Key | str:
        """An address of a domain of ours by its key, within reach; any other as it is."""
        beyond = self._beyond(address) is not None
        return address if beyond else (self.known.key(self.session, address) or address)

    def _beyond(self, address: str) -> StepKind | None:
        """What an address is where this walk does not look into its domain."""
        domain = self.known.domain(self.session, address.rpartition("@")[2])
        if domain is None:
            return StepKind.OUTSIDE
        if domain.waits and not self.through:
            return StepKind.WAITING
        return None if self.reach in (None, domain.customer) else StepKind.NEIGHBOUR

    def _box(self, key: Key) -> Box | None:
        there = self.known.place(self.session, key)
        return there.box if there else None

    def _stop(self, key: Key) -> StepKind | None:
        """What lets mail go no further than an address."""
        box = self._box(key)
        if not self.holds(key):
            return StepKind.UNKNOWN
        if box is not None and box.is_deleted:
            return StepKind.DELETED
        suspended = box is not None and box.status is not MailboxStatus.ACTIVE
        return StepKind.SUSPENDED if suspended else None

    def _targets(self, key: Key) -> Sequence[str]:
        """The targets to walk on to."""
        if self._stop(key) and not self.through:
            return ()
        there = self.known.place(self.session, key)
        return self.instead.get(key, there.targets if there else ())

    def _at(self, key: Key, own: str, chain: tuple[str, ...]) -> None:
        """What happens at an address of a domain of ours."""
        box, stop, targets = self._box(key), self._stop(key), self._targets(key)
        if stop is not None:
            self.met_suspended |= stop is StepKind.SUSPENDED
            self.steps.append(Step(stop, own))
        elif box is not None and (box.keep_copy or not targets):
            self._end(StepKind.MAILBOX, own)
            self.boxes.append(key)
        for target in targets:
            step = StepKind.FORWARD if box is not None else StepKind.FORWARD_ONLY
            self.steps.append(Step(step, own, target))
            self.follow(target, (*chain, own))

    def is_full(self) -> bool:
        """Whether the mail arrives at mailboxes only, and all of them are full."""
        boxes = [self._box(key) for key in self.boxes]
        return len(boxes) == len(self.ends) and all(box and box.is_full for box in boxes)

    def _end(self, kind: StepKind, address: str) -> None:
        self.steps.append(Step(kind, address))
        self.ends.add(address)


def route_of(
    session: Session,
    address: str,
    *,
    instead: Mapping[Key, Sequence[str]] | None = None,
    reach: int | None = None,
    through: bool = False,
    known: Known | None = None,
) -> Route:
    """Where mail to an address goes, step by step, and what the sender is told.

    `instead`: forwards as they would be, to see what a change would do before it is saved.
    `reach`: the customer (id) that it is shown to; what other customers' addresses do with a mail
    is theirs, so the way ends before them. `through`: walk on through what is suspended or in the
    recycle bin, to find what would come to be without. `known`: what walks before have read.
    """
    walk = _Walk(session, known or Known(), instead or {}, reach, through)
    local, _, name = address.lower().rpartition("@")
    domain = walk.known.domain(session, name)
    if domain is None or domain.waits:
        kind = StepKind.WAITING if domain else StepKind.OUTSIDE
        return Route(address, (Step(kind, address),), (), Answer.NOT_OURS)
    walk.start(address.lower())
    held = walk.holds((domain.id, local.partition("+")[0]))
    if not walk.ends:
        _fall_back(walk, domain.id, address.lower(), held=held)
    arrives = bool(walk.ends) and not walk.is_full()
    if arrives:
        answer = Answer.TAKEN
    elif any(step.kind is StepKind.NOTIFICATION for step in walk.steps):
        answer = Answer.RETURNED
    elif walk.ends:
        answer = Answer.FULL
    elif walk.met_too_many and held:
        answer = Answer.TOO_MANY
    else:
        answer = Answer.SUSPENDED if walk.met_suspended and held else Answer.UNKNOWN
    return Route(address, tuple(walk.steps), tuple(sorted(walk.ends)), answer)


def too_long(session: Session, addresses: Sequence[str], known: Known) -> list[str]:
    """Those of the addresses from where mail would pass too many."""
    walk = _Walk(session, known, {}, through=True)
    walk.passed(addresses, MOST_PASSED * len(addresses))  # reads them together
    return [one for one in addresses if len(walk.passed([one], MOST_PASSED)) > MOST_PASSED]


def _fall_back(walk: _Walk, domain_id: int, address: str, *, held: bool) -> None:
    """The catch-all takes what nothing holds; postmaster and abuse arrive in any case."""
    local = address.rpartition("@")[0].partition("+")[0]
    always = local in ALWAYS_ARRIVE
    whole = walk.known.whole(walk.session, domain_id)
    if whole.catch_all is not None and (always or not held):
        target = f"{whole.catch_all}@{whole.names[0]}"
        walk.steps.append(Step(StepKind.CATCH_ALL, address, target))
        walk.start(target)
    notice = whole.notification_email.lower()
    names = {whole.names[0], address.rpartition("@")[2]}
    circles = {f"{one}@{name}" for one in ALWAYS_ARRIVE for name in names}
    if not walk.ends and always and notice not in circles:
        walk.steps.append(Step(StepKind.NOTIFICATION, address, whole.notification_email))
        walk.start(notice)


def lookup(session: Session, domain: Domain, typed: str) -> Route:
    """The way of an address as the domain's customer types it: a local part is the domain's own.

    Raises BadTarget for what is no address, NotYours for one of a domain that is not the
    customer's. `domain.order` must be loaded.
    """
    folded = unicodedata.normalize("NFKC", typed).strip()
    address = stored_target(folded if "@" in folded else f"{folded}@{domain.name}")
    customer, name = domain.order.customer_id, address.rpartition("@")[2]
    owner = session.execute(
        select(Domain.id, Domain.name)
        .join(Domain.order)
        .outerjoin(DomainAlias, DomainAlias.domain_id == Domain.id)
        .where(or_(Domain.name == name, DomainAlias.name == name), Order.customer_id == customer)
    ).first()
    if owner is None:
        raise NotYours(address)
    named = Named(owner.id, owner.name, customer)
    known = Known(owner.id, customer, {name: named, owner.name: named})
    return route_of(session, address, reach=customer, known=known)
