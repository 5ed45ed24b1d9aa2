"""What lies at addresses, as walks read it: many at once, each once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import BigInteger, String, column, select, table, tuple_, union_all
from sqlalchemy.orm import Session

from panel.directory.models import Address, AddressKind, Forward, Mailbox
from panel.directory.queries import is_one_of
from panel.orders.models import Domain, DomainAlias, Order

SERVED = table("pf_domain", column("id", BigInteger), column("name", String))
_FULL = table("pf_full", column("domain_id", BigInteger), column("local", String))

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
        self.read_names(session, [name])
        return self.names[name]

    def place(self, session: Session, key: Key) -> Place | None:
        """What lies at an address, if anything holds it."""
        self.read_places(session, [key])
        return self.places[key]

    def read_names(self, session: Session, names: Iterable[str]) -> None:
        """Read the domains behind all these names: one question."""
        asked = set(names) - self.names.keys()
        if not asked:
            return
        behind = [select(SERVED.c.name, SERVED.c.id).where(SERVED.c.name.in_(asked))]
        if self.own is not None:
            alias = DomainAlias.domain_id == self.own, DomainAlias.name.in_(asked)
            own = select(Domain.name, Domain.id).where(Domain.id == self.own)
            behind.append(own.where(Domain.name.in_(asked)))
            behind.append(select(DomainAlias.name, DomainAlias.domain_id).where(*alias))
        told = union_all(*behind).subquery()
        self.names |= dict.fromkeys(asked)
        for name, *found in session.execute(
            select(told.c.name, Domain.id, Domain.name, Order.customer_id)
            .join_from(told, Domain, Domain.id == told.c.id)
            .join(Domain.order)
        ):
            self.names[name] = Named(*found)

    def read_places(self, session: Session, keys: Iterable[Key]) -> None:
        """Read what lies at all these addresses: one question."""
        asked = set(keys) - self.places.keys()
        if not asked:
            return
        here = tuple_(Address.domain_id, Address.local_part)
        self.places |= dict.fromkeys(asked)
        for domain_id, local, kind, box, target in session.execute(
            select(Address.domain_id, Address.local_part, Address.kind, Mailbox, Forward.target)
            .outerjoin(Mailbox, here == tuple_(Mailbox.domain_id, Mailbox.local_part))
            .outerjoin(Forward, here == tuple_(Forward.domain_id, Forward.local_part))
            .where(is_one_of(sorted(asked)))
            .order_by(Forward.target)
        ):
            place = self.places[domain_id, local] or Place(kind, box, [])
            self.places[domain_id, local] = place
            if target is not None and target not in place.targets:
                place.targets.append(target)

    def is_full(self, session: Session, key: Key) -> bool:
        """Whether the mailbox at an address takes no more."""
        if key not in self.full:
            domain_id, local = key
            here = _FULL.c.domain_id == domain_id, _FULL.c.local == local
            self.full[key] = session.scalar(select(_FULL.c.local).where(*here)) is not None
        return self.full[key]
