"""What lies at addresses, as walks read it: many at once, each once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Select,
    String,
    bindparam,
    column,
    exists,
    false,
    or_,
    select,
    table,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from panel.directory.models import (
    Address,
    AddressKind,
    Forward,
    ForwardOwner,
    Mailbox,
    MailboxStatus,
)
from panel.directory.queries import caught_by, is_one_of, pairs
from panel.orders.models import Domain, DomainAlias, Order

PF_DOMAIN = table("pf_domain", column("id", BigInteger), column("name", String))
_FULL = table("pf_full", column("domain_id", BigInteger), column("local", String))

Key = tuple[int, str]
"""(domain, local part) of an address."""


class Named(NamedTuple):
    """The domain behind a name: its id, its own name, its customer (id).

    `waits`: the mail servers take no mail for the name now: it is like one of another host.
    """

    id: int
    name: str
    customer: int
    waits: bool = False


class Whole(NamedTuple):
    """What holds for a whole domain: its names, its own first; its catch-all's local part."""

    names: list[str]
    notification_email: str
    catch_all: str | None

    @property
    def notices_at(self) -> str:
        """The local part of the notification address, if that is one of the domain's own."""
        local, _, name = self.notification_email.lower().rpartition("@")
        return local.partition("+")[0] if name in self.names else ""


class Box(NamedTuple):
    """What a mail finds of a mailbox."""

    status: MailboxStatus
    is_deleted: bool
    keep_copy: bool
    is_full: bool


class Place(NamedTuple):
    """What lies at an address: what holds it, the mailbox, its forwards in the order typed."""

    kind: AddressKind
    box: Box | None
    forwards: Mapping[ForwardOwner, Sequence[str]]
    targets: Sequence[str]
    """Those of both owners, each once, sorted."""


@dataclass
class Known:
    """What has been read of where mail goes, for those who ask later as long as it holds.

    `own`: a domain (id) to look at as if it were active, but for its aliases that have no proof
    yet. `customer`: who sees which of its own names wait (id).
    """

    own: int | None = None
    customer: int | None = None
    names: dict[str, Named | None] = field(default_factory=dict)
    places: dict[Key, Place | None] = field(default_factory=dict)
    wholes: dict[int, Whole] = field(default_factory=dict)
    callers: dict[frozenset[Key], dict[Key, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, domain: Domain) -> Known:
        """With a domain as if it were active. Its `order` must be loaded."""
        customer = domain.order.customer_id
        return cls(domain.id, customer, {domain.name: Named(domain.id, domain.name, customer)})

    def domain(self, session: Session, name: str) -> Named | None:
        """The domain behind a name, if it is ours."""
        if name not in self.names:
            self.read_names(session, [name])
        return self.names[name]

    def key(self, session: Session, address: str) -> Key | None:
        """The key of an address, without what follows a plus sign, if its domain is ours."""
        local, _, name = address.rpartition("@")
        domain = self.domain(session, name)
        return (domain.id, local.partition("+")[0].lower()) if domain else None

    def place(self, session: Session, key: Key) -> Place | None:
        """What lies at an address, if anything holds it."""
        if key not in self.places:
            self.read_places(session, [key])
        return self.places[key]

    def whole(self, session: Session, domain_id: int) -> Whole:
        """What holds for a whole domain."""
        self.read_wholes(session, [domain_id])
        return self.wholes[domain_id]

    def put(
        self,
        session: Session,
        key: Key,
        forwards: Mapping[ForwardOwner, Sequence[str]],
        *,
        keep_copy: bool | None = None,
    ) -> None:
        """Go on as if an address had these forwards; those of an owner not named stay."""
        kind, box, there, _ = self.place(session, key) or (AddressKind.FORWARD_ONLY, None, {}, ())
        if box is not None and keep_copy is not None:
            box = box._replace(keep_copy=keep_copy)
        self.places[key] = _place(kind, box, {**there, **forwards})

    def read(self, session: Session, addresses: Sequence[str]) -> None:
        """Read what lies at all these addresses, where they are ours: two questions."""
        self.read_names(session, (address.rpartition("@")[2] for address in addresses))
        keys = (self.key(session, address) for address in addresses)
        self.read_places(session, (key for key in keys if key is not None))

    def read_names(self, session: Session, names: Iterable[str]) -> None:
        """Read the domains behind all these names: one question."""
        asked = set(names) - self.names.keys()
        if not asked:
            return
        self.names |= dict.fromkeys(asked)
        values = {"asked": sorted(asked), "customer": self.customer}
        for name, domain_id, own, customer, served, proven in session.execute(_BEHIND, values):
            waits = not served and not (proven and domain_id == self.own)
            if not waits or self.names[name] is None:
                self.names[name] = Named(domain_id, own, customer, waits)

    def read_places(self, session: Session, keys: Iterable[Key]) -> None:
        """Read what lies at all these addresses: one question, of very many domains some."""
        asked = set(keys) - self.places.keys()
        if not asked:
            return
        rows = (
            row
            for firsts, values in pairs(sorted(asked))
            for row in session.execute(_lying(firsts), values)
        )
        found: dict[Key, tuple[AddressKind, Box | None, dict[ForwardOwner, list[str]]]] = {}
        for row in rows:
            domain_id, local, kind, *of_box, owner, target = row
            there = Box(*of_box) if of_box[0] is not None else None
            _, _, forwards = found.setdefault((domain_id, local), (kind, there, {}))
            if target is not None:
                forwards.setdefault(owner, []).append(target)
        self.places |= dict.fromkeys(asked) | {key: _place(*one) for key, one in found.items()}

    def read_wholes(self, session: Session, domain_ids: Iterable[int]) -> None:
        """Read what holds for all these domains: one question."""
        asked = set(domain_ids) - self.wholes.keys()
        if not asked:
            return
        values = {"asked": sorted(asked)}
        for domain_id, name, notices, caught, alias in session.execute(_WHOLE, values):
            whole = self.wholes.setdefault(domain_id, Whole([name], notices, caught))
            if alias is not None:
                whole.names.append(alias)


def _behind() -> Select[Any]:
    """The domains behind names (`asked`) that mail is taken for, and behind a customer's own.

    With each: whether mail is taken, and whether it is proven whose the name is.
    """
    asked: BindParameter[Any] = bindparam("asked", expanding=True)
    proven = DomainAlias.activated_at.is_not(None)
    told = union_all(
        select(
            PF_DOMAIN.c.name, PF_DOMAIN.c.id, true().label("served"), true().label("proven")
        ).where(PF_DOMAIN.c.name.in_(asked)),
        select(Domain.name, Domain.id, false(), true()).where(Domain.name.in_(asked)),
        select(DomainAlias.name, DomainAlias.domain_id, false(), proven).where(
            DomainAlias.name.in_(asked)
        ),
    ).subquery()
    return (
        select(told.c.name, Domain.id, Domain.name, Order.customer_id)
        .add_columns(told.c.served, told.c.proven)
        .join_from(told, Domain, Domain.id == told.c.id)
        .join(Domain.order)
        .where(or_(told.c.served, Order.customer_id == bindparam("customer", type_=BigInteger)))
    )


_BEHIND = _behind()
_WHOLE = (
    select(
        Domain.id,
        Domain.name,
        Domain.notification_email,
        caught_by(Domain.id).scalar_subquery(),
        DomainAlias.name,
    )
    .outerjoin(DomainAlias, DomainAlias.domain_id == Domain.id)
    .where(Domain.id.in_(bindparam("asked", expanding=True)))
    .order_by(DomainAlias.name)
)


@cache
def _lying(domains: int) -> Select[Any]:
    """What lies at addresses in so many domains; built once, for that takes longer than to ask."""
    here = tuple_(Address.domain_id, Address.local_part)
    full = exists().where(
        _FULL.c.domain_id == Mailbox.domain_id, _FULL.c.local == Mailbox.local_part
    )
    return (
        select(Address.domain_id, Address.local_part, Address.kind)
        .add_columns(Mailbox.status, Mailbox.deleted_at.is_not(None), Mailbox.keep_copy, full)
        .add_columns(Forward.set_by, Forward.target)
        .outerjoin(Mailbox, here == tuple_(Mailbox.domain_id, Mailbox.local_part))
        .outerjoin(Forward, here == tuple_(Forward.domain_id, Forward.local_part))
        .where(is_one_of(domains))
        .order_by(Forward.id)
    )


def _place(
    kind: AddressKind, box: Box | None, forwards: Mapping[ForwardOwner, Sequence[str]]
) -> Place:
    targets = {target for those in forwards.values() for target in those}
    return Place(kind, box, forwards, sorted(targets))
