"""Customers with more domains and names than one question can name: SQLite takes 1000 terms."""

from __future__ import annotations

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from panel.directory.models import Address, AddressKind, Forward, ForwardOnly, ForwardOwner
from panel.directory.places import Known, Whole
from panel.directory.queries import holders_of
from panel.directory.targets import MOST_ABOVE, callers
from panel.orders.models import Domain
from tests.factories.directory import make_mailbox
from tests.factories.orders import NOW, make_domain
from tests.support.queries import at_most

MANY = 1200
NAMES = [f"n{n:04}.example" for n in range(MANY)]


@pytest.fixture
def domain(session: Session) -> Domain:
    return make_domain(session)


def only(session: Session, domain: Domain, local: str, *targets: str) -> None:
    """A forwarding address that nothing has checked."""
    here = {"domain_id": domain.id, "local_part": local}
    session.execute(insert(Address).values(**here, kind=AddressKind.FORWARD_ONLY))
    session.execute(insert(ForwardOnly).values(**here, created_at=NOW))
    for target in targets:
        to, _, name = target.partition("@")
        edge = {"target_local": to, "target_domain": name, "set_by": ForwardOwner.ADMIN}
        session.execute(insert(Forward).values(**here, target=target, **edge))


def test_what_leads_to_any_of_many_names_is_found(session: Session, domain: Domain) -> None:
    only(session, domain, "late", f"boss@{NAMES[0]}", f"boss@{NAMES[-1]}")
    only(session, domain, "early", f"boss@{NAMES[-1]}")
    only(session, domain, "other", f"li@{NAMES[-1]}")
    known = Known.of(domain)
    known.wholes[domain.id] = Whole(NAMES, "", None)
    with at_most(3, session.get_bind()):
        found = callers(session, domain, {(domain.id, "boss")}, known)
    assert list(found.values()) == ["early@mingyuan.example", "late@mingyuan.example"]


def test_of_those_that_lead_to_many_names_so_many_are_read(
    session: Session, domain: Domain
) -> None:
    for n in range(MOST_ABOVE + 20):
        only(session, domain, f"f{n:03}", f"boss@{NAMES[n * 5]}")
    known = Known.of(domain)
    known.wholes[domain.id] = Whole(NAMES, "", None)
    found = callers(session, domain, {(domain.id, "boss")}, known)
    assert [local for _, local in found] == [f"f{n:03}" for n in range(MOST_ABOVE)]


def test_what_lies_in_many_domains_is_read(session: Session, domain: Domain) -> None:
    make_mailbox(session, domain, "boss")
    keys = [(domain.id + n, "boss") for n in range(MANY)]
    known = Known.of(domain)
    known.read_places(session, keys)
    assert [key for key in keys if known.places[key]] == [(domain.id, "boss")]
    assert holders_of(session, keys) == {(domain.id, "boss"): AddressKind.MAILBOX}
