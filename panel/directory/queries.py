"""Reading who receives mail. A caller hands in a domain that is within the actor's reach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    bindparam,
    false,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from panel.directory.errors import AddressTaken
from panel.directory.models import Address, AddressKind, CatchAll, Mailbox
from panel.orders.models import Domain

MOST_FIRSTS = 500
"""So many domains, or names of domains, are asked for in one question."""


def find_mailbox(session: Session, domain_id: int, local_part: str) -> Mailbox | None:
    """The user at a local part."""
    return session.scalar(
        select(Mailbox).where(
            Mailbox.domain_id == domain_id, Mailbox.local_part == local_part.lower()
        )
    )


def holder_of(session: Session, domain_id: int, local_part: str) -> AddressKind | None:
    """What holds a local part, if anything does."""
    return session.scalar(
        select(Address.kind).where(Address.domain_id == domain_id, Address.local_part == local_part)
    )


def caught_by(domain_id: int | SQLColumnExpression[int]) -> Select[str]:
    """The local part that takes what nothing holds in a domain; no row: it is bounced."""
    return select(CatchAll.local_part).where(CatchAll.domain_id == domain_id)


def is_one_of(
    firsts: int,
    first: InstrumentedAttribute[Any] = Address.domain_id,
    second: InstrumentedAttribute[str] = Address.local_part,
) -> ColumnElement[bool]:
    """Whether two columns hold one of the pairs in `pairs`, as an address (domain id, local part).

    Said by the first one, of which there are so many: of pairs SQLite looks at every row.
    """
    of_each = (
        and_(first == bindparam(f"first{n}"), second.in_(bindparam(f"seconds{n}", expanding=True)))
        for n in range(firsts)
    )
    return or_(false(), *of_each)


def pairs(places: Iterable[tuple[Any, str]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """How many different first ones there are, and the values for `is_one_of`.

    In as many questions as it takes: SQLite refuses one of a thousand terms.
    """
    by_first: dict[Any, list[str]] = defaultdict(list)
    for one, other in places:
        by_first[one].append(other)
    firsts = list(by_first)
    for begin in range(0, len(firsts), MOST_FIRSTS):
        some = firsts[begin : begin + MOST_FIRSTS]
        values: dict[str, Any] = {}
        for n, one in enumerate(some):
            values |= {f"first{n}": one, f"seconds{n}": by_first[one]}
        yield len(some), values


def holders_of(
    session: Session, places: Iterable[tuple[int, str]]
) -> dict[tuple[int, str], AddressKind]:
    """What holds each of these (domain id, local part), where something does."""
    held = (
        row
        for firsts, values in pairs(places)
        for row in session.scalars(select(Address).where(is_one_of(firsts)), values)
    )
    return {(row.domain_id, row.local_part): row.kind for row in held}


def taken_by(session: Session, domain: Domain, local_part: str) -> AddressTaken | None:
    """The refusal of an address that is held already."""
    kind = holder_of(session, domain.id, local_part)
    if kind is None:
        return None
    mailbox = find_mailbox(session, domain.id, local_part)
    in_bin = mailbox is not None and mailbox.deleted_at is not None
    return AddressTaken(f"{local_part}@{domain.unicode_name}", kind, in_bin)


def without_domain(domain: Domain, text: str) -> str:
    """A text that is looked for, without what it has of the domain's own "@…"."""
    local_part, at, name = text.partition("@")
    names = domain.name, domain.unicode_name
    return local_part if at and any(one.startswith(name.lower()) for one in names) else text


def names_beginning(session: Session, domain_id: int, text: str, most: int = 8) -> list[str]:
    """The first local parts that begin with the text, whatever holds them."""
    found = (
        select(Address.local_part)
        .where(Address.domain_id == domain_id, Address.local_part.startswith(text, autoescape=True))
        .order_by(Address.local_part)
        .limit(most)
    )
    return list(session.scalars(found))
